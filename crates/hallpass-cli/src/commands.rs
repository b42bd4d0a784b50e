//! What the command does, one file a subcommand.

mod doctor;
mod generate;
mod import;
mod manual;
mod migrate;
mod secret;
mod sessions;
mod users;

pub(crate) use doctor::doctor;
pub(crate) use generate::generate;
pub(crate) use import::import;
pub(crate) use manual::{completions, man};
pub(crate) use migrate::migrate;
pub(crate) use secret::secret;
pub(crate) use sessions::sessions;
pub(crate) use users::users;
