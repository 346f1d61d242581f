//! Which checks there are, and why.

pub(crate) mod behaviour;
mod check;
pub(crate) mod configuration;
pub(crate) mod data;
pub(crate) mod metadata;
pub(crate) mod writes;

pub use check::Check;

/// Every check, in the order in which the checks are made.
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

/// Whether the id of a check starts with `start`.
pub(crate) fn exists(start: &str) -> bool {
    !start.is_empty() && all_checks().any(|check| check.id.starts_with(start))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ids_are_unique_and_no_id_is_the_start_of_another() {
        let ids: HashSet<&str> = all_checks().map(|check| check.id).collect();
        assert_eq!(ids.len(), all_checks().count());
        for id in &ids {
            let others = ids.iter().filter(|other| *other != id);
            assert!(others.clone().all(|other| !other.starts_with(id)), "{id}");
        }
    }
}
