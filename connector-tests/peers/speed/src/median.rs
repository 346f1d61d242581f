//! The median.

/// Returns the median; of an even number of values, the upper of the two in the middle.
///
/// # Panics
/// If there are no values.
pub(crate) fn median<T: Ord + Copy>(mut values: Vec<T>) -> T {
    values.sort_unstable();
    values[values.len() / 2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_value() {
        assert_eq!(median(vec![3, 100, 1]), 3);
        assert_eq!(median(vec![4, 1, 3, 2]), 3);
    }
}
