//! Pages of a listing.

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::appflow::error;
use crate::wire::error::ServiceError;

const DEFAULT_PAGE: usize = 20;

/// The members of a listing's request that choose the page.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PageRequest {
    max_results: Option<usize>,
    next_token: Option<String>,
}

impl PageRequest {
    /// How many items the page can have.
    pub(crate) fn size(&self) -> usize {
        self.max_results.unwrap_or(DEFAULT_PAGE)
    }

    /// Returns the key of the last item of the page before; an empty text for the first page.
    ///
    /// # Errors
    /// ValidationException if the token does not come from this listing.
    pub(crate) fn after(&self, listing: &str) -> Result<String, ServiceError> {
        let Some(token) = &self.next_token else {
            return Ok(String::new());
        };
        BASE64_URL_SAFE_NO_PAD
            .decode(token)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .and_then(|text| {
                let key = text.strip_prefix(listing)?.strip_prefix(' ')?;
                Some(key.to_owned())
            })
            .ok_or_else(|| error::validation("The nextToken value is not valid."))
    }

    /// Makes a response of items that were read with one more than the page can have.
    pub(crate) fn response<T>(
        &self,
        listing: &str,
        member: &str,
        mut items: Vec<T>,
        key: impl Fn(&T) -> &str,
        view: impl Fn(&T) -> Value,
    ) -> Value {
        let has_more = items.len() > self.size();
        items.truncate(self.size());
        let views: Vec<Value> = items.iter().map(view).collect();
        let mut response = json!({ member: views });
        if let Some(last) = items.last().filter(|_| has_more) {
            let token = BASE64_URL_SAFE_NO_PAD.encode(format!("{listing} {}", key(last)));
            response["nextToken"] = token.into();
        }
        response
    }
}
