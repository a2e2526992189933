//! What the pages show, as it travels: words in the page's language, and a link behind each figure.

use serde::{Deserialize, Serialize};

use super::model::{Problem, State};
use crate::{
    account::model::Level,
    alert::view::AlertOf,
    delegation::model::May,
    enterprise::department::model::Department,
    id::{DepartmentId, EmployeeId, EnterpriseId},
    period::{Day, Period},
    questionnaire::model::AlertLevel,
    roster::model::Attendance,
};

/// `2026-11-25` and `09:41`, where the enterprise is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalTime {
    pub date: String,
    pub time: String,
}

/// The filter in force, and the ways to change it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilterBar {
    /// The page itself, without its query.
    pub path: String,
    /// The page as it is, to load it again.
    pub here: String,
    pub period: Period,
    pub tabs: Vec<Tab>,
    pub chips: Vec<Chip>,
    /// The page without any filter.
    pub clear: String,
    /// For a form that changes only the days: everything else.
    pub kept_beside_period: Vec<(String, String)>,
    /// For a form that changes only the search: everything else.
    pub kept_beside_search: Vec<(String, String)>,
    pub search: String,
    pub problem: Option<Problem>,
}

impl FilterBar {
    /// The filter, as the page's own address has it.
    pub fn query(&self) -> &str {
        self.here.split_once('?').map_or("", |(_, query)| query)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tab {
    pub period: Period,
    pub link: String,
}

/// A part of the filter that can be taken away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chip {
    pub kind: ChipKind,
    /// The page without it.
    pub without: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChipKind {
    /// In words that are understandable by themselves.
    Answer(String),
    Search(String),
    ToVerify,
    State(State),
    OnBehalf,
    /// By its title.
    Questionnaire(String),
    Days(Day, Day),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatisticsView {
    pub enterprise: EnterpriseId,
    pub name: String,
    pub uscc: String,
    /// So many requests of employees wait for whoever looks.
    pub requests: u32,
    /// So many alerts of people whom the viewer may see are open; none for a viewer who may not see people.
    pub alerts: Option<u32>,
    /// What else the viewer may do here.
    pub may: May,
    /// How many of their messages were not read.
    pub unread: u32,
    pub bar: FilterBar,
    /// None when the address asks for something that there is not: never a figure of something else.
    pub figures: Option<FiguresView>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FiguresView {
    pub as_of: LocalTime,
    /// Everyone with a declaration in the period, and the way to them.
    pub declared: Linked,
    /// Those whom the filter leaves; none without a filter.
    pub matched: Option<Linked>,
    /// Of these, the ones whose answers raised an alert; none where they are filtered by that.
    pub abnormal: Option<Linked>,
    /// 待核对: not in any figure above or below.
    pub to_verify: Option<Linked>,
    /// 待确认: on no line of the roster, and in no figure either.
    pub unconfirmed: Option<Linked>,
    /// What today comes to, and who is missing; none where there is neither a roster nor a head-count.
    pub attendance: Option<(Attendance, Linked)>,
    /// For how many somebody else declared; none where for nobody.
    pub on_behalf: Option<Linked>,
    /// None where everyone answered the questionnaire in force.
    pub questionnaires: Option<QuestionnairesView>,
    pub groups: Vec<GroupView>,
}

/// Which questionnaire the figures are of, and the ways to those of others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuestionnairesView {
    pub title: String,
    /// How many answered it.
    pub count: u32,
    pub in_force: bool,
    /// Its files are gone: nothing of it can be counted.
    pub gone: bool,
    pub others: Vec<OtherQuestionnaire>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherQuestionnaire {
    pub title: String,
    pub count: u32,
    /// This page of that one; none where its files are gone.
    pub link: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Linked {
    pub count: u32,
    /// Empty for a viewer who may not see people.
    pub people: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupView {
    pub heading: String,
    pub figures: Vec<FigureView>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FigureView {
    pub title: Option<String>,
    /// How many people are counted here.
    pub of: u32,
    /// One person may be in several rows.
    pub several: bool,
    /// The filter has a part about this very question; all its answers are shown nevertheless.
    pub filtered: bool,
    /// These rows first, the rest behind 更多.
    pub first: u32,
    pub rows: Vec<RowView>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowView {
    pub label: String,
    pub count: u32,
    /// The people of this row; empty for a viewer who may not see people.
    pub people: String,
    /// This page with this answer taken into the filter, or out of it.
    pub toggle: String,
    pub chosen: bool,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeopleView {
    pub enterprise: EnterpriseId,
    pub name: String,
    pub bar: FilterBar,
    /// The viewer may export them.
    pub export: bool,
    /// None when the address asks for something that there is not.
    pub list: Option<ListView>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListView {
    pub as_of: LocalTime,
    pub declared: u32,
    pub matched: u32,
    /// The other list: 待核对, or back from there.
    pub apart: Option<Linked>,
    pub to_verify: bool,
    /// The enterprise has departments.
    pub by_department: bool,
    pub lines: Vec<PersonLine>,
    /// The first page, from any later one.
    pub first: Option<String>,
    pub next: Option<String>,
}

/// One person in a list.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonLine {
    pub link: String,
    pub name: String,
    /// Masked.
    pub document: String,
    /// Masked.
    pub phone: String,
    /// Its name, or that there is none.
    pub department: String,
    /// The most severe alert that the declaration raised.
    pub alert: Option<AlertLevel>,
    /// 代报: somebody else declared.
    pub on_behalf: bool,
    /// The questionnaire asks for a temperature, and it was not measured.
    pub unmeasured: bool,
    pub temperature: Option<String>,
    pub submitted_at: LocalTime,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonView {
    /// The list that led here, as it was.
    pub back: String,
    pub name: String,
    /// Masked.
    pub document: String,
    /// Masked.
    pub phone: String,
    /// Where document and telephone are shown in full; none where they are.
    pub numbers: Option<String>,
    pub to_verify: bool,
    /// The viewer may say that it is they: the enterprise's and the employee's id.
    pub confirm: Option<(EnterpriseId, EmployeeId)>,
    /// None where the enterprise has no departments.
    pub department: Option<DepartmentView>,
    /// Where the viewer declares for them.
    pub declare: String,
    /// The one that was asked for; without a wish the latest.
    pub declaration: Option<DeclarationView>,
    /// The last day first.
    pub alerts: Vec<AlertOf>,
    /// The newest first.
    pub history: Vec<HistoryLine>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DepartmentView {
    /// Its name, or that there is none.
    pub name: String,
    /// For whoever may change it.
    pub form: Option<DepartmentForm>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DepartmentForm {
    pub enterprise: EnterpriseId,
    pub employee: EmployeeId,
    pub current: Option<DepartmentId>,
    pub departments: Vec<Department>,
    /// This page, to come back to.
    pub here: String,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeclarationView {
    pub submitted_at: LocalTime,
    pub replaced: bool,
    pub level: Level,
    /// 代报: by whom.
    pub on_behalf: Option<String>,
    pub residence: String,
    pub alerts: Vec<(AlertLevel, String)>,
    pub unmeasured: bool,
    /// What is asked every time comes first.
    pub sections: Vec<SectionView>,
    /// The version that was answered is gone: the words are another's.
    pub other_version: bool,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SectionView {
    pub title: String,
    /// Question and answer.
    pub answers: Vec<(String, String)>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryLine {
    pub day: Day,
    pub submitted_at: LocalTime,
    pub replaced: bool,
    /// The one that is shown.
    pub shown: bool,
    pub link: String,
}
