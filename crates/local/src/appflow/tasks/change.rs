//! What Mask and Truncate tasks do to a value.

use std::borrow::Cow;

use super::value::Value;

/// A change to the text of one field. Null stays null.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// Replaces every character; by this number of them, if it is given.
    MaskAll { mask: char, length: Option<usize> },
    /// Replaces the first characters.
    MaskFirst { mask: char, count: usize },
    /// Replaces the last characters.
    MaskLast { mask: char, count: usize },
    /// Keeps the first characters.
    Truncate { length: usize },
}

impl Change {
    pub(super) fn apply<'r>(&self, value: &Value<'r>) -> Value<'r> {
        Value::Text(Cow::Owned(self.change(&value.text())))
    }

    fn change(&self, text: &str) -> String {
        match *self {
            Self::MaskAll { mask, length } => {
                let length = length.unwrap_or_else(|| text.chars().count());
                repeated(mask, length)
            }
            Self::MaskFirst { mask, count } => {
                let masked = count.min(text.chars().count());
                let mut changed = repeated(mask, masked);
                changed.extend(text.chars().skip(masked));
                changed
            }
            Self::MaskLast { mask, count } => {
                let kept = text.chars().count().saturating_sub(count);
                let masked = text.chars().count() - kept;
                let mut changed: String = text.chars().take(kept).collect();
                changed.push_str(&repeated(mask, masked));
                changed
            }
            Self::Truncate { length } => text.chars().take(length).collect(),
        }
    }
}

fn repeated(mask: char, count: usize) -> String {
    std::iter::repeat_n(mask, count).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_replaced_or_cut_off() {
        let mask = '*';
        for (change, text, expected) in [
            (Change::MaskAll { mask, length: None }, "né-1", "****"),
            (
                Change::MaskAll {
                    mask: '#',
                    length: Some(5),
                },
                "ab",
                "#####",
            ),
            (Change::MaskFirst { mask, count: 2 }, "éabc", "**bc"),
            (Change::MaskFirst { mask, count: 9 }, "abc", "***"),
            (Change::MaskLast { mask, count: 2 }, "abcé", "ab**"),
            (Change::MaskLast { mask, count: 9 }, "abc", "***"),
            (Change::MaskLast { mask, count: 0 }, "abc", "abc"),
            (Change::Truncate { length: 2 }, "éabc", "éa"),
            (Change::Truncate { length: 9 }, "abc", "abc"),
        ] {
            assert_eq!(change.change(text), expected, "{change:?}");
        }
    }

    #[test]
    fn numbers_and_structures_are_changed_by_their_text() {
        let change = Change::MaskLast {
            mask: '*',
            count: 2,
        };
        let number = Value::from_json("12.50").unwrap();
        assert_eq!(change.apply(&number), Value::Text("12.**".into()));
        let list = Value::from_json("[1,2]").unwrap();
        assert_eq!(change.apply(&list), Value::Text("[1,**".into()));
    }
}
