//! Credentials go only to the application.

mod support;

use appflow_connector_http::{Auth, Request};
use appflow_connector_model::ErrorCode;
use support::{Server, http, ok, reply};

fn redirect(status: &str, location: &str) -> support::Reply {
    reply(status, &format!("Location: {location}\r\n"), "")
}

#[tokio::test]
async fn a_redirect_to_another_origin_is_not_followed() {
    let elsewhere = Server::start([ok("caught")]).await;
    for status in [
        "301 Moved Permanently",
        "302 Found",
        "303 See Other",
        "307 Temporary Redirect",
        "308 Permanent Redirect",
    ] {
        let server = Server::start([redirect(status, &format!("{}/a", elsewhere.url))]).await;
        let http = http();
        let error = server
            .session(&http)
            .send(Request::get("a"))
            .await
            .unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument);
        let message = format!(
            "Example returned {} for GET /a, a redirect that leads to another origin: check that {}/ is Example's URL",
            &status[..3],
            server.url
        );
        assert_eq!(error.message(), message);
    }
    assert_eq!(elsewhere.connections(), 0);
}

#[tokio::test]
async fn a_redirect_within_the_origin_is_followed_with_the_credentials() {
    let server = Server::start([redirect("302 Found", "/b?page=2"), ok("1")]).await;
    let http = http();
    let response = server.session(&http).send(Request::get("a")).await.unwrap();
    assert_eq!(response.text(), Ok("1"));
    let requests = server.requests();
    assert!(requests[1].starts_with("GET /b?page=2 "), "{requests:?}");
    assert!(
        requests[1].contains("authorization: Bearer t0ken\r\n"),
        "{requests:?}"
    );
    assert!(!requests[1].contains("referer"), "{requests:?}");
}

#[tokio::test]
async fn redirects_are_limited() {
    let (server, http) = (Server::start([redirect("302 Found", "/a")]).await, http());
    let error = server
        .session(&http)
        .send(Request::get("a"))
        .await
        .unwrap_err();
    assert_eq!(
        error.message(),
        "Example returned more than 5 redirects for GET /a"
    );
    assert_eq!(server.requests().len(), 6);
}

#[tokio::test]
async fn a_write_follows_only_redirects_that_keep_the_method() {
    let found = Server::start([redirect("302 Found", "/b")]).await;
    let http = http();
    let error = found
        .session(&http)
        .send(Request::post("a").json(&1))
        .await
        .unwrap_err();
    assert!(
        error
            .message()
            .contains("a redirect that cannot be followed"),
        "{error}"
    );
    assert_eq!(found.requests().len(), 1);

    let moved = Server::start([redirect("308 Permanent Redirect", "/b"), ok("1")]).await;
    moved
        .session(&http)
        .send(Request::post("a").json(&[1]))
        .await
        .unwrap();
    let second = &moved.requests()[1];
    assert!(
        second.starts_with("POST /b ") && second.ends_with("\r\n\r\n[1]"),
        "{second}"
    );
}

#[tokio::test]
async fn urls_of_another_origin_are_refused_before_a_socket_is_opened() {
    let (server, elsewhere) = (
        Server::start([ok("1")]).await,
        Server::start([ok("caught")]).await,
    );
    let http = http();
    let session = server.session(&http);
    let port = elsewhere.url.rsplit(':').next().unwrap();
    for url in [
        format!("{}/next?page=2", elsewhere.url),
        format!("//127.0.0.1:{port}/next"),
        format!("{}@127.0.0.1:{port}/", server.url),
        "http://169.254.169.254/latest/meta-data".to_owned(),
        "file:///etc/passwd".to_owned(),
    ] {
        let error = session.send(Request::get(&url)).await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument);
        assert!(
            error
                .message()
                .ends_with(&format!("but requests go only to {}", server.url)),
            "{error}"
        );
    }
    assert_eq!((server.connections(), elsewhere.connections()), (0, 0));

    let next = format!("{}/next?page=2", server.url);
    session.send(Request::get(&next)).await.unwrap();
    assert!(server.requests()[0].starts_with("GET /next?page=2 "));
}

#[tokio::test]
async fn a_signing_function_cannot_change_the_origin() {
    let elsewhere = Server::start([ok("caught")]).await;
    let server = Server::start([ok("1")]).await;
    let (http, target) = (http(), elsewhere.base());
    let auth = Auth::own(move |request| {
        *request.url = target.join("stolen")?;
        Ok(())
    });
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    let session = http.session(server.base(), auth, deadline);
    assert!(session.send(Request::get("a")).await.is_err());
    assert_eq!((server.connections(), elsewhere.connections()), (0, 0));
}
