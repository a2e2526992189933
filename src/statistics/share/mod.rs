//! Statistics that are shared with people who are not let in: figures only, never anyone.
//!
//! The representative freezes what the page of statistics says of a period ([`share_page`]). [`told`] decides what of it may be told:
//! nothing below 30 people, no count from 1 to 10 and none that leaves so few, everything else to the nearest five. The result is stored
//! sealed under the hash of a random token, and whoever has the link reads it on a page of its own ([`shared_page`]), as a picture or as
//! a text to copy, until it ends or is taken back.

pub mod api;
mod figures_view;
pub mod model;
pub mod share_page;
pub mod shared_page;
pub mod told;

#[cfg(feature = "ssr")]
pub mod answer;
#[cfg(feature = "ssr")]
mod picture;
#[cfg(feature = "ssr")]
pub mod post;
#[cfg(feature = "ssr")]
pub mod retention;
#[cfg(feature = "ssr")]
mod store;

#[cfg(feature = "ssr")]
pub use store::SHARES_END;

/// What of this room is sealed, for a rotation of the keys.
#[cfg(feature = "ssr")]
pub mod sealed {
    pub use super::store::Snapshots;
}
