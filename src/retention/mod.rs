//! What is no longer needed goes: by schedule within `serve`, and by `shenbao purge`.
//!
//! | what | goes |
//! |---|---|
//! | declarations | when they are as many days old as the operator says, 90 unless set, 365 at most |
//! | alerts, with what became of them | with the declarations of their day, or with their employee |
//! | claims that were never matched, with what they declared | 30 days after anything was last heard from them |
//! | employees who have nothing declared any more, with their devices and consents | 30 days after their last device ended; with a live device, when their last consent is as old as a declaration may be |
//! | lines of a roster that ended | when that is as long ago as declarations are kept |
//! | files for a roster that were not imported | an hour after they were sent |
//! | devices that ended | 30 days later |
//! | invitations that were replaced | 30 days after their grace |
//! | sessions, ceremonies by passkey or by a provider, one-time links | 7 days after their end |
//! | links by which managers ask; what was asked and not decided; what they were allowed; accounts that had nothing else | 7 days after their end; after 30 days; 180 days after its end; with the last of that |
//! | requests that were settled | 180 days later, unless their employee went before |
//! | links to shared statistics, with what they told | 7 days after their end |
//! | tablets, and links that nobody opened | 7 days after their end |
//! | messages | after 90 days |
//! | reminders, and that somebody was reminded | with the declarations of their day |
//! | what was to be sent to channels, sent or not | after 30 days; what it says, once it is sent |
//! | entries of the audit | when they are three years old, the oldest first and without a gap |
//!
//! Someone who declares stays known. Someone who stopped is not kept by a phone that still has its secret: the notice promises that
//! name and number go when the time is over, too; that phone scans the invitation again. No figure counts people without a
//! declaration, so none changes when they go.
//!
//! Each room deletes its own rows, in small batches. A batch that takes people or declarations takes a number of its enterprise's
//! counter, by which every census knows that it has to read anew. Several processes may purge at once. The first batch that takes
//! something from an enterprise writes down in its audit that a purge was made.

pub mod command;

use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

use crate::{
    account::{self, caller::Tenant},
    alert,
    audit::{
        self,
        entry::Entry,
        model::{Action, ActorKind},
    },
    channel,
    clock::Clock,
    db::{Db, patiently},
    declaration, delegation,
    enterprise::{self, model::Enterprise, registry},
    error::StoreError,
    id::EnterpriseId,
    message,
    period::{Day, Moment},
    random, reminder, rights, roster,
    state::AppState,
    statistics, tablet,
    vault::{TenantKeys, Vault},
};

/// How long declarations are kept unless the operator says otherwise, and at most.
pub const DAYS: u16 = 90;
pub const MOST_DAYS: u16 = 365;

/// After that many days goes what nobody waits for any more: claims, ended devices, replaced invitations.
const UNWANTED_DAYS: i64 = 30;
/// After that many days go sessions, ceremonies and links that are over.
const OVER_DAYS: i64 = 7;
/// So long entries of the audit are kept.
const AUDIT_DAYS: i64 = 3 * 365 + 1;
/// Nobody's own account goes sooner after it was made.
const ACCOUNT_DAYS: i64 = 180;
/// After that many days go requests that were settled: whoever was refused had the time to go to court.
const SETTLED_DAYS: i64 = 180;
/// After that many days go messages.
const TOLD_DAYS: i64 = 90;
const DAY_SECS: i64 = 24 * 60 * 60;

const HOUR_SECS: u64 = 60 * 60;
/// The first purge of a process begins between so many seconds after its start: several that start together do not purge together.
const FIRST_SECS: std::ops::Range<u64> = 60..10 * 60;
/// Between two batches, so that whoever waits to write comes in.
const PAUSE: Duration = Duration::from_millis(5);

/// The day on which each enterprise had its turn last.
pub type Done = BTreeMap<EnterpriseId, Day>;

/// How many rows went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Purged {
    pub declarations: u64,
    pub alerts: u64,
    pub employees: u64,
    pub devices: u64,
    pub invitations: u64,
    /// Requests, invitations, grants and accounts of managers.
    pub managers: u64,
    pub messages: u64,
    /// What was to be sent to channels.
    pub letters: u64,
    pub reminders: u64,
    pub requests: u64,
    pub shares: u64,
    pub tablets: u64,
    /// Lines of rosters.
    pub roster: u64,
    pub sessions: u64,
    pub ceremonies: u64,
    pub links: u64,
    pub entries: u64,
}

/// What an enterprise keeps: whatever is older goes.
#[derive(Debug, Clone, Copy)]
pub struct Keep {
    /// Declarations of this day go, and of earlier ones.
    pub declared: Day,
    /// Someone without declarations who was last heard from by then goes.
    pub heard: Moment,
    /// What nobody waits for goes if it is from then or earlier.
    pub wanted: Moment,
}

impl Keep {
    fn of(enterprise: &Enterprise, clock: &Clock, days: u16) -> Self {
        let now = clock.now();
        let before = |days: i64| now.plus_secs(-days * DAY_SECS);
        let wanted = before(UNWANTED_DAYS.min(days.into()));
        Self { declared: enterprise.today(clock).minus_days(days.into()), heard: before(days.into()), wanted }
    }
}

/// Once an hour, until it is dropped. Each enterprise has its turn in the first hour of its day.
pub async fn run(state: AppState) {
    let mut done = Done::new();
    let first = u64::from(u32::from_be_bytes(random::bytes())) % (FIRST_SECS.end - FIRST_SECS.start);
    tokio::time::sleep(Duration::from_secs(FIRST_SECS.start + first)).await;
    loop {
        let purging =
            Purging { db: &state.db, vault: &state.vault, clock: &state.clock, days: state.retention_days, by: ActorKind::Server };
        match purging.purge(&mut done).await {
            Ok(purged) if purged == Purged::default() => {}
            Ok(purged) => tracing::info!(%purged, "purged"),
            Err(error) => tracing::error!(%error, "the purge was broken off; the next one goes on with it"),
        }
        tokio::time::sleep(Duration::from_secs(HOUR_SECS)).await;
    }
}

/// One purge, or one after the other.
pub struct Purging<'a> {
    pub db: &'a Db,
    pub vault: &'a Vault,
    pub clock: &'a Clock,
    /// How long declarations are kept.
    pub days: u16,
    /// Who has it done: the schedule or the operator.
    pub by: ActorKind,
}

/// Does one batch after the other, until one finds nothing; counts the rows.
macro_rules! in_batches {
    ($count:expr, $batch:expr) => {
        loop {
            let rows = patiently!($batch)?;
            if rows == 0 {
                break;
            }
            $count += rows;
            tokio::time::sleep(PAUSE).await;
        }
    };
}

impl Purging<'_> {
    /// Deletes whatever is too old, of every enterprise that has not had its turn on its present day; and the bytes that it had.
    pub async fn purge(&self, done: &mut Done) -> Result<Purged, StoreError> {
        let mut purged = Purged::default();
        let result = self.purge_all(done, &mut purged).await;
        if purged.took_from_an_enterprise() {
            self.db.forget_old_pages().await?;
        }
        result.map(|()| purged)
    }

    async fn purge_all(&self, done: &mut Done, purged: &mut Purged) -> Result<(), StoreError> {
        let over = self.clock.now().plus_secs(-OVER_DAYS * DAY_SECS);
        let [sessions, ceremonies, links] = patiently!(account::retention::purge_flows(self.db, over))?;
        *purged = Purged { sessions, ceremonies, links, ..*purged };
        patiently!(roster::retention::purge_uploads(self.db, self.clock.now()))?;
        for enterprise in patiently!(registry::list(self.db))? {
            let today = enterprise.today(self.clock);
            if done.get(&enterprise.id) != Some(&today) {
                let keep = Keep::of(&enterprise, self.clock, self.days);
                self.purge_enterprise(Tenant::of_operator(enterprise.id), keep, purged).await?;
                done.insert(enterprise.id, today);
            }
        }
        self.purge_system(purged).await
    }

    /// What belongs to no enterprise: last, when no enterprise has anything left of it.
    async fn purge_system(&self, purged: &mut Purged) -> Result<(), StoreError> {
        let (system, before) = (self.entry(EnterpriseId::SYSTEM).await?, purged.managers);
        let (now, made) = (self.clock.now(), self.clock.now().plus_secs(-ACCOUNT_DAYS * DAY_SECS));
        let once = |purged: &Purged| (purged.managers == before).then_some(&system.1);
        in_batches!(purged.managers, account::retention::purge_own_accounts(self.db, made, now, once(purged)));
        self.purge_audit(Tenant::of_operator(EnterpriseId::SYSTEM), &system, purged.managers != before, purged).await
    }

    async fn purge_enterprise(&self, tenant: Tenant, keep: Keep, purged: &mut Purged) -> Result<(), StoreError> {
        let (db, entry) = (self.db, self.entry(tenant.id()).await?);
        let before = purged.rows_of_enterprises();
        // Once it is written down, it is.
        let once = |purged: &Purged| (purged.rows_of_enterprises() == before).then_some(&entry.1);
        in_batches!(purged.declarations, declaration::retention::purge(db, tenant, keep, once(purged)));
        in_batches!(purged.declarations, purge_unwanted_claims(db, tenant, keep, once(purged)));
        in_batches!(purged.alerts, alert::retention::purge(db, tenant, keep, once(purged)));
        in_batches!(purged.employees, account::retention::purge_employees(db, tenant, keep, once(purged)));
        in_batches!(purged.roster, roster::retention::purge(db, tenant, keep, once(purged)));
        purged.devices += patiently!(account::retention::purge_devices(db, tenant, keep, once(purged)))?;
        purged.invitations += patiently!(enterprise::retention::purge(db, tenant, keep, once(purged)))?;
        let now = self.clock.now();
        let over = Entry::by_itself(entry.0.clone(), ActorKind::Server, now, Action::ExpireManager);
        patiently!(delegation::retention::expire(db, tenant, &over))?;
        purged.managers += patiently!(delegation::retention::purge(db, tenant, now, once(purged)))?;
        let told = now.plus_secs(-TOLD_DAYS * DAY_SECS);
        purged.messages += patiently!(message::retention::purge(db, tenant, told, once(purged)))?;
        let sent = now.plus_secs(-UNWANTED_DAYS * DAY_SECS);
        in_batches!(purged.letters, channel::retention::purge(db, tenant, sent, once(purged)));
        purged.reminders += patiently!(reminder::retention::purge(db, tenant, keep, once(purged)))?;
        let settled = now.plus_secs(-SETTLED_DAYS * DAY_SECS);
        purged.requests += patiently!(rights::retention::purge(db, tenant, settled, once(purged)))?;
        let over = now.plus_secs(-OVER_DAYS * DAY_SECS);
        purged.shares += patiently!(statistics::share::retention::purge(db, tenant, over, once(purged)))?;
        purged.tablets += patiently!(tablet::retention::purge(db, tenant, over, once(purged)))?;
        in_batches!(purged.managers, account::retention::purge_accounts(db, tenant, once(purged)));
        self.purge_audit(tenant, &entry, purged.rows_of_enterprises() != before, purged).await
    }

    /// The oldest entries, and that they went.
    async fn purge_audit(
        &self,
        tenant: Tenant,
        (keys, entry): &(Arc<TenantKeys>, Entry),
        mut written: bool,
        purged: &mut Purged,
    ) -> Result<(), StoreError> {
        let until = self.clock.now().plus_secs(-AUDIT_DAYS * DAY_SECS);
        loop {
            let entry = Some(entry).filter(|_| !written);
            let rows = patiently!(audit::retention::purge(self.db, tenant, keys, until, entry))?;
            if rows == 0 {
                return Ok(());
            }
            (written, purged.entries) = (true, purged.entries + rows);
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn entry(&self, enterprise: EnterpriseId) -> Result<(Arc<TenantKeys>, Entry), StoreError> {
        let keys = patiently!(self.vault.keys(self.db, enterprise))?;
        Ok((keys.clone(), Entry::by_itself(keys, self.by, self.clock.now(), Action::Purge)))
    }
}

/// What they declared; they themselves go with everyone else who has nothing declared.
async fn purge_unwanted_claims(db: &Db, tenant: Tenant, keep: Keep, entry: Option<&Entry>) -> Result<u64, StoreError> {
    let claims = account::retention::unwanted_claims(db, tenant, keep).await?;
    declaration::retention::purge_of(db, tenant, &claims, keep, entry).await
}

impl Purged {
    /// Sessions and links that are over say nothing about anyone, and some are over every hour: for them no file is written anew.
    const fn took_from_an_enterprise(&self) -> bool {
        self.rows_of_enterprises() + self.entries > 0
    }

    const fn rows_of_enterprises(&self) -> u64 {
        self.declarations
            + self.alerts
            + self.employees
            + self.devices
            + self.invitations
            + self.managers
            + self.messages
            + self.letters
            + self.reminders
            + self.requests
            + self.shares
            + self.tablets
            + self.roster
    }
}

impl fmt::Display for Purged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { declarations, alerts, employees, devices, invitations, managers, messages, requests, shares, tablets, roster, .. } =
            self;
        let Self { letters, reminders, sessions, ceremonies, links, entries, .. } = self;
        write!(
            f,
            "{declarations} declaration(s), {alerts} alert(s), {employees} employee(s), {devices} device(s), {invitations} invitation(s), "
        )?;
        write!(
            f,
            "{managers} row(s) of managers, {messages} message(s), {requests} request(s), {shares} shared link(s), {tablets} tablet(s), "
        )?;
        write!(f, "{roster} line(s) of rosters, {letters} message(s) to channels, {reminders} row(s) of reminders, ")?;
        write!(f, "{sessions} session(s), {ceremonies} ceremony(ies), {links} one-time link(s), {entries} audit entry(ies)")
    }
}
