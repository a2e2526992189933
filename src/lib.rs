//! Shenbao (申报): an enterprise's representative collects the health declarations of its employees and acts on them.
//!
//! # The map
//!
//! | who and what | where |
//! |---|---|
//! | what is asked, and the check of what is answered | [`questionnaire`] |
//! | who is asking, and the only ways to be allowed anything | [`account`] |
//! | who is declared to; the codes that invite; departments | [`enterprise`] |
//! | the form, the receipt, the writer | [`declaration`] |
//! | an enterprise in memory | `census` |
//! | who else may look, as a representative lends it | [`delegation`] |
//! | what declarations set off, and what became of it | [`alert`] |
//! | what those who sign in are told | [`message`] |
//! | where reminders and alerts go, and the outbox | [`channel`] |
//! | what it adds up to, and who is behind a figure; trends, a day's report, files of it, and figures for others | [`statistics`] |
//! | who did what, and the proof of it | [`audit`] |
//! | who is expected to declare, and who has not | [`roster`] |
//! | who is reminded to declare, and when | [`reminder`] |
//! | devices on which many declare | [`tablet`] |
//! | what an employee shows at the gate, and whom they can call | [`gate`] |
//! | what an employee may do with what is held on them | [`rights`] |
//! | what works without a line, and on the home screen | [`offline`] |
//! | sealing and keys | `vault` |
//! | what goes when | `retention` |
//! | what an operator watches: metrics, request ids, readiness | `metrics`, `ready`, `traces` |
//! | which path is which page, and which part of the browser's code that is | [`pages`], [`parts`] |
//! | what the gate's pages load of `public/`, by addresses that change with it | [`asset`] |
//! | components that know no room | [`ui`] |
//! | all components in all states, in development builds: `/style` | `style_page` |
//! | nouns that every room uses | [`error`], [`form`], [`id`], [`link`], [`paging`], [`period`], [`text`] |
//! | how server functions are asked and answered | [`wire`] |
//! | the process: router, pages, listener, command line, databases, clock | `serve`, `render`, `wake`, `listener`, `terminal`, `main.rs`, `db`, `state`, `config`, `clock`, `random`, `limit` |
//!
//! # How a declaration reaches the disk
//!
//! A phone scans `/i/{code}` ([`account::claim_page`]); the person consents and says who they are, and the device gets a secret.
//! `/declare/{enterprise}` ([`declaration::declare_page`]) is a form generated from the questionnaire. It is posted, by WASM or
//! without it, to the same `declaration::submit`: `account::caller` tells from the device's secret who declares,
//! [`questionnaire::check`](mod@questionnaire::check) turns fields into answers, `declaration::record` seals them, `declaration::writer`
//! stores them together with whatever else arrived in the same moment and the alerts that they raise ([`alert`]), and answers once the commit is durable; `db::checkpoint`
//! folds SQLite's log into its file later, beside the writer. The receipt is `/done/{receipt}`.
//!
//! # How a figure is read
//!
//! `/e/{id}?…` ([`statistics::statistics_page`]) has its filter in the address. `statistics::api` asks `account::caller` for a `Scope`, the
//! census reads what came since it last looked, intersects bitmaps, and the page links each figure to `/e/{id}/people` with that
//! figure added to the filter.
//!
//! # What must hold
//!
//! The rules stand in `docs/architecture.md`, and `tests/integration/architecture.rs` reads the source for them.
#![recursion_limit = "512"]

pub mod account;
pub mod alert;
pub mod app;
pub mod asset;
pub mod audit;
pub mod channel;
pub mod declaration;
pub mod delegation;
pub mod enterprise;
pub mod error;
pub mod form;
pub mod gate;
pub mod id;
pub mod language;
pub mod link;
pub mod message;
pub mod offline;
pub mod pages;
pub mod paging;
pub mod parts;
pub mod period;
pub mod questionnaire;
pub mod reminder;
pub mod rights;
pub mod roster;
pub mod statistics;
#[cfg(all(feature = "ssr", debug_assertions))]
pub mod style_page;
pub mod tablet;
pub mod text;
pub mod ui;
pub mod wire;

#[cfg(feature = "ssr")]
pub mod census;
#[cfg(feature = "ssr")]
pub mod clock;
#[cfg(feature = "ssr")]
pub mod config;
#[cfg(feature = "ssr")]
pub mod db;
#[cfg(feature = "ssr")]
pub mod demo;
#[cfg(feature = "ssr")]
pub mod limit;
#[cfg(feature = "ssr")]
pub mod listener;
#[cfg(feature = "ssr")]
pub mod metrics;
#[cfg(feature = "ssr")]
pub mod random;
#[cfg(feature = "ssr")]
pub mod ready;
#[cfg(feature = "ssr")]
pub mod render;
#[cfg(feature = "ssr")]
pub mod retention;
#[cfg(feature = "ssr")]
pub mod serve;
#[cfg(feature = "ssr")]
pub mod state;
#[cfg(feature = "ssr")]
pub mod terminal;
#[cfg(feature = "otel")]
pub mod traces;
#[cfg(feature = "ssr")]
pub mod vault;
#[cfg(feature = "ssr")]
pub mod wake;

#[allow(clippy::large_stack_arrays, reason = "the words of a language are one array, which is a constant")]
#[expect(deprecated, reason = "the build-script form would add a second build of the macro's parser")]
mod words {
    leptos_i18n::load_locales!();

    /// What the macro reads: without this a build would not notice that words have changed.
    const _: [&str; 2] = [include_str!("../locales/zh-CN.json"), include_str!("../locales/en.json")];
}
pub use words::i18n;

/// Wakes up the page that the server sent: at once, after all its code is here, for whatever is clicked before belongs to the browser
/// and whatever is clicked afterwards to the page. Fails where the code cannot be fetched; then the page stays as it is, as the page of an error
/// always does.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub async fn hydrate() -> Result<(), wasm_bindgen::JsError> {
    console_error_panic_hook::set_once();
    if leptos::prelude::document().get_element_by_id(ui::error_page::ERROR).is_some() {
        return Ok(());
    }
    pages::fetch(&leptos::prelude::location().pathname().unwrap_or_default()).await?;
    leptos::mount::hydrate_body(app::App);
    Ok(())
}
