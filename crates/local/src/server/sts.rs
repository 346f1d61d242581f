//! The one operation of AWS STS that clients call first: GetCallerIdentity.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use url::form_urlencoded;
use uuid::Uuid;

use crate::account::Account;

/// A request of these parameters, in the query protocol.
pub(super) fn respond(account: &Account, parameters: &[u8]) -> Response {
    let request_id = Uuid::new_v4();
    let action = form_urlencoded::parse(parameters)
        .find(|(name, _)| name == "Action")
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default();
    let (status, xml) = if action == "GetCallerIdentity" {
        (StatusCode::OK, identity(account, request_id))
    } else {
        (StatusCode::BAD_REQUEST, unknown_action(request_id))
    };
    let xml_type = HeaderValue::from_static("text/xml");
    (status, [(header::CONTENT_TYPE, xml_type)], xml).into_response()
}

fn identity(account: &Account, request_id: Uuid) -> String {
    let id = &account.id;
    format!(
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
         <GetCallerIdentityResult><Arn>arn:aws:iam::{id}:root</Arn><UserId>{id}</UserId>\
         <Account>{id}</Account></GetCallerIdentityResult>\
         <ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>\
         </GetCallerIdentityResponse>"
    )
}

fn unknown_action(request_id: Uuid) -> String {
    format!(
        "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error>\
         <Type>Sender</Type><Code>InvalidAction</Code>\
         <Message>Of AWS STS, only GetCallerIdentity is available at this endpoint.</Message>\
         </Error><RequestId>{request_id}</RequestId></ErrorResponse>"
    )
}
