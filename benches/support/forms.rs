//! A filled-in form and the phones that send it.

use std::{fmt::Write, io, sync::Arc};

use shenbao::{
    id::ReceiptId,
    link,
    period::Day,
    questionnaire::model::{Choice, Kind, Question, Questionnaire},
};
use uuid::Uuid;

use super::{
    http::{Answer, Connection},
    seed::Seeded,
};

/// 广州, as a form's body has it.
pub const CITY: &str = "%E5%B9%BF%E5%B7%9E";
const FORM: &str = "application/x-www-form-urlencoded";

pub struct Forms {
    body: String,
    people: Vec<Sender>,
}

struct Sender {
    path: Arc<str>,
    cookie: String,
}

impl Forms {
    /// Every question answered; where it asks for a day, with this one.
    pub fn new(questionnaire: &Questionnaire, day: Day, seeded: &Seeded) -> Arc<Self> {
        Self::of(questionnaire, day, std::slice::from_ref(seeded))
    }

    /// The same for the people of several enterprises: one of each, and again.
    pub fn of(questionnaire: &Questionnaire, day: Day, enterprises: &[Seeded]) -> Arc<Self> {
        let mut body = format!("step=submit&questionnaire={}&version={}", questionnaire.code, questionnaire.version);
        for question in questionnaire.questions() {
            if let Some(value) = value(question, day) {
                let _ = write!(body, "&{}={value}", question.code);
            }
        }
        let most = enterprises.iter().map(|seeded| seeded.people.len()).max().unwrap_or_default();
        let paths: Vec<Arc<str>> = enterprises.iter().map(|seeded| link::declare(seeded.enterprise).into()).collect();
        let nth = |number: usize| {
            let all = enterprises.iter().zip(&paths);
            all.filter_map(move |(seeded, path)| Some(Sender { path: path.clone(), cookie: seeded.people.get(number)?.cookie.clone() }))
        };
        Arc::new(Self { body, people: (0..most).flat_map(nth).collect() })
    }

    /// The form's address for somebody; numbers go round.
    pub fn path(&self, number: usize) -> &str {
        &self.sender(number).path
    }

    /// The device of somebody; numbers go round.
    pub fn cookie(&self, number: usize) -> &str {
        &self.sender(number).cookie
    }

    fn sender(&self, number: usize) -> &Sender {
        &self.people[number % self.people.len()]
    }

    /// Sends somebody's form, named by its submission key, with a residence as a form's body has it.
    pub async fn post(&self, connection: &mut Connection, number: usize, submission: Uuid, residence: &str) -> io::Result<Answer> {
        let body = format!("{}&submission={submission}&residence={residence}", self.body);
        connection.post(self.path(number), self.cookie(number), FORM, &body).await
    }
}

/// The receipt to which an answer leads, if the form was acknowledged.
pub fn receipt(answer: &Answer) -> Option<ReceiptId> {
    let location = answer.location.as_deref().filter(|_| answer.status == 303)?;
    location.strip_prefix("/done/")?.parse().ok()
}

fn value(question: &Question, day: Day) -> Option<String> {
    let last = |choices: &[Choice]| choices.last().map(|choice| choice.code.clone());
    match &question.kind {
        Kind::YesNo => Some("no".to_owned()),
        Kind::OneOf(choices) | Kind::SomeOf(choices) => last(choices),
        Kind::Date { .. } => Some(day.to_string()),
        Kind::Place => Some("440100".to_owned()),
        Kind::Temperature { .. } => Some("36.5".to_owned()),
        Kind::ShortText | Kind::LongText => Some("home".to_owned()),
    }
}
