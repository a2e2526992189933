//! What the list of people holds, taken out of the house: as an Excel workbook or as CSV, under the filter in force.
//!
//! Whoever may export verifies themselves once more ([`export_page`]); then files can be fetched for 15 minutes, each written down
//! before a byte of it leaves. `table` says which columns there are and what stands in them; `file` asks the census which declarations
//! the filter comes to, reads them a few hundred at a time, and writes one row after the other: a file is never whole in memory as text.

pub mod api;
pub mod export_page;
pub mod view;

#[cfg(feature = "ssr")]
mod answer;
#[cfg(feature = "ssr")]
pub mod file;
#[cfg(feature = "ssr")]
mod table;
