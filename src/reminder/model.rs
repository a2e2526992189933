//! When reminders are sent, what they say, and what became of them.

use serde::{Deserialize, Serialize};

use crate::{channel::model::Kind, error::AppError, id::EnterpriseId, period::Day};

/// So many times of a day.
pub const TIMES: usize = 4;
/// The longest text of a representative's, in characters.
pub const WORDS_CHARS: usize = 200;
/// Minutes between two reminders by hand.
pub const HAND_MINUTES: u16 = 10;
/// A time that passed while no server ran is made up for within so many minutes.
pub const LATE_MINUTES: u16 = 60;
const DAY_MINUTES: u16 = 24 * 60;

/// On which days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Days {
    #[default]
    Working,
    /// Bits: 1 is Monday, 64 Sunday. Never none.
    Chosen(u8),
}

impl Days {
    pub const EVERY: Self = Self::Chosen(127);

    /// As the database has it.
    pub fn bits(self) -> i64 {
        match self {
            Self::Working => 0,
            Self::Chosen(bits) => bits.into(),
        }
    }

    pub fn of_bits(bits: i64) -> Self {
        match u8::try_from(bits & 127) {
            Ok(bits) if bits > 0 => Self::Chosen(bits),
            _ => Self::Working,
        }
    }

    pub fn has(self, weekday: u32) -> bool {
        matches!(self, Self::Chosen(bits) if weekday < 7 && bits & 1 << weekday != 0)
    }
}

/// When an enterprise's reminders are sent.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Plan {
    /// Minutes of the day, each once, in order.
    pub times: Vec<u16>,
    pub days: Days,
    pub paused: bool,
    pub words: String,
}

/// `09:30`
pub fn clock_time(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

fn parse_time(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let number = |text: &str, most: u16| {
        let good = !text.is_empty() && text.len() <= 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u16>().ok().filter(|number| good && *number <= most)
    };
    Some(number(hour, 23)? * 60 + number(minute, 59)?)
}

/// As the database has times: between blanks.
pub fn times_text(times: &[u16]) -> String {
    times.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

pub fn times_of(text: &str) -> Vec<u16> {
    text.split(' ').filter_map(|time| time.parse().ok()).filter(|time| *time < DAY_MINUTES).collect()
}

/// The fields and buttons of the forms.
pub mod field {
    pub const ACTION: &str = "action";
    pub const TIMES: [&str; super::TIMES] = ["time-1", "time-2", "time-3", "time-4"];
    pub const DAYS: &str = "days";
    pub const WEEKDAY: &str = "weekday";
    pub const WORDS: &str = "words";
    pub const ACTIVE: &str = "active";
    pub const SAVE: &str = "save";
    pub const NOW: &str = "now";
    /// In the address: the page asks whether to remind now.
    pub const CONFIRM: &str = "confirm";
    /// In the address: what was done.
    pub const DONE: &str = "done";
    pub const WORKING: &str = "working";
    pub const EVERY: &str = "every";
    pub const CHOSEN: &str = "chosen";
}

/// A plan as it was typed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PlanValues {
    pub times: Vec<String>,
    pub days: String,
    pub weekdays: Vec<u8>,
    pub words: String,
    pub active: bool,
}

/// What is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Problem {
    /// No time of the day.
    Time,
    /// It goes on, and has no time.
    NoTime,
    Days,
    Words,
    /// There was one by hand just now.
    TooSoon,
    Other(AppError),
}

impl Problem {
    pub const fn field(self) -> &'static str {
        match self {
            Self::Time | Self::NoTime => field::TIMES[0],
            Self::Days => field::DAYS,
            Self::Words => field::WORDS,
            Self::TooSoon | Self::Other(_) => field::NOW,
        }
    }
}

impl PlanValues {
    pub fn of(plan: &Plan) -> Self {
        let (days, weekdays) = match plan.days {
            Days::Working => (field::WORKING, Vec::new()),
            Days::EVERY => (field::EVERY, Vec::new()),
            chosen @ Days::Chosen(_) => (field::CHOSEN, (0..7).filter(|weekday| chosen.has((*weekday).into())).collect()),
        };
        Self {
            times: plan.times.iter().map(|time| clock_time(*time)).collect(),
            days: days.to_owned(),
            weekdays,
            words: plan.words.clone(),
            active: !plan.paused,
        }
    }

    /// The plan, or everything that is wrong with it.
    pub fn parse(&self) -> Result<Plan, Vec<Problem>> {
        let mut problems = Vec::new();
        let typed = self.times.iter().filter(|time| !time.trim().is_empty());
        let mut times: Vec<u16> = typed
            .map_while(|time| {
                parse_time(time).or_else(|| {
                    problems.push(Problem::Time);
                    None
                })
            })
            .collect();
        times.sort_unstable();
        times.dedup();
        times.truncate(TIMES);
        if times.is_empty() && problems.is_empty() && self.active {
            problems.push(Problem::NoTime);
        }
        let chosen = self.weekdays.iter().filter(|weekday| **weekday < 7).fold(0_u8, |bits, weekday| bits | 1 << weekday);
        let days = match &*self.days {
            field::WORKING => Some(Days::Working),
            field::EVERY => Some(Days::EVERY),
            field::CHOSEN if chosen > 0 => Some(Days::Chosen(chosen)),
            _ => None,
        };
        if days.is_none() {
            problems.push(Problem::Days);
        }
        let words = self.words.trim().replace("\r\n", "\n");
        if words.chars().count() > WORDS_CHARS || words.chars().any(|char| char.is_control() && char != '\n') {
            problems.push(Problem::Words);
        }
        match days {
            Some(days) if problems.is_empty() => Ok(Plan { times, days, paused: !self.active, words }),
            _ => Err(problems),
        }
    }
}

/// What became of a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "kebab-case"))]
#[serde(rename_all = "kebab-case")]
pub enum State {
    Sent,
    /// Everyone had declared.
    Nobody,
    /// There is neither a roster nor a head-count.
    Unknown,
    /// No server ran at that time.
    Skipped,
}

/// What a reminder came to: what is sealed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Outcome {
    pub expected: u32,
    pub declared: u32,
    pub missing: u32,
    /// So many read of it on their own page.
    pub notices: u32,
    /// So many are written to.
    pub mails: u32,
    /// By kind and name.
    pub channels: Vec<(Kind, String)>,
}

// ---- the page ---------------------------------------------------------------------------

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReminderLine {
    pub day: Day,
    /// Of the plan; none: by hand.
    pub time: Option<String>,
    pub at: String,
    pub state: State,
    pub outcome: Outcome,
}

/// What came with a form that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Posted {
    /// None: nothing was typed.
    pub values: Option<PlanValues>,
    pub problems: Vec<Problem>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemindersView {
    pub enterprise: EnterpriseId,
    pub today: Day,
    /// There is none yet.
    pub new: bool,
    pub values: PlanValues,
    /// So many are expected today, and are missing; none where nobody knows.
    pub missing: Option<(u32, u32)>,
    /// Names are known: there is a roster.
    pub by_name: bool,
    /// Holidays of this year and the next few weeks are not known.
    pub unknown_year: Option<String>,
    /// So many channels are told of reminders.
    pub channels: u32,
    /// Days of rest are known.
    pub history: Vec<ReminderLine>,
    pub problems: Vec<Problem>,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn values() -> PlanValues {
        PlanValues::of(&Plan { times: vec![9 * 60 + 30], ..Plan::default() })
    }

    #[test]
    fn a_time_is_written_as_on_a_clock() {
        for (text, minute) in [("00:00", 0), ("9:05", 545), ("23:59", 1439), (" 09:30 ", 570)] {
            assert_eq!(parse_time(text), Some(minute), "{text}");
        }
        for bad in ["", "24:00", "9", "9:60", "+9:00", "009:00", "9:-1", "九:00", "9:0:0"] {
            assert_eq!(parse_time(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_plan_is_said() {
        for (change, problem) in [
            (&(|values: &mut PlanValues| values.times = vec!["25:00".to_owned()]) as &dyn Fn(&mut PlanValues), Problem::Time),
            (&|values: &mut PlanValues| values.times.clear(), Problem::NoTime),
            (&|values: &mut PlanValues| values.days = "sometimes".to_owned(), Problem::Days),
            (&|values: &mut PlanValues| values.days = field::CHOSEN.to_owned(), Problem::Days),
            (&|values: &mut PlanValues| values.words = "请".repeat(201), Problem::Words),
            (&|values: &mut PlanValues| values.words = "a\u{7}".to_owned(), Problem::Words),
        ] {
            let mut typed = values();
            change(&mut typed);
            assert_eq!(typed.parse(), Err(vec![problem]));
        }
        assert!(PlanValues { times: Vec::new(), active: false, ..values() }.parse().is_ok(), "a plan that rests needs no time");
    }

    proptest! {
        #[test]
        fn a_plan_survives_the_form_and_the_database(
            times in prop::collection::btree_set(0..1440_u16, 1..=TIMES),
            bits in 0..128_i64,
            paused: bool,
            words in "[a-z请]{0,200}",
        ) {
            let plan = Plan { times: times.into_iter().collect(), days: Days::of_bits(bits), paused, words };
            prop_assert_eq!(PlanValues::of(&plan).parse(), Ok(plan.clone()));
            prop_assert_eq!(times_of(&times_text(&plan.times)), plan.times);
            prop_assert_eq!(Days::of_bits(plan.days.bits()), plan.days);
        }
    }
}
