//! 趋势: the last days side by side, as charts whose marks lead to the statistics of a day, and as a table.
//!
//! A day is what the statistics of that day say ([`crate::census::TrendDay`]): of each person the last declaration of that day, people
//! who are 待核对, 待确认 or turned away left out. The rate is against the roster as it was on that day, or against the head-count as it is now.

pub mod api;
pub mod model;
pub mod trend_page;

#[cfg(feature = "ssr")]
pub mod answer;
#[cfg(feature = "ssr")]
pub mod chart;
