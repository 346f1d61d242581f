//! The processes that a process has started. Linux only.

use std::fs;

/// Returns a process, those of its group, and all that descend from one of them. A process whose
/// parent has ended descends from none.
pub(crate) fn relatives(process: u32) -> Vec<u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten();
    let mut others: Vec<(u32, u32, u32)> = entries
        .filter_map(|entry| {
            let id = entry.ok()?.file_name().to_str()?.parse().ok()?;
            let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
            let (parent, group) = parent_and_group(&stat)?;
            Some((id, parent, group))
        })
        .collect();
    let mut found = vec![process];
    loop {
        let (related, unrelated): (Vec<_>, Vec<_>) = others
            .into_iter()
            .partition(|(_, parent, group)| *group == process || found.contains(parent));
        if related.is_empty() {
            return found;
        }
        found.extend(related.into_iter().map(|(id, _, _)| id));
        others = unrelated;
    }
}

/// Reads /proc/ID/stat: `ID (NAME) STATE PARENT GROUP …`. A name can contain parentheses and
/// spaces.
fn parent_and_group(stat: &str) -> Option<(u32, u32)> {
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut columns = after_name.split_whitespace().skip(1);
    Some((columns.next()?.parse().ok()?, columns.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parent_and_group_are_found_after_any_name() {
        assert_eq!(parent_and_group("7 (sleep) S 5 6 7 0"), Some((5, 6)));
        assert_eq!(parent_and_group("7 (a) S 1 (b) R 5 6 7"), Some((5, 6)));
        assert_eq!(parent_and_group("7 (sleep"), None);
    }
}
