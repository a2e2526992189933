//! What works without a line, and on the home screen.
//!
//! `sw.js` is the service worker: the build's files come from the device, and a page that cannot be had is answered with `/offline`,
//! the only page that it keeps. `pending.js` keeps what could not be sent, sealed, and sends it; `notice.js` shows it. They are plain
//! scripts that the server hands out with what is not theirs to know: the words, and the names of the build's files. They are asked
//! for once a page is shown and has nothing else to do.

/// The green of the icon, which a phone paints around the installed app.
pub const THEME: &str = "#07783c";

#[cfg(feature = "ssr")]
mod files;
#[cfg(feature = "ssr")]
mod offline_page;

/// Routes of this room that are not pages.
#[cfg(feature = "ssr")]
pub fn routes() -> axum::Router<crate::state::AppState> {
    files::routes()
}
