//! What an employee sends, what becomes of it, and what their own pages show. The same code judges a form in browser and server.

use std::{borrow::Cow, sync::LazyLock};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    account::model::{Level, ProviderChoice},
    audit::model::Look,
    gate::model::{Contact, PassView},
    id::{EnterpriseId, ReceiptId},
    period::Day,
    questionnaire::{
        check::{Problem, check},
        model::{
            AlertLevel, Answer, Answers, FormValues, Kind, NO, Question, Questionnaire, Reading, Section, Text, YES, not_measured_field,
        },
    },
};

/// Fields of the form beside those of its questions.
pub const STEP: &str = "step";
pub const SUBMISSION: &str = "submission";
pub const QUESTIONNAIRE: &str = "questionnaire";
pub const VERSION: &str = "version";
pub const RESIDENCE: &str = "residence";

/// The id of the form.
pub const FORM: &str = "declaration";

/// The person block's section; no section of a questionnaire can have this code, for it is no code.
pub const PERSON: &str = "person-block";

/// What a form is sent for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Show all answers once more.
    Check,
    /// Go back to the form.
    Edit,
    /// Store them.
    Submit,
    /// Store them if nothing in them is unlikely; else show them once more: what was taken from last time has been checked before.
    Quick,
}

impl Step {
    /// As the buttons name it; anything else asks for a check, which changes nothing.
    pub fn of(text: &str) -> Self {
        match text {
            "submit" => Self::Submit,
            "edit" => Self::Edit,
            "quick" => Self::Quick,
            _ => Self::Check,
        }
    }

    pub const fn code(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Edit => "edit",
            Self::Submit => "submit",
            Self::Quick => "quick",
        }
    }
}

/// What became of a form that was sent.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// The form again, with all that was typed.
    Form(Filled),
    /// All answers once more, before they are sent.
    Check { values: FormValues, warnings: Vec<Warning> },
    /// Stored, and durable.
    Done(ReceiptId),
}

/// A form with what was typed into it.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Filled {
    pub values: FormValues,
    pub problems: Vec<Problem>,
    pub note: Option<Note>,
}

/// Why a form comes back although nothing in it is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Note {
    /// It could not be stored now.
    Busy,
    /// This person declares too often.
    Often,
    /// The questions have changed since it was opened.
    Changed,
    /// It held something that the form does not ask; that was left out.
    Unknown,
    /// It held bytes that are not UTF-8.
    Encoding,
    /// It was opened on an earlier day: what is asked anew each day was taken out.
    NewDay,
    /// It was opened for somebody else, who had this device before: nothing of it was taken.
    OtherPerson,
}

/// A combination of answers that is possible but unlikely. It can be passed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// The field to look at.
    pub question: String,
    pub text: Text,
}

impl Outcome {
    pub fn form(values: FormValues, problems: Vec<Problem>) -> Self {
        Self::Form(Filled { values, problems, note: None })
    }

    pub fn noted(values: FormValues, note: Note) -> Self {
        Self::Form(Filled { values, problems: Vec::new(), note: Some(note) })
    }

    /// What was typed; nothing once it is stored.
    pub fn values(&self) -> Cow<'_, FormValues> {
        match self {
            Self::Form(Filled { values, .. }) | Self::Check { values, .. } => Cow::Borrowed(values),
            Self::Done(_) => Cow::Owned(FormValues::default()),
        }
    }

    /// `filled`: answers were put into the form that nobody sent yet.
    pub const fn stage(&self, filled: bool) -> Stage {
        match self {
            Self::Form(form) if !form.problems.is_empty() => Stage::Refused,
            Self::Form(form) if form.note.is_none() && !filled => Stage::Fresh,
            Self::Form(_) => Stage::Filled,
            Self::Check { .. } | Self::Done(_) => Stage::Check,
        }
    }

    pub const fn note(&self) -> Option<Note> {
        match self {
            Self::Form(filled) => filled.note,
            _ => None,
        }
    }
}

/// A form without problems.
#[derive(Clone, PartialEq, Eq)]
pub struct Checked {
    pub answers: Answers,
    pub residence: String,
}

/// Everything that is asked of the person beside who they are: as a questionnaire of one question, so that it is asked and
/// checked like any other.
pub static PERSON_BLOCK: LazyLock<Questionnaire> = LazyLock::new(|| Questionnaire {
    code: PERSON.to_owned(),
    version: 1,
    title: text("个人信息", "About you"),
    province: None,
    sections: vec![Section {
        code: PERSON.to_owned(),
        title: text("个人信息", "About you"),
        questions: vec![Question {
            code: RESIDENCE.to_owned(),
            kind: Kind::ShortText,
            text: text("近期居住地址", "Current address"),
            hint: Some(text("写到街道或小区，例如：广州市天河区天河路 1 号", "Down to the street, for example: 1 Tianhe Road, Guangzhou")),
            why: None,
            optional: false,
            always_ask: false,
            show_if: None,
        }],
    }],
    implausible: Vec::new(),
    alerts: Vec::new(),
    statistics: Vec::new(),
});

fn text(zh: &str, en: &str) -> Text {
    Text { zh: zh.to_owned(), en: en.to_owned() }
}

/// Checks the person block and the questionnaire: all problems at once, in the order of the form.
pub fn judge(questionnaire: &Questionnaire, values: &FormValues, today: Day) -> Result<Checked, Vec<Problem>> {
    match (check(&PERSON_BLOCK, values, today), check(questionnaire, values, today)) {
        (Ok(mut person), Ok(answers)) => match person.remove(RESIDENCE) {
            Some(Answer::Text(residence)) => Ok(Checked { answers, residence }),
            _ => Err(Vec::new()),
        },
        (person, answers) => Err(person.err().into_iter().chain(answers.err()).flatten().collect()),
    }
}

/// What a form without problems leads to before it is stored: the page on which to check it.
pub fn to_check(questionnaire: &Questionnaire, checked: &Checked, values: FormValues, today: Day) -> Outcome {
    let warning =
        |rule: &crate::questionnaire::model::Implausible| Warning { question: rule.question().to_owned(), text: rule.text.clone() };
    Outcome::Check { values, warnings: questionnaire.implausible(&checked.answers, today).into_iter().map(warning).collect() }
}

/// Whether this questionnaire's form has such a field.
pub fn is_field(questionnaire: &Questionnaire, field: &str) -> bool {
    [STEP, SUBMISSION, QUESTIONNAIRE, VERSION, RESIDENCE].contains(&field)
        || questionnaire.questions().any(|question| is_field_of(question, field))
}

/// Whether a question is answered by this field.
pub fn is_field_of(question: &Question, field: &str) -> bool {
    question.code == field
        || matches!(question.kind, Kind::Temperature { .. }) && field.strip_prefix(&*question.code).is_some_and(|rest| rest == SUFFIX)
}

/// What [`not_measured_field`] appends.
const SUFFIX: &str = ".not-measured";

/// Writes an answer into the fields that give it.
pub fn fill(values: &mut FormValues, question: &str, answer: &Answer) {
    let given = match answer {
        Answer::YesNo(yes) => vec![if *yes { YES } else { NO }.to_owned()],
        Answer::One(code) | Answer::Place(code) | Answer::Text(code) => vec![code.clone()],
        Answer::Some(codes) => codes.clone(),
        Answer::Date(day) => vec![day.to_string()],
        Answer::Temperature(Reading::Measured(celsius)) => vec![celsius.to_string()],
        Answer::Temperature(Reading::NotMeasured) => return values.set(not_measured_field(question), vec![YES.to_owned()]),
    };
    values.set(question, given);
}

/// The form's page as it is sent. The browser wakes it up without knowing what is asked: for that it has the sheet, which is
/// opened by code that is fetched when somebody begins to answer.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeclarePageView {
    pub enterprise: EnterpriseId,
    pub enterprise_name: String,
    pub today: Day,
    /// Names this person's draft on their device, and says nothing about them: what the device calls them by, and the questionnaire.
    pub draft: String,
    /// When today's declaration was made, in the enterprise's time: `09:41`.
    pub declared_at: Option<String>,
    pub stage: Stage,
    /// A [`DeclareView`], packed.
    pub sheet: String,
}

/// How the form's page stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// A form with nothing in it that somebody typed for today.
    Fresh,
    /// A form with answers that were sent or asked for.
    Filled,
    /// A form with problems.
    Refused,
    /// All answers once more.
    Check,
}

/// What is asked of whom, and what stands in the form.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeclareView {
    pub enterprise: EnterpriseId,
    pub person: PersonView,
    /// Without what the form does not need: alert rules and statistics.
    pub questionnaire: Questionnaire,
    pub today: Day,
    /// Made for this form; recognises a repeated submission.
    pub submission: Uuid,
    /// There is an earlier declaration to take answers from.
    pub repeatable: bool,
    /// Its answers were taken.
    pub same: bool,
    pub outcome: Outcome,
    /// Where the form is posted to, where that is not the employee's own page.
    pub post_to: Option<String>,
}

impl DeclareView {
    /// A repeat: what was taken from last time is out of the way, and is not shown once more before it is sent.
    pub const fn is_quick(&self) -> bool {
        self.same && self.post_to.is_none()
    }
}

/// The employee as their own form shows them. How they stand is not among it: it would tell who holds a document that somebody
/// else has claimed before.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonView {
    pub name: String,
    /// Masked.
    pub document: String,
    pub phone: Option<String>,
    pub level: Level,
}

/// One declaration, as its receipt shows it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptView {
    pub receipt: ReceiptId,
    /// What this device calls the person by; none at a tablet.
    pub owner: Option<String>,
    pub enterprise_name: String,
    pub day: Day,
    /// In the enterprise's time: `2026-11-25 09:41`.
    pub at: String,
    pub level: Level,
    /// At a tablet: after so many seconds it is the next person's turn.
    pub next_person: Option<u64>,
    /// 代报: by whom.
    pub on_behalf: Option<String>,
    pub alerts: Vec<AlertView>,
    /// Whom to call in the enterprise, where something out of the ordinary was declared and it has named somebody.
    pub contact: Option<Contact>,
    /// A later one of the same day counts instead.
    pub replaced: bool,
    /// On its own day, on the person's own device.
    pub pass: Option<PassView>,
    pub residence: String,
    pub sections: Vec<Section>,
    /// The version that was answered is gone: the words are another's.
    pub other_version: bool,
    pub answers: Answers,
}

impl ReceiptView {
    pub fn unmeasured(&self) -> bool {
        is_unmeasured(&self.answers)
    }
}

/// A temperature was asked for, and not measured yet.
pub fn is_unmeasured(answers: &Answers) -> bool {
    answers.values().any(|answer| *answer == Answer::Temperature(Reading::NotMeasured))
}

/// An alert rule that held at submission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertView {
    pub level: AlertLevel,
    pub reason: Text,
}

/// What an employee declared to one enterprise, newest first.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MineView {
    pub enterprise: EnterpriseId,
    /// What this device calls them by.
    pub owner: String,
    pub enterprise_name: String,
    pub declared_today: bool,
    /// When they were reminded to, and have not yet.
    pub reminded_at: Option<String>,
    pub lines: Vec<MineLine>,
    /// Who saw this person's details.
    pub looks: Vec<Look>,
    /// By whom they can be verified once more, where that was too long ago.
    pub verify_again: Vec<ProviderChoice>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MineLine {
    pub receipt: ReceiptId,
    pub day: Day,
    /// In the enterprise's time: `09:41`.
    pub time: String,
    /// A later one of the same day counts instead.
    pub replaced: bool,
    /// How it was judged; none for those of long ago.
    pub state: Option<MineState>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MineState {
    /// The most severe alert that it raised.
    pub alert: Option<AlertLevel>,
    pub unmeasured: bool,
    /// 代报: somebody declared in the person's place.
    pub on_behalf: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::questionnaire::model::{Celsius, not_measured_field};

    #[test]
    fn an_answer_filled_in_is_checked_to_the_same_answer() {
        let question = |code: &str, kind: Kind| Question {
            code: code.to_owned(),
            kind,
            text: text("问", "Q"),
            hint: None,
            why: None,
            optional: true,
            always_ask: false,
            show_if: None,
        };
        let questions = vec![
            question("yes", Kind::YesNo),
            question("day", Kind::Date { past_only: true, not_before: None }),
            question("place", Kind::Place),
            question("warm", Kind::Temperature { bands: Vec::new() }),
            question("later", Kind::Temperature { bands: Vec::new() }),
            question("words", Kind::LongText),
        ];
        let section = Section { code: "s".to_owned(), title: text("节", "S"), questions };
        let questionnaire = Questionnaire { sections: vec![section], ..PERSON_BLOCK.clone() };
        let today: Day = "2020-02-03".parse().unwrap();
        let answers = Answers::from([
            ("yes".to_owned(), Answer::YesNo(false)),
            ("day".to_owned(), Answer::Date(today)),
            ("place".to_owned(), Answer::Place("440100".to_owned())),
            ("warm".to_owned(), Answer::Temperature(Reading::Measured(Celsius(365)))),
            ("later".to_owned(), Answer::Temperature(Reading::NotMeasured)),
            ("words".to_owned(), Answer::Text("一行\n两行".to_owned())),
        ]);
        let mut values = FormValues::default();
        for (code, answer) in &answers {
            fill(&mut values, code, answer);
        }
        assert_eq!(check(&questionnaire, &values, today), Ok(answers));
        assert!(values.fields().all(|field| is_field(&questionnaire, field)));
        assert!(is_field(&questionnaire, &not_measured_field("warm")) && !is_field(&questionnaire, &not_measured_field("words")));
        assert!(!is_field(&questionnaire, "elsewhere"));
    }

    #[test]
    fn a_missing_residence_is_a_problem_like_any_other() {
        let questionnaire = Questionnaire { sections: Vec::new(), ..PERSON_BLOCK.clone() };
        let today = Day::EPOCH;
        let problems = judge(&questionnaire, &FormValues::default(), today).err().unwrap();
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].question, RESIDENCE);
        let values = FormValues::from_pairs([(RESIDENCE.to_owned(), " 广州 ".to_owned())]);
        assert_eq!(judge(&questionnaire, &values, today).ok().unwrap().residence, "广州");
    }
}
