//! What the pages show, as it travels.

use serde::{Deserialize, Serialize};

use super::model::{Posted, State, What};
use crate::{id::EnterpriseId, period::Day, questionnaire::model::AlertLevel};

/// A page of an enterprise's alerts.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertsView {
    pub enterprise: EnterpriseId,
    pub name: String,
    /// So many are asked for.
    pub count: u32,
    /// Rules that raised so many that their alerts stand together.
    pub groups: Vec<GroupView>,
    pub lines: Vec<LineView>,
    pub form: FilterForm,
    /// This page's own query, to come back to.
    pub here: String,
    pub first: Option<String>,
    pub next: Option<String>,
    /// How many of the viewer's messages were not read.
    pub unread: u32,
}

/// A rule that raised many.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupView {
    pub words: String,
    pub level: AlertLevel,
    pub count: u32,
    pub link: String,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineView {
    pub id: String,
    pub link: String,
    pub name: String,
    pub to_verify: bool,
    /// None where the enterprise has no departments.
    pub department: Option<String>,
    pub level: AlertLevel,
    pub state: State,
    pub raised_at: String,
    pub reasons: Vec<String>,
}

/// The filter in force, as its form shows it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilterForm {
    pub state: String,
    pub level: String,
    pub day: String,
    pub department: String,
    /// The choices: value and name.
    pub departments: Vec<(String, String)>,
    pub rule: String,
    /// The words of the rule that is asked for.
    pub rule_words: String,
    pub narrows: bool,
}

/// An alert of one person, as their own page lists it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertOf {
    pub link: String,
    pub day: Day,
    pub level: AlertLevel,
    pub state: State,
    pub reasons: String,
}

/// One alert, opened.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertView {
    pub enterprise: EnterpriseId,
    pub name: String,
    /// Masked, unless the numbers were asked for.
    pub document: String,
    pub phone: String,
    /// Where to call; only with the numbers in full.
    pub call: Option<String>,
    pub numbers: bool,
    pub to_verify: bool,
    /// None where the enterprise has no departments.
    pub department: Option<String>,
    pub person: String,
    /// The declaration that raised it, or made it worse; none where it has gone.
    pub declaration: Option<String>,
    pub level: AlertLevel,
    pub state: State,
    pub day: Day,
    pub raised_at: String,
    pub reasons: Vec<(AlertLevel, String)>,
    /// What was declared last that day raises nothing.
    pub over: bool,
    pub steps: Vec<StepView>,
    pub next: Vec<State>,
    pub lasting: Vec<LastingChoice>,
    pub strip: StripView,
    pub posted: Option<Posted>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepView {
    pub what: What,
    /// None: by a declaration. Empty: by somebody who is not known any more.
    pub who: Option<String>,
    pub at: String,
    pub note: String,
}

/// A symptom that may be said to last.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastingChoice {
    pub code: String,
    pub words: String,
    pub chosen: bool,
}

/// The last days of one person.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StripView {
    /// Made on the server, of numbers, days and our own links.
    pub svg: String,
    /// The same as a table: the first day first.
    pub days: Vec<StripDay>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StripDay {
    pub day: Day,
    /// The declaration, or the person where there is none.
    pub link: String,
    pub temperature: Option<String>,
    /// None: nothing was declared.
    pub declared: Option<Declared>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declared {
    pub level: Option<AlertLevel>,
    pub unmeasured: bool,
}
