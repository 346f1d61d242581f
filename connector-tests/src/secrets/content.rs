use std::collections::BTreeMap;
use std::path::Path;

use appflow_connector_client::Token;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use crate::config::ConfigError;

/// Keys whose values are replaced by made-up ones in a wrong secret.
const CREDENTIAL_KEYS: [&str; 6] = [
    "accessToken",
    "refreshToken",
    "password",
    "apiKey",
    "apiSecretKey",
    "secretKey",
];
/// Keys whose values are not secret.
const OPEN_KEYS: [&str; 4] = [
    "username",
    "userName",
    "authenticationType",
    "customAuthenticationType",
];
/// Shorter values are not searched for: they occur by chance.
const MIN_HIDDEN_BYTES: usize = 6;

/// The content of a secret: one flat JSON object of strings.
#[derive(Clone, Debug)]
pub(super) struct Content(BTreeMap<String, SecretString>);

impl From<Token> for Content {
    fn from(token: Token) -> Self {
        let mut keys = BTreeMap::from([("accessToken".to_owned(), token.access_token)]);
        keys.extend(
            token
                .refresh_token
                .map(|token| ("refreshToken".to_owned(), token)),
        );
        Self(keys)
    }
}

impl Content {
    pub(super) fn new(keys: BTreeMap<String, SecretString>) -> Self {
        Self(keys)
    }

    pub(super) fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        // An error of serde_json may quote the value.
        let keys = serde_json::from_str(&text).map_err(|error| ConfigError::WrongKey {
            path: path.display().to_string(),
            problem: format!(
                "is not one flat JSON object of strings (line {}, column {})",
                error.line(),
                error.column()
            ),
        })?;
        Ok(Self(keys))
    }

    /// The text as Secrets Manager stores it.
    pub(super) fn to_text(&self) -> SecretString {
        let exposed: BTreeMap<&str, &str> = self
            .0
            .iter()
            .map(|(key, value)| (key.as_str(), value.expose_secret()))
            .collect();
        serde_json::json!(exposed).to_string().into()
    }

    /// The same with made-up passwords, keys and tokens. `None` if the harness does not recognize
    /// any.
    pub(super) fn made_wrong(&self) -> Option<Self> {
        if !CREDENTIAL_KEYS.iter().any(|key| self.0.contains_key(*key)) {
            return None;
        }
        let keys = self.0.iter().map(|(key, value)| {
            let value = if CREDENTIAL_KEYS.contains(&key.as_str()) {
                format!("wrong-{}", Uuid::new_v4().simple()).into()
            } else {
                value.clone()
            };
            (key.clone(), value)
        });
        Some(Self(keys.collect()))
    }

    /// The texts that must not appear anywhere: the secret values, and user name and password as
    /// HTTP Basic sends them.
    pub(super) fn hidden_texts(&self) -> Vec<SecretString> {
        let values = self
            .0
            .iter()
            .filter(|(key, value)| {
                !OPEN_KEYS.contains(&key.as_str())
                    && value.expose_secret().len() >= MIN_HIDDEN_BYTES
            })
            .map(|(_, value)| value.clone());
        let user = self.0.get("username").or_else(|| self.0.get("userName"));
        let basic = user.zip(self.0.get("password")).map(|(user, password)| {
            let pair = format!("{}:{}", user.expose_secret(), password.expose_secret());
            STANDARD.encode(pair).into()
        });
        values.chain(basic).collect()
    }
}
