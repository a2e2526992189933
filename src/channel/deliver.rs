//! From the outbox to the receivers: at least once each. Any number of processes do it: whoever takes something has it for a minute.
//!
//! What fails is tried again after one, five and fifteen minutes, one hour and six; then it is given up, and the representative decides.
//! What else waits for a receiver that does not answer waits a minute, too.

use std::time::Duration;

use futures::StreamExt;
use serde_json::{Value, json};

use super::{
    model::{Failure, Kind, Settings, Told, What},
    payload::{Missing, Payload},
    send::{Message, most_bytes},
    store::{self, ChannelRow, Claimed, Letter},
    words::Telling,
};
use crate::{
    account::caller::Tenant,
    enterprise::{model::Enterprise, registry},
    error::StoreError,
    link,
    period::Moment,
    state::AppState,
    vault::newest_version,
};

/// How often it is looked for what other processes put there, and for what is due again.
const LOOK: Duration = Duration::from_secs(3);
/// So many are sent at once.
const AT_ONCE: usize = 8;
/// Seconds until the next try, after each that failed.
const AGAIN_SECS: [i64; 5] = [60, 5 * 60, 15 * 60, 60 * 60, 6 * 60 * 60];
/// So long waits what else is for a receiver that failed.
const OTHERS_SECS: i64 = 60;

/// Until it is dropped.
pub async fn run(state: AppState) {
    loop {
        match once(&state).await {
            Ok(0) | Err(StoreError::Busy) => tokio::time::sleep(LOOK).await,
            Ok(_) => {}
            Err(error) => {
                tracing::error!(%error, "the outbox cannot be read");
                tokio::time::sleep(LOOK).await;
            }
        }
    }
}

/// Sends what is due, some of it; how many were tried.
pub async fn once(state: &AppState) -> Result<usize, StoreError> {
    let due = store::outbox_due(&state.db, state.clock.now()).await?;
    let tried = futures::stream::iter(due).map(|letter| deliver(state, letter)).buffer_unordered(AT_ONCE);
    let outcomes: Vec<bool> = tried.collect().await;
    Ok(outcomes.into_iter().filter(|was_tried| *was_tried).count())
}

/// Whether it was tried here.
async fn deliver(state: &AppState, letter: Letter) -> bool {
    match attempt(state, letter).await {
        Ok(tried) => tried,
        Err(error) => {
            if !matches!(error, StoreError::Busy) {
                tracing::error!(%error, "something in the outbox cannot be sent");
            }
            false
        }
    }
}

async fn attempt(state: &AppState, letter: Letter) -> Result<bool, StoreError> {
    let Some(claimed) = store::outbox_claim(&state.db, letter, state.clock.now()).await? else { return Ok(false) };
    let tenant = Tenant::of_operator(letter.enterprise_id);
    let Some(channel) = store::channel_find(&state.db, tenant, letter.channel_id).await? else { return Ok(false) };
    if channel.paused_at.is_some() {
        // Paused since it was looked up: it waits.
        return Ok(false);
    }
    let sent = match send(state, tenant, letter, &claimed, &channel).await {
        Err(StoreError::Vault(error)) => {
            tracing::error!(%error, "something in the outbox does not open");
            Err(Failure::Unreadable)
        }
        sent => sent?,
    };
    let now = state.clock.now();
    match sent {
        Ok(()) => {
            store::outbox_sent(&state.db, letter, &claimed, now).await?;
            state.metrics.sending.sent(channel.kind);
        }
        Err(failure) => {
            let after = stops_others(channel.kind, failure).then(|| now.plus_secs(OTHERS_SECS));
            let again = again(failure, claimed.tries, now);
            store::outbox_failed(&state.db, letter, &claimed, failure, (again, after), now).await?;
            state.metrics.sending.failed(channel.kind, again.is_some());
        }
    }
    Ok(true)
}

/// What is in the outbox, whoever's it is.
pub struct Backlog {
    pub waiting: i64,
    /// How long the oldest of these has waited.
    pub oldest_secs: i64,
    /// What was given up.
    pub dead: i64,
}

pub async fn backlog(state: &AppState) -> Result<Backlog, StoreError> {
    let (waiting, oldest) = store::outbox_waiting(&state.db).await?;
    let dead = store::outbox_dead(&state.db).await?;
    let age = |since: Moment| (state.clock.now().as_millis() - since.as_millis()).max(0) / 1000;
    Ok(Backlog { waiting, oldest_secs: oldest.map_or(0, age), dead })
}

/// When it is tried again, if it is.
fn again(failure: Failure, tries: i64, now: Moment) -> Option<Moment> {
    if matches!(failure, Failure::Late | Failure::Untold | Failure::Recipient) {
        return None;
    }
    usize::try_from(tries).ok().and_then(|tries| AGAIN_SECS.get(tries)).map(|secs| now.plus_secs(*secs))
}

/// Whether the receiver is at fault, and not the one message: of e-mail to people each goes to somebody else.
const fn stops_others(kind: Kind, failure: Failure) -> bool {
    match failure {
        Failure::Late | Failure::Untold | Failure::Unreadable => false,
        Failure::Recipient | Failure::Refused => !matches!(kind, Kind::Personal),
        _ => true,
    }
}

async fn send(
    state: &AppState,
    tenant: Tenant,
    letter: Letter,
    claimed: &Claimed,
    channel: &ChannelRow,
) -> Result<Result<(), Failure>, StoreError> {
    let newest = newest_version(claimed.payload.iter().chain([&channel.settings]));
    let keys = state.vault.keys_for(&state.db, tenant.id(), newest).await?;
    let mut settings = Settings::open(&keys, channel.id, &channel.settings)?;
    let mut payload = claimed.payload.as_ref().map(|payload| Payload::open(&keys, letter.id, payload)).transpose()?;
    let enterprise = registry::load(state, tenant).await?;
    let today = enterprise.today(&state.clock);
    // What the channel is told now counts, not what it was told when this was put in the outbox.
    let told = Told::of_bits(channel.told);
    match &mut payload {
        None if !told.alerts => return Ok(Err(Failure::Untold)),
        Some(Payload::Reminder(missing)) if !told.reminders && !told.names || missing.day < today => {
            return Ok(Err(if missing.day < today { Failure::Late } else { Failure::Untold }));
        }
        Some(Payload::Reminder(missing)) if !told.names => missing.names = None,
        Some(Payload::Personal(personal)) if personal.day < today => return Ok(Err(Failure::Late)),
        Some(Payload::Personal(personal)) => settings.address.clone_from(&personal.mail),
        _ => {}
    }
    let page = if claimed.kind == What::Alert { link::alerts(enterprise.id) } else { link::absent(enterprise.id) };
    let page = state.public_url.link(&page);
    let telling = Telling { enterprise: &enterprise.name, language: settings.language, link: &page, bytes: most_bytes(channel.kind) };
    let message = message(&telling, &enterprise, letter, claimed, payload.as_ref(), state.clock.now());
    Ok(state.outgoing.send(channel.kind, &settings, &message).await)
}

fn message(
    telling: &Telling,
    enterprise: &Enterprise,
    letter: Letter,
    claimed: &Claimed,
    payload: Option<&Payload>,
    now: Moment,
) -> Message {
    let (kind, text, more) = match payload {
        None => ("alerts", telling.alerts(claimed.count), json!({ "counts": { "alerts": claimed.count } })),
        Some(Payload::Test) => ("test", telling.test(), json!({})),
        Some(Payload::Reminder(missing)) => ("reminder", telling.missing(missing), figures(missing)),
        Some(Payload::Personal(personal)) => {
            let (subject, text) = telling.personal(personal);
            return Message { id: letter.id, at: now, subject, text, object: Value::Null };
        }
    };
    let mut object = json!({
        "id": letter.id.simple().to_string(),
        "kind": kind,
        "enterprise": { "id": enterprise.id.to_string(), "name": enterprise.name },
        "day": enterprise.local_day(claimed.created_at),
        "link": telling.link,
    });
    if let (Value::Object(object), Value::Object(more)) = (&mut object, more) {
        object.extend(more);
    }
    Message { id: letter.id, at: now, subject: telling.title(), text, object }
}

fn figures(told: &Missing) -> Value {
    let departments = told.departments.iter().map(|(name, missing)| json!({ "name": name, "missing": missing }));
    let mut figures = json!({
        "day": told.day.to_string(),
        "time": told.time,
        "counts": { "expected": told.expected, "declared": told.declared, "missing": told.missing },
        "departments": departments.collect::<Vec<_>>(),
        "words": told.words,
    });
    if let Some(names) = &told.names {
        figures["names"] = json!(names);
    }
    figures
}
