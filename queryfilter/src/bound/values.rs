//! The values of an IN list.

use std::cmp::Ordering;
use std::fmt::{self, Debug, Formatter};
use std::ops::Deref;
use std::sync::OnceLock;

use super::typed_value::TypedValue;

/// Lists up to this length are searched from their beginning to their end.
const MAX_UNSORTED: usize = 16;

/// The values of an IN list, one or more, as a slice in the order of the filter.
///
/// A search sorts a long list the first time, by the positions of the values, and then takes
/// logarithmic time.
#[derive(Clone)]
pub struct Values {
    list: Vec<TypedValue>,
    /// The positions of the values in the order of the values.
    sorted: OnceLock<Positions>,
    /// The same, with case ignored.
    sorted_by_lower_case: OnceLock<Positions>,
}

type Positions = Box<[u32]>;

impl Values {
    /// Returns whether the list has a value that is equal to this one.
    pub(crate) fn has(&self, wanted: &TypedValue, ignores_case: bool) -> bool {
        if self.len() <= MAX_UNSORTED {
            return self
                .iter()
                .any(|value| compare(value, wanted, ignores_case) == Some(Ordering::Equal));
        }
        let positions = self.sorted(ignores_case);
        positions
            .binary_search_by(|position| {
                // A list has the values of one type, which is the field's.
                let order = compare(&self.list[*position as usize], wanted, ignores_case);
                order.unwrap_or(Ordering::Less)
            })
            .is_ok()
    }

    /// Drops each value that is equal to one before it.
    pub(crate) fn drop_duplicates(&mut self, ignores_case: bool) {
        let mut is_first = vec![true; self.len()];
        for pair in self.sorted(ignores_case).windows(2) {
            let [former, latter] = [pair[0] as usize, pair[1] as usize];
            let order = compare(&self.list[former], &self.list[latter], ignores_case);
            // The sort keeps the order of equal values.
            is_first[latter] = order != Some(Ordering::Equal);
        }
        let mut values = std::mem::take(&mut self.list);
        let mut is_first = is_first.into_iter();
        values.retain(|_| is_first.next() == Some(true));
        *self = values.into();
    }

    fn sorted(&self, ignores_case: bool) -> &[u32] {
        let sorted = if ignores_case {
            &self.sorted_by_lower_case
        } else {
            &self.sorted
        };
        sorted.get_or_init(|| {
            let count = u32::try_from(self.len()).unwrap_or(u32::MAX);
            let mut positions: Positions = (0..count).collect();
            let value = |position: &u32| &self.list[*position as usize];
            positions.sort_by(|one, other| {
                let order = compare(value(one), value(other), ignores_case);
                order.unwrap_or(Ordering::Equal)
            });
            positions
        })
    }
}

/// Compares two values of the same type, text by code points. Returns `None` for different types.
pub(crate) fn compare(
    value: &TypedValue,
    other: &TypedValue,
    ignores_case: bool,
) -> Option<Ordering> {
    match (value, other) {
        (TypedValue::Text(value), TypedValue::Text(other)) if ignores_case => {
            Some(compare_ignoring_case(value, other))
        }
        (TypedValue::Text(value), TypedValue::Text(other)) => Some(value.cmp(other)),
        (TypedValue::Number(value), TypedValue::Number(other)) => Some(value.cmp(other)),
        (TypedValue::Boolean(value), TypedValue::Boolean(other)) => Some(value.cmp(other)),
        (TypedValue::Date(value), TypedValue::Date(other)) => Some(value.cmp(other)),
        (TypedValue::DateTime(value), TypedValue::DateTime(other)) => Some(value.cmp(other)),
        _ => None,
    }
}

/// Compares texts as they are in lower case. Texts in ASCII, which most are, need no copy.
fn compare_ignoring_case(text: &str, other: &str) -> Ordering {
    if text.is_ascii() && other.is_ascii() {
        let lower_case = |byte: u8| byte.to_ascii_lowercase();
        text.bytes()
            .map(lower_case)
            .cmp(other.bytes().map(lower_case))
    } else {
        text.to_lowercase().cmp(&other.to_lowercase())
    }
}

impl From<Vec<TypedValue>> for Values {
    fn from(values: Vec<TypedValue>) -> Self {
        Self {
            list: values,
            sorted: OnceLock::new(),
            sorted_by_lower_case: OnceLock::new(),
        }
    }
}

impl Deref for Values {
    type Target = [TypedValue];

    fn deref(&self) -> &[TypedValue] {
        &self.list
    }
}

impl PartialEq for Values {
    fn eq(&self, other: &Self) -> bool {
        self.list == other.list
    }
}

impl Debug for Values {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        self.list.fmt(formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bound::Number;

    fn texts(texts: &[&str]) -> Values {
        let text = |text: &&str| TypedValue::Text((*text).to_owned());
        texts.iter().map(text).collect::<Vec<_>>().into()
    }

    #[test]
    fn long_lists_have_what_short_lists_have() {
        let mut long: Vec<String> = (0..100).map(|number| format!("Value{number}")).collect();
        long.push("value7".to_owned());
        let long: Vec<&str> = long.iter().map(String::as_str).collect();
        for values in [&long[5..9], &long] {
            let list = texts(values);
            for (text, exactly, ignoring_case) in [
                ("Value7", true, true),
                ("vALUE7", false, true),
                ("Value", false, false),
            ] {
                let wanted = TypedValue::Text(text.to_owned());
                let ignored = TypedValue::Text(text.to_lowercase());
                assert_eq!(list.has(&wanted, false), exactly, "{text}");
                assert_eq!(list.has(&ignored, true), ignoring_case, "{text}");
            }
        }
    }

    #[test]
    fn numbers_are_found_by_their_value() {
        let number = |text: &str| TypedValue::Number(Number::parse(text).unwrap());
        let numbers: Vec<_> = (0..50)
            .map(|value| number(&format!("{value}.50")))
            .collect();
        let list = Values::from(numbers);
        assert!(list.has(&number("49.5"), false));
        assert!(!list.has(&number("49"), false));
    }

    #[test]
    fn duplicates_are_dropped_at_their_later_places() {
        for (ignores_case, once) in [(false, &["b", "B", "a", "A"][..]), (true, &["b", "a"])] {
            let mut list = texts(&["b", "B", "a", "b", "A"]);
            list.drop_duplicates(ignores_case);
            assert_eq!(list, texts(once));
        }
    }
}
