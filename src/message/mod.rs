//! What a person who signs in is told: that somebody asks to be a manager, that their own leave is over, that alerts were raised.
//!
//! A message is written in the transaction of what it tells of ([`tell_in!`](tell::tell_in)), says nothing about a person, and leads to
//! where something can be done. Of an enterprise's alerts a person has one message until they read it, and it says how many there are. A
//! message counts as read once it was followed, or said to be. Pages hear of new ones at once (`live`).

pub mod api;
mod browser;
pub mod messages_page;
pub mod model;

#[cfg(feature = "ssr")]
pub mod live;
#[cfg(feature = "ssr")]
mod post;
#[cfg(feature = "ssr")]
pub mod retention;
#[cfg(feature = "ssr")]
mod store;
#[cfg(feature = "ssr")]
pub mod tell;

/// Routes of this room that are not pages.
#[cfg(feature = "ssr")]
pub fn routes() -> axum::Router<crate::state::AppState> {
    use axum::routing::{get, post};

    axum::Router::new().route("/messages", post(post::messages)).route("/messages/events", get(live::events))
}
