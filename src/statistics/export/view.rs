//! What the page of exports shows.

use serde::{Deserialize, Serialize};

use crate::{
    account::model::ProviderChoice,
    id::EnterpriseId,
    statistics::view::{FilterBar, QuestionnairesView},
};

/// The rows that an Excel workbook takes at most: they wait in memory until it is packed.
pub const WORKBOOK_ROWS: u32 = 100_000;

/// What can be exported under a filter, and whether it may be now.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each stands for itself")]
pub struct ExportView {
    pub enterprise: EnterpriseId,
    pub name: String,
    pub bar: FilterBar,
    /// The viewer may see the list, too.
    pub people: bool,
    /// None when the address asks for something that there is not.
    pub counts: Option<Counts>,
    /// None where everyone answered the questionnaire in force.
    pub questionnaires: Option<QuestionnairesView>,
    /// Whoever looks has verified themselves for that within the last 15 minutes.
    pub verified: bool,
    /// The ways to do it: their passkeys, and by these providers.
    pub by_passkey: bool,
    pub providers: Vec<ProviderChoice>,
    /// There is memory for workbooks.
    pub workbooks: bool,
}

/// How many rows each file has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    pub people: u32,
    pub declarations: u32,
}

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// Each person once, with the declaration that counts.
    People,
    /// Every declaration that these people made in the period.
    Declarations,
}

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Workbook,
    Csv,
}

impl What {
    pub const ALL: [Self; 2] = [Self::People, Self::Declarations];

    const fn code(self) -> &'static str {
        match self {
            Self::People => "people",
            Self::Declarations => "declarations",
        }
    }
}

impl Format {
    pub const ALL: [Self; 2] = [Self::Workbook, Self::Csv];

    pub const fn extension(self) -> &'static str {
        match self {
            Self::Workbook => "xlsx",
            Self::Csv => "csv",
        }
    }
}

/// A file's name in its address: `people.csv`.
pub fn file_name(what: What, format: Format) -> String {
    format!("{}.{}", what.code(), format.extension())
}

/// Reads what [`file_name`] wrote.
pub fn parse_file_name(text: &str) -> Option<(What, Format)> {
    What::ALL.into_iter().flat_map(|what| Format::ALL.map(|format| (what, format))).find(|(what, format)| file_name(*what, *format) == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_found_by_its_name_and_by_no_other() {
        for what in What::ALL {
            for format in Format::ALL {
                assert_eq!(parse_file_name(&file_name(what, format)), Some((what, format)));
            }
        }
        for other in ["", "people", "people.pdf", "people.csv.xlsx", "PEOPLE.CSV", "../people.csv"] {
            assert_eq!(parse_file_name(other), None, "{other}");
        }
    }
}
