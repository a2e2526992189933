//! Who is expected to declare: lines of a roster as they are typed and imported, and what pages show of them.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    account::model::{DocumentKind, DocumentProblem, IdDocument, NameProblem, Person, Phone, PhoneProblem},
    channel::model::parse_mail,
    enterprise::department::model::{self as department, Department, NONE},
    error::AppError,
    id::{DepartmentId, EmployeeId, EnterpriseId, EntryId},
    period::Day,
};

/// The most rows of a file.
pub const MOST_ROWS: u32 = 100_000;
/// The largest file, in bytes.
pub const UPLOAD_BYTES: usize = 16 * 1024 * 1024;
/// The longest name of a site, in characters.
pub const SITE_CHARS: usize = department::NAME_CHARS;
/// The largest number of people that is believed.
pub const MOST_PEOPLE: u32 = 10_000_000;
/// So many names stand in one text to copy.
pub const MOST_NAMES: usize = 1_000;
/// So many days the strip of a person shows.
pub const STRIP: usize = 14;

/// A line of the roster, beside its department and its end: what is sealed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    pub person: Person,
    /// Empty: none.
    pub site: String,
    /// From that day on they are waited for; none: always.
    pub joined: Option<Day>,
    /// Empty: none, as of every line that was kept before there were any.
    #[serde(default)]
    pub mail: String,
}

/// A whole line.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    pub kept: Kept,
    pub department: Option<DepartmentId>,
    /// From that day on nobody waits for them.
    pub left: Option<Day>,
}

// ---- by hand ----------------------------------------------------------------------------

/// The fields and buttons of the forms.
pub mod field {
    pub const ACTION: &str = "action";
    pub const ENTRY: &str = "entry";
    pub const EMPLOYEE: &str = "employee";
    pub const NAME: &str = "name";
    pub const KIND: &str = "kind";
    pub const NUMBER: &str = "number";
    pub const PHONE: &str = "phone";
    pub const DEPARTMENT: &str = "department";
    pub const SITE: &str = "site";
    pub const JOINED: &str = "joined";
    pub const LEFT: &str = "left";
    pub const MAIL: &str = "mail";
    pub const COUNT: &str = "count";
    pub const CONFIRMED: &str = "confirmed";
    pub const UPLOAD: &str = "upload";
    pub const LEAVING: &str = "leaving";
    pub const FILE: &str = "file";
    pub const ADD: &str = "add";
    pub const CHANGE: &str = "change";
    pub const LEAVE: &str = "leave";
    pub const REMOVE: &str = "remove";
    pub const ADMIT: &str = "admit";
    pub const MERGE: &str = "merge";
    pub const REJECT: &str = "reject";
    pub const REOPEN: &str = "reopen";
    pub const HEAD_COUNT: &str = "head-count";
    pub const IMPORT: &str = "import";
    pub const CANCEL: &str = "cancel";
    /// In the address.
    pub const LIST: &str = "list";
    pub const SEARCH: &str = "q";
    pub const PAGE: &str = "page";
    pub const OPEN: &str = "open";
    pub const DAY: &str = "day";
}

/// A line as it was typed.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryValues {
    pub name: String,
    pub kind: String,
    pub number: String,
    pub phone: String,
    /// A number, or [`NONE`].
    pub department: String,
    pub site: String,
    pub joined: String,
    pub left: String,
    pub mail: String,
}

/// What is wrong with a line that was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum EntryProblem {
    Name(NameProblem),
    Kind,
    Number(DocumentProblem),
    /// The document stands on another line.
    Known,
    Phone(PhoneProblem),
    Department,
    Site,
    Joined,
    Left,
    /// The end lies before the beginning.
    LeftFirst,
    Mail,
}

impl EntryProblem {
    /// The field of the form that it belongs to.
    pub const fn field(self) -> &'static str {
        match self {
            Self::Name(_) => field::NAME,
            Self::Kind => field::KIND,
            Self::Number(_) | Self::Known => field::NUMBER,
            Self::Phone(_) => field::PHONE,
            Self::Department => field::DEPARTMENT,
            Self::Site => field::SITE,
            Self::Joined => field::JOINED,
            Self::Left | Self::LeftFirst => field::LEFT,
            Self::Mail => field::MAIL,
        }
    }
}

impl EntryValues {
    /// How a line stands in the form.
    pub fn of(entry: &Entry) -> Self {
        let Entry { kept: Kept { person, site, joined, mail }, department, left } = entry;
        let day = |day: &Option<Day>| day.map(|day| day.to_string()).unwrap_or_default();
        Self {
            name: person.name.clone(),
            kind: person.document.kind.code().to_owned(),
            number: person.document.number().to_owned(),
            phone: person.phone.as_ref().map_or("", Phone::national).to_owned(),
            department: department.map_or_else(|| NONE.to_owned(), |department| department.to_string()),
            site: site.clone(),
            joined: day(joined),
            left: day(left),
            mail: mail.clone(),
        }
    }

    /// The line, or everything that is wrong, in the order of the form.
    pub fn parse(&self, known: &[Department]) -> Result<Entry, Vec<EntryProblem>> {
        let mut problems = Vec::new();
        let name = Person::parse_name(&self.name).map_err(|problem| problems.push(EntryProblem::Name(problem))).ok();
        let document = self.document().map_err(|problem| problems.push(problem)).ok();
        let phone = optional(&self.phone, |text| Phone::parse(text).map_err(EntryProblem::Phone));
        let phone = phone.map_err(|problem| problems.push(problem)).ok();
        let department = self.department(known).map_err(|problem| problems.push(problem)).ok();
        let site = optional(&self.site, |text| department::name(text).map_err(|_| EntryProblem::Site));
        let site = site.map_err(|problem| problems.push(problem)).ok();
        let joined = optional(&self.joined, |text| text.parse().map_err(|_| EntryProblem::Joined));
        let joined = joined.map_err(|problem| problems.push(problem)).ok();
        let left = optional(&self.left, |text| text.parse().map_err(|_| EntryProblem::Left));
        let left: Option<Option<Day>> = left.map_err(|problem| problems.push(problem)).ok();
        let mail = optional(&self.mail, |text| parse_mail(text).ok_or(EntryProblem::Mail));
        let mail = mail.map_err(|problem| problems.push(problem)).ok();
        if let (Some(Some(joined)), Some(Some(left))) = (joined, left)
            && left < joined
        {
            problems.push(EntryProblem::LeftFirst);
        }
        match (name, document, phone, department, site, joined, left, mail) {
            (Some(name), Some(document), Some(phone), Some(department), Some(site), Some(joined), Some(left), Some(mail))
                if problems.is_empty() =>
            {
                let person = Person { name, document, phone };
                let kept = Kept { person, site: site.unwrap_or_default(), joined, mail: mail.unwrap_or_default() };
                Ok(Entry { kept, department, left })
            }
            _ => Err(problems),
        }
    }

    fn document(&self) -> Result<IdDocument, EntryProblem> {
        let kind = DocumentKind::from_code(&self.kind).ok_or(EntryProblem::Kind)?;
        IdDocument::parse(kind, &self.number).map_err(EntryProblem::Number)
    }

    fn department(&self, known: &[Department]) -> Result<Option<DepartmentId>, EntryProblem> {
        if known.is_empty() || self.department == NONE || self.department.is_empty() {
            return Ok(None);
        }
        let chosen = known.iter().find(|known| known.id.to_string() == self.department);
        chosen.map(|chosen| Some(chosen.id)).ok_or(EntryProblem::Department)
    }
}

/// Nothing, for text of spaces alone.
fn optional<T>(text: &str, read: impl Fn(&str) -> Result<T, EntryProblem>) -> Result<Option<T>, EntryProblem> {
    if text.trim().is_empty() { Ok(None) } else { read(text).map(Some) }
}

/// The forms of the roster's page, as their buttons call them.
#[derive(Clone, PartialEq, Eq)]
pub enum Change {
    Add(EntryValues),
    Change(EntryId, EntryValues),
    /// From today on nobody waits for them.
    Leave(EntryId),
    Remove {
        entry: EntryId,
        confirmed: bool,
    },
    /// Into the roster, as they said who they are.
    Admit(EmployeeId),
    /// They are the person of this document on the roster.
    Merge(EmployeeId, String),
    Reject(EmployeeId),
    Reopen(EmployeeId),
    HeadCount(String),
}

/// Why a form of the roster's page was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Problem {
    Entry(EntryProblem),
    /// To delete a line, the tick that confirms it has to be set.
    Unconfirmed,
    /// No line has this document.
    NoSuchEntry,
    /// Not a number of people.
    HeadCount,
}

/// What came with a form that was refused.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posted {
    pub values: EntryValues,
    pub entry: Option<EntryId>,
    pub employee: Option<EmployeeId>,
    /// The number of people, or the document of a line, as it was typed.
    pub text: String,
    pub problems: Vec<Problem>,
    /// What is wrong with none of it: a busy server.
    pub error: Option<AppError>,
}

// ---- what is asked for ------------------------------------------------------------------

/// The lists of the roster's page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum List {
    #[default]
    Current,
    Left,
    /// 待确认: who declares and is on no line.
    Unconfirmed,
    Rejected,
}

impl List {
    pub const ALL: [Self; 4] = [Self::Current, Self::Left, Self::Unconfirmed, Self::Rejected];

    pub const fn code(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Left => "left",
            Self::Unconfirmed => "unconfirmed",
            Self::Rejected => "rejected",
        }
    }
}

/// Which lines, and which page of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Asked {
    pub list: List,
    /// Of this department, or of none.
    pub department: Option<Option<DepartmentId>>,
    pub site: Option<String>,
    /// Trimmed, never empty.
    pub search: Option<String>,
    /// The day whose 未申报 are listed; none: today.
    pub day: Option<Day>,
    /// From 0.
    pub page: u32,
    /// The line or the person whose forms are open.
    pub open: Option<Uuid>,
}

impl Asked {
    /// As fields of an address.
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs = Vec::new();
        if self.list != List::Current {
            pairs.push((field::LIST, self.list.code().to_owned()));
        }
        if let Some(day) = self.day {
            pairs.push((field::DAY, day.to_string()));
        }
        if let Some(department) = self.department {
            pairs.push((field::DEPARTMENT, department.map_or_else(|| NONE.to_owned(), |department| department.to_string())));
        }
        pairs.extend(self.site.iter().map(|site| (field::SITE, site.clone())));
        pairs.extend(self.search.iter().map(|search| (field::SEARCH, search.clone())));
        if self.page > 0 {
            pairs.push((field::PAGE, (self.page + 1).to_string()));
        }
        pairs.extend(self.open.map(|open| (field::OPEN, open.simple().to_string())));
        pairs
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (name, value)) in self.pairs().into_iter().enumerate() {
            write!(f, "{}{name}={}", if at > 0 { "&" } else { "" }, crate::link::encode(&value))?;
        }
        Ok(())
    }
}

// ---- the roster's page --------------------------------------------------------------------

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RosterView {
    pub enterprise: EnterpriseId,
    pub name: String,
    pub list: List,
    /// Where each list stands, and how many lines it has.
    pub tabs: Vec<(List, String, u32)>,
    /// Whoever looks may change it.
    pub may_change: bool,
    /// There is a roster at all.
    pub kept: bool,
    /// Where there is none.
    pub head_count: Option<u32>,
    pub departments: Vec<Department>,
    /// Departments to choose from, each with its link; the one that is chosen.
    pub filters: Vec<Choice>,
    pub search: String,
    /// For the form that searches: everything else.
    pub kept_beside_search: Vec<(String, String)>,
    /// The list without any filter.
    pub clear: Option<String>,
    pub count: u32,
    pub lines: Vec<EntryLine>,
    pub declarers: Vec<DeclarerLine>,
    /// The line whose form is open, as it is or as it was typed; or the person of whom it is asked which line they are.
    pub open: Option<OpenForm>,
    /// Lines that this person may be.
    pub alike: Vec<EntryLine>,
    pub previous: Option<String>,
    pub next: Option<String>,
    /// This very list, without what is open in it.
    pub here: String,
    pub posted: Posted,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    pub label: String,
    pub link: String,
    pub chosen: bool,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenForm {
    pub id: Uuid,
    pub values: EntryValues,
}

/// One line of the roster.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryLine {
    pub id: EntryId,
    pub name: String,
    /// Masked.
    pub document: String,
    /// Masked.
    pub phone: String,
    pub department: String,
    pub site: String,
    pub joined: Option<Day>,
    pub left: Option<Day>,
    /// Their own page, where they have claimed.
    pub person: Option<String>,
    /// Where the viewer declares for them; none for whom nobody waits.
    pub declare: Option<String>,
    /// Where its forms are.
    pub change: String,
}

/// Somebody who declares and is on no line.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeclarerLine {
    pub employee: EmployeeId,
    pub name: String,
    /// Masked.
    pub document: String,
    /// Masked.
    pub phone: String,
    pub department: String,
    /// When they declared last.
    pub last: Option<Day>,
    /// They were on the roster, until then.
    pub left: Option<Day>,
    /// Their own page.
    pub person: String,
    /// Where it can be said which line they are.
    pub merge: String,
}

// ---- the import's page ----------------------------------------------------------------------

/// The columns of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Column {
    Name,
    Kind,
    Number,
    Phone,
    Department,
    Site,
    Joined,
    Left,
    Mail,
}

impl Column {
    pub const ALL: [Self; 9] =
        [Self::Name, Self::Kind, Self::Number, Self::Phone, Self::Department, Self::Site, Self::Joined, Self::Left, Self::Mail];
}

/// Why a file is no table that can be read; then nothing of it is taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum FileProblem {
    /// No file was chosen, or it holds nothing.
    Empty,
    TooLarge,
    /// Neither text nor a workbook.
    Unknown,
    /// The format of before 2007.
    OldWorkbook,
    Encrypted,
    Macros,
    /// It unpacks to more than a roster can be.
    Bomb,
    /// A workbook that cannot be read.
    Broken,
    /// Text in none of the encodings that are known.
    Encoding,
    TooManyRows,
    TooManyColumns,
    NoRows,
    Missing(Vec<Column>),
    Twice(Column),
    TooManyDepartments,
    /// The server was stopped meanwhile.
    Interrupted,
    /// The roster was changed after the file was compared with it.
    Outdated,
}

/// What is wrong with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fault {
    Name(NameProblem),
    Kind,
    Number(DocumentProblem),
    /// A long number that the spreadsheet has rounded.
    Rounded,
    Phone(PhoneProblem),
    Department,
    Site,
    Joined,
    Left,
    LeftFirst,
    Mail,
    /// The same document stands in this row with something else beside it.
    Conflict(u32),
    /// An error of the spreadsheet: `#N/A`.
    Broken,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaultLine {
    /// As a spreadsheet calls it: `C17`.
    pub cell: String,
    pub fault: Fault,
}

/// How many lines an import would write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    pub new: u32,
    pub changed: u32,
    pub unchanged: u32,
    /// Rows that say the same as another.
    pub repeated: u32,
    /// Lines of the roster that are not in the file.
    pub leaving: u32,
}

/// What would become of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fate {
    New,
    Changed,
    Leaving,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviewLine {
    pub fate: Fate,
    pub name: String,
    /// Masked.
    pub document: String,
}

/// What an import would do.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    pub counts: Counts,
    /// Departments that would be made.
    pub departments: Vec<String>,
    /// Titles of columns that are not read.
    pub unused: Vec<String>,
    /// The first of each kind.
    pub lines: Vec<PreviewLine>,
}

/// How far a file is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum UploadView {
    /// So many rows of so many.
    Reading(u32, u32),
    Refused(FileProblem),
    /// So many faults, and the first of them.
    Faulty(u32, Vec<FaultLine>),
    Ready(Preview),
    Done(Counts),
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportView {
    pub enterprise: EnterpriseId,
    /// Which file, and how far it is.
    pub upload: Option<(Uuid, UploadView)>,
    /// The import was asked for, and this is why it was not done.
    pub problem: Option<FileProblem>,
}

// ---- who has not declared ---------------------------------------------------------------------

/// How many were waited for on a day, and of these how many declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Share {
    pub expected: u32,
    pub declared: u32,
}

impl Share {
    pub const fn missing(self) -> u32 {
        self.expected.saturating_sub(self.declared)
    }

    /// In tenths of a percent, rounded down so that only all are 100 %; none where nobody is waited for.
    pub fn permille(self) -> Option<u32> {
        let permille =
            u64::from(self.declared.min(self.expected)) * 1000 / u64::from(if self.expected == 0 { return None } else { self.expected });
        u32::try_from(permille).ok()
    }

    /// `98.5%`; `—` where nobody is waited for.
    pub fn rate(self) -> String {
        self.permille().map_or_else(
            || "—".to_owned(),
            |tenths| match (tenths / 10, tenths % 10) {
                (whole, 0) => format!("{whole}%"),
                (whole, tenth) => format!("{whole}.{tenth}%"),
            },
        )
    }
}

/// What a day's declarations come to. Without a roster the figures are out of the head-count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attendance {
    pub day: Day,
    pub share: Share,
    /// There is a roster, and not only a head-count.
    pub by_name: bool,
}

/// A person's day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mark {
    Declared,
    Missing,
    /// Not on the roster that day.
    Off,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AbsentView {
    pub enterprise: EnterpriseId,
    pub name: String,
    pub day: Day,
    pub is_today: bool,
    /// The day before and the day after, where there is one to look at.
    pub earlier: String,
    pub later: Option<String>,
    /// `09:41`, where the enterprise is.
    pub as_of: String,
    /// None where there is neither a roster nor a head-count, or the address asks for something that there is not.
    pub attendance: Option<Attendance>,
    pub before: Share,
    pub departments: Vec<ShareLine>,
    pub sites: Vec<ShareLine>,
    /// What is in force: departments, sites and searches with their way out.
    pub chips: Vec<Choice>,
    pub search: String,
    pub kept_beside_search: Vec<(String, String)>,
    pub kept_beside_day: Vec<(String, String)>,
    /// Whom the filter leaves.
    pub count: u32,
    /// Where all of their names are.
    pub all_names: String,
    /// Their names, to copy: all of them, or the first [`MOST_NAMES`].
    pub names: String,
    pub named: u32,
    /// The days of the strips.
    pub days: Vec<Day>,
    pub lines: Vec<AbsentLine>,
    pub previous: Option<String>,
    pub next: Option<String>,
    pub may_change: bool,
    /// The address cannot be read, or asks for a day or a department that there is not.
    pub unreadable: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShareLine {
    pub label: String,
    pub link: String,
    pub chosen: bool,
    pub share: Share,
    pub before: Share,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AbsentLine {
    pub id: EntryId,
    pub name: String,
    pub department: String,
    pub site: String,
    /// Masked.
    pub phone: String,
    /// Their own page, where they have claimed.
    pub person: Option<String>,
    /// Where the viewer declares for them.
    pub declare: Option<String>,
    /// The oldest first.
    pub marks: Vec<Mark>,
}

macro_rules! secret {
    ($($name:ident),+) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("***")
            }
        }
    )+};
}
secret!(Kept, Entry, EntryValues, Change, Posted, EntryLine, DeclarerLine, PreviewLine, AbsentLine);

#[cfg(test)]
mod tests {
    use super::*;

    fn values() -> EntryValues {
        EntryValues {
            name: "黄丽燕".into(),
            kind: "resident-id".into(),
            number: "11010519491231002x".into(),
            phone: String::new(),
            department: "2".into(),
            site: " 东厂区 ".into(),
            joined: "2020.2.3".into(),
            left: String::new(),
            mail: String::new(),
        }
    }

    fn departments() -> Vec<Department> {
        vec![Department { id: DepartmentId(2), name: "仓储部".into() }]
    }

    #[test]
    fn a_rate_is_written_with_the_tenth_that_it_has() {
        let rate = |declared, expected| Share { expected, declared }.rate();
        assert_eq!([rate(0, 9), rate(1, 200), rate(197, 200), rate(9, 9), rate(0, 0)], ["0%", "0.5%", "98.5%", "100%", "—"]);
    }

    #[test]
    fn a_line_stands_in_the_form_as_it_was_read() {
        let entry = values().parse(&departments()).unwrap();
        assert_eq!((entry.kept.site.as_str(), entry.department), ("东厂区", Some(DepartmentId(2))));
        assert_eq!(EntryValues::of(&entry).parse(&departments()).unwrap(), entry);
    }

    #[test]
    fn a_line_says_everything_that_is_wrong_at_once() {
        let wrong = EntryValues {
            name: String::new(),
            kind: "x".into(),
            phone: "1".into(),
            department: "3".into(),
            site: "<b>".into(),
            joined: "2020-02-30".into(),
            left: "soon".into(),
            ..values()
        };
        let fields: Vec<&str> = wrong.parse(&departments()).unwrap_err().iter().map(|problem| problem.field()).collect();
        assert_eq!(fields, ["name", "kind", "phone", "department", "site", "joined", "left"]);
        let early = EntryValues { left: "2020-02-02".into(), ..values() };
        assert_eq!(early.parse(&departments()).unwrap_err(), [EntryProblem::LeftFirst]);
    }

    #[test]
    fn only_all_are_a_hundred_percent() {
        let permille = |declared, expected| Share { expected, declared }.permille();
        assert_eq!(permille(0, 0), None);
        assert_eq!(permille(2, 3), Some(666));
        assert_eq!(permille(99_999, 100_000), Some(999));
        assert_eq!(permille(3, 3), Some(1000));
    }
}
