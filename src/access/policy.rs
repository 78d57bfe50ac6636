//! The policy: what each built-in role may do. Custom roles choose from the same permissions.

/// One thing that may be permitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Permission {
    ViewUsers,
    EditContacts,
    CreateUsers,
    ChangeStatus,
    DeleteUsers,
    ImportUsers,
    SetPasswords,
    ResetTwoFactor,
    ViewGroups,
    ManageGroups,
    AssignRoles,
    ViewRoles,
    ManageRoles,
    ViewCustomers,
    ManageCustomers,
    ViewAudit,
    ManageInstallation,
}

impl Permission {
    pub const ALL: [Permission; 17] = [
        Permission::ViewUsers,
        Permission::EditContacts,
        Permission::CreateUsers,
        Permission::ChangeStatus,
        Permission::DeleteUsers,
        Permission::ImportUsers,
        Permission::SetPasswords,
        Permission::ResetTwoFactor,
        Permission::ViewGroups,
        Permission::ManageGroups,
        Permission::AssignRoles,
        Permission::ViewRoles,
        Permission::ManageRoles,
        Permission::ViewCustomers,
        Permission::ManageCustomers,
        Permission::ViewAudit,
        Permission::ManageInstallation,
    ];

    /// The word in the database, in `muster routes` and in the API.
    pub fn word(self) -> &'static str {
        match self {
            Permission::ViewUsers => "users.view",
            Permission::EditContacts => "users.edit-contacts",
            Permission::CreateUsers => "users.create",
            Permission::ChangeStatus => "users.change-status",
            Permission::DeleteUsers => "users.delete",
            Permission::ImportUsers => "users.import",
            Permission::SetPasswords => "users.set-password",
            Permission::ResetTwoFactor => "users.reset-2fa",
            Permission::ViewGroups => "groups.view",
            Permission::ManageGroups => "groups.manage",
            Permission::AssignRoles => "roles.assign",
            Permission::ViewRoles => "roles.view",
            Permission::ManageRoles => "roles.manage",
            Permission::ViewCustomers => "customers.view",
            Permission::ManageCustomers => "customers.manage",
            Permission::ViewAudit => "audit.view",
            Permission::ManageInstallation => "installation.manage",
        }
    }

    /// What it lets somebody do, for people: "You may not …".
    pub fn plainly(self) -> &'static str {
        match self {
            Permission::ViewUsers => "see users",
            Permission::EditContacts => "edit users' contact data",
            Permission::CreateUsers => "create users",
            Permission::ChangeStatus => "change users' status",
            Permission::DeleteUsers => "delete or restore users",
            Permission::ImportUsers => "import users",
            Permission::SetPasswords => "change users' passwords",
            Permission::ResetTwoFactor => "reset users' two-factor authentication",
            Permission::ViewGroups => "see groups",
            Permission::ManageGroups => "manage groups and who is in them",
            Permission::AssignRoles => "assign roles",
            Permission::ViewRoles => "see roles",
            Permission::ManageRoles => "create, change or delete roles",
            Permission::ViewCustomers => "see customers",
            Permission::ManageCustomers => "create, rename or archive customers",
            Permission::ViewAudit => "see the audit",
            Permission::ManageInstallation => "manage the installation",
        }
    }

    /// What it is about, for headings.
    pub fn area(self) -> &'static str {
        match self.word().split('.').next() {
            Some("users") => "Users",
            Some("groups") => "Groups",
            Some("roles") => "Roles",
            Some("customers") => "Customers",
            Some("audit") => "Audit",
            _ => "Installation",
        }
    }

    /// Whether it lets somebody look and nothing else.
    pub fn only_reads(self) -> bool {
        self.word().ends_with(".view")
    }

    /// Why somebody may not do it: names the permission to ask for.
    pub fn lacking(self) -> String {
        format!("You may not {}. Ask an administrator for the permission “{}”.", self.plainly(), self.word())
    }

    pub fn from_word(word: &str) -> Option<Permission> {
        Permission::ALL.into_iter().find(|permission| permission.word() == word)
    }
}

/// The roles that every installation has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BuiltIn {
    AccountAdmin,
    Administrators,
    Technician,
    Users,
}

impl BuiltIn {
    pub const ALL: [BuiltIn; 4] = [BuiltIn::AccountAdmin, BuiltIn::Administrators, BuiltIn::Technician, BuiltIn::Users];

    /// The word in `roles.builtin`.
    pub fn word(self) -> &'static str {
        match self {
            BuiltIn::AccountAdmin => "account_admin",
            BuiltIn::Administrators => "administrators",
            BuiltIn::Technician => "technician",
            BuiltIn::Users => "users",
        }
    }

    pub fn from_word(word: &str) -> Option<BuiltIn> {
        BuiltIn::ALL.into_iter().find(|role| role.word() == word)
    }

    /// The policy itself.
    pub fn allows(self, permission: Permission) -> bool {
        use Permission::{
            AssignRoles, ChangeStatus, CreateUsers, DeleteUsers, EditContacts, ImportUsers, ManageCustomers,
            ManageGroups, ManageInstallation, ManageRoles, ResetTwoFactor, SetPasswords, ViewAudit, ViewCustomers,
            ViewGroups, ViewRoles, ViewUsers,
        };
        match (self, permission) {
            (BuiltIn::AccountAdmin, _) => true,
            (
                BuiltIn::Administrators,
                ViewUsers | EditContacts | CreateUsers | ChangeStatus | DeleteUsers | ImportUsers | SetPasswords
                | ResetTwoFactor | ViewGroups | ManageGroups | AssignRoles | ViewRoles | ViewCustomers | ViewAudit,
            ) => true,
            (BuiltIn::Administrators, ManageRoles | ManageCustomers | ManageInstallation) => false,
            (BuiltIn::Technician, ViewUsers | EditContacts | ViewGroups) => true,
            (
                BuiltIn::Technician,
                CreateUsers | ChangeStatus | DeleteUsers | ImportUsers | SetPasswords | ResetTwoFactor | ManageGroups
                | AssignRoles | ViewRoles | ManageRoles | ViewCustomers | ManageCustomers | ViewAudit
                | ManageInstallation,
            ) => false,
            (BuiltIn::Users, _) => false,
        }
    }
}
