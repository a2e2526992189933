//! Messages as they are written and read.

use std::time::Duration;

use super::{
    model::MessageLine,
    store::{self, MessageRow},
};
use crate::{account::caller::Viewer, error::StoreError, state::AppState};

pub use super::store::{TELL, TELL_REPRESENTATIVES, TELL_VIEWER};

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

/// How many messages a person has not read.
pub async fn unread(state: &AppState, viewer: &Viewer) -> Result<u32, StoreError> {
    Ok(u32::try_from(store::message_unread(&state.db, viewer).await?).unwrap_or(u32::MAX))
}

/// So long a page of messages waits until they count as read: a locked database keeps nobody from reading.
const READ_WAIT: Duration = Duration::from_millis(200);

/// A person's messages, newest first. Those that are shown count as read from then on, and no others.
pub async fn show(state: &AppState, viewer: &Viewer) -> Result<Vec<MessageLine>, StoreError> {
    let rows = store::message_list(&state.db, viewer).await?;
    let unread: Vec<_> = rows.iter().filter(|row| row.read_at.is_none()).map(|row| (row.enterprise_id, row.id)).collect();
    if !unread.is_empty() {
        let (db, viewer, now) = (state.db.clone(), viewer.clone(), state.clock.now());
        let noting = tokio::spawn(async move {
            if let Err(error) = store::message_read(&db, &viewer, &unread, now).await {
                tracing::warn!(%error, "messages that were shown still count as unread");
            }
        });
        let _ = tokio::time::timeout(READ_WAIT, noting).await;
    }
    Ok(rows.into_iter().map(line).collect())
}

fn line(row: MessageRow) -> MessageLine {
    let zone = row.timezone.parse().unwrap_or(crate::enterprise::model::DEFAULT_ZONE);
    MessageLine {
        kind: row.kind,
        enterprise: row.enterprise_id,
        enterprise_name: row.name,
        at: row.created_at.utc().with_timezone(&zone).format("%Y-%m-%d %H:%M").to_string(),
        unread: row.read_at.is_none(),
    }
}
