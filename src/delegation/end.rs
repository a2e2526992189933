//! Grants end with the representative who gave them, in the transaction that takes the enterprise away from them.

pub use super::store::END_OF_REPRESENTATIVE;

/// Ends what a representative granted, and tells the managers; gives who they were: `end_grant_rows_in!(tx, tenant, representative, at)`.
/// Each is still to be written down.
macro_rules! end_grant_rows_in {
    ($tx:ident, $tenant:expr, $representative:expr, $at:expr) => {{
        let at: $crate::period::Moment = $at;
        let ended: Vec<uuid::Uuid> = sqlx::query_scalar($crate::delegation::end::END_OF_REPRESENTATIVE)
            .bind($tenant.id())
            .bind($representative)
            .bind(at)
            .bind($crate::delegation::model::Ending::Dismissed)
            .fetch_all(&mut *$tx)
            .await?;
        for &manager in &ended {
            $crate::message::tell::tell_in!($tx, $tenant.id(), manager, $crate::message::model::Kind::ManagerRevoked, at);
        }
        ended
    }};
}
pub(crate) use end_grant_rows_in;
