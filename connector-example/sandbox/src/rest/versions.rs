//! The versions of the API.

use std::ops::RangeInclusive;

use axum::Json;
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use serde::Serialize;

use super::error::ApiError;
use crate::Sandbox;

const SUPPORTED: RangeInclusive<u32> = 50..=66;

/// The version that a request names in its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ApiVersion(u32);

impl ApiVersion {
    fn parse(text: &str) -> Option<Self> {
        let number = text.strip_prefix('v')?.strip_suffix(".0")?;
        SUPPORTED
            .map(Self)
            .find(|version| version.0.to_string() == number)
    }

    /// `/services/data/v60.0`.
    pub(super) fn path(self) -> String {
        format!("/services/data/v{}.0", self.0)
    }
}

impl FromRequestParts<Sandbox> for ApiVersion {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, sandbox: &Sandbox) -> Result<Self, ApiError> {
        let params = RawPathParams::from_request_parts(parts, sandbox)
            .await
            .map_err(|_| ApiError::not_found())?;
        let version = params.iter().find(|(name, _)| *name == "version");
        version
            .and_then(|(_, text)| Self::parse(text))
            .ok_or_else(ApiError::not_found)
    }
}

#[derive(Debug, Serialize)]
pub(super) struct Release {
    label: String,
    url: String,
    version: String,
}

/// `GET /services/data`: no token needed.
pub(super) async fn list() -> Json<Vec<Release>> {
    Json(
        SUPPORTED
            .map(|number| Release {
                label: label(number),
                url: ApiVersion(number).path(),
                version: format!("{number}.0"),
            })
            .collect(),
    )
}

/// Three releases a year, and version 50 was Winter '21.
fn label(number: u32) -> String {
    let release = number - SUPPORTED.start();
    let season = ["Winter", "Spring", "Summer"][release as usize % 3];
    format!("{season} '{}", 21 + release / 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_the_names_of_the_releases() {
        assert_eq!(label(50), "Winter '21");
        assert_eq!(label(60), "Spring '24");
        assert_eq!(label(66), "Spring '26");
    }

    #[test]
    fn only_supported_versions_are_known() {
        assert_eq!(ApiVersion::parse("v60.0"), Some(ApiVersion(60)));
        for unknown in [
            "v49.0",
            "v67.0",
            "60.0",
            "v60",
            "v060.0",
            "v60.1",
            "v4294967346.0",
        ] {
            assert_eq!(ApiVersion::parse(unknown), None, "{unknown}");
        }
    }
}
