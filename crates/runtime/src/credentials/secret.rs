//! The types of credentials. Each is read from a secret, which is one flat JSON object of strings;
//! numbers and booleans count as their text.

use std::collections::BTreeMap;

use appflow_connector_model::ConnectorError;
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::results::Result;

pub(super) type Keys = BTreeMap<String, SecretString>;

/// Returns the user names of a secret, and its values that are secret: all but the names and the
/// type of custom authentication.
pub(crate) fn secret_values(secret: &SecretString) -> (Vec<String>, Vec<SecretString>) {
    let (mut names, mut secrets) = (Vec::new(), Vec::new());
    for (key, value) in keys(secret).unwrap_or_default() {
        match key.as_str() {
            "username" | "userName" => names.push(value.expose_secret().to_owned()),
            "customAuthenticationType" => {}
            _ => secrets.push(value),
        }
    }
    (names, secrets)
}

/// User name and password.
#[derive(Clone, Debug)]
pub struct BasicCredentials {
    /// The user name; `username` in the secret.
    pub username: String,
    /// The password.
    pub password: SecretString,
}

/// An API key.
#[derive(Clone, Debug)]
pub struct ApiKeyCredentials {
    /// The key; `apiKey` in the secret.
    pub api_key: SecretString,
    /// The secret key that goes with it; `apiSecretKey` in the secret.
    pub api_secret_key: Option<SecretString>,
}

/// OAuth 2.0 tokens.
#[derive(Clone, Debug)]
pub struct OAuth2Credentials {
    /// The token for the application; `accessToken` in the secret.
    pub access_token: SecretString,
    /// The token that AppFlow renews it with; `refreshToken` in the secret.
    pub refresh_token: Option<SecretString>,
}

/// Credentials of a custom authentication type, with the keys that the connector's configuration
/// names.
///
/// ```
/// # use appflow_connector_runtime::{Invocation, Result};
/// use appflow_connector_runtime::secrecy::SecretString;
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// struct Signing {
///     account: String,
///     salt: SecretString,
/// }
///
/// # async fn example(invocation: &Invocation) -> Result<()> {
/// let credentials = invocation.credentials().custom().await?;
/// let signing: Signing = credentials.parse()?;
/// let salt = credentials.require("salt")?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct CustomCredentials {
    /// Which of the connector's custom types; `customAuthenticationType` in the secret.
    pub custom_authentication_type: Option<String>,
    keys: Keys,
    secret: SecretString,
}

impl BasicCredentials {
    pub(super) fn read(mut keys: Keys) -> Result<Self> {
        // AppFlow writes username, the official Python SDK reads userName.
        let username = take(&mut keys, "username").or_else(|| take(&mut keys, "userName"));
        Ok(Self {
            username: username
                .ok_or_else(|| missing("username"))?
                .expose_secret()
                .to_owned(),
            password: require(&mut keys, "password")?,
        })
    }
}

impl ApiKeyCredentials {
    pub(super) fn read(mut keys: Keys) -> Result<Self> {
        Ok(Self {
            api_key: require(&mut keys, "apiKey")?,
            // AppFlow writes apiSecretKey, the official Python SDK reads secretKey.
            api_secret_key: take(&mut keys, "apiSecretKey")
                .or_else(|| take(&mut keys, "secretKey")),
        })
    }
}

impl OAuth2Credentials {
    pub(super) fn read(mut keys: Keys) -> Result<Self> {
        Ok(Self {
            access_token: require(&mut keys, "accessToken")?,
            refresh_token: take(&mut keys, "refreshToken"),
        })
    }
}

impl CustomCredentials {
    pub(super) fn read(secret: &SecretString) -> Result<Self> {
        let mut keys = keys(secret)?;
        let kind = take(&mut keys, "customAuthenticationType");
        Ok(Self {
            custom_authentication_type: kind.map(|kind| kind.expose_secret().to_owned()),
            keys,
            secret: secret.clone(),
        })
    }

    /// All keys with their values, in alphabetical order, without `customAuthenticationType`.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &SecretString)> {
        self.keys.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// Reads the keys into a struct. Its fields have the keys' names, as `String`, `SecretString`
    /// or an `Option` of these; other keys are ignored. Such a field also reads a number or a
    /// boolean, as text.
    ///
    /// # Errors
    /// InvalidCredentials if a field's key is missing or its value does not fit the field. No value
    /// gets into the message.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T> {
        let as_written = serde_json::from_str(self.secret.expose_secret());
        let parsed = as_written.or_else(|error| self.parse_as_text().ok_or(error));
        parsed.map_err(|error| {
            let text = error.to_string();
            // Only this text is certain to have a field's name and no value.
            let field = text.strip_prefix("missing field `");
            let field = field.and_then(|rest| rest.split('`').next());
            field.map_or_else(|| not_as_expected(&error), missing)
        })
    }

    /// Reads the keys into a struct whose fields are all text.
    fn parse_as_text<T: DeserializeOwned>(&self) -> Option<T> {
        let texts = self.iter().map(|(key, value)| (key, value.expose_secret()));
        let texts: BTreeMap<&str, &str> = texts.collect();
        let json = SecretString::from(serde_json::to_string(&texts).ok()?);
        serde_json::from_str(json.expose_secret()).ok()
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&SecretString> {
        self.keys.get(key)
    }

    /// The value of a required key.
    ///
    /// # Errors
    /// InvalidCredentials with the key's name if it is missing.
    pub fn require(&self, key: &str) -> Result<&SecretString> {
        self.get(key).ok_or_else(|| missing(key))
    }
}

/// Returns the keys of a secret. Numbers and booleans count as their text, `null` as absent. The
/// error contains no part of the secret.
pub(super) fn keys(secret: &SecretString) -> Result<Keys> {
    let refusal = |place: String| {
        ConnectorError::invalid_credentials(format!(
            "the secret is not one flat JSON object of strings, numbers and booleans{place}"
        ))
    };
    let values: BTreeMap<String, &RawValue> = serde_json::from_str(secret.expose_secret())
        .map_err(|error| {
            let (line, column) = (error.line(), error.column());
            refusal(format!(" (line {line}, column {column})"))
        })?;
    let mut keys = Keys::new();
    for (key, value) in values {
        let text = match value.get().as_bytes().first() {
            Some(b'"') => serde_json::from_str(value.get()).map_err(|_| refusal(String::new()))?,
            Some(b'{' | b'[') => return Err(refusal(String::new())),
            _ if value.get() == "null" => continue,
            _ => value.get().into(),
        };
        keys.insert(key, text);
    }
    Ok(keys)
}

fn take(keys: &mut Keys, key: &str) -> Option<SecretString> {
    keys.remove(key)
}

fn require(keys: &mut Keys, key: &str) -> Result<SecretString> {
    take(keys, key).ok_or_else(|| missing(key))
}

fn not_as_expected(error: &serde_json::Error) -> ConnectorError {
    ConnectorError::invalid_credentials(format!(
        "a value in the secret does not have the expected type (line {}, column {})",
        error.line(),
        error.column()
    ))
}

fn missing(key: &str) -> ConnectorError {
    ConnectorError::invalid_credentials(format!("the secret has no `{key}`"))
}

#[cfg(test)]
mod tests {
    use appflow_connector_model::ErrorCode;

    use super::*;

    fn read(json: &str) -> Keys {
        keys(&json.into()).unwrap()
    }

    #[test]
    fn each_type_reads_its_keys() {
        let basic = BasicCredentials::read(read(
            r#"{"username":"u","password":"p","authenticationType":"BASIC"}"#,
        ))
        .unwrap();
        assert_eq!(
            (basic.username.as_str(), basic.password.expose_secret()),
            ("u", "p")
        );

        let api_key =
            ApiKeyCredentials::read(read(r#"{"apiKey":"k","apiSecretKey":"s"}"#)).unwrap();
        assert_eq!(api_key.api_key.expose_secret(), "k");
        assert_eq!(api_key.api_secret_key.unwrap().expose_secret(), "s");

        let oauth2 =
            OAuth2Credentials::read(read(r#"{"accessToken":"a","refreshToken":null}"#)).unwrap();
        assert_eq!(oauth2.access_token.expose_secret(), "a");
        assert!(oauth2.refresh_token.is_none());

        let secret = r#"{"salt":"x","customAuthenticationType":"hmac","account":"7"}"#;
        let custom = CustomCredentials::read(&secret.into()).unwrap();
        assert_eq!(custom.custom_authentication_type.as_deref(), Some("hmac"));
        assert_eq!(custom.require("salt").unwrap().expose_secret(), "x");
        assert_eq!(
            custom.require("pepper").unwrap_err().message(),
            "the secret has no `pepper`"
        );
    }

    #[test]
    fn custom_keys_are_listed_and_read_into_a_struct() {
        #[derive(Debug, serde::Deserialize)]
        struct Signing {
            account: String,
            salt: SecretString,
            pepper: Option<SecretString>,
        }
        #[derive(Debug, serde::Deserialize)]
        struct Other {
            #[expect(dead_code, reason = "it is never read successfully")]
            account: u32,
        }
        let custom = |json: &str| CustomCredentials::read(&json.into()).unwrap();

        let credentials = custom(r#"{"salt":"x","customAuthenticationType":"hmac","account":"7"}"#);
        let keys: Vec<_> = credentials.iter().map(|(key, _)| key).collect();
        assert_eq!(keys, ["account", "salt"]);
        let signing: Signing = credentials.parse().unwrap();
        assert_eq!(signing.account, "7");
        assert_eq!(signing.salt.expose_secret(), "x");
        assert!(signing.pepper.is_none());

        let error = custom(r#"{"account":"canary"}"#).parse::<Signing>();
        assert_eq!(error.unwrap_err().message(), "the secret has no `salt`");
        let error = custom(r#"{"account":"canary"}"#)
            .parse::<Other>()
            .unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidCredentials);
        assert_eq!(
            error.message(),
            "a value in the secret does not have the expected type (line 1, column 19)"
        );
    }

    #[test]
    fn numbers_and_booleans_are_read_as_text() {
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Custom {
            access_token: SecretString,
            is_active: String,
            scope: Option<String>,
        }

        let secret = r#"{"accessToken":"a","issued_at":1700000000.50,"refreshToken":12345678901234567890123,"isActive":true,"scope":null}"#;
        let oauth2 = OAuth2Credentials::read(read(secret)).unwrap();
        assert_eq!(oauth2.access_token.expose_secret(), "a");
        let refresh_token = oauth2.refresh_token.unwrap();
        assert_eq!(refresh_token.expose_secret(), "12345678901234567890123");
        let custom = CustomCredentials::read(&secret.into()).unwrap();
        let text = |key: &str| custom.get(key).map(ExposeSecret::expose_secret);
        assert_eq!(text("issued_at"), Some("1700000000.50"));
        assert_eq!(text("isActive"), Some("true"));
        assert_eq!(text("scope"), None);
        let parsed: Custom = custom.parse().unwrap();
        assert_eq!(parsed.access_token.expose_secret(), "a");
        assert_eq!((parsed.is_active.as_str(), parsed.scope), ("true", None));
    }

    #[test]
    fn the_names_of_the_python_classes_are_read_too() {
        let basic = BasicCredentials::read(read(r#"{"userName":"u","password":"p"}"#)).unwrap();
        assert_eq!(basic.username, "u");
        let api_key = ApiKeyCredentials::read(read(r#"{"apiKey":"k","secretKey":"s"}"#)).unwrap();
        assert_eq!(api_key.api_secret_key.unwrap().expose_secret(), "s");
    }

    #[test]
    fn no_error_and_no_debug_shows_the_secret() {
        for text in [
            r#""canary""#,
            r#"{"accessToken":{"canary":1}}"#,
            "{canary",
            r#"{"canary":[7]}"#,
        ] {
            let error = keys(&text.into()).unwrap_err();
            assert_eq!(error.code(), ErrorCode::InvalidCredentials);
            assert!(!error.to_string().contains("canary"), "{error}");
        }
        let credentials = OAuth2Credentials::read(read(r#"{"accessToken":"canary"}"#)).unwrap();
        assert!(!format!("{credentials:?}").contains("canary"));
        let custom = CustomCredentials::read(&r#"{"key":"canary"}"#.into()).unwrap();
        assert!(!format!("{custom:?}").contains("canary"));
    }
}
