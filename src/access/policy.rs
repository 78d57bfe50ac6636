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
    AssignRoles,
    ViewAudit,
    ManageInstallation,
}

impl Permission {
    pub const ALL: [Permission; 9] = [
        Permission::ViewUsers,
        Permission::EditContacts,
        Permission::CreateUsers,
        Permission::ChangeStatus,
        Permission::DeleteUsers,
        Permission::ImportUsers,
        Permission::AssignRoles,
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
            Permission::AssignRoles => "roles.assign",
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
            Permission::AssignRoles => "assign roles",
            Permission::ViewAudit => "see the audit",
            Permission::ManageInstallation => "manage the installation",
        }
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
            AssignRoles, ChangeStatus, CreateUsers, DeleteUsers, EditContacts, ImportUsers, ManageInstallation,
            ViewAudit, ViewUsers,
        };
        match (self, permission) {
            (BuiltIn::AccountAdmin, _) => true,
            (
                BuiltIn::Administrators,
                ViewUsers | EditContacts | CreateUsers | ChangeStatus | DeleteUsers | ImportUsers | AssignRoles
                | ViewAudit,
            ) => true,
            (BuiltIn::Administrators, ManageInstallation) => false,
            (BuiltIn::Technician, ViewUsers | EditContacts) => true,
            (
                BuiltIn::Technician,
                CreateUsers | ChangeStatus | DeleteUsers | ImportUsers | AssignRoles | ViewAudit | ManageInstallation,
            ) => false,
            (BuiltIn::Users, _) => false,
        }
    }
}
