//! How AppFlow's JSON is read where it may deviate from the plain shape.

use std::collections::BTreeMap;

use serde::de::{DeserializeOwned, Error as _, Unexpected};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::StringMap;
use crate::limits::DEFAULT_PAGE_SIZE;

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
    Ok(Option::deserialize(deserializer)?.unwrap_or(DEFAULT_PAGE_SIZE))
}

pub(crate) const fn default_page_size() -> u32 {
    DEFAULT_PAGE_SIZE
}

/// `true` for absent and `null`.
pub(crate) fn null_as_true<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or(true))
}

pub(crate) const fn yes() -> bool {
    true
}

/// A map of strings in which numbers and booleans count as their JSON text and `null` as absent. `null` for the map is an empty one.
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
    let Some(raw) = Option::<BTreeMap<String, Box<RawValue>>>::deserialize(deserializer)? else {
        return Ok(None);
    };
    let mut map = StringMap::new();
    for (key, value) in raw {
        let text = value.get();
        match text.as_bytes().first() {
            Some(b'"') => {
                map.insert(key, parse(text)?);
            }
            Some(b'{' | b'[') => {
                return Err(D::Error::custom(format_args!(
                    "the value of `{key}` is an object or a list; expected a string, number or boolean"
                )));
            }
            _ if text == "null" => {}
            _ => {
                map.insert(key, text.to_owned());
            }
        }
    }
    Ok(Some(map))
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
