//! What was measured, in the form in which it is written as JSON.

use std::fs;
use std::num::NonZeroUsize;
use std::thread;
use std::time::Duration;

use serde::Serialize;

/// One run of the comparison.
#[derive(Debug, Serialize)]
pub(crate) struct Results {
    pub(crate) machine: Machine,
    pub(crate) seconds_a_phase: f64,
    /// How many clients asked for their session at once.
    pub(crate) connections: usize,
    pub(crate) servers: Vec<ServerResults>,
}

/// Where it ran.
#[derive(Debug, Serialize)]
pub(crate) struct Machine {
    pub(crate) processor: String,
    pub(crate) cores: usize,
    /// The load average of the minute before the run: with more than a little, others were at work too.
    pub(crate) load_before: f64,
}

/// One server's figures.
#[derive(Debug, Serialize)]
pub(crate) struct ServerResults {
    pub(crate) name: &'static str,
    pub(crate) version: String,
    /// From starting the program to its first answer, in milliseconds; the median of several starts.
    pub(crate) cold_start_ms: f64,
    /// Resident memory in bytes before any work.
    pub(crate) idle_bytes: u64,
    /// Resident memory in bytes right after all phases.
    pub(crate) loaded_bytes: u64,
    pub(crate) phases: Vec<PhaseResults>,
}

/// One phase's figures.
#[derive(Debug, Serialize)]
pub(crate) struct PhaseResults {
    pub(crate) phase: Phase,
    /// Good answers a second.
    pub(crate) rate: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    /// CPU time of the server's process for a good answer; none where two kinds of request share it.
    pub(crate) server_cpu_us: Option<f64>,
    /// The same of the client.
    pub(crate) client_cpu_us: Option<f64>,
    pub(crate) requests: u64,
    pub(crate) errors: u64,
}

/// What the clients do in a phase, or one group of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Phase {
    GetSession,
    /// get-session of who has a copy of the session in a cookie.
    CachedGetSession,
    SignIn,
    SignUp,
    /// get-session while others sign in.
    BusyGetSession,
    /// Those others.
    BusySignIn,
}

impl Phase {
    pub(crate) const ALL: [Self; 6] = [
        Self::GetSession,
        Self::CachedGetSession,
        Self::SignIn,
        Self::SignUp,
        Self::BusyGetSession,
        Self::BusySignIn,
    ];

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::GetSession => "get-session",
            Self::CachedGetSession => "get-session, cookie cache",
            Self::SignIn => "sign-in",
            Self::SignUp => "sign-up",
            Self::BusyGetSession => "get-session, 8 signing in",
            Self::BusySignIn => "  the 8 meanwhile",
        }
    }
}

impl Results {
    /// A server's figures of a phase.
    pub(crate) fn phase(&self, server: &str, phase: Phase) -> Option<&PhaseResults> {
        self.server(server)?.phases.iter().find(|found| found.phase == phase)
    }

    pub(crate) fn server(&self, name: &str) -> Option<&ServerResults> {
        self.servers.iter().find(|server| server.name == name)
    }
}

impl Machine {
    pub(crate) fn read() -> Self {
        let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = cpus.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        Self {
            processor: model.map_or("unknown processor", |(_, name)| name.trim()).to_owned(),
            cores: thread::available_parallelism().map_or(1, NonZeroUsize::get),
            load_before: load.split(' ').next().and_then(|load| load.parse().ok()).unwrap_or_default(),
        }
    }
}

/// How long answers took.
#[derive(Debug, Default)]
pub(crate) struct Latencies(Vec<Duration>);

impl Latencies {
    pub(crate) fn push(&mut self, one: Duration) {
        self.0.push(one);
    }

    pub(crate) fn add(&mut self, mut others: Self) {
        self.0.append(&mut others.0);
    }

    pub(crate) fn count(&self) -> u64 {
        self.0.len() as u64
    }

    /// For each of `shares` (0 to 1) the time in milliseconds within which that share of the answers came;
    /// 0 if there was none.
    pub(crate) fn quantiles<const N: usize>(&mut self, shares: [f64; N]) -> [f64; N] {
        self.0.sort_unstable();
        shares.map(|share| {
            let rank = (share * self.0.len() as f64).ceil() as usize;
            self.0.get(rank.saturating_sub(1)).map_or(0.0, |one| one.as_secs_f64() * 1e3)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_the_time_within_which_that_share_was_answered() {
        let mut latencies = Latencies((1..=200).rev().map(Duration::from_millis).collect());
        assert_eq!(latencies.quantiles([0.5, 0.99, 1.0, 0.0]), [100.0, 198.0, 200.0, 1.0]);
        assert_eq!(Latencies::default().quantiles([0.5]), [0.0]);
    }
}
