//! ListSecrets: filters, order and paging.

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};

use crate::secrets_manager::error::SecretsManagerError;
use crate::secrets_manager::filter::Filter;
use crate::secrets_manager::messages::{ListSecretsRequest, ListSecretsResponse, SecretListEntry};
use crate::secrets_manager::secret::Secret;
use crate::secrets_manager::store::Store;
use crate::wire::constraint;
use crate::wire::timestamp::Timestamp;

const MAX_RESULTS: usize = 100;

/// A secret's sort key: the text that the request sorts by, then the order of creation.
type Position = (String, u64);

impl Store {
    /// Lists secrets, by default in the order of their creation.
    ///
    /// The token of the next page contains the position of the last secret on this page, so that no
    /// secret is skipped or repeated when others are created or deleted between the calls.
    pub(super) fn list(
        &mut self,
        request: &ListSecretsRequest,
        now: Timestamp,
    ) -> Result<ListSecretsResponse, SecretsManagerError> {
        self.expire(now);
        let page_size = page_size(request.max_results)?;
        let filters = Filter::from_request(request.filters.as_deref().unwrap_or_default())?;
        let descending = is_descending(request.sort_order.as_deref())?;
        let sort_by = sort_by(request.sort_by.as_deref())?;
        let last = request.next_token.as_deref().map(read_token).transpose()?;
        let with_deleted = request.include_planned_deletion.unwrap_or_default();

        let is_later = |position: &Position| match &last {
            Some(last) if descending => position < last,
            Some(last) => position > last,
            None => true,
        };
        let mut listed: Vec<(Position, &Secret)> = self
            .secrets()
            .filter(|secret| with_deleted || secret.deletion.is_none())
            .filter(|secret| filters.iter().all(|filter| filter.passes(secret)))
            .map(|secret| ((sort_by(secret), secret.number), secret))
            .filter(|(position, _)| is_later(position))
            .collect();
        listed.sort_by(|(a, _), (b, _)| if descending { b.cmp(a) } else { a.cmp(b) });

        let has_more = listed.len() > page_size;
        listed.truncate(page_size);
        let next_token = listed
            .last()
            .filter(|_| has_more)
            .map(|(position, _)| write_token(position));
        Ok(ListSecretsResponse {
            secret_list: listed
                .into_iter()
                .map(|(_, secret)| entry(secret))
                .collect(),
            next_token,
        })
    }
}

fn entry(secret: &Secret) -> SecretListEntry {
    SecretListEntry {
        details: secret.details(),
        secret_versions_to_stages: secret.versions_to_stages(),
    }
}

fn page_size(max_results: Option<i64>) -> Result<usize, SecretsManagerError> {
    let Some(max_results) = max_results else {
        return Ok(MAX_RESULTS);
    };
    constraint::range("maxResults", max_results, 1..=100)?;
    Ok(usize::try_from(max_results).unwrap_or(MAX_RESULTS))
}

fn is_descending(sort_order: Option<&str>) -> Result<bool, SecretsManagerError> {
    let sort_order = sort_order.unwrap_or("asc");
    constraint::one_of("sortOrder", sort_order, &["asc", "desc"])?;
    Ok(sort_order == "desc")
}

fn sort_by(sort_by: Option<&str>) -> Result<fn(&Secret) -> String, SecretsManagerError> {
    let sort_by = sort_by.unwrap_or("created-date");
    constraint::one_of(
        "sortBy",
        sort_by,
        &[
            "created-date",
            "last-accessed-date",
            "last-changed-date",
            "name",
        ],
    )?;
    Ok(match sort_by {
        "name" => |secret| secret.name.clone(),
        "last-accessed-date" => |secret| sortable(secret.accessed),
        "last-changed-date" => |secret| sortable(Some(secret.changed)),
        _ => |secret| sortable(Some(secret.created)),
    })
}

/// A text that sorts as the time does. "Never" sorts first.
fn sortable(time: Option<Timestamp>) -> String {
    format!("{:020}", time.map_or(0, Timestamp::millis))
}

fn write_token((text, number): &Position) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(format!("{number} {text}"))
}

fn read_token(token: &str) -> Result<Position, SecretsManagerError> {
    let read = || {
        let decoded = BASE64_URL_SAFE_NO_PAD.decode(token).ok()?;
        let (number, text) = std::str::from_utf8(&decoded).ok()?.split_once(' ')?;
        Some((text.to_owned(), number.parse().ok()?))
    };
    read().ok_or(SecretsManagerError::InvalidNextToken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets_manager::messages::{CreateSecretRequest, DeleteSecretRequest};

    /// Five secrets, the last two created at the same time.
    fn store() -> Store {
        let mut store = Store::new("us-east-1", "000000000000");
        for (name, millis) in [("d", 1), ("a", 2), ("c", 3), ("b", 4), ("e", 4)] {
            create(&mut store, name, millis);
        }
        store
    }

    fn create(store: &mut Store, name: &str, millis: u64) {
        let request = CreateSecretRequest {
            name: Some(name.to_owned()),
            client_request_token: Some("t".repeat(32)),
            ..CreateSecretRequest::default()
        };
        store
            .create(&request, Timestamp::from_millis(millis))
            .unwrap();
    }

    fn delete(store: &mut Store, name: &str, force: bool) {
        let request = DeleteSecretRequest {
            secret_id: Some(name.to_owned()),
            force_delete_without_recovery: Some(force),
            ..DeleteSecretRequest::default()
        };
        store.delete(&request, Timestamp::from_millis(10)).unwrap();
    }

    fn page(store: &mut Store, request: &ListSecretsRequest) -> (String, Option<String>) {
        let listed = store.list(request, Timestamp::from_millis(10)).unwrap();
        let names = listed
            .secret_list
            .into_iter()
            .map(|entry| entry.details.name)
            .collect();
        (names, listed.next_token)
    }

    fn pages(order: &str, by: Option<&str>) -> Vec<String> {
        let mut store = store();
        let mut request = ListSecretsRequest {
            max_results: Some(2),
            sort_order: Some(order.to_owned()),
            sort_by: by.map(ToOwned::to_owned),
            ..ListSecretsRequest::default()
        };
        let mut pages = Vec::new();
        loop {
            let (names, next_token) = page(&mut store, &request);
            pages.push(names);
            if next_token.is_none() {
                return pages;
            }
            request.next_token = next_token;
        }
    }

    #[test]
    fn secrets_are_sorted_by_the_requested_key_and_order() {
        assert_eq!(pages("asc", None), ["da", "cb", "e"]);
        assert_eq!(pages("desc", None), ["eb", "ca", "d"]);
        assert_eq!(pages("asc", Some("name")), ["ab", "cd", "e"]);
        assert_eq!(pages("desc", Some("last-changed-date")), ["eb", "ca", "d"]);
        assert_eq!(pages("asc", Some("last-accessed-date")), ["da", "cb", "e"]);
    }

    #[test]
    fn a_full_last_page_has_no_token() {
        let request = ListSecretsRequest {
            max_results: Some(5),
            ..ListSecretsRequest::default()
        };
        assert_eq!(page(&mut store(), &request), ("dacbe".to_owned(), None));
    }

    #[test]
    fn nothing_is_skipped_or_repeated_when_secrets_are_created_and_deleted() {
        let mut store = store();
        let mut request = ListSecretsRequest {
            max_results: Some(2),
            ..ListSecretsRequest::default()
        };
        let (first, next_token) = page(&mut store, &request);
        assert_eq!(first, "da");
        delete(&mut store, "d", true);
        delete(&mut store, "a", true);
        create(&mut store, "f", 5);
        request.next_token = next_token;
        request.max_results = None;
        assert_eq!(page(&mut store, &request).0, "cbef");
    }

    #[test]
    fn secrets_marked_for_deletion_are_listed_on_request() {
        let mut store = store();
        delete(&mut store, "c", false);
        let mut request = ListSecretsRequest::default();
        assert_eq!(page(&mut store, &request).0, "dabe");
        request.include_planned_deletion = Some(true);
        assert_eq!(page(&mut store, &request).0, "dacbe");
    }

    #[test]
    fn tokens_that_were_never_returned_are_rejected() {
        for token in ["", "0", "%%%", "bm90IGEgbnVtYmVy"] {
            assert_eq!(
                read_token(token).unwrap_err(),
                SecretsManagerError::InvalidNextToken,
                "{token}"
            );
        }
    }
}
