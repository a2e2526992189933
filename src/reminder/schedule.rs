//! The times of all plans, each once: whichever process looks first has it, and a clock that jumps finds it done.

use std::{collections::BTreeMap, time::Duration};

use chrono::{Datelike, NaiveTime, TimeZone};
use chrono_tz::Tz;

use super::{
    model::{Days, LATE_MINUTES, Outcome, State, times_of},
    run::{self, Trigger},
    store::{self, DueRow, NewReminder},
};
use crate::{
    account::caller::Tenant,
    audit::{
        entry::Entry,
        model::{Action, ActorKind},
    },
    census::Sight,
    clock::day_of,
    error::StoreError,
    id::EnterpriseId,
    period::{Day, Moment},
    random,
    state::AppState,
};

/// How often it is looked at the clock.
const LOOK: Duration = Duration::from_secs(15);

const DAY_SECS: i64 = 24 * 60 * 60;

/// Which times this process need not look at any more, and since when: what a clock that was ahead has decided is looked at again.
pub type Done = BTreeMap<(Day, EnterpriseId, u16), Moment>;

/// Until it is dropped.
pub async fn run(state: AppState) {
    let mut done = Done::new();
    loop {
        tokio::time::sleep(LOOK).await;
        match once(&state, &mut done).await {
            Ok(()) | Err(StoreError::Busy) => {}
            Err(error) => tracing::error!(%error, "reminders cannot be sent"),
        }
    }
}

/// Has every time that is due its turn.
pub async fn once(state: &AppState, done: &mut Done) -> Result<(), StoreError> {
    let mut after = EnterpriseId::from_bits(0);
    loop {
        let plans = store::plan_list_after(&state.db, after).await?;
        for plan in &plans {
            if let Err(error) = plan_due(state, plan, done).await {
                // One enterprise's trouble is not the others'.
                tracing::error!(%error, "a reminder cannot be sent; it is tried again");
            }
        }
        match plans.last() {
            Some(last) if plans.len() >= usize::try_from(store::PLANS).unwrap_or(usize::MAX) => after = last.enterprise_id,
            _ => break,
        }
    }
    // A clock that is set back by a day or two finds here what was done.
    while done.len() > 10_000 {
        done.pop_first();
    }
    Ok(())
}

async fn plan_due(state: &AppState, plan: &DueRow, done: &mut Done) -> Result<(), StoreError> {
    let (now, zone) = (state.clock.now(), plan.timezone.parse().unwrap_or(crate::enterprise::model::DEFAULT_ZONE));
    let today = day_of(now, zone);
    for day in [today.minus_days(1), today] {
        if !takes_place(state, Days::of_bits(plan.days), day) {
            continue;
        }
        for minute in times_of(&plan.times) {
            let key = (day, plan.enterprise_id, minute);
            let is_done = done.get(&key).is_some_and(|decided| *decided <= now);
            let Some(at) = moment(zone, day, minute).filter(|at| !is_done && is_due(*at, plan.changed_at, now)) else {
                continue;
            };
            let late = now > at.plus_secs(i64::from(LATE_MINUTES) * 60);
            if late || day != today {
                skip(state, plan.enterprise_id, day, minute).await?;
            } else {
                remind(state, plan.enterprise_id, day, minute).await?;
            }
            done.insert(key, now);
        }
    }
    Ok(())
}

/// It has come, and the plan was there before. One that was written by a clock more than a day ahead of this one is as good as older.
fn is_due(at: Moment, changed_at: Moment, now: Moment) -> bool {
    at <= now && (at > changed_at || changed_at > now.plus_secs(DAY_SECS))
}

fn takes_place(state: &AppState, days: Days, day: Day) -> bool {
    match days {
        Days::Working => state.holidays.is_working(day),
        chosen @ Days::Chosen(_) => chosen.has(day.date().weekday().num_days_from_monday()),
    }
}

/// When a clock of that zone shows it; `None` for a time that a change of the clocks leaves out.
fn moment(zone: Tz, day: Day, minute: u16) -> Option<Moment> {
    let time = NaiveTime::from_hms_opt(u32::from(minute) / 60, u32::from(minute) % 60, 0)?;
    let local = zone.from_local_datetime(&day.date().and_time(time)).earliest()?;
    Some(Moment::from_millis(local.timestamp_millis()))
}

async fn remind(state: &AppState, enterprise: EnterpriseId, day: Day, minute: u16) -> Result<(), StoreError> {
    let tenant = Tenant::of_operator(enterprise);
    let keys = state.vault.keys(&state.db, enterprise).await?;
    let entry = Entry::by_itself(keys, ActorKind::Server, state.clock.now(), Action::Remind);
    let trigger = Trigger { day, minute: Some(minute), viewer: None };
    run::remind(state, &Sight::whole(tenant), trigger, &entry).await.map(drop)
}

async fn skip(state: &AppState, enterprise: EnterpriseId, day: Day, minute: u16) -> Result<(), StoreError> {
    let (id, keys) = (random::uuid(), state.vault.keys(&state.db, enterprise).await?);
    let new = NewReminder {
        id,
        day,
        minute: Some(minute.into()),
        viewer: None,
        at: state.clock.now(),
        state: State::Skipped,
        outcome: run::seal(&keys, id, &Outcome::default()),
    };
    if store::reminder_skip(&state.db, Tenant::of_operator(enterprise), &new).await? {
        state.metrics.reminding.happened(State::Skipped);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_where_the_enterprise_is() {
        let day: Day = "2026-11-25".parse().unwrap();
        let shanghai = moment(chrono_tz::Asia::Shanghai, day, 9 * 60 + 30).unwrap();
        assert_eq!(shanghai.utc().to_rfc3339(), "2026-11-25T01:30:00+00:00");
        // Clocks go forward from two to three.
        let spring: Day = "2026-03-29".parse().unwrap();
        assert!(moment(chrono_tz::Europe::Berlin, spring, 2 * 60 + 30).is_none());
    }

    #[test]
    fn what_passed_before_the_plan_was_made_is_not_due() {
        let at = |secs: i64| Moment::from_millis(secs * 1000);
        assert!(is_due(at(100), at(50), at(100)));
        assert!(!is_due(at(100), at(50), at(99)), "not yet");
        assert!(!is_due(at(100), at(100), at(200)), "the plan is newer");
        assert!(!is_due(at(100), at(5000), at(200)), "a clock that was set back by an hour");
        assert!(is_due(at(100), at(100_000), at(200)), "a plan of a clock that was days ahead");
    }
}
