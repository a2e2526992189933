//! Messages as they are written and read.

use super::{
    model::{ALL, MessageLine, MessagesView, name, named},
    store::{self, MessageRow},
};
use crate::{
    account::caller::Viewer,
    error::{AppError, Result, StoreError},
    link,
    state::AppState,
};

pub use super::store::{TELL, TELL_ALERTS, TELL_ALERTS_MANAGERS, TELL_REMINDER, TELL_REPRESENTATIVES, TELL_VIEWER};

/// Tells one person, within a transaction that is under way: `tell_in!(tx, enterprise, viewer, kind, now)`.
macro_rules! tell_in {
    ($tx:ident, $enterprise:expr, $viewer:expr, $kind:expr, $now:expr) => {{
        let (kind, now): ($crate::message::model::Kind, $crate::period::Moment) = ($kind, $now);
        sqlx::query($crate::message::tell::TELL)
            .bind($enterprise)
            .bind($viewer)
            .bind($crate::random::uuid())
            .bind(kind)
            .bind(now)
            .execute(&mut *$tx)
            .await?;
    }};
}
pub(crate) use tell_in;

/// The same for everyone who represents the enterprise.
macro_rules! tell_representatives_in {
    ($tx:ident, $enterprise:expr, $kind:expr, $now:expr) => {{
        let (kind, now): ($crate::message::model::Kind, $crate::period::Moment) = ($kind, $now);
        sqlx::query($crate::message::tell::TELL_REPRESENTATIVES)
            .bind($enterprise)
            .bind($crate::random::uuid())
            .bind(kind)
            .bind(now)
            .execute(&mut *$tx)
            .await?;
    }};
}
pub(crate) use tell_representatives_in;

/// Tells a representative what concerns their own account: `tell_viewer_in!(tx, viewer, kind, now)`. Who represents nobody is not told.
macro_rules! tell_viewer_in {
    ($tx:ident, $viewer:expr, $kind:expr, $now:expr) => {{
        let (kind, now): ($crate::message::model::Kind, $crate::period::Moment) = ($kind, $now);
        sqlx::query($crate::message::tell::TELL_VIEWER)
            .bind($viewer)
            .bind($crate::random::uuid())
            .bind(kind)
            .bind(now)
            .execute(&mut *$tx)
            .await?;
    }};
}
pub(crate) use tell_viewer_in;

/// Tells of alerts, within the transaction that raises them: `tell_alerts_in!(tx, enterprise, behind, until, count, now)`; they were
/// raised by the changes behind `behind` and up to `until`.
macro_rules! tell_alerts_in {
    ($tx:ident, $enterprise:expr, $behind:expr, $until:expr, $count:expr, $now:expr) => {{
        let (enterprise, count, now): ($crate::id::EnterpriseId, i64, $crate::period::Moment) = ($enterprise, $count, $now);
        let id = $crate::random::uuid();
        sqlx::query($crate::message::tell::TELL_ALERTS).bind(enterprise).bind(id).bind(now).bind(count).execute(&mut *$tx).await?;
        sqlx::query($crate::message::tell::TELL_ALERTS_MANAGERS)
            .bind(enterprise)
            .bind(id)
            .bind(now)
            .bind($behind)
            .bind($until)
            .execute(&mut *$tx)
            .await?;
    }};
}
pub(crate) use tell_alerts_in;

/// Tells of a reminder, within the transaction that sends it: `tell_reminder_in!(tx, enterprise, count, now)`.
macro_rules! tell_reminder_in {
    ($tx:ident, $enterprise:expr, $count:expr, $now:expr) => {{
        let (count, now): (i64, $crate::period::Moment) = ($count, $now);
        sqlx::query($crate::message::tell::TELL_REMINDER)
            .bind($enterprise)
            .bind($crate::random::uuid())
            .bind(now)
            .bind(count)
            .execute(&mut *$tx)
            .await?;
    }};
}
pub(crate) use tell_reminder_in;

/// How many messages a person has not read.
pub async fn unread(state: &AppState, viewer: &Viewer) -> Result<u32, StoreError> {
    Ok(u32::try_from(store::message_unread(&state.db, viewer).await?).unwrap_or(u32::MAX))
}

/// A person's messages, newest first.
pub async fn show(state: &AppState, viewer: &Viewer) -> Result<MessagesView, StoreError> {
    let rows = store::message_list(&state.db, viewer).await?;
    Ok(MessagesView { unread: unread(state, viewer).await?, lines: rows.into_iter().map(line).collect() })
}

/// Notes that a person has read the message of this name, or all of them; where to go on.
pub async fn read(state: &AppState, viewer: &Viewer, which: &str) -> Result<String> {
    let now = state.clock.now();
    if which == ALL {
        store::message_read_all(&state.db, viewer, now).await?;
        return Ok(link::MESSAGES.to_owned());
    }
    let (enterprise, id) = named(which).ok_or(AppError::NotFound)?;
    let kind = store::message_read(&state.db, viewer, enterprise, id, now).await?.ok_or(AppError::NotFound)?;
    Ok(kind.link(enterprise).unwrap_or_else(|| link::MESSAGES.to_owned()))
}

fn line(row: MessageRow) -> MessageLine {
    let zone = row.timezone.parse().unwrap_or(crate::enterprise::model::DEFAULT_ZONE);
    MessageLine {
        name: name(row.enterprise_id, row.id),
        kind: row.kind,
        count: u32::try_from(row.count).unwrap_or(u32::MAX),
        enterprise: row.enterprise_id,
        enterprise_name: row.name,
        at: row.created_at.utc().with_timezone(&zone).format("%Y-%m-%d %H:%M").to_string(),
        unread: row.read_at.is_none(),
    }
}
