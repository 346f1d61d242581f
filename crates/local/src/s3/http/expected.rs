//! What a request says about its body.

use axum::http::HeaderMap;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, HeaderName, HeaderValue};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use s3s::{S3Error, S3ErrorCode, s3_error};

use crate::s3::digest::Algorithm;

const CONTENT_SHA256: &str = "x-amz-content-sha256";
const CONTENT_MD5: &str = "content-md5";
const DECODED_LENGTH: &str = "x-amz-decoded-content-length";
const TRAILER: &str = "x-amz-trailer";

/// How a body is decoded, and what it must then be.
#[derive(Debug, Default)]
pub(super) struct Expected {
    pub(super) is_chunked: bool,
    /// Of the decoded body, in bytes.
    pub(super) length: Option<u64>,
    pub(super) md5: Option<Vec<u8>>,
    /// In hexadecimal digits.
    pub(super) sha256: Option<String>,
    pub(super) checksum: Option<ExpectedChecksum>,
}

/// A checksum that is given with the body.
#[derive(Clone, Debug)]
pub(super) struct ExpectedChecksum {
    pub(super) algorithm: Algorithm,
    /// In base64; `None` if it comes behind the body.
    pub(super) value: Option<String>,
}

impl Expected {
    /// Reads the headers, and changes those which do not hold for the decoded body.
    pub(super) fn of(headers: &mut HeaderMap) -> Result<Self, S3Error> {
        let payload = text(headers, CONTENT_SHA256).unwrap_or_default();
        let has_encoding = remove_encoding(headers);
        let is_chunked = has_encoding || payload.starts_with("STREAMING-");
        let sha256 = (payload.len() == 64).then(|| payload.to_ascii_lowercase());
        headers.remove(CONTENT_SHA256);
        let decoded = text(headers, DECODED_LENGTH);
        headers.remove(DECODED_LENGTH);
        if is_chunked {
            let length = decoded.ok_or_else(|| {
                s3_error!(
                    MissingContentLength,
                    "You must provide the Content-Length HTTP header."
                )
            })?;
            let length = HeaderValue::try_from(length)
                .map_err(|_| s3_error!(InvalidArgument, "{DECODED_LENGTH} is not a number"))?;
            headers.insert(CONTENT_LENGTH, length);
        }
        Ok(Self {
            is_chunked,
            length: text(headers, CONTENT_LENGTH.as_str())
                .map(|length| length.parse())
                .transpose()
                .map_err(|_| s3_error!(InvalidArgument, "Content-Length is not a number"))?,
            md5: md5(headers)?,
            sha256,
            checksum: checksum(headers)?,
        })
    }
}

fn md5(headers: &HeaderMap) -> Result<Option<Vec<u8>>, S3Error> {
    let Some(given) = text(headers, CONTENT_MD5) else {
        return Ok(None);
    };
    match STANDARD.decode(given) {
        Ok(md5) if md5.len() == 16 => Ok(Some(md5)),
        _ => Err(s3_error!(
            InvalidDigest,
            "The Content-MD5 you specified was invalid."
        )),
    }
}

fn checksum(headers: &HeaderMap) -> Result<Option<ExpectedChecksum>, S3Error> {
    let given = Algorithm::ALL
        .into_iter()
        .filter_map(|algorithm| Some((algorithm, text(headers, algorithm.header())?)));
    let given: Vec<(Algorithm, String)> = given.collect();
    let trailer = text(headers, TRAILER).unwrap_or_default();
    let announced = Algorithm::ALL
        .into_iter()
        .find(|algorithm| trailer.eq_ignore_ascii_case(algorithm.header()));
    match (given.as_slice(), announced) {
        ([(algorithm, value)], None) => {
            let length = STANDARD.decode(value).map(|bytes| bytes.len());
            if length != Ok(algorithm.size()) {
                return Err(s3_error!(
                    InvalidRequest,
                    "Value for {} header is invalid.",
                    algorithm.header()
                ));
            }
            Ok(Some(ExpectedChecksum {
                algorithm: *algorithm,
                value: Some(value.clone()),
            }))
        }
        ([], Some(algorithm)) => Ok(Some(ExpectedChecksum {
            algorithm,
            value: None,
        })),
        ([], None) => Ok(None),
        _ => Err(s3_error!(
            InvalidRequest,
            "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
        )),
    }
}

/// Removes `aws-chunked` from Content-Encoding. Returns whether it was there.
fn remove_encoding(headers: &mut HeaderMap) -> bool {
    let Some(encoding) = text(headers, CONTENT_ENCODING.as_str()) else {
        return false;
    };
    let is_other = |name: &&str| !name.is_empty() && !name.eq_ignore_ascii_case("aws-chunked");
    let names = encoding.split(',').map(str::trim);
    let others: Vec<&str> = names.clone().filter(is_other).collect();
    let has_encoding = names.count() > others.len();
    match HeaderValue::try_from(others.join(",")) {
        Ok(value) if !others.is_empty() => headers.insert(CONTENT_ENCODING, value),
        _ => headers.remove(CONTENT_ENCODING),
    };
    has_encoding
}

/// Returns the value of a header. `None` if it is missing, empty, or not ASCII.
fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    let name = HeaderName::try_from(name).ok()?;
    let value = headers.get(name)?.to_str().ok()?.trim();
    (!value.is_empty()).then(|| value.to_owned())
}

/// The body's checksum differs from the one that was given.
pub(super) fn bad_checksum(algorithm: Algorithm) -> S3Error {
    s3_error!(
        BadDigest,
        "The {} you specified did not match the calculated checksum.",
        algorithm.name()
    )
}

/// The body's MD5 differs from the one that was given.
pub(super) fn bad_md5() -> S3Error {
    s3_error!(
        BadDigest,
        "The Content-MD5 you specified did not match what we received."
    )
}

/// The body's SHA-256 differs from the one that was signed.
pub(super) fn bad_sha256() -> S3Error {
    let code = S3ErrorCode::Custom("XAmzContentSHA256Mismatch".into());
    let mut error = S3Error::with_message(
        code,
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
    );
    error.set_status_code(axum::http::StatusCode::BAD_REQUEST);
    error
}
