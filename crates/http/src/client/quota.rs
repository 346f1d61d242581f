//! How much of a quota of requests an application says was used.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use appflow_connector_model::ConnectorError;

use crate::result::Result;
use crate::url::BaseUrl;

/// How long what an application said is taken as current. After that, another request finds out.
const MAX_AGE: Duration = Duration::from_mins(10);

/// How many applications are remembered.
const MAX_ORIGINS: usize = 1_000;

/// How many requests of its quota, such as that of a day, a customer of an application has used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// How many were used.
    pub used: u64,
    /// How many are allowed.
    pub allowed: u64,
}

/// The last known quota of each origin.
#[derive(Default)]
pub(crate) struct Quotas(Mutex<HashMap<String, (Quota, Instant)>>);

impl Quotas {
    pub(crate) fn note(&self, base: &BaseUrl, quota: Quota, now: Instant) {
        let mut quotas = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if quotas.len() >= MAX_ORIGINS {
            quotas.clear();
        }
        quotas.insert(base.origin(), (quota, now));
    }

    pub(crate) fn check(
        &self,
        application: &str,
        base: &BaseUrl,
        max_percent: u64,
        now: Instant,
    ) -> Result<()> {
        let quotas = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((Quota { used, allowed }, noted)) = quotas.get(&base.origin()) else {
            return Ok(());
        };
        let is_current = now.saturating_duration_since(*noted) < MAX_AGE;
        if !is_current || used.saturating_mul(100) < allowed.saturating_mul(max_percent) {
            return Ok(());
        }
        Err(ConnectorError::rate_limit_exceeded(format!(
            "{used} of {application}'s {allowed} allowed requests were used, and the limit is \
             {max_percent} percent of them"
        ))
        .with_retry_after(MAX_AGE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::url::UrlPolicy;

    #[test]
    fn a_quota_is_checked_by_origin_and_for_ten_minutes() {
        let base = |url: &str| UrlPolicy::any_host().check(url).unwrap();
        let (a, b) = (
            base("https://a.example.com/x"),
            base("https://b.example.com"),
        );
        let quotas = Quotas::default();
        let now = Instant::now();
        let quota = Quota {
            used: 80,
            allowed: 100,
        };
        quotas.note(&a, quota, now);
        assert_eq!(quotas.check("Example", &a, 81, now), Ok(()));
        assert_eq!(quotas.check("Example", &b, 1, now), Ok(()));
        let error = quotas.check("Example", &base("https://a.example.com/y"), 80, now);
        let error = error.unwrap_err();
        assert_eq!(
            error.message(),
            "80 of Example's 100 allowed requests were used, and the limit is 80 percent of them"
        );
        assert_eq!(error.retry_after_seconds(), Some(600));
        assert_eq!(quotas.check("Example", &a, 80, now + MAX_AGE), Ok(()));
        let most = Quota {
            used: u64::MAX,
            allowed: u64::MAX,
        };
        quotas.note(&a, most, now);
        assert!(quotas.check("Example", &a, 100, now).is_err());
    }
}
