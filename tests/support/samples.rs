//! Users to have in a database.

use std::collections::BTreeSet;

use diesel::prelude::*;
use muster::access::{BuiltIn, Scope};
use muster::db::Conn;
use muster::db::schema::{group_members, operations, role_assignment_customers, role_assignments, user_groups, users};
use muster::features::groups::model::{Group, NewGroup};
use muster::features::users::input::{Source, Status, TfaStatus, UserInput};
use muster::features::users::model::{Home, Stored, User, UserRow};
use muster::features::users::queries;
use muster::features::{customers, groups, roles};
use muster::refusal::Refusal;

use super::Site;

/// A user as a test wants them; what it does not say is ordinary.
#[derive(Debug, Clone)]
pub struct UserSample {
    pub name: String,
    pub email: String,
    pub phone: String,
    pub customer: i64,
    pub tfa: TfaStatus,
    pub status: Status,
    pub source: Source,
    pub devices: i64,
    pub last_login_at: i64,
    pub created_at: i64,
}

impl UserSample {
    pub fn new(name: &str, email: &str, customer: i64) -> Self {
        UserSample {
            name: name.into(),
            email: email.into(),
            phone: String::new(),
            customer,
            tfa: TfaStatus::NotActive,
            status: Status::Active,
            source: Source::Local,
            devices: 0,
            last_login_at: 0,
            created_at: super::site::OPENING,
        }
    }

    /// Writes the user with the role "Users" and gives the id.
    pub fn insert(&self, conn: &mut Conn) -> Result<i64, Refusal> {
        let input = UserInput { name: self.name.clone(), email: self.email.clone(), phone: self.phone.clone() };
        let user = input.parse().map_err(Refusal::Fields)?;
        let customer = customers::queries::find(conn, &Scope::All, self.customer)?;
        let mut row = UserRow::new(&user, &Home { id: customer.id, key: customer.name_key }, self.created_at);
        row.tfa = self.tfa.number();
        row.status = self.status.number();
        row.source = self.source.number();
        row.device_count = self.devices;
        row.last_login_at = self.last_login_at;
        if self.source != Source::Local {
            row.domain = "ad.example".into();
        }
        let id = queries::insert(conn, &row)?;
        let role = roles::queries::built_in(conn, BuiltIn::Users)?;
        roles::queries::assign(
            conn,
            id,
            &roles::model::Wanted { role_id: role.id, scope: Scope::All },
            self.created_at,
        )?;
        Ok(id)
    }
}

impl Site {
    /// Writes users in one go and gives their ids.
    pub fn add(&self, samples: Vec<UserSample>) -> Vec<i64> {
        self.write(move |conn| samples.iter().map(|sample| sample.insert(conn)).collect())
    }

    /// Writes an ordinary user of a customer and gives the id.
    pub fn add_user(&self, customer: i64) -> i64 {
        let number = self.fresh_number();
        self.add(vec![UserSample::new(&format!("User {number}"), &format!("user{number}@example.org"), customer)])[0]
    }

    /// Writes an empty group of a customer and gives the id.
    pub fn add_group(&self, customer: i64) -> i64 {
        self.add_group_called(customer, &format!("Group {}", self.fresh_number()))
    }

    /// The same with a name.
    pub fn add_group_called(&self, customer: i64, name: &str) -> i64 {
        let row = NewGroup::new(customer, name, (None, "somebody"), self.now());
        self.write(move |conn| Ok(groups::queries::insert(conn, &row)?.unwrap()))
    }

    /// Puts users into a group, past the rules.
    pub fn put_into(&self, group: i64, users: &[i64]) {
        let (users, now) = (users.to_vec(), self.now());
        self.write(move |conn| {
            let rows = queries::any_with_ids(conn, &Scope::All, &users)?;
            let members: Vec<(i64, &str)> = rows.iter().map(|user| (user.id, user.name_key.as_str())).collect();
            groups::queries::add_members(conn, group, &members, now).map(drop)
        });
    }

    /// A group as it is stored; None: it is deleted.
    pub fn group(&self, id: i64) -> Option<Group> {
        self.read(|conn| match groups::queries::find(conn, &Scope::All, id) {
            Ok(group) => Ok(Some(group)),
            Err(Refusal::NotFound) => Ok(None),
            Err(refusal) => Err(refusal),
        })
    }

    /// The groups that a user is in.
    pub fn groups_of(&self, user: i64) -> BTreeSet<i64> {
        self.read(|conn| Ok(groups::queries::memberships(conn, &[user], None)?.remove(&user).unwrap_or_default()))
    }

    /// Marks a user as deleted, past the rules.
    pub fn delete(&self, id: i64) {
        let now = self.now();
        self.write(move |conn| {
            let user = queries::find_any(conn, &Scope::All, id)?;
            queries::delete(conn, &user, now)
        });
    }

    /// A user's row.
    pub fn user(&self, id: i64) -> User {
        self.read(|conn| queries::find_any(conn, &Scope::All, id))
    }

    /// The customer that a user belongs to; None for a visitor.
    pub fn home(&self, id: i64) -> Option<i64> {
        (id != 0).then(|| self.user(id).customer_id)
    }

    /// Everything that a refused request must leave as it was, but for the audit.
    pub fn fingerprint(&self) -> String {
        self.read(|conn| {
            let users: Vec<User> = users::table.order(users::id).load(conn)?;
            let held: Vec<(i64, i64, bool)> = role_assignments::table
                .order(role_assignments::id)
                .select((role_assignments::user_id, role_assignments::role_id, role_assignments::all_customers))
                .load(conn)?;
            let limits: Vec<(i64, i64)> =
                role_assignment_customers::table.order(role_assignment_customers::all_columns).load(conn)?;
            let operations: i64 = operations::table.count().get_result(conn)?;
            let groups: Vec<Group> = user_groups::table.order(user_groups::id).load(conn)?;
            let members: Vec<(i64, i64)> = group_members::table
                .order((group_members::group_id, group_members::user_id))
                .select((group_members::group_id, group_members::user_id))
                .load(conn)?;
            Ok(format!("{users:?}{held:?}{limits:?}{operations}{groups:?}{members:?}"))
        })
    }
}
