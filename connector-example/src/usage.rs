//! How much of its day's requests an organization has used, as Salesforce says in every response:
//! `Sforce-Limit-Info: api-usage=1203/15000`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use appflow_connector_sdk::Result;
use appflow_connector_sdk::http::{ErrorReader, Problem, Response};
use appflow_connector_sdk::model::ConnectorError;

use crate::salesforce::{QUOTA_WAIT, read_error};

/// How long a usage is taken as current. After that, one more call finds out.
const MAX_AGE: Duration = Duration::from_mins(10);

const MAX_ORGANIZATIONS: usize = 1_000;

/// The last known usage of each organization, by the host of its URL.
#[derive(Clone, Debug, Default)]
pub(crate) struct Usages(Arc<Mutex<HashMap<String, Usage>>>);

#[derive(Clone, Copy, Debug)]
struct Usage {
    used: u64,
    allowed: u64,
    seen: Instant,
}

impl Usages {
    /// Checks that an organization has used less than this percentage of its day's requests.
    pub(crate) fn check(&self, instance_url: &str, max_percent: i64) -> Result<()> {
        let usages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let usage = host(instance_url).and_then(|host| usages.get(host));
        let Some(Usage { used, allowed, .. }) =
            usage.filter(|usage| usage.seen.elapsed() < MAX_AGE)
        else {
            return Ok(());
        };
        let max_percent = u64::try_from(max_percent).unwrap_or_default();
        if used.saturating_mul(100) < allowed.saturating_mul(max_percent) {
            return Ok(());
        }
        let error = ConnectorError::rate_limit_exceeded(format!(
            "the organization has used {used} of the {allowed} API requests of its day; the \
             connection stops at {max_percent} percent"
        ));
        Err(error.with_retry_after(QUOTA_WAIT))
    }
}

/// Reads Salesforce's errors, and notes the usage that comes with every success.
impl ErrorReader for Usages {
    fn read_error(&self, response: &Response) -> Option<Problem> {
        read_error(response)
    }

    fn read_success(&self, response: &Response) -> Option<Problem> {
        let usage = response.header("sforce-limit-info")?;
        let (used, allowed) = usage.split_once("api-usage=")?.1.split_once('/')?;
        let digits = |text: &str| {
            text.chars()
                .take_while(char::is_ascii_digit)
                .collect::<String>()
        };
        let usage = Usage {
            used: used.parse().ok()?,
            allowed: digits(allowed).parse().ok()?,
            seen: Instant::now(),
        };
        let host = host(response.url()?)?.to_owned();
        let mut usages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if usages.len() >= MAX_ORGANIZATIONS {
            usages.clear();
        }
        usages.insert(host, usage);
        None
    }
}

fn host(url: &str) -> Option<&str> {
    url.split_once("://")?.1.split('/').next()
}
