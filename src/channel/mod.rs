//! 通知渠道: where an enterprise has its reminders and alerts sent, and the outbox from which they are.
//!
//! The representative adds channels ([`channels_page`]): robots of 企业微信, 钉钉 and 飞书, a program of their own, an address of e-mail, the
//! people themselves by e-mail. What is to be told is put in the outbox in the transaction of what it tells of (`tell`), sealed, and
//! each process sends what is due (`deliver`, `send`, `mail`), at least once, until a receiver has taken it or it is given up. `address`
//! says where nothing is sent to. A channel is told figures; names only where the representative has ticked them.

pub mod api;
pub mod channels_page;
pub mod model;

#[cfg(feature = "ssr")]
pub mod address;
#[cfg(feature = "ssr")]
mod answer;
#[cfg(feature = "ssr")]
pub mod deliver;
#[cfg(feature = "ssr")]
pub mod mail;
#[cfg(feature = "ssr")]
pub mod payload;
#[cfg(feature = "ssr")]
mod post;
#[cfg(feature = "ssr")]
pub mod retention;
#[cfg(feature = "ssr")]
pub mod send;
#[cfg(feature = "ssr")]
mod store;
#[cfg(feature = "ssr")]
pub mod tell;
#[cfg(feature = "ssr")]
mod words;

/// What of this room is sealed, for a rotation of the keys.
#[cfg(feature = "ssr")]
pub mod sealed {
    pub use super::store::{ChannelSettings, Payloads};
}

/// Routes of this room that are not pages.
#[cfg(feature = "ssr")]
pub fn routes() -> axum::Router<crate::state::AppState> {
    axum::Router::new().route("/e/{enterprise}/channels", axum::routing::post(post::channels))
}
