//! Invented answers to whatever a questionnaire asks. It knows kinds of question and no question by name.
//!
//! The proportions are those of the seed's screen: most are well, a few are not, 23 of 150 have travelled.

use crate::{
    period::Day,
    questionnaire::model::{Band, Celsius, FormValues, Kind, NO, Question, Questionnaire, YES, not_measured_field},
};

/// What proportions are counted in: the persons of the seed's screen.
const ALL: usize = 150;
/// 汕头, 清远, 揭阳, 沈阳, 哈尔滨: from where, and how many of 150. Those from outside the province come first.
const FROM: [(&str, usize); 5] = [("210100", 14), ("230100", 5), ("440500", 75), ("441800", 50), ("445200", 6)];
/// 广州, 深圳, 东莞, 佛山: to where.
const TO: [(&str, usize); 4] = [("440100", 68), ("440300", 30), ("441900", 30), ("440600", 22)];
const TRAVELLED: usize = 23;
const WELL: usize = 102;
const TEXTS: [&str; 4] = ["回老家探亲后返回，途中没有停留。", "出差返回，全程佩戴口罩。", "返回后一直住在宿舍。", "没有需要补充的。"];

/// Who answers: this one of that many.
#[derive(Clone, Copy)]
pub struct Who {
    pub number: usize,
    pub of: usize,
}

impl Who {
    /// Where this person stands among 150, in one of several orders that have nothing to do with each other.
    fn place(self, order: usize) -> usize {
        const STEPS: [usize; 4] = [1, 37, 11, 71];
        let position = self.number * ALL / self.of.max(1) % ALL;
        (position * STEPS[order % STEPS.len()] + order * 29) % ALL
    }
}

/// Fills in the form as this person would on this day.
pub fn fill_in(questionnaire: &Questionnaire, who: Who, day: Day) -> FormValues {
    let mut values = FormValues::default();
    let mut places = 0_usize;
    for (order, question) in questionnaire.questions().enumerate() {
        let code = question.code.clone();
        let one = |value: String| vec![value];
        match &question.kind {
            Kind::YesNo => values.set(code, one(if who.place(0) < TRAVELLED { YES } else { NO }.to_owned())),
            Kind::OneOf(choices) => {
                let chosen = who.place(1 + order % 3) * choices.len() / ALL;
                values.set(code, choices.get(chosen).map(|choice| choice.code.clone()).into_iter().collect());
            }
            Kind::SomeOf(_) => values.set(code, symptoms(question, who.place(1))),
            Kind::Date { .. } => values.set(code, one(date(who.place(2), day).to_string())),
            Kind::Place => {
                let chosen = if places.is_multiple_of(2) { share(&FROM, who.place(0)) } else { share(&TO, who.place(3)) };
                places += 1;
                values.set(code, one(chosen.to_owned()));
            }
            Kind::Temperature { bands } => match temperature(bands, who.place(1), who.number) {
                Some(celsius) => values.set(code, one(celsius.to_string())),
                None => values.set(not_measured_field(&code), one(YES.to_owned())),
            },
            Kind::ShortText | Kind::LongText if who.place(2).is_multiple_of(5) || !question.optional => {
                values.set(code, one(TEXTS[who.number % TEXTS.len()].to_owned()));
            }
            Kind::ShortText | Kind::LongText => {}
        }
    }
    values
}

fn share(parts: &[(&'static str, usize)], place: usize) -> &'static str {
    let mut below = 0;
    let found = parts.iter().find(|(_, count)| {
        below += count;
        place < below
    });
    found.or(parts.last()).map_or("", |(code, _)| code)
}

/// "None" for those who are well, else one of the others, the first the most often; two people have two.
fn symptoms(question: &Question, place: usize) -> Vec<String> {
    let (none, some): (Vec<_>, Vec<_>) = question.choices().iter().partition(|choice| choice.exclusive);
    let code = |position: usize| some.get(position.min(some.len().saturating_sub(1))).map(|choice| choice.code.clone());
    match place.checked_sub(WELL) {
        None => none.first().map_or_else(|| code(0), |choice| Some(choice.code.clone())).into_iter().collect(),
        Some(ill) if ill < 10 => code(0).into_iter().collect(),
        Some(ill) if ill < 46 => code(1 + (ill - 10) * some.len().saturating_sub(1) / 36).into_iter().collect(),
        Some(_) => {
            let mut two: Vec<String> = [code(0), code(1)].into_iter().flatten().collect();
            two.dedup();
            two
        }
    }
}

/// Most came on the day itself, the others on the days before.
fn date(place: usize, day: Day) -> Day {
    let ago = match place {
        0..102 => 0,
        102..126 => 1,
        126..138 => 2,
        _ => 3 + u64::try_from(place % 4).unwrap_or_default(),
    };
    day.minus_days(ago)
}

/// `None` is not measured yet. Who has a fever also has a symptom: both look at the same place in the same order.
fn temperature(bands: &[Band], place: usize, number: usize) -> Option<Celsius> {
    let band = match place {
        90..100 => return None,
        149 => bands.len().checked_sub(1)?,
        146..149 => bands.len().checked_sub(2)?,
        141..146 => 1,
        _ => 0,
    };
    let step = i16::try_from(number % 6).unwrap_or_default();
    let next = bands.get(band + 1).and_then(|next| next.from);
    match (bands.get(band).and_then(|band| band.from), next) {
        (Some(from), Some(next)) => Some(Celsius(from.0 + step % (next.0 - from.0).max(1))),
        (Some(from), None) => Some(Celsius(from.0 + step % 4)),
        (None, Some(next)) => Some(Celsius(next.0 - 1 - step)),
        (None, None) => Some(Celsius(365 + step)),
    }
}
