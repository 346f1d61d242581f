//! The bytes of an object that a request asks for: all, a range, or a part.

use axum::http::StatusCode;
use s3s::dto::Range;
use s3s::{S3Error, S3ErrorCode, S3Result, s3_error};

use crate::s3::object::ObjectInfo;
use crate::s3::reader::ObjectReader;

/// What a request asks for.
pub(super) struct Selection {
    pub(super) range: Option<Range>,
    pub(super) part: Option<i32>,
}

/// What the response has.
#[derive(Debug)]
pub(super) struct Selected {
    pub(super) first: u64,
    pub(super) length: u64,
    /// Not the whole object.
    pub(super) is_partial: bool,
    /// The number of the object's parts, if one was asked for.
    pub(super) parts: Option<usize>,
}

impl Selection {
    pub(super) fn of(self, info: &ObjectInfo, reader: &ObjectReader) -> S3Result<Selected> {
        match (self.range, self.part) {
            (None, None) => Ok(Selected {
                first: 0,
                length: info.size,
                is_partial: false,
                parts: None,
            }),
            (Some(range), None) => {
                let range = range.check(info.size).map_err(|_| unsatisfiable(info))?;
                Ok(Selected {
                    first: range.start,
                    length: range.end - range.start,
                    is_partial: true,
                    parts: None,
                })
            }
            (None, Some(number)) => part(number, reader),
            (Some(_), Some(_)) => Err(s3_error!(
                InvalidRequest,
                "Cannot specify both Range header and partNumber query parameter"
            )),
        }
    }
}

impl Selected {
    /// Returns the header Content-Range, which makes the response a 206.
    pub(super) fn content_range(&self, info: &ObjectInfo) -> Option<String> {
        let last = (self.first + self.length).saturating_sub(1);
        let range = || format!("bytes {}-{last}/{}", self.first, info.size);
        self.is_partial.then(range)
    }
}

fn part(number: i32, reader: &ObjectReader) -> S3Result<Selected> {
    let parts = reader.parts();
    let mut first = 0;
    for (position, (_, length)) in (1..).zip(&parts) {
        if position == number {
            return Ok(Selected {
                first,
                length: *length,
                is_partial: true,
                parts: Some(parts.len()),
            });
        }
        first += length;
    }
    let mut error = S3Error::with_message(
        S3ErrorCode::Custom("InvalidPartNumber".into()),
        "The requested partnumber is not satisfiable",
    );
    error.set_status_code(StatusCode::RANGE_NOT_SATISFIABLE);
    Err(error)
}

fn unsatisfiable(info: &ObjectInfo) -> S3Error {
    let mut error = s3_error!(InvalidRange, "The requested range is not satisfiable");
    if let Ok(range) = format!("bytes */{}", info.size).try_into() {
        let headers = [(axum::http::header::CONTENT_RANGE, range)];
        error.set_headers(headers.into_iter().collect());
    }
    error
}
