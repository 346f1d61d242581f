use appflow_connector_model::{ConnectorError, StringMap};

use crate::results::Result;

/// The user's settings in a request, by key. AppFlow sends all values as text; an empty value
/// counts as absent.
///
/// Each error is an InvalidArgument that names the setting and says what would be valid.
///
/// ```
/// use appflow_connector_runtime::{Invocation, Result};
///
/// fn page_size(invocation: &Invocation) -> Result<i64> {
///     let settings = invocation.settings();
///     Ok(settings.integer("pageSize")?.unwrap_or(500))
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Settings<'a>(&'a StringMap);

impl<'a> Settings<'a> {
    pub(crate) const fn new(settings: &'a StringMap) -> Self {
        Self(settings)
    }

    /// All settings as they were sent.
    pub const fn as_map(self) -> &'a StringMap {
        self.0
    }

    /// The value of a setting, if the user gave one.
    pub fn optional(self, key: &str) -> Option<&'a str> {
        let value = self.0.get(key).map(String::as_str);
        value.filter(|value| !value.is_empty())
    }

    /// The value of a setting that must be there.
    ///
    /// # Errors
    /// InvalidArgument if it is absent.
    pub fn required(self, key: &str) -> Result<&'a str> {
        self.optional(key)
            .ok_or_else(|| invalid(key, "is required"))
    }

    /// A whole number, if the user gave one.
    ///
    /// # Errors
    /// InvalidArgument if the value is not a whole number of 64 bits.
    pub fn integer(self, key: &str) -> Result<Option<i64>> {
        let number = |value: &str| value.parse().map_err(|_| invalid(key, NOT_INTEGER));
        self.optional(key).map(number).transpose()
    }

    /// `true` or `false` in any case, if the user gave one.
    ///
    /// # Errors
    /// InvalidArgument if the value is neither.
    pub fn boolean(self, key: &str) -> Result<Option<bool>> {
        let boolean = |value| boolean(value).ok_or_else(|| invalid(key, NOT_BOOLEAN));
        self.optional(key).map(boolean).transpose()
    }

    /// A URL that must be there and begin with `https://` or `http://`. A URL that receives
    /// credentials needs more: the HTTP crate's `UrlPolicy::check_setting(key, settings.as_map())`.
    ///
    /// # Errors
    /// InvalidArgument if it is absent or begins with something else.
    pub fn url(self, key: &str) -> Result<&'a str> {
        let value = self.required(key)?;
        if is_url(value) {
            return Ok(value);
        }
        Err(invalid(key, NOT_URL))
    }
}

pub(super) const NOT_INTEGER: &str = "must be a whole number";
pub(super) const NOT_BOOLEAN: &str = "must be true or false";
pub(super) const NOT_URL: &str = "must be a URL that begins with https:// or http://";

pub(super) fn boolean(value: &str) -> Option<bool> {
    if value.eq_ignore_ascii_case("true") {
        return Some(true);
    }
    value.eq_ignore_ascii_case("false").then_some(false)
}

pub(super) fn is_url(value: &str) -> bool {
    value.starts_with("https://") || value.starts_with("http://")
}

fn invalid(key: &str, problem: &str) -> ConnectorError {
    ConnectorError::invalid_argument(format!("{key} {problem}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map() -> StringMap {
        [
            ("instanceUrl", "https://example.com"),
            ("pageSize", "-500"),
            ("archived", "True"),
            ("region", ""),
            ("word", "canary"),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into()
    }

    #[test]
    fn values_are_read_by_their_type() {
        let map = map();
        let settings = Settings::new(&map);
        assert_eq!(settings.url("instanceUrl"), Ok("https://example.com"));
        assert_eq!(settings.required("word"), Ok("canary"));
        assert_eq!(settings.integer("pageSize"), Ok(Some(-500)));
        assert_eq!(settings.boolean("archived"), Ok(Some(true)));
        for absent in ["region", "none"] {
            assert_eq!(settings.optional(absent), None);
            assert_eq!(settings.integer(absent), Ok(None));
            assert_eq!(settings.boolean(absent), Ok(None));
        }
    }

    #[test]
    fn errors_name_the_setting_and_what_is_valid_and_not_the_value() {
        let map = map();
        let settings = Settings::new(&map);
        for (error, message) in [
            (
                settings.required("region").unwrap_err(),
                "region is required",
            ),
            (settings.url("none").unwrap_err(), "none is required"),
            (
                settings.integer("word").unwrap_err(),
                "word must be a whole number",
            ),
            (
                settings.boolean("word").unwrap_err(),
                "word must be true or false",
            ),
            (
                settings.url("word").unwrap_err(),
                "word must be a URL that begins with https:// or http://",
            ),
        ] {
            assert_eq!(error.message(), message);
            assert_eq!(
                error.code(),
                appflow_connector_model::ErrorCode::InvalidArgument
            );
        }
    }
}
