//! Grouped bars on a logarithmic scale, as SVG.

use std::fmt::Write as _;

/// A chart of several groups, each with one bar of every series.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "written in full")]
pub struct Chart {
    /// What it shows.
    pub title: &'static str,
    /// What is better, and the unit.
    pub note: &'static str,
    /// From left to right.
    pub groups: Vec<BarGroup>,
}

/// Bars side by side.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "written in full")]
pub struct BarGroup {
    /// What stands below them.
    pub label: &'static str,
    /// From left to right.
    pub bars: Vec<Bar>,
}

/// One bar.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "written in full")]
pub struct Bar {
    /// A colour of SVG.
    pub colour: &'static str,
    /// How high it is.
    pub value: f64,
}

/// Where a chart is drawn.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "written in full")]
pub struct Area {
    /// From the left.
    pub x: f64,
    /// From above.
    pub y: f64,
    /// To the right.
    pub width: f64,
    /// Down.
    pub height: f64,
}

const INK: &str = "#1f2933";
const MUTED: &str = "#6b7785";
const GRID: &str = "#e6eaee";
/// Above the bars, for title and note.
const HEAD: f64 = 64.0;
/// Below them, for the groups' labels.
const FOOT: f64 = 30.0;
/// Left of them, for the scale.
const SCALE: f64 = 62.0;

/// Draws `chart` into `area` and appends it to `svg`.
pub fn draw(svg: &mut String, chart: &Chart, area: Area) {
    let Area { x, y, width, height } = area;
    let _ = writeln!(
        svg,
        r##"<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="10" fill="#ffffff" stroke="{GRID}"/>
<text x="{}" y="{}" font-size="17" font-weight="600" fill="{INK}">{}</text>
<text x="{}" y="{}" font-size="12.5" fill="{MUTED}">{}</text>"##,
        x + 20.0,
        y + 30.0,
        chart.title,
        x + 20.0,
        y + 48.0,
        chart.note
    );
    let values = chart.groups.iter().flat_map(|group| &group.bars).map(|bar| bar.value);
    let Some(scale) = Scale::over(values) else { return };
    let bottom = y + height - FOOT;
    let full = height - HEAD - FOOT;
    let left = x + SCALE;
    let right = x + width - 20.0;

    for exponent in scale.first..=scale.last {
        let value = 10_f64.powi(exponent);
        let at = bottom - scale.position(value) * full;
        let _ = writeln!(
            svg,
            r#"<line x1="{left}" x2="{right}" y1="{at:.1}" y2="{at:.1}" stroke="{GRID}"/>
<text x="{}" y="{:.1}" font-size="11" fill="{MUTED}" text-anchor="end">{}</text>"#,
            left - 8.0,
            at + 4.0,
            number(value)
        );
    }

    let step = (right - left) / chart.groups.len() as f64;
    for (index, group) in chart.groups.iter().enumerate() {
        let middle = left + step * (index as f64 + 0.5);
        let bar_width = (step * 0.72 / group.bars.len() as f64).min(58.0);
        let start = middle - bar_width * group.bars.len() as f64 / 2.0;
        for (index, bar) in group.bars.iter().enumerate() {
            let bar_x = start + bar_width * index as f64;
            let bar_height = (scale.position(bar.value) * full).max(1.0);
            let _ = writeln!(
                svg,
                r#"<rect x="{:.1}" y="{:.1}" width="{:.1}" height="{bar_height:.1}" rx="2" fill="{}"/>
<text x="{:.1}" y="{:.1}" font-size="11.5" font-weight="600" fill="{INK}" text-anchor="middle">{}</text>"#,
                bar_x + 1.5,
                bottom - bar_height,
                bar_width - 3.0,
                bar.colour,
                bar_x + bar_width / 2.0,
                bottom - bar_height - 5.0,
                number(bar.value)
            );
        }
        let _ = writeln!(
            svg,
            r#"<text x="{middle:.1}" y="{}" font-size="12.5" fill="{INK}" text-anchor="middle">{}</text>"#,
            bottom + 19.0,
            group.label
        );
    }
    let _ = writeln!(svg, r#"<line x1="{left}" x2="{right}" y1="{bottom}" y2="{bottom}" stroke="{MUTED}"/>"#);
}

/// From one power of ten to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Scale {
    first: i32,
    last: i32,
}

impl Scale {
    /// The scale on which every value has some height; `None` if there is no value above zero.
    fn over(values: impl Iterator<Item = f64>) -> Option<Self> {
        let mut range: Option<(f64, f64)> = None;
        for value in values.filter(|value| value.is_finite() && *value > 0.0) {
            let (least, most) = range.unwrap_or((value, value));
            range = Some((least.min(value), most.max(value)));
        }
        let (least, most) = range?;
        // A value near its decade's beginning would have no bar to see.
        let first = (least / 1.6).log10().floor() as i32;
        Some(Self { first, last: (most.log10().ceil() as i32).max(first + 1) })
    }

    /// How far up a value is, from 0 to 1.
    fn position(self, value: f64) -> f64 {
        let decades = f64::from(self.last - self.first);
        ((value.max(f64::MIN_POSITIVE).log10() - f64::from(self.first)) / decades).clamp(0.0, 1.0)
    }
}

/// A value with about three significant digits.
fn number(value: f64) -> String {
    if value >= 1000.0 {
        let whole = format!("{value:.0}");
        let (head, tail) = whole.split_at(whole.len() - 3);
        match head.len() {
            4.. => {
                let (millions, thousands) = head.split_at(head.len() - 3);
                format!("{millions},{thousands},{tail}")
            }
            _ => format!("{head},{tail}"),
        }
    } else if value >= 100.0 || value == value.round() {
        format!("{value:.0}")
    } else if value >= 10.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.2}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_begins_below_the_least_value_and_ends_above_the_greatest() {
        assert_eq!(Scale::over([32.0, 1_530.0].into_iter()), Some(Scale { first: 1, last: 4 }));
        assert_eq!(Scale::over([10.5, 90.0].into_iter()), Some(Scale { first: 0, last: 2 }));
        assert_eq!(Scale::over([0.0, f64::NAN].into_iter()), None);
        let scale = Scale { first: 0, last: 2 };
        assert_eq!(
            [0.5, 1.0, 10.0, 100.0, 1e9].map(|value| scale.position(value)),
            [0.0, 0.0, 0.5, 1.0, 1.0]
        );
    }

    #[test]
    fn numbers_have_three_digits_or_all_of_their_whole_part() {
        let shown = [0.123, 1.0, 4.56, 45.67, 456.7, 12_345.6, 1_234_567.8].map(number);
        assert_eq!(shown, ["0.12", "1", "4.56", "45.7", "457", "12,346", "1,234,568"]);
    }
}
