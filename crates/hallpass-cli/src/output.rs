//! What is written, for people or for programs.

use std::io::{self, IsTerminal as _, Write as _};

use anyhow::{Result, bail};
use serde::Serialize;
use serde_json::json;

/// Where answers go: text, or JSON.
#[derive(Debug)]
pub(crate) struct Output {
    json: bool,
}

impl Output {
    pub(crate) fn new(json: bool) -> Self {
        Self { json }
    }

    /// Writes a value: as JSON, or what `text` makes of it.
    pub(crate) fn write<T: Serialize>(&self, value: &T, text: impl FnOnce(&T) -> String) -> Result<()> {
        let mut written = if self.json { serde_json::to_string_pretty(value)? } else { text(value) };
        if !written.is_empty() && !written.ends_with('\n') {
            written.push('\n');
        }
        Ok(io::stdout().write_all(written.as_bytes())?)
    }

    /// Whether programs read the answer.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// Says why nothing came of it.
    pub(crate) fn error(&self, error: &anyhow::Error) {
        let causes: Vec<_> = error.chain().map(ToString::to_string).collect();
        if self.json {
            println!("{}", json!({"error": causes.join(": ")}));
        } else {
            eprintln!("hallpass: {}", causes.join(": "));
        }
    }

    /// Asks whether to go on. Where nobody can be asked, `otherwise` decides.
    pub(crate) fn confirm(&self, question: &str, otherwise: Unasked) -> Result<bool> {
        if self.json || !io::stdin().is_terminal() {
            return match otherwise {
                Unasked::Goes => Ok(true),
                Unasked::Refuses => bail!("nobody can be asked here: say --yes"),
            };
        }
        eprint!("{question} [y/N] ");
        let mut answer = String::new();
        io::stdin().read_line(&mut answer)?;
        Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
    }
}

/// What is done where nobody can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unasked {
    Goes,
    Refuses,
}

/// A table with columns as wide as what stands in them.
pub(crate) fn table<const N: usize>(head: [&str; N], rows: &[[String; N]]) -> String {
    let mut widths = head.map(|title| title.chars().count());
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |cells: [&str; N]| {
        let mut line = String::new();
        for (cell, width) in cells.iter().zip(widths) {
            line.push_str(&format!("{cell:<width$}  "));
        }
        format!("{}\n", line.trim_end())
    };
    std::iter::once(line(head))
        .chain(rows.iter().map(|row| line(row.each_ref().map(String::as_str))))
        .collect()
}
