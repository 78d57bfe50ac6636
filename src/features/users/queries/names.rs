//! What the objects are called that the User List is filtered to.

use crate::access::Scope;
use crate::db::Conn;
use crate::features::{customers, groups, roles};
use crate::refusal::Refusal;
use crate::web::list::{Names, State};

/// The names of the customer, the role and the group that a list's URL says, as far as they exist within the scope.
pub fn names(conn: &mut Conn, scope: &Scope, state: &State) -> Result<Names, Refusal> {
    let id = |key: &str| state.filter(key).and_then(|id| id.parse::<i64>().ok());
    let mut names = Names::new();
    if let Some(id) = id("customer") {
        let found = customers::queries::find(conn, scope, id).map(|customer| customer.name);
        names.extend(there(found)?.map(|name| ("customer", name)));
    }
    if let Some(id) = id("role") {
        let found = roles::queries::find(conn, id).map(|role| role.name);
        names.extend(there(found)?.map(|name| ("role", name)));
    }
    if let Some(id) = id("group") {
        let found = groups::queries::find(conn, scope, id).map(|group| group.name);
        names.extend(there(found)?.map(|name| ("group", name)));
    }
    Ok(names)
}

fn there<T>(found: Result<T, Refusal>) -> Result<Option<T>, Refusal> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(Refusal::NotFound) => Ok(None),
        Err(refusal) => Err(refusal),
    }
}
