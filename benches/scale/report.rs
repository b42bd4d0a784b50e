//! The figures: as a table, as a picture and as JSON.

use std::fmt::{self, Display, Formatter, Write as _};

use hallpass_benches::chart::{Area, Bar, BarGroup, Chart, draw};
use hallpass_benches::measured::{Latencies, Machine};
use serde::Serialize;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Operation {
    GetSession,
    GetSessionHttp,
    SignIn,
    ListSessions,
    RevokeAll,
    SweepStep,
}

impl Operation {
    const ALL: [Self; 6] = [
        Self::GetSession,
        Self::GetSessionHttp,
        Self::SignIn,
        Self::ListSessions,
        Self::RevokeAll,
        Self::SweepStep,
    ];

    fn title(self) -> &'static str {
        match self {
            Self::GetSession => "get-session",
            Self::GetSessionHttp => "…over HTTP",
            Self::SignIn => "sign-in, no hash",
            Self::ListSessions => "list-sessions",
            Self::RevokeAll => "revoke-sessions",
            Self::SweepStep => "sweep, 1,000 rows",
        }
    }
}

/// How long something took.
#[derive(Debug, Serialize)]
pub(crate) struct Figure {
    operation: Operation,
    median_us: f64,
    p99_us: f64,
    samples: u64,
}

impl Figure {
    pub(crate) fn new(operation: Operation, mut latencies: Latencies) -> Self {
        let [median, p99] = latencies.quantiles([0.5, 0.99]).map(|ms| ms * 1e3);
        Self { operation, median_us: median, p99_us: p99, samples: latencies.count() }
    }
}

/// A store with so many users and sessions.
#[derive(Debug, Serialize)]
pub(crate) struct Size {
    pub(crate) sessions: u32,
    pub(crate) fill_seconds: f64,
    /// Of each table, with its indexes.
    pub(crate) bytes: Vec<(&'static str, u64)>,
    pub(crate) figures: Vec<Figure>,
}

impl Size {
    fn figure(&self, operation: Operation) -> Option<&Figure> {
        self.figures.iter().find(|figure| figure.operation == operation)
    }
}

/// A store at each of its sizes.
#[derive(Debug, Serialize)]
pub(crate) struct StoreReport {
    pub(crate) name: &'static str,
    pub(crate) sizes: Vec<Size>,
}

/// All of it.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) machine: Machine,
    pub(crate) stores: Vec<StoreReport>,
}

impl StoreReport {
    fn size(&self, sessions: u32) -> Option<&Size> {
        self.sizes.iter().find(|size| size.sessions == sessions)
    }

    /// How many times as long the median is as with 10,000.
    fn growth(&self, size: &Size, operation: Operation) -> Option<f64> {
        let base = self.size(10_000).filter(|base| base.sessions <= size.sessions)?;
        Some(size.figure(operation)?.median_us / base.figure(operation)?.median_us)
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Machine { processor, cores, load_before, .. } = &self.machine;
        writeln!(
            f,
            "\n{cores} cores of {processor}, load before {load_before}; one request after the other\n"
        )?;
        for store in &self.stores {
            writeln!(f, "{}: median / p99 in µs, and the median's growth from 10,000", store.name)?;
            write!(f, "{:<20}", "users and sessions")?;
            for size in &store.sizes {
                write!(f, "{:>26}", size.sessions)?;
            }
            writeln!(f)?;
            for operation in Operation::ALL {
                write!(f, "{:<20}", operation.title())?;
                for size in &store.sizes {
                    let Some(figure) = size.figure(operation) else { continue };
                    let growth = store
                        .growth(size, operation)
                        .map(|growth| format!(" {growth:.2}×"))
                        .unwrap_or_default();
                    let cell = format!("{:.0} / {:.0}{growth}", figure.median_us, figure.p99_us);
                    write!(f, "{cell:>26}")?;
                }
                writeln!(f)?;
            }
            write!(f, "{:<20}", "bytes a row")?;
            for size in &store.sizes {
                let each =
                    |(table, bytes): &(&str, u64)| format!("{table} {}", bytes / u64::from(size.sessions));
                let cell = size.bytes.iter().map(each).collect::<Vec<_>>().join(", ");
                write!(f, "  {cell:>24}")?;
            }
            writeln!(f)?;
            write!(f, "{:<20}", "filled in, s")?;
            for size in &store.sizes {
                write!(f, "{:>26.1}", size.fill_seconds)?;
            }
            writeln!(f, "\n")?;
        }
        let sqlite = self.stores.iter().find(|store| store.name == "sqlite");
        for (what, operation) in
            [("over HTTP", Operation::GetSessionHttp), ("the library alone", Operation::GetSession)]
        {
            let growth = sqlite.and_then(|store| store.growth(store.size(1_000_000)?, operation));
            if let Some(growth) = growth {
                let verdict = if growth < 1.5 { "reached" } else { "NOT REACHED" };
                writeln!(
                    f,
                    "get-session on SQLite, {what}: under 1.5 times from 10,000 to 1,000,000 sessions {growth:.2} × {verdict}"
                )?;
            }
        }
        Ok(())
    }
}

const WIDTH: f64 = 1180.0;
const MARGIN: f64 = 30.0;
const HEIGHT: f64 = 380.0;
/// A colour for each size.
const COLOURS: [&str; 5] = ["#99d5cf", "#5fb8b0", "#2f9a91", "#0f766e", "#0b4f4a"];

impl Report {
    /// An SVG document.
    pub(crate) fn plot(&self) -> String {
        let height = 110.0 + (HEIGHT + 20.0) * self.stores.len() as f64;
        let mut svg = format!(
            r##"<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" font-family="system-ui, 'Segoe UI', 'Helvetica Neue', 'DejaVu Sans', Arial, sans-serif">
<rect width="100%" height="100%" fill="#f7f9fb"/>
<text x="{MARGIN}" y="46" font-size="25" font-weight="700" fill="#1f2933">hallpass as its store grows</text>
"##
        );
        let mut x = MARGIN;
        let most = self.stores.iter().max_by_key(|store| store.sizes.len());
        for (size, colour) in most.into_iter().flat_map(|store| &store.sizes).zip(COLOURS) {
            let _ = writeln!(
                svg,
                r##"<rect x="{x}" y="64" width="14" height="14" rx="3" fill="{colour}"/>
<text x="{}" y="76" font-size="14" fill="#1f2933">{} sessions</text>"##,
                x + 21.0,
                size.sessions
            );
            x += 190.0;
        }
        for (index, store) in self.stores.iter().enumerate() {
            let groups = Operation::ALL.into_iter().map(|operation| BarGroup {
                label: operation.title(),
                bars: store
                    .sizes
                    .iter()
                    .zip(COLOURS)
                    .filter_map(|(size, colour)| {
                        Some(Bar { colour, value: size.figure(operation)?.median_us })
                    })
                    .collect(),
            });
            let title = if store.name == "sqlite" { "SQLite" } else { "PostgreSQL over a local socket" };
            let note = "microseconds for a request, the median; less is better";
            let chart = Chart { title, note, groups: groups.collect() };
            let y = 100.0 + (HEIGHT + 20.0) * index as f64;
            draw(&mut svg, &chart, Area { x: MARGIN, y, width: WIDTH - 2.0 * MARGIN, height: HEIGHT });
        }
        svg.push_str("</svg>\n");
        svg
    }
}
