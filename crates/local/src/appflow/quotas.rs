//! AppFlow's quotas, which a switch turns off.

/// Connections of an account in a region.
pub(crate) const MAX_PROFILES: u32 = 100;
/// Flows of an account in a region.
pub(crate) const MAX_FLOWS: u32 = 1000;
/// Runs at a time of an account in a region.
pub(crate) const MAX_RUNS: usize = 1000;
/// Tags of a resource.
pub(crate) const MAX_TAGS: usize = 50;
