//! Who runs a server that refuses to be run by root.

use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::command::capture;

/// A user other than root.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Owner {
    user: u32,
    group: u32,
}

impl Owner {
    /// The server's own user, or one that may do nothing else; `None` where this is not root.
    pub(crate) fn find(name: &str) -> Result<Option<Self>> {
        if capture(Command::new("id").arg("-u"))?.trim() != "0" {
            return Ok(None);
        }
        let id = |kind: &str, user: &str| -> Result<u32> {
            Ok(capture(Command::new("id").args([kind, user]))?.trim().parse()?)
        };
        for user in [name, "nobody"] {
            if let (Ok(user), Ok(group)) = (id("-u", user), id("-g", user)) {
                return Ok(Some(Self { user, group }));
            }
        }
        bail!("the server is not run by root, and there is no user `{name}` or `nobody`")
    }

    /// Gives a folder to this user.
    pub(crate) fn take(self, folder: &Path) -> Result<()> {
        Ok(chown(folder, Some(self.user), Some(self.group))?)
    }

    /// Lets this user run a command.
    pub(crate) fn run(self, command: &mut Command) {
        command.uid(self.user).gid(self.group);
    }
}
