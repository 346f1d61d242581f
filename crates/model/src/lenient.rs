//! How JSON is read where it may differ from what the Java SDK writes: as leniently as Jackson, the
//! reader of that SDK.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, Error, MapAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::limits::{DEFAULT_PAGE_SIZE, MAX_ELEMENTS, MAX_FIELDS};
use crate::{FieldDefinition, List, Record, StringMap};

/// A type that can be read from a JSON scalar of another type.
pub(crate) trait Scalar: Sized {
    /// What a value of the type looks like, for error messages.
    const EXPECTED: &'static str;

    fn from_text(text: &str) -> Option<Self>;

    fn from_bool(value: bool) -> Option<Self>;

    fn from_i64(value: i64) -> Option<Self>;

    fn from_u64(value: u64) -> Option<Self>;

    fn from_f64(value: f64) -> Option<Self>;
}

/// Numbers and booleans count as their text.
impl Scalar for String {
    const EXPECTED: &'static str = "a string";

    fn from_text(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }

    fn from_bool(value: bool) -> Option<Self> {
        Some(value.to_string())
    }

    fn from_i64(value: i64) -> Option<Self> {
        Some(value.to_string())
    }

    fn from_u64(value: u64) -> Option<Self> {
        Some(value.to_string())
    }

    fn from_f64(value: f64) -> Option<Self> {
        Some(value.to_string())
    }
}

/// A string may be `true` or `false`, also in capitals or with one; the number 0 is false and any
/// other whole number true.
impl Scalar for bool {
    const EXPECTED: &'static str = "a boolean";

    fn from_text(text: &str) -> Option<Self> {
        match text.trim() {
            "true" | "True" | "TRUE" => Some(true),
            "false" | "False" | "FALSE" => Some(false),
            _ => None,
        }
    }

    fn from_bool(value: bool) -> Option<Self> {
        Some(value)
    }

    fn from_i64(value: i64) -> Option<Self> {
        Some(value != 0)
    }

    fn from_u64(value: u64) -> Option<Self> {
        Some(value != 0)
    }

    fn from_f64(_: f64) -> Option<Self> {
        None
    }
}

/// A string may hold a whole number; a decimal number loses its fraction.
impl Scalar for u64 {
    const EXPECTED: &'static str = "a whole number that is not negative";

    fn from_text(text: &str) -> Option<Self> {
        text.trim().parse().ok()
    }

    fn from_bool(_: bool) -> Option<Self> {
        None
    }

    fn from_i64(value: i64) -> Option<Self> {
        value.try_into().ok()
    }

    fn from_u64(value: u64) -> Option<Self> {
        Some(value)
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "the fraction is dropped on purpose, and the range is checked"
    )]
    fn from_f64(value: f64) -> Option<Self> {
        (value > -1.0 && value < Self::MAX as f64).then_some(value as Self)
    }
}

/// As `u64`, with 32 bits.
impl Scalar for u32 {
    const EXPECTED: &'static str = u64::EXPECTED;

    fn from_text(text: &str) -> Option<Self> {
        u64::from_text(text)?.try_into().ok()
    }

    fn from_bool(_: bool) -> Option<Self> {
        None
    }

    fn from_i64(value: i64) -> Option<Self> {
        value.try_into().ok()
    }

    fn from_u64(value: u64) -> Option<Self> {
        value.try_into().ok()
    }

    fn from_f64(value: f64) -> Option<Self> {
        u64::from_f64(value)?.try_into().ok()
    }
}

/// A scalar that is read leniently.
struct Lenient<T>(T);

struct ScalarVisitor<T>(PhantomData<T>);

impl<T: Scalar> Visitor<'_> for ScalarVisitor<T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(T::EXPECTED)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        T::from_text(text).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<T, E> {
        T::from_bool(value).ok_or_else(|| E::invalid_type(Unexpected::Bool(value), &self))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<T, E> {
        T::from_i64(value).ok_or_else(|| E::invalid_value(Unexpected::Signed(value), &self))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<T, E> {
        T::from_u64(value).ok_or_else(|| E::invalid_value(Unexpected::Unsigned(value), &self))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<T, E> {
        T::from_f64(value).ok_or_else(|| E::invalid_value(Unexpected::Float(value), &self))
    }
}

impl<'de, T: Scalar> Deserialize<'de> for Lenient<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_any(ScalarVisitor(PhantomData))
            .map(Self)
    }
}

/// A string, boolean or number that must be there.
pub(crate) fn scalar<'de, D: Deserializer<'de>, T: Scalar>(deserializer: D) -> Result<T, D::Error> {
    Lenient::deserialize(deserializer).map(|Lenient(value)| value)
}

/// As [`scalar`], with `None` for `null`.
pub(crate) fn optional<'de, D: Deserializer<'de>, T: Scalar>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    let value = Option::deserialize(deserializer)?;
    Ok(value.map(|Lenient(value)| value))
}

/// As [`scalar`], with the type's default for `null`.
pub(crate) fn or_default<'de, D: Deserializer<'de>, T: Scalar + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(optional(deserializer)?.unwrap_or_default())
}

/// A list of strings.
pub(crate) fn strings<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let items: List<_> = List::deserialize(deserializer)?;
    Ok(items.into_iter().map(|Lenient(item)| item).collect())
}

/// As [`strings`], with `None` for `null`.
pub(crate) fn optional_strings<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Vec<String>>, D::Error> {
    let items = Option::<List<_>>::deserialize(deserializer)?;
    Ok(items.map(|items| items.into_iter().map(|Lenient(item)| item).collect()))
}

/// The fields of an entity, which must be there.
pub(crate) fn fields<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<FieldDefinition>, D::Error> {
    let fields: List<FieldDefinition, MAX_FIELDS> = List::deserialize(deserializer)?;
    Ok(fields.into())
}

/// The records of a write. `null` counts as none.
pub(crate) fn records<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Record>, D::Error> {
    let records = Option::<List<Record>>::deserialize(deserializer)?;
    Ok(records.map_or_else(Vec::new, Vec::from))
}

/// `null` equals absent for a field that has a default.
pub(crate) fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// The default number of results of a page, for absent and `null`.
pub(crate) fn page_size<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    Ok(optional(deserializer)?.unwrap_or(DEFAULT_PAGE_SIZE))
}

pub(crate) const fn default_page_size() -> u32 {
    DEFAULT_PAGE_SIZE
}

/// `true` for absent and `null`.
pub(crate) fn null_as_true<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(optional(deserializer)?.unwrap_or(true))
}

pub(crate) const fn yes() -> bool {
    true
}

/// A map of strings in which numbers and booleans count as their JSON text and `null` as absent.
/// `null` for the map is an empty one.
pub(crate) fn string_map<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<StringMap, D::Error> {
    Ok(optional_string_map(deserializer)?.unwrap_or_default())
}

/// As [`string_map`], for a map that must be there.
pub(crate) fn required_string_map<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<StringMap, D::Error> {
    optional_string_map(deserializer)?
        .ok_or_else(|| D::Error::invalid_type(Unexpected::Unit, &"a map"))
}

/// As [`string_map`], with `None` for `null`.
pub(crate) fn optional_string_map<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<StringMap>, D::Error> {
    let map = Option::<LenientMap>::deserialize(deserializer)?;
    Ok(map.map(|LenientMap(map)| map))
}

struct LenientMap(StringMap);

impl<'de> Deserialize<'de> for LenientMap {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MapVisitor).map(Self)
    }
}

struct MapVisitor;

impl<'de> Visitor<'de> for MapVisitor {
    type Value = StringMap;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<StringMap, A::Error> {
        let mut map = StringMap::new();
        while let Some((key, value)) = members.next_entry::<String, Box<RawValue>>()? {
            if map.len() >= MAX_ELEMENTS {
                let message = format_args!("a map of more than {MAX_ELEMENTS} members");
                return Err(A::Error::custom(message));
            }
            let text = value.get();
            match text.as_bytes().first() {
                Some(b'"') => {
                    map.insert(key, parse(text)?);
                }
                Some(b'{' | b'[') => {
                    return Err(A::Error::custom(format_args!(
                        "the value of `{key}` is an object or a list; expected a string, number or boolean"
                    )));
                }
                _ if text == "null" => {
                    map.remove(&key);
                }
                _ => {
                    map.insert(key, text.to_owned());
                }
            }
        }
        Ok(map)
    }
}

fn parse<T: DeserializeOwned, E: serde::de::Error>(text: &str) -> Result<T, E> {
    serde_json::from_str(text).map_err(E::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<StringMap, serde_json::Error> {
        string_map(&mut serde_json::Deserializer::from_str(json))
    }

    #[test]
    fn scalars_are_read_as_their_json_text() {
        let map = read(r#"{"text":"a\"b","int":7,"decimal":1.50,"big":12345678901234567890123,"yes":true,"none":null}"#)
            .unwrap();
        assert_eq!(map["text"], "a\"b");
        assert_eq!(map["int"], "7");
        assert_eq!(map["decimal"], "1.50");
        assert_eq!(map["big"], "12345678901234567890123");
        assert_eq!(map["yes"], "true");
        assert!(!map.contains_key("none"));
    }

    #[test]
    fn a_nested_value_is_an_error_that_names_the_key() {
        let error = read(r#"{"filters":[1]}"#).unwrap_err();
        assert!(error.to_string().contains("`filters`"), "{error}");
    }
}
