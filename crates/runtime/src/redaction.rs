//! Keeps the secrets of a call out of its response.

use appflow_connector_model::{ConnectorError, WriteRecordResult};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};

use crate::credentials::{CredentialsReader, secret_values};

/// What a message says in place of a secret.
const REDACTED: &str = "[secret]";

/// Shorter values of a secret are no secrets: `true`, `eu`.
const MIN_SECRET_BYTES: usize = 5;

/// The secrets that the handler of a call has read, in the forms in which an application may repeat
/// them.
pub(crate) struct Redaction {
    secrets: Vec<SecretString>,
}

impl Redaction {
    pub(crate) fn of(credentials: &CredentialsReader) -> Self {
        let (names, mut secrets) = credentials
            .read_secret()
            .map(secret_values)
            .unwrap_or_default();
        let pairs = names.iter().flat_map(|name| {
            let pair = |secret: &SecretString| format!("{name}:{}", secret.expose_secret());
            secrets.iter().map(pair).collect::<Vec<_>>()
        });
        let pairs: Vec<SecretString> = pairs.map(|pair| STANDARD.encode(pair).into()).collect();
        secrets.extend(pairs);
        secrets.retain(|secret| secret.expose_secret().len() >= MIN_SECRET_BYTES);
        Self { secrets }
    }

    pub(crate) fn error(&self, error: ConnectorError) -> ConnectorError {
        error.map_message(|message| self.text(message))
    }

    pub(crate) fn results(&self, results: &mut [WriteRecordResult]) {
        if self.secrets.is_empty() {
            return;
        }
        for result in results {
            for text in [&mut result.error_message, &mut result.record_id] {
                *text = text.take().map(|text| self.text(text));
            }
        }
    }

    fn text(&self, mut text: String) -> String {
        for secret in &self.secrets {
            let secret = secret.expose_secret();
            if text.contains(secret) {
                text = text.replace(secret, REDACTED);
            }
            if let Some(kept) = without_cut_secret(&text, secret) {
                text = format!("{kept}{REDACTED}…");
            }
        }
        text
    }
}

/// Returns a text that was cut within a secret without the beginning of the secret.
fn without_cut_secret<'t>(text: &'t str, secret: &str) -> Option<&'t str> {
    let text = text.strip_suffix('…')?;
    let mut lengths = (MIN_SECRET_BYTES..secret.len()).rev();
    lengths.find_map(|length| text.strip_suffix(secret.get(..length)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redaction(secrets: &[&str]) -> Redaction {
        let secrets = secrets.iter().map(|secret| SecretString::from(*secret));
        Redaction {
            secrets: secrets.collect(),
        }
    }

    #[test]
    fn a_secret_is_replaced_wherever_it_is() {
        let redaction = redaction(&["t0ken-t0ken", "p@ss word"]);
        for (text, expected) in [
            ("t0ken-t0ken", "[secret]"),
            ("a t0ken-t0ken, p@ss word", "a [secret], [secret]"),
            ("cut: t0ken-t0…", "cut: [secret]…"),
            ("cut: t0k…", "cut: t0k…"),
            ("not cut: t0ken-t0", "not cut: t0ken-t0"),
            ("", ""),
        ] {
            assert_eq!(redaction.text(text.to_owned()), expected);
        }
    }
}
