//! What the connector says of itself, and how it takes settings and credentials.

mod accepted;
mod declared;

use std::collections::HashSet;

use super::Check;

pub(crate) const DESCRIBES_ITSELF: &str = "configuration.describes-itself";

pub(in crate::checks) static CHECKS: &[Check] = &[
    Check::new(
        DESCRIBES_ITSELF,
        "AppFlow asks a connector what it is when it is registered, and keeps the answer.",
        |run| Box::pin(declared::describes_itself(run)),
    ),
    Check::new(
        "configuration.names-given",
        "AppFlow shows a connector by its owner, name and version.",
        |run| Box::pin(declared::names_given(run)),
    ),
    Check::new(
        "configuration.names-not-reserved",
        "Names that begin with aws, amazon or appflow are not for others.",
        |run| Box::pin(declared::names_not_reserved(run)),
    ),
    Check::new(
        "configuration.modes-declared",
        "Without a mode AppFlow offers a connector neither as source nor as destination.",
        |run| Box::pin(declared::modes_declared(run)),
    ),
    Check::new(
        "configuration.capabilities-declared",
        "A flow can use only the triggers, transfer types and write operations that are declared.",
        |run| Box::pin(declared::capabilities_declared(run)),
    ),
    Check::new(
        "configuration.api-versions-declared",
        "Every connection names one of the API versions that the connector supports.",
        |run| Box::pin(declared::api_versions_declared(run)),
    ),
    Check::new(
        "configuration.authentication-declared",
        "AppFlow asks its users for the credentials that the authentication configuration describes.",
        |run| Box::pin(declared::authentication_declared(run)),
    ),
    Check::new(
        "configuration.urls-are-https",
        "Tokens are fetched from these URLs: over https only.",
        |run| Box::pin(declared::urls_are_https(run)),
    ),
    Check::new(
        "configuration.settings-well-formed",
        "AppFlow asks its users for the settings by key, label and description.",
        |run| Box::pin(declared::settings_well_formed(run)),
    ),
    Check::new(
        "configuration.settings-accepted",
        "A connection and a flow are made only if the connector accepts their settings.",
        |run| Box::pin(accepted::settings_accepted(run)),
    ),
    Check::new(
        "configuration.missing-setting-refused",
        "A user who left out a required setting must learn which.",
        |run| Box::pin(accepted::missing_setting_refused(run)),
    ),
    Check::new(
        "configuration.credentials-accepted",
        "A connection is made only if the connector accepts its credentials.",
        |run| Box::pin(accepted::credentials_accepted(run)),
    ),
    Check::new(
        "configuration.wrong-credentials-refused",
        "AppFlow renews a token when a call ends in InvalidCredentials, and at no other time.",
        |run| Box::pin(accepted::wrong_credentials_refused(run)),
    ),
    Check::new(
        "configuration.baseline-kept",
        "A setting that goes, changes its type or becomes required breaks connections that exist.",
        |run| Box::pin(accepted::baseline_kept(run)),
    ),
];

/// The items that come again after their first time.
pub(in crate::checks) fn repeated<'i>(items: impl Iterator<Item = &'i str>) -> Vec<&'i str> {
    let mut seen = HashSet::new();
    items.filter(|item| !seen.insert(*item)).collect()
}
