//! Which days are worked: Monday to Friday, but for the days that a file names.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use anyhow::Context;
use chrono::{Datelike, Weekday};
use serde::Deserialize;

use crate::period::Day;

const BUILT_IN: &str = include_str!("holidays.toml");
/// A longer row of days off is a mistake in the file.
const MOST_DAYS: u64 = 60;

/// Holidays, and the days that are worked instead.
#[derive(Debug, Default)]
pub struct Holidays {
    years: BTreeSet<i32>,
    off: BTreeSet<Day>,
    work: BTreeSet<Day>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Year {
    #[serde(default)]
    off: Vec<String>,
    #[serde(default)]
    work: Vec<String>,
}

impl Holidays {
    /// Those of a file of the operator's, or the built-in ones.
    pub fn load(file: Option<&Path>) -> anyhow::Result<Self> {
        let Some(path) = file else { return Self::parse(BUILT_IN) };
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read the holidays in {}", path.display()))?;
        Self::parse(&text).with_context(|| format!("the holidays in {} cannot be used", path.display()))
    }

    pub fn parse(text: &str) -> anyhow::Result<Self> {
        let years: BTreeMap<String, Year> = toml::from_str(text)?;
        let mut holidays = Self::default();
        for (name, year) in years {
            let number: i32 = name.parse().with_context(|| format!("[{name}] is no year"))?;
            holidays.years.insert(number);
            for (texts, place) in [(&year.off, &mut holidays.off), (&year.work, &mut holidays.work)] {
                for text in texts {
                    place.extend(
                        days(text)
                            .filter(|days| days[0].date().year() == number)
                            .with_context(|| format!("{text:?} is no day of {name}"))?,
                    );
                }
            }
            let both = holidays.off.intersection(&holidays.work).next();
            anyhow::ensure!(both.is_none(), "{} is off and worked", both.map(ToString::to_string).unwrap_or_default());
        }
        Ok(holidays)
    }

    pub fn is_working(&self, day: Day) -> bool {
        let weekend = matches!(day.date().weekday(), Weekday::Sat | Weekday::Sun);
        self.work.contains(&day) || !weekend && !self.off.contains(&day)
    }

    /// Whether the file says something of this day's year; of another only weekends are known.
    pub fn knows(&self, day: Day) -> bool {
        self.years.contains(&day.date().year())
    }
}

/// A day, or all from one to another; never empty.
fn days(text: &str) -> Option<Vec<Day>> {
    let (first, last) = text.split_once('/').unwrap_or((text, text));
    let (first, last): (Day, Day) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    let all: Vec<Day> = (0..=MOST_DAYS).map(|more| first.plus_days(more)).take_while(|day| *day <= last).collect();
    (all.last() == Some(&last)).then_some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn days_off_and_days_worked_instead_are_known_for_2026() {
        let holidays = Holidays::load(None).unwrap();
        for worked in
            ["2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10", "2026-11-25", "2026-10-08", "2026-02-24"]
        {
            assert!(holidays.is_working(day(worked)), "{worked}");
        }
        for off in [
            "2026-01-01",
            "2026-02-15",
            "2026-02-23",
            "2026-04-06",
            "2026-05-05",
            "2026-06-19",
            "2026-09-25",
            "2026-10-07",
            "2026-11-28",
            "2026-11-29",
        ] {
            assert!(!holidays.is_working(day(off)), "{off}");
        }
        assert!(holidays.knows(day("2026-11-25")));
    }

    #[test]
    fn of_another_year_only_weekends_are_known() {
        let holidays = Holidays::load(None).unwrap();
        assert!(!holidays.knows(day("2027-01-01")) && holidays.is_working(day("2027-01-01")) && !holidays.is_working(day("2027-01-02")));
    }

    #[test]
    fn a_file_with_a_mistake_is_refused() {
        for bad in [
            "[x]\noff = []",
            "[2027]\nfree = []",
            "[2027]\noff = [\"2027-02-30\"]",
            "[2027]\noff = [\"2026-12-31\"]",
            "[2027]\noff = [\"2027-02-03/2027-02-01\"]",
            "[2027]\noff = [\"2027-02-03\"]\nwork = [\"2027-02-03\"]",
            "off = 1",
        ] {
            assert!(Holidays::parse(bad).is_err(), "{bad}");
        }
        assert!(!Holidays::parse("[2027]\noff = [\"2027-02-01/2027-02-03\"]").unwrap().is_working(day("2027-02-02")));
    }
}
