//! What must hold of whatever comes in from outside, for any bytes: nothing panics, and what is written is read back the same.
//! The fuzzer tries bytes without end; `tests/integration/properties.rs` runs the same checks on what the fuzzer found worth keeping, and
//! on some more of its own.

use std::{collections::BTreeSet, str::FromStr, sync::LazyLock};

use axum::http::{HeaderMap, HeaderValue, header};
use shenbao::{
    account::{
        model::{DocumentKind, IdDocument, Person, Phone},
        token::Token,
    },
    alert::model::Queue,
    declaration::record::{Record, Row},
    enterprise::model::{InvitationCode, Uscc},
    form, id, link,
    period::{Day, Period},
    questionnaire::{catalogue::Catalogue, check, model::FormValues, parse},
    roster,
    state::cookies,
    statistics::model::Asked,
    ui::locale,
    vault::{Cell, TenantKeys},
};

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::load(None).expect("the built-in questionnaires are right"));
static KEYS: LazyLock<TenantKeys> = LazyLock::new(|| TenantKeys::of_one(id::EnterpriseId::from_bits(7), [7; 32]));

fn today() -> Day {
    "2026-11-25".parse().expect("a day")
}

/// A form as a browser posts it, and its answers to each questionnaire.
pub fn form(bytes: &[u8]) {
    let values = match form::read(bytes) {
        Ok(values) => {
            let body: Vec<String> =
                values.pairs().map(|(field, value)| format!("{}={}", link::encode(field), link::encode(value))).collect();
            assert!(form::read(body.join("&").as_bytes()).ok().as_ref() == Some(&values), "what is written is read back");
            values
        }
        Err(what_could_be_read) => what_could_be_read,
    };
    for questionnaire in CATALOGUE.all() {
        judge(questionnaire, &values);
    }
}

fn judge(questionnaire: &shenbao::questionnaire::model::Questionnaire, values: &FormValues) {
    match check::check(questionnaire, values, today()) {
        Err(problems) => assert!(!problems.is_empty()),
        Ok(answers) => {
            questionnaire.alerts(&answers, today());
            questionnaire.implausible(&answers, today());
            let kept = serde_json::to_vec(&answers).expect("answers have text keys");
            assert!(serde_json::from_slice::<shenbao::questionnaire::model::Answers>(&kept).is_ok_and(|read| read == answers));
        }
    }
}

/// A questionnaire's file: its mistakes have lines that exist; one without can be answered, and crosses the wire.
pub fn questionnaire(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match parse::parse(text) {
        Err(mistakes) => {
            let lines = text.bytes().filter(|byte| *byte == b'\n').count() + 1;
            assert!(!mistakes.is_empty());
            for mistake in mistakes {
                assert!((1..=lines).contains(&usize::try_from(mistake.line).expect("a line")), "{mistake}");
            }
        }
        Ok(questionnaire) => {
            let codes: BTreeSet<&str> = questionnaire.questions().map(|question| question.code.as_str()).collect();
            assert_eq!(codes.len(), questionnaire.questions().count(), "each question has a code of its own");
            judge(&questionnaire, &FormValues::default());
        }
    }
}

/// A file for the roster, of whichever kind.
pub fn roster(bytes: &[u8]) {
    let Ok(rows) = roster::table::read(bytes) else { return };
    assert!(!rows.is_empty());
    if let Ok(sheet) = roster::read::read(&rows) {
        let documents: BTreeSet<String> = sheet.lines.iter().map(|line| line.kept.person.document.key()).collect();
        assert_eq!(documents.len(), sheet.lines.len(), "each document once");
    }
}

/// What stands behind a question mark: of statistics and of alerts.
pub fn filter(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(asked) = Asked::parse(text) {
        assert_eq!(Asked::parse(&asked.to_string()).as_ref(), Ok(&asked), "what is written is read back");
    }
    if let Some(queue) = Queue::parse(text) {
        assert_eq!(Queue::parse(&queue.to_string()).as_ref(), Some(&queue), "what is written is read back");
    }
}

const CELL: Cell<'static> = Cell { table: "declaration", column: "record", row: b"a row" };

/// What lies in the database, and may have been changed there: it does not open; what was sealed does, and nowhere else.
pub fn sealed(bytes: &[u8]) {
    assert!(KEYS.open(CELL, bytes).is_err());
    let mut sealed = KEYS.seal(CELL, bytes);
    assert!(KEYS.open(CELL, &sealed).is_ok_and(|plain| *plain == bytes));
    assert!(KEYS.open(Cell { row: b"another", ..CELL }, &sealed).is_err());
    let place = bytes.iter().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add((*byte).into())) % sealed.len();
    sealed[place] ^= 1 << (bytes.len() % 8);
    assert!(KEYS.open(CELL, &sealed).is_err(), "a flipped bit is noticed");
    shenbao::vault::newest_version([&bytes.to_vec()]);
    if let Ok(record) = serde_json::from_slice::<Record>(bytes) {
        let row = Row {
            submission: uuid::Uuid::nil(),
            employee: id::EmployeeId(uuid::Uuid::nil()),
            day: today(),
            questionnaire: "q",
            version: 1,
        };
        assert!(Record::open(&KEYS, row, &record.seal(&KEYS, row)).is_ok_and(|opened| opened == record));
        assert!(Record::open(&KEYS, Row { version: 2, ..row }, &record.seal(&KEYS, row)).is_err());
    }
}

/// Cookies, codes, names and numbers: whatever is a word in an address, a header or a field.
pub fn words(bytes: &[u8]) {
    if let Ok(value) = HeaderValue::from_bytes(bytes) {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, value.clone());
        headers.append(header::COOKIE, HeaderValue::from_static("last=1"));
        assert_eq!(cookies(&headers).last(), Some(("last", "1")), "no cookie takes another with it");
        value.to_str().map(locale::accepted).ok();
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    again::<id::EnterpriseId>(text);
    again::<id::EmployeeId>(text);
    again::<id::EntryId>(text);
    again::<id::DepartmentId>(text);
    again::<id::ReceiptId>(text);
    again::<Day>(text);
    again::<Period>(text);
    if let Ok(code) = text.parse::<InvitationCode>() {
        assert!(code.as_str().parse::<InvitationCode>().is_ok_and(|read| read == code));
    }
    if let Some(token) = Token::parse(text) {
        assert_eq!(token.text(), text, "one way of writing each");
    }
    if let Ok(uscc) = Uscc::parse(text) {
        assert!(Uscc::parse(uscc.as_str()).is_ok_and(|read| read.as_str() == uscc.as_str()));
    }
    for kind in DocumentKind::ALL {
        if let Ok(document) = IdDocument::parse(kind, text) {
            assert!(IdDocument::parse(kind, document.number()).is_ok_and(|read| read.key() == document.key()));
        }
    }
    if let Ok(phone) = Phone::parse(text) {
        assert!(Phone::parse(phone.national()).is_ok_and(|read| read == phone));
    }
    if let Ok(name) = Person::parse_name(text) {
        assert!(Person::parse_name(&name).is_ok_and(|read| read == name));
    }
    link::enterprise_and_token(text);
    if link::is_local(text) {
        assert!(HeaderValue::from_str(text).is_ok() && !text.starts_with("//"), "it can stand in a header, and leads nowhere else");
    }
}

/// What is read is written in a way that is read as the same.
fn again<T: FromStr + PartialEq + ToString>(text: &str) {
    if let Ok(read) = text.parse::<T>() {
        assert!(read.to_string().parse::<T>().is_ok_and(|again| again == read), "{text}");
    }
}
