//! Which customers a right reaches.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::refusal::Refusal;

/// All customers, those to come included, or exactly some (shared: whoever holds all rights within hundreds of customers holds the list once).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Scope {
    All,
    Some(Arc<BTreeSet<i64>>),
}

impl Scope {
    /// Some customers alone.
    pub fn of(ids: impl IntoIterator<Item = i64>) -> Scope {
        Scope::Some(Arc::new(ids.into_iter().collect()))
    }

    pub fn is_nowhere(&self) -> bool {
        matches!(self, Scope::Some(ids) if ids.is_empty())
    }

    /// Where a role is held: everywhere, or in customers alone, as `Limits` (`actor.rs`) reads them.
    ///
    /// # Errors
    /// Broken, if they are no ids.
    pub fn of_limits(everywhere: bool, limits: Option<&str>) -> Result<Scope, Refusal> {
        if everywhere {
            return Ok(Scope::All);
        }
        let ids = limits.unwrap_or_default().split(',').filter(|id| !id.is_empty()).map(str::parse);
        let ids: Result<BTreeSet<i64>, _> = ids.collect();
        ids.map(Scope::of).map_err(|_| Refusal::Broken(format!("a role is limited to {limits:?}")))
    }

    pub fn contains(&self, customer_id: i64) -> bool {
        match self {
            Scope::All => true,
            Scope::Some(ids) => ids.contains(&customer_id),
        }
    }

    /// Whether everything in `other` is in here too.
    pub fn covers(&self, other: &Scope) -> bool {
        match (self, other) {
            (Scope::All, _) => true,
            (Scope::Some(_), Scope::All) => false,
            (Scope::Some(ours), Scope::Some(theirs)) => theirs.is_subset(ours),
        }
    }

    pub fn union(self, other: Scope) -> Scope {
        match (self, other) {
            (Scope::Some(ours), Scope::Some(theirs)) if theirs.is_subset(&ours) => Scope::Some(ours),
            (Scope::Some(ours), Scope::Some(theirs)) if ours.is_subset(&theirs) => Scope::Some(theirs),
            (Scope::Some(mut ours), Scope::Some(theirs)) => {
                Arc::make_mut(&mut ours).extend(theirs.iter());
                Scope::Some(ours)
            }
            _ => Scope::All,
        }
    }

    /// The customers by id, or None for all of them.
    pub fn ids(&self) -> Option<Vec<i64>> {
        match self {
            Scope::All => None,
            Scope::Some(ids) => Some(ids.iter().copied().collect()),
        }
    }
}
