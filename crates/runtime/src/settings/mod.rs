//! A user's settings: their values by type, and the check of all of them.

mod errors;
mod values;

pub use errors::SettingErrors;
pub use values::Settings;
