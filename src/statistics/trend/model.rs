//! What a trend is asked for, and what its page shows.

use serde::{Deserialize, Serialize};

use crate::{
    id::EnterpriseId,
    period::Day,
    roster::model::{Choice, Share},
    statistics::view::{Linked, LocalTime},
};

/// So many days can be looked at; the first unless something else is chosen.
pub const DAYS: [u8; 3] = [7, 14, 30];

/// The fields of the address.
pub mod field {
    pub const DAYS: &str = "days";
    pub const DEPARTMENT: &str = "department";
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrendView {
    pub enterprise: EnterpriseId,
    pub name: String,
    /// The address asks for something that there is not.
    pub unreadable: bool,
    /// How many days, each with its link.
    pub spans: Vec<(u8, String)>,
    pub days: u8,
    /// Every department in sight, and everyone; nothing where the enterprise has none.
    pub departments: Vec<Choice>,
    pub as_of: LocalTime,
    /// What the rate is against.
    pub base: Base,
    /// The oldest first.
    pub lines: Vec<TrendLine>,
    /// Made on the server, of numbers, days and our own links: the rate, the abnormal, the fevers. No rate where it has no base.
    pub charts: Vec<Chart>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Base {
    Roster,
    HeadCount,
    /// Neither, or none of a department.
    Nothing,
}

/// What a chart shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Shown {
    Rate,
    Abnormal,
    Fever,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chart {
    pub shown: Shown,
    pub svg: String,
}

/// One day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrendLine {
    pub day: Day,
    /// None before anyone ever declared, and where there is no base.
    pub share: Option<Share>,
    /// The day's statistics.
    pub declared: Linked,
    pub abnormal: Linked,
    pub fever: Linked,
}
