//! One reminder: who is missing now, and what is put on its way to whom, in one step.

use std::{collections::HashMap, sync::Arc};

use uuid::Uuid;
use zeroize::Zeroizing;

use super::{
    model::{HAND_MINUTES, Outcome, State, clock_time},
    store::{self, NewReminder, outcome_cell, words_cell},
};
use crate::{
    account::caller::Tenant,
    audit::entry::Entry,
    census::{Missing, Sight},
    channel::{
        model::{Kind, What},
        payload::{self, Payload, Personal},
        tell::{self, Open, Parcel},
    },
    db::patiently,
    enterprise::{department, registry},
    error::StoreError,
    id::{EmployeeId, EntryId},
    language::Language,
    link,
    period::{Day, Moment},
    random, roster,
    state::AppState,
    ui::locale::{locale_of, tr_in},
    vault::TenantKeys,
};

/// The first of them are named, where a channel is told names.
const MOST_NAMES: usize = 1000;

/// What sets a reminder off.
pub struct Trigger {
    pub day: Day,
    /// Of the plan; none: by hand.
    pub minute: Option<u16>,
    pub viewer: Option<Uuid>,
}

/// Reminds those who are missing on a day. `None`, and nothing is sent, where that time has had its turn, or where somebody else was
/// quicker by hand. `sight` is of the whole enterprise.
pub async fn remind(state: &AppState, sight: &Sight, trigger: Trigger, entry: &Entry) -> Result<Option<State>, StoreError> {
    let tenant = sight.tenant();
    if let Some(minute) = trigger.minute
        && store::reminder_is_done(&state.db, tenant, trigger.day, minute.into(), entry.at).await?
    {
        return Ok(None);
    }
    let missing = state.censuses.missing(sight, trigger.day).await?;
    let Some(attendance) = missing.attendance else {
        return write(state, sight, &trigger, State::Unknown, Composed::default(), entry).await;
    };
    let share = attendance.share;
    let counts = Outcome { expected: share.expected, declared: share.declared, missing: share.missing(), ..Outcome::default() };
    if counts.missing == 0 {
        return write(state, sight, &trigger, State::Nobody, Composed { outcome: counts, parcels: Vec::new() }, entry).await;
    }
    let employees: Vec<EmployeeId> = missing.people.iter().filter_map(|person| person.employee).collect();
    for some in employees.chunks(store::NOTICES_AT_ONCE) {
        patiently!(store::notice_set(&state.db, tenant, some, trigger.day, entry.at))?;
    }
    let counts = Outcome { notices: u32::try_from(employees.len()).unwrap_or(u32::MAX), ..counts };
    let composed = Composing::new(state, tenant, &trigger, entry.at).await?.compose(missing, counts).await?;
    write(state, sight, &trigger, State::Sent, composed, entry).await
}

/// What is put on its way.
#[derive(Default)]
struct Composed {
    outcome: Outcome,
    parcels: Vec<Parcel>,
}

async fn write(
    state: &AppState,
    sight: &Sight,
    trigger: &Trigger,
    what: State,
    composed: Composed,
    entry: &Entry,
) -> Result<Option<State>, StoreError> {
    let tenant = sight.tenant();
    let keys = state.vault.keys(&state.db, tenant.id()).await?;
    let id = random::uuid();
    let new = NewReminder {
        id,
        day: trigger.day,
        minute: trigger.minute.map(i64::from),
        viewer: trigger.viewer,
        at: entry.at,
        state: what,
        outcome: seal(&keys, id, &composed.outcome),
    };
    let missing = if what == State::Sent { composed.outcome.missing } else { 0 };
    let since = entry.at.plus_secs(-i64::from(HAND_MINUTES) * 60);
    let written = patiently!(store::reminder_insert(&state.db, tenant, &new, (&composed.parcels, missing), since, entry))?;
    if written {
        state.metrics.reminding.happened(what);
    }
    Ok(written.then_some(what))
}

/// As it lies on the disk.
pub fn seal(keys: &TenantKeys, id: Uuid, outcome: &Outcome) -> Vec<u8> {
    let plain = Zeroizing::new(serde_json::to_vec(outcome).expect("an outcome has only text keys"));
    keys.seal(outcome_cell(id.as_bytes()), &plain)
}

/// What the representative has said; empty where nothing was, or where there is no plan.
pub async fn words(state: &AppState, tenant: Tenant) -> Result<String, StoreError> {
    let Some(sealed) = store::plan_find(&state.db, tenant).await?.and_then(|plan| plan.words) else { return Ok(String::new()) };
    let keys = state.vault.keys_for(&state.db, tenant.id(), crate::vault::newest_version([&sealed])).await?;
    Ok(String::from_utf8_lossy(&keys.open(words_cell(), &sealed)?).into_owned())
}

/// Who is missing, put into words for each channel.
struct Composing<'a> {
    state: &'a AppState,
    tenant: Tenant,
    keys: Arc<TenantKeys>,
    channels: Vec<Open>,
    names: HashMap<Option<crate::id::DepartmentId>, String>,
    words: String,
    day: Day,
    time: String,
}

impl<'a> Composing<'a> {
    async fn new(state: &'a AppState, tenant: Tenant, trigger: &Trigger, now: Moment) -> Result<Self, StoreError> {
        let enterprise = registry::load(state, tenant).await?;
        let channels = tell::open(state, tenant).await?.into_iter().filter(|channel| channel.told.reminders).collect();
        let departments = department::list(state, tenant).await?;
        let time = trigger.minute.map_or_else(|| enterprise.local_time(now).split(' ').nth(1).unwrap_or_default().to_owned(), clock_time);
        Ok(Self {
            keys: state.vault.keys(&state.db, tenant.id()).await?,
            words: words(state, tenant).await?,
            names: departments.into_iter().map(|department| (Some(department.id), department.name)).collect(),
            day: trigger.day,
            state,
            tenant,
            channels,
            time,
        })
    }

    async fn compose(self, missing: Missing, mut outcome: Outcome) -> Result<Composed, StoreError> {
        let mut parcels = Vec::new();
        for channel in &self.channels {
            if channel.kind == Kind::Personal {
                let mails = self.personal(channel, &missing).await?;
                outcome.mails = u32::try_from(mails.len()).unwrap_or(u32::MAX);
                parcels.extend(mails);
            } else {
                parcels.push(self.figures(channel, &missing, &outcome));
            }
            outcome.channels.push((channel.kind, channel.name.clone()));
        }
        Ok(Composed { outcome, parcels })
    }

    /// Figures, and names where they are ticked.
    fn figures(&self, channel: &Open, missing: &Missing, counts: &Outcome) -> Parcel {
        let names = channel.told.names.then(|| missing.people.iter().take(MOST_NAMES).map(|person| person.name.clone()).collect());
        let told = payload::Missing {
            day: self.day,
            time: self.time.clone(),
            expected: counts.expected,
            declared: counts.declared,
            missing: counts.missing,
            departments: self.departments(missing, channel.settings.language),
            // Without a roster nobody can be named.
            names: names.filter(|names: &Vec<String>| !names.is_empty()),
            words: self.words.clone(),
        };
        tell::parcel(&self.keys, channel.id, What::Reminder, counts.missing, &Payload::Reminder(told))
    }

    fn departments(&self, missing: &Missing, language: Language) -> Vec<(String, u32)> {
        if self.names.is_empty() {
            return Vec::new();
        }
        let none = || tr_in!(locale_of(language), statistics.no_department).to_owned();
        let named =
            missing.departments.iter().map(|(department, count)| (self.names.get(department).cloned().unwrap_or_else(none), *count));
        named.collect()
    }

    /// To each of them whose address the roster has.
    async fn personal(&self, channel: &Open, missing: &Missing) -> Result<Vec<Parcel>, StoreError> {
        let wanted = missing.people.iter().map(|person| person.id).collect();
        let addresses: HashMap<EntryId, String> = roster::mail::addresses(self.state, self.tenant, &wanted).await?;
        let state = self.state;
        let link = match registry::current_code(&state.db, &state.vault, &state.clock, self.tenant).await {
            Ok(code) => link::invitation(code.as_str()),
            // None that is good: whoever declared before gets there from their own page.
            Err(StoreError::Row { .. }) => link::MINE.to_owned(),
            Err(error) => return Err(error),
        };
        let link = self.state.public_url.link(&link);
        let letter = |mail: &String| {
            let personal = Personal { mail: mail.clone(), day: self.day, link: link.clone(), words: self.words.clone() };
            tell::parcel(&self.keys, channel.id, What::Personal, 1, &Payload::Personal(personal))
        };
        Ok(missing.people.iter().filter_map(|person| addresses.get(&person.id)).map(letter).collect())
    }
}
