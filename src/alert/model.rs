//! The states of an alert, and which alerts a page asks for.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    error::AppError,
    form,
    id::DepartmentId,
    period::{Day, Moment},
    questionnaire::model::AlertLevel,
    rights::model::NoteProblem,
};

/// How far an alert is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "kebab-case"))]
#[serde(rename_all = "kebab-case")]
pub enum State {
    New,
    Seen,
    /// The person was called.
    Contacted,
    Isolated,
    /// With a doctor.
    InCare,
    Resolved,
}

impl State {
    pub const ALL: [Self; 6] = [Self::New, Self::Seen, Self::Contacted, Self::Isolated, Self::InCare, Self::Resolved];

    /// As it stands in forms, addresses and the database.
    pub const fn code(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Seen => "seen",
            Self::Contacted => "contacted",
            Self::Isolated => "isolated",
            Self::InCare => "in-care",
            Self::Resolved => "resolved",
        }
    }

    pub fn of(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    const fn rank(self) -> u8 {
        match self {
            Self::New => 0,
            Self::Seen => 1,
            Self::Contacted => 2,
            Self::Isolated | Self::InCare => 3,
            Self::Resolved => 4,
        }
    }

    /// Whether somebody may set it to this next: always forwards, and between isolation and care both ways.
    pub fn may_become(self, next: Self) -> bool {
        self != next && self.rank() <= next.rank()
    }

    /// What it may become.
    pub fn next(self) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |next| self.may_become(*next))
    }
}

/// What happened to an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "kebab-case"))]
#[serde(rename_all = "kebab-case")]
pub enum What {
    Raised,
    /// A later declaration of the same day was worse, or said something else.
    Worsened,
    /// A later declaration of the same day was milder.
    Milder,
    Seen,
    Contacted,
    Isolated,
    InCare,
    Resolved,
}

impl What {
    /// That somebody set it to this; nobody sets one to new.
    pub const fn became(state: State) -> Option<Self> {
        match state {
            State::New => None,
            State::Seen => Some(Self::Seen),
            State::Contacted => Some(Self::Contacted),
            State::Isolated => Some(Self::Isolated),
            State::InCare => Some(Self::InCare),
            State::Resolved => Some(Self::Resolved),
        }
    }
}

/// Severity, as a number that sorts.
pub const fn severity(level: AlertLevel) -> i64 {
    match level {
        AlertLevel::Attention => 1,
        AlertLevel::Urgent => 2,
    }
}

pub const fn level(severity: i64) -> AlertLevel {
    if severity >= 2 { AlertLevel::Urgent } else { AlertLevel::Attention }
}

/// How an alert that was raised already on a day compares with what is declared later that day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Same,
    Milder,
    /// More severe, or another rule.
    Worse,
}

impl Change {
    /// Each side by severity, and the names of its rules, each between blanks.
    pub fn between(before: (i64, &str), after: (i64, &str)) -> Self {
        let known: Vec<&str> = before.1.split_whitespace().collect();
        let other = after.1.split_whitespace().any(|rule| !known.contains(&rule));
        if after.0 > before.0 || after.0 == before.0 && other {
            Self::Worse
        } else if after.0 == before.0 && known.len() == after.1.split_whitespace().count() {
            Self::Same
        } else {
            Self::Milder
        }
    }
}

/// Which alerts by state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Which {
    /// All that are not resolved.
    #[default]
    Open,
    All,
    Only(State),
}

impl Which {
    /// As it stands in the address.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Open => "",
            Self::All => "all",
            Self::Only(state) => state.code(),
        }
    }
}

/// Which alerts a page shows: everything that stands in its address.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Queue {
    pub which: Which,
    pub level: Option<AlertLevel>,
    pub day: Option<Day>,
    /// `Some(None)`: people of no department.
    pub department: Option<Option<DepartmentId>>,
    /// The opaque name of a rule.
    pub rule: Option<String>,
    pub after: Option<Cursor>,
}

/// The last alert of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    pub severity: i64,
    pub raised_at: Moment,
    pub id: Uuid,
}

/// The names in the address.
pub mod field {
    pub const STATE: &str = "state";
    pub const LEVEL: &str = "severity";
    pub const DAY: &str = "day";
    pub const DEPARTMENT: &str = "department";
    pub const RULE: &str = "rule";
    pub const AFTER: &str = "after";
    /// What was done, for the page to say.
    pub const DONE: &str = "done";
}

/// The fields of the forms, and what they ask for.
pub mod post {
    pub const ACTION: &str = "action";
    /// Sets an alert from one state to another, with a note.
    pub const SET: &str = "set";
    pub const FROM: &str = "from";
    pub const TO: &str = "to";
    pub const NOTE: &str = "note";
    /// Says which symptoms last.
    pub const LASTING: &str = "lasting";
    pub const RULE: &str = "rule";
    /// Shows document and telephone in full.
    pub const NUMBERS: &str = "numbers";
    /// Of the queue: what was seen, and the page to come back to.
    pub const ALERT: &str = "alert";
    pub const HERE: &str = "here";
    pub const SEEN: &str = "seen";
}

/// An opaque name of a rule has so many characters.
pub const RULE_CHARS: usize = 16;
pub const ATTENTION: &str = "attention";
pub const URGENT: &str = "urgent";

impl Queue {
    /// Reads a URL's query. Nothing in it is ignored: `None` where it asks for something that there is not.
    pub fn parse(query: &str) -> Option<Self> {
        let values = form::read(query.trim_start_matches('?').as_bytes()).ok()?;
        let known = [field::STATE, field::LEVEL, field::DAY, field::DEPARTMENT, field::RULE, field::AFTER, field::DONE];
        if values.fields().any(|name| !known.contains(&name) || values.all(name).len() > 1) {
            return None;
        }
        let given = |name: &str| Some(values.one(name).trim().to_owned()).filter(|value| !value.is_empty());
        Some(Self {
            which: given(field::STATE).map_or(Some(Which::Open), |code| which(&code))?,
            level: optional(given(field::LEVEL), level_of)?,
            day: optional(given(field::DAY), |day| day.parse().ok())?,
            department: optional(given(field::DEPARTMENT), department_of)?,
            rule: optional(given(field::RULE), |rule| is_rule(rule).then(|| rule.to_owned()))?,
            after: optional(given(field::AFTER), Cursor::parse)?,
        })
    }

    /// Whether it asks for anything but the open ones.
    pub fn narrows(&self) -> bool {
        *self != Self { after: self.after, ..Self::default() }
    }

    #[must_use]
    pub fn of_rule(&self, rule: &str) -> Self {
        Self { rule: Some(rule.to_owned()), after: None, ..self.clone() }
    }

    #[must_use]
    pub fn from(&self, after: Option<Cursor>) -> Self {
        Self { after, ..self.clone() }
    }
}

#[expect(clippy::option_option, reason = "not given, given and readable, unreadable")]
fn optional<T>(given: Option<String>, read: impl Fn(&str) -> Option<T>) -> Option<Option<T>> {
    match given {
        None => Some(None),
        Some(text) => read(&text).map(Some),
    }
}

fn which(code: &str) -> Option<Which> {
    if code == Which::All.code() { Some(Which::All) } else { State::of(code).map(Which::Only) }
}

pub const fn level_code(level: AlertLevel) -> &'static str {
    match level {
        AlertLevel::Attention => ATTENTION,
        AlertLevel::Urgent => URGENT,
    }
}

fn level_of(code: &str) -> Option<AlertLevel> {
    [AlertLevel::Attention, AlertLevel::Urgent].into_iter().find(|level| level_code(*level) == code)
}

#[expect(clippy::option_option, reason = "unreadable, no department, or one")]
fn department_of(text: &str) -> Option<Option<DepartmentId>> {
    if text == crate::enterprise::department::model::NONE {
        return Some(None);
    }
    let id: DepartmentId = text.parse().ok()?;
    (id.to_string() == text).then_some(Some(id))
}

fn is_rule(text: &str) -> bool {
    text.len() == RULE_CHARS && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

impl Cursor {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let (severity, raised_at, id) = (parts.next()?, parts.next()?, parts.next()?);
        let plain = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if parts.next().is_some() || ![severity, raised_at, id].into_iter().all(plain) {
            return None;
        }
        Some(Self {
            severity: severity.parse().ok()?,
            raised_at: Moment::from_millis(raised_at.parse().ok()?),
            id: Uuid::try_parse(id).ok()?,
        })
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Before 1970 nothing was raised.
        write!(f, "{}-{}-{}", self.severity, self.raised_at.as_millis().max(0), self.id.simple())
    }
}

/// As a URL's query: each value is made of letters, digits and hyphens alone.
impl fmt::Display for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let department = |department: Option<DepartmentId>| {
            department.map_or_else(|| crate::enterprise::department::model::NONE.to_owned(), |department| department.to_string())
        };
        let pairs = [
            (field::STATE, Some(self.which.code().to_owned()).filter(|code| !code.is_empty())),
            (field::LEVEL, self.level.map(|level| level_code(level).to_owned())),
            (field::DAY, self.day.map(|day| day.to_string())),
            (field::DEPARTMENT, self.department.map(department)),
            (field::RULE, self.rule.clone()),
            (field::AFTER, self.after.map(|after| after.to_string())),
        ];
        let mut join = "";
        for (name, value) in pairs {
            let Some(value) = value else { continue };
            write!(f, "{join}{name}={value}")?;
            join = "&";
        }
        Ok(())
    }
}

/// What is wrong with what somebody sent about an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Problem {
    Note(NoteProblem),
    /// It is further already, or cannot become that: somebody else was quicker.
    Moved,
    Other(AppError),
}

/// What came with a form that was refused.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posted {
    pub note: String,
    pub problem: Problem,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_alert_goes_forwards_only() {
        for (place, state) in State::ALL.into_iter().enumerate() {
            assert_eq!(State::of(state.code()), Some(state));
            for (other, next) in State::ALL.into_iter().enumerate() {
                let between = [state, next] == [State::InCare, State::Isolated];
                assert_eq!(state.may_become(next), other > place || between, "{state:?} {next:?}");
            }
        }
        assert_eq!(State::Resolved.next().count(), 0);
        assert_eq!(State::of("deleted"), None);
    }

    #[test]
    fn another_rule_or_a_higher_severity_is_worse() {
        for (before, after, change) in [
            ((1, " a "), (1, " a "), Change::Same),
            ((1, " a "), (2, " b "), Change::Worse),
            ((1, " a "), (1, " b "), Change::Worse),
            ((1, " a "), (1, " a b "), Change::Worse),
            ((1, " a b "), (1, " b "), Change::Milder),
            ((2, " a "), (1, " b "), Change::Milder),
            ((2, " a "), (1, " a "), Change::Milder),
        ] {
            assert_eq!(Change::between(before, after), change, "{before:?} {after:?}");
        }
    }

    fn queue() -> impl Strategy<Value = Queue> {
        let which = prop_oneof![Just(Which::Open), Just(Which::All), (0..6_usize).prop_map(|at| Which::Only(State::ALL[at]))];
        let level = prop::option::of(prop_oneof![Just(AlertLevel::Attention), Just(AlertLevel::Urgent)]);
        let day = prop::option::of((1..28_u32).prop_map(|day| Day::from_ymd(2026, 11, day).unwrap()));
        let department = prop::option::of(prop::option::of((1..i64::MAX).prop_map(DepartmentId)));
        let after = prop::option::of((1..3_i64, 0..i64::MAX, any::<u128>()).prop_map(|(severity, at, id)| Cursor {
            severity,
            raised_at: Moment::from_millis(at),
            id: Uuid::from_u128(id),
        }));
        (which, level, day, department, prop::option::of("[0-9a-f]{16}"), after)
            .prop_map(|(which, level, day, department, rule, after)| Queue { which, level, day, department, rule, after })
    }

    proptest! {
        #[test]
        fn a_queue_survives_the_url(queue in queue()) {
            prop_assert_eq!(Queue::parse(&queue.to_string()), Some(queue));
        }

        #[test]
        fn any_query_is_read_or_refused(text: String) {
            if let Some(queue) = Queue::parse(&text) {
                prop_assert_eq!(Queue::parse(&queue.to_string()), Some(queue));
            }
        }
    }

    #[test]
    fn nothing_in_the_address_is_ignored() {
        assert_eq!(Queue::parse("?state=&severity=&day=&department="), Some(Queue::default()));
        for bad in
            ["state=old", "severity=3", "day=today", "department=03", "rule=1", "rule=%25", "after=1", "after=1-2-3-4", "x=1", "day=%ff"]
        {
            assert_eq!(Queue::parse(bad), None, "{bad}");
        }
    }
}
