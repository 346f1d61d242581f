//! The forms a secret has: one flat JSON object of strings.

use std::collections::BTreeMap;

use appflow_connector_model::ConnectorError;
use secrecy::{ExposeSecret, SecretString};

use crate::Result;

pub(super) type Keys = BTreeMap<String, SecretString>;

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

/// The connector's own kind of credentials.
#[derive(Clone, Debug)]
pub struct CustomCredentials {
    /// Which of the connector's own kinds; `customAuthenticationType` in the secret.
    pub custom_authentication_type: Option<String>,
    keys: Keys,
}

impl BasicCredentials {
    pub(super) fn read(mut keys: Keys) -> Result<Self> {
        // The Python SDK's class says userName, the service writes username.
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
            // The Python SDK's class says secretKey, the service writes apiSecretKey.
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
    pub(super) fn read(mut keys: Keys) -> Self {
        let kind = take(&mut keys, "customAuthenticationType");
        Self {
            custom_authentication_type: kind.map(|kind| kind.expose_secret().to_owned()),
            keys,
        }
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&SecretString> {
        self.keys.get(key)
    }

    /// The value of a key that must be there.
    ///
    /// # Errors
    /// InvalidCredentials that names the key.
    pub fn require(&self, key: &str) -> Result<&SecretString> {
        self.get(key).ok_or_else(|| missing(key))
    }
}

/// The keys of a secret. `null` equals absent. Nothing of the text gets into the error.
pub(super) fn keys(secret: &SecretString) -> Result<Keys> {
    let keys: BTreeMap<String, Option<SecretString>> = serde_json::from_str(secret.expose_secret())
        .map_err(|error| {
            ConnectorError::invalid_credentials(format!(
                "the secret is not one flat JSON object of strings (line {}, column {})",
                error.line(),
                error.column()
            ))
        })?;
    Ok(keys
        .into_iter()
        .filter_map(|(key, value)| Some((key, value?)))
        .collect())
}

fn take(keys: &mut Keys, key: &str) -> Option<SecretString> {
    keys.remove(key)
}

fn require(keys: &mut Keys, key: &str) -> Result<SecretString> {
    take(keys, key).ok_or_else(|| missing(key))
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
    fn each_form_reads_its_keys() {
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

        let custom =
            CustomCredentials::read(read(r#"{"customAuthenticationType":"hmac","salt":"x"}"#));
        assert_eq!(custom.custom_authentication_type.as_deref(), Some("hmac"));
        assert_eq!(custom.require("salt").unwrap().expose_secret(), "x");
        assert_eq!(
            custom.require("pepper").unwrap_err().message(),
            "the secret has no `pepper`"
        );
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
            r#"{"canary":7}"#,
        ] {
            let error = keys(&text.into()).unwrap_err();
            assert_eq!(error.code(), ErrorCode::InvalidCredentials);
            assert!(!error.to_string().contains("canary"), "{error}");
        }
        let credentials = OAuth2Credentials::read(read(r#"{"accessToken":"canary"}"#)).unwrap();
        assert!(!format!("{credentials:?}").contains("canary"));
        let custom = CustomCredentials::read(read(r#"{"key":"canary"}"#));
        assert!(!format!("{custom:?}").contains("canary"));
    }
}
