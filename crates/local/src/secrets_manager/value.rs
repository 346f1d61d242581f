//! The value of a secret: text or binary.

use base64::prelude::{BASE64_STANDARD, Engine};
use secrecy::{ExposeSecret, SecretSlice, SecretString};

use crate::secrets_manager::error::SecretsManagerError;
use crate::wire::constraint;

/// Of a text in UTF-8, or of binary data before base64.
const MAX_VALUE_BYTES: usize = 65_536;

#[derive(Clone, Debug)]
pub(super) enum SecretValue {
    Text(SecretString),
    /// In base64, as in requests and responses.
    Binary(SecretString),
}

impl SecretValue {
    /// Returns the request's value, if it has one. Like AWS, treats an empty value as no value.
    pub(super) fn from_request(
        text: Option<&SecretString>,
        binary: Option<&SecretString>,
    ) -> Result<Option<Self>, SecretsManagerError> {
        let is_given = |value: &&SecretString| !value.expose_secret().is_empty();
        match (text.filter(is_given), binary.filter(is_given)) {
            (None, None) => Ok(None),
            (Some(_), Some(_)) => Err(SecretsManagerError::TwoValues),
            (Some(text), None) => {
                constraint::size(
                    "secretString",
                    text.expose_secret().len(),
                    1..=MAX_VALUE_BYTES,
                )?;
                Ok(Some(Self::Text(text.clone())))
            }
            (None, Some(binary)) => {
                let bytes = decode(binary)?;
                constraint::size(
                    "secretBinary",
                    bytes.expose_secret().len(),
                    1..=MAX_VALUE_BYTES,
                )?;
                Ok(Some(Self::Binary(binary.clone())))
            }
        }
    }

    /// Returns its length as it is kept.
    pub(super) fn len(&self) -> usize {
        let (Self::Text(value) | Self::Binary(value)) = self;
        value.expose_secret().len()
    }

    pub(super) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text(a), Self::Text(b)) | (Self::Binary(a), Self::Binary(b)) => {
                a.expose_secret() == b.expose_secret()
            }
            _ => false,
        }
    }
}

fn decode(binary: &SecretString) -> Result<SecretSlice<u8>, SecretsManagerError> {
    BASE64_STANDARD
        .decode(binary.expose_secret())
        .map(SecretSlice::from)
        .map_err(|_| SecretsManagerError::Serialization("SecretBinary isn't base64.".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(
        text: Option<&str>,
        binary: Option<&str>,
    ) -> Result<Option<SecretValue>, SecretsManagerError> {
        SecretValue::from_request(
            text.map(SecretString::from).as_ref(),
            binary.map(SecretString::from).as_ref(),
        )
    }

    #[test]
    fn the_limit_is_in_bytes() {
        assert!(given(Some(&"a".repeat(65_536)), None).unwrap().is_some());
        assert!(given(Some(&"é".repeat(32_769)), None).is_err());

        let encoded = |bytes: usize| BASE64_STANDARD.encode(vec![0; bytes]);
        assert!(given(None, Some(&encoded(65_536))).unwrap().is_some());
        let too_long = given(None, Some(&encoded(65_537))).unwrap_err();
        assert_eq!(
            too_long.to_string(),
            "1 validation error detected: Value at 'secretBinary' failed to satisfy constraint: \
             Member must have length less than or equal to 65536"
        );
    }

    #[test]
    fn an_empty_value_is_none_and_two_values_are_rejected() {
        assert!(given(None, None).unwrap().is_none());
        assert!(given(Some(""), Some("")).unwrap().is_none());
        assert!(given(Some("a"), Some("")).unwrap().is_some());
        assert_eq!(
            given(Some("a"), Some("YQ==")).unwrap_err(),
            SecretsManagerError::TwoValues
        );
    }

    #[test]
    fn text_and_binary_are_never_the_same() {
        let text = given(Some("YQ=="), None).unwrap().unwrap();
        let bytes = given(None, Some("YQ==")).unwrap().unwrap();
        assert!(text.is_same(&text.clone()));
        assert!(!text.is_same(&bytes));
    }

    #[test]
    fn an_error_doesnt_quote_the_value() {
        let error = given(None, Some("hunter2!")).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }

    #[test]
    fn debug_shows_nothing() {
        let value = given(Some("hunter2"), None).unwrap().unwrap();
        assert!(!format!("{value:?}").contains("hunter2"));
    }
}
