//! An employee says how they are.
//!
//! The form is generated from the questionnaire. Its page wakes up as the server made it; its `desk` judges what is sent and shows
//! what follows. It comes by [`api`] where WASM sent it, and by `post` as a plain HTML form.
//! Both hand it to `submit`: who, which version, is it right ([`model::judge`], the same in the browser), sealed as a
//! [`record`], and on to the group-committing [`writer`], whose `queue` gives every enterprise its turn, and which answers only after
//! the commit is durable. A later declaration of the same day replaces the earlier, which stays as history. Whose consents do not
//! stand is asked for them on the form (`consent`). `own` is what an employee sees of their own; [`on_behalf`] is for those who have no
//! phone.

pub mod api;
pub mod browser;
pub mod model;

pub mod check_view;
pub mod declare_page;
mod desk;
pub mod form_view;
pub mod mine_page;
pub mod on_behalf;
pub mod receipt_page;

#[cfg(feature = "ssr")]
mod consent;
#[cfg(feature = "ssr")]
pub mod copy;
#[cfg(feature = "ssr")]
mod form_key;
#[cfg(feature = "ssr")]
mod kept;
#[cfg(feature = "ssr")]
mod own;
#[cfg(feature = "ssr")]
pub mod pass;
#[cfg(feature = "ssr")]
mod post;
#[cfg(feature = "ssr")]
mod queue;
#[cfg(feature = "ssr")]
pub mod record;
#[cfg(feature = "ssr")]
pub mod retention;
#[cfg(feature = "ssr")]
mod store;
#[cfg(feature = "ssr")]
mod submit;
#[cfg(feature = "ssr")]
pub mod versions;
#[cfg(feature = "ssr")]
pub mod writer;

/// What became of a form that was posted without JavaScript, for the page that answers it.
#[cfg(feature = "ssr")]
#[derive(Clone)]
struct Posted(std::sync::Arc<model::Outcome>);

/// What of this room is sealed, for a rotation of the keys.
#[cfg(feature = "ssr")]
pub mod sealed {
    pub use super::store::Declarations;
}

/// Routes of this room that are not pages.
#[cfg(feature = "ssr")]
pub fn routes() -> axum::Router<crate::state::AppState> {
    axum::Router::new()
        .route("/declare/{enterprise}", axum::routing::post(post::declare))
        .route("/done/{receipt}/pass.png", axum::routing::get(pass::picture))
        .merge(on_behalf::routes())
}
