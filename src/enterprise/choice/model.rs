//! What the page of questionnaires shows.

use serde::{Deserialize, Serialize};

use crate::{error::AppError, id::EnterpriseId, questionnaire::model::Questionnaire};

/// Fields of the form and of the address.
pub mod field {
    /// The code of the one to put in force.
    pub const CODE: &str = "code";
    /// The code of the one that was in force when the page was made.
    pub const BEFORE: &str = "before";
    pub const CONFIRMED: &str = "confirmed";
    /// In the address: the code of the one to look at.
    pub const OPEN: &str = "open";
}

/// The questionnaires that there are.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChoiceView {
    pub enterprise: EnterpriseId,
    /// The code of the one in force.
    pub in_force: String,
    /// Its file is gone: nobody can declare.
    pub gone: bool,
    /// How many have declared today.
    pub declared: u32,
    pub lines: Vec<Line>,
    /// The one that is looked at, without its rules.
    pub open: Option<Questionnaire>,
    pub posted: Posted,
}

/// One questionnaire.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    pub code: String,
    pub version: u32,
    pub title: String,
    pub sections: Vec<String>,
    pub questions: u32,
}

/// Why a form came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Posted {
    pub problem: Option<Problem>,
    pub error: Option<AppError>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Problem {
    /// The tick is missing.
    Unconfirmed,
    /// Another one came into force since the page was made.
    Moved,
}
