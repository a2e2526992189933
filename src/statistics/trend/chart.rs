//! The days of a trend as bars. Each day is a link.

use std::fmt::Write;

use super::model::{Shown, TrendLine};
use crate::{
    roster::model::Share,
    ui::{
        chart::{ACCENT, ATTENTION, GRID, SOFT, URGENT, day_of_month, font_size, is_narrow, label, linked, open, rule},
        tr,
    },
};

/// In the picture's own units.
const LEFT: i64 = 34;
const WIDTH: i64 = LEFT + 336 + 4;
const TOP: i64 = 18;
const BOTTOM: i64 = 130;
const HEIGHT: i64 = 152;
/// The rate that fills the picture, in tenths of a percent.
const WHOLE: i64 = 1000;

/// A day as it is drawn.
struct Column<'a> {
    line: &'a TrendLine,
    /// None where there is no figure, which is not the same as 0.
    value: Option<i64>,
    link: String,
}

/// `absent` is where a day's rate leads to, where that is not the day's statistics.
pub fn svg(shown: Shown, lines: &[TrendLine], absent: impl Fn(&TrendLine) -> Option<String>) -> String {
    let column = |line| column(shown, line, &absent);
    let columns: Vec<Column<'_>> = lines.iter().map(column).collect();
    let top = match shown {
        Shown::Rate => WHOLE,
        _ => round(columns.iter().filter_map(|column| column.value).max().unwrap_or(0)),
    };
    let mut svg = String::new();
    open(&mut svg, (WIDTH, HEIGHT), title(shown));
    axis(&mut svg, shown, top);
    let width = 336 / i64::try_from(columns.len().max(1)).unwrap_or(336);
    // A column has no room for its number, and not every day for its date.
    let many = is_narrow(width);
    for (at, column) in (0..).zip(&columns) {
        let from_the_end = columns.len() - 1 - usize::try_from(at).unwrap_or(0);
        bar(&mut svg, shown, column, top, [LEFT + 2 + at * width, width], many, !many || from_the_end.is_multiple_of(5));
    }
    svg.push_str("</svg>");
    svg
}

pub fn title(shown: Shown) -> &'static str {
    match shown {
        Shown::Rate => tr!(absent.rate),
        Shown::Abnormal => tr!(trend.abnormal),
        Shown::Fever => tr!(trend.fever),
    }
}

fn column<'a>(shown: Shown, line: &'a TrendLine, absent: &impl Fn(&TrendLine) -> Option<String>) -> Column<'a> {
    let (value, wanted) = match shown {
        Shown::Rate => (line.share.and_then(Share::permille).map(i64::from), absent(line)),
        Shown::Abnormal => (Some(i64::from(line.abnormal.count)), Some(line.abnormal.people.clone())),
        Shown::Fever => (Some(i64::from(line.fever.count)), Some(line.fever.people.clone())),
    };
    let leads_to = wanted.filter(|path| !path.is_empty()).unwrap_or_else(|| line.declared.people.clone());
    Column { line, value, link: leads_to }
}

/// The next number that an axis can end with: 2, 5 or 10, and so on.
fn round(most: i64) -> i64 {
    let mut step = 1;
    loop {
        for end in [2 * step, 5 * step, 10 * step] {
            if end >= most {
                return end;
            }
        }
        step *= 10;
    }
}

fn axis(svg: &mut String, shown: Shown, top: i64) {
    for value in [0, top / 2, top] {
        let y = y(value, top);
        rule(svg, [LEFT, y, WIDTH - 2, y], GRID, "");
        let words = if shown == Shown::Rate { format!("{}%", value / 10) } else { value.to_string() };
        label(svg, LEFT - 4, y + font_size() / 3, "end", &words);
    }
}

const fn y(value: i64, top: i64) -> i64 {
    BOTTOM - (BOTTOM - TOP) * value / top
}

/// What a day says, for whoever does not see the picture, and when a finger rests on it.
fn says(shown: Shown, column: &Column<'_>) -> String {
    let value = match (shown, column.value) {
        (_, None) => tr!(trend.no_figure).to_owned(),
        (Shown::Rate, Some(_)) => {
            let share = column.line.share.unwrap_or_default();
            tr!(absent.of, declared = share.declared, expected = share.expected)
        }
        (_, Some(count)) => tr!(statistics.people_count, count = count),
    };
    format!("{} {} {value}", column.line.day, title(shown))
}

fn bar(svg: &mut String, shown: Shown, column: &Column<'_>, top: i64, [left, width]: [i64; 2], many: bool, dated: bool) {
    linked(svg, [left, width, HEIGHT], &column.link, &says(shown, column));
    let (middle, gap) = (left + width / 2, (width / 6).max(1));
    let height = match column.value {
        None => {
            rule(svg, [middle - 4, BOTTOM - 6, middle + 4, BOTTOM - 6], SOFT, " stroke-width=\"2\"");
            0
        }
        // A little one is seen, too.
        Some(value) if value > 0 => BOTTOM - y(value, top).min(BOTTOM - 2),
        Some(_) => 0,
    };
    if height > 0 {
        let (x, y, width, colour) = (left + gap, BOTTOM - height, width - 2 * gap, colour(shown));
        let _ = write!(svg, "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"2\" fill=\"{colour}\"/>");
    }
    // What is seen beside a bar is no part of the link's name, which says it all.
    svg.push_str("</a>");
    if let Some(value) = column.value.filter(|value| !many && *value > 0) {
        let words = if shown == Shown::Rate { value / 10 } else { value };
        label(svg, middle, BOTTOM - height - 4, "middle", &words.to_string());
    }
    if dated {
        label(svg, middle, BOTTOM + 16, "middle", &day_of_month(column.line.day));
    }
}

const fn colour(shown: Shown) -> &'static str {
    match shown {
        Shown::Rate => ACCENT,
        Shown::Abnormal => ATTENTION,
        Shown::Fever => URGENT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{period::Day, statistics::view::Linked};

    fn line(day: u32, share: Option<Share>, abnormal: u32) -> TrendLine {
        let linked = |count| Linked { count, people: format!("/{day}?a=1&b={count}") };
        TrendLine { day: Day::from_ymd(2026, 11, day).unwrap(), share, declared: linked(9), abnormal: linked(abnormal), fever: linked(0) }
    }

    #[test]
    fn each_day_is_a_link_and_no_figure_is_not_nothing() {
        let lines = [line(1, None, 0), line(2, Some(Share { expected: 3, declared: 2 }), 7)];
        let rate = svg(Shown::Rate, &lines, |line| Some(format!("/absent/{}", line.day)));
        assert!(rate.contains("<a href=\"/absent/2026-11-01\"") && rate.contains("<a href=\"/absent/2026-11-02\""), "{rate}");
        assert_eq!(rate.matches("<rect").count(), 1, "the day without a figure has no bar: {rate}");
        assert!(rate.contains(">66</text>") && rate.contains(">100%</text>"), "{rate}");
        let abnormal = svg(Shown::Abnormal, &lines, |_| None);
        assert!(abnormal.contains("href=\"/2?a=1&amp;b=7\"") && abnormal.contains(">10</text>"), "{abnormal}");
    }

    #[test]
    fn an_axis_ends_where_everything_fits() {
        for (most, end) in [(0, 2), (1, 2), (3, 5), (6, 10), (10, 10), (11, 20), (99_999, 100_000)] {
            assert_eq!(round(most), end);
        }
        for value in 0..=50 {
            assert!((TOP..=BOTTOM).contains(&y(value, 50)), "{value}");
        }
    }
}
