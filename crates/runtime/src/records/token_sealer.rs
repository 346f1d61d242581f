use std::fmt;

use appflow_connector_model::limits::MAX_TOKEN_CHARS;
use appflow_connector_model::{ConnectorError, QueryDataRequest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::Sha256;

use crate::results::Result;

/// The bytes of the check, half of what SHA-256 gives.
const CHECK_BYTES: usize = 16;

/// Writes values into page tokens and reads them back. A token has at most 2,048 characters, all
/// valid in a URL, and can be read only for the same query.
///
/// # What the check protects against
///
/// It finds mistakes: a token that was truncated, changed, or belongs to another query. It does not
/// prevent forgery: anyone who knows the query and this code can make a token. So a token must not
/// lead to anything that the connection's user may not read, and its value is untrusted input (a
/// session of the HTTP crate sends requests only to the application's origin, whatever the token
/// says). The check is an HMAC with the query as its key: with a secret as one of the parts, only
/// those who know the secret can forge a token. The value is not encrypted; do not put secrets into
/// it.
///
/// ```
/// use appflow_connector_runtime::records::TokenSealer;
///
/// let tokens = TokenSealer::of(["contacts", "id,name"]);
/// let token = tokens.seal(&("cursor-7", 400)).unwrap();
/// assert_eq!(tokens.open::<(String, u32)>(&token).unwrap(), ("cursor-7".to_owned(), 400));
///
/// let other = TokenSealer::of(["contacts", "id"]).open::<(String, u32)>(&token);
/// assert_eq!(other.unwrap_err().message(), "nextToken is not one of this query's tokens");
/// ```
#[derive(Clone)]
pub struct TokenSealer {
    query: Vec<u8>,
}

impl TokenSealer {
    /// Ties tokens to these parts, in this order: everything that distinguishes one query from
    /// another.
    pub fn of<T: AsRef<[u8]>>(parts: impl IntoIterator<Item = T>) -> Self {
        let tokens = Self { query: Vec::new() };
        parts.into_iter().fold(tokens, Self::and)
    }

    /// Ties tokens to a request's query: its entity, fields, filter and API version.
    pub fn of_query(request: &QueryDataRequest) -> Self {
        let fields = request.selected_field_names.as_deref().unwrap_or_default();
        Self::of([request.entity_identifier.as_str()])
            .and(request.filter_expression.as_deref().unwrap_or_default())
            .and(
                request
                    .connector_context
                    .api_version
                    .as_deref()
                    .unwrap_or_default(),
            )
            .and(fields.len().to_string())
            .and_all(fields)
    }

    /// Ties the tokens to another part.
    #[must_use]
    pub fn and(mut self, part: impl AsRef<[u8]>) -> Self {
        let part = part.as_ref();
        // With the length before each part, different parts never yield the same key.
        self.query
            .extend_from_slice(&(part.len() as u64).to_be_bytes());
        self.query.extend_from_slice(part);
        self
    }

    fn and_all(self, parts: &[String]) -> Self {
        parts.iter().fold(self, Self::and)
    }

    /// Writes a value into a token.
    ///
    /// # Errors
    /// ServerError if the value cannot be written as JSON, or the token would have more than 2,048
    /// characters.
    pub fn seal<T: Serialize + ?Sized>(&self, value: &T) -> Result<String> {
        let mut bytes = vec![0; CHECK_BYTES];
        serde_json::to_writer(&mut bytes, value).map_err(|error| {
            ConnectorError::server_error(format!(
                "the token for the next page cannot be written: {error}"
            ))
        })?;
        let check = self.mac(&bytes[CHECK_BYTES..]).finalize().into_bytes();
        bytes[..CHECK_BYTES].copy_from_slice(&check[..CHECK_BYTES]);
        let token = URL_SAFE_NO_PAD.encode(bytes);
        if token.len() > MAX_TOKEN_CHARS {
            return Err(ConnectorError::server_error(format!(
                "the token for the next page has {} characters, AppFlow accepts at most {MAX_TOKEN_CHARS}",
                token.len()
            )));
        }
        Ok(token)
    }

    /// Reads the value of a token.
    ///
    /// # Errors
    /// InvalidArgument if the token is not one that [`seal`](Self::seal) made for this query and
    /// this type.
    pub fn open<T: DeserializeOwned>(&self, token: &str) -> Result<T> {
        let foreign =
            || ConnectorError::invalid_argument("nextToken is not one of this query's tokens");
        if token.len() > MAX_TOKEN_CHARS {
            return Err(foreign());
        }
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| foreign())?;
        let (check, value) = bytes.split_at_checked(CHECK_BYTES).ok_or_else(foreign)?;
        let mac = self.mac(value);
        mac.verify_truncated_left(check).map_err(|_| foreign())?;
        serde_json::from_slice(value).map_err(|_| foreign())
    }

    fn mac(&self, value: &[u8]) -> Hmac<Sha256> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.query).expect("HMAC takes keys of any length");
        mac.update(value);
        mac
    }
}

/// Does not show the query, which may contain a secret.
impl fmt::Debug for TokenSealer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("TokenSealer")
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use appflow_connector_model::{ConnectorContext, ErrorCode};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_token_belongs_to_one_query() {
        let request = |fields: &[&str], filter: Option<&str>, version: &str| {
            let fields: Vec<String> = fields.iter().map(|&field| field.to_owned()).collect();
            QueryDataRequest::builder()
                .entity_identifier("Account")
                .connector_context(ConnectorContext::builder().api_version(version).build())
                .selected_field_names(fields)
                .maybe_filter_expression(filter)
                .build()
        };
        let query = request(&["Id", "Name"], Some("a = 1"), "v60.0");
        let token = TokenSealer::of_query(&query).seal(&1).unwrap();
        assert_eq!(TokenSealer::of_query(&query).open::<u8>(&token), Ok(1));

        let mut other_entity = query.clone();
        other_entity.entity_identifier = "Contact".to_owned();
        for other in [
            other_entity,
            request(&["Id"], Some("a = 1"), "v60.0"),
            request(&["Name", "Id"], Some("a = 1"), "v60.0"),
            request(&["IdName", ""], Some("a = 1"), "v60.0"),
            request(&["Id", "Name"], Some("a = 2"), "v60.0"),
            request(&["Id", "Name"], None, "v60.0"),
            request(&["Id", "Name"], Some("a = 1"), "v61.0"),
        ] {
            let error = TokenSealer::of_query(&other)
                .open::<u8>(&token)
                .unwrap_err();
            assert_eq!(error.code(), ErrorCode::InvalidArgument);
        }
        // The page size is not part of the query.
        let larger = QueryDataRequest {
            max_results: 7,
            ..query
        };
        assert!(TokenSealer::of_query(&larger).open::<u8>(&token).is_ok());
    }

    #[test]
    fn parts_are_kept_apart() {
        let token = TokenSealer::of(["ab", "c"]).seal(&1).unwrap();
        assert!(TokenSealer::of(["a", "bc"]).open::<u8>(&token).is_err());
        assert!(TokenSealer::of(["ab"]).and("c").open::<u8>(&token).is_ok());
    }

    #[test]
    fn a_value_of_another_type_is_refused() {
        let tokens = TokenSealer::of(["q"]);
        let token = tokens.seal("text").unwrap();
        let error = tokens.open::<u8>(&token).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument);
    }

    #[test]
    fn tokens_have_at_most_2048_characters() {
        let tokens = TokenSealer::of(["q"]);
        // 1,536 bytes are 2,048 characters: 16 bytes of the check, two quotes, and the text.
        let longest = tokens.seal(&"x".repeat(1_518)).unwrap();
        assert_eq!(longest.len(), 2_048);
        let error = tokens.seal(&"x".repeat(1_519)).unwrap_err();
        assert_eq!(
            error.message(),
            "the token for the next page has 2050 characters, AppFlow accepts at most 2048"
        );
        assert!(tokens.open::<String>(&(longest + "A")).is_err());
    }

    fn any_query() -> impl Strategy<Value = TokenSealer> {
        prop::collection::vec(".{0,20}", 0..4).prop_map(TokenSealer::of)
    }

    proptest! {
        #[test]
        fn a_sealed_value_is_opened(tokens in any_query(), value in any::<(Option<String>, u64, bool)>()) {
            let token = tokens.seal(&value).unwrap();
            prop_assert!(token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
            prop_assert_eq!(tokens.open::<(Option<String>, u64, bool)>(&token), Ok(value));
        }

        #[test]
        fn any_change_is_refused(
            tokens in any_query(),
            value in any::<(String, u64)>(),
            place in any::<prop::sample::Index>(),
            put in "[!-~]{0,3}",
        ) {
            let token = tokens.seal(&value).unwrap();
            let place = place.index(token.len());
            let replaced = format!("{}{put}{}", &token[..place], &token[place + 1..]);
            let inserted = format!("{}{put}{}", &token[..place], &token[place..]);
            for changed in [&token[..place], &token[place + 1..], &replaced, &inserted] {
                if changed != token {
                    prop_assert!(tokens.open::<(String, u64)>(changed).is_err(), "{}", changed);
                }
            }
        }

        #[test]
        fn no_text_breaks_the_reader(text in ".*") {
            prop_assert!(TokenSealer::of(["q"]).open::<String>(&text).is_err());
        }
    }
}
