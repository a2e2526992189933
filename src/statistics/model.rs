//! What a statistic is asked for: the days, the answers, the search. A filter lives in the URL and nowhere else.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    ops::Deref,
    sync::Arc,
};

use serde::{Deserialize, Serialize};

use super::query;
use crate::{
    enterprise::department::model::NONE,
    id::DepartmentId,
    period::{Day, Period},
    questionnaire::{
        model::{Kind, NO, NOT_MEASURED, Question, Questionnaire, YES},
        place,
    },
};

/// The longest search, in characters.
pub const SEARCH: usize = 50;

const PERIOD: &str = "period";
const FROM: &str = "from";
const TO: &str = "to";
const SEARCH_FOR: &str = "q";
const STANDING: &str = "standing";
const TO_VERIFY: &str = "to-verify";
const STATE: &str = "state";
const ON_BEHALF: &str = "on-behalf";
const AFTER: &str = "after";
const DEPARTMENT: &str = "department";
const QUESTIONNAIRE: &str = "questionnaire";

/// Whom to count: several answers to one question are alternatives; different questions must all hold.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Filter {
    pub period: Period,
    /// The code of the questionnaire that is looked at, and only those who answered it; without a wish the one in force, and everyone.
    pub questionnaire: Option<String>,
    /// By question of that questionnaire, the buckets of which one must hold.
    pub answers: BTreeMap<String, BTreeSet<String>>,
    /// The departments of which it must be one; `None` are people of no department.
    pub departments: BTreeSet<Option<DepartmentId>>,
    /// A part of the name, the last digits of the document, digits of the phone. Trimmed, never empty.
    pub search: Option<String>,
    /// Those who wait to be verified (待核对), instead of everyone else.
    pub to_verify: bool,
    /// Only those who declared so.
    pub state: Option<State>,
    /// Those for whom somebody else declared (代报).
    pub on_behalf: bool,
}

/// How somebody is by what they declared, whatever was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum State {
    /// Their answers raised an alert of either level.
    Abnormal,
    /// 37.3 °C or more.
    Fever,
}

impl State {
    pub const ALL: [Self; 2] = [Self::Abnormal, Self::Fever];

    /// As the address has it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Abnormal => "abnormal",
            Self::Fever => "fever",
        }
    }
}

/// A filter, and the questionnaire whose questions and answers it names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Looked {
    pub filter: Filter,
    /// Its code.
    pub looked_at: String,
}

impl Deref for Looked {
    type Target = Filter;

    fn deref(&self) -> &Filter {
        &self.filter
    }
}

/// A filter, and where in the list of its people to go on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Asked {
    pub filter: Filter,
    pub after: Option<Cursor>,
}

/// A place in a list, and the state of the enterprise that the list was begun with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cursor {
    /// Only what happened up to this change is shown, so that nothing moves between two pages.
    pub as_of: i64,
    /// The change of the last line shown.
    pub last: i64,
}

/// Why a query is not a filter. Nothing in a query is ever ignored: figures that answer another question are wrong figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Problem {
    /// The address was cut off or changed by hand.
    Unreadable,
    /// One of the two dates is missing or is none; this is what was typed.
    Dates {
        from: String,
        to: String,
    },
    SearchTooLong,
    /// A question or an answer that the questionnaire does not have.
    UnknownAnswer,
    /// A questionnaire that there is not, or whose file is gone.
    UnknownQuestionnaire,
    /// A department that there is not, or no more.
    UnknownDepartment,
}

impl Asked {
    /// Reads a URL's query.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let (mut asked, mut dates, mut period) = (Self::default(), BTreeMap::new(), None);
        for (key, value) in query::read(text).map_err(|_| Problem::Unreadable)? {
            let value = value.trim();
            if matches!(key.as_str(), FROM | TO) {
                once(dates.insert(key, value.to_owned()))?;
                continue;
            }
            if value.is_empty() {
                continue;
            }
            match key.as_str() {
                PERIOD => once(period.replace(value.parse::<Period>().map_err(|_| Problem::Unreadable)?))?,
                SEARCH_FOR if value.chars().count() > SEARCH => return Err(Problem::SearchTooLong),
                SEARCH_FOR => once(asked.filter.search.replace(value.to_owned()))?,
                STANDING if value == TO_VERIFY => asked.filter.to_verify = true,
                STANDING if value == ON_BEHALF => asked.filter.on_behalf = true,
                STANDING => return Err(Problem::Unreadable),
                STATE => once(asked.filter.state.replace(state(value)?))?,
                AFTER => once(asked.after.replace(Cursor::parse(value)?))?,
                QUESTIONNAIRE => once(asked.filter.questionnaire.replace(value.to_owned()))?,
                DEPARTMENT => drop(asked.filter.departments.insert(department(value)?)),
                _ => drop(asked.filter.answers.entry(key).or_default().insert(value.to_owned())),
            }
        }
        let range = range(dates)?;
        if range.is_some() && period.is_some() {
            return Err(Problem::Unreadable);
        }
        asked.filter.period = range.or(period).unwrap_or_default();
        Ok(asked)
    }
}

fn once<T>(earlier: Option<T>) -> Result<(), Problem> {
    if earlier.is_none() { Ok(()) } else { Err(Problem::Unreadable) }
}

fn state(text: &str) -> Result<State, Problem> {
    State::ALL.into_iter().find(|state| state.code() == text).ok_or(Problem::Unreadable)
}

/// Reads one of the address: a number, or none.
pub(super) fn department(text: &str) -> Result<Option<DepartmentId>, Problem> {
    if text == NONE {
        return Ok(None);
    }
    let id = text.parse::<DepartmentId>().map_err(|_| Problem::Unreadable)?;
    // One way of writing each: `03` is none.
    if id.to_string() == text { Ok(Some(id)) } else { Err(Problem::Unreadable) }
}

/// The two dates of the form; none where it was not sent. Sent empty, it asks for no days, not for all.
fn range(mut dates: BTreeMap<String, String>) -> Result<Option<Period>, Problem> {
    if dates.is_empty() {
        return Ok(None);
    }
    let (from, to) = (dates.remove(FROM).unwrap_or_default(), dates.remove(TO).unwrap_or_default());
    match (from.parse::<Day>(), to.parse::<Day>()) {
        (Ok(first), Ok(last)) => Ok(Some(Period::range(first, last))),
        _ => Err(Problem::Dates { from, to }),
    }
}

impl Cursor {
    fn parse(text: &str) -> Result<Self, Problem> {
        let number = |text: &str| -> Result<i64, Problem> {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            if digits { text.parse().map_err(|_| Problem::Unreadable) } else { Err(Problem::Unreadable) }
        };
        let (as_of, last) = text.split_once('-').ok_or(Problem::Unreadable)?;
        Ok(Self { as_of: number(as_of)?, last: number(last)? })
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.as_of, self.last)
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut pairs = self.filter.pairs();
        pairs.extend(self.after.map(|after| (AFTER.to_owned(), after.to_string())));
        query::write(f, pairs.iter().map(|(key, value)| (key.as_str(), value.as_str())))
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        query::write(f, self.pairs().iter().map(|(key, value)| (key.as_str(), value.as_str())))
    }
}

impl Filter {
    /// As fields of a form or of a URL.
    pub fn pairs(&self) -> Vec<(String, String)> {
        let mut pairs = Vec::new();
        let mut pair = |key: &str, value: String| pairs.push((key.to_owned(), value));
        if self.period != Period::All {
            pair(PERIOD, self.period.to_string());
        }
        if let Some(questionnaire) = &self.questionnaire {
            pair(QUESTIONNAIRE, questionnaire.clone());
        }
        if self.to_verify {
            pair(STANDING, TO_VERIFY.to_owned());
        }
        if let Some(state) = self.state {
            pair(STATE, state.code().to_owned());
        }
        if self.on_behalf {
            pair(STANDING, ON_BEHALF.to_owned());
        }
        for department in &self.departments {
            pair(DEPARTMENT, department.map_or_else(|| NONE.to_owned(), |department| department.to_string()));
        }
        for (question, buckets) in &self.answers {
            for bucket in buckets {
                pair(question, bucket.clone());
            }
        }
        if let Some(search) = &self.search {
            pair(SEARCH_FOR, search.clone());
        }
        pairs
    }

    /// Whether it leaves anyone out, the period aside.
    pub fn narrows(&self) -> bool {
        let of_people = self.on_behalf || self.state.is_some() || self.search.is_some() || !self.departments.is_empty();
        of_people || self.questionnaire.is_some() || !self.answers.is_empty()
    }

    pub fn has(&self, question: &str, bucket: &str) -> bool {
        self.answers.get(question).is_some_and(|buckets| buckets.contains(bucket))
    }

    /// The same people, and of these only those with this answer to that question.
    #[must_use]
    pub fn narrowed(&self, question: &str, bucket: &str) -> Self {
        let mut filter = self.clone();
        filter.answers.insert(question.to_owned(), BTreeSet::from([bucket.to_owned()]));
        filter
    }

    /// With this answer taken in, or taken out where it stands.
    #[must_use]
    pub fn toggled(&self, question: &str, bucket: &str) -> Self {
        let mut filter = self.clone();
        let buckets = filter.answers.entry(question.to_owned()).or_default();
        if !buckets.remove(bucket) {
            buckets.insert(bucket.to_owned());
        }
        if buckets.is_empty() {
            filter.answers.remove(question);
        }
        filter
    }

    /// Those who answered this questionnaire, whatever they answered; without one, whoever answered whichever.
    #[must_use]
    pub fn under(&self, questionnaire: Option<&str>) -> Self {
        Self { questionnaire: questionnaire.map(str::to_owned), answers: BTreeMap::new(), ..self.clone() }
    }

    /// The same people, and of these only those of this department, or of none.
    #[must_use]
    pub fn of_department(&self, department: Option<DepartmentId>) -> Self {
        Self { departments: BTreeSet::from([department]), ..self.clone() }
    }

    /// With this department taken in, or taken out where it stands.
    #[must_use]
    pub fn department_toggled(&self, department: Option<DepartmentId>) -> Self {
        let mut filter = self.clone();
        if !filter.departments.remove(&department) {
            filter.departments.insert(department);
        }
        filter
    }

    #[must_use]
    pub fn during(&self, period: Period) -> Self {
        Self { period, ..self.clone() }
    }

    #[must_use]
    pub fn without_search(&self) -> Self {
        Self { search: None, ..self.clone() }
    }

    #[must_use]
    pub fn with_standing(&self, to_verify: bool) -> Self {
        Self { to_verify, ..self.clone() }
    }

    /// Only those who declared so, or again everyone.
    #[must_use]
    pub fn in_state(&self, state: Option<State>) -> Self {
        Self { state, ..self.clone() }
    }

    #[must_use]
    pub fn with_on_behalf(&self, on_behalf: bool) -> Self {
        Self { on_behalf, ..self.clone() }
    }

    /// Refuses a department that is none of these.
    pub fn check_departments(&self, known: &BTreeSet<Option<DepartmentId>>) -> Result<(), Problem> {
        if self.departments.is_subset(known) { Ok(()) } else { Err(Problem::UnknownDepartment) }
    }

    /// Refuses a question that no version of the questionnaire has, or that is not counted, and an answer that it cannot get.
    pub fn check(&self, versions: &[Arc<Questionnaire>]) -> Result<(), Problem> {
        let known = |(question, buckets): (&String, &BTreeSet<String>)| {
            buckets.iter().all(|bucket| versions.iter().any(|it| it.question(question).is_some_and(|question| is_bucket(question, bucket))))
        };
        if self.answers.iter().all(known) { Ok(()) } else { Err(Problem::UnknownAnswer) }
    }
}

/// Whether answers to this question can be counted in this bucket.
pub fn is_bucket(question: &Question, bucket: &str) -> bool {
    match &question.kind {
        Kind::YesNo => bucket == YES || bucket == NO,
        Kind::OneOf(choices) | Kind::SomeOf(choices) => choices.iter().any(|choice| choice.code == bucket),
        Kind::Date { .. } => bucket.parse::<Day>().is_ok_and(|day| day.to_string() == bucket),
        Kind::Place => place::find(bucket).is_some(),
        Kind::Temperature { bands } => bucket == NOT_MEASURED || bands.iter().any(|band| band.code == bucket),
        Kind::ShortText | Kind::LongText => false,
    }
}

/// Shows the first and last characters only: `45*************27`, `138****5384`.
pub fn masked(text: &str, first: usize, last: usize) -> String {
    let count = text.chars().count();
    let shown = |position: usize| position < first || position + last >= count;
    let hides_something = first + last < count;
    text.chars().enumerate().map(|(position, c)| if hides_something && shown(position) { c } else { '*' }).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day() -> impl Strategy<Value = Day> {
        (1900..2200_i32, 1..=12_u32, 1..=28_u32).prop_map(|(year, month, day)| Day::from_ymd(year, month, day).unwrap())
    }

    fn period() -> impl Strategy<Value = Period> {
        prop_oneof![
            Just(Period::All),
            Just(Period::Today),
            Just(Period::LastSevenDays),
            (day(), day()).prop_map(|(one, other)| Period::range(one, other)),
        ]
    }

    fn word() -> impl Strategy<Value = String> {
        "[^ \\s]([^\\s]| [^\\s]){0,12}"
            .prop_filter("another meaning in the URL", |word| !crate::questionnaire::model::RESERVED.contains(&word.as_str()))
    }

    fn filter() -> impl Strategy<Value = Filter> {
        let answers = prop::collection::btree_map(word(), prop::collection::btree_set(word(), 1..4), 0..4);
        let departments = prop::collection::btree_set(prop::option::of((1..i64::MAX).prop_map(DepartmentId)), 0..3);
        let standing = (any::<bool>(), any::<bool>(), prop::option::of(prop::sample::select(&State::ALL[..])));
        (period(), prop::option::of(word()), answers, departments, prop::option::of(word()), standing).prop_map(
            |(period, questionnaire, answers, departments, search, (to_verify, on_behalf, state))| Filter {
                period,
                questionnaire,
                answers,
                departments,
                search,
                to_verify,
                state,
                on_behalf,
            },
        )
    }

    proptest! {
        #[test]
        fn a_filter_survives_the_url(filter in filter(), after in prop::option::of((0..i64::MAX, 0..i64::MAX))) {
            let asked = Asked { filter, after: after.map(|(as_of, last)| Cursor { as_of, last }) };
            prop_assert_eq!(Asked::parse(&asked.to_string()), Ok(asked));
        }

        #[test]
        fn any_query_is_read_or_refused(text: String) {
            if let Ok(asked) = Asked::parse(&text) {
                prop_assert_eq!(Asked::parse(&asked.to_string()), Ok(asked));
            }
        }

        #[test]
        fn an_answer_taken_in_and_out_leaves_no_trace(filter in filter(), question in word(), bucket in word()) {
            prop_assert_eq!(filter.toggled(&question, &bucket).toggled(&question, &bucket), filter);
        }

        #[test]
        fn a_department_taken_in_and_out_leaves_no_trace(filter in filter(), department in prop::option::of((1..9_i64).prop_map(DepartmentId))) {
            prop_assert_eq!(filter.department_toggled(department).department_toggled(department), filter);
        }
    }

    #[test]
    fn the_form_of_two_dates_is_a_range() {
        let asked = Asked::parse("from=2020-02-03&to=2020.2.1&q=&symptoms=cough").unwrap();
        assert_eq!(asked.to_string(), "period=2020-02-01..2020-02-03&symptoms=cough");
        for (from, to) in [("2020-02-30", "2020-03-01"), ("2020-02-01", ""), ("", "2020-02-01"), ("", "")] {
            let problem = Problem::Dates { from: from.to_owned(), to: to.to_owned() };
            assert_eq!(Asked::parse(&format!("from={from}&to={to}")), Err(problem));
        }
    }

    #[test]
    fn nothing_in_a_query_is_ignored() {
        for text in [
            "period=yesterday",
            "period=7d&period=today",
            "period=7d&from=2020-02-01&to=2020-02-03",
            "standing=matched",
            "state=well",
            "after=7",
            "after=-1-2",
            "department=-1",
            "department=03",
            "department=00",
            "department=99999999999999999999",
            "q=%ff",
            "questionnaire=one&questionnaire=other",
        ] {
            assert_eq!(Asked::parse(text), Err(Problem::Unreadable), "{text}");
        }
        assert_eq!(Asked::parse(&format!("q={}", "a".repeat(SEARCH + 1))), Err(Problem::SearchTooLong));
        assert_eq!(Asked::parse("no-such=1").unwrap().filter.check(&[Arc::new(Questionnaire::gone("empty"))]), Err(Problem::UnknownAnswer));
    }

    #[test]
    fn a_mask_shows_the_ends_of_what_is_long_enough() {
        assert_eq!(masked("450000000000000027", 2, 2), "45**************27");
        assert_eq!(masked("13538725384", 3, 4), "135****5384");
        assert_eq!(masked("E12", 2, 2), "***");
        assert_eq!(masked("", 2, 2), "");
    }
}
