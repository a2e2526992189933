//! Questions, answers and problems in the words that people read.

use std::borrow::Cow;

use super::{
    check::{Cause, Problem},
    model::{Answer, Choice, Figure, Kind, Language, NO, NOT_MEASURED, Question, Questionnaire, Reading, YES},
    place,
};
use crate::period::Day;

/// What to do about a problem, in the words of its question: a sentence of its own for each cause.
pub fn problem_text(questionnaire: &Questionnaire, problem: &Problem, language: Language) -> String {
    let Some(question) = questionnaire.question(&problem.question) else {
        return either(language, "请重新填写这一项", "Answer this question again").to_owned();
    };
    let asked = question.text.get(language);
    match language {
        Language::Zh => problem_zh(questionnaire, question, asked, &problem.cause),
        Language::En => problem_en(questionnaire, question, asked, &problem.cause),
    }
}

fn problem_zh(questionnaire: &Questionnaire, question: &Question, asked: &str, cause: &Cause) -> String {
    match cause {
        Cause::Missing => missing_zh(question, asked),
        Cause::Several => format!("“{asked}”只能答一项，请只留下一项"),
        Cause::UnknownOption => format!("请从列出的选项中选择“{asked}”"),
        Cause::ExclusiveMix(code) => format!("选了“{}”，就不要再选其他项，请只留下符合的", choice_text(question, code, Language::Zh)),
        Cause::NotADate => format!("请把“{asked}”写成真实的年月日，例如 2020-02-03"),
        Cause::FutureDate => format!("“{asked}”应当是今天或今天以前，请核对日期"),
        Cause::Before(other) => format!("“{asked}”不能早于“{}”，请核对这两个日期", question_text(questionnaire, other, Language::Zh)),
        Cause::NotAPlace => format!("请从列表中选择“{asked}”"),
        Cause::NotATemperature => format!("请用数字填写“{asked}”，最多一位小数，例如 36.5"),
        Cause::TemperatureOutOfRange => format!("“{asked}”应当在 30.0 到 50.0 摄氏度之间，请看一下体温计再填"),
        Cause::MeasuredAndNot => format!("“{asked}”填了温度，又勾选了“{NOT_MEASURED_ZH}”，请只留一个"),
        Cause::TooLong(most) => format!("“{asked}”最多写 {most} 个字，请缩短"),
        Cause::ControlCharacters => format!("“{asked}”里有看不见的特殊字符，请删除后重新输入"),
    }
}

fn missing_zh(question: &Question, asked: &str) -> String {
    match &question.kind {
        Kind::YesNo => format!("请回答“{asked}”：选择“是”或者“否”"),
        Kind::OneOf(_) | Kind::Place => format!("请选择“{asked}”"),
        Kind::SomeOf(choices) => match choices.iter().find(|choice| choice.exclusive) {
            Some(none) => format!("请选择“{asked}”，都没有的请选“{}”", none.text.zh),
            None if choices.len() == 1 => format!("请勾选“{asked}”"),
            None => format!("请至少选择一项“{asked}”"),
        },
        Kind::Temperature { .. } => format!("请填写“{asked}”，还没有测量的请勾选“{NOT_MEASURED_ZH}”"),
        Kind::Date { .. } | Kind::ShortText | Kind::LongText => format!("请填写“{asked}”"),
    }
}

fn problem_en(questionnaire: &Questionnaire, question: &Question, asked: &str, cause: &Cause) -> String {
    match cause {
        Cause::Missing => missing_en(question, asked),
        Cause::Several => format!("“{asked}” takes one answer: keep only one"),
        Cause::UnknownOption => format!("Choose one of the answers listed for “{asked}”"),
        Cause::ExclusiveMix(code) => {
            format!("“{}” cannot go with other answers: keep only what applies", choice_text(question, code, Language::En))
        }
        Cause::NotADate => format!("“{asked}” must be a real date, such as 2020-02-03"),
        Cause::FutureDate => format!("“{asked}” must be today or in the past"),
        Cause::Before(other) => {
            format!("“{asked}” must not be before “{}”: check both dates", question_text(questionnaire, other, Language::En))
        }
        Cause::NotAPlace => format!("Choose “{asked}” from the list"),
        Cause::NotATemperature => format!("“{asked}” must be a number with at most one decimal, such as 36.5"),
        Cause::TemperatureOutOfRange => format!("“{asked}” must be between 30.0 and 50.0 °C: look at the thermometer again"),
        Cause::MeasuredAndNot => format!("“{asked}” has a temperature, and “{NOT_MEASURED_EN}” is ticked: keep only one"),
        Cause::TooLong(most) => format!("“{asked}” must be {most} characters or fewer"),
        Cause::ControlCharacters => format!("“{asked}” contains invisible special characters: delete them and type it again"),
    }
}

fn missing_en(question: &Question, asked: &str) -> String {
    match &question.kind {
        Kind::YesNo => format!("Answer “{asked}” with yes or no"),
        Kind::OneOf(_) | Kind::Place => format!("Choose an answer to “{asked}”"),
        Kind::SomeOf(choices) => match choices.iter().find(|choice| choice.exclusive) {
            Some(none) => format!("Answer “{asked}”; if nothing applies, choose “{}”", none.text.en),
            None if choices.len() == 1 => format!("Tick “{asked}”"),
            None => format!("Choose at least one answer to “{asked}”"),
        },
        Kind::Temperature { .. } => format!("Enter “{asked}”; if you have not measured it yet, tick “{NOT_MEASURED_EN}”"),
        Kind::Date { .. } | Kind::ShortText | Kind::LongText => format!("Enter “{asked}”"),
    }
}

const NOT_MEASURED_ZH: &str = "今天还没测量";
const NOT_MEASURED_EN: &str = "Not measured today yet";

/// What stands beside the box that says so.
pub fn not_measured_text(language: Language) -> &'static str {
    either(language, NOT_MEASURED_ZH, NOT_MEASURED_EN)
}

pub fn yes_no_text(yes: bool, language: Language) -> &'static str {
    if yes { either(language, "是", "Yes") } else { either(language, "否", "No") }
}

/// An answer as the check page, the receipt and the details show it.
pub fn answer_text(question: &Question, answer: &Answer, language: Language) -> String {
    match answer {
        Answer::YesNo(yes) => yes_no_text(*yes, language).to_owned(),
        Answer::One(code) => choice_text(question, code, language).to_owned(),
        Answer::Some(codes) => {
            let texts: Vec<&str> = codes.iter().map(|code| choice_text(question, code, language)).collect();
            texts.join(either(language, "；", "; "))
        }
        Answer::Date(day) => day.dotted(),
        Answer::Place(code) => place::name(code, language).map_or_else(|| code.clone(), Cow::into_owned),
        Answer::Temperature(Reading::Measured(celsius)) => format!("{celsius} °C"),
        Answer::Temperature(Reading::NotMeasured) => not_measured_text(language).to_owned(),
        Answer::Text(text) => text.clone(),
    }
}

/// The name of a bucket in statistics and filters; `None` where this question has no such bucket.
pub fn bucket_label(question: &Question, bucket: &str, language: Language) -> Option<String> {
    match (&question.kind, bucket) {
        (Kind::YesNo, YES) => Some(yes_no_text(true, language).to_owned()),
        (Kind::YesNo, NO) => Some(yes_no_text(false, language).to_owned()),
        (Kind::OneOf(choices) | Kind::SomeOf(choices), code) => {
            let choice = choices.iter().find(|choice| choice.code == code)?;
            Some(choice_label(choice, language).to_owned())
        }
        (Kind::Date { .. }, day) => day.parse::<Day>().ok().filter(|known| known.to_string() == day).map(Day::dotted),
        (Kind::Place, code) => place::name(code, language).map(Cow::into_owned),
        (Kind::Temperature { .. }, NOT_MEASURED) => Some(either(language, "未测量", "Not measured").to_owned()),
        (Kind::Temperature { bands }, code) => bands.iter().find(|band| band.code == code).map(|band| band.label.get(language).to_owned()),
        _ => None,
    }
}

/// Every bucket that is known before anyone answers: none for dates, places and text.
pub fn buckets_in_order(question: &Question) -> Vec<String> {
    match &question.kind {
        Kind::YesNo => vec![YES.to_owned(), NO.to_owned()],
        Kind::OneOf(choices) | Kind::SomeOf(choices) => choices.iter().map(|choice| choice.code.clone()).collect(),
        Kind::Temperature { bands } => bands.iter().map(|band| band.code.clone()).chain([NOT_MEASURED.to_owned()]).collect(),
        Kind::Date { .. } | Kind::Place | Kind::ShortText | Kind::LongText => Vec::new(),
    }
}

/// The title above a figure's rows. Where a figure has one row only, its title is that row's label instead: see [`row_label`].
pub fn figure_title(figure: &Figure, language: Language) -> Option<&str> {
    let above = if figure.only.len() == 1 { None } else { figure.title.as_ref() };
    above.map(|title| title.get(language))
}

/// The label of one row of a figure; `None` where the question has no such bucket.
pub fn row_label(question: &Question, figure: &Figure, bucket: &str, language: Language) -> Option<String> {
    let label = bucket_label(question, bucket, language)?;
    match (&figure.title, figure.only.as_slice()) {
        (Some(title), [only]) if only == bucket => Some(title.get(language).to_owned()),
        _ => Some(label),
    }
}

/// What a chip says about a filter: understandable by itself. `None` where the question has no such bucket.
pub fn filter_label(questionnaire: &Questionnaire, question: &Question, bucket: &str, language: Language) -> Option<String> {
    let figures = questionnaire.statistics.iter().flat_map(|group| &group.figures);
    let figure = figures.into_iter().find(|figure| figure.question == question.code);
    let label = bucket_label(question, bucket, language)?;
    if let Some(figure) = figure
        && let Some(row) = row_label(question, figure, bucket, language)
        && row != label
    {
        return Some(row);
    }
    let title = figure.and_then(|figure| figure_title(figure, language)).unwrap_or(question.text.get(language));
    Some([title, either(language, "：", ": "), &label].concat())
}

fn either(language: Language, zh: &'static str, en: &'static str) -> &'static str {
    match language {
        Language::Zh => zh,
        Language::En => en,
    }
}

fn choice_label(choice: &Choice, language: Language) -> &str {
    choice.label.as_ref().unwrap_or(&choice.text).get(language)
}

/// The code itself where no choice has it.
fn choice_text<'a>(question: &'a Question, code: &'a str, language: Language) -> &'a str {
    question.choices().iter().find(|choice| choice.code == code).map_or(code, |choice| choice.text.get(language))
}

fn question_text<'a>(questionnaire: &'a Questionnaire, code: &'a str, language: Language) -> &'a str {
    questionnaire.question(code).map_or(code, |question| question.text.get(language))
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use std::{collections::BTreeSet, sync::Arc};

    use super::*;
    use crate::questionnaire::{catalogue::Catalogue, model::Celsius};

    fn questionnaire(code: &str) -> Arc<Questionnaire> {
        Catalogue::load(None).unwrap().newest(code).unwrap()
    }

    const CAUSES: [fn() -> Cause; 13] = [
        || Cause::Missing,
        || Cause::Several,
        || Cause::UnknownOption,
        || Cause::ExclusiveMix("none".into()),
        || Cause::NotADate,
        || Cause::FutureDate,
        || Cause::Before("arrival-date".into()),
        || Cause::NotAPlace,
        || Cause::NotATemperature,
        || Cause::TemperatureOutOfRange,
        || Cause::MeasuredAndNot,
        || Cause::TooLong(2000),
        || Cause::ControlCharacters,
    ];

    #[test]
    fn each_cause_has_a_sentence_of_its_own_that_says_what_to_do() {
        let questionnaire = questionnaire("guangdong-2020");
        for language in [Language::Zh, Language::En] {
            let say = |cause: Cause| problem_text(&questionnaire, &Problem { question: "symptoms".into(), cause }, language);
            let sentences: BTreeSet<String> = CAUSES.iter().map(|cause| say(cause())).collect();
            assert_eq!(sentences.len(), CAUSES.len());
            for sentence in sentences {
                for blame in ["无效", "非法", "错误", "invalid", "illegal", "error"] {
                    assert!(!sentence.to_lowercase().contains(blame), "{sentence}");
                }
            }
        }
    }

    #[test]
    fn a_missing_answer_is_asked_for_in_the_way_of_its_kind() {
        let questionnaire = questionnaire("guangdong-2020");
        let say = |question: &str, language| {
            problem_text(&questionnaire, &Problem { question: question.into(), cause: Cause::Missing }, language)
        };
        assert_eq!(say("travel", Language::Zh), "请回答“1月份以来是否有省外旅行史”：选择“是”或者“否”");
        assert_eq!(say("symptoms", Language::Zh), "请选择“是否有下列情况”，都没有的请选“没有出现症状”");
        assert_eq!(say("temperature", Language::Zh), "请填写“个人体温情况”，还没有测量的请勾选“今天还没测量”");
        assert_eq!(
            say("temperature", Language::En),
            "Enter “Your temperature”; if you have not measured it yet, tick “Not measured today yet”"
        );
        assert_eq!(say("no-such-question", Language::Zh), "请重新填写这一项");
    }

    #[test]
    fn answers_are_shown_in_words() {
        let questionnaire = questionnaire("guangdong-2020");
        let show = |code: &str, answer: Answer, language| answer_text(questionnaire.question(code).unwrap(), &answer, language);
        assert_eq!(show("travel", Answer::YesNo(true), Language::Zh), "是");
        assert_eq!(show("transport", Answer::One("rail".into()), Language::En), "Rail");
        assert_eq!(show("departure-city", Answer::Place("440500".into()), Language::Zh), "广东省汕头市");
        assert_eq!(show("arrival-date", Answer::Date(Day::from_ymd(2020, 2, 3).unwrap()), Language::Zh), "2020.02.03");
        assert_eq!(show("temperature", Answer::Temperature(Reading::Measured(Celsius(365))), Language::Zh), "36.5 °C");
        assert_eq!(show("temperature", Answer::Temperature(Reading::NotMeasured), Language::Zh), "今天还没测量");
        let two = Answer::Some(vec!["stomach".into(), "chest".into()]);
        assert_eq!(show("symptoms", two, Language::Zh), "恶心呕吐、腹泻；心慌、胸闷");
        assert_eq!(show("symptoms", Answer::Some(vec!["none".into()]), Language::Zh), "没有出现症状");
    }

    #[test]
    fn the_statistics_of_guangdong_are_the_seeds_word_for_word() {
        let questionnaire = questionnaire("guangdong-2020");
        let mut lines = Vec::new();
        for group in &questionnaire.statistics {
            lines.push(group.heading.zh.clone());
            for figure in &group.figures {
                lines.extend(figure_title(figure, Language::Zh).map(str::to_owned));
                let question = questionnaire.question(&figure.question).unwrap();
                let rows = if figure.only.is_empty() { buckets_in_order(question) } else { figure.only.clone() };
                lines.extend(rows.iter().map(|bucket| row_label(question, figure, bucket, Language::Zh).unwrap()));
            }
        }
        insta::assert_snapshot!(lines.join("\n"), @r"
        近期动向
        1月份以来有省外旅行史
        返粤方式
        出发城市
        出行方式
        航空
        铁路
        汽运
        自驾
        到达日期
        症状统计
        无出现症状
        感冒症状: 乏力、精神差、咳嗽、发烧、肌肉痛、头痛
        嗜倦、呼吸急促
        恶心呕吐、腹泻
        心慌、胸闷
        结膜炎 (红眼病样表现: 眼睛红、分泌物)
        两周内有武汉居住或旅行史
        两周内有与确诊患者接触
        体温情况
        低于37摄氏度
        37~37.3摄氏度
        37.3~38.5摄氏度
        高于38.5摄氏度
        未测量
        ");
    }

    #[test]
    fn the_form_of_guangdong_has_the_seeds_sections() {
        let questionnaire = questionnaire("guangdong-2020");
        let sections: Vec<&str> = questionnaire.sections.iter().map(|section| section.title.zh.as_str()).collect();
        assert_eq!(sections, ["近期动向", "返粤方式", "是否有下列情况", "个人体温情况", "近期行程描述"]);
        let symptoms = questionnaire.question("symptoms").unwrap().choices();
        assert_eq!(symptoms.len(), 8);
        assert!(symptoms[7].exclusive && symptoms[7].text.zh == "没有出现症状");
    }

    #[test]
    fn a_bucket_that_cannot_be_has_no_name() {
        let questionnaire = questionnaire("guangdong-2020");
        let label = |code: &str, bucket: &str| bucket_label(questionnaire.question(code).unwrap(), bucket, Language::Zh);
        assert_eq!(label("arrival-date", "2020-02-03").as_deref(), Some("2020.02.03"));
        assert_eq!(label("departure-city", "abroad").as_deref(), Some("境外"));
        assert_eq!(label("temperature", "not-measured").as_deref(), Some("未测量"));
        for (code, bucket) in [
            ("travel", "maybe"),
            ("transport", "rocket"),
            ("symptoms", ""),
            ("arrival-date", "2020-2-3"),
            ("arrival-date", "2020-02-30"),
            ("departure-city", "440000"),
            ("temperature", "36.5"),
            ("journeys", "x"),
            ("journeys", ""),
        ] {
            assert_eq!(label(code, bucket), None, "{code}={bucket}");
        }
    }

    #[test]
    fn a_chip_is_understood_by_itself() {
        let questionnaire = questionnaire("guangdong-2020");
        let chip = |code: &str, bucket: &str| filter_label(&questionnaire, questionnaire.question(code).unwrap(), bucket, Language::Zh);
        assert_eq!(chip("travel", "yes").as_deref(), Some("1月份以来有省外旅行史"));
        assert_eq!(chip("travel", "no").as_deref(), Some("1月份以来是否有省外旅行史：否"));
        assert_eq!(chip("departure-city", "440500").as_deref(), Some("出发城市：广东省汕头市"));
        assert_eq!(chip("arrival-city", "440500").as_deref(), Some("到达城市：广东省汕头市"));
        assert_eq!(chip("symptoms", "none").as_deref(), Some("是否有下列情况：无出现症状"));
        assert_eq!(chip("travel", "maybe"), None);
    }
}
