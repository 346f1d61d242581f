//! The headers of an object.

use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LANGUAGE,
    CONTENT_TYPE, ETAG, EXPIRES, HeaderName, HeaderValue, LAST_MODIFIED,
};
use axum::http::{HeaderMap, Uri};
use s3s::dto::{ChecksumMode, TimestampFormat};

use crate::s3::object::ObjectInfo;
use crate::s3::operations::checksums::kind;
use crate::s3::operations::conversions::{at_second, header_bytes};
use crate::s3::operations::selection::Selected;

/// Returns what a response says about an object.
pub(super) fn of(info: &ObjectInfo, selected: &Selected, mode: Option<&ChecksumMode>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in &info.attributes.headers {
        let name = HeaderName::try_from(name);
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(&header_bytes(value))) {
            headers.insert(name, value);
        }
    }
    let mut add = |name: HeaderName, value: String| {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    };
    add(ACCEPT_RANGES, "bytes".to_owned());
    add(ETAG, format!("\"{}\"", info.etag));
    let mut date = Vec::new();
    // Writing to a Vec does not fail.
    let _ = at_second(info.modified).format(TimestampFormat::HttpDate, &mut date);
    add(LAST_MODIFIED, String::from_utf8(date).unwrap_or_default());
    if let Some(class) = &info.attributes.storage_class
        && class != "STANDARD"
    {
        add(
            HeaderName::from_static("x-amz-storage-class"),
            class.clone(),
        );
    }
    let tags = info.attributes.tags.len();
    if tags > 0 {
        add(
            HeaderName::from_static("x-amz-tagging-count"),
            tags.to_string(),
        );
    }
    if let Some(parts) = selected.parts.filter(|_| info.etag.contains('-')) {
        add(
            HeaderName::from_static("x-amz-mp-parts-count"),
            parts.to_string(),
        );
    }
    if !selected.is_partial
        && mode.is_some_and(|mode| mode.as_str() == ChecksumMode::ENABLED)
        && let Some(checksum) = &info.attributes.checksum
    {
        add(
            HeaderName::from_static(checksum.algorithm.header()),
            checksum.value.clone(),
        );
        add(
            HeaderName::from_static("x-amz-checksum-type"),
            kind(checksum).as_str().to_owned(),
        );
    }
    headers
}

/// Removes the headers that a request sets itself, such as by `response-content-type`.
pub(super) fn remove_overridden(headers: &mut HeaderMap, uri: &Uri) {
    let names = uri.query().unwrap_or_default().split('&');
    for name in names.filter_map(|pair| pair.split('=').next()) {
        let header = match name {
            "response-cache-control" => CACHE_CONTROL,
            "response-content-disposition" => CONTENT_DISPOSITION,
            "response-content-encoding" => CONTENT_ENCODING,
            "response-content-language" => CONTENT_LANGUAGE,
            "response-content-type" => CONTENT_TYPE,
            "response-expires" => EXPIRES,
            _ => continue,
        };
        headers.remove(header);
    }
}
