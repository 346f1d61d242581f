use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};

use crate::limits::MAX_ELEMENTS;

/// How the error for a list that is too long begins.
const TOO_LONG: &str = "an array of more than ";

/// A JSON array of at most `MAX` elements, by default [`MAX_ELEMENTS`]; reading a longer one is an
/// error. For what an application sends: a few bytes for each element of an array can become a
/// hundred in memory, so a limit on the bytes of a response does not bound the memory.
///
/// ```
/// use appflow_connector_model::List;
///
/// let numbers: List<u8, 3> = serde_json::from_str("[1, 2, 3]").unwrap();
/// assert_eq!(numbers.iter().sum::<u8>(), 6);
///
/// let error = serde_json::from_str::<List<u8, 3>>("[1, 2, 3, 4]").unwrap_err();
/// assert_eq!(error.to_string(), "an array of more than 3 elements at line 1 column 12");
/// ```
///
/// A list of JSON texts that are not read yet borrows from the response:
///
/// ```
/// use appflow_connector_model::List;
/// use serde_json::value::RawValue;
///
/// #[derive(serde::Deserialize)]
/// struct Page<'a> {
///     #[serde(borrow)]
///     records: List<&'a RawValue>,
/// }
///
/// let page: Page = serde_json::from_str(r#"{"records": [{"id": 1}, {"id": 2}]}"#).unwrap();
/// assert_eq!(page.records[1].get(), r#"{"id": 2}"#);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List<T, const MAX: usize = MAX_ELEMENTS>(Vec<T>);

impl<T, const MAX: usize> Default for List<T, MAX> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T, const MAX: usize> Deref for List<T, MAX> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T, const MAX: usize> IntoIterator for List<T, MAX> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<T, const MAX: usize> From<List<T, MAX>> for Vec<T> {
    fn from(list: List<T, MAX>) -> Self {
        list.0
    }
}

impl<'de, T: Deserialize<'de>, const MAX: usize> Deserialize<'de> for List<T, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ListVisitor(PhantomData))
    }
}

/// Returns the maximum length of the list that an error is about: `None` if it is another error
/// than that of a [`List`] that is too long.
///
/// The text of other errors may contain parts of the JSON, so that a message cannot show it.
pub fn too_long_array(error: &serde_json::Error) -> Option<usize> {
    let text = error.to_string();
    let limit = text.strip_prefix(TOO_LONG)?.split(' ').next()?;
    limit.parse().ok()
}

struct ListVisitor<T, const MAX: usize>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const MAX: usize> Visitor<'de> for ListVisitor<T, MAX> {
    type Value = List<T, MAX>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a sequence")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some(element) = elements.next_element()? {
            if list.len() >= MAX {
                let message = format_args!("{TOO_LONG}{MAX} elements");
                return Err(A::Error::custom(message));
            }
            list.push(element);
        }
        Ok(List(list))
    }
}
