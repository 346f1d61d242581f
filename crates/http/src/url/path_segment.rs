use appflow_connector_model::ConnectorError;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::result::Result;

/// The characters that RFC 3986 calls "unreserved" are kept; all others are encoded.
const ENCODED_IN_SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Encodes a text as one segment of a path, so that a name from a user cannot lead to another path.
///
/// ```
/// use appflow_connector_http::path_segment;
///
/// assert_eq!(path_segment("a/b?c").unwrap(), "a%2Fb%3Fc");
/// assert!(path_segment("..").is_err());
/// ```
///
/// # Errors
/// InvalidArgument for an empty text, `.` and `..`, which no encoding makes safe.
pub fn path_segment(text: &str) -> Result<String> {
    if matches!(text, "" | "." | "..") {
        return Err(ConnectorError::invalid_argument(format!(
            "`{text}` is not valid as a segment of a URL's path"
        )));
    }
    Ok(utf8_percent_encode(text, ENCODED_IN_SEGMENT).to_string())
}

#[cfg(test)]
mod tests {
    use crate::url::BaseUrl;

    use super::*;

    #[test]
    fn a_segment_stays_one_part_of_the_path() {
        let base: BaseUrl = "https://example.com/objects".parse().unwrap();
        for name in ["a/../../b", "a%2F..", "ä b", "?x#y", "...", "a;b=c"] {
            let url = base
                .join(&format!("{}/describe", path_segment(name).unwrap()))
                .unwrap();
            let parts: Vec<_> = url.path_segments().unwrap().collect();
            assert_eq!(
                (parts.len(), parts[0], parts[2]),
                (3, "objects", "describe"),
                "{url}"
            );
        }
    }
}
