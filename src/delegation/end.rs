//! What ends with the representative of an enterprise, in the transaction that takes the enterprise away from them: the grants that they
//! gave, with the links by which their managers could still enrol, and the enterprise's links to shared
//! statistics and its tablets. Its channels are paused: they led where that person said.

pub use super::store::{END_OF_REPRESENTATIVE, HOLDERS_OF_REPRESENTATIVE};

/// Ends it, and tells the managers; gives what ended, each with what it is called in the entries and still to be written down:
/// `end_with_representative_in!(tx, tenant, representative, at)`.
macro_rules! end_with_representative_in {
    ($tx:ident, $tenant:expr, $representative:expr, $at:expr) => {{
        use $crate::{
            account::representative::{LINK_END, VIEWER_LOCK},
            audit::model::Action,
            channel::tell::CHANNELS_PAUSE,
            delegation::{
                end::{END_OF_REPRESENTATIVE, HOLDERS_OF_REPRESENTATIVE},
                model::Ending,
            },
            message::{model::Kind, tell::tell_in},
            statistics::share::SHARES_END,
            tablet::TABLETS_END,
        };
        let (enterprise, at): ($crate::id::EnterpriseId, $crate::period::Moment) = ($tenant.id(), $at);
        let holders: Vec<uuid::Uuid> =
            sqlx::query_scalar(HOLDERS_OF_REPRESENTATIVE).bind(enterprise).bind($representative).bind(at).fetch_all(&mut *$tx).await?;
        for holder in holders {
            sqlx::query(VIEWER_LOCK).bind(holder).execute(&mut *$tx).await?;
        }
        let managers: Vec<uuid::Uuid> = sqlx::query_scalar(END_OF_REPRESENTATIVE)
            .bind(enterprise)
            .bind($representative)
            .bind(at)
            .bind(Ending::Dismissed)
            .fetch_all(&mut *$tx)
            .await?;
        for &manager in &managers {
            sqlx::query(LINK_END).bind(enterprise).bind(manager).bind(at).execute(&mut *$tx).await?;
            tell_in!($tx, enterprise, manager, Kind::ManagerRevoked, at);
        }
        let shares: Vec<uuid::Uuid> = sqlx::query_scalar(SHARES_END).bind(enterprise).bind(at).fetch_all(&mut *$tx).await?;
        let tablets: Vec<uuid::Uuid> = sqlx::query_scalar(TABLETS_END).bind(enterprise).bind(at).fetch_all(&mut *$tx).await?;
        let channels: Vec<uuid::Uuid> = sqlx::query_scalar(CHANNELS_PAUSE).bind(enterprise).bind(at).fetch_all(&mut *$tx).await?;
        let each = |action: Action, ids: Vec<uuid::Uuid>| ids.into_iter().map(move |id| (action, id));
        let ended = each(Action::RevokeManager, managers).chain(each(Action::EndShare, shares));
        ended.chain(each(Action::EndTablet, tablets)).chain(each(Action::PauseChannel, channels)).collect::<Vec<_>>()
    }};
}
pub(crate) use end_with_representative_in;
