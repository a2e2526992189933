//! What the server measures of itself, in Prometheus' words. `docs/observe.md` lists all of it.
//!
//! Each part that is measured owns its figures ([`Writing`], [`Reading`]), and counts by atomics that were made before: nothing is
//! looked up by name but a request's route. What can be asked at any time (a queue, a pool, the outbox) is asked when Prometheus asks.
//! Labels take a fixed set of values: a route's template, a method, the class of a status, a kind. None names an enterprise, a person or
//! an address.

mod http;
mod page;
pub mod panics;
mod request_id;

use std::{sync::LazyLock, time::Instant};

use prometheus::{
    Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry, core::Collector,
    process_collector::ProcessCollector,
};

pub use self::{
    http::{Http, observe, span},
    page::{page, serve},
    request_id::{OurRequestId, of as name_of},
};
use crate::{
    alert::model::level, channel::model::Kind, error::StoreError, id::ReceiptId, questionnaire::model::AlertLevel,
    reminder::model::State as Reminded,
};

/// Seconds.
const REQUEST_BUCKETS: [f64; 14] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];
const COMMIT_BUCKETS: [f64; 13] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0];
const LOAD_BUCKETS: [f64; 13] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
/// Submissions.
const BATCH_BUCKETS: [f64; 10] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];

/// Panics of this process, on whichever thread.
pub static PANICS: LazyLock<IntCounter> = LazyLock::new(|| counter("shenbao_panics_total", "Panics, whether a request noticed or not"));
/// What the database said of its disk.
pub static DISK_FAILURES: LazyLock<IntCounter> = LazyLock::new(|| {
    counter("shenbao_database_disk_failures_total", "Statements that failed because the database's disk is full or broken")
});

/// All of it, and the page that says it.
pub struct Metrics {
    registry: Registry,
    pub http: Http,
    pub sending: Sending,
    pub reminding: Reminding,
    asked: Asked,
}

/// What becomes of what is in the outbox.
pub struct Sending {
    deliveries: IntCounterVec,
}

/// What becomes of the times of plans, and of reminders by hand.
pub struct Reminding(IntCounterVec);

/// What is asked when Prometheus asks.
struct Asked {
    ready: IntGaugeVec,
    queue: IntGauge,
    census_bytes: IntGauge,
    census_enterprises: IntGauge,
    outbox_waiting: IntGauge,
    outbox_age: IntGauge,
    outbox_dead: IntGauge,
    outbox_known: IntGauge,
    connections: IntGaugeVec,
}

/// What the writer measures of itself.
#[derive(Clone)]
pub struct Writing {
    batch: Histogram,
    commit: Histogram,
    stored: IntCounter,
    full: IntCounter,
    busy: IntCounter,
    failed: IntCounter,
    submissions: IntCounterVec,
    alerts: IntCounterVec,
}

/// What the censuses measure of themselves.
#[derive(Clone)]
pub struct Reading {
    loads: HistogramVec,
    pub evictions: IntCounter,
}

fn counter(name: &str, help: &str) -> IntCounter {
    IntCounter::new(name, help).expect("a metric's name is a constant")
}

fn counters(name: &str, help: &str, labels: &[&str]) -> IntCounterVec {
    IntCounterVec::new(Opts::new(name, help), labels).expect("a metric's name is a constant")
}

fn gauge(name: &str, help: &str) -> IntGauge {
    IntGauge::new(name, help).expect("a metric's name is a constant")
}

fn gauges(name: &str, help: &str, labels: &[&str]) -> IntGaugeVec {
    IntGaugeVec::new(Opts::new(name, help), labels).expect("a metric's name is a constant")
}

fn histogram(name: &str, help: &str, buckets: &[f64]) -> Histogram {
    Histogram::with_opts(HistogramOpts::new(name, help).buckets(buckets.into())).expect("a metric's name is a constant")
}

fn histograms(name: &str, help: &str, buckets: &[f64], labels: &[&str]) -> HistogramVec {
    HistogramVec::new(HistogramOpts::new(name, help).buckets(buckets.into()), labels).expect("a metric's name is a constant")
}

impl Default for Writing {
    fn default() -> Self {
        let submissions = counters("shenbao_writer_submissions_total", "Submissions of declarations, by what became of them", &["outcome"]);
        let alerts =
            counters("shenbao_alerts_raised_total", "Declarations stored whose answers raise an alert, by severity", &["severity"]);
        for level in [AlertLevel::Attention, AlertLevel::Urgent] {
            alerts.with_label_values(&[severity(level)]);
        }
        let of = |outcome: &str| submissions.with_label_values(&[outcome]);
        Self {
            batch: histogram("shenbao_writer_batch_submissions", "Submissions that shared a transaction", &BATCH_BUCKETS),
            commit: histogram("shenbao_writer_commit_duration_seconds", "Time to store a batch and make it durable", &COMMIT_BUCKETS),
            stored: of("stored"),
            full: of("queue-full"),
            busy: of("database-busy"),
            failed: of("failed"),
            submissions,
            alerts,
        }
    }
}

impl Writing {
    /// The queue took no more: whoever asked is told that the server is busy.
    pub fn refused(&self) -> StoreError {
        self.full.inc();
        StoreError::Busy
    }

    /// A batch begins to be stored; it has been when what is returned is dropped.
    pub fn batch(&self, submissions: usize) -> prometheus::HistogramTimer {
        self.batch.observe(f64::from(u32::try_from(submissions).unwrap_or(u32::MAX)));
        self.commit.start_timer()
    }

    /// What became of a submission that was taken, which raises an alert of this severity if any.
    pub fn answered(&self, raised: Option<i64>, result: &Result<Option<ReceiptId>, StoreError>) {
        match result {
            Ok(receipt) => {
                self.stored.inc();
                if let Some(raised) = raised.filter(|_| receipt.is_some()) {
                    self.alerts.with_label_values(&[severity(level(raised))]).inc();
                }
            }
            Err(StoreError::Busy) => self.busy.inc(),
            Err(_) => self.failed.inc(),
        }
    }
}

const fn severity(level: AlertLevel) -> &'static str {
    match level {
        AlertLevel::Attention => "attention",
        AlertLevel::Urgent => "urgent",
    }
}

impl Default for Reading {
    fn default() -> Self {
        let help = "Time to read an enterprise into memory (cold), or what came since (update)";
        let loads = histograms("shenbao_census_load_duration_seconds", help, &LOAD_BUCKETS, &["kind"]);
        for kind in ["cold", "update"] {
            loads.with_label_values(&[kind]);
        }
        Self { loads, evictions: counter("shenbao_census_evictions_total", "Enterprises that went from memory to make room for others") }
    }
}

impl Reading {
    /// An enterprise was read, all of it or what came since.
    pub fn loaded(&self, cold: bool, began: Instant) {
        self.loads.with_label_values(&[if cold { "cold" } else { "update" }]).observe(began.elapsed().as_secs_f64());
    }
}

impl Sending {
    fn new() -> Self {
        let help = "Tries to send something from the outbox, by kind of channel and what became of it";
        let deliveries = counters("shenbao_outbox_deliveries_total", help, &["channel", "outcome"]);
        for kind in Kind::ALL {
            for outcome in ["sent", "retry", "dead"] {
                deliveries.with_label_values(&[kind.code(), outcome]);
            }
        }
        Self { deliveries }
    }

    pub fn sent(&self, kind: Kind) {
        self.deliveries.with_label_values(&[kind.code(), "sent"]).inc();
    }

    pub fn failed(&self, kind: Kind, is_tried_again: bool) {
        self.deliveries.with_label_values(&[kind.code(), if is_tried_again { "retry" } else { "dead" }]).inc();
    }
}

impl Reminding {
    fn of(&self, state: Reminded) -> IntCounter {
        let outcome = match state {
            Reminded::Sent => "sent",
            Reminded::Nobody => "nobody-missing",
            Reminded::Unknown => "nobody-expected",
            Reminded::Skipped => "skipped",
        };
        self.0.with_label_values(&[outcome])
    }

    pub fn happened(&self, state: Reminded) {
        self.of(state).inc();
    }
}

impl Asked {
    fn new() -> Self {
        Self {
            ready: gauges("shenbao_ready", "Whether a check of /readyz passes", &["check"]),
            queue: gauge("shenbao_writer_queue_submissions", "Submissions that wait for the writer"),
            census_bytes: gauge("shenbao_census_bytes", "Memory of all censuses together"),
            census_enterprises: gauge("shenbao_census_enterprises", "Enterprises in memory"),
            outbox_waiting: gauge("shenbao_outbox_waiting", "What is to be sent by channels that are not paused"),
            outbox_age: gauge("shenbao_outbox_oldest_age_seconds", "How long the oldest of it has waited"),
            outbox_dead: gauge("shenbao_outbox_dead", "What was given up, and nobody has sent again or deleted"),
            outbox_known: gauge("shenbao_outbox_known", "Whether the outbox could be read for the figures above"),
            connections: gauges("shenbao_database_connections", "Connections to the database, by pool and state", &["pool", "state"]),
        }
    }

    fn all(&self) -> Vec<Box<dyn Collector>> {
        let counts = [
            &self.queue,
            &self.census_bytes,
            &self.census_enterprises,
            &self.outbox_waiting,
            &self.outbox_age,
            &self.outbox_dead,
            &self.outbox_known,
        ];
        let mut all: Vec<Box<dyn Collector>> = vec![Box::new(self.ready.clone()), Box::new(self.connections.clone())];
        all.extend(counts.into_iter().map(|count| Box::new(count.clone()) as Box<dyn Collector>));
        all
    }
}

impl Metrics {
    /// Of this writer and these censuses, besides what is measured of the process.
    pub fn new(writing: &Writing, reading: &Reading, census_budget: u64, database: &str) -> Self {
        let (http, sending, asked) = (Http::new(), Sending::new(), Asked::new());
        let reminders =
            counters("shenbao_reminders_total", "Times at which somebody was to be reminded, by what became of them", &["outcome"]);
        let reminding = Reminding(reminders);
        for state in [Reminded::Sent, Reminded::Nobody, Reminded::Unknown, Reminded::Skipped] {
            reminding.of(state);
        }
        let budget = gauge("shenbao_census_budget_bytes", "Memory that all censuses together may take");
        budget.set(i64::try_from(census_budget).unwrap_or(i64::MAX));
        let build = gauges("shenbao_build_info", "1; its labels say which program runs", &["version", "database"]);
        build.with_label_values(&[env!("CARGO_PKG_VERSION"), database]).set(1);
        let mut all: Vec<Box<dyn Collector>> = vec![
            Box::new(writing.batch.clone()),
            Box::new(writing.commit.clone()),
            Box::new(writing.submissions.clone()),
            Box::new(writing.alerts.clone()),
            Box::new(reading.loads.clone()),
            Box::new(reading.evictions.clone()),
            Box::new(http.duration.clone()),
            Box::new(http.in_flight.clone()),
            Box::new(sending.deliveries.clone()),
            Box::new(reminding.0.clone()),
            Box::new(budget),
            Box::new(build),
            Box::new(PANICS.clone()),
            Box::new(DISK_FAILURES.clone()),
            Box::new(ProcessCollector::for_self()),
        ];
        all.extend(asked.all());
        let registry = Registry::new();
        for one in all {
            registry.register(one).expect("no two metrics have the same name");
        }
        Self { registry, http, sending, reminding, asked }
    }
}
