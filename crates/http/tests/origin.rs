//! Credentials go to the application and to no other place.

mod support;

use appflow_connector_model::ErrorCode;
use support::{Server, answer, http, ok};

fn redirect(status: &str, location: &str) -> support::Reply {
    answer(status, &format!("Location: {location}\r\n"), "")
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
        let error = server.session(&http).get("a").send().await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument);
        let message = format!(
            "Example answered {} to GET /a, a redirect that leads to another origin: is {}/ its own URL?",
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
    let answer = server.session(&http).get("a").send().await.unwrap();
    assert_eq!(answer.text(), Ok("1"));
    let requests = server.requests();
    assert!(requests[1].starts_with("GET /b?page=2 "), "{requests:?}");
    assert!(
        requests[1].contains("authorization: Bearer t0ken\r\n"),
        "{requests:?}"
    );
    assert!(!requests[1].contains("referer"), "{requests:?}");
}

#[tokio::test]
async fn redirects_come_to_an_end() {
    let (server, http) = (Server::start([redirect("302 Found", "/a")]).await, http());
    let error = server.session(&http).get("a").send().await.unwrap_err();
    assert_eq!(
        error.message(),
        "Example answered GET /a with more than 5 redirects"
    );
    assert_eq!(server.requests().len(), 6);
}

#[tokio::test]
async fn what_is_written_is_written_again_only_where_the_redirect_keeps_the_method() {
    let found = Server::start([redirect("302 Found", "/b")]).await;
    let http = http();
    let error = found
        .session(&http)
        .post("a")
        .json(&1)
        .send()
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
        .post("a")
        .json(&[1])
        .send()
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
        let error = session.get(&url).send().await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument);
        assert!(
            error
                .message()
                .ends_with(&format!("but only {} is called", server.url)),
            "{error}"
        );
    }
    assert_eq!((server.connections(), elsewhere.connections()), (0, 0));

    let next = format!("{}/next?page=2", server.url);
    session.get(&next).send().await.unwrap();
    assert!(server.requests()[0].starts_with("GET /next?page=2 "));
}

#[tokio::test]
async fn a_signing_function_cannot_change_the_origin() {
    use appflow_connector_http::Auth;
    let elsewhere = Server::start([ok("caught")]).await;
    let server = Server::start([ok("1")]).await;
    let (http, target) = (http(), elsewhere.base());
    let auth = Auth::own(move |request| {
        *request.url = target.join("stolen")?;
        Ok(())
    });
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    let session = http.session(server.base(), auth, deadline);
    assert!(session.get("a").send().await.is_err());
    assert_eq!((server.connections(), elsewhere.connections()), (0, 0));
}
