//! What the kernel says of a process, read from `/proc`.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};

/// Linux counts CPU time for user space in hundredths of a second on every architecture that this runs on.
const TICKS_A_SECOND: f64 = 100.0;

/// A process by its id.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Process(u32);

impl Process {
    pub(crate) fn new(id: u32) -> Self {
        Self(id)
    }

    /// This program.
    pub(crate) fn this() -> Self {
        Self(std::process::id())
    }

    /// The CPU time of all its threads so far, those that have ended included.
    pub(crate) fn cpu(self) -> Result<Duration> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0))?;
        cpu_of(&stat).context("/proc/PID/stat is not as expected")
    }

    /// The bytes of memory that it holds.
    pub(crate) fn resident(self) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<u64>().ok());
        Ok(kib.context("/proc/PID/status has no VmRSS")? * 1024)
    }
}

fn cpu_of(stat: &str) -> Option<Duration> {
    // The second field is the program's name in parentheses and may hold anything, so fields are counted behind it.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_ascii_whitespace().skip(11);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some(Duration::from_secs_f64((user + system) / TICKS_A_SECOND))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_time_is_user_and_system_time_whatever_the_program_is_called() {
        let stat = "42 (a ) b) S 1 2 3 0 -1 4194560 5 6 7 8 150 25 9 9 20 0 4 0 100 1 1";
        assert_eq!(cpu_of(stat), Some(Duration::from_millis(1750)));
    }
}
