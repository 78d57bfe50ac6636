//! The permit: a type that only this folder can make. A handler or an action that takes a `Permit<CreateUsers>` cannot be called without one.

use std::marker::PhantomData;
use std::sync::Arc;

use super::actor::{Actor, Origin, Rights};
use super::policy::Permission;
use super::scope::Scope;
use super::session::{Level, STEP_UP_LASTS, Session};
use crate::db::Conn;
use crate::refusal::Refusal;

/// What a permit is for; each has the permission that it takes.
pub trait Action: 'static {
    const PERMISSION: Permission;
    /// Whether a fresh code (10 minutes) is asked for.
    const STEP_UP: bool = false;
}

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident: $permission:ident $(, $step_up:ident)?;)*) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $name {}
        impl Action for $name {
            const PERMISSION: Permission = Permission::$permission;
            $(const STEP_UP: bool = { stringify!($step_up); true };)?
        }
    )*};
}

actions! {
    /// See the people in scope.
    ViewUsers: ViewUsers;
    /// Take a list of the people in scope away as a file.
    ExportUsers: ViewUsers, step_up;
    /// Change name, e-mail address, phone number.
    EditContacts: EditContacts;
    CreateUsers: CreateUsers;
    ChangeStatus: ChangeStatus;
    /// Delete and restore.
    DeleteUsers: DeleteUsers;
    ImportUsers: ImportUsers;
    /// Give somebody another password.
    SetPasswords: SetPasswords, step_up;
    /// Take somebody's second factor away, so that they set it up anew.
    ResetTwoFactor: ResetTwoFactor, step_up;
    /// See groups and who is in them.
    ViewGroups: ViewGroups;
    /// Create, rename and delete groups; add users to them and remove users from them.
    ManageGroups: ManageGroups;
    /// Give, limit and take roles.
    AssignRoles: AssignRoles, step_up;
    ViewRoles: ViewRoles;
    /// Create, change and delete roles.
    ManageRoles: ManageRoles, step_up;
    ViewCustomers: ViewCustomers;
    /// Create and rename customers.
    EditCustomers: ManageCustomers;
    /// Archive and restore customers, which decides who may sign in.
    ArchiveCustomers: ManageCustomers, step_up;
    /// Let somebody who is held back after wrong passwords try again.
    UnlockUsers: EditContacts, step_up;
    /// See the settings of the installation.
    ViewSettings: ManageInstallation;
    ChangeSettings: ManageInstallation, step_up;
    /// See what became of mails; send a test mail.
    ManageMails: ManageInstallation;
    /// Send mails again, revoke them, make other links.
    ChangeMails: ManageInstallation, step_up;
    /// Read the audit of the customers in scope; of the installation itself only with a scope of all.
    ViewAudit: ViewAudit;
    ExportAudit: ViewAudit, step_up;
}

/// Leave to do `A`, within the scope that its holder has for it.
pub struct Permit<A: Action> {
    actor: Arc<Actor>,
    origin: Origin,
    scope: Scope,
    /// The session that it was asked for in, and whether anything was ever selected there; None in the background and on the console.
    session: Option<(i64, bool)>,
    /// Whether a fresh code was shown.
    fresh: bool,
    action: PhantomData<fn() -> A>,
}

impl<A: Action> Clone for Permit<A> {
    fn clone(&self) -> Self {
        Permit {
            actor: self.actor.clone(),
            origin: self.origin.clone(),
            scope: self.scope.clone(),
            session: self.session,
            fresh: self.fresh,
            action: PhantomData,
        }
    }
}

impl<A: Action> Permit<A> {
    fn judge(actor: Arc<Actor>, origin: Origin, session: Option<(i64, bool)>, fresh: bool) -> Result<Self, Refusal> {
        let Some(scope) = actor.rights.scope_of(A::PERMISSION).cloned() else {
            return Err(Refusal::Forbidden(A::PERMISSION.lacking()));
        };
        Ok(Permit { actor, origin, scope, session, fresh, action: PhantomData })
    }

    /// The permit of somebody who is signed in.
    ///
    /// # Errors
    /// Why not, in the order of the doors: not signed in, half signed in, not permitted, step-up due.
    pub(super) fn of_session(session: Option<&Session>, origin: Origin) -> Result<Self, Refusal> {
        let session = full(session)?;
        let fresh = origin.at - session.stepped_up_at < STEP_UP_LASTS;
        let permit = Self::judge(session.actor.clone(), origin, Some((session.id, session.has_selections)), fresh)?;
        if A::STEP_UP { permit.stepped_up() } else { Ok(permit) }
    }

    /// The permit of somebody whose work runs in the background: their rights are looked up again, now.
    pub fn of_absent(conn: &mut Conn, origin: Origin) -> Result<Self, Refusal> {
        let Some(id) = origin.actor_id else { return Ok(Self::of_console(origin)) };
        let actor = super::session::actor(conn, id)?
            .ok_or_else(|| Refusal::Forbidden("The person who started this may not sign in any more.".into()))?;
        Self::judge(Arc::new(actor), origin, None, false)
    }

    /// The permit of the shell on the machine itself, which may do all.
    pub fn of_console(origin: Origin) -> Self {
        let actor = Actor {
            id: 0,
            name: origin.actor_name.clone(),
            email: String::new(),
            single_keys: false,
            rights: Rights::all(),
        };
        Permit { actor: Arc::new(actor), origin, scope: Scope::All, session: None, fresh: true, action: PhantomData }
    }

    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    pub fn rights(&self) -> &Rights {
        &self.actor.rights
    }

    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The customers this permit reaches.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The session of the request; None where nobody is signed in (jobs, the console).
    pub fn session_id(&self) -> Option<i64> {
        self.session.map(|session| session.0)
    }

    /// Whether anything had been selected in the session when the request came in.
    pub fn has_selections(&self) -> bool {
        self.session.is_some_and(|session| session.1)
    }

    /// The time of the request, in unix milliseconds.
    pub fn now(&self) -> i64 {
        self.origin.at
    }

    /// The same person's permit for something else, if they have it.
    ///
    /// # Errors
    /// Not permitted; or a step-up is due for it.
    pub fn also<B: Action>(&self) -> Result<Permit<B>, Refusal> {
        let permit = Permit::<B>::judge(self.actor.clone(), self.origin.clone(), self.session, self.fresh)?;
        if B::STEP_UP { permit.stepped_up() } else { Ok(permit) }
    }

    /// This permit, if its holder has shown a fresh code: for what is only sometimes dangerous.
    ///
    /// # Errors
    /// A step-up is due.
    pub fn stepped_up(self) -> Result<Self, Refusal> {
        if self.fresh { Ok(self) } else { Err(Refusal::StepUp) }
    }
}

pub(super) fn full(session: Option<&Session>) -> Result<&Session, Refusal> {
    let session = session.ok_or(Refusal::SignIn)?;
    match session.level.next_step() {
        None => Ok(session),
        Some(path) => Err(Refusal::NextStep(path)),
    }
}

/// Anybody who is fully signed in, for what is their own.
#[derive(Clone)]
pub struct SignedIn {
    pub session: Session,
    pub origin: Origin,
}

impl SignedIn {
    pub(super) fn of_session(session: Option<&Session>, origin: Origin) -> Result<Self, Refusal> {
        full(session).map(|session| SignedIn { session: session.clone(), origin })
    }

    /// The same person's permit for something, if they have it.
    ///
    /// # Errors
    /// Not permitted; or a step-up is due for it.
    pub fn also<A: Action>(&self) -> Result<Permit<A>, Refusal> {
        Permit::of_session(Some(&self.session), self.origin.clone())
    }
}

/// Anybody who is fully signed in and has shown a fresh code, for what matters of their own.
#[derive(Clone)]
pub struct SteppedUp {
    pub session: Session,
    pub origin: Origin,
}

impl SteppedUp {
    pub(super) fn of_session(session: Option<&Session>, origin: Origin) -> Result<Self, Refusal> {
        let session = full(session)?.clone();
        match origin.at - session.stepped_up_at < STEP_UP_LASTS {
            true => Ok(SteppedUp { session, origin }),
            false => Err(Refusal::StepUp),
        }
    }
}

/// Somebody between the password and the end of signing in.
#[derive(Clone)]
pub struct HalfSignedIn {
    pub session: Session,
    pub origin: Origin,
}

impl HalfSignedIn {
    pub(super) fn of_session(session: Option<&Session>, origin: Origin) -> Result<Self, Refusal> {
        let session = session.ok_or(Refusal::SignIn)?;
        match session.level {
            Level::Full => Err(Refusal::NextStep("/users")),
            _ => Ok(HalfSignedIn { session: session.clone(), origin }),
        }
    }
}

/// Anybody at all.
#[derive(Clone)]
pub struct Anyone {
    pub session: Option<Session>,
    pub origin: Origin,
}

impl Anyone {
    pub(super) fn of_session(session: Option<&Session>, origin: Origin) -> Self {
        Anyone { session: session.cloned(), origin }
    }
}
