//! What is shared, and what the pages of it show.

use serde::{Deserialize, Serialize};

use super::told::Told;
use crate::{
    id::EnterpriseId,
    period::Period,
    questionnaire::model::Text,
    statistics::view::{FilterBar, LocalTime, QuestionnairesView},
};

/// So long a link can work, in hours; the first unless something else is chosen (a week at most).
pub const HOURS: [i64; 3] = [24, 3 * 24, 7 * 24];
/// So many links of an enterprise can work at a time.
pub const MOST_SHARES: u16 = 20;

/// Figures as they were when they were frozen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    pub period: Period,
    pub as_of: LocalTime,
    /// To the nearest five.
    pub declared: u32,
    /// The title of the one that these people answered, where others answered another.
    #[serde(default)]
    pub questionnaire: Option<Text>,
    pub groups: Vec<SharedGroup>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedGroup {
    pub heading: Text,
    pub figures: Vec<SharedFigure>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedFigure {
    pub title: Option<Text>,
    /// One person may be in several rows.
    pub several: bool,
    pub rows: Vec<(Text, Told)>,
}

/// The representative's page: what would be shared, and what is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShareView {
    pub enterprise: EnterpriseId,
    pub name: String,
    pub bar: FilterBar,
    /// None when the address asks for something that there is not.
    pub preview: Option<Preview>,
    /// None where everyone answered the questionnaire in force.
    pub questionnaires: Option<QuestionnairesView>,
    pub shares: Vec<ShareLine>,
    pub made: Option<Made>,
}

/// What a link made now would tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Preview {
    Snapshot(Snapshot),
    /// Fewer people have declared than something is told of.
    TooFew,
}

/// How the making of a link went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Made {
    /// The link, which is shown once, until when it works, and what it tells.
    Link { link: String, until: String, snapshot: Snapshot },
    /// As many work as may.
    Enough,
    /// Fewer people have declared than something is told of.
    TooFew,
}

/// A link that works.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShareLine {
    pub id: String,
    pub period: Period,
    pub made_at: String,
    pub until: String,
    pub views: u32,
}

/// What whoever has the link sees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedView {
    pub name: String,
    pub until: String,
    pub snapshot: Snapshot,
}
