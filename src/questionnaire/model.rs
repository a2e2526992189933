//! What a questionnaire is, and what an answer is.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

pub use crate::language::Language;
use crate::period::Day;

/// The same words in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    pub zh: String,
    pub en: String,
}

impl Text {
    pub fn get(&self, language: Language) -> &str {
        match language {
            Language::Zh => &self.zh,
            Language::En => &self.en,
        }
    }

    /// The words of the other language go.
    fn keep(&mut self, language: Language) {
        match language {
            Language::Zh => self.en.clear(),
            Language::En => self.zh.clear(),
        }
    }
}

/// One version of one questionnaire. A declaration keeps the version that it answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Questionnaire {
    /// Stable: letters, digits and hyphens.
    pub code: String,
    /// Counts up from 1; any change of meaning is a new version.
    pub version: u32,
    pub title: Text,
    /// Whose cities come first where a place is asked for: its code of [`super::place`], `440000`.
    pub province: Option<String>,
    pub sections: Vec<Section>,
    /// Combinations that are possible but unlikely: asked about once, never refused.
    pub implausible: Vec<Implausible>,
    pub alerts: Vec<AlertRule>,
    /// The statistics page, from top to bottom.
    pub statistics: Vec<FigureGroup>,
}

/// Questions under one heading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    pub code: String,
    pub title: Text,
    pub questions: Vec<Question>,
}

impl Section {
    /// Its one question says the same as its title.
    pub fn asks_itself(&self) -> bool {
        matches!(&*self.questions, [only] if only.text == self.title)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Stable, and unique in its questionnaire: the name of the form field and of the filter in the URL.
    pub code: String,
    pub kind: Kind,
    pub text: Text,
    /// How to answer.
    pub hint: Option<Text>,
    /// Why we ask, where the answer is sensitive.
    pub why: Option<Text>,
    pub optional: bool,
    /// Never filled in from the last declaration.
    pub always_ask: bool,
    /// Asked only while this holds; its question stands earlier and is a yes/no, one of, or some of.
    pub show_if: Option<Condition>,
}

/// The kinds of question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    YesNo,
    OneOf(Vec<Choice>),
    /// Any number of them; an exclusive one stands alone.
    SomeOf(Vec<Choice>),
    Date {
        /// A day after today is refused.
        past_only: bool,
        /// A day before the answer to this earlier question is refused.
        not_before: Option<String>,
    },
    /// A city with its province, or abroad.
    Place,
    Temperature {
        bands: Vec<Band>,
    },
    ShortText,
    LongText,
}

/// The longest answers, in characters.
pub const SHORT_TEXT: usize = 100;
pub const LONG_TEXT: usize = 2000;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    pub code: String,
    pub text: Text,
    /// As the statistics name it, where that differs.
    pub label: Option<Text>,
    pub exclusive: bool,
}

/// Temperatures from `from` up to the next band's `from`, that one excluded. The first band has no lower end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Band {
    pub code: String,
    pub from: Option<Celsius>,
    pub label: Text,
}

/// Degrees Celsius with one decimal, kept as tenths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(zeroize::Zeroize))]
#[serde(transparent)]
pub struct Celsius(pub i16);

impl Celsius {
    /// From here on a temperature counts as a fever: a band of the seed's own form.
    pub const FEVER: Self = Self(373);
    /// What a clinical thermometer can show at all; anything else is a slip of the finger.
    pub const LOWEST: Self = Self(300);
    pub const HIGHEST: Self = Self(500);
}

impl fmt::Display for Celsius {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0 / 10, self.0 % 10)
    }
}

/// Text that is not a temperature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotCelsius;

/// `36.5`, `36`, `３６.５`, `36,5`, `36。5`, with or without a unit.
impl FromStr for Celsius {
    type Err = NotCelsius;

    fn from_str(text: &str) -> Result<Self, NotCelsius> {
        let plain: String = text.chars().filter(|c| !c.is_whitespace()).map(half_width).collect();
        let plain = ["°C", "℃", "摄氏度", "度", "C", "c"].iter().find_map(|unit| plain.strip_suffix(unit)).unwrap_or(&plain);
        let (whole, tenth) = plain.split_once('.').unwrap_or((plain, "0"));
        let digits = |text: &str, most: usize| !text.is_empty() && text.len() <= most && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole, 3) || !digits(tenth, 1) {
            return Err(NotCelsius);
        }
        let number = |text: &str| text.parse::<i16>().map_err(|_| NotCelsius);
        Ok(Self(number(whole)? * 10 + number(tenth)?))
    }
}

/// Full-width digits and the stops that a Chinese keyboard offers, as the ASCII that was meant.
pub fn half_width(c: char) -> char {
    match c {
        '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '．' | '。' | '，' | ',' | '·' => '.',
        '－' => '-',
        other => other,
    }
}

/// Holds when the answer falls into one of these buckets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    pub question: String,
    pub is: Vec<String>,
}

/// One part of a rule; a rule holds when all its parts do. A question without an answer never holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Test {
    Is(Condition),
    AtLeast {
        question: String,
        celsius: Celsius,
    },
    Below {
        question: String,
        celsius: Celsius,
    },
    /// A date after today.
    Future {
        question: String,
    },
    /// Two places that are the same.
    Same {
        question: String,
        other: String,
    },
}

/// A combination worth a second look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Implausible {
    pub when: Vec<Test>,
    pub text: Text,
}

impl Implausible {
    /// The question whose field the sentence stands beside: the first that it tests.
    pub fn question(&self) -> &str {
        self.when.first().map_or("", Test::question)
    }
}

impl Test {
    pub fn question(&self) -> &str {
        match self {
            Self::Is(condition) => &condition.question,
            Self::AtLeast { question, .. } | Self::Below { question, .. } | Self::Future { question } | Self::Same { question, .. } => {
                question
            }
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertRule {
    /// Stable.
    pub code: String,
    pub level: AlertLevel,
    pub when: Vec<Test>,
    pub reason: Text,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AlertLevel {
    /// To be looked at today.
    Attention,
    /// To be called now.
    Urgent,
}

/// A heading of the statistics page and the figures under it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FigureGroup {
    pub heading: Text,
    pub figures: Vec<Figure>,
}

/// How one question is counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figure {
    pub question: String,
    /// Stands above the rows; none where the heading says it all.
    pub title: Option<Text>,
    /// Only these buckets, in this order; empty means all.
    pub only: Vec<String>,
}

/// One answer, in texts of its own or in those that it was read from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer<T = String> {
    YesNo(bool),
    One(T),
    Some(Vec<T>),
    Date(Day),
    /// A code of [`super::place`].
    Place(T),
    Temperature(Reading),
    Text(T),
}

/// "Not measured yet" is an answer, and can be completed later the same day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reading {
    Measured(Celsius),
    NotMeasured,
}

/// All answers of a declaration, by question. A question that was not asked, or left out, is absent.
pub type Answers = BTreeMap<String, Answer>;

/// The bucket of a temperature that was not measured, and those of a yes/no.
pub const NOT_MEASURED: &str = "not-measured";
pub const YES: &str = "yes";
pub const NO: &str = "no";

/// Codes that a questionnaire may not use: the names of other fields of the form and of the statistics' URL.
pub const RESERVED: [&str; 16] = [
    "period",
    "from",
    "to",
    "q",
    "after",
    "sort",
    "lang",
    "step",
    "same",
    "submission",
    "residence",
    "version",
    "questionnaire",
    "standing",
    "state",
    "department",
];

/// The field that says "not measured yet" beside a temperature's own.
pub fn not_measured_field(question: &str) -> String {
    format!("{question}.{NOT_MEASURED}")
}

impl Questionnaire {
    /// Stands for one whose files are gone: nothing is known of it but its code.
    pub fn gone(code: &str) -> Self {
        Self {
            code: code.to_owned(),
            version: 0,
            title: Text { zh: code.to_owned(), en: code.to_owned() },
            province: None,
            sections: Vec::new(),
            implausible: Vec::new(),
            alerts: Vec::new(),
            statistics: Vec::new(),
        }
    }

    /// What is sent to whoever answers: in their language alone, and without what is made of the answers.
    #[must_use]
    pub fn for_form(&self, language: Language) -> Self {
        let mut asked = Self { alerts: Vec::new(), statistics: Vec::new(), ..self.clone() };
        asked.each_text(|text| text.keep(language));
        asked
    }

    fn each_text(&mut self, mut act: impl FnMut(&mut Text)) {
        act(&mut self.title);
        self.implausible.iter_mut().for_each(|implausible| act(&mut implausible.text));
        for section in &mut self.sections {
            act(&mut section.title);
            for Question { kind, text, hint, why, .. } in &mut section.questions {
                [Some(text), hint.as_mut(), why.as_mut()].into_iter().flatten().for_each(&mut act);
                match kind {
                    Kind::OneOf(choices) | Kind::SomeOf(choices) => {
                        choices.iter_mut().flat_map(|choice| [Some(&mut choice.text), choice.label.as_mut()]).flatten().for_each(&mut act);
                    }
                    Kind::Temperature { bands } => bands.iter_mut().for_each(|band| act(&mut band.label)),
                    Kind::YesNo | Kind::Date { .. } | Kind::Place | Kind::ShortText | Kind::LongText => {}
                }
            }
        }
    }

    /// Whether it asks for a temperature.
    pub fn measures(&self) -> bool {
        self.questions().any(|question| matches!(question.kind, Kind::Temperature { .. }))
    }

    pub fn questions(&self) -> impl Iterator<Item = &Question> {
        self.sections.iter().flat_map(|section| &section.questions)
    }

    pub fn question(&self, code: &str) -> Option<&Question> {
        self.questions().find(|question| question.code == code)
    }

    /// The rules that these answers set off, the most severe first.
    pub fn alerts(&self, answers: &Answers, today: Day) -> Vec<&AlertRule> {
        let mut alerts: Vec<_> = self.alerts.iter().filter(|rule| self.all_hold(&rule.when, answers, today)).collect();
        alerts.sort_by_key(|rule| std::cmp::Reverse(rule.level));
        alerts
    }

    /// The combinations worth a second look.
    pub fn implausible(&self, answers: &Answers, today: Day) -> Vec<&Implausible> {
        self.implausible.iter().filter(|rule| self.all_hold(&rule.when, answers, today)).collect()
    }

    /// Whether a question is asked, given the answers before it.
    pub fn is_asked(&self, question: &Question, answers: &Answers) -> bool {
        question.show_if.as_ref().is_none_or(|condition| self.is(condition, answers))
    }

    fn all_hold(&self, tests: &[Test], answers: &Answers, today: Day) -> bool {
        tests.iter().all(|test| self.holds(test, answers, today))
    }

    fn holds(&self, test: &Test, answers: &Answers, today: Day) -> bool {
        let measured = |question: &str| match answers.get(question) {
            Some(Answer::Temperature(Reading::Measured(celsius))) => Some(*celsius),
            _ => None,
        };
        match test {
            Test::Is(condition) => self.is(condition, answers),
            Test::AtLeast { question, celsius } => measured(question).is_some_and(|measured| measured >= *celsius),
            Test::Below { question, celsius } => measured(question).is_some_and(|measured| measured < *celsius),
            Test::Future { question } => matches!(answers.get(question), Some(Answer::Date(day)) if *day > today),
            Test::Same { question, other } => answers.get(question).is_some_and(|answer| answers.get(other) == Some(answer)),
        }
    }

    fn is(&self, condition: &Condition, answers: &Answers) -> bool {
        let (Some(question), Some(answer)) = (self.question(&condition.question), answers.get(&condition.question)) else { return false };
        question.buckets(answer).iter().any(|bucket| condition.is.iter().any(|wanted| wanted == bucket))
    }
}

impl Question {
    /// The buckets that an answer is counted in: none for text, several for "some of".
    pub fn buckets<'a, T: AsRef<str>>(&'a self, answer: &'a Answer<T>) -> Vec<Cow<'a, str>> {
        let borrowed = |code: &'a T| Cow::Borrowed(code.as_ref());
        match (&self.kind, answer) {
            (_, Answer::YesNo(yes)) => vec![Cow::Borrowed(if *yes { YES } else { NO })],
            (_, Answer::One(code) | Answer::Place(code)) => vec![borrowed(code)],
            (_, Answer::Some(codes)) => codes.iter().map(borrowed).collect(),
            (_, Answer::Date(day)) => vec![Cow::Owned(day.to_string())],
            (_, Answer::Temperature(Reading::NotMeasured)) => vec![Cow::Borrowed(NOT_MEASURED)],
            (Kind::Temperature { bands }, Answer::Temperature(Reading::Measured(celsius))) => {
                let band = bands.iter().rfind(|band| band.from.is_none_or(|from| from <= *celsius));
                band.map(|band| Cow::Borrowed(&*band.code)).into_iter().collect()
            }
            (_, Answer::Temperature(_) | Answer::Text(_)) => Vec::new(),
        }
    }

    /// The choices of a "one of" or "some of".
    pub fn choices(&self) -> &[Choice] {
        match &self.kind {
            Kind::OneOf(choices) | Kind::SomeOf(choices) => choices,
            _ => &[],
        }
    }
}

/// What a form sends: for each field the values that came, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FormValues(BTreeMap<String, Vec<String>>);

impl FormValues {
    pub fn from_pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut values: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (field, value) in pairs {
            values.entry(field).or_default().push(value);
        }
        Self(values)
    }

    /// The first value of a field, trimmed; empty when there is none.
    pub fn one(&self, field: &str) -> &str {
        self.all(field).first().map_or("", |value| value.trim())
    }

    pub fn all(&self, field: &str) -> &[String] {
        self.0.get(field).map_or(&[], Vec::as_slice)
    }

    pub fn has(&self, field: &str, value: &str) -> bool {
        self.all(field).iter().any(|given| given == value)
    }

    pub fn set(&mut self, field: impl Into<String>, values: Vec<String>) {
        self.0.insert(field.into(), values);
    }

    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().flat_map(|(field, values)| values.iter().map(move |value| (field.as_str(), value.as_str())))
    }
}

impl Serialize for FormValues {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for FormValues {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        BTreeMap::deserialize(deserializer).map(Self).map_err(de::Error::custom)
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;
    use crate::questionnaire::catalogue::Catalogue;

    #[test]
    fn whoever_answers_is_sent_their_language_alone() {
        let whole = Catalogue::load(None).unwrap().newest("guangdong-2020").unwrap();
        for language in [Language::Zh, Language::En] {
            let (mut before, mut sent) = (Vec::new(), Vec::new());
            Questionnaire::clone(&whole).each_text(|text| before.push(text.get(language).to_owned()));
            whole.for_form(language).each_text(|text| {
                assert!(text.zh.is_empty() || text.en.is_empty(), "{text:?}");
                sent.push(text.get(language).to_owned());
            });
            assert_eq!(sent, before);
        }
        let words = serde_json::to_string(&whole.for_form(Language::Zh)).unwrap();
        assert!(!words.contains("the province") && words.contains("省外"), "no text is left out: {words}");
    }
}
