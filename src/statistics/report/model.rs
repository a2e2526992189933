//! What the page of a day's report shows.

use serde::{Deserialize, Serialize};

use crate::{id::EnterpriseId, period::Day};

/// The field of the address.
pub const DAY: &str = "day";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportView {
    pub enterprise: EnterpriseId,
    pub name: String,
    /// The address asks for a day that is none, that has not come, or whose declarations are not kept any more.
    pub unreadable: bool,
    pub day: Day,
    pub earliest: Day,
    pub today: Day,
    pub earlier: Option<String>,
    pub later: Option<String>,
    pub sheet: Sheet,
    /// The whole as a text.
    pub text: String,
    pub picture: String,
}

/// The report itself, in the page's words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sheet {
    pub title: String,
    /// Whose, of which day, and as of when: name and value.
    pub head: Vec<(String, String)>,
    /// Name and value.
    pub figures: Vec<(String, String)>,
    /// What it comes to, in a sentence.
    pub statement: String,
    /// Nobody reported anything.
    pub zero: bool,
    /// What the figures leave out.
    pub notes: Vec<String>,
}

impl Sheet {
    /// As lines of text.
    pub fn text(&self) -> String {
        let line = |(name, value): &(String, String)| format!("{name}：{value}");
        let mut lines = vec![format!("【{}】", self.title)];
        lines.extend(self.head.iter().chain(&self.figures).map(line));
        lines.push(self.statement.clone());
        lines.extend(self.notes.iter().cloned());
        lines.join("\n")
    }
}
