//! What is in the database in the end, against what was acknowledged.

use std::collections::{HashMap, HashSet};

use shenbao::{
    db::Db,
    declaration::record::{Record, Row},
    id::{EmployeeId, ReceiptId},
    period::Day,
};
use uuid::Uuid;

use crate::{
    clients::Submission,
    support::{seed::Seeded, server::Closed},
};

#[derive(Debug, Default, PartialEq, Eq)]
pub struct Judged {
    pub acknowledged: usize,
    pub lost: usize,
    pub duplicated: usize,
}

/// Those who declared by a form, and the numbers of their rows.
type Stored = HashMap<Uuid, HashSet<(EmployeeId, ReceiptId)>>;

/// Acknowledged is what got a receipt; lost is what got one and has no row of that number and person; duplicated is a form with more than
/// one row or receipt.
pub async fn judge(closed: &Closed, seeded: &Seeded, submissions: &[Submission]) -> anyhow::Result<Judged> {
    let stored = stored(closed, seeded).await?;
    let mut judged = Judged::default();
    for submission in submissions {
        let rows = stored.get(&submission.key);
        let is_there = |receipt| rows.is_some_and(|rows| rows.contains(&(seeded.people[submission.person].id, receipt)));
        if submission.receipts.len() > 1 || rows.is_some_and(|rows| rows.len() > 1) {
            judged.duplicated += 1;
        }
        if !submission.receipts.is_empty() {
            judged.acknowledged += 1;
        }
        if submission.receipts.iter().any(|receipt| !is_there(*receipt)) {
            judged.lost += 1;
        }
    }
    Ok(judged)
}

/// Every row, opened: each must be whole.
async fn stored(closed: &Closed, seeded: &Seeded) -> anyhow::Result<Stored> {
    type Found = (i64, EmployeeId, Day, Uuid, String, i64, Vec<u8>);
    let sql = "select change, employee_id, day, submission_key, questionnaire, version, record from declaration where enterprise_id = $1";
    let state = closed.open().await?;
    let found: Vec<Found> = match &state.db {
        Db::Sqlite(sqlite) => sqlx::query_as(sql).bind(seeded.enterprise).fetch_all(&sqlite.read).await?,
        Db::Postgres(pool) => sqlx::query_as(sql).bind(seeded.enterprise).fetch_all(pool).await?,
    };
    let keys = state.vault.keys(&state.db, seeded.enterprise).await?;
    state.db.close().await;
    let mut stored = Stored::new();
    for (change, employee, day, submission, questionnaire, version, record) in &found {
        let row = Row { submission: *submission, employee: *employee, day: *day, questionnaire, version: *version };
        let residence = Record::open(&keys, row, record)?.residence;
        let key = residence.trim_start_matches("广州").parse()?;
        stored.entry(key).or_default().insert((*employee, ReceiptId { enterprise: seeded.enterprise, change: *change }));
    }
    Ok(stored)
}
