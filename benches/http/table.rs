//! The figures as a table for a terminal.

use std::fmt::Write as _;

use crate::fill::SESSIONS;
use crate::results::{Phase, PhaseResults, Results, ServerResults};

/// Who the ratios are of, and to whom.
const RATIO: [&str; 2] = ["hallpass", "better-auth"];

/// The whole table, without a line break at its end.
pub(crate) fn render(results: &Results) -> String {
    let mut out = String::new();
    let machine = &results.machine;
    let _ = writeln!(
        out,
        "\n{} cores of {}, which the client shares; {} s a phase; {SESSIONS} sessions\n",
        machine.cores, machine.processor, results.seconds_a_phase
    );
    starts(&mut out, results);
    let _ = writeln!(
        out,
        "\n{:<26}{:<13}{:>9}{:>8}{:>9}{:>9}{:>11}{:>11}{:>8}",
        "", "", "req/s", "", "p50 ms", "p99 ms", "server µs", "client µs", "errors"
    );
    for phase in Phase::ALL {
        for (index, server) in results.servers.iter().enumerate() {
            let Some(figures) = results.phase(server.name, phase) else { continue };
            let title = if index == 0 { phase.title() } else { "" };
            let times = ratio(results, server.name, |server| {
                server.phases.iter().find(|found| found.phase == phase).map(|found| found.rate)
            });
            row(&mut out, title, server.name, figures, &times);
        }
    }
    out.push_str("\nserver µs, client µs: CPU time of all threads for one good answer");
    out
}

fn starts(out: &mut String, results: &Results) {
    let _ = writeln!(
        out,
        "{:<39}{:>14}{:>8}{:>14}{:>8}{:>14}{:>8}",
        "", "cold start ms", "", "RSS idle MB", "", "RSS after MB", ""
    );
    for server in &results.servers {
        let name = format!("{} {}", server.name, server.version);
        let _ = write!(out, "{name:<39}");
        for (figure, digits) in
            [(cold_start as fn(&ServerResults) -> Option<f64>, 1), (idle_mb, 1), (loaded_mb, 1)]
        {
            let value = figure(server).unwrap_or_default();
            // Less is better here, so the ratio is turned round.
            let times = ratio(results, server.name, |server| figure(server).map(f64::recip));
            let _ = write!(out, "{value:>14.digits$}{times:>8}");
        }
        out.push('\n');
    }
}

fn row(out: &mut String, title: &str, name: &str, figures: &PhaseResults, times: &str) {
    let cpu = |time: Option<f64>| time.map_or_else(|| "–".to_owned(), |time| format!("{time:.0}"));
    let _ = writeln!(
        out,
        "{title:<26}{name:<13}{:>9.0}{times:>8}{:>9.2}{:>9.2}{:>11}{:>11}{:>8}",
        figures.rate,
        figures.p50_ms,
        figures.p99_ms,
        cpu(figures.server_cpu_us),
        cpu(figures.client_cpu_us),
        figures.errors
    );
}

/// How many times as good the first of [`RATIO`] is, for the row of that server; else nothing.
fn ratio(results: &Results, name: &str, figure: impl Fn(&ServerResults) -> Option<f64>) -> String {
    let [first, second] = RATIO.map(|name| results.server(name).and_then(&figure));
    match (first, second) {
        (Some(first), Some(second)) if name == RATIO[0] && second > 0.0 => format!("{:.1}×", first / second),
        _ => String::new(),
    }
}

fn cold_start(server: &ServerResults) -> Option<f64> {
    Some(server.cold_start_ms)
}

fn idle_mb(server: &ServerResults) -> Option<f64> {
    Some(server.idle_bytes as f64 / 1e6)
}

fn loaded_mb(server: &ServerResults) -> Option<f64> {
    Some(server.loaded_bytes as f64 / 1e6)
}
