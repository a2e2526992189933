//! Pieces of charts, drawn on the server as SVG: of numbers, days and our own links, in the colours of the page. The colours are
//! written here and not in a style sheet, so that charts weigh on no page that has none.

use std::fmt::Write;

use super::locale::page_facts;
use crate::period::Day;

pub const SOFT: &str = "var(--text-soft)";
pub const GRID: &str = "var(--line)";
pub const ACCENT: &str = "var(--accent)";
pub const GOOD: &str = "var(--good)";
pub const ATTENTION: &str = "var(--warning)";
pub const URGENT: &str = "var(--danger)";

/// How large words are in a chart's own units: on a phone 12 px, and 18 in 大字版.
pub fn font_size() -> i64 {
    if page_facts().large { 25 } else { 15 }
}

/// Whether a number of two digits, with some room around it, is wider than so many units.
pub fn is_narrow(width: i64) -> bool {
    10 * width < 16 * font_size()
}

/// A chart's frame; `label` says what it shows. Larger words want more room beside the axis.
pub fn open(svg: &mut String, (width, height): (i64, i64), label: &str) {
    let size = font_size();
    let beside = 5 * (size - 12) / 2;
    let _ = write!(
        svg,
        "<svg viewBox=\"-{beside} 0 {} {height}\" width=\"100%\" font-size=\"{size}\" fill=\"{SOFT}\" role=\"group\" aria-label=\"{label}\">",
        width + beside
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
