//! Settings that are declared once.

use std::fmt::{self, Display, Formatter};
use std::marker::PhantomData;

use appflow_connector_model::{
    ConnectorError, ConnectorRuntimeSetting, ConnectorRuntimeSettingDataType as DataType,
    ConnectorRuntimeSettingScope as Scope,
};

use super::errors::problem;
use super::values::{Settings, boolean};
use crate::results::Result;

/// A setting that is declared once, with its type, range, options and default, and read as such.
///
/// [`declaration`](Self::declaration) goes into the connector's configuration, from which
/// `validate_connector_runtime_settings` checks what a user gives. [`Settings::get`] reads the
/// value. `T` is what it returns: `i64`, `bool` or text; an `Option` of it if the setting is neither
/// [`required`](Setting::required) nor has a default.
///
/// ```
/// use appflow_connector_model::ConnectorRuntimeSetting;
/// use appflow_connector_runtime::{Invocation, Result, Setting};
///
/// const URL: Setting<&str> =
///     Setting::url("instanceUrl", "URL", "The help desk's URL.").required();
/// const PAGE_SIZE: Setting<i64> =
///     Setting::integer("pageSize", "Page size", "Tickets per request.").range(1, 100).default(100);
/// const REGION: Setting<Option<&str>> =
///     Setting::text("region", "Region", "Where the tickets are.").options(&["eu", "us"]);
///
/// fn runtime_settings() -> Vec<ConnectorRuntimeSetting> {
///     vec![URL.declaration(), PAGE_SIZE.declaration(), REGION.declaration()]
/// }
///
/// fn page_size(invocation: &Invocation) -> Result<i64> {
///     invocation.settings().get(&PAGE_SIZE)
/// }
///
/// assert_eq!(
///     PAGE_SIZE.declaration().description,
///     "Tickets per request. From 1 to 100. Default: 100."
/// );
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Setting<T> {
    key: &'static str,
    label: &'static str,
    description: &'static str,
    data_type: DataType,
    scope: Scope,
    is_required: bool,
    range: Option<(i64, i64)>,
    options: &'static [&'static str],
    default: Option<Default>,
    value: PhantomData<T>,
}

#[derive(Clone, Copy, Debug)]
enum Default {
    Text(&'static str),
    Integer(i64),
    Boolean(bool),
}

impl Display for Default {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => text.fmt(f),
            Self::Integer(number) => number.fmt(f),
            Self::Boolean(boolean) => boolean.fmt(f),
        }
    }
}

impl Setting<Option<&'static str>> {
    /// Declares text.
    pub const fn text(key: &'static str, label: &'static str, description: &'static str) -> Self {
        Self::new(key, label, description, DataType::String)
    }

    /// Declares a URL that begins with `https://` or `http://`. A URL that receives credentials
    /// needs more: the HTTP crate's `UrlPolicy`.
    pub const fn url(key: &'static str, label: &'static str, description: &'static str) -> Self {
        Self::new(key, label, description, DataType::Url)
    }

    /// Sets the texts to choose from. Default: any text.
    #[must_use]
    pub const fn options(mut self, options: &'static [&'static str]) -> Self {
        self.options = options;
        self
    }

    /// Sets the text that an absent setting has.
    #[must_use]
    pub const fn default(self, default: &'static str) -> Setting<&'static str> {
        self.with(Default::Text(default))
    }

    /// Says that a user must give the setting.
    #[must_use]
    pub const fn required(self) -> Setting<&'static str> {
        self.always()
    }
}

impl Setting<Option<i64>> {
    /// Declares a whole number of 32 bits, or of 64 if its [`range`](Self::range) exceeds them.
    pub const fn integer(
        key: &'static str,
        label: &'static str,
        description: &'static str,
    ) -> Self {
        Self::new(key, label, description, DataType::Integer)
    }

    /// Sets the least and the greatest number.
    #[must_use]
    pub const fn range(mut self, min: i64, max: i64) -> Self {
        let is_long = min < i32::MIN as i64 || max > i32::MAX as i64;
        if is_long {
            self.data_type = DataType::Long;
        }
        self.range = Some((min, max));
        self
    }

    /// Sets the number that an absent setting has.
    #[must_use]
    pub const fn default(self, default: i64) -> Setting<i64> {
        self.with(Default::Integer(default))
    }

    /// Says that a user must give the setting.
    #[must_use]
    pub const fn required(self) -> Setting<i64> {
        self.always()
    }
}

impl Setting<Option<bool>> {
    /// Declares `true` or `false`, in any case.
    pub const fn boolean(
        key: &'static str,
        label: &'static str,
        description: &'static str,
    ) -> Self {
        Self::new(key, label, description, DataType::Boolean)
    }

    /// Sets the value that an absent setting has.
    #[must_use]
    pub const fn default(self, default: bool) -> Setting<bool> {
        self.with(Default::Boolean(default))
    }

    /// Says that a user must give the setting.
    #[must_use]
    pub const fn required(self) -> Setting<bool> {
        self.always()
    }
}

impl<T> Setting<T> {
    const fn new(
        key: &'static str,
        label: &'static str,
        description: &'static str,
        data_type: DataType,
    ) -> Self {
        Self {
            key,
            label,
            description,
            data_type,
            scope: Scope::ConnectorProfile,
            is_required: false,
            range: None,
            options: &[],
            default: None,
            value: PhantomData,
        }
    }

    /// Sets where AppFlow asks for the setting. Default: in the connection.
    #[must_use]
    pub const fn scope(mut self, scope: Scope) -> Self {
        self.scope = scope;
        self
    }

    /// The setting's name.
    pub const fn key(&self) -> &'static str {
        self.key
    }

    /// Returns the setting as the connector's configuration declares it. Its description ends with
    /// the range and the default, which the wire has no other place for.
    pub fn declaration(&self) -> ConnectorRuntimeSetting {
        let range = self
            .range
            .map(|(min, max)| format!(" From {min} to {max}."));
        let default = self.default.map(|default| format!(" Default: {default}."));
        let mut description = self.description.to_owned();
        description.extend(range);
        description.extend(default);
        let options = self.options.iter().map(|option| (*option).to_owned());
        let options: Vec<String> = options.collect();
        ConnectorRuntimeSetting::builder()
            .key(self.key)
            .data_type(self.data_type)
            .required(self.is_required)
            .label(self.label)
            .description(description)
            .scope(self.scope)
            .maybe_connector_supplied_value_options((!options.is_empty()).then_some(options))
            .maybe_value_range(self.range.map(|(min, max)| min..=max))
            .build()
    }

    const fn with<U>(self, default: Default) -> Setting<U> {
        let mut setting = self.as_value();
        setting.default = Some(default);
        setting
    }

    const fn always<U>(self) -> Setting<U> {
        let mut setting = self.as_value();
        setting.is_required = true;
        setting
    }

    const fn as_value<U>(&self) -> Setting<U> {
        Setting {
            key: self.key,
            label: self.label,
            description: self.description,
            data_type: self.data_type,
            scope: self.scope,
            is_required: self.is_required,
            range: self.range,
            options: self.options,
            default: self.default,
            value: PhantomData,
        }
    }

    /// Returns the text that the user gave, checked.
    fn given<'a>(&self, settings: Settings<'a>) -> Result<Option<&'a str>> {
        let Some(value) = settings.optional(self.key) else {
            return Ok(None);
        };
        match problem(&self.declaration(), value) {
            Some(problem) => Err(self.invalid(&problem)),
            None => Ok(Some(value)),
        }
    }

    fn invalid(&self, problem: &str) -> ConnectorError {
        ConnectorError::invalid_argument(format!("{} {problem}", self.key))
    }

    fn is_absent(&self) -> ConnectorError {
        self.invalid("is required")
    }
}

/// The type of a [`Setting`]'s value: `i64`, `bool`, text, or an `Option` of one of them.
pub trait SettingValue: sealed::Sealed {
    /// What is read: text is borrowed from the request.
    type Read<'a>;
}

mod sealed {
    use super::{Result, Setting, SettingValue, Settings};

    pub trait Sealed: Sized {
        fn read<'a>(setting: &Setting<Self>, settings: Settings<'a>) -> Result<Self::Read<'a>>
        where
            Self: SettingValue;
    }
}

impl<'s> Settings<'s> {
    /// Reads a declared setting: its default if the user gave none.
    ///
    /// # Errors
    /// InvalidArgument, with the setting's name and what would be valid, if a required setting is
    /// absent, or the value does not have the declared type, range or options.
    pub fn get<T: SettingValue>(self, setting: &Setting<T>) -> Result<T::Read<'s>> {
        T::read(setting, self)
    }
}

impl SettingValue for Option<&'static str> {
    type Read<'a> = Option<&'a str>;
}

impl sealed::Sealed for Option<&'static str> {
    fn read<'a>(setting: &Setting<Self>, settings: Settings<'a>) -> Result<Option<&'a str>> {
        setting.given(settings)
    }
}

impl SettingValue for &'static str {
    type Read<'a> = &'a str;
}

impl sealed::Sealed for &'static str {
    fn read<'a>(setting: &Setting<Self>, settings: Settings<'a>) -> Result<&'a str> {
        match (setting.given(settings)?, setting.default) {
            (Some(text), _) | (None, Some(Default::Text(text))) => Ok(text),
            _ => Err(setting.is_absent()),
        }
    }
}

impl SettingValue for Option<i64> {
    type Read<'a> = Self;
}

impl sealed::Sealed for Option<i64> {
    fn read(setting: &Setting<Self>, settings: Settings<'_>) -> Result<Self> {
        Ok(setting.given(settings)?.and_then(|text| text.parse().ok()))
    }
}

impl SettingValue for i64 {
    type Read<'a> = Self;
}

impl sealed::Sealed for i64 {
    fn read(setting: &Setting<Self>, settings: Settings<'_>) -> Result<Self> {
        let given = setting.given(settings)?.and_then(|text| text.parse().ok());
        match (given, setting.default) {
            (Some(number), _) | (None, Some(Default::Integer(number))) => Ok(number),
            _ => Err(setting.is_absent()),
        }
    }
}

impl SettingValue for Option<bool> {
    type Read<'a> = Self;
}

impl sealed::Sealed for Option<bool> {
    fn read(setting: &Setting<Self>, settings: Settings<'_>) -> Result<Self> {
        Ok(setting.given(settings)?.and_then(boolean))
    }
}

impl SettingValue for bool {
    type Read<'a> = Self;
}

impl sealed::Sealed for bool {
    fn read(setting: &Setting<Self>, settings: Settings<'_>) -> Result<Self> {
        match (setting.given(settings)?.and_then(boolean), setting.default) {
            (Some(given), _) | (None, Some(Default::Boolean(given))) => Ok(given),
            _ => Err(setting.is_absent()),
        }
    }
}

#[cfg(test)]
mod tests {
    use appflow_connector_model::{ErrorCode, StringMap, ValidateConnectorRuntimeSettingsRequest};

    use super::*;
    use crate::settings::SettingErrors;

    const URL: Setting<&str> = Setting::url("url", "URL", "Where.").required();
    const SIZE: Setting<i64> = Setting::integer("size", "Size", "How many.")
        .range(1, 100)
        .default(50);
    const LIMIT: Setting<Option<i64>> = Setting::integer("limit", "Limit", "At most.");
    const BYTES: Setting<Option<i64>> =
        Setting::integer("bytes", "Bytes", "At most.").range(0, 1 << 40);
    const REGION: Setting<&str> = Setting::text("region", "Region", "Where.")
        .options(&["eu", "us"])
        .default("eu");
    const NOTE: Setting<Option<&str>> = Setting::text("note", "Note", "Anything.");
    const CLOSED: Setting<bool> = Setting::boolean("closed", "Closed", "Whether.")
        .scope(Scope::Source)
        .default(true);
    const OPEN: Setting<Option<bool>> = Setting::boolean("open", "Open", "Whether.");

    fn map(given: &[(&str, &str)]) -> StringMap {
        let given = given.iter();
        given
            .map(|(key, value)| ((*key).into(), (*value).into()))
            .collect()
    }

    #[test]
    fn values_are_read_as_they_are_declared() {
        let map = map(&[
            ("url", "https://example.com"),
            ("size", "7"),
            ("limit", "-3"),
            ("bytes", "5000000000"),
            ("region", "us"),
            ("note", "a"),
            ("closed", "False"),
            ("open", "true"),
        ]);
        let settings = Settings::new(&map);
        assert_eq!(settings.get(&URL), Ok("https://example.com"));
        assert_eq!(settings.get(&SIZE), Ok(7));
        assert_eq!(settings.get(&LIMIT), Ok(Some(-3)));
        assert_eq!(settings.get(&BYTES), Ok(Some(5_000_000_000)));
        assert_eq!(settings.get(&REGION), Ok("us"));
        assert_eq!(settings.get(&NOTE), Ok(Some("a")));
        assert_eq!(settings.get(&CLOSED), Ok(false));
        assert_eq!(settings.get(&OPEN), Ok(Some(true)));
    }

    #[test]
    fn an_absent_setting_has_its_default() {
        let map = map(&[("size", ""), ("note", "")]);
        let settings = Settings::new(&map);
        assert_eq!(settings.get(&SIZE), Ok(50));
        assert_eq!(settings.get(&REGION), Ok("eu"));
        assert_eq!(settings.get(&CLOSED), Ok(true));
        assert_eq!(settings.get(&LIMIT), Ok(None));
        assert_eq!(settings.get(&NOTE), Ok(None));
        assert_eq!(settings.get(&OPEN), Ok(None));
        assert_eq!(settings.get(&URL).unwrap_err().message(), "url is required");
    }

    #[test]
    fn what_is_not_as_declared_is_refused_when_it_is_checked_and_when_it_is_read() {
        let declared = [
            URL.declaration(),
            SIZE.declaration(),
            LIMIT.declaration(),
            BYTES.declaration(),
            REGION.declaration(),
            OPEN.declaration(),
        ];
        let range = "must be from 1 to 100";
        for (key, value, problem) in [
            (
                "url",
                "ftp://x",
                "must be a URL that begins with https:// or http://",
            ),
            ("size", "0", range),
            ("size", "101", range),
            ("size", "x", "must be a whole number"),
            ("limit", "2147483648", "must be a whole number"),
            ("bytes", "-1", "must be from 0 to 1099511627776"),
            ("region", "mars", "must be one of eu, us"),
            ("open", "yes", "must be true or false"),
        ] {
            let map = map(&[("url", "https://example.com"), (key, value)]);
            let request = ValidateConnectorRuntimeSettingsRequest::builder()
                .scope(Scope::ConnectorProfile)
                .connector_runtime_settings(map.clone())
                .build();
            let errors = SettingErrors::check(&declared, &request);
            assert_eq!(errors.get(key), Some(problem), "{key}={value}");

            let settings = Settings::new(&map);
            let error = match key {
                "url" => settings.get(&URL).unwrap_err(),
                "size" => settings.get(&SIZE).unwrap_err(),
                "limit" => settings.get(&LIMIT).unwrap_err(),
                "bytes" => settings.get(&BYTES).unwrap_err(),
                "region" => settings.get(&REGION).unwrap_err(),
                _ => settings.get(&OPEN).unwrap_err(),
            };
            assert_eq!(error.message(), format!("{key} {problem}"));
            assert_eq!(error.code(), ErrorCode::InvalidArgument);
        }
    }

    #[test]
    fn the_declaration_has_what_the_wire_needs() {
        let size = SIZE.declaration();
        assert_eq!(size.data_type, DataType::Integer);
        assert_eq!(size.description, "How many. From 1 to 100. Default: 50.");
        assert!(!size.required && URL.declaration().required);
        assert_eq!(BYTES.declaration().data_type, DataType::Long);
        assert_eq!(CLOSED.declaration().scope, Scope::Source);
        let options = REGION.declaration().connector_supplied_value_options;
        assert_eq!(options.unwrap(), ["eu", "us"]);
        let json = serde_json::to_value(size).unwrap();
        assert_eq!(json.as_object().unwrap().len(), 7);
    }
}
