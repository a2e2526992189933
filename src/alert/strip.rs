//! The last fourteen days of one person as a picture: the line of temperatures, and a mark for each day that leads to what was declared.
//! It is made on the server, of numbers, days and our own links; a table beside it says the same.

use std::fmt::Write;

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
    ui::tr,
};

const DAYS: u64 = 14;
/// From here on it is a fever.
const FEVER: i64 = 373;
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
    let mut svg =
        format!("<svg class=\"strip\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"group\" aria-label=\"{}\">", tr!(alert.strip_label));
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
    let end = WIDTH - 2;
    for tenths in (scale.low..=scale.high).step_by(10) {
        let y = scale.y(tenths);
        let _ = write!(
            svg,
            "<line class=\"strip-grid\" x1=\"{LEFT}\" y1=\"{y}\" x2=\"{end}\" y2=\"{y}\"/><text class=\"strip-text\" x=\"{}\" y=\"{}\" text-anchor=\"end\" aria-hidden=\"true\">{}°</text>",
            LEFT - 4,
            y + 4,
            tenths / 10
        );
    }
    let y = scale.y(FEVER);
    let _ = write!(
        svg,
        "<line class=\"strip-fever\" x1=\"{LEFT}\" y1=\"{y}\" x2=\"{end}\" y2=\"{y}\"/><text class=\"strip-text strip-fever-text\" x=\"{end}\" y=\"{}\" text-anchor=\"end\" aria-hidden=\"true\">{}</text>",
        y - 3,
        degrees(FEVER)
    );
}

/// From each measured day to the next one, where no day lies between.
fn line(svg: &mut String, scale: &Scale, columns: &[Column]) {
    for (at, pair) in (0..).zip(columns.windows(2)) {
        if let [Some(one), Some(other)] = [pair[0].tenths, pair[1].tenths] {
            let (from, to) = (scale.y(one), scale.y(other));
            let _ = write!(svg, "<line class=\"strip-line\" x1=\"{}\" y1=\"{from}\" x2=\"{}\" y2=\"{to}\"/>", x(at), x(at + 1));
        }
    }
}

fn mark(svg: &mut String, scale: &Scale, at: i64, column: &Column) {
    let (x, says) = (x(at), says(column));
    let class = match column.declared {
        None => "strip-none",
        Some(Declared { level: Some(AlertLevel::Urgent), .. }) => "strip-urgent",
        Some(Declared { level: Some(AlertLevel::Attention), .. }) => "strip-attention",
        Some(Declared { unmeasured: true, .. }) => "strip-unmeasured",
        Some(_) => "strip-good",
    };
    let shape = match (column.tenths, column.declared) {
        (Some(tenths), Some(Declared { level: Some(_), .. })) => diamond(x, scale.y(tenths), class),
        (Some(tenths), _) => format!("<circle class=\"{class}\" cx=\"{x}\" cy=\"{}\" r=\"4\"/>", scale.y(tenths)),
        (None, Some(Declared { level: Some(_), .. })) => diamond(x, BOTTOM - 8, class),
        (None, Some(_)) => format!("<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"8\" height=\"8\"/>", x - 4, BOTTOM - 12),
        (None, None) => format!("<line class=\"{class}\" x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"/>", x - 4, BOTTOM - 8, x + 4, BOTTOM - 8),
    };
    let _ = write!(
        svg,
        "<a href=\"{}\" aria-label=\"{says}\"><title>{says}</title><rect class=\"strip-day\" x=\"{}\" y=\"0\" width=\"{COLUMN}\" height=\"{HEIGHT}\"/>{shape}<text class=\"strip-text\" x=\"{x}\" y=\"{}\" text-anchor=\"middle\">{}</text></a>",
        column.link,
        x - COLUMN / 2,
        BOTTOM + 18,
        number(column.day)
    );
}

/// What calls for attention has a shape of its own, not only a colour.
fn diamond(x: i64, y: i64, class: &str) -> String {
    format!("<path class=\"{class}\" d=\"M{x} {}l6 6l-6 6l-6-6z\"/>", y - 6)
}

/// The day of the month.
fn number(day: Day) -> String {
    day.to_string().rsplit('-').next().unwrap_or_default().trim_start_matches('0').to_owned()
}
