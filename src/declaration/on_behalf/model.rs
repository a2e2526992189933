//! What the page shows.

use serde::{Deserialize, Serialize};

use crate::{
    declaration::model::Stage,
    id::{EmployeeId, EnterpriseId, EntryId},
};

/// For whom a viewer declares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Whose {
    Employee(EmployeeId),
    /// Of the roster, and claimed by nobody.
    Line(EntryId),
}

/// The form as the server wrote it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnBehalfView {
    pub enterprise: EnterpriseId,
    pub name: String,
    /// Where it is posted to.
    pub action: String,
    pub back: String,
    /// The person withdrew a consent: nobody may declare for them.
    pub withdrawn: bool,
    /// When today's declaration was made: `09:41`.
    pub declared_at: Option<String>,
    pub stage: Stage,
    pub above: String,
    pub inside: String,
}
