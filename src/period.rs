//! Time: instants in UTC, days in the enterprise's own calendar, and the periods that statistics are asked for.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Datelike, Days, NaiveDate, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An instant: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(transparent))]
#[serde(transparent)]
pub struct Moment(i64);

impl Moment {
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    pub const fn as_millis(self) -> i64 {
        self.0
    }

    #[must_use]
    pub const fn plus_secs(self, secs: i64) -> Self {
        Self(self.0.saturating_add(secs.saturating_mul(1000)))
    }

    pub fn utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0).unwrap_or_default()
    }
}

impl From<DateTime<Utc>> for Moment {
    fn from(time: DateTime<Utc>) -> Self {
        Self(time.timestamp_millis())
    }
}

/// A day of the enterprise's calendar, between 1900 and 2199: `2020-02-03` in URLs, forms and on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(transparent))]
pub struct Day(NaiveDate);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a day")]
pub struct NotADay;

impl Day {
    /// 1970-01-01.
    pub const EPOCH: Self = Self(NaiveDate::from_epoch_days(0).expect("day 0 is within the calendar"));

    pub fn new(date: NaiveDate) -> Result<Self, NotADay> {
        if (1900..2200).contains(&date.year()) { Ok(Self(date)) } else { Err(NotADay) }
    }

    pub fn from_ymd(year: i32, month: u32, day: u32) -> Result<Self, NotADay> {
        NaiveDate::from_ymd_opt(year, month, day).ok_or(NotADay).and_then(Self::new)
    }

    pub const fn date(self) -> NaiveDate {
        self.0
    }

    /// Stays within the calendar's bounds.
    #[must_use]
    pub fn minus_days(self, days: u64) -> Self {
        self.0.checked_sub_days(Days::new(days)).and_then(|date| Self::new(date).ok()).unwrap_or(self)
    }

    /// Stays within the calendar's bounds.
    #[must_use]
    pub fn plus_days(self, days: u64) -> Self {
        self.0.checked_add_days(Days::new(days)).and_then(|date| Self::new(date).ok()).unwrap_or(self)
    }

    /// `02-03`, where the year is plain.
    pub fn month_and_day(self) -> String {
        self.to_string().split_off(5)
    }

    /// As the seed writes it: `2020.02.03`.
    pub fn dotted(self) -> String {
        self.to_string().replace('-', ".")
    }
}

/// A census writes as many days as there are declarations: so digit by digit, which is many times faster than `write!`.
impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digit = |number: u32| b'0' + u8::try_from(number % 10).unwrap_or_default();
        let (year, month, day) = (self.0.year().unsigned_abs(), self.0.month(), self.0.day());
        let year = [digit(year / 1000), digit(year / 100), digit(year / 10), digit(year)];
        let [y1, y2, y3, y4] = year;
        let text = [y1, y2, y3, y4, b'-', digit(month / 10), digit(month), b'-', digit(day / 10), digit(day)];
        f.write_str(std::str::from_utf8(&text).unwrap_or_default())
    }
}

/// `2020-02-03`, and what people type where the browser has no date picker: `2020.2.3`, `2020/2/3`, `2020年2月3日`, `20200203`.
impl FromStr for Day {
    type Err = NotADay;

    fn from_str(text: &str) -> Result<Self, NotADay> {
        let text = text.trim();
        let plain = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
        let parts: Vec<&str> = if plain {
            vec![&text[..4], &text[4..6], &text[6..]]
        } else {
            text.trim_end_matches('日').split(['-', '.', '/', '年', '月']).map(str::trim).collect()
        };
        let number = |part: &str| -> Result<u32, NotADay> {
            if part.is_empty() || part.len() > 4 || !part.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(NotADay);
            }
            part.parse().map_err(|_| NotADay)
        };
        let [year, month, day] = parts[..] else { return Err(NotADay) };
        Self::from_ymd(number(year)?.cast_signed(), number(month)?, number(day)?)
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// The days that a statistic looks at. In a URL: absent (all), `today`, `7d`, or `2020-02-01..2020-02-03`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Period {
    /// The seed's screen, and the default.
    #[default]
    All,
    Today,
    LastSevenDays,
    /// Both ends included; the first is never after the second.
    Range(Day, Day),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a period")]
pub struct NotAPeriod;

impl Period {
    /// A range whose ends may come in either order.
    pub fn range(one: Day, other: Day) -> Self {
        Self::Range(one.min(other), one.max(other))
    }

    /// First and last day, both included; `None` means all.
    pub fn days(self, today: Day) -> Option<(Day, Day)> {
        match self {
            Self::All => None,
            Self::Today => Some((today, today)),
            Self::LastSevenDays => Some((today.minus_days(6), today)),
            Self::Range(first, last) => Some((first, last)),
        }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::Today => f.write_str("today"),
            Self::LastSevenDays => f.write_str("7d"),
            Self::Range(first, last) => write!(f, "{first}..{last}"),
        }
    }
}

impl FromStr for Period {
    type Err = NotAPeriod;

    fn from_str(text: &str) -> Result<Self, NotAPeriod> {
        match text {
            "all" => Ok(Self::All),
            "today" => Ok(Self::Today),
            "7d" => Ok(Self::LastSevenDays),
            range => {
                let (first, last) = range.split_once("..").ok_or(NotAPeriod)?;
                Ok(Self::range(first.parse().map_err(|_| NotAPeriod)?, last.parse().map_err(|_| NotAPeriod)?))
            }
        }
    }
}

impl Serialize for Period {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_read_as_people_type_it() {
        let day = Day::from_ymd(2020, 2, 3).unwrap();
        for text in ["2020-02-03", "2020.2.3", "2020/02/03", "2020年2月3日", "20200203", " 2020-2-3 "] {
            assert_eq!(text.parse(), Ok(day), "{text}");
        }
    }

    #[test]
    fn an_impossible_day_is_refused() {
        for text in ["", "2020-02-30", "2019-02-29", "1899-12-31", "2200-01-01", "2020-2", "2020-2-3-4", "２０２０-2-3", "99999999999-1-1"]
        {
            assert_eq!(text.parse::<Day>(), Err(NotADay), "{text}");
        }
    }

    #[test]
    fn a_period_survives_the_url() {
        let (first, last) = ("2020-02-01".parse().unwrap(), "2020-02-03".parse().unwrap());
        for period in [Period::All, Period::Today, Period::LastSevenDays, Period::Range(first, last)] {
            assert_eq!(period.to_string().parse(), Ok(period));
        }
        assert_eq!("2020-02-03..2020-02-01".parse(), Ok(Period::Range(first, last)));
        assert_eq!("yesterday".parse::<Period>(), Err(NotAPeriod));
    }

    #[test]
    fn seven_days_end_today() {
        let today: Day = "2020-02-03".parse().unwrap();
        assert_eq!(Period::LastSevenDays.days(today), Some(("2020-01-28".parse().unwrap(), today)));
    }
}
