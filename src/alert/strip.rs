//! The last fourteen days of one person as a picture: the line of temperatures, and a mark for each day that leads to what was declared.
//! It is made on the server, of numbers, days and our own links; a table beside it says the same.

use super::view::{Declared, StripDay, StripView};
use crate::{
    census::{FiledDeclaration, PersonFile},
    declaration::model::is_unmeasured,
    link,
    period::Day,
    questionnaire::{
        catalogue::Catalogue,
        model::{AlertLevel, Answer, Celsius, Reading},
        reader::Reader,
    },
    ui::{
        chart::{ATTENTION, GOOD, GRID, SOFT, URGENT, day_of_month, font_size, is_narrow, label, linked, open, rule},
        tr,
    },
};

const DAYS: u64 = 14;
/// Where a fever begins, in tenths of a degree.
const FEVER: i64 = Celsius::FEVER.0 as i64;
/// In the picture's own units: a day is as wide as a finger needs on a phone.
const COLUMN: i64 = 24;
const LEFT: i64 = 34;
const TOP: i64 = 10;
const BOTTOM: i64 = 150;
const HEIGHT: i64 = 176;
const WIDTH: i64 = LEFT + COLUMN * 14 + 2;

/// A day as it is drawn.
struct Column {
    day: Day,
    link: String,
    /// In tenths of a degree.
    tenths: Option<i64>,
    declared: Option<Declared>,
}

/// Up to today, or to the alert's day where that is long ago.
pub fn strip(catalogue: &Catalogue, file: &PersonFile, person: &str, day: Day, today: Day) -> StripView {
    let last = if day < today.minus_days(DAYS - 1) || day > today { day } else { today };
    let columns: Vec<Column> = (0..DAYS).rev().map(|ago| column(catalogue, file, person, last.minus_days(ago))).collect();
    let days = columns.iter().map(|column| StripDay {
        day: column.day,
        link: column.link.clone(),
        temperature: column.tenths.map(degrees),
        declared: column.declared,
    });
    StripView { days: days.collect(), svg: svg(&columns) }
}

fn column(catalogue: &Catalogue, file: &PersonFile, person: &str, day: Day) -> Column {
    let filed = file.declarations.iter().find(|filed| filed.day == day && !filed.replaced);
    let link = |filed: &FiledDeclaration| link::with_query(person, format_args!("declaration={}", filed.change));
    Column {
        day,
        link: filed.map_or_else(|| person.to_owned(), link),
        tenths: filed.and_then(temperature),
        declared: filed.map(|filed| declared(catalogue, filed)),
    }
}

fn temperature(filed: &FiledDeclaration) -> Option<i64> {
    filed.record.answers.values().find_map(|answer| match answer {
        Answer::Temperature(Reading::Measured(Celsius(tenths))) => Some(i64::from(*tenths)),
        _ => None,
    })
}

fn declared(catalogue: &Catalogue, filed: &FiledDeclaration) -> Declared {
    let reader = Reader::new(catalogue, &filed.questionnaire, i64::from(filed.version));
    let level = filed.record.alerts.iter().map(|code| reader.alert(code).0).max();
    Declared { level, unmeasured: is_unmeasured(&filed.record.answers) }
}

fn degrees(tenths: i64) -> String {
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// What a day says, for whoever does not see the picture, and when a finger rests on it.
fn says(column: &Column) -> String {
    let words = match column.declared {
        None => tr!(alert.nothing_declared),
        Some(Declared { level, unmeasured }) => crate::statistics::people_page::state_word(level, unmeasured),
    };
    let temperature = column.tenths.map(|tenths| format!(" {} °C", degrees(tenths))).unwrap_or_default();
    format!("{}{temperature} {words}", column.day)
}

/// The axis from one whole degree to another.
struct Scale {
    low: i64,
    high: i64,
}

impl Scale {
    fn of(columns: &[Column]) -> Self {
        let measured = || columns.iter().filter_map(|column| column.tenths);
        let low = measured().min().unwrap_or(360).min(360).div_euclid(10) * 10;
        let high = (measured().max().unwrap_or(390).max(390) + 9).div_euclid(10) * 10;
        Self { low, high }
    }

    fn y(&self, tenths: i64) -> i64 {
        BOTTOM - (BOTTOM - TOP) * (tenths - self.low) / (self.high - self.low).max(1)
    }
}

fn svg(columns: &[Column]) -> String {
    let scale = Scale::of(columns);
    let mut svg = String::new();
    open(&mut svg, (WIDTH, HEIGHT), tr!(alert.strip_label));
    axis(&mut svg, &scale);
    line(&mut svg, &scale, columns);
    for (at, column) in (0..).zip(columns) {
        mark(&mut svg, &scale, at, column);
    }
    svg.push_str("</svg>");
    svg
}

const fn x(at: i64) -> i64 {
    LEFT + COLUMN * at + COLUMN / 2
}

/// A line for each degree, and one where a fever begins.
fn axis(svg: &mut String, scale: &Scale) {
    let (end, beside) = (WIDTH - 2, LEFT - 4);
    for tenths in (scale.low..=scale.high).step_by(10) {
        let (y, degrees) = (scale.y(tenths), tenths / 10);
        rule(svg, [LEFT, y, end, y], GRID, "");
        label(svg, beside, y + font_size() / 3, "end", &format!("{degrees}°"));
    }
    let y = scale.y(FEVER);
    rule(svg, [LEFT, y, end, y], URGENT, " stroke-dasharray=\"4 4\"");
    label(svg, LEFT + 2, y - 3, "start", &degrees(FEVER));
}

/// From each measured day to the next one, where no day lies between.
fn line(svg: &mut String, scale: &Scale, columns: &[Column]) {
    for (at, pair) in (0..).zip(columns.windows(2)) {
        if let [Some(one), Some(other)] = [pair[0].tenths, pair[1].tenths] {
            rule(svg, [x(at), scale.y(one), x(at + 1), scale.y(other)], SOFT, " stroke-width=\"2\"");
        }
    }
}

/// A whole column to press; what calls for attention has a shape of its own, not only a colour.
fn mark(svg: &mut String, scale: &Scale, at: i64, column: &Column) {
    let (x, says, href) = (x(at), says(column), &column.link);
    let (left, low) = (x - COLUMN / 2, BOTTOM - 8);
    linked(svg, [left, COLUMN, HEIGHT], href, &says);
    let y = column.tenths.map_or(low, |tenths| scale.y(tenths));
    let shape = match column.declared {
        None => format!("<path d=\"M{} {y}h8\" stroke=\"{SOFT}\" stroke-width=\"2\"/>", x - 4),
        Some(Declared { level: Some(AlertLevel::Urgent), .. }) => format!("<path d=\"M{x} {}l7 7l-7 7l-7-7z\" fill=\"{URGENT}\"/>", y - 7),
        Some(Declared { level: Some(AlertLevel::Attention), .. }) => format!("<path d=\"M{x} {}l7 13h-14z\" fill=\"{ATTENTION}\"/>", y - 7),
        Some(_) if column.tenths.is_none() => {
            format!("<path d=\"M{} {}h8v8h-8z\" fill=\"none\" stroke=\"{SOFT}\" stroke-width=\"2\"/>", x - 4, y - 4)
        }
        Some(_) => format!("<circle cx=\"{x}\" cy=\"{y}\" r=\"5\" fill=\"{GOOD}\"/>"),
    };
    svg.push_str(&shape);
    // The last day has its date in any case.
    if !is_narrow(COLUMN) || at % 2 == 1 {
        label(svg, x, BOTTOM + 18, "middle", &day_of_month(column.day));
    }
    svg.push_str("</a>");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(day: u32, tenths: Option<i64>, declared: Option<Declared>) -> Column {
        Column { day: Day::from_ymd(2026, 11, day).unwrap(), link: format!("/{day}"), tenths, declared }
    }

    #[test]
    fn each_day_is_a_link_and_neighbours_are_joined() {
        let (well, urgent) = (Declared { level: None, unmeasured: false }, Declared { level: Some(AlertLevel::Urgent), unmeasured: false });
        let days = [
            column(1, Some(365), Some(well)),
            column(2, Some(386), Some(urgent)),
            column(3, None, None),
            column(4, Some(412), Some(urgent)),
            column(5, None, Some(Declared { level: None, unmeasured: true })),
        ];
        let svg = svg(&days);
        for day in 1..=5 {
            assert!(svg.contains(&format!("<a href=\"/{day}\" aria-label=\"2026-11-0{day}")), "{svg}");
        }
        assert!(svg.contains("2026-11-02 38.6 °C") && svg.contains(">42°<") && svg.contains(">36°<"), "{svg}");
        assert_eq!(
            svg.matches(&format!("stroke=\"{SOFT}\" stroke-width=\"2\"/><a")).count(),
            1,
            "one line, from the first to the second: {svg}"
        );
        assert_eq!(svg.matches("l7 7l-7 7l-7-7z").count(), 2, "{svg}");
    }

    #[test]
    fn whatever_was_measured_is_within_the_picture() {
        for tenths in [320, 359, 360, 373, 390, 391, 425] {
            let days = [column(1, Some(tenths), None)];
            let scale = Scale::of(&days);
            assert!((TOP..=BOTTOM).contains(&scale.y(tenths)) && scale.y(scale.low) == BOTTOM && scale.y(scale.high) == TOP, "{tenths}");
        }
    }
}
