use appflow_connector_model::{
    ConnectorRuntimeSetting, ConnectorRuntimeSettingDataType as DataType,
    ConnectorRuntimeSettingScope as Scope, StringMap, ValidateConnectorRuntimeSettingsRequest,
};

use super::values::{NOT_BOOLEAN, NOT_INTEGER, NOT_URL, boolean, is_url};

/// The errors in a user's settings, by the setting's key. Empty if all settings are valid.
///
/// ```
/// use appflow_connector_runtime::SettingErrors;
///
/// let mut errors = SettingErrors::default();
/// errors.add("instanceUrl", "must begin with https://");
/// assert_eq!(errors.get("instanceUrl"), Some("must begin with https://"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SettingErrors(StringMap);

impl SettingErrors {
    /// Checks the settings of the request's scope: required ones are present, values have their
    /// declared type and range, and are among the declared options.
    pub fn check(
        declared: &[ConnectorRuntimeSetting],
        request: &ValidateConnectorRuntimeSettingsRequest,
    ) -> Self {
        let mut errors = Self::default();
        for setting in declared
            .iter()
            .filter(|setting| is_in_scope(setting.scope, request.scope))
        {
            match request.connector_runtime_settings.get(&setting.key) {
                Some(value) if !value.is_empty() => {
                    if let Some(problem) = problem(setting, value) {
                        errors.add(&setting.key, problem);
                    }
                }
                _ if setting.required => errors.add(&setting.key, "is required"),
                _ => {}
            }
        }
        errors
    }

    /// Adds the error of a setting, which continues its name. If the setting has an error, that one
    /// is kept.
    pub fn add(&mut self, key: &str, message: impl Into<String>) {
        self.0
            .entry(key.to_owned())
            .or_insert_with(|| message.into());
    }

    /// The error of a setting.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// Whether every setting is valid.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn into_map(self) -> StringMap {
        self.0
    }
}

fn is_in_scope(declared: Scope, requested: Scope) -> bool {
    declared == requested
        || matches!(
            (declared, requested),
            (
                Scope::SourceAndDestination,
                Scope::Source | Scope::Destination
            ) | (
                Scope::Source | Scope::Destination,
                Scope::SourceAndDestination
            )
        )
}

/// Returns what is wrong with a value that is not empty.
pub(super) fn problem(setting: &ConnectorRuntimeSetting, value: &str) -> Option<String> {
    if let Some(options) = &setting.connector_supplied_value_options
        && !options.iter().any(|option| option == value)
    {
        return Some(format!("must be one of {}", options.join(", ")));
    }
    let (is_valid, problem) = match setting.data_type {
        DataType::Integer => (value.parse::<i32>().is_ok(), NOT_INTEGER),
        DataType::Long => (value.parse::<i64>().is_ok(), NOT_INTEGER),
        DataType::Boolean => (boolean(value).is_some(), NOT_BOOLEAN),
        DataType::Url => (is_url(value), NOT_URL),
        // AppFlow's console writes dates in several formats: the connector reads them.
        DataType::String | DataType::Date | DataType::DateTime => return None,
    };
    if !is_valid {
        return Some(problem.to_owned());
    }
    let (range, number) = (setting.value_range.as_ref()?, value.parse().ok()?);
    let is_within = range.contains(&number);
    (!is_within).then(|| format!("must be from {} to {}", range.start(), range.end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting(key: &str, data_type: DataType, required: bool) -> ConnectorRuntimeSetting {
        ConnectorRuntimeSetting::builder()
            .key(key)
            .data_type(data_type)
            .required(required)
            .label(key)
            .description(key)
            .scope(Scope::ConnectorProfile)
            .build()
    }

    fn check(declared: &[ConnectorRuntimeSetting], given: &[(&str, &str)]) -> SettingErrors {
        let given = given
            .iter()
            .map(|(key, value)| ((*key).into(), (*value).into()))
            .collect();
        let request = ValidateConnectorRuntimeSettingsRequest::builder()
            .scope(Scope::ConnectorProfile)
            .connector_runtime_settings(given)
            .build();
        SettingErrors::check(declared, &request)
    }

    #[test]
    fn a_required_setting_must_be_present_and_not_empty() {
        let declared = [setting("instanceUrl", DataType::Url, true)];
        assert_eq!(
            check(&declared, &[]).get("instanceUrl"),
            Some("is required")
        );
        assert_eq!(
            check(&declared, &[("instanceUrl", "")]).get("instanceUrl"),
            Some("is required")
        );
        assert!(check(&declared, &[("instanceUrl", "https://example.com")]).is_empty());
    }

    #[test]
    fn values_have_their_declared_type() {
        for (data_type, good, bad) in [
            (DataType::Boolean, "True", "yes"),
            (DataType::Integer, "-7", "2147483648"),
            (DataType::Long, "2147483648", "7.5"),
            (DataType::Url, "http://localhost", "ftp://example.com"),
        ] {
            let declared = [setting("key", data_type, false)];
            assert!(check(&declared, &[("key", good)]).is_empty(), "{good}");
            assert!(!check(&declared, &[("key", bad)]).is_empty(), "{bad}");
        }
    }

    #[test]
    fn settings_of_another_scope_are_not_checked() {
        let mut other = setting("object", DataType::String, true);
        other.scope = Scope::Source;
        assert!(check(&[other], &[]).is_empty());
    }

    #[test]
    fn only_the_declared_options_are_valid() {
        let mut setting = setting("region", DataType::String, false);
        setting.connector_supplied_value_options = Some(vec!["eu".into(), "us".into()]);
        let errors = check(&[setting], &[("region", "mars")]);
        assert_eq!(errors.get("region"), Some("must be one of eu, us"));
    }
}
