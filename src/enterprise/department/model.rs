//! What a department is called, and what is wrong with a name.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::{
    error::AppError,
    id::{DepartmentId, EnterpriseId},
    text::is_invisible,
};

/// So many departments an enterprise may have at once.
pub const MOST: usize = 500;
/// The longest name, in characters.
pub const NAME_CHARS: usize = 40;
/// The longest list of names that is typed at once, in characters: as a form it stays below the limit of a request.
pub const LIST_CHARS: usize = 6000;
/// In forms and addresses: of no department.
pub const NONE: &str = "0";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Department {
    pub id: DepartmentId,
    pub name: String,
}

/// Why text is not the name of a further department.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum NameProblem {
    Empty,
    /// More than [`NAME_CHARS`] characters.
    TooLong,
    /// No letter or digit in it, markup, or characters that show nothing.
    Characters,
    /// There is such a department, or it stands in the list twice.
    Known,
}

/// Why a list of names was not taken; then none of it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Problem {
    /// What stands in a line, and what is wrong with it.
    Name { text: String, problem: NameProblem },
    /// With these there would be more than [`MOST`].
    TooMany,
    /// The new name of one that there is.
    Rename(NameProblem),
    /// To remove one, the tick that confirms it has to be set.
    Unconfirmed,
}

/// A name in normal form: single spaces.
pub fn name(text: &str) -> Result<String, NameProblem> {
    let name = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let unfit = |c: char| c.is_control() || is_invisible(c) || matches!(c, '<' | '>' | char::REPLACEMENT_CHARACTER);
    if name.is_empty() {
        Err(NameProblem::Empty)
    } else if name.chars().count() > NAME_CHARS {
        Err(NameProblem::TooLong)
    } else if name.contains(unfit) || !name.contains(char::is_alphanumeric) {
        Err(NameProblem::Characters)
    } else {
        Ok(name)
    }
}

/// One name a line; empty lines do not count. All of them, or everything that is wrong.
pub fn names(text: &str) -> Result<Vec<String>, Vec<Problem>> {
    let (mut names, mut problems, mut met) = (Vec::new(), Vec::new(), HashSet::new());
    for text in text.lines().filter(|text| !text.trim().is_empty()) {
        match name(text).and_then(|name| if met.insert(name.clone()) { Ok(name) } else { Err(NameProblem::Known) }) {
            Ok(name) => names.push(name),
            Err(problem) => problems.push(Problem::Name { text: text.trim().chars().take(NAME_CHARS).collect(), problem }),
        }
    }
    if names.is_empty() && problems.is_empty() {
        problems.push(Problem::Name { text: String::new(), problem: NameProblem::Empty });
    }
    if names.len() > MOST {
        problems.push(Problem::TooMany);
    }
    if problems.is_empty() { Ok(names) } else { Err(problems) }
}

/// The departments of an enterprise, as its representative sees them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DepartmentsView {
    pub enterprise: EnterpriseId,
    pub departments: Vec<Line>,
    /// How many people have none.
    pub without: u32,
    /// The one whose forms are open.
    pub open: Option<DepartmentId>,
    pub posted: Posted,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    pub department: Department,
    pub people: u32,
}

/// What came with a form that was refused.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posted {
    /// The list of names to add, as it was typed.
    pub names: String,
    /// The department that was to be changed, and the name that was typed for it.
    pub changed: Option<(DepartmentId, String)>,
    pub problems: Vec<Problem>,
    /// What is wrong with none of it: a busy server.
    pub error: Option<AppError>,
}

/// The forms of the page, as their buttons call them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    Add(String),
    Rename(DepartmentId, String),
    Remove { department: DepartmentId, confirmed: bool },
}

/// The fields of the forms.
pub mod field {
    pub const ACTION: &str = "action";
    pub const NAMES: &str = "names";
    pub const NAME: &str = "name";
    pub const DEPARTMENT: &str = "department";
    pub const CONFIRMED: &str = "confirmed";
    pub const ADD: &str = "add";
    pub const RENAME: &str = "rename";
    pub const REMOVE: &str = "remove";
    /// In the address: the department whose forms are open.
    pub const OPEN: &str = "open";
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_is_something_that_can_be_read() {
        assert_eq!(name("  生产部  一车间 ").as_deref(), Ok("生产部 一车间"));
        assert_eq!(name("\u{3000}\t"), Err(NameProblem::Empty));
        assert_eq!(name(&"部".repeat(40)).map(|name| name.chars().count()), Ok(40));
        assert_eq!(name(&"部".repeat(41)), Err(NameProblem::TooLong));
        for bad in ["生产\u{202e}部", "生产\0部", "<b>部", "——", "部\u{fffd}", "\u{200b}"] {
            assert_eq!(name(bad), Err(NameProblem::Characters), "{bad:?}");
        }
    }

    #[test]
    fn a_list_is_taken_whole_or_every_line_says_what_is_wrong() {
        assert_eq!(names("生产部\r\n\r\n 仓储部 \n行政部").unwrap(), ["生产部", "仓储部", "行政部"]);
        let line = |text: &str, problem| Problem::Name { text: text.to_owned(), problem };
        let wrong = names("生产部\n<i>\n生产部\n仓储部").unwrap_err();
        assert_eq!(wrong, [line("<i>", NameProblem::Characters), line("生产部", NameProblem::Known)]);
        assert_eq!(names(" \n").unwrap_err(), [line("", NameProblem::Empty)]);
        let many: Vec<String> = (0..=MOST).map(|number| format!("{number}部")).collect();
        assert_eq!(names(&many.join("\n")).unwrap_err(), [Problem::TooMany]);
    }

    proptest! {
        #[test]
        fn a_name_in_normal_form_stays_as_it_is(text: String) {
            if let Ok(normal) = name(&text) {
                prop_assert_eq!(name(&normal), Ok(normal.clone()));
            }
            let _ = names(&text);
        }
    }
}
