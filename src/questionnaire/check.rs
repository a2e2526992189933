//! From what was typed to answers: the same code in browser and server.

use serde::{Deserialize, Serialize};

use super::{
    model::{
        Answer, Answers, Celsius, Choice, FormValues, Kind, LONG_TEXT, NO, Question, Questionnaire, RESERVED, Reading, SHORT_TEXT, YES,
        half_width, not_measured_field,
    },
    place,
};
use crate::{
    period::Day,
    text::{is_direction, is_invisible},
};

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
    /// Characters that no keyboard makes, or that nobody sees.
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
    // A long text may hold what an old phone's keyboard leaves between words; what turns its direction lies about what it says.
    let unseen = if lines { is_direction } else { is_invisible };
    if value.chars().any(|c| unseen(c) || c.is_control() && !(lines && (c == '\n' || c == '\t'))) {
        return Err(Cause::ControlCharacters);
    }
    Ok(Answer::Text(value))
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::questionnaire::{
        catalogue::Catalogue,
        model::{Language, NOT_MEASURED},
        wording,
    };

    fn questionnaire(code: &str) -> Arc<Questionnaire> {
        Catalogue::load(None).unwrap().newest(code).unwrap()
    }

    fn form(pairs: &[(&str, &str)]) -> FormValues {
        FormValues::from_pairs(pairs.iter().map(|(field, value)| ((*field).to_owned(), (*value).to_owned())))
    }

    fn today() -> Day {
        Day::from_ymd(2020, 2, 4).unwrap()
    }

    const LEAST: [(&str, &str); 3] = [("travel", "no"), ("symptoms", "none"), ("temperature", "36.5")];

    fn guangdong(more: &[(&str, &str)]) -> Result<Answers, Vec<Problem>> {
        let fields: Vec<&str> = more.iter().map(|(field, _)| *field).collect();
        let least = LEAST.iter().filter(|(field, _)| !fields.contains(field));
        check(&questionnaire("guangdong-2020"), &form(&least.chain(more).copied().collect::<Vec<_>>()), today())
    }

    /// The one problem of the seed's form with these fields.
    fn cause(more: &[(&str, &str)]) -> (String, Cause) {
        let problems = guangdong(more).unwrap_err();
        let [problem] = &problems[..] else { panic!("{more:?} is one problem, not {problems:?}") };
        (problem.question.clone(), problem.cause.clone())
    }

    #[test]
    fn the_least_that_can_be_sent_is_three_answers() {
        let answers = guangdong(&[]).unwrap();
        assert_eq!(answers.len(), 3);
        assert_eq!(answers["travel"], Answer::YesNo(false));
        assert_eq!(answers["symptoms"], Answer::Some(vec!["none".into()]));
        assert_eq!(answers["temperature"], Answer::Temperature(Reading::Measured(Celsius(365))));
    }

    #[test]
    fn an_empty_form_names_everything_that_is_missing_at_once() {
        let problems = check(&questionnaire("guangdong-2020"), &FormValues::default(), today()).unwrap_err();
        let missing: Vec<&str> = problems.iter().map(|problem| problem.question.as_str()).collect();
        assert_eq!(missing, ["travel", "symptoms", "temperature"]);
        assert!(problems.iter().all(|problem| problem.cause == Cause::Missing));
    }

    #[test]
    fn every_slip_has_its_cause() {
        let slip =
            |field: &str, value: &str, expected: Cause| assert_eq!(cause(&[(field, value)]), (field.to_owned(), expected), "{value:?}");
        slip("travel", "maybe", Cause::UnknownOption);
        slip("travel", "YES", Cause::UnknownOption);
        slip("transport", "rocket", Cause::UnknownOption);
        slip("symptoms", "fine", Cause::UnknownOption);
        slip("departure-city", "999999", Cause::NotAPlace);
        slip("departure-city", "广州", Cause::NotAPlace);
        slip("arrival-date", "2020-02-30", Cause::NotADate);
        slip("arrival-date", "yesterday", Cause::NotADate);
        slip("temperature", "hot", Cause::NotATemperature);
        slip("temperature", "36.55", Cause::NotATemperature);
        slip("temperature", "-36.5", Cause::NotATemperature);
        slip("temperature", "29.9", Cause::TemperatureOutOfRange);
        slip("temperature", "50.1", Cause::TemperatureOutOfRange);
        slip("temperature", "365", Cause::TemperatureOutOfRange);
        slip("journeys", &"行".repeat(LONG_TEXT + 1), Cause::TooLong(2000));
        slip("journeys", "a\u{0}b", Cause::ControlCharacters);
        slip("journeys", "a\u{202e}b", Cause::ControlCharacters);
        assert!(guangdong(&[("journeys", "a\u{200b}b")]).is_ok());
        assert_eq!(cause(&[("travel", "yes"), ("travel", "no")]), ("travel".into(), Cause::Several));
        assert_eq!(cause(&[("temperature", "36.5"), ("temperature", "36.6")]), ("temperature".into(), Cause::Several));
        assert_eq!(cause(&[("symptoms", "none"), ("symptoms", "cold")]), ("symptoms".into(), Cause::ExclusiveMix("none".into())));
        assert_eq!(cause(&[("temperature", "36.5"), ("temperature.not-measured", "yes")]), ("temperature".into(), Cause::MeasuredAndNot));
    }

    #[test]
    fn what_people_type_is_understood() {
        let temperature = |typed: &str| guangdong(&[("temperature", typed)]).unwrap()["temperature"].clone();
        for typed in ["36.5", " 36.5 ", "３６．５", "36。5", "36,5", "36.5℃", "36.5°C", "36.5度", "36.5摄氏度", "36.5 C"] {
            assert_eq!(temperature(typed), Answer::Temperature(Reading::Measured(Celsius(365))), "{typed}");
        }
        for typed in ["2020-02-03", "２０２０－０２－０３", "2020。2。3", "2020年2月3日", "20200203"] {
            assert_eq!(guangdong(&[("arrival-date", typed)]).unwrap()["arrival-date"], Answer::Date(today().minus_days(1)), "{typed}");
        }
        assert_eq!(guangdong(&[("journeys", " 广州\r\n汕头 ")]).unwrap()["journeys"], Answer::Text("广州\n汕头".into()));
    }

    #[test]
    fn not_measured_is_an_answer() {
        let answers = guangdong(&[("temperature", ""), ("temperature.not-measured", "yes")]).unwrap();
        assert_eq!(answers["temperature"], Answer::Temperature(Reading::NotMeasured));
    }

    #[test]
    fn the_bands_are_half_open_and_cover_everything() {
        let questionnaire = questionnaire("guangdong-2020");
        let question = questionnaire.question("temperature").unwrap();
        let buckets = |reading: Reading| question.buckets(&Answer::<String>::Temperature(reading)).concat();
        let band = |tenths: i16| buckets(Reading::Measured(Celsius(tenths)));
        for (tenths, code) in [
            (300, "below-37"),
            (369, "below-37"),
            (370, "from-37"),
            (372, "from-37"),
            (373, "from-37-3"),
            (385, "from-37-3"),
            (386, "above-38-5"),
            (500, "above-38-5"),
        ] {
            assert_eq!(band(tenths), code, "{tenths}");
        }
        assert_eq!(buckets(Reading::NotMeasured), NOT_MEASURED);
    }

    #[test]
    fn a_follow_up_is_asked_only_where_its_condition_holds() {
        let questionnaire = questionnaire("respiratory-season");
        let base = [("flu-vaccine", "no"), ("signs", "well"), ("morning-temperature", "36.4"), ("household-ill", "no")];
        let with = |more: &[(&str, &str)]| check(&questionnaire, &form(&[&base, more].concat()), today());
        let problem = |question: &str, cause: Cause| Err(vec![Problem { question: question.into(), cause }]);

        let answers = with(&[("antigen", "not-tested"), ("antigen-date", "2020-02-01"), ("household-who", "x")]).unwrap();
        assert!(!answers.contains_key("antigen-date") && !answers.contains_key("household-who"), "what is not asked is left out");
        let both = |date: &'static str, back: &'static str| [("antigen", "flu-a"), ("antigen-date", date), ("back-to-work", back)];
        assert!(with(&both("2020-02-03", "2020-02-10")).is_ok());
        assert_eq!(with(&both("", "2020-02-10")), problem("antigen-date", Cause::Missing));
        assert_eq!(with(&both("2020-02-05", "2020-02-10")), problem("antigen-date", Cause::FutureDate));
        assert_eq!(with(&both("2020-02-03", "2020-02-02")), problem("back-to-work", Cause::Before("antigen-date".into())));
        let healthy = with(&[("antigen", "negative"), ("antigen-date", "2020-02-03")]);
        assert!(healthy.is_ok(), "a healthy person is not asked when they come back");
    }

    #[test]
    fn likely_mistakes_are_asked_about_and_alerts_are_set_off() {
        let questionnaire = questionnaire("guangdong-2020");
        let fields = |answers: &Answers| -> Vec<String> {
            questionnaire.implausible(answers, today()).iter().map(|rule| rule.question().to_owned()).collect()
        };
        let alerts =
            |answers: &Answers| -> Vec<String> { questionnaire.alerts(answers, today()).iter().map(|rule| rule.code.clone()).collect() };

        let answers = guangdong(&[]).unwrap();
        assert!(fields(&answers).is_empty() && alerts(&answers).is_empty());
        let answers =
            guangdong(&[("temperature", "45"), ("departure-city", "440500"), ("arrival-city", "440500"), ("arrival-date", "2020-02-05")]);
        assert_eq!(fields(&answers.unwrap()), ["temperature", "temperature", "arrival-date", "departure-city"]);
        assert_eq!(alerts(&guangdong(&[("temperature", "37.3")]).unwrap()), ["fever"]);
        assert_eq!(alerts(&guangdong(&[("temperature", "38.5")]).unwrap()), ["fever"]);
        assert_eq!(alerts(&guangdong(&[("temperature", "38.6"), ("symptoms", "wuhan")]).unwrap()), ["high-fever", "wuhan"]);
        let all = guangdong(&[("symptoms", "contact"), ("symptoms", "chest"), ("symptoms", "wuhan")]).unwrap();
        assert_eq!(alerts(&all), ["contact", "wuhan", "breathing"], "the most severe first");
    }

    #[test]
    fn same_as_last_time_leaves_out_what_is_always_asked() {
        let questionnaire = questionnaire("guangdong-2020");
        let last = guangdong(&[("departure-city", "440500"), ("transport", "rail"), ("journeys", "无")]).unwrap();
        let values = prefill(&questionnaire, &last);
        assert_eq!(values.fields().collect::<Vec<_>>(), ["departure-city", "journeys", "transport", "travel"]);
        let problems = check(&questionnaire, &values, today()).unwrap_err();
        assert_eq!(problems.iter().map(|problem| problem.question.as_str()).collect::<Vec<_>>(), ["symptoms", "temperature"]);
    }

    #[test]
    fn answers_to_an_earlier_version_are_filled_in_as_far_as_they_are_on_offer() {
        let questionnaire = questionnaire("guangdong-2020");
        let old = Answers::from([
            ("transport".to_owned(), Answer::One("ship".to_owned())),
            ("travel".to_owned(), Answer::Text("yes".to_owned())),
            ("gone".to_owned(), Answer::YesNo(true)),
            ("arrival-city".to_owned(), Answer::Place("440100".to_owned())),
        ]);
        assert_eq!(prefill(&questionnaire, &old).fields().collect::<Vec<_>>(), ["arrival-city"]);
    }

    #[test]
    fn fields_of_no_question_are_named() {
        let values =
            form(&[("travel", "yes"), ("temperature.not-measured", "yes"), ("submission", "1"), ("travel.not-measured", "yes"), ("x", "")]);
        assert_eq!(unknown_fields(&questionnaire("guangdong-2020"), &values), ["travel.not-measured", "x"]);
    }

    fn any_answer(question: &Question) -> BoxedStrategy<Answer> {
        let codes = |choices: &[Choice]| choices.iter().map(|choice| choice.code.clone()).collect::<Vec<_>>();
        match &question.kind {
            Kind::YesNo => any::<bool>().prop_map(Answer::YesNo).boxed(),
            Kind::OneOf(choices) => prop::sample::select(codes(choices)).prop_map(Answer::One).boxed(),
            Kind::SomeOf(choices) => {
                let (alone, others): (Vec<Choice>, Vec<Choice>) = choices.iter().cloned().partition(|choice| choice.exclusive);
                let some = prop::sample::subsequence(codes(&others), 1..=others.len()).prop_map(Answer::Some);
                if alone.is_empty() { some.boxed() } else { prop_oneof![Just(Answer::Some(codes(&alone))), some].boxed() }
            }
            Kind::Date { .. } => (0u64..4000).prop_map(|days| Answer::Date(today().minus_days(days))).boxed(),
            Kind::Place => prop::sample::select(place::groups().flat_map(|group| group.places).map(|place| place.code).collect::<Vec<_>>())
                .prop_map(|code| Answer::Place(code.to_owned()))
                .boxed(),
            Kind::Temperature { .. } => prop_oneof![
                Just(Answer::Temperature(Reading::NotMeasured)),
                (300i16..=500).prop_map(|tenths| Answer::Temperature(Reading::Measured(Celsius(tenths))))
            ]
            .boxed(),
            Kind::ShortText | Kind::LongText => "[a-z行程，。]{1,50}".prop_map(Answer::Text).boxed(),
        }
    }

    /// An answer to every question, as if each were asked.
    fn any_answers(questionnaire: &Questionnaire) -> BoxedStrategy<Answers> {
        let each: Vec<_> = questionnaire
            .questions()
            .map(|question| {
                let code = question.code.clone();
                (any_answer(question), any::<bool>()).prop_map(move |(answer, given)| (code.clone(), answer, given))
            })
            .collect();
        let optional: Vec<bool> = questionnaire.questions().map(|question| question.optional).collect();
        each.prop_map(move |answers| {
            let given = answers.into_iter().zip(&optional).filter(|((_, _, given), optional)| *given || !**optional);
            given.map(|((code, answer, _), _)| (code, answer)).collect()
        })
        .boxed()
    }

    fn any_form(questionnaire: &Questionnaire) -> BoxedStrategy<FormValues> {
        let mut fields: Vec<String> = questionnaire.questions().map(|question| question.code.clone()).collect();
        fields.extend(questionnaire.questions().map(|question| not_measured_field(&question.code)));
        let mut values: Vec<String> =
            ["yes", "no", "none", "cold", "well", "cough", "440100", "2020-02-03", "36.5", "45", ""].map(str::to_owned).into();
        values.push("x".repeat(3000));
        let value = prop_oneof![prop::sample::select(values), "\\PC{0,12}", any::<String>()];
        prop::collection::vec((prop::sample::select(fields), value), 0..30).prop_map(FormValues::from_pairs).boxed()
    }

    fn built_in() -> impl Strategy<Value = Arc<Questionnaire>> {
        prop::sample::select(Catalogue::load(None).unwrap().all().cloned().collect::<Vec<_>>())
    }

    proptest! {
        #[test]
        fn any_form_is_checked_and_each_problem_has_its_words(
            (questionnaire, values) in built_in().prop_flat_map(|one| { let values = any_form(&one); (Just(one), values) })
        ) {
            match check(&questionnaire, &values, today()) {
                Ok(answers) => {
                    for (code, answer) in &answers {
                        let question = questionnaire.question(code).unwrap();
                        prop_assert!(questionnaire.is_asked(question, &answers));
                        prop_assert!(!wording::answer_text(question, answer, Language::Zh).is_empty());
                    }
                }
                Err(problems) => {
                    prop_assert!(!problems.is_empty());
                    for problem in problems {
                        let asked = &questionnaire.question(&problem.question).unwrap().text;
                        let text = wording::problem_text(&questionnaire, &problem, Language::En);
                        prop_assert!(text.contains(&asked.en) || matches!(problem.cause, Cause::ExclusiveMix(_)), "{}", text);
                    }
                }
            }
        }

        #[test]
        fn answers_survive_the_form(
            (questionnaire, answers) in built_in().prop_flat_map(|one| { let answers = any_answers(&one); (Just(one), answers) })
        ) {
            let values = form_values(&questionnaire, &answers);
            prop_assert_eq!(unknown_fields(&questionnaire, &values), Vec::<String>::new());
            match check(&questionnaire, &values, today()) {
                Ok(checked) => {
                    let asked: Answers = answers.clone().into_iter().filter(|(code, _)| checked.contains_key(code)).collect();
                    prop_assert_eq!(&checked, &asked);
                    prop_assert_eq!(check(&questionnaire, &form_values(&questionnaire, &checked), today()), Ok(checked));
                }
                Err(problems) => prop_assert!(problems.iter().all(|problem| matches!(problem.cause, Cause::Before(_))), "{:?}", problems),
            }
        }

        #[test]
        fn the_exclusive_answer_never_stands_beside_another(others in prop::sample::subsequence(vec!["cold", "breathing", "stomach", "chest", "eyes", "wuhan", "contact"], 1..=7), at in 0usize..7) {
            let mut pairs: Vec<_> = others.iter().map(|code| ("symptoms", *code)).collect();
            pairs.insert(at.min(pairs.len()), ("symptoms", "none"));
            prop_assert_eq!(cause(&pairs).1, Cause::ExclusiveMix("none".into()));
        }
    }
}
