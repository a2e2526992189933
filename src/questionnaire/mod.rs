//! What is asked. A questionnaire is one TOML file (see `docs/questionnaire.md`): from it come the form, the check, the
//! statistics, the filters and the alert rules. Nothing outside `catalogue/` names a question.
//!
//! [`model`] is what a questionnaire is; [`check`](mod@check) turns what was typed into answers, the same in browser and
//! server; [`wording`] says it to people; [`place`] is the table of provinces and cities; `parse` reads the file and explains
//! each mistake with its line; `catalogue` holds those that there are, and `reader`
//! is what an old declaration is read with.

#[cfg(feature = "ssr")]
pub mod catalogue;
pub mod check;
#[cfg(feature = "ssr")]
pub mod command;
pub mod model;
#[cfg(feature = "ssr")]
pub mod parse;
pub mod place;
mod place_table;
#[cfg(feature = "ssr")]
pub mod reader;
pub mod wording;
