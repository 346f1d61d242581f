//! Tokens by client credentials, which go to the token endpoint and nowhere else.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use appflow_connector_client::ClientCredentials;
use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use tokio::net::TcpListener;

/// Serves one response for every request. Returns the URL, and how many requests came.
async fn serve<R: IntoResponse>(
    respond: impl Fn() -> R + Clone + Send + Sync + 'static,
) -> (String, Arc<AtomicUsize>) {
    let requests = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&requests);
    let router = Router::new().fallback(move || {
        counter.fetch_add(1, Ordering::Relaxed);
        let response = respond().into_response();
        async move { response }
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(axum::serve(listener, router).into_future());
    (url, requests)
}

fn credentials(token_url: &str) -> ClientCredentials {
    ClientCredentials {
        token_url: token_url.to_owned(),
        client_id: "client".to_owned(),
        client_secret: "s3cret".into(),
        scope: None,
    }
}

#[tokio::test]
async fn no_redirect_is_followed_with_the_clients_secret() {
    let (elsewhere, stolen) = serve(|| r#"{"access_token":"t"}"#).await;
    for status in [301, 302, 303, 307, 308] {
        let status = StatusCode::from_u16(status).unwrap();
        for location in [format!("{elsewhere}/token"), "/other".to_owned()] {
            let redirect = move || (status, [(header::LOCATION, location.clone())]);
            let (endpoint, requests) = serve(redirect).await;
            let error = credentials(&endpoint).fetch().await.unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("cannot get a token from {endpoint}: the status is {status}")
            );
            assert_eq!(requests.load(Ordering::Relaxed), 1, "{status}");
        }
    }
    assert_eq!(stolen.load(Ordering::Relaxed), 0);
}
