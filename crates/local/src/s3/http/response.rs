//! What every response of S3 has.

use std::fmt::Write as _;

use axum::body::Body;
use axum::http::header::{CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, HeaderName, HeaderValue};
use axum::http::{Response, StatusCode};
use http_body_util::BodyExt as _;
use uuid::Uuid;

use crate::s3::messages;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-amz-request-id");
const HOST_ID: HeaderName = HeaderName::from_static("x-amz-id-2");

/// Adds the request's id; to an error's document also what it is about, and a message if it has
/// none.
pub(super) async fn complete(mut response: Response<Body>, resource: &str) -> Response<Body> {
    let id = Uuid::new_v4().simple().to_string()[..16].to_uppercase();
    let status = response.status();
    if status == StatusCode::OK && response.headers().contains_key(CONTENT_RANGE) {
        // The crate does so for GET, and not for HEAD.
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    let media_type = response.headers().get(CONTENT_TYPE);
    let is_document = media_type.is_some_and(|media_type| media_type == "application/xml");
    if status == StatusCode::NOT_MODIFIED {
        // Without a body, also in its headers.
        response.headers_mut().remove(CONTENT_TYPE);
        *response.body_mut() = Body::empty();
    } else if (status.is_client_error() || status.is_server_error()) && is_document {
        let body = std::mem::take(response.body_mut());
        let document = body
            .collect()
            .await
            .map(http_body_util::Collected::to_bytes);
        let document = document.unwrap_or_default();
        let document = String::from_utf8_lossy(&document);
        *response.body_mut() = Body::from(completed(&document, resource, &id));
        response.headers_mut().remove(CONTENT_LENGTH);
    }
    if let Ok(id) = HeaderValue::try_from(id) {
        response.headers_mut().insert(HOST_ID, id.clone());
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

fn completed(document: &str, resource: &str, id: &str) -> String {
    const END: &str = "</Error>";
    let Some(begin) = document.strip_suffix(END) else {
        return document.to_owned();
    };
    let mut text = begin.to_owned();
    if !document.contains("<Message>") {
        let code = document.split("<Code>").nth(1).unwrap_or_default();
        let code = code.split("</Code>").next().unwrap_or_default();
        let message = messages::of(code).unwrap_or("The request cannot be served.");
        // Writing to a String does not fail.
        let _ = write!(text, "<Message>{message}</Message>");
    }
    let resource = resource
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    let _ = write!(
        text,
        "<Resource>{resource}</Resource><RequestId>{id}</RequestId>{END}"
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_what_it_is_about() {
        assert_eq!(
            completed("<Error><Code>KeyTooLongError</Code></Error>", "/b/<k>", "1"),
            "<Error><Code>KeyTooLongError</Code><Message>Your key is too long</Message>\
             <Resource>/b/&lt;k&gt;</Resource><RequestId>1</RequestId></Error>"
        );
        assert_eq!(
            completed(
                "<Error><Code>X</Code><Message>m</Message></Error>",
                "/",
                "1"
            ),
            "<Error><Code>X</Code><Message>m</Message><Resource>/</Resource>\
             <RequestId>1</RequestId></Error>"
        );
    }
}
