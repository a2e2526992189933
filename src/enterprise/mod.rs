//! Who is declared to: enterprises, the codes that invite their employees, and the poster that carries a code.
//!
//! The operator registers enterprises and their representatives at the terminal ([`command`]; [`import`] reads a table); a
//! representative shares the invitation ([`invite_page`]) as a QR code, a link or a poster ([`image`], served by `picture`).
//! A code is stored as a hash to find it by and sealed to show it again; a replaced one works on for a grace.
//! [`registry`] answers the other rooms: whose code this is, and what an enterprise is called, asks and calls "today".
//! Its people may belong to departments ([`department`]); which questionnaire they answer is chosen in [`choice`].
//! [`NEXT_CHANGE`] gives every change of an enterprise's people its number.

pub mod model;

pub mod api;
pub mod choice;
pub mod department;
pub mod enterprises_page;
pub mod invite_page;

#[cfg(feature = "ssr")]
pub mod command;
#[cfg(feature = "ssr")]
pub mod head_count;
#[cfg(feature = "ssr")]
pub mod image;
#[cfg(feature = "ssr")]
pub mod import;
#[cfg(feature = "ssr")]
pub mod picture;
#[cfg(feature = "ssr")]
pub mod registry;
#[cfg(feature = "ssr")]
pub mod retention;
#[cfg(feature = "ssr")]
mod store;

/// Takes the next `$2` numbers of an enterprise's counter, and keeps it locked until the transaction ends: so the order of
/// changes is the order of commits. Returns the last number taken, or no row for an enterprise that does not exist.
#[cfg(feature = "ssr")]
pub const NEXT_CHANGE: &str = "update enterprise set change = change + $2 where id = $1 returning change";

/// Takes the next number of an enterprise's counter for a purge: every census that was read before it is read anew.
#[cfg(feature = "ssr")]
pub const PURGED: &str = "update enterprise set change = change + 1, purged = change + 1 where id = $1";

/// The same as [`NEXT_CHANGE`] for a change of the roster: what was compared with it before is out of date.
#[cfg(feature = "ssr")]
pub const ROSTER_CHANGED: &str = "update enterprise set change = change + $2, roster = change + $2 where id = $1 returning change";

/// The same, unless the roster has changed since `$3`.
#[cfg(feature = "ssr")]
pub const ROSTER_CHANGED_SINCE: &str =
    "update enterprise set change = change + $2, roster = change + $2 where id = $1 and roster = $3 returning change";

/// What of this room is sealed, for a rotation of the keys.
#[cfg(feature = "ssr")]
pub mod sealed {
    pub use super::store::Invitations;
}

/// Routes of this room that are not pages.
#[cfg(feature = "ssr")]
pub fn routes() -> axum::Router<crate::state::AppState> {
    picture::routes().merge(department::routes()).merge(choice::routes())
}
