//! 预警: what declarations set off, and what became of it.
//!
//! The questionnaire's rules are judged when somebody declares (`declaration::submit`). What holds becomes an alert ([`raise`]), written
//! in the declaration's own transaction: one per person and day. A later declaration of that day with something worse, or something else,
//! makes it new again; a milder one is only noted. Symptoms that a person always has can be marked (`lasting`): by themselves they
//! raise nothing.
//!
//! Whoever may see people works through the queue ([`alerts_page`]) and opens an alert ([`alert_page`]): new, seen, contacted, isolated or
//! in care, resolved; each step with who, when and a note. A manager who is confined to departments has the alerts of their people, and
//! no others. Who is told of a new alert, and how soon, is up to [`message`](crate::message).

pub mod alert_page;
pub mod alerts_page;
pub mod api;
pub mod model;
pub mod view;

#[cfg(feature = "ssr")]
pub mod answer;
#[cfg(feature = "ssr")]
pub mod demo;
#[cfg(feature = "ssr")]
mod post;
#[cfg(feature = "ssr")]
pub mod raise;
#[cfg(feature = "ssr")]
pub mod retention;
#[cfg(feature = "ssr")]
mod store;
#[cfg(feature = "ssr")]
mod strip;

/// What of this room is sealed, for a rotation of the keys.
#[cfg(feature = "ssr")]
pub mod sealed {
    pub use super::store::{AlertReasons, LastingRules, StepNotes};
}

/// Routes of this room that are not pages.
#[cfg(feature = "ssr")]
pub fn routes() -> axum::Router<crate::state::AppState> {
    use axum::routing::post;

    axum::Router::new().route("/e/{enterprise}/alerts", post(post::alerts)).route("/e/{enterprise}/alerts/{alert}", post(post::alert))
}
