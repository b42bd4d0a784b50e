//! The figures that hallpass is to reach.

use std::fmt::Write as _;

use crate::results::{Phase, Results};

/// One line for each figure: what was reached, and whether that is enough. A figure of a server that was not
/// measured is left out.
pub(crate) fn render(results: &Results) -> String {
    let quiet = results.phase("hallpass", Phase::GetSession);
    let busy = results.phase("hallpass", Phase::BusyGetSession);
    let other = results.phase("better-auth", Phase::GetSession);

    let mut out = String::new();
    let mut line = |what: &str, reached: Option<(f64, bool)>, unit: &str| {
        if let Some((figure, enough)) = reached {
            let verdict = if enough { "reached" } else { "NOT REACHED" };
            let _ = writeln!(out, "{what:<58}{figure:>8.1} {unit:<3} {verdict}");
        }
    };
    let times = quiet.zip(other).map(|(quiet, other)| quiet.rate / other.rate);
    line("get-session: at least 20 times better-auth's rate", times.map(|n| (n, n >= 20.0)), "×");
    let cpu = quiet.and_then(|quiet| quiet.server_cpu_us);
    line("get-session: at most 60 µs of server CPU", cpu.map(|n| (n, n <= 60.0)), "µs");
    let cached = results.phase("hallpass", Phase::CachedGetSession).and_then(|cached| cached.server_cpu_us);
    line("get-session, cookie cache: at most 20 µs of server CPU", cached.map(|n| (n, n <= 20.0)), "µs");
    let postgres = results.phase("hallpass-postgres", Phase::GetSession).and_then(|got| got.server_cpu_us);
    line("get-session, PostgreSQL: at most 150 µs of server CPU", postgres.map(|n| (n, n <= 150.0)), "µs");
    let idle = results.server("hallpass").map(|server| server.idle_bytes as f64 / 1e6);
    line("idle: under 12 MB resident", idle.map(|n| (n, n < 12.0)), "MB");
    let share = quiet.zip(busy).map(|(quiet, busy)| busy.rate / quiet.rate * 100.0);
    line("get-session, 8 signing in: above half of its quiet rate", share.map(|n| (n, n > 50.0)), "%");
    line("get-session, 8 signing in: p99 under 50 ms", busy.map(|b| (b.p99_ms, b.p99_ms < 50.0)), "ms");
    out
}
