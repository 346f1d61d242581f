//! Small functions on texts.

use std::collections::HashSet;

/// The items that occur again after their first occurrence.
pub(crate) fn repeated<'i>(items: impl Iterator<Item = &'i str>) -> Vec<&'i str> {
    let mut seen = HashSet::new();
    items.filter(|item| !seen.insert(*item)).collect()
}
