//! What an operation writes of a user, as its rows keep it: a JSON object of fields before and after. Each value has one way of writing it, so that
//! equal texts are equal values.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::access::Scope;
use crate::features::roles::model::{Held, Wanted};
use crate::features::users::input::Ownership;
use crate::features::users::model::{Stored, User};

/// The member of a row's fields that names an expected device; it is no field of the user.
const EXPECTED_DEVICE: &str = "device";

/// A user with what is asked about them beside their row.
#[derive(Debug, Clone, Copy)]
pub struct Person<'a> {
    pub user: &'a User,
    pub held: &'a [Held],
    /// Those of the groups that matter which they are in.
    pub groups: &'a BTreeSet<i64>,
}

/// How the key of a field begins that says whether a user is in a group; the group's id follows.
const GROUP: &str = "group.";

/// The member of a row's fields that says whether a user is in a group.
pub fn membership(group: i64) -> String {
    format!("{GROUP}{group}")
}

/// One thing about a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    Name,
    Email,
    Phone,
    Ownership,
    Status,
    /// The id of the customer.
    Customer,
    /// The one role that is held; only ever compared.
    Role,
    /// All roles that are held, with where.
    Roles,
    /// Unix milliseconds; only ever compared.
    LastLogin,
    /// How many devices; only ever compared.
    Devices,
    /// How many groups they are in; only ever compared.
    Groups,
    /// Whether they are in this group: "yes" or "no".
    Group(i64),
    /// The status of 2FA; the only one that is ever wanted is that of 2FA which was reset.
    TwoFactor,
    /// The mail with a link to choose a password that is sent: "activation" or "recovery"; empty before.
    Link,
    /// "yes" or "no".
    Deleted,
}

impl Field {
    /// Those of which there is one each.
    const ALL: [Field; 14] = [
        Field::Name,
        Field::Email,
        Field::Phone,
        Field::Ownership,
        Field::Status,
        Field::Customer,
        Field::Role,
        Field::Roles,
        Field::LastLogin,
        Field::Devices,
        Field::Groups,
        Field::TwoFactor,
        Field::Link,
        Field::Deleted,
    ];

    /// The member of the JSON object.
    fn key(self) -> Cow<'static, str> {
        let word = match self {
            Field::Group(id) => return Cow::Owned(membership(id)),
            Field::Name => "name",
            Field::Email => "email",
            Field::Phone => "phone",
            Field::Ownership => "ownership",
            Field::Status => "status",
            Field::Customer => "customer",
            Field::Role => "role",
            Field::Roles => "roles",
            Field::LastLogin => "last_login",
            Field::Devices => "devices",
            Field::Groups => "groups",
            Field::TwoFactor => "tfa",
            Field::Link => "mail",
            Field::Deleted => "deleted",
        };
        Cow::Borrowed(word)
    }

    /// What people call it.
    pub fn label(self) -> &'static str {
        match self {
            Field::Name => "Username",
            Field::Email => "Email",
            Field::Phone => "Phone number",
            Field::Ownership => "Ownership",
            Field::Status => "Status",
            Field::Customer => "Customer",
            Field::Role | Field::Roles => "Roles",
            Field::LastLogin => "Last login",
            Field::Devices => "# of devices",
            Field::Groups => "# of groups",
            Field::Group(_) => "Group",
            Field::TwoFactor => "2FA status",
            Field::Link => "Mail",
            Field::Deleted => "Deleted",
        }
    }

    /// How it reads that this is not as it was any more; `now` is what it is.
    pub fn moved(self, now: &str) -> String {
        match (self, now) {
            (Field::Deleted, "yes") => "Was deleted since.".into(),
            (Field::Deleted, _) => "Is not deleted any more.".into(),
            (Field::LastLogin, _) => "Has signed in since.".into(),
            (Field::Devices, _) => "Has got devices since.".into(),
            (Field::Groups, _) => "Was added to a group since.".into(),
            (Field::Role | Field::Roles, _) => "The roles were changed since.".into(),
            (Field::Status, _) => "The status was changed since.".into(),
            (Field::Customer, _) => "The customer was changed since.".into(),
            (Field::Group(_), "yes") => "Was added to the group since.".into(),
            (Field::Group(_), _) => "Is not in the group any more.".into(),
            (other, _) => format!("{} was changed since.", other.label()),
        }
    }

    /// What it is of a user now.
    pub fn of(self, person: Person<'_>) -> String {
        let Person { user, held, groups } = person;
        match self {
            Field::Group(id) => yes_no(groups.contains(&id)),
            Field::Name => user.name.clone(),
            Field::Email => user.email.clone(),
            Field::Phone => user.phone.clone(),
            Field::Ownership => ownership(&user.ownership),
            Field::Status => user.status().as_str().into(),
            Field::Customer => user.customer_id.to_string(),
            Field::Role => match held {
                [one] => one.role.id.to_string(),
                _ => String::new(),
            },
            Field::Roles => roles_text(
                held.iter().map(|held| Wanted { role_id: held.role.id, scope: held.scope.clone() }).collect(),
            ),
            Field::LastLogin => user.last_login_at.to_string(),
            Field::Devices => user.device_count.to_string(),
            Field::Groups => groups.len().to_string(),
            Field::TwoFactor => user.tfa().as_str().to_owned(),
            Field::Link => String::new(),
            Field::Deleted => yes_no(user.deleted_at != 0),
        }
    }
}

fn ownership(number: &i16) -> String {
    Ownership::from_number(*number).map(Ownership::as_str).unwrap_or_default().to_owned()
}

fn yes_no(yes: bool) -> String {
    if yes { "yes" } else { "no" }.to_owned()
}

/// Roles with where they are held: `2:*` is role 2 everywhere, `3:5+7` role 3 in the customers 5 and 7; a comma between them.
pub fn roles_text(mut roles: Vec<Wanted>) -> String {
    roles.sort_by_key(|wanted| wanted.role_id);
    let one = |wanted: &Wanted| match wanted.scope.ids() {
        None => format!("{}:*", wanted.role_id),
        Some(ids) => {
            format!("{}:{}", wanted.role_id, ids.iter().map(ToString::to_string).collect::<Vec<_>>().join("+"))
        }
    };
    roles.iter().map(one).collect::<Vec<_>>().join(",")
}

/// Reads [`roles_text`] back.
pub fn roles_of(text: &str) -> Vec<Wanted> {
    text.split(',')
        .filter_map(|one| {
            let (role, place) = one.split_once(':')?;
            let scope = match place {
                "*" => Scope::All,
                ids => Scope::of(ids.split('+').filter_map(|id| id.parse().ok())),
            };
            Some(Wanted { role_id: role.parse().ok()?, scope })
        })
        .collect()
}

/// Fields with their values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields(pub BTreeMap<Field, String>);

impl Fields {
    pub fn one(field: Field, value: impl Into<String>) -> Fields {
        Fields(BTreeMap::from([(field, value.into())]))
    }

    /// Those of a row; what is no field of a user is left out.
    pub fn read(json: &str) -> Fields {
        let object: Map<String, Value> = serde_json::from_str(json).unwrap_or_default();
        let value = |field: Field, value: &Value| match (field, value) {
            (_, Value::Bool(yes)) => yes_no(*yes),
            (_, Value::Null) => String::new(),
            (Field::Ownership, Value::String(word)) => {
                Ownership::parse(word).map(Ownership::as_str).unwrap_or_default().to_owned()
            }
            (_, Value::String(text)) => text.clone(),
            (_, other) => other.to_string(),
        };
        let groups = object.keys().filter_map(|key| key.strip_prefix(GROUP)?.parse().ok()).map(Field::Group);
        let fields = Field::ALL.into_iter().chain(groups);
        Fields(fields.filter_map(|field| Some((field, value(field, object.get(field.key().as_ref())?)))).collect())
    }

    pub fn json(&self) -> Value {
        let value = |field: Field, text: &str| match field {
            Field::Deleted | Field::Group(_) => Value::Bool(text == "yes"),
            _ => Value::String(text.to_owned()),
        };
        self.0.iter().map(|(field, text)| (field.key().into_owned(), value(*field, text))).collect::<Map<_, _>>().into()
    }

    pub fn get(&self, field: Field) -> Option<&str> {
        self.0.get(&field).map(String::as_str)
    }

    /// The same fields as they are of a user now.
    pub fn now(&self, person: Person<'_>) -> Fields {
        Fields(self.0.keys().map(|field| (*field, field.of(person))).collect())
    }

    /// Why a user is not as this says, if so: the gravest first.
    pub fn moved(&self, person: Person<'_>) -> Option<String> {
        let fault = |field: &Field, value: &String| {
            let now = field.of(person);
            (now != *value).then(|| field.moved(&now))
        };
        self.0.iter().rev().find_map(|(field, value)| fault(field, value))
    }

    /// Whether the roles of a user matter for it.
    pub fn ask_for_roles(&self) -> bool {
        self.0.contains_key(&Field::Role) || self.0.contains_key(&Field::Roles)
    }
}

impl Fields {
    /// The groups that are named.
    pub fn groups(&self) -> impl Iterator<Item = i64> {
        self.0.keys().filter_map(|field| if let Field::Group(id) = field { Some(*id) } else { None })
    }
}

/// What a row says of a device that is expected: its name before and after, either empty. None: nothing.
pub fn expected_device(before: &str, after: &str) -> Option<(String, String)> {
    let said = |json: &str| {
        let object: Map<String, Value> = serde_json::from_str(json).unwrap_or_default();
        object.get(EXPECTED_DEVICE).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    Some((said(before), said(after))).filter(|(was, is)| was != is)
}

/// Says of a device what [`expected_device`] reads.
pub fn with_expected_device(mut fields: Value, device: &str) -> Value {
    if let (Some(object), false) = (fields.as_object_mut(), device.is_empty()) {
        object.insert(EXPECTED_DEVICE.to_owned(), device.into());
    }
    fields
}

/// What takes a change back: the fields that have to be as the change left them, and what they are then to be. `imported_at`: where the change made
/// a user, nothing that people do with an account may have happened to it.
pub fn inverse(before: &str, after: &str) -> (Fields, Fields) {
    let (was, is) = (Fields::read(before), Fields::read(after));
    let object: Map<String, Value> = serde_json::from_str(before).unwrap_or_default();
    if object.get("exists") != Some(&Value::Bool(false)) {
        let kept = is.0.into_iter().filter(|(field, _)| was.0.contains_key(field)).collect();
        return (Fields(kept), was);
    }
    let groups = is.groups().count();
    let mut expected = is;
    expected.0.extend([
        (Field::Deleted, yes_no(false)),
        (Field::Status, crate::features::users::input::Status::Active.as_str().to_owned()),
        (Field::LastLogin, "0".to_owned()),
        (Field::Devices, "0".to_owned()),
        (Field::Groups, groups.to_string()),
    ]);
    (expected, Fields::one(Field::Deleted, "yes"))
}
