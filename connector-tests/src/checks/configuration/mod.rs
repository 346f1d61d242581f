//! How the connector describes itself, and accepts settings and credentials.

mod accepted;
mod declared;
pub(super) mod facts;

use super::body::Body;
use super::reached::application_reached;
use crate::catalog::configuration::{APPLICATION_REACHED, DESCRIBES_ITSELF};

pub(super) const BODIES: &[(&str, Body)] = &[
    (DESCRIBES_ITSELF, |run| {
        Box::pin(declared::describes_itself(run))
    }),
    (APPLICATION_REACHED, |run| {
        Box::pin(application_reached(run))
    }),
    ("configuration.names-given", |run| {
        Box::pin(declared::names_given(run))
    }),
    ("configuration.names-not-reserved", |run| {
        Box::pin(declared::names_not_reserved(run))
    }),
    ("configuration.modes-declared", |run| {
        Box::pin(declared::modes_declared(run))
    }),
    ("configuration.capabilities-declared", |run| {
        Box::pin(declared::capabilities_declared(run))
    }),
    ("configuration.api-versions-declared", |run| {
        Box::pin(declared::api_versions_declared(run))
    }),
    ("configuration.authentication-declared", |run| {
        Box::pin(declared::authentication_declared(run))
    }),
    ("configuration.urls-are-https", |run| {
        Box::pin(declared::urls_are_https(run))
    }),
    ("configuration.settings-well-formed", |run| {
        Box::pin(declared::settings_well_formed(run))
    }),
    ("configuration.settings-accepted", |run| {
        Box::pin(accepted::settings_accepted(run))
    }),
    ("configuration.missing-setting-refused", |run| {
        Box::pin(accepted::missing_setting_refused(run))
    }),
    ("configuration.credentials-accepted", |run| {
        Box::pin(accepted::credentials_accepted(run))
    }),
    ("configuration.wrong-credentials-refused", |run| {
        Box::pin(accepted::wrong_credentials_refused(run))
    }),
    ("configuration.baseline-kept", |run| {
        Box::pin(accepted::baseline_kept(run))
    }),
];
