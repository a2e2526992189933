//! A representative looks around in an enterprise of so many people.

use std::time::{Duration, Instant};

use anyhow::Context;
use shenbao::{
    link,
    questionnaire::model::{Kind, Questionnaire},
    random,
};

use crate::{
    Options,
    memory::Memory,
    support::{
        forms::{self, CITY, Forms},
        http::Connection,
        latency::{Latency, millis},
        seed::{self, Seeded},
        server::{Closed, Prepared, Running},
    },
};

/// So often it is asked whether a census is there.
const ASK_AGAIN: Duration = Duration::from_millis(20);
/// Until a server has given back what a load worked with: threads that have nothing to do end after ten seconds.
const SETTLED: Duration = Duration::from_secs(13);
/// How long a census may take before something is wrong.
const PATIENCE: Duration = Duration::from_mins(2);

/// What looking around in one enterprise came to.
pub struct Looked {
    /// From the first question after a start to the first answer.
    pub load_ms: f64,
    /// What the census takes, the names, documents and phones themselves aside.
    pub bytes_per_person: f64,
    /// What the server takes beside that while it loads it, and gives back, MB.
    pub load_extra_mb: f64,
    /// 200 combinations of filters, the whole page.
    pub statistics: Latency,
    pub search: Latency,
    /// A page of the list of people, from its beginning to its end.
    pub list: Latency,
    /// From the acknowledgement of a declaration to the end of a page that shows it.
    pub update: Latency,
}

/// The server that was asked; it ends before its database goes.
pub struct Asked {
    pub running: Running,
    pub seeded: Seeded,
    _database: Closed,
}

/// An enterprise of so many people, each of whom declared, and a server that has looked at it.
pub async fn look(options: &Options, people: usize) -> anyhow::Result<(Looked, Asked)> {
    let prepared = Prepared::new().await?;
    let seeded = seed::enterprise(&prepared.state, people, true).await?;
    let questionnaire = prepared.state.catalogue.newest(seed::QUESTIONNAIRE).context("the built-in questionnaire")?;
    let forms = Forms::new(&questionnaire, prepared.state.clock.today(chrono_tz::Asia::Shanghai), &seeded);
    let prepared = prepared.closed().await;
    let running = prepared.start(&options.program()).await?;
    let mut visitor = Visitor::open(running.port, &seeded.viewer_cookie).await?;
    let path = link::statistics(seeded.enterprise);
    visitor.get("/readyz").await?;
    let before = Memory::of(&running).resident_mb()?;
    let load_ms = visitor.wait(&path).await?;
    let memory = Memory::of(&running);
    let most = memory.peak_mb()?;
    tokio::time::sleep(SETTLED).await;
    // The server has hung up meanwhile.
    let mut visitor = Visitor::open(running.port, &seeded.viewer_cookie).await?;
    visitor.get(&path).await?;
    let settled = memory.resident_mb()?;
    let census = (settled - before) * 1024.0 * 1024.0;
    let looked = Looked {
        load_ms,
        bytes_per_person: census / people as f64 - seed::text_bytes(people),
        load_extra_mb: most - settled,
        statistics: visitor.statistics(&path, &questionnaire).await?,
        search: visitor.search(&path).await?,
        list: visitor.list(&path, people).await?,
        update: visitor.update(&path, running.port, &forms, people).await?,
    };
    Ok((looked, Asked { running, seeded, _database: prepared }))
}

/// A representative's browser.
pub struct Visitor {
    connection: Connection,
    cookie: String,
}

impl Visitor {
    pub async fn open(port: u16, cookie: &str) -> anyhow::Result<Self> {
        Ok(Self { connection: Connection::open(port).await?, cookie: cookie.to_owned() })
    }

    pub async fn get(&mut self, path: &str) -> anyhow::Result<f64> {
        let sent = Instant::now();
        let answer = self.connection.get(path, &self.cookie, "").await?;
        let took = millis(sent);
        anyhow::ensure!(answer.status == 200, "{path}: {}", answer.status);
        Ok(took)
    }

    /// Asks until the page is there, and not one that says how far it is.
    async fn wait(&mut self, path: &str) -> anyhow::Result<f64> {
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            let answer = self.connection.get(path, &self.cookie, "").await?;
            match answer.status {
                200 => return Ok(millis(began)),
                202 => tokio::time::sleep(ASK_AGAIN).await,
                status => anyhow::bail!("{path}: {status}"),
            }
        }
        anyhow::bail!("{path} was not there after {} s", PATIENCE.as_secs())
    }

    async fn statistics(&mut self, path: &str, questionnaire: &Questionnaire) -> anyhow::Result<Latency> {
        let buckets = buckets(questionnaire)?;
        // The merged index of each period is made on first use: warm means that each was looked at once.
        for period in PERIODS {
            self.get(&format!("{path}?period={period}")).await?;
        }
        let mut samples = Vec::new();
        for number in 0..200_usize {
            let (first, second) = (&buckets[number * 7 % buckets.len()], &buckets[(number * 13 + 5) % buckets.len()]);
            let period = PERIODS[number % PERIODS.len()];
            samples.push(self.get(&format!("{path}?period={period}&{first}&{second}")).await?);
        }
        Ok(Latency::new(samples))
    }

    async fn search(&mut self, path: &str) -> anyhow::Result<Latency> {
        let mut samples = Vec::new();
        for number in 0..100_usize {
            let wanted = ["%E5%91%98%E5%B7%A5", "1990", "0"][number % 3];
            samples.push(self.get(&format!("{path}/people?q={wanted}{}", number * 997 % 10_000)).await?);
        }
        Ok(Latency::new(samples))
    }

    /// Everyone declared once, behind the changes by which they came to be known: so any depth of the list has a known address.
    async fn list(&mut self, path: &str, people: usize) -> anyhow::Result<Latency> {
        let mut samples = Vec::new();
        for part in 0..100 {
            let last = 2 * people - people * part / 100;
            samples.push(self.get(&format!("{path}/people?after={}-{last}", 2 * people)).await?);
        }
        Ok(Latency::new(samples))
    }

    /// Whoever declared last stands first among those of today.
    async fn update(&mut self, path: &str, port: u16, forms: &Forms, people: usize) -> anyhow::Result<Latency> {
        let (mut phone, mut samples) = (Connection::open(port).await?, Vec::new());
        for round in 0..20_usize {
            let number = round * 37 % people;
            let answer = forms.post(&mut phone, number, random::uuid(), CITY).await?;
            anyhow::ensure!(forms::receipt(&answer).is_some(), "not stored: {}", answer.status);
            let acknowledged = Instant::now();
            let page = self.connection.get(&format!("{path}/people?period=today"), &self.cookie, "").await?;
            samples.push(millis(acknowledged));
            let name = format!("{}<", seed::name(number));
            anyhow::ensure!(String::from_utf8_lossy(&page.body).contains(&name), "{name} declared, and is not there");
        }
        Ok(Latency::new(samples))
    }
}

const PERIODS: [&str; 3] = ["all", "today", "7d"];

/// `question=bucket` for every choice, band and yes/no.
fn buckets(questionnaire: &Questionnaire) -> anyhow::Result<Vec<String>> {
    let mut buckets = Vec::new();
    for question in questionnaire.questions() {
        let codes: Vec<&str> = match &question.kind {
            Kind::YesNo => vec!["yes", "no"],
            Kind::OneOf(choices) | Kind::SomeOf(choices) => choices.iter().map(|choice| choice.code.as_str()).collect(),
            Kind::Temperature { bands } => bands.iter().map(|band| band.code.as_str()).collect(),
            _ => Vec::new(),
        };
        buckets.extend(codes.iter().map(|code| format!("{}={code}", question.code)));
    }
    (!buckets.is_empty()).then_some(buckets).context("a questionnaire with choices")
}
