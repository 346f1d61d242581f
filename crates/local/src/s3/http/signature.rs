//! Signatures, which are not verified: they are removed, so that any key is accepted.

use std::time::{Duration, SystemTime};

use axum::http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use axum::http::request::Parts;
use axum::http::uri::{PathAndQuery, Uri};
use s3s::{S3Error, s3_error};

/// The parameters that sign a URL, in lower case.
const SIGNING: [&str; 10] = [
    "awsaccesskeyid",
    "expires",
    "signature",
    "x-amz-algorithm",
    "x-amz-credential",
    "x-amz-date",
    "x-amz-expires",
    "x-amz-security-token",
    "x-amz-signature",
    "x-amz-signedheaders",
];

/// Removes the signature of a request. Parameters of a signed URL that stand for headers become
/// headers.
///
/// # Errors
/// AccessDenied, if the URL was signed for a time that is over.
pub(super) fn remove(parts: &mut Parts) -> Result<(), S3Error> {
    parts.headers.remove(AUTHORIZATION);
    let query = parts.uri.query().unwrap_or_default().to_owned();
    let pairs: Vec<Pair> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(Pair::of)
        .collect();
    let has = |name: &str| pairs.iter().any(|pair| pair.name == name);
    if !has("x-amz-signature") && !has("awsaccesskeyid") && !has("x-amz-credential") {
        return Ok(());
    }
    check_time(&pairs)?;
    let mut kept = Vec::new();
    for pair in &pairs {
        if SIGNING.contains(&pair.name.as_str()) {
            continue;
        }
        let header = HeaderName::try_from(&pair.name);
        match (header, HeaderValue::try_from(&pair.value)) {
            (Ok(name), Ok(value)) if pair.name.starts_with("x-amz-") => {
                parts.headers.entry(name).or_insert(value);
            }
            _ => kept.push(pair.text),
        }
    }
    let path = parts.uri.path();
    let uri = match kept.as_slice() {
        [] => path.to_owned(),
        kept => format!("{path}?{}", kept.join("&")),
    };
    let mut uri_parts = parts.uri.clone().into_parts();
    uri_parts.path_and_query = PathAndQuery::try_from(uri).ok();
    // Parts of a valid URI make a valid URI.
    parts.uri = Uri::from_parts(uri_parts).unwrap_or_default();
    Ok(())
}

/// A parameter of the query.
struct Pair<'a> {
    text: &'a str,
    /// In lower case.
    name: String,
    value: String,
}

impl<'a> Pair<'a> {
    fn of(text: &'a str) -> Self {
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        Self {
            text,
            name: decode(name).to_ascii_lowercase(),
            value: decode(value),
        }
    }
}

fn decode(text: &str) -> String {
    percent_encoding::percent_decode_str(&text.replace('+', " "))
        .decode_utf8_lossy()
        .into_owned()
}

fn check_time(pairs: &[Pair]) -> Result<(), S3Error> {
    let value = |name: &str| {
        let mut pairs = pairs.iter();
        let found = pairs.find(|pair| pair.name == name);
        found.map(|pair| pair.value.as_str())
    };
    let invalid = |name: &str| {
        s3_error!(
            AuthorizationQueryParametersError,
            "{name} is missing or not in its form"
        )
    };
    let end = if value("awsaccesskeyid").is_some() {
        let seconds = value("expires").and_then(|text| text.parse().ok());
        let after_epoch = seconds.map(Duration::from_secs);
        let end = after_epoch.and_then(|time| SystemTime::UNIX_EPOCH.checked_add(time));
        end.ok_or_else(|| invalid("Expires"))?
    } else {
        let date = value("x-amz-date")
            .and_then(time)
            .ok_or_else(|| invalid("X-Amz-Date"))?;
        let seconds = value("x-amz-expires")
            .and_then(|text| text.parse().ok())
            .filter(|seconds| (1..=604_800).contains(seconds))
            .ok_or_else(|| invalid("X-Amz-Expires"))?;
        date + Duration::from_secs(seconds)
    };
    if end < SystemTime::now() {
        return Err(s3_error!(AccessDenied, "Request has expired"));
    }
    Ok(())
}

/// Reads a time in the form of X-Amz-Date.
fn time(text: &str) -> Option<SystemTime> {
    let time = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", text).ok()?;
    let time = jiff::tz::TimeZone::UTC.to_timestamp(time).ok()?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(u64::try_from(time.as_second()).ok()?))
}
