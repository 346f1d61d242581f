//! Which URLs are called: those that a user's setting may hold, and those that follow from it.

mod base;
mod link;
mod network;
mod path_segment;
mod policy;

pub use base::BaseUrl;
pub use path_segment::path_segment;
pub use policy::{UrlError, UrlPolicy};

pub use ::url::Url;

pub(crate) use link::find_link;
pub(crate) use network::Network;
