//! The figures as a picture.

use std::fmt::Write as _;

use hallpass_benches::chart::{Area, Bar, BarGroup, Chart, draw};

use crate::results::{Phase, PhaseResults, Results, ServerResults};

const WIDTH: f64 = 1180.0;
const HEIGHT: f64 = 900.0;
const MARGIN: f64 = 30.0;
const GAP: f64 = 20.0;
const TOP: f64 = 132.0;

/// An SVG document.
pub(crate) fn render(results: &Results) -> String {
    let mut svg = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="system-ui, 'Segoe UI', 'Helvetica Neue', 'DejaVu Sans', Arial, sans-serif">
<rect width="100%" height="100%" fill="#f7f9fb"/>
<text x="{MARGIN}" y="46" font-size="25" font-weight="700" fill="#1f2933">Signing up, in and staying signed in, over HTTP</text>
"##
    );
    let machine = &results.machine;
    let conditions = format!(
        "100,000 sessions in a SQLite file; kept-alive connections, each sending its next request when the last is answered; {} for get-session, 8 for sign-in and sign-up",
        results.connections
    );
    let place = format!(
        "{} s a phase on {} cores of {}, shared with the client; all scales are logarithmic",
        results.seconds_a_phase, machine.cores, machine.processor
    );
    for (line, y) in [(conditions, 70), (place, 88)] {
        let line = escape(&line);
        let _ = writeln!(svg, r##"<text x="{MARGIN}" y="{y}" font-size="13" fill="#6b7785">{line}</text>"##);
    }
    let mut x = MARGIN;
    for server in &results.servers {
        let label = format!("{} {}", server.name, server.version);
        let _ = writeln!(
            svg,
            r##"<rect x="{x}" y="104" width="14" height="14" rx="3" fill="{}"/>
<text x="{}" y="116" font-size="14" fill="#1f2933">{}</text>"##,
            colour(server),
            x + 21.0,
            escape(&label)
        );
        // About the width of a character at this size.
        x += 60.0 + 7.4 * label.len() as f64;
    }
    let width = (WIDTH - 2.0 * MARGIN - GAP) / 2.0;
    let height = (HEIGHT - TOP - MARGIN - GAP) / 2.0;
    for (index, chart) in charts(results).iter().enumerate() {
        let column = (index % 2) as f64;
        let row = (index / 2) as f64;
        let area = Area { x: MARGIN + column * (width + GAP), y: TOP + row * (height + GAP), width, height };
        draw(&mut svg, chart, area);
    }
    svg.push_str("</svg>\n");
    svg
}

fn charts(results: &Results) -> [Chart; 4] {
    let phases = [
        (Phase::GetSession, "get-session"),
        (Phase::CachedGetSession, "…by its cookie"),
        (Phase::BusyGetSession, "…while 8 sign in"),
        (Phase::SignIn, "sign-in"),
        (Phase::SignUp, "sign-up"),
    ];
    let by_phase = |phases: &[(Phase, &'static str)], figure: fn(&PhaseResults) -> f64| {
        let group = |&(phase, label): &(Phase, &'static str)| BarGroup {
            label,
            bars: bars(results, |server| {
                server.phases.iter().find(|found| found.phase == phase).map_or(0.0, figure)
            }),
        };
        phases.iter().map(group).collect()
    };
    let group = |label, figure: fn(&ServerResults) -> f64| BarGroup { label, bars: bars(results, figure) };
    let [get_session, cached, _, sign_in, sign_up] = phases;
    [
        Chart {
            title: "Requests a second",
            note: "more is better",
            groups: by_phase(&phases, |figures| figures.rate),
        },
        Chart {
            title: "99th percentile of the time to answer",
            note: "milliseconds, less is better",
            groups: by_phase(&phases, |figures| figures.p99_ms),
        },
        Chart {
            title: "Server CPU for a request",
            note: "microseconds of all threads, less is better",
            groups: by_phase(&[get_session, cached, sign_in, sign_up], |figures| {
                figures.server_cpu_us.unwrap_or_default()
            }),
        },
        Chart {
            title: "Start and memory",
            note: "milliseconds to the first answer; MB resident; less is better",
            groups: vec![
                group("cold start, ms", |server| server.cold_start_ms),
                group("idle, MB", |server| server.idle_bytes as f64 / 1e6),
                group("after load, MB", |server| server.loaded_bytes as f64 / 1e6),
            ],
        },
    ]
}

fn bars(results: &Results, figure: impl Fn(&ServerResults) -> f64) -> Vec<Bar> {
    results.servers.iter().map(|server| Bar { colour: colour(server), value: figure(server) }).collect()
}

fn colour(server: &ServerResults) -> &'static str {
    match server.name {
        "hallpass" => "#0f766e",
        _ => "#b9c2cc",
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
