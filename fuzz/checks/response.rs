//! Whatever an application sends, headers (`Link`, `Retry-After`, `Location`, `Content-Encoding`)
//! and body: there is a response within its bound, or an error without the credentials.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use appflow_connector_http::{Auth, HttpClient, Request, RetryPolicy, Url};
use serde_json::Value;

use super::server::{block_on, serve};

const TOKEN: &str = "t0ken-in-no-message";
const MAX_BODY_BYTES: usize = 10_000;

static HTTP: LazyLock<HttpClient> = LazyLock::new(|| {
    HttpClient::builder()
        .application("Example")
        .retry(RetryPolicy::builder().max_attempts(1).build())
        .max_body_bytes(MAX_BODY_BYTES)
        .build()
});

/// The text is all that the application sends.
pub fn check(response: &[u8]) {
    block_on(async {
        let server = serve(vec![response.to_vec()], true).await;
        let base = server.url.parse().unwrap();
        let deadline = Instant::now() + Duration::from_secs(5);
        let session = HTTP.session(base, Auth::bearer(TOKEN.into()), deadline);
        match session.send(Request::get("a")).await {
            Ok(response) => {
                assert!(
                    response
                        .text()
                        .is_ok_and(|text| text.len() <= MAX_BODY_BYTES)
                        || response.text().is_err()
                );
                let _ = response.json::<Value>();
                if let Some(next) = response.link("next")
                    && let Ok(next) = session.base().join(&next)
                {
                    let base: Url = server.url.parse().unwrap();
                    assert_eq!(next.origin(), base.origin());
                }
            }
            Err(error) => assert!(!error.to_string().contains(TOKEN), "{error}"),
        }
    });
}
