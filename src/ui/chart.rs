//! Pieces of charts, drawn on the server as SVG: of numbers, days and our own links, in the colours of the page. The colours are
//! written here and not in a style sheet, so that charts weigh on no page that has none.

use std::fmt::Write;

use crate::period::Day;

pub const SOFT: &str = "var(--text-soft)";
pub const GRID: &str = "var(--line)";
pub const ACCENT: &str = "var(--accent)";
pub const GOOD: &str = "var(--good)";
pub const ATTENTION: &str = "var(--warning)";
pub const URGENT: &str = "var(--danger)";

/// A chart's frame; `label` says what it shows.
pub fn open(svg: &mut String, (width, height): (i64, i64), label: &str) {
    let _ = write!(
        svg,
        "<svg viewBox=\"0 0 {width} {height}\" width=\"100%\" font-size=\"12\" fill=\"{SOFT}\" role=\"group\" aria-label=\"{label}\">"
    );
}

/// A line from one point to another.
pub fn rule(svg: &mut String, [x1, y1, x2, y2]: [i64; 4], colour: &str, more: &str) {
    let _ = write!(svg, "<path d=\"M{x1} {y1}L{x2} {y2}\" stroke=\"{colour}\"{more}/>");
}

/// Words that a mark's own label says better.
pub fn label(svg: &mut String, x: i64, y: i64, anchor: &str, text: &str) {
    let _ = write!(svg, "<text x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\" aria-hidden=\"true\" pointer-events=\"none\">{text}</text>");
}

/// Begins a mark that is a link, a whole column to press: left edge, width and height. `</a>` ends it.
pub fn linked(svg: &mut String, [left, width, height]: [i64; 3], href: &str, says: &str) {
    let href = href.replace('&', "&amp;");
    let _ = write!(
        svg,
        "<a href=\"{href}\" aria-label=\"{says}\"><title>{says}</title><path d=\"M{left} 0h{width}v{height}h-{width}z\" fill=\"transparent\"/>"
    );
}

/// The day of the month.
pub fn day_of_month(day: Day) -> String {
    day.to_string().rsplit('-').next().unwrap_or_default().trim_start_matches('0').to_owned()
}
