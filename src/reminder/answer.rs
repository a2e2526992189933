//! What is shown and changed about reminders.

use super::{
    model::{Days, Outcome, Plan, PlanValues, Posted, Problem, ReminderLine, RemindersView, State, clock_time, times_of, times_text},
    run::{self, Trigger},
    store::{self, PlanRow, ReminderRow, outcome_cell, words_cell},
};
use crate::{
    account::caller::{Employee, Permission, Scope},
    audit::{entry::Entry, model::Action},
    census::Sight,
    channel::tell,
    enterprise::{model::Enterprise, registry},
    error::{AppError, Result, StoreError},
    period::Day,
    state::AppState,
    vault::{TenantKeys, newest_version},
};

/// So many reminders are shown.
const SHOWN: i64 = 60;
/// So many days ahead it is said that holidays are not known.
const AHEAD: u64 = 21;

/// The representative alone has people reminded: nobody lends what was lent.
fn may_remind(scope: &Scope) -> Result<()> {
    if scope.permission() == Permission::Managers { Ok(()) } else { Err(AppError::NotFound) }
}

pub async fn page(state: &AppState, scope: &Scope, posted: Posted) -> Result<RemindersView> {
    may_remind(scope)?;
    let tenant = scope.tenant();
    let enterprise = registry::load(state, tenant).await?;
    let today = enterprise.today(&state.clock);
    let plan = plan(state, scope).await?;
    let attendance = state.censuses.missing(&Sight::of(scope), today).await?.attendance;
    let channels = tell::open(state, tenant).await?.into_iter().filter(|channel| channel.told.reminders).count();
    let working = plan.as_ref().is_none_or(|plan| plan.days == Days::Working);
    Ok(RemindersView {
        enterprise: enterprise.id,
        today,
        new: plan.is_none(),
        values: posted.values.unwrap_or_else(|| PlanValues::of(&plan.unwrap_or(Plan { paused: true, ..Plan::default() }))),
        missing: attendance.as_ref().map(|attendance| (attendance.share.expected, attendance.share.missing())),
        by_name: attendance.is_some_and(|attendance| attendance.by_name),
        unknown_year: if working { unknown_year(state, today) } else { None },
        channels: u32::try_from(channels).unwrap_or(u32::MAX),
        history: history(state, scope, &enterprise).await?,
        problems: posted.problems,
    })
}

/// A year of which only weekends are known, from today to some weeks on.
fn unknown_year(state: &AppState, today: Day) -> Option<String> {
    let day = [today, today.plus_days(AHEAD)].into_iter().find(|day| !state.holidays.knows(*day))?;
    day.to_string().split('-').next().map(str::to_owned)
}

async fn plan(state: &AppState, scope: &Scope) -> Result<Option<Plan>, StoreError> {
    let Some(row) = store::plan_find(&state.db, scope.tenant()).await? else { return Ok(None) };
    let words = run::words(state, scope.tenant()).await?;
    Ok(Some(Plan { times: times_of(&row.times), days: Days::of_bits(row.days), paused: row.paused, words }))
}

async fn history(state: &AppState, scope: &Scope, enterprise: &Enterprise) -> Result<Vec<ReminderLine>, StoreError> {
    let rows = store::reminder_list(&state.db, scope.tenant(), SHOWN).await?;
    let newest = newest_version(rows.iter().map(|row| &row.outcome));
    let keys = state.vault.keys_for(&state.db, enterprise.id, newest).await?;
    rows.into_iter().map(|row| line(&keys, enterprise, row)).collect()
}

fn line(keys: &TenantKeys, enterprise: &Enterprise, row: ReminderRow) -> Result<ReminderLine, StoreError> {
    let plain = keys.open(outcome_cell(row.id.as_bytes()), &row.outcome)?;
    let outcome: Outcome = serde_json::from_slice(&plain).map_err(|_| StoreError::Row { table: "reminder", column: "outcome" })?;
    let time = row.minute.and_then(|minute| u16::try_from(minute).ok()).map(clock_time);
    Ok(ReminderLine { day: row.day, time, at: enterprise.local_time(row.at), state: row.state, outcome })
}

/// Keeps a plan, or says what is wrong with it.
pub async fn save(state: &AppState, scope: &Scope, values: &PlanValues) -> Result<Result<(), Vec<Problem>>> {
    may_remind(scope)?;
    let plan = match values.parse() {
        Ok(plan) => plan,
        Err(problems) => return Ok(Err(problems)),
    };
    let keys = state.vault.keys(&state.db, scope.tenant().id()).await?;
    let words = (!plan.words.is_empty()).then(|| keys.seal(words_cell(), plan.words.as_bytes()));
    let row = PlanRow { times: times_text(&plan.times), days: plan.days.bits(), paused: plan.paused, words };
    let entry = Entry::by_viewer(keys, scope, state.clock.now(), Action::ChangeReminders);
    store::plan_set(&state.db, scope.tenant(), &row, &entry).await?;
    Ok(Ok(()))
}

/// Reminds those who are missing now.
pub async fn now(state: &AppState, scope: &Scope) -> Result<Result<State, Problem>> {
    may_remind(scope)?;
    let enterprise = registry::load(state, scope.tenant()).await?;
    let keys = state.vault.keys(&state.db, enterprise.id).await?;
    let entry = Entry::by_viewer(keys, scope, state.clock.now(), Action::Remind);
    let trigger = Trigger { day: enterprise.today(&state.clock), minute: None, viewer: Some(scope.viewer().id()) };
    Ok(run::remind(state, &Sight::of(scope), trigger, &entry).await?.ok_or(Problem::TooSoon))
}

/// When an employee was reminded of that day.
pub async fn reminded_at(state: &AppState, employee: &Employee, day: Day, enterprise: &Enterprise) -> Result<Option<String>, StoreError> {
    let at = store::notice_find(&state.db, employee, day).await?;
    Ok(at.map(|at| enterprise.local_time(at)))
}
