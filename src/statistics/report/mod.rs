//! 日报: what one day came to, in words that can be handed on: as a text, as a picture, on paper. It names nobody. A day on which nobody
//! reported anything is a 零报告: it is reported all the same.
//!
//! Whoever may see the statistics may make one, of the people whom they see. Unlike what a link shares with anyone
//! ([`super::share`]), its figures are exact: it is for whoever the enterprise has to report to.

pub mod api;
pub mod model;
pub mod report_page;

#[cfg(feature = "ssr")]
pub mod answer;
#[cfg(feature = "ssr")]
mod picture;
#[cfg(feature = "ssr")]
pub mod route;
#[cfg(feature = "ssr")]
mod words;
