//! 提醒: those who have not declared are asked to, at set times and by hand.
//!
//! The representative makes a plan ([`reminders_page`]): times of the day, on working days ([`holidays`]) or others, and words of their own.
//! Each process looks at the clock (`schedule`), and a time has its turn once, whichever process has it and however clocks jump: the
//! row that writes it down is the only one of its time. One reminder (`run`) finds who is missing in the census, leaves each of them a
//! notice on their own page, tells the representative how many they are, and puts the rest in the outbox of [`channel`](crate::channel).

pub mod api;
pub mod model;
pub mod reminders_page;

#[cfg(feature = "ssr")]
mod answer;
#[cfg(feature = "ssr")]
pub mod holidays;
#[cfg(feature = "ssr")]
mod post;
#[cfg(feature = "ssr")]
pub mod retention;
#[cfg(feature = "ssr")]
pub mod run;
#[cfg(feature = "ssr")]
pub mod schedule;
#[cfg(feature = "ssr")]
mod store;

#[cfg(feature = "ssr")]
pub use answer::reminded_at;

/// What of this room is sealed, for a rotation of the keys.
#[cfg(feature = "ssr")]
pub mod sealed {
    pub use super::store::{Outcomes, Words};
}

/// Routes of this room that are not pages.
#[cfg(feature = "ssr")]
pub fn routes() -> axum::Router<crate::state::AppState> {
    axum::Router::new().route("/e/{enterprise}/reminders", axum::routing::post(post::reminders))
}
