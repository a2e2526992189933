//! 公用设备: a tablet at the gate, on which many employees declare one after the other and leave nothing behind.
//!
//! The representative makes a link ([`tablets_page`]); the device that opens it ([`set_up_page`]) becomes the enterprise's, holds a
//! secret, and shows [`sit_page`]: who are you? What is said there is a sitting: an employee who is known on this device for ten
//! minutes, for one form and its receipt. A sitting reads nothing of what was declared before: no address, no answers, no history. It
//! stands for the employee of the same document and name, because the enterprise vouches for the place; its declarations are marked
//! 公用设备 ([`crate::account::model::Level::Tablet`]). It ends with the next person, after the receipt, or by itself; then cookie, drafts
//! and what the browser kept are gone.

pub mod api;
pub mod model;
pub mod set_up_page;
pub mod sit_page;
pub mod tablets_page;

#[cfg(feature = "ssr")]
pub mod answer;
#[cfg(feature = "ssr")]
mod post;
#[cfg(feature = "ssr")]
pub mod retention;
#[cfg(feature = "ssr")]
mod store;

#[cfg(feature = "ssr")]
pub use store::TABLETS_END;

/// Routes of this room that are not pages.
#[cfg(feature = "ssr")]
pub fn routes() -> axum::Router<crate::state::AppState> {
    axum::Router::new()
        .route("/e/{enterprise}/tablets", axum::routing::post(post::change))
        .route("/tablet", axum::routing::post(post::sit))
        .route("/tablet/{tablet}", axum::routing::post(post::set_up))
}
