//! Shenbao (申报): an enterprise's representative collects the health declarations of its employees and acts on them.
#![recursion_limit = "512"]

pub mod account;
pub mod app;
pub mod declaration;
pub mod enterprise;
pub mod error;
pub mod id;
pub mod link;
pub mod paging;
pub mod period;
pub mod questionnaire;
pub mod statistics;
pub mod ui;

#[cfg(feature = "ssr")]
pub mod census;
#[cfg(feature = "ssr")]
pub mod clock;
#[cfg(feature = "ssr")]
pub mod config;
#[cfg(feature = "ssr")]
pub mod db;
#[cfg(feature = "ssr")]
pub mod limit;
#[cfg(feature = "ssr")]
pub mod random;
#[cfg(feature = "ssr")]
pub mod serve;
#[cfg(feature = "ssr")]
pub mod state;
#[cfg(feature = "ssr")]
pub mod vault;

#[expect(deprecated, reason = "the build-script form would add a second build of the macro's parser")]
mod words {
    leptos_i18n::load_locales!();
}
pub use words::i18n;

/// Wakes up the page that the server sent.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(app::App);
}
