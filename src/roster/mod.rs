//! 名册: who is expected to declare, and who has not.
//!
//! The representative imports a file or types lines ([`roster_page`], [`import_page`]); `table` and `read` take a file apart, `import`
//! compares it with the roster, stages it and takes it over as a whole. The census holds the lines beside the people who declare and
//! finds out which belong together. [`absent_page`] shows who was waited for and did not declare. Who declares and is on no line is
//! 待确认: admitted, merged into a line whose number differs, or rejected. An enterprise without a roster has a head-count.

pub mod absent_page;
pub mod api;
pub mod import_page;
pub mod model;
pub mod roster_page;

#[cfg(feature = "ssr")]
mod answer;
#[cfg(feature = "ssr")]
pub mod import;
#[cfg(feature = "ssr")]
pub mod mail;
#[cfg(feature = "ssr")]
mod names;
#[cfg(feature = "ssr")]
mod post;
#[cfg(feature = "ssr")]
pub mod read;
#[cfg(feature = "ssr")]
pub mod retention;
#[cfg(feature = "ssr")]
mod seal;
#[cfg(feature = "ssr")]
mod store;
#[cfg(feature = "ssr")]
pub mod table;
#[cfg(feature = "ssr")]
mod template;
#[cfg(feature = "ssr")]
pub mod vouch;

#[cfg(feature = "ssr")]
pub use self::answer::line;

#[cfg(feature = "ssr")]
pub use self::store::{ROSTER_COUNT, ROSTER_LEAVE, ROSTER_TRANSFER};
#[cfg(feature = "ssr")]
use crate::{
    account::caller::{Permission, Scope},
    error::{AppError, Result},
};

/// What of this room is sealed, for a rotation of the keys.
#[cfg(feature = "ssr")]
pub mod sealed {
    pub use super::store::{Entries, Reports, Staged};
}

/// Routes of this room that are not pages.
#[cfg(feature = "ssr")]
pub fn routes() -> axum::Router<crate::state::AppState> {
    use axum::routing::{get, post};

    axum::Router::new()
        .route("/e/{enterprise}/roster", post(post::change))
        .route("/e/{enterprise}/roster/import", post(post::import))
        .route("/e/{enterprise}/absent/names.txt", get(names::text))
        .route("/e/{enterprise}/roster/template.csv", get(template::csv))
        .route("/e/{enterprise}/roster/template.xlsx", get(template::xlsx))
}

/// The one route that takes more than a form: it has limits of its own.
#[cfg(feature = "ssr")]
pub fn uploads() -> axum::Router<crate::state::AppState> {
    axum::Router::new().route("/e/{enterprise}/roster/upload", axum::routing::post(post::upload))
}

/// To change the roster is the representative's, like departments, which it makes and moves people between.
#[cfg(feature = "ssr")]
fn may_change(scope: &Scope) -> Result<()> {
    if scope.permission() == Permission::Departments { Ok(()) } else { Err(AppError::NotFound) }
}

/// Takes the lines of a department out of it within a transaction that is under way: `leave_roster_in!(tx, enterprise, department)`.
#[cfg(feature = "ssr")]
macro_rules! leave_roster_in {
    ($tx:ident, $enterprise:expr, $department:expr) => {{
        let (enterprise, department): ($crate::id::EnterpriseId, $crate::id::DepartmentId) = ($enterprise, $department);
        let lines: i64 = sqlx::query_scalar($crate::roster::ROSTER_COUNT).bind(enterprise).bind(department).fetch_one(&mut *$tx).await?;
        if lines > 0 {
            let last: i64 =
                sqlx::query_scalar($crate::enterprise::ROSTER_CHANGED).bind(enterprise).bind(lines).fetch_one(&mut *$tx).await?;
            sqlx::query($crate::roster::ROSTER_LEAVE).bind(enterprise).bind(department).bind(last - lines).execute(&mut *$tx).await?;
        }
    }};
}
#[cfg(feature = "ssr")]
pub(crate) use leave_roster_in;
