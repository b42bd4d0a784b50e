//! How far something is that takes long.

use std::io::{IsTerminal as _, stderr};

use indicatif::{ProgressBar, ProgressStyle};

use crate::output::Output;

/// Shows bars to people at a terminal, and nothing to anybody else.
pub(crate) struct Progress {
    is_shown: bool,
}

impl Progress {
    pub(crate) fn new(output: &Output) -> Self {
        Self { is_shown: !output.is_json() && stderr().is_terminal() }
    }

    /// A bar for `all` of what is being done, on the standard error.
    pub(crate) fn begin(&self, what: &'static str, all: usize) -> ProgressBar {
        if !self.is_shown {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::new(all.try_into().unwrap_or(u64::MAX)).with_message(what);
        let style = ProgressStyle::with_template("{msg:10} {bar:40} {human_pos} of {human_len}  {eta} left");
        bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
    }
}
