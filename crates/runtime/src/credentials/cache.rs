use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use appflow_connector_model::{ConnectorError, ErrorCode};
use backon::{ExponentialBuilder, Retryable};
use secrecy::SecretString;
use tokio::time::Instant;

use crate::results::Result;

/// How long a secret is cached.
const TIME_TO_LIVE: Duration = Duration::from_mins(5);

/// A new secret may not be visible at once: four retries, within 3 seconds.
const FIRST_DELAY: Duration = Duration::from_millis(200);
const MAX_RETRIES: usize = 4;

/// How long before the deadline the last attempt ends, to leave time for the response.
const HEADROOM: Duration = Duration::from_millis(250);

/// What a [`SecretProvider`] returns.
pub type SecretFuture<'a> = Pin<Box<dyn Future<Output = Result<SecretString>> + Send + 'a>>;

/// A source of secrets. The default is [`SecretsManager`](crate::SecretsManager).
///
/// ```
/// use appflow_connector_runtime::{SecretFuture, SecretProvider};
///
/// /// One secret for every ARN, for tests.
/// struct Fixed(&'static str);
///
/// impl SecretProvider for Fixed {
///     fn secret<'a>(&'a self, _arn: &'a str) -> SecretFuture<'a> {
///         Box::pin(async { Ok(self.0.into()) })
///     }
/// }
/// ```
pub trait SecretProvider: Send + Sync + 'static {
    /// Returns the current text of the secret with this ARN. The runtime caches it, so an
    /// implementation needs no cache.
    fn secret<'a>(&'a self, arn: &'a str) -> SecretFuture<'a>;

    /// Returns the error for a secret that has not come when `waited` have passed and the call's
    /// deadline leaves no more time. Default: a RequestTimeout that says so.
    fn timed_out(&self, waited: Duration) -> ConnectorError {
        ConnectorError::request_timeout(format!(
            "the secret did not arrive within {:.1} s",
            waited.as_secs_f64()
        ))
    }
}

/// The secrets of this process: fetched once, cached, and dropped when the application refuses
/// them.
#[derive(Clone)]
pub(crate) struct Secrets {
    provider: Arc<dyn SecretProvider>,
    kept: Arc<Mutex<HashMap<String, Kept>>>,
}

struct Kept {
    secret: SecretString,
    until: Instant,
}

impl Secrets {
    pub(crate) fn new(provider: impl SecretProvider) -> Self {
        Self {
            provider: Arc::new(provider),
            kept: Arc::default(),
        }
    }

    pub(crate) async fn get(&self, arn: &str, time_left: Duration) -> Result<SecretString> {
        if let Some(secret) = self.kept(arn) {
            return Ok(secret);
        }
        let secret = self.fetch(arn, time_left).await?;
        let kept = Kept {
            secret: secret.clone(),
            until: Instant::now() + TIME_TO_LIVE,
        };
        self.lock().insert(arn.to_owned(), kept);
        Ok(secret)
    }

    /// Drops a secret. AppFlow renews a refused token in the same secret, so the next call must
    /// fetch it again.
    pub(crate) fn forget(&self, arn: &str) {
        self.lock().remove(arn);
    }

    fn kept(&self, arn: &str) -> Option<SecretString> {
        let mut kept = self.lock();
        kept.retain(|_, kept| kept.until > Instant::now());
        kept.get(arn).map(|kept| kept.secret.clone())
    }

    async fn fetch(&self, arn: &str, time_left: Duration) -> Result<SecretString> {
        // The error that names the cause must come before the deadline's, which cannot.
        let limit = time_left.saturating_sub(HEADROOM);
        let backoff = ExponentialBuilder::new()
            .with_min_delay(FIRST_DELAY)
            .with_max_times(MAX_RETRIES)
            .with_total_delay(Some(limit));
        let attempts = (|| self.provider.secret(arn))
            .retry(backoff)
            .when(|error: &ConnectorError| error.code() == ErrorCode::ResourceNotFoundError);
        tokio::time::timeout(limit, attempts)
            .await
            .unwrap_or_else(|_| Err(self.provider.timed_out(limit)))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Secrets").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use secrecy::ExposeSecret;

    use super::*;

    const ARN: &str = "arn:aws:secretsmanager:us-east-1:000000000000:secret:a";

    /// Returns the number of the fetch, after `invisible` fetches that find no secret.
    struct Counting {
        fetches: Arc<AtomicUsize>,
        invisible: usize,
    }

    impl SecretProvider for Counting {
        fn secret<'a>(&'a self, _arn: &'a str) -> SecretFuture<'a> {
            let fetch = self.fetches.fetch_add(1, Ordering::Relaxed) + 1;
            Box::pin(async move {
                if fetch <= self.invisible {
                    return Err(ConnectorError::resource_not_found("not there"));
                }
                Ok(fetch.to_string().into())
            })
        }
    }

    fn secrets(invisible: usize) -> (Secrets, Arc<AtomicUsize>) {
        let fetches = Arc::new(AtomicUsize::new(0));
        let provider = Counting {
            fetches: fetches.clone(),
            invisible,
        };
        (Secrets::new(provider), fetches)
    }

    async fn get(secrets: &Secrets) -> String {
        let secret = secrets.get(ARN, Duration::from_secs(10)).await.unwrap();
        secret.expose_secret().to_owned()
    }

    #[tokio::test(start_paused = true)]
    async fn a_secret_is_kept_for_five_minutes() {
        let (secrets, _) = secrets(0);
        assert_eq!(get(&secrets).await, "1");
        tokio::time::advance(Duration::from_secs(299)).await;
        assert_eq!(get(&secrets).await, "1");
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(get(&secrets).await, "2");
    }

    #[tokio::test(start_paused = true)]
    async fn a_dropped_secret_is_fetched_again() {
        let (secrets, _) = secrets(0);
        assert_eq!(get(&secrets).await, "1");
        secrets.forget(ARN);
        assert_eq!(get(&secrets).await, "2");
    }

    #[tokio::test(start_paused = true)]
    async fn a_secret_that_is_not_visible_yet_is_fetched_again() {
        let (secrets, _) = secrets(3);
        assert_eq!(get(&secrets).await, "4");
    }

    #[tokio::test(start_paused = true)]
    async fn retries_for_a_missing_secret_are_limited() {
        let (secrets, fetches) = secrets(usize::MAX);
        let error = secrets.get(ARN, Duration::from_secs(10)).await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::ResourceNotFoundError);
        assert_eq!(fetches.load(Ordering::Relaxed), 5);
    }

    /// A store that never responds.
    struct Silent;

    impl SecretProvider for Silent {
        fn secret<'a>(&'a self, _arn: &'a str) -> SecretFuture<'a> {
            Box::pin(std::future::pending())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_store_is_named_before_the_deadline() {
        let started = Instant::now();
        let error = Secrets::new(Silent)
            .get(ARN, Duration::from_secs(10))
            .await
            .unwrap_err();
        assert!(started.elapsed() < Duration::from_secs(10));
        assert_eq!(error.code(), ErrorCode::RequestTimeout);
        assert_eq!(error.message(), "the secret did not arrive within 9.8 s");
    }

    #[tokio::test(start_paused = true)]
    async fn retries_end_before_the_deadline() {
        let (secrets, fetches) = secrets(usize::MAX);
        let started = Instant::now();
        let error = secrets.get(ARN, Duration::from_secs(1)).await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::ResourceNotFoundError);
        assert!(started.elapsed() < Duration::from_secs(1));
        assert!(fetches.load(Ordering::Relaxed) < 5);
    }
}
