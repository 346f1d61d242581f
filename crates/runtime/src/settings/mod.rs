//! A user's settings: their values by type, and the check of all of them.

mod errors;
mod setting;
mod values;

pub use errors::SettingErrors;
pub use setting::{Setting, SettingValue};
pub use values::Settings;
