//! AWS Signature Version 4 of requests to Secrets Manager: `POST /`, with all in headers.

use std::fmt::Write as _;

use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::{SignedDuration, Timestamp, civil::DateTime, tz::TimeZone};
use secrecy::ExposeSecret as _;
use sha2::{Digest as _, Sha256};

use super::access_key::AccessKey;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// How far the client's clock may be off.
const MAX_SKEW: SignedDuration = SignedDuration::from_mins(15);

/// Why a request is refused, as AWS says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    Unsigned,
    Incomplete,
    UnknownKey,
    WrongSignature,
    Expired,
}

impl Refusal {
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Unsigned => "MissingAuthenticationTokenException",
            Self::Incomplete => "IncompleteSignatureException",
            Self::UnknownKey => "UnrecognizedClientException",
            Self::WrongSignature | Self::Expired => "InvalidSignatureException",
        }
    }

    pub(super) fn message(self) -> &'static str {
        match self {
            Self::Unsigned => "Missing Authentication Token",
            Self::Incomplete => {
                "The Authorization header must be AWS4-HMAC-SHA256 with Credential, SignedHeaders and Signature, and sign Host and every X-Amz header of a POST to /"
            }
            Self::UnknownKey => {
                "The access key in the request is not the one that this harness gave to the connector"
            }
            Self::WrongSignature => {
                "The request signature we calculated does not match the signature you provided"
            }
            Self::Expired => "The signature's X-Amz-Date is more than 15 minutes off",
        }
    }
}

/// Checks that a request was signed with the key, shortly before or after `now`.
pub(super) fn check(
    key: &AccessKey,
    request: &Parts,
    body: &[u8],
    now: Timestamp,
) -> Result<(), Refusal> {
    let authorization = single(&request.headers, header::AUTHORIZATION.as_str());
    let authorization = authorization.ok_or(Refusal::Unsigned)?;
    let signed = Signed::parse(authorization).ok_or(Refusal::Incomplete)?;
    if signed.key_id != key.id {
        return Err(Refusal::UnknownKey);
    }
    let date = single(&request.headers, "x-amz-date").ok_or(Refusal::Incomplete)?;
    let headers = canonical_headers(&request.headers, &signed).ok_or(Refusal::Incomplete)?;
    if request.method != Method::POST || request.uri.path() != "/" || request.uri.query().is_some()
    {
        return Err(Refusal::Incomplete);
    }
    let canonical_request = format!(
        "POST\n/\n\n{headers}\n{}\n{}",
        signed.header_names,
        hex(&Sha256::digest(body))
    );
    let scope = format!(
        "{}/{}/secretsmanager/aws4_request",
        signed.day, signed.region
    );
    let to_sign = format!(
        "{ALGORITHM}\n{date}\n{scope}\n{}",
        hex(&Sha256::digest(canonical_request))
    );
    let secret = format!("AWS4{}", key.secret.expose_secret());
    let derived = [signed.day, signed.region, "secretsmanager", "aws4_request"]
        .into_iter()
        .fold(secret.into_bytes(), |key, part| {
            mac(&key, part).finalize().into_bytes().to_vec()
        });
    // Compares in a time that does not depend on the texts.
    mac(&derived, &to_sign)
        .verify_slice(&signed.signature)
        .map_err(|_| Refusal::WrongSignature)?;
    check_date(date, signed.day, now)
}

fn check_date(date: &str, day: &str, now: Timestamp) -> Result<(), Refusal> {
    let moment = DateTime::strptime("%Y%m%dT%H%M%SZ", date)
        .and_then(|date| TimeZone::UTC.to_timestamp(date))
        .map_err(|_| Refusal::Incomplete)?;
    let skew = moment.duration_since(now).abs();
    if skew > MAX_SKEW || !date.starts_with(day) {
        return Err(Refusal::Expired);
    }
    Ok(())
}

/// The Authorization header:
/// `AWS4-HMAC-SHA256 Credential=KEY/DAY/REGION/secretsmanager/aws4_request, SignedHeaders=a;b, Signature=HEX`.
struct Signed<'a> {
    key_id: &'a str,
    day: &'a str,
    region: &'a str,
    header_names: &'a str,
    signature: Vec<u8>,
}

impl<'a> Signed<'a> {
    fn parse(authorization: &'a str) -> Option<Self> {
        let parts = authorization.strip_prefix(ALGORITHM)?.strip_prefix(' ')?;
        let value_of = |name: &str| {
            parts
                .split(',')
                .find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='))
        };
        let credential: Vec<&str> = value_of("Credential")?.split('/').collect();
        let [key_id, day, region, "secretsmanager", "aws4_request"] = credential[..] else {
            return None;
        };
        Some(Self {
            key_id,
            day,
            region,
            header_names: value_of("SignedHeaders")?,
            signature: from_hex(value_of("Signature")?)?,
        })
    }
}

/// Returns the signed headers, a line each. `None` if one is missing, or one that must be signed is
/// not.
fn canonical_headers(headers: &HeaderMap, signed: &Signed<'_>) -> Option<String> {
    let signed_names: Vec<&str> = signed.header_names.split(';').collect();
    let must_be_signed = |name: &str| name == "host" || name.starts_with("x-amz-");
    let is_complete = headers
        .keys()
        .map(axum::http::HeaderName::as_str)
        .all(|name| !must_be_signed(name) || signed_names.contains(&name));
    if !is_complete {
        return None;
    }
    let line = |name: &&str| {
        let values: Option<Vec<String>> = headers
            .get_all(*name)
            .iter()
            .map(|value| {
                let words: Vec<&str> = value.to_str().ok()?.split_whitespace().collect();
                Some(words.join(" "))
            })
            .collect();
        let values = values.filter(|values| !values.is_empty())?;
        Some(format!("{name}:{}\n", values.join(",")))
    };
    signed_names.iter().map(line).collect()
}

fn single<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

fn mac(key: &[u8], text: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(text.as_bytes());
    mac
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = text.chars().map(|digit| digit.to_digit(16)).collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    let byte = |pair: &[u32]| u8::try_from(pair[0] * 16 + pair[1]).ok();
    digits.chunks(2).map(byte).collect()
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    const BODY: &[u8] = br#"{"SecretId": "db"}"#;
    const NOW: &str = "2015-08-30T12:36:10Z";

    fn key() -> AccessKey {
        AccessKey {
            id: "AKIDEXAMPLE".to_owned(),
            secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".into(),
        }
    }

    /// A request that botocore has signed with the key.
    fn request(change: impl FnOnce(&mut HeaderMap)) -> Parts {
        let mut parts = Request::post("/")
            .header("host", "127.0.0.1:4566")
            .header("x-amz-target", "secretsmanager.GetSecretValue")
            .header("x-amz-date", "20150830T123600Z")
            .header("content-type", "application/x-amz-json-1.1")
            .header("authorization", AUTHORIZATION)
            .body(())
            .unwrap()
            .into_parts()
            .0;
        change(&mut parts.headers);
        parts
    }

    const AUTHORIZATION: &str = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/secretsmanager/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=ea5836941308c005b53e92a71062653749406e40d27b01a7049fa65d0814e7ae";

    fn result(change: impl FnOnce(&mut HeaderMap)) -> Result<(), Refusal> {
        check(&key(), &request(change), BODY, NOW.parse().unwrap())
    }

    #[test]
    fn a_signed_request_is_accepted() {
        assert_eq!(result(|_| {}), Ok(()));
    }

    #[test]
    fn other_requests_are_refused() {
        assert_eq!(
            result(|headers| drop(headers.remove("authorization"))),
            Err(Refusal::Unsigned)
        );
        for authorization in [
            "Bearer x",
            "AWS4-HMAC-SHA256 Credential=a",
            "AWS4-HMAC-SHA256 ",
        ] {
            let changed = result(|headers| {
                headers.insert("authorization", authorization.parse().unwrap());
            });
            assert_eq!(changed, Err(Refusal::Incomplete), "{authorization}");
        }
        let other_key = AUTHORIZATION.replace("AKIDEXAMPLE", "test");
        let changed = result(|headers| {
            headers.insert("authorization", other_key.parse().unwrap());
        });
        assert_eq!(changed, Err(Refusal::UnknownKey));
    }

    #[test]
    fn what_was_changed_after_signing_is_refused() {
        for (name, value, refusal) in [
            ("host", "127.0.0.1:1", Refusal::WrongSignature),
            (
                "x-amz-target",
                "secretsmanager.ListSecrets",
                Refusal::WrongSignature,
            ),
            ("x-amz-date", "20150830T123601Z", Refusal::WrongSignature),
            ("x-amz-security-token", "added", Refusal::Incomplete),
        ] {
            let changed = result(|headers| {
                headers.insert(name, value.parse().unwrap());
            });
            assert_eq!(changed, Err(refusal), "{name}");
        }
        let now = NOW.parse().unwrap();
        assert_eq!(
            check(&key(), &request(|_| {}), b"{}", now),
            Err(Refusal::WrongSignature)
        );
        let mut other_secret = key();
        other_secret.secret = "test".into();
        assert_eq!(
            check(&other_secret, &request(|_| {}), BODY, now),
            Err(Refusal::WrongSignature)
        );
    }

    #[test]
    fn an_old_signature_is_refused() {
        for (now, expected) in [
            ("2015-08-30T12:50:59Z", Ok(())),
            ("2015-08-30T12:51:01Z", Err(Refusal::Expired)),
            ("2015-08-30T12:20:59Z", Err(Refusal::Expired)),
        ] {
            let checked = check(&key(), &request(|_| {}), BODY, now.parse().unwrap());
            assert_eq!(checked, expected, "{now}");
        }
    }
}
