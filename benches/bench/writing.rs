//! The writer, beside what one enterprise on SQLite comes to: many enterprises, PostgreSQL, a flood.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use shenbao::random;
use sqlx::{AssertSqlSafe, Connection as _, Executor, PgConnection};
use tempfile::TempDir;

use crate::{
    Options,
    load::{self, Load},
    support::{
        forms::Forms,
        seed,
        server::{Closed, Prepared},
    },
};

const WARM_UP: Duration = Duration::from_secs(2);
/// A flood has so many clients.
const FLOOD: usize = 512;

#[derive(Clone, Copy)]
pub enum Place {
    Sqlite,
    Postgres,
}

/// Who declares, and where it is kept.
#[derive(Clone, Copy)]
pub struct Case {
    pub place: Place,
    pub enterprises: usize,
    /// Of each.
    pub people: usize,
    pub seconds: Duration,
}

pub struct Measured {
    pub flat_out: Load,
    /// A thousand a second.
    pub offered: Load,
}

/// As much as 64 clients can get acknowledged, and how long it takes at a rate.
pub async fn measured(options: &Options, case: Case) -> anyhow::Result<Measured> {
    let (prepared, forms) = prepare(options, case).await?;
    let running = prepared.start(&options.program()).await?;
    load::declare_flat_out(running.port, &forms, WARM_UP).await?;
    let flat_out = load::declare_flat_out(running.port, &forms, case.seconds).await?;
    let offered = load::declare_at(running.port, &forms, 1000, case.seconds).await?;
    running.stop()?;
    Ok(Measured { flat_out, offered })
}

/// How long one enterprise waits, at twenty a second, while another is flooded.
pub async fn beside_a_flood(options: &Options, seconds: Duration) -> anyhow::Result<Load> {
    let prepared = Prepared::new().await?;
    let (flooded, other) = (seed::enterprise(&prepared.state, 20_000, false).await?, seed::enterprise(&prepared.state, 200, false).await?);
    let questionnaire = prepared.state.catalogue.newest(seed::QUESTIONNAIRE).context("the built-in questionnaire")?;
    let day = prepared.state.clock.today(chrono_tz::Asia::Shanghai);
    let (flooded, other) = (Forms::new(&questionnaire, day, &flooded), Forms::new(&questionnaire, day, &other));
    let prepared = prepared.closed().await;
    let running = prepared.start(&options.program()).await?;
    let flood = load::declare_with(running.port, &flooded, seconds + WARM_UP, FLOOD);
    let beside = async {
        tokio::time::sleep(WARM_UP).await;
        load::declare_at(running.port, &other, 20, seconds).await
    };
    let (_, beside) = tokio::try_join!(flood, beside)?;
    running.stop()?;
    Ok(beside)
}

async fn prepare(options: &Options, case: Case) -> anyhow::Result<(Closed, Arc<Forms>)> {
    let prepared = match case.place {
        Place::Sqlite => Prepared::new().await?,
        Place::Postgres => Prepared::in_folder(TempDir::new()?, Some(new_database(&options.postgres).await?)).await?,
    };
    let seeded = seed::enterprises(&prepared.state, case.enterprises, case.people, false).await?;
    let questionnaire = prepared.state.catalogue.newest(seed::QUESTIONNAIRE).context("the built-in questionnaire")?;
    let forms = Forms::of(&questionnaire, prepared.state.clock.today(chrono_tz::Asia::Shanghai), &seeded);
    Ok((prepared.closed().await, forms))
}

async fn new_database(server: &str) -> anyhow::Result<String> {
    let name = format!("bench_{}", random::uuid().simple());
    let mut connection = PgConnection::connect(&format!("{server}/postgres")).await?;
    connection.execute(AssertSqlSafe(format!("create database {name}"))).await?;
    connection.close().await?;
    Ok(format!("{server}/{name}"))
}
