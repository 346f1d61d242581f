//! What is sent to the application, and what its responses become.

mod support;

use std::time::{Duration, Instant};

use appflow_connector_http::{Auth, HttpClient, Problem, Request, Response};
use appflow_connector_model::ErrorCode;
use serde_json::{Value, json};
use support::{Server, gzip, http, ok, reply};

#[tokio::test]
async fn a_call_carries_credentials_query_headers_and_body() {
    let server = Server::start([ok(r#"{"id":7}"#)]).await;
    let (base, http) = (format!("{}/api/v2", server.url).parse().unwrap(), http());
    let auth = Auth::basic("Aladdin", "open sesame".into());
    let session = http.session(base, auth, Instant::now() + Duration::from_secs(10));
    let request = Request::post("contacts?notify=no")
        .query("by", "e mail")
        .header("X-Batch", 200)
        .json(&json!({"name": "A"}));
    let head_bytes = session.head_bytes(&request).unwrap();
    let get = Request::get("contacts");
    let get_bytes = session.head_bytes(&get).unwrap();
    let created: Value = session.fetch(request).await.unwrap();
    assert_eq!(created, json!({"id": 7}));
    session.send(get).await.unwrap();

    assert_eq!(server.requests()[1].len(), get_bytes);
    let request = &server.requests()[0];
    assert_eq!(request.find("{\"name"), Some(head_bytes));
    assert!(
        request.starts_with("POST /api/v2/contacts?notify=no&by=e+mail HTTP/1.1\r\n"),
        "{request}"
    );
    for part in [
        "authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n",
        "x-batch: 200\r\n",
        "content-type: application/json\r\n",
        "accept: application/json\r\n",
        "accept-encoding: gzip\r\n",
        "user-agent: appflow-connector/",
        "\r\n\r\n{\"name\":\"A\"}",
    ] {
        assert!(request.contains(part), "{part}: {request}");
    }
}

#[tokio::test]
async fn connections_are_kept_from_one_session_to_the_next() {
    let (server, http) = (Server::start([ok("1")]).await, http());
    for _ in 0..3 {
        server.session(&http).send(Request::get("a")).await.unwrap();
    }
    assert_eq!((server.requests().len(), server.connections()), (3, 1));
}

#[tokio::test]
async fn compressed_responses_are_read_and_bombs_are_not() {
    let gzipped = |body: &[u8]| reply("200 OK", "Content-Encoding: gzip\r\n", gzip(body));
    let bomb = [b"\"".as_slice(), &vec![b' '; 20_000_000], b"\""].concat();
    let server = Server::start([gzipped(b"[1,2]"), gzipped(&bomb)]).await;
    let http = HttpClient::builder()
        .application("Example")
        .max_body_bytes(1_000_000)
        .build();
    let session = server.session(&http);
    assert_eq!(
        session.fetch::<Vec<u8>>(Request::get("a")).await,
        Ok(vec![1, 2])
    );

    let error = session.send(Request::get("a")).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::ServerError);
    assert_eq!(
        error.message(),
        "Example's response has more than 1000000 bytes: ask for fewer records or fields"
    );
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn errors_have_the_code_of_their_status_and_no_query() {
    for (status, code) in [
        ("400 Bad Request", ErrorCode::InvalidArgument),
        ("401 Unauthorized", ErrorCode::InvalidCredentials),
        ("403 Forbidden", ErrorCode::AccessDenied),
        ("404 Not Found", ErrorCode::ClientError),
        ("408 Request Timeout", ErrorCode::RequestTimeout),
        ("413 Content Too Large", ErrorCode::InvalidArgument),
        ("429 Too Many Requests", ErrorCode::RateLimitExceeded),
        ("500 Internal Server Error", ErrorCode::ServerError),
        ("502 Bad Gateway", ErrorCode::ServerError),
        ("503 Service Unavailable", ErrorCode::ServiceUnavailable),
    ] {
        let (server, http) = (
            Server::start([reply(status, "", "no, t0ken")]).await,
            http(),
        );
        let session = server.session(&http);
        let request = Request::get("contacts").query("filter", "canary");
        let error = session.send(request).await.unwrap_err();
        assert_eq!(error.code(), code, "{status}");
        let message = format!(
            "Example returned {} for GET /contacts: no, [secret]",
            &status[..3]
        );
        assert_eq!(error.message(), message);
    }
}

#[tokio::test]
async fn the_applications_error_overrides_the_status() {
    fn read_error(response: &Response) -> Option<Problem> {
        let word: String = response.json().ok()?;
        let problem = Problem::new(word.clone());
        Some(match word.as_str() {
            "EXPIRED" => problem.with_code(ErrorCode::InvalidCredentials),
            "LOCKED" => problem.with_code(ErrorCode::ServiceUnavailable).retryable(),
            _ => problem,
        })
    }
    let http = HttpClient::builder()
        .application("Example")
        .retry(support::quick())
        .error_reader(read_error)
        .build();
    let server = Server::start([
        reply("400 Bad Request", "", r#""EXPIRED""#),
        reply("400 Bad Request", "", r#""LOCKED""#),
        ok("1"),
    ])
    .await;
    let session = server.session(&http);
    let error = session.send(Request::get("a")).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::InvalidCredentials);
    assert_eq!(error.message(), "Example returned 400 for GET /a: EXPIRED");
    // Locked at the first attempt only.
    assert_eq!(
        session.send(Request::get("a")).await.unwrap().text(),
        Ok("1")
    );
}

#[tokio::test]
async fn a_response_with_status_200_may_be_an_error() {
    struct Envelope;
    impl appflow_connector_http::ErrorReader for Envelope {
        fn read_error(&self, _: &Response) -> Option<Problem> {
            None
        }
        fn read_success(&self, response: &Response) -> Option<Problem> {
            let text = response.text().ok()?.strip_prefix("error: ")?;
            Some(
                Problem::new(text)
                    .with_code(ErrorCode::RateLimitExceeded)
                    .retryable(),
            )
        }
    }
    let http = HttpClient::builder()
        .application("Example")
        .retry(support::quick())
        .error_reader(Envelope)
        .build();
    let server = Server::start([ok("error: too fast"), ok("1"), ok("error: too fast")]).await;
    let session = server.session(&http);
    assert_eq!(
        session.send(Request::get("a")).await.unwrap().text(),
        Ok("1")
    );
    let error = session.send(Request::post("a")).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::RateLimitExceeded);
    assert_eq!(
        error.message(),
        "Example returned 200 for POST /a: too fast"
    );
}

#[tokio::test]
async fn an_accepted_status_is_a_success() {
    let (server, http) = (
        Server::start([reply("404 Not Found", "", "none")]).await,
        http(),
    );
    let request = Request::get("contacts/7").accept(404);
    let response = server.session(&http).send(request).await.unwrap();
    assert_eq!((response.status(), response.text()), (404, Ok("none")));
}

#[tokio::test]
async fn a_key_in_the_query_is_in_no_error() {
    let server =
        Server::start([reply("400 Bad Request", "", "/a?key=c%26nary is not valid")]).await;
    let http = http();
    let deadline = Instant::now() + Duration::from_secs(10);
    let auth = || Auth::query("key", "c&nary".into());
    let session = http.session(server.base(), auth(), deadline);
    let error = session.send(Request::get("a")).await.unwrap_err();
    assert!(server.requests()[0].starts_with("GET /a?key=c%26nary "));
    assert_eq!(
        error.message(),
        "Example returned 400 for GET /a: /a?key=[secret] is not valid"
    );

    let nowhere = http.session(closed_port().await, auth(), deadline);
    for text in [
        format!("{nowhere:?}"),
        nowhere
            .send(Request::get("a"))
            .await
            .unwrap_err()
            .to_string(),
    ] {
        assert!(!text.contains("nary"), "{text}");
    }
}

#[tokio::test]
async fn an_invalid_request_is_not_sent() {
    let (server, http) = (Server::start([ok("1")]).await, http());
    let session = server.session(&http);
    let no_json = std::collections::BTreeMap::from([(vec![1], 1)]);
    let error = session
        .send(Request::post("a").json(&no_json))
        .await
        .unwrap_err();
    assert_eq!(error.code(), ErrorCode::InvalidArgument);
    let request = Request::get("a").header("x-a", "b\nc");
    let error = session.send(request).await.unwrap_err();
    assert_eq!(
        error.message(),
        "the name or value of the header `x-a` is not valid"
    );
    assert_eq!(server.connections(), 0);
}

async fn closed_port() -> appflow_connector_http::BaseUrl {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
        .parse()
        .unwrap()
}
