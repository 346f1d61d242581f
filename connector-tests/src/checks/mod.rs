//! The checks of the catalogue as functions, a folder for each group.

mod behaviour;
mod body;
mod configuration;
mod data;
mod entities;
mod metadata;
mod paging;
mod reached;
mod writes;

use crate::catalog::{Check, all_checks};

pub(crate) use body::Body;
pub(crate) use reached::must_be_reached;
pub(crate) use writes::session::clean_up;

/// Every check and its function, in the order in which the checks are made.
pub(crate) fn checks() -> impl Iterator<Item = (&'static Check, Body)> {
    all_checks().zip(bodies().map(|(_, body)| *body))
}

fn bodies() -> impl Iterator<Item = &'static (&'static str, Body)> {
    [
        configuration::BODIES,
        metadata::BODIES,
        data::BODIES,
        writes::BODIES,
        behaviour::BODIES,
    ]
    .into_iter()
    .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bodies_have_the_order_of_the_catalogue() {
        let in_catalogue: Vec<&str> = all_checks().map(|check| check.id).collect();
        let with_bodies: Vec<&str> = bodies().map(|(id, _)| *id).collect();
        assert_eq!(with_bodies, in_catalogue);
    }
}
