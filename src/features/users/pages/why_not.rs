//! Why the reader may not do something to a user: what its button says, once it is pressed.

use crate::access::permit::{
    AssignRoles, ChangeStatus, DeleteUsers, EditContacts, ManageGroups, ResetTwoFactor, SetPasswords, ViewUsers,
};
use crate::access::{Action, Permission, Permit};
use crate::features::users::input::{Status, TfaStatus};
use crate::features::users::model::User;

/// A reason for each; empty: they may.
pub struct WhyNot {
    pub edit: String,
    pub status: String,
    pub roles: String,
    pub delete: String,
    pub groups: String,
    pub password: String,
    /// To mail a link with which a password is chosen.
    pub link: String,
    pub two_factor: String,
}

impl WhyNot {
    /// `outranked`: the user may do more than the reader; `signs_in`: one of their roles may.
    pub fn of(permit: &Permit<ViewUsers>, user: &User, outranked: bool, signs_in: bool) -> WhyNot {
        let above = || {
            outranked.then(|| "This person may do more than you, so you can look but not change anything.".to_owned())
        };
        let oneself = |verb: &str| (user.id == permit.actor().id).then(|| format!("You cannot {verb} yourself."));
        let outside = (!user.is_local())
            .then(|| format!("{} comes from {}; contact data is changed there.", user.title(), user.domain));
        let first = |reasons: [Option<String>; 3]| reasons.into_iter().flatten().next().unwrap_or_default();
        let missing = |permission: Permission| {
            (!permit.rights().allow(permission, user.customer_id)).then(|| permission.lacking())
        };
        let own_password = (user.id == permit.actor().id)
            .then(|| "Change your own password under “Your account”, where the one you have is asked for.".to_owned());
        let has_none = (!signs_in || !user.is_local() || user.status() != Status::Active)
            .then(|| "Only active local users with a role that may sign in have a password here.".to_owned());
        let no_factor = match user.tfa() {
            TfaStatus::NotAvailable => {
                Some(format!("{} comes from {}, which looks after 2FA.", user.title(), user.domain))
            }
            TfaStatus::NotActive => {
                Some("Two-factor authentication is not set up, so there is nothing to reset.".into())
            }
            TfaStatus::Active | TfaStatus::NotConfigured => None,
        };
        let own_factor = oneself("reset the 2FA of").map(|_| {
            "Nobody resets their own 2FA. “Your account” sets it up anew; if you lost your phone, ask another administrator.".to_owned()
        });
        WhyNot {
            edit: first([missing(EditContacts::PERMISSION), above(), outside]),
            status: first([missing(ChangeStatus::PERMISSION), above(), oneself("disable")]),
            roles: first([missing(AssignRoles::PERMISSION), above(), None]),
            delete: first([missing(DeleteUsers::PERMISSION), above(), oneself("delete")]),
            groups: first([missing(ManageGroups::PERMISSION), above(), None]),
            link: first([missing(SetPasswords::PERMISSION), above(), has_none.clone()]),
            password: first([missing(SetPasswords::PERMISSION), above(), own_password.or(has_none)]),
            two_factor: first([missing(ResetTwoFactor::PERMISSION), above(), own_factor.or(no_factor)]),
        }
    }
}
