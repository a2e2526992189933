//! From what was typed to answers: the same code in browser and server.

use serde::{Deserialize, Serialize};

use super::{
    model::{
        Answer, Answers, Celsius, Choice, FormValues, Kind, LONG_TEXT, NO, Question, Questionnaire, RESERVED, Reading, SHORT_TEXT, YES,
        half_width, not_measured_field,
    },
    place,
};
use crate::period::Day;

/// Something that the person has to mend before we can take the form; [`super::wording`] says it to them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The question, and so the field.
    pub question: String,
    pub cause: Cause,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cause {
    Missing,
    /// More than one answer where one is asked for.
    Several,
    /// An answer that the form does not offer.
    UnknownOption,
    /// An exclusive answer (its code) together with others.
    ExclusiveMix(String),
    NotADate,
    FutureDate,
    /// Before the answer to that other question.
    Before(String),
    NotAPlace,
    NotATemperature,
    /// Outside 30.0–50.0 °C.
    TemperatureOutOfRange,
    /// A temperature, and "not measured" too.
    MeasuredAndNot,
    /// More characters than this.
    TooLong(u32),
    /// Characters that no keyboard makes.
    ControlCharacters,
}

/// Checks every question and collects every problem. Answers to questions that are not asked are left out.
pub fn check(questionnaire: &Questionnaire, values: &FormValues, today: Day) -> Result<Answers, Vec<Problem>> {
    let (mut answers, mut problems) = (Answers::new(), Vec::new());
    for question in questionnaire.questions() {
        if !questionnaire.is_asked(question, &answers) {
            continue;
        }
        match answer(question, values, today, &answers) {
            Ok(Some(answer)) => {
                answers.insert(question.code.clone(), answer);
            }
            Ok(None) if question.optional => {}
            Ok(None) => problems.push(Problem { question: question.code.clone(), cause: Cause::Missing }),
            Err(cause) => problems.push(Problem { question: question.code.clone(), cause }),
        }
    }
    if problems.is_empty() { Ok(answers) } else { Err(problems) }
}

/// Fields that no question of this questionnaire has: a form of ours does not send them.
pub fn unknown_fields(questionnaire: &Questionnaire, values: &FormValues) -> Vec<String> {
    let known = |field: &str| {
        RESERVED.contains(&field)
            || questionnaire.questions().any(|question| match &question.kind {
                Kind::Temperature { .. } => field == question.code || field == not_measured_field(&question.code),
                _ => field == question.code,
            })
    };
    values.fields().filter(|field| !known(field)).map(str::to_owned).collect()
}

/// What the form would have sent for these answers.
pub fn form_values(questionnaire: &Questionnaire, answers: &Answers) -> FormValues {
    fill(questionnaire, answers, |_| true)
}

/// 与上次相同: the last answers as far as they are still on offer, without the questions that are always asked.
pub fn prefill(questionnaire: &Questionnaire, last: &Answers) -> FormValues {
    fill(questionnaire, last, |question| !question.always_ask)
}

fn fill(questionnaire: &Questionnaire, answers: &Answers, wanted: impl Fn(&Question) -> bool) -> FormValues {
    let mut values = FormValues::default();
    for question in questionnaire.questions().filter(|question| wanted(question)) {
        if let Some((field, given)) = answers.get(&question.code).and_then(|answer| typed(question, answer)) {
            values.set(field, given);
        }
    }
    values
}

/// The field and its values; none where the answer is to a question of another kind, or is no longer on offer.
fn typed(question: &Question, answer: &Answer) -> Option<(String, Vec<String>)> {
    let offered = |code: &String| question.choices().iter().any(|choice| choice.code == *code);
    let given = match (&question.kind, answer) {
        (Kind::YesNo, Answer::YesNo(yes)) => vec![if *yes { YES } else { NO }.to_owned()],
        (Kind::OneOf(_), Answer::One(code)) => vec![code.clone()].into_iter().filter(offered).collect(),
        (Kind::SomeOf(_), Answer::Some(codes)) => codes.iter().filter(|code| offered(code)).cloned().collect(),
        (Kind::Date { .. }, Answer::Date(day)) => vec![day.to_string()],
        (Kind::Place, Answer::Place(code)) => vec![code.clone()],
        (Kind::Temperature { .. }, Answer::Temperature(Reading::Measured(celsius))) => vec![celsius.to_string()],
        (Kind::Temperature { .. }, Answer::Temperature(Reading::NotMeasured)) => {
            return Some((not_measured_field(&question.code), vec![YES.to_owned()]));
        }
        (Kind::ShortText | Kind::LongText, Answer::Text(text)) => vec![text.clone()],
        _ => Vec::new(),
    };
    (!given.is_empty()).then(|| (question.code.clone(), given))
}

fn answer(question: &Question, values: &FormValues, today: Day, earlier: &Answers) -> Result<Option<Answer>, Cause> {
    let given = values.all(&question.code);
    if let Kind::SomeOf(choices) = &question.kind {
        return some_of(choices, given);
    }
    if let Kind::Temperature { .. } = &question.kind {
        return temperature(question, values);
    }
    let given: Vec<&str> = given.iter().map(|value| value.trim()).filter(|value| !value.is_empty()).collect();
    let value = match given[..] {
        [] => return Ok(None),
        [value] => value,
        _ => return Err(Cause::Several),
    };
    match &question.kind {
        Kind::YesNo => yes_no(value),
        Kind::OneOf(choices) => known(choices, value).map(|code| Answer::One(code.to_owned())),
        Kind::Date { past_only, not_before } => date(value, *past_only, not_before.as_deref(), today, earlier),
        Kind::Place => place::find(value).map(|place| Answer::Place(place.code.to_owned())).ok_or(Cause::NotAPlace),
        Kind::ShortText => text(value, SHORT_TEXT, false),
        Kind::LongText => text(value, LONG_TEXT, true),
        Kind::SomeOf(_) | Kind::Temperature { .. } => Err(Cause::UnknownOption),
    }
    .map(Some)
}

fn yes_no(value: &str) -> Result<Answer, Cause> {
    match value {
        YES => Ok(Answer::YesNo(true)),
        NO => Ok(Answer::YesNo(false)),
        _ => Err(Cause::UnknownOption),
    }
}

fn known<'q>(choices: &'q [Choice], value: &str) -> Result<&'q str, Cause> {
    choices.iter().find(|choice| choice.code == value).map(|choice| choice.code.as_str()).ok_or(Cause::UnknownOption)
}

fn some_of(choices: &[Choice], given: &[String]) -> Result<Option<Answer>, Cause> {
    let given: Vec<&str> = given.iter().map(String::as_str).filter(|value| !value.is_empty()).collect();
    for value in &given {
        known(choices, value)?;
    }
    let chosen: Vec<&Choice> = choices.iter().filter(|choice| given.contains(&choice.code.as_str())).collect();
    match chosen.iter().find(|choice| choice.exclusive) {
        Some(exclusive) if chosen.len() > 1 => Err(Cause::ExclusiveMix(exclusive.code.clone())),
        _ if chosen.is_empty() => Ok(None),
        _ => Ok(Some(Answer::Some(chosen.into_iter().map(|choice| choice.code.clone()).collect()))),
    }
}

fn temperature(question: &Question, values: &FormValues) -> Result<Option<Answer>, Cause> {
    let not_measured = values.has(&not_measured_field(&question.code), YES);
    let given: Vec<&str> = values.all(&question.code).iter().map(|value| value.trim()).filter(|value| !value.is_empty()).collect();
    match (given.as_slice(), not_measured) {
        ([], false) => Ok(None),
        ([], true) => Ok(Some(Answer::Temperature(Reading::NotMeasured))),
        ([_], true) => Err(Cause::MeasuredAndNot),
        ([value], false) => {
            let celsius: Celsius = value.parse().map_err(|_| Cause::NotATemperature)?;
            let known = (Celsius::LOWEST..=Celsius::HIGHEST).contains(&celsius);
            if known { Ok(Some(Answer::Temperature(Reading::Measured(celsius)))) } else { Err(Cause::TemperatureOutOfRange) }
        }
        _ => Err(Cause::Several),
    }
}

fn date(value: &str, past_only: bool, not_before: Option<&str>, today: Day, earlier: &Answers) -> Result<Answer, Cause> {
    let day: Day = value.chars().map(half_width).collect::<String>().parse().map_err(|_| Cause::NotADate)?;
    if past_only && day > today {
        return Err(Cause::FutureDate);
    }
    if let Some(other) = not_before
        && let Some(Answer::Date(first)) = earlier.get(other)
        && day < *first
    {
        return Err(Cause::Before(other.to_owned()));
    }
    Ok(Answer::Date(day))
}

fn text(value: &str, most: usize, lines: bool) -> Result<Answer, Cause> {
    let value = value.replace("\r\n", "\n").replace('\r', "\n");
    if value.chars().count() > most {
        return Err(Cause::TooLong(u32::try_from(most).unwrap_or(u32::MAX)));
    }
    if value.chars().any(|c| c.is_control() && !(lines && (c == '\n' || c == '\t'))) {
        return Err(Cause::ControlCharacters);
    }
    Ok(Answer::Text(value))
}
