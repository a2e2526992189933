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
    pub path: String,
    body: String,
    cookies: Vec<String>,
}

impl Forms {
    /// Every question answered; where it asks for a day, with this one.
    pub fn new(questionnaire: &Questionnaire, day: Day, seeded: &Seeded) -> Arc<Self> {
        let mut body = format!("step=submit&questionnaire={}&version={}", questionnaire.code, questionnaire.version);
        for question in questionnaire.questions() {
            if let Some(value) = value(question, day) {
                let _ = write!(body, "&{}={value}", question.code);
            }
        }
        let cookies = seeded.people.iter().map(|person| person.cookie.clone()).collect();
        Arc::new(Self { path: link::declare(seeded.enterprise), body, cookies })
    }

    /// The device of somebody; numbers go round.
    pub fn cookie(&self, number: usize) -> &str {
        &self.cookies[number % self.cookies.len()]
    }

    /// Sends somebody's form, named by its submission key, with a residence as a form's body has it.
    pub async fn post(&self, connection: &mut Connection, number: usize, submission: Uuid, residence: &str) -> io::Result<Answer> {
        let body = format!("{}&submission={submission}&residence={residence}", self.body);
        connection.post(&self.path, self.cookie(number), FORM, &body).await
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
