//! Clients: as fast as they can, at a given rate, and looking around.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use shenbao::{db::Db, enterprise::NEXT_CHANGE, period::Day, random};
use sqlx::{AssertSqlSafe, Row};

use crate::support::{
    forms::{self, CITY, Forms},
    http::Connection,
    latency::{Latency, millis},
    seed::Seeded,
    server::Closed,
};

const CLIENTS: usize = 64;

pub struct Load {
    pub per_second: f64,
    pub latency: Latency,
}

async fn send(forms: &Forms, connection: &mut Connection, number: usize) -> anyhow::Result<()> {
    let answer = forms.post(connection, number, random::uuid(), CITY).await?;
    let stored = forms::receipt(&answer).is_some();
    anyhow::ensure!(stored, "not stored: {} {}", answer.status, String::from_utf8_lossy(&answer.body[..answer.body.len().min(2000)]));
    Ok(())
}

/// As many declarations as 64 clients can get acknowledged.
pub async fn declare_flat_out(port: u16, forms: &Arc<Forms>, time: Duration) -> anyhow::Result<Load> {
    declare_with(port, forms, time, CLIENTS).await
}

/// The same with so many clients.
pub async fn declare_with(port: u16, forms: &Arc<Forms>, time: Duration, clients: usize) -> anyhow::Result<Load> {
    let (start, next) = (Instant::now(), Arc::new(AtomicUsize::new(0)));
    let client = |forms: Arc<Forms>, next: Arc<AtomicUsize>| async move {
        let (mut connection, mut samples) = (Connection::open(port).await?, Vec::new());
        while start.elapsed() < time {
            let sent = Instant::now();
            send(&forms, &mut connection, next.fetch_add(1, Ordering::Relaxed)).await?;
            samples.push(millis(sent));
        }
        anyhow::Ok(samples)
    };
    let clients: Vec<_> = (0..clients).map(|_| tokio::spawn(client(forms.clone(), next.clone()))).collect();
    collect(clients, start).await
}

/// Declarations at a fixed rate; latency counts from when each was due, so a stall is not hidden.
pub async fn declare_at(port: u16, forms: &Arc<Forms>, per_second: u32, time: Duration) -> anyhow::Result<Load> {
    let (start, next) = (Instant::now(), Arc::new(AtomicUsize::new(0)));
    let interval = Duration::from_secs(1) / per_second;
    let client = |forms: Arc<Forms>, next: Arc<AtomicUsize>| async move {
        let (mut connection, mut samples) = (Connection::open(port).await?, Vec::new());
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let due = start + interval * u32::try_from(number)?;
            if due - start >= time {
                return anyhow::Ok(samples);
            }
            tokio::time::sleep_until(due.into()).await;
            send(&forms, &mut connection, number).await?;
            samples.push(millis(due));
        }
    };
    let clients: Vec<_> = (0..CLIENTS).map(|_| tokio::spawn(client(forms.clone(), next.clone()))).collect();
    collect(clients, start).await
}

async fn collect(clients: Vec<tokio::task::JoinHandle<anyhow::Result<Vec<f64>>>>, start: Instant) -> anyhow::Result<Load> {
    let mut samples = Vec::new();
    for client in clients {
        samples.extend(client.await??);
    }
    let per_second = samples.len() as f64 / start.elapsed().as_secs_f64();
    Ok(Load { per_second, latency: Latency::new(samples) })
}

/// When a bare loop's write-ahead log is folded into the database's file.
#[derive(Clone, Copy)]
pub enum Folding {
    /// By the commit that makes it a thousand pages long: what SQLite does by itself.
    Usual,
    /// As late as the server lets it grow.
    Late,
}

/// The rows that came through HTTP, stored again by a bare loop: batches of 64, one commit each, no HTTP, no check, no sealing.
pub async fn ceiling(stored: &Closed, before: &Path, folding: Folding, time: Duration) -> anyhow::Result<f64> {
    let full = Db::open(&stored.database_url).await?;
    let empty = Db::open(&format!("sqlite:{}", before.display())).await?;
    let (Db::Sqlite(full), Db::Sqlite(empty)) = (full, empty) else { anyhow::bail!("the benchmark runs on SQLite") };
    if matches!(folding, Folding::Usual) {
        sqlx::query("pragma wal_autocheckpoint = 1000").execute(&empty.write).await?;
    }
    let rows = sqlx::query("select enterprise_id, employee_id, day, submitted_at, submission_key, questionnaire, version, record from declaration limit 200000")
        .fetch_all(&full.read)
        .await?;
    anyhow::ensure!(!rows.is_empty(), "no declaration was stored");
    let (start, mut done) = (Instant::now(), 0);
    for batch in rows.chunks(CLIENTS) {
        if start.elapsed() > time {
            break;
        }
        let mut tx = empty.write.begin_with("begin immediate").await?;
        let count = i64::try_from(batch.len())?;
        let last: i64 = sqlx::query_scalar(NEXT_CHANGE).bind(batch[0].get::<i64, _>(0)).bind(count).fetch_one(&mut *tx).await?;
        let places: Vec<String> = (0..batch.len())
            .map(|row| format!("({})", (1..=9).map(|column| format!("${}", row * 9 + column)).collect::<Vec<_>>().join(",")))
            .collect();
        let sql = format!(
            "insert into declaration (enterprise_id, change, employee_id, day, submitted_at, submission_key, questionnaire, version, record) values {}",
            places.join(",")
        );
        let mut insert = sqlx::query(AssertSqlSafe(sql));
        for (row, change) in batch.iter().zip(last - count + 1..) {
            insert = insert
                .bind(row.get::<i64, _>(0))
                .bind(change)
                .bind(row.get::<Vec<u8>, _>(1))
                .bind(row.get::<Day, _>(2))
                .bind(row.get::<i64, _>(3))
                .bind(row.get::<Vec<u8>, _>(4))
                .bind(row.get::<String, _>(5))
                .bind(row.get::<i64, _>(6))
                .bind(row.get::<Vec<u8>, _>(7));
        }
        insert.execute(&mut *tx).await?;
        tx.commit().await?;
        done += batch.len();
    }
    Ok(done as f64 / start.elapsed().as_secs_f64())
}

/// Seconds until a file of everyone is here whole.
pub async fn export(port: u16, seeded: &Seeded, file: &str) -> anyhow::Result<f64> {
    let mut connection = Connection::open(port).await?;
    let sent = Instant::now();
    let answer = connection.get(&format!("/e/{}/export/{file}", seeded.enterprise), &seeded.viewer_cookie, "").await?;
    let took = sent.elapsed().as_secs_f64();
    anyhow::ensure!(answer.status == 200 && answer.body.len() > 1_000_000, "{file}: {}, {} bytes", answer.status, answer.body.len());
    Ok(took)
}
