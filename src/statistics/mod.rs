//! What declarations add up to, and the people behind each figure. The filter lives in the URL: a drill-down only changes
//! the query.
//!
//! [`model`] is the filter and its URL; [`api`] takes that URL, asks who wants to know, and hands both to `answer`, which
//! asks the census and puts the numbers into the words of the questionnaire, in the page's language: so a browser needs no
//! questionnaire, and each figure already carries its link. [`view`] is what travels; the pages only lay it out.
//!
//! A person counts once, with the latest declaration of the period. Whoever is 待核对 is counted apart.

pub mod api;
pub mod model;
pub mod view;

mod filter_bar;
pub mod people_page;
pub mod person_page;
mod query;
pub mod statistics_page;

#[cfg(feature = "ssr")]
mod answer;
