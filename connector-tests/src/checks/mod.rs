//! The checks, in the order in which they are made.

mod behaviour;
pub(crate) mod configuration;
pub(crate) mod data;
pub(crate) mod metadata;
mod paging;
pub(crate) mod writes;

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use crate::run::{Outcome, Run};

type CheckFuture<'a> = Pin<Box<dyn Future<Output = Outcome> + Send + 'a>>;
type Body = for<'a, 'r> fn(&'a mut Run<'r>) -> CheckFuture<'a>;

/// A check: one thing that AppFlow expects of connectors.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Check {
    /// A stable name, such as `data.paging-ends`. The part before the point is its group.
    pub id: &'static str,
    /// Why it is made, in a sentence.
    pub why: &'static str,
    body: Body,
}

impl Check {
    const fn new(id: &'static str, why: &'static str, body: Body) -> Self {
        Self { id, why, body }
    }

    pub(crate) async fn run(&self, run: &mut Run<'_>) -> Outcome {
        (self.body)(run).await
    }
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Check").field(&self.id).finish()
    }
}

/// Every check, in the order in which they are made.
///
/// ```
/// assert!(appflow_connector_tests::all_checks().any(|check| check.id == "data.paging-ends"));
/// ```
pub fn all_checks() -> impl Iterator<Item = &'static Check> {
    [
        configuration::CHECKS,
        metadata::CHECKS,
        data::CHECKS,
        writes::CHECKS,
        behaviour::CHECKS,
    ]
    .into_iter()
    .flatten()
}

/// Whether a check's id begins so.
pub(crate) fn exists(start: &str) -> bool {
    !start.is_empty() && all_checks().any(|check| check.id.starts_with(start))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ids_are_unique_and_no_id_is_the_beginning_of_another() {
        let ids: HashSet<&str> = all_checks().map(|check| check.id).collect();
        assert_eq!(ids.len(), all_checks().count());
        for id in &ids {
            let others = ids.iter().filter(|other| *other != id);
            assert!(others.clone().all(|other| !other.starts_with(id)), "{id}");
        }
    }
}
