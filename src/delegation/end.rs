//! Grants end with the representative who gave them, in the transaction that takes the enterprise away from them.

pub use super::store::END_OF_REPRESENTATIVE;

/// Ends what a representative granted: `end_grants_in!(tx, tenant, representative, &entry)`. `entry` is that of the dismissal.
macro_rules! end_grants_in {
    ($tx:ident, $tenant:expr, $representative:expr, $entry:expr) => {{
        let entry: &$crate::audit::entry::Entry = $entry;
        let ended: Vec<uuid::Uuid> = sqlx::query_scalar($crate::delegation::end::END_OF_REPRESENTATIVE)
            .bind($tenant.id())
            .bind($representative)
            .bind(entry.at)
            .bind($crate::delegation::model::Ending::Dismissed)
            .fetch_all(&mut *$tx)
            .await?;
        for &manager in &ended {
            $crate::message::tell::tell_in!($tx, $tenant.id(), manager, $crate::message::model::Kind::ManagerRevoked, entry.at);
        }
        for manager in ended {
            $crate::audit::entry::record_in!($tx, &entry.also($crate::audit::model::Action::RevokeManager).on(manager));
        }
    }};
}
pub(crate) use end_grants_in;
