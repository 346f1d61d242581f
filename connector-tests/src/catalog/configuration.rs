//! How the connector describes itself, and accepts settings and credentials.

use super::check::Check;

pub(crate) const DESCRIBES_ITSELF: &str = "configuration.describes-itself";
pub(crate) const APPLICATION_REACHED: &str = "configuration.application-reached";

pub(super) const CHECKS: &[Check] = &[
    Check::new(
        DESCRIBES_ITSELF,
        "AppFlow asks a connector for its configuration at registration and stores the response.",
    ),
    Check::new(
        APPLICATION_REACHED,
        "Without the application nothing that needs it can be checked.",
    ),
    Check::new(
        "configuration.names-given",
        "AppFlow shows a connector by its owner, name and version.",
    ),
    Check::new(
        "configuration.names-not-reserved",
        "Names that start with aws, amazon or appflow are reserved.",
    ),
    Check::new(
        "configuration.modes-declared",
        "Without a mode AppFlow offers a connector neither as a source nor as a destination.",
    ),
    Check::new(
        "configuration.capabilities-declared",
        "A flow can use only the triggers, transfer types and write operations that are declared.",
    ),
    Check::new(
        "configuration.api-versions-declared",
        "Every connection names one of the API versions that the connector supports.",
    ),
    Check::new(
        "configuration.authentication-declared",
        "AppFlow asks its users for the credentials that the authentication configuration describes.",
    ),
    Check::new(
        "configuration.urls-are-https",
        "Tokens are fetched from these URLs, so they must use https.",
    ),
    Check::new(
        "configuration.settings-well-formed",
        "AppFlow asks its users for the settings by key, label and description.",
    ),
    Check::new(
        "configuration.settings-accepted",
        "A connection or a flow is created only if the connector accepts its settings.",
    ),
    Check::new(
        "configuration.missing-setting-refused",
        "A user who omits a required setting must be told which one.",
    ),
    Check::new(
        "configuration.credentials-accepted",
        "A connection is created only if the connector accepts its credentials.",
    ),
    Check::new(
        "configuration.wrong-credentials-refused",
        "AppFlow renews a token only when a call fails with InvalidCredentials.",
    ),
    Check::new(
        "configuration.baseline-kept",
        "Removing a setting, changing its type or making it required breaks existing connections.",
    ),
];
