//! Where a query continues.

use appflow_connector_model::ConnectorError;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::results::Result;

/// Where a query continues: what the next request to the application asks for. At the start of a
/// query, and of each of its parts, `cursor` and `after` are `None`.
///
/// A connector with a cursor uses it if there is one, and otherwise asks for the records after the
/// key: `id > after`, in the order of `id`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place<C = String> {
    /// The part of the query, from 0: see [`PageFiller::parts`](super::PageFiller::parts).
    #[serde(rename = "q", default, skip_serializing_if = "is_first")]
    pub part: usize,
    /// The application's own mark for the next page: a URL, a cursor, an offset or a page number.
    #[serde(rename = "c")]
    pub cursor: Option<C>,
    /// The key of the last row that was consumed. `None` if no row was, or the rows have no keys.
    #[serde(rename = "a")]
    pub after: Option<String>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
const fn is_first(part: &usize) -> bool {
    *part == 0
}

impl<C> Place<C> {
    /// The start of a query.
    pub const fn start() -> Self {
        Self::start_of(0)
    }

    /// The start of a part of a query.
    pub(crate) const fn start_of(part: usize) -> Self {
        Self {
            part,
            cursor: None,
            after: None,
        }
    }
}

impl<C: Serialize> Place<C> {
    /// A number that differs between places.
    fn fingerprint(&self) -> Result<u64> {
        let json = serde_json::to_vec(self).map_err(|error| {
            ConnectorError::server_error(format!(
                "the place of the next page cannot be written: {error}"
            ))
        })?;
        let hash = Sha256::digest(json);
        Ok(hash
            .iter()
            .take(8)
            .fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }
}

/// How many pages in a row may have no row.
const MAX_EMPTY_PAGES: u32 = 1_000;

/// Whether an application's pages lead anywhere, over all responses to a query. It remembers one
/// earlier place, the one before the last power of two of pages: a circle of pages returns to it.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Progress {
    #[serde(rename = "n")]
    pages: u64,
    #[serde(rename = "l")]
    landmark: Option<u64>,
    #[serde(rename = "e")]
    empty_pages: u32,
}

impl Progress {
    /// Counts a page with this number of rows, and checks the place after it: whether the query was
    /// there before, and whether it gets anywhere.
    pub(crate) fn check<C: Serialize>(&mut self, rows: usize, next: &Place<C>) -> Result<()> {
        self.pages = self.pages.saturating_add(1);
        self.empty_pages = if rows == 0 {
            self.empty_pages.saturating_add(1)
        } else {
            0
        };
        if self.empty_pages >= MAX_EMPTY_PAGES {
            return Err(ConnectorError::server_error(format!(
                "the application returned {MAX_EMPTY_PAGES} pages in a row without a row, each \
                 with a next page"
            )));
        }
        let fingerprint = next.fingerprint()?;
        if self.landmark == Some(fingerprint) {
            return Err(ConnectorError::server_error(
                "the application's pages form a circle: its next page is one that was read before",
            ));
        }
        if self.pages.is_power_of_two() {
            self.landmark = Some(fingerprint);
        }
        Ok(())
    }

    /// The query goes back to this place, because the application lost its cursor. That counts as a
    /// page without a row.
    pub(crate) fn restart<C: Serialize>(&mut self, place: &Place<C>) -> Result<()> {
        self.landmark = None;
        self.check(0, place)
    }
}
