//! What was measured, in the form in which it is written as JSON.

use hallpass_benches::measured::Machine;
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
