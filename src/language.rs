//! The languages that this speaks.

use serde::{Deserialize, Serialize};

/// The two languages of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Language {
    #[default]
    Zh,
    En,
}
