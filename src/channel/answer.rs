//! What is shown and changed about channels.

use std::{collections::HashMap, sync::Arc};

use uuid::Uuid;

use super::{
    address,
    model::{
        Change, ChannelLine, ChannelValues, ChannelsView, DeadLine, Kind, NAME_CHARS, Posted, Problem, SECRET_BYTES, SECRET_LEAST,
        Settings, Told, What, masked_address, parse_mail,
    },
    payload::Payload,
    store::{self, ChannelRow},
};
use crate::{
    account::caller::{Permission, Scope},
    audit::{entry::Entry, model::Action},
    enterprise::{model::Enterprise, registry},
    error::{AppError, Result, StoreError},
    language::Language,
    random,
    state::AppState,
    text::is_invisible,
    vault::{TenantKeys, newest_version},
};

/// So much of what was given up is shown.
const SHOWN: i64 = 50;

/// Nobody lends what was lent, nor where it goes.
fn may_change(scope: &Scope) -> Result<()> {
    if scope.permission() == Permission::Managers { Ok(()) } else { Err(AppError::NotFound) }
}

pub async fn page(state: &AppState, scope: &Scope, posted: Posted) -> Result<ChannelsView> {
    may_change(scope)?;
    let (db, tenant) = (&state.db, scope.tenant());
    let enterprise = registry::load(state, tenant).await?;
    let rows = store::channel_list(db, tenant).await?;
    let keys = state.vault.keys_for(db, tenant.id(), newest_version(rows.iter().map(|row| &row.settings))).await?;
    let mut names = HashMap::new();
    let mut channels = Vec::new();
    let (traffic, troubles) = (store::outbox_traffic(db, tenant).await?, store::outbox_troubles(db, tenant).await?);
    for row in &rows {
        let settings = Settings::open(&keys, row.id, &row.settings).map_err(StoreError::from)?;
        let traffic = traffic.iter().find(|traffic| traffic.channel_id == row.id);
        names.insert(row.id, settings.name.clone());
        channels.push(ChannelLine {
            waiting: traffic.map_or(0, |traffic| u32::try_from(traffic.waiting).unwrap_or(u32::MAX)),
            sent_at: traffic.and_then(|traffic| traffic.sent_at).map(|at| enterprise.local_time(at)),
            failure: troubles.iter().find(|(channel, _)| *channel == row.id).map(|(_, failure)| *failure),
            ..line(row, settings)
        });
    }
    let dead = store::dead_list(db, tenant, SHOWN).await?.into_iter().map(|dead| dead_line(dead, &names, &enterprise)).collect();
    Ok(ChannelsView {
        enterprise: enterprise.id,
        mail: state.outgoing.mail.is_some(),
        channels,
        dead,
        dead_count: u32::try_from(store::dead_count(db, tenant).await?).unwrap_or(u32::MAX),
        posted,
    })
}

fn line(row: &ChannelRow, settings: Settings) -> ChannelLine {
    ChannelLine {
        id: row.id.simple().to_string(),
        kind: row.kind,
        address: masked_address(row.kind, &settings.address),
        signed: !settings.secret.is_empty(),
        name: settings.name,
        told: Told::of_bits(row.told),
        paused: row.pause.filter(|_| row.paused_at.is_some()),
        waiting: 0,
        sent_at: None,
        failure: None,
    }
}

fn dead_line(dead: store::Dead, names: &HashMap<Uuid, String>, enterprise: &Enterprise) -> DeadLine {
    DeadLine {
        channel: dead.channel_id.simple().to_string(),
        id: dead.id.simple().to_string(),
        name: names.get(&dead.channel_id).cloned().unwrap_or_default(),
        what: dead.kind,
        count: u32::try_from(dead.count).unwrap_or(u32::MAX),
        at: enterprise.local_time(dead.created_at),
        failure: dead.error,
    }
}

/// Makes a change, or says what is wrong with it.
pub async fn change(state: &AppState, scope: &Scope, change: Change, language: Language) -> Result<Result<(), Vec<Problem>>> {
    may_change(scope)?;
    let (db, tenant, now) = (&state.db, scope.tenant(), state.clock.now());
    let keys = state.vault.keys(db, tenant.id()).await?;
    let entry = |action, channel| Entry::by_viewer(keys.clone(), scope, now, action).on(channel);
    let done = match change {
        Change::Add(values) => return add(state, scope, &keys, values, language).await,
        Change::Tell(channel, told) => return tell(state, scope, channel, told, &entry(Action::ChangeChannel, channel)).await,
        Change::Test(channel) => {
            state.limits.test(tenant.id())?;
            let id = random::uuid();
            store::outbox_insert(db, tenant, channel, id, What::Test, &Payload::Test.seal(&keys, id), now).await?
        }
        Change::Pause(channel) => store::channel_pause(db, tenant, channel, true, &entry(Action::PauseChannel, channel)).await?,
        Change::Resume(channel) => store::channel_pause(db, tenant, channel, false, &entry(Action::ResumeChannel, channel)).await?,
        Change::Remove(channel) => store::channel_delete(db, tenant, channel, &entry(Action::RemoveChannel, channel)).await?,
        Change::Retry(channel, letter) => store::dead_retry(db, tenant, channel, letter, &entry(Action::RetrySending, channel)).await?,
        Change::Drop(channel, letter) => store::dead_delete(db, tenant, channel, letter, &entry(Action::DropSending, channel)).await?,
    };
    if done { Ok(Ok(())) } else { Err(AppError::NotFound) }
}

async fn tell(state: &AppState, scope: &Scope, channel: Uuid, told: Told, entry: &Entry) -> Result<Result<(), Vec<Problem>>> {
    let row = store::channel_find(&state.db, scope.tenant(), channel).await?.ok_or(AppError::NotFound)?;
    let Some(told) = told_of(row.kind, told) else { return Ok(Err(vec![Problem::Nothing])) };
    if store::channel_tell(&state.db, scope.tenant(), channel, told, entry).await? { Ok(Ok(())) } else { Err(AppError::NotFound) }
}

/// What a kind can be told of what was ticked; `None` for nothing. Names go with the figures.
fn told_of(kind: Kind, told: Told) -> Option<Told> {
    let told = match kind {
        Kind::Personal => Told { reminders: true, ..Told::default() },
        _ => Told { names: told.names && told.reminders, ..told },
    };
    (told.reminders || told.alerts).then_some(told)
}

async fn add(
    state: &AppState,
    scope: &Scope,
    keys: &Arc<TenantKeys>,
    values: ChannelValues,
    language: Language,
) -> Result<Result<(), Vec<Problem>>> {
    let (db, tenant) = (&state.db, scope.tenant());
    let (kind, settings, told) = match parse(state, &values, language).await {
        Ok(parsed) => parsed,
        Err(problems) => return Ok(Err(problems)),
    };
    if kind == Kind::Personal && store::channel_list(db, tenant).await?.iter().any(|row| row.kind == kind) {
        return Ok(Err(vec![Problem::Twice]));
    }
    let id = random::uuid();
    let row = ChannelRow { id, kind, settings: settings.seal(keys, id), told: told.bits(), paused_at: None, pause: None };
    let entry = Entry::by_viewer(keys.clone(), scope, state.clock.now(), Action::AddChannel).on(id);
    if store::channel_insert(db, tenant, &row, &entry).await? { Ok(Ok(())) } else { Ok(Err(vec![Problem::Enough])) }
}

/// A channel as it was typed, or everything that is wrong, in the order of the form.
async fn parse(state: &AppState, values: &ChannelValues, language: Language) -> Result<(Kind, Settings, Told), Vec<Problem>> {
    let Some(kind) = Kind::of(&values.kind) else { return Err(vec![Problem::Kind]) };
    let mut problems = Vec::new();
    if kind.is_mail() && state.outgoing.mail.is_none() {
        problems.push(Problem::NoMail);
    }
    let name = name(&values.name).map_err(|problem| problems.push(problem)).unwrap_or_default();
    let address = where_to(state, kind, &values.address).await.map_err(|problem| problems.push(problem)).unwrap_or_default();
    let secret = secret(kind, &values.secret).map_err(|problem| problems.push(problem)).unwrap_or_default();
    let told = told_of(kind, values.told);
    if told.is_none() {
        problems.push(Problem::Nothing);
    }
    match told {
        Some(told) if problems.is_empty() => Ok((kind, Settings { name, address, secret, language }, told)),
        _ => Err(problems),
    }
}

fn name(text: &str) -> Result<String, Problem> {
    let name = text.trim();
    let good = !name.is_empty() && name.chars().count() <= NAME_CHARS && !name.chars().any(|char| is_invisible(char) || char.is_control());
    if good { Ok(name.to_owned()) } else { Err(Problem::Name) }
}

async fn where_to(state: &AppState, kind: Kind, text: &str) -> Result<String, Problem> {
    match kind {
        Kind::Personal => Ok(String::new()),
        Kind::Mail => parse_mail(text).ok_or(Problem::Mail),
        _ => Ok(address::check(kind, text, &state.outgoing.allowed).await?.into()),
    }
}

fn secret(kind: Kind, text: &str) -> Result<String, Problem> {
    let secret = text.trim();
    let plain = secret.len() <= SECRET_BYTES && secret.bytes().all(|byte| byte.is_ascii_graphic());
    match kind {
        Kind::Mail | Kind::Personal | Kind::Wecom => Ok(String::new()),
        Kind::Webhook if plain && secret.len() >= SECRET_LEAST => Ok(secret.to_owned()),
        Kind::Dingtalk | Kind::Feishu if plain => Ok(secret.to_owned()),
        _ => Err(Problem::Secret),
    }
}
