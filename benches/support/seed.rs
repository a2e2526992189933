//! Rows as the rooms write them, in bulk: a benchmark of a hundred thousand people cannot wait for a hundred thousand forms.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use anyhow::Context;
use sha2::{Digest, Sha256};
use shenbao::{
    account::model::{DocumentKind, IdDocument, Level, NOTICE_VERSION, Person, Phone},
    db::Db,
    declaration::record::{Record, Row},
    enterprise::model::Uscc,
    id::{EmployeeId, EnterpriseId},
    period::{Day, Moment},
    questionnaire::model::{Answer, Celsius, Kind, Questionnaire, Reading},
    random,
    state::AppState,
    vault::TenantKeys,
};
use sqlx::Transaction;
use uuid::Uuid;

/// Someone with a phone.
pub struct Declarer {
    #[allow(dead_code, reason = "one of the programs that share this looks for their rows")]
    pub id: EmployeeId,
    pub cookie: String,
}

/// An enterprise with a signed-in representative.
pub struct Seeded {
    pub enterprise: EnterpriseId,
    pub people: Vec<Declarer>,
    pub viewer_cookie: String,
}

pub const QUESTIONNAIRE: &str = "guangdong-2020";

/// What an enterprise is made with.
#[derive(Clone, Copy)]
struct Wanted {
    people: usize,
    /// Each declared on one of the last seven days.
    declared: bool,
    /// Each has a phone.
    phones: bool,
}

/// Makes an enterprise of so many people; with `declared`, each declared on one of the last seven days.
pub async fn enterprise(state: &AppState, people: usize, declared: bool) -> anyhow::Result<Seeded> {
    let keys = new_keys(state).await?;
    let wanted = Wanted { people, declared, phones: true };
    match &state.db {
        Db::Sqlite(sqlite) => {
            let mut tx = sqlite.write.begin().await?;
            let viewer = on_sqlite::viewer(&mut tx, state).await?;
            let seeded = on_sqlite::enterprise(&mut tx, state, &keys, wanted, &viewer).await?;
            tx.commit().await?;
            Ok(seeded)
        }
        Db::Postgres(pool) => {
            let mut tx = pool.begin().await?;
            let viewer = on_postgres::viewer(&mut tx, state).await?;
            let seeded = on_postgres::enterprise(&mut tx, state, &keys, wanted, &viewer).await?;
            tx.commit().await?;
            Ok(seeded)
        }
    }
}

/// Makes so many enterprises of so many people, who have phones and have not declared, or have declared and have none; one
/// representative has them all.
pub async fn enterprises(state: &AppState, count: usize, people: usize, declared: bool) -> anyhow::Result<Vec<Seeded>> {
    let wanted = Wanted { people, declared, phones: !declared };
    let (mut all, mut keys) = (Vec::with_capacity(count), Vec::new());
    match &state.db {
        Db::Sqlite(sqlite) => {
            // What is lost with the power is made again.
            sqlx::query("pragma synchronous = off").execute(&sqlite.write).await?;
            let viewer = {
                let mut tx = sqlite.write.begin().await?;
                let viewer = on_sqlite::viewer(&mut tx, state).await?;
                tx.commit().await?;
                viewer
            };
            while all.len() < count {
                keys.clear();
                for _ in all.len()..count.min(all.len() + AT_ONCE) {
                    keys.push(new_keys(state).await?);
                }
                let mut tx = sqlite.write.begin().await?;
                for keys in &keys {
                    all.push(on_sqlite::enterprise(&mut tx, state, keys, wanted, &viewer).await?);
                }
                tx.commit().await?;
            }
        }
        Db::Postgres(pool) => {
            let viewer = {
                let mut tx = pool.begin().await?;
                let viewer = on_postgres::viewer(&mut tx, state).await?;
                tx.commit().await?;
                viewer
            };
            while all.len() < count {
                let keys = new_keys(state).await?;
                let mut tx = pool.begin().await?;
                all.push(on_postgres::enterprise(&mut tx, state, &keys, wanted, &viewer).await?);
                tx.commit().await?;
            }
        }
    }
    Ok(all)
}

/// So many enterprises share a transaction.
const AT_ONCE: usize = 500;

async fn new_keys(state: &AppState) -> anyhow::Result<Arc<TenantKeys>> {
    let enterprise = EnterpriseId::from_bits(u64::from_be_bytes(random::bytes()));
    Ok(state.vault.keys(&state.db, enterprise).await?)
}

/// Someone who signs in.
struct Viewer {
    id: Uuid,
    cookie: String,
    session: Vec<u8>,
}

/// A code of a region that does not exist, and which nobody has yet; its check character is found by trying.
fn uscc() -> anyhow::Result<String> {
    static GIVEN: AtomicU32 = AtomicU32::new(0);
    let first = format!("91999999{:09}", GIVEN.fetch_add(1, Ordering::Relaxed));
    let mut codes = "0123456789ABCDEFGHJKLMNPQRTUWXY".chars().map(|check| format!("{first}{check}"));
    codes.find(|code| Uscc::parse(code).is_ok()).context("one of the check characters fits")
}

/// One SQL text for both databases.
macro_rules! rows {
    ($room:ident, $database:ty) => {
        mod $room {
            use super::*;

            pub async fn enterprise(
                tx: &mut Transaction<'static, $database>,
                state: &AppState,
                keys: &TenantKeys,
                Wanted { people, declared, phones }: Wanted,
                viewer: &Viewer,
            ) -> anyhow::Result<Seeded> {
                let enterprise = keys.enterprise();
                let questionnaire = state.catalogue.newest(QUESTIONNAIRE).context("the built-in questionnaire")?;
                let now = state.clock.now();
                sqlx::query("insert into enterprise (id, uscc, name, timezone, questionnaire, change, created_at) values ($1, $2, $3, 'Asia/Shanghai', $4, $5, $6)")
                    .bind(enterprise)
                    .bind(uscc()?)
                    .bind("性能测试企业（演示数据）")
                    .bind(QUESTIONNAIRE)
                    .bind(i64::try_from(people * if declared { 2 } else { 1 })?)
                    .bind(now)
                    .execute(&mut **tx)
                    .await?;
                sqlx::query("insert into enterprise_representative (enterprise_id, representative_id, created_at) values ($1, $2, $3)")
                    .bind(enterprise)
                    .bind(viewer.id)
                    .bind(now)
                    .execute(&mut **tx)
                    .await?;
                sqlx::query("update session set export_enterprise_id = $2, export_until = expires_at where token_hash = $1")
                    .bind(&*viewer.session)
                    .bind(enterprise)
                    .execute(&mut **tx)
                    .await?;
                let mut declarers = Vec::with_capacity(people);
                for number in 0..people {
                    let change = i64::try_from(number + 1)?;
                    let id = employee(tx, keys, number, change, now).await?;
                    let cookie = if phones { phone(tx, keys, id, now).await? } else { String::new() };
                    if declared {
                        let day = state.clock.today(chrono_tz::Asia::Shanghai).minus_days(number as u64 % 7);
                        declaration(tx, keys, &questionnaire, id, number, i64::try_from(people)? + change, day, now).await?;
                    }
                    declarers.push(Declarer { id, cookie });
                }
                Ok(Seeded { enterprise, people: declarers, viewer_cookie: viewer.cookie.clone() })
            }

            pub async fn viewer(tx: &mut Transaction<'static, $database>, state: &AppState) -> anyhow::Result<Viewer> {
                let (id, token, now) = (random::uuid(), random::bytes::<32>(), state.clock.now());
                let keys = state.vault.keys(&state.db, EnterpriseId::SYSTEM).await?;
                let person = person(999_999);
                sqlx::query("insert into viewer (id, document_index, person, created_at) values ($1, $2, $3, $4)")
                    .bind(id)
                    .bind(random::bytes::<32>().as_slice())
                    .bind(person.seal(&keys, EmployeeId(id)))
                    .bind(now)
                    .execute(&mut **tx)
                    .await?;
                let session = Sha256::digest(token).to_vec();
                sqlx::query(
                    "insert into session (token_hash, viewer_id, level, verified_at, created_at, seen_at, expires_at)
                     values ($1, $2, 'passkey', $3, $3, $3, $4)",
                )
                    .bind(&*session)
                    .bind(id)
                    .bind(now)
                    .bind(now.plus_secs(8 * 3600))
                    .execute(&mut **tx)
                    .await?;
                Ok(Viewer { id, cookie: format!("shenbao={}", data_encoding::BASE64URL_NOPAD.encode(&token)), session })
            }

            async fn employee(
                tx: &mut Transaction<'static, $database>,
                keys: &TenantKeys,
                number: usize,
                change: i64,
                now: Moment,
            ) -> anyhow::Result<EmployeeId> {
                let (id, person) = (EmployeeId(random::uuid()), person(number));
                sqlx::query("insert into employee (enterprise_id, id, change, document_index, standing, person, created_at, agreed) values ($1, $2, $3, $4, 'matched', $5, $6, $7)")
                    .bind(keys.enterprise())
                    .bind(id)
                    .bind(change)
                    .bind(keys.index("document", person.document.number()).as_slice())
                    .bind(person.seal(keys, id))
                    .bind(now)
                    .bind(NOTICE_VERSION)
                    .execute(&mut **tx)
                    .await?;
                Ok(id)
            }

            async fn phone(
                tx: &mut Transaction<'static, $database>,
                keys: &TenantKeys,
                id: EmployeeId,
                now: Moment,
            ) -> anyhow::Result<String> {
                let secret = random::bytes::<32>();
                sqlx::query("insert into device (enterprise_id, secret_hash, employee_id, level, created_at) values ($1, $2, $3, 'claimed', $4)")
                    .bind(keys.enterprise())
                    .bind(Sha256::digest(secret).as_slice())
                    .bind(id)
                    .bind(now)
                    .execute(&mut **tx)
                    .await?;
                Ok(format!("shenbao-device-{}={}", keys.enterprise(), data_encoding::BASE64URL_NOPAD.encode(&secret)))
            }

            #[expect(clippy::too_many_arguments, reason = "a row has as many columns")]
            async fn declaration(
                tx: &mut Transaction<'static, $database>,
                keys: &TenantKeys,
                questionnaire: &Questionnaire,
                employee: EmployeeId,
                number: usize,
                change: i64,
                day: Day,
                now: Moment,
            ) -> anyhow::Result<()> {
                let key = random::uuid();
                let record = Record {
                    answers: answers(questionnaire, number, day),
                    residence: "广东省广州市".to_owned(),
                    level: Level::Claimed,
                    alerts: Vec::new(),
                    on_behalf: None,
                };
                let version = i64::from(questionnaire.version);
                let row = Row { submission: key, employee, day, questionnaire: &questionnaire.code, version };
                sqlx::query(
                    "insert into declaration (enterprise_id, change, employee_id, day, submitted_at, submission_key, questionnaire, version, record)
                     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                )
                .bind(keys.enterprise())
                .bind(change)
                .bind(employee)
                .bind(day)
                .bind(now)
                .bind(key)
                .bind(&questionnaire.code)
                .bind(version)
                .bind(record.seal(keys, row))
                .execute(&mut **tx)
                .await?;
                Ok(())
            }
        }
    };
}
rows!(on_sqlite, sqlx::Sqlite);
rows!(on_postgres, sqlx::Postgres);

/// An answer to each question, different from person to person.
fn answers(questionnaire: &Questionnaire, number: usize, day: Day) -> BTreeMap<String, Answer> {
    let answer = |question: &shenbao::questionnaire::model::Question| {
        let choices = question.choices();
        let choice = || choices[number % choices.len()].code.clone();
        match &question.kind {
            Kind::YesNo => Answer::YesNo(number.is_multiple_of(7)),
            Kind::OneOf(_) => Answer::One(choice()),
            Kind::SomeOf(_) => Answer::Some(vec![choice()]),
            Kind::Date { .. } => Answer::Date(day.minus_days(number as u64 % 14)),
            Kind::Place => Answer::Place(["440100", "440500", "210100", "441800", "445200"][number % 5].to_owned()),
            Kind::Temperature { .. } => Answer::Temperature(Reading::Measured(Celsius(i16::try_from(360 + number % 30).unwrap_or(365)))),
            Kind::ShortText | Kind::LongText => Answer::Text("从家里到工厂".to_owned()),
        }
    };
    questionnaire.questions().map(|question| (question.code.clone(), answer(question))).collect()
}

/// An invented person; the area code 999999 does not exist.
fn person(number: usize) -> Person {
    let body = format!("99999919{:02}01{:02}{:03}", 50 + number / 28_000 % 50, number / 1000 % 28 + 1, number % 1000);
    let sum: usize = body
        .bytes()
        .zip([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
        .map(|(digit, weight)| usize::from(digit - b'0') * weight)
        .sum();
    let text = format!("{body}{}", char::from(b"10X98765432"[sum % 11]));
    Person {
        name: name(number),
        document: IdDocument::parse(DocumentKind::ResidentId, &text).expect("a valid check digit"),
        phone: Phone::parse(&format!("199{number:08}")).ok(),
    }
}

pub fn name(number: usize) -> String {
    format!("员工{number}")
}

/// What name, document and phone of so many people take, on average.
pub fn text_bytes(people: usize) -> f64 {
    let bytes = |number| {
        let Person { name, document, phone } = person(number);
        name.len() + document.number().len() + phone.map_or(0, |phone| phone.as_str().len())
    };
    (0..people).map(bytes).sum::<usize>() as f64 / people as f64
}
