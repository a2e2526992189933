//! What a manager may be allowed, who asks for it, and how both are shown.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    account::model::{ClaimProblem, ClaimValues, DocumentKind, Level, Person, ProviderChoice, VerifiedPerson},
    error::AppError,
    id::{DepartmentId, EnterpriseId},
    period::Day,
    questionnaire::model::FormValues,
    text::is_invisible,
};

/// What a viewer may do in an enterprise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Permission {
    /// The figures.
    Statistics,
    /// The list of people, and their details.
    People,
    /// To take what the list holds out of the house.
    Export,
    /// To share the code by which employees declare.
    Invite,
    /// Who did what; the representative's alone.
    Audit,
    /// To change departments, and who belongs to which; the representative's alone.
    Departments,
    /// What employees ask about their own data; the representative's alone.
    Requests,
    /// Who may see what; the representative's alone: nobody lends what was lent.
    Managers,
    /// To choose what is asked; the representative's alone.
    Questionnaire,
    /// To let a device stand for everyone of the enterprise; the representative's alone.
    Tablets,
}

/// A set of permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Permissions(u16);

/// So long a grant can last, in days; the second unless something else is chosen.
pub const DAYS: [u16; 4] = [7, 30, 90, 180];
pub const USUAL_DAYS: u16 = 30;
/// So long an invitation can last, in hours.
pub const HOURS: [i64; 2] = [24, 7 * 24];
/// So many invitations of an enterprise can work at a time.
pub const MOST_INVITATIONS: u16 = 20;
/// The longest text of what somebody does in the enterprise, in characters.
pub const REASON_CHARS: usize = 50;

impl Permission {
    /// What can be lent to a manager.
    pub const LENT: [Self; 4] = [Self::Statistics, Self::People, Self::Export, Self::Invite];
    /// What a form offers beside the figures.
    pub const OFFERED: [Self; 3] = [Self::People, Self::Export, Self::Invite];

    /// As it stands in forms and in the database.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Statistics => "statistics",
            Self::People => "people",
            Self::Export => "export",
            Self::Invite => "invite",
            Self::Audit => "audit",
            Self::Departments => "departments",
            Self::Requests => "requests",
            Self::Managers => "managers",
            Self::Questionnaire => "questionnaire",
            Self::Tablets => "tablets",
        }
    }
}

impl Permissions {
    /// The representative's.
    pub const ALL: Self = Self(u16::MAX);

    #[must_use]
    pub const fn with(self, permission: Permission) -> Self {
        Self(self.0 | 1 << permission as u8)
    }

    pub const fn has(self, permission: Permission) -> bool {
        self.0 & (1 << permission as u8) != 0
    }

    /// What can be lent and is, in a fixed order.
    pub fn lent(self) -> impl Iterator<Item = Permission> {
        Permission::LENT.into_iter().filter(move |permission| self.has(*permission))
    }

    /// Reads what its `Display` wrote; `None` for anything that cannot be lent.
    pub fn parse(text: &str) -> Option<Self> {
        text.split(' ').try_fold(Self::default(), |known, code| {
            Some(known.with(Permission::LENT.into_iter().find(|permission| permission.code() == code)?))
        })
    }
}

impl fmt::Display for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lent().map(Permission::code).collect::<Vec<_>>().join(" "))
    }
}

/// What a page shows of what its viewer may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each stands for itself, as the permissions do")]
pub struct May {
    pub people: bool,
    pub export: bool,
    pub invite: bool,
    /// Everything, and to lend it.
    pub represent: bool,
}

impl May {
    pub const fn of(permissions: Permissions) -> Self {
        Self {
            people: permissions.has(Permission::People),
            export: permissions.has(Permission::Export),
            invite: permissions.has(Permission::Invite),
            represent: permissions.has(Permission::Managers),
        }
    }
}

/// What a grant would say: who, where, what, for how long. Its text is what the representative verifies themselves for, so it
/// has one form only: equal grants have equal texts, and others never.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    pub enterprise: EnterpriseId,
    pub request: Uuid,
    pub permissions: Permissions,
    /// Ascending, each once; empty: of all.
    pub departments: Vec<DepartmentId>,
    pub days: u16,
}

/// Why a form says no terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TermsProblem {
    /// Only some departments, and none of them chosen.
    NoDepartment,
    /// Not what the form sends.
    Unreadable,
}

/// Names the fields of the form.
pub const DAYS_FIELD: &str = "days";
pub const REACH_FIELD: &str = "reach";
pub const DEPARTMENT_FIELD: &str = "department";
/// Says that what the address has chosen is to be changed.
pub const CHANGE_FIELD: &str = "change";
/// What a permission that was ticked says.
pub const TICKED: &str = "yes";
/// The reach that the departments chosen bound.
pub const SOME: &str = "some";

impl Terms {
    /// Reads what the form sends. `known` are the departments that there are.
    pub fn read(
        enterprise: EnterpriseId,
        request: Uuid,
        values: &FormValues,
        known: &[(DepartmentId, String)],
    ) -> Result<Self, TermsProblem> {
        let offered = Permission::OFFERED.into_iter().filter(|permission| values.has(permission.code(), TICKED));
        let permissions = offered.fold(Permissions::default().with(Permission::Statistics), Permissions::with);
        let days = DAYS.into_iter().find(|days| values.one(DAYS_FIELD) == days.to_string()).ok_or(TermsProblem::Unreadable)?;
        let departments = if values.one(REACH_FIELD) == SOME { departments(values, known)? } else { Vec::new() };
        Ok(Self { enterprise, request, permissions, departments, days })
    }

    /// The same, as the query of an address.
    pub fn query(&self) -> String {
        let mut parts: Vec<String> = Permission::OFFERED
            .into_iter()
            .filter(|permission| self.permissions.has(*permission))
            .map(|permission| format!("{}={TICKED}", permission.code()))
            .collect();
        if !self.departments.is_empty() {
            parts.push(format!("{REACH_FIELD}={SOME}"));
        }
        parts.extend(self.departments.iter().map(|department| format!("{DEPARTMENT_FIELD}={department}")));
        parts.push(format!("{DAYS_FIELD}={}", self.days));
        parts.join("&")
    }
}

fn departments(values: &FormValues, known: &[(DepartmentId, String)]) -> Result<Vec<DepartmentId>, TermsProblem> {
    let chosen = values.all(DEPARTMENT_FIELD).iter().map(|text| {
        let id: DepartmentId = text.parse().map_err(|_| TermsProblem::Unreadable)?;
        if known.iter().any(|(known, _)| *known == id) { Ok(id) } else { Err(TermsProblem::Unreadable) }
    });
    let mut chosen = chosen.collect::<Result<Vec<_>, _>>()?;
    chosen.sort_unstable();
    chosen.dedup();
    if chosen.is_empty() { Err(TermsProblem::NoDepartment) } else { Ok(chosen) }
}

impl fmt::Display for Terms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let departments: Vec<String> = self.departments.iter().map(ToString::to_string).collect();
        let departments = if departments.is_empty() { "all".to_owned() } else { departments.join(" ") };
        write!(f, "{} | {} | {} | {departments} | {}", self.enterprise, self.request.simple(), self.permissions, self.days)
    }
}

// ---- who asks ---------------------------------------------------------------------------

/// Who asks to be a manager, and what they do in the enterprise: 人事, 行政. Stored sealed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asking {
    pub person: Person,
    pub reason: String,
}

/// A request as it was typed.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinValues {
    pub name: String,
    pub kind: String,
    pub number: String,
    pub phone: String,
    pub reason: String,
    /// Made with the form; recognises one that is sent twice.
    pub form: String,
    /// A provider says who it is.
    pub verified: bool,
    /// They agree to what happens with what they typed.
    pub consent: bool,
}

/// What is wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum JoinProblem {
    Person(ClaimProblem),
    ReasonEmpty,
    /// More than [`REASON_CHARS`] characters.
    ReasonLong,
    ReasonUnreadable,
    /// The box is not ticked.
    Consent,
}

impl JoinProblem {
    /// The field of the form that it belongs to.
    pub const fn field(self) -> &'static str {
        match self {
            Self::Person(problem) => problem.field(),
            Self::ReasonEmpty | Self::ReasonLong | Self::ReasonUnreadable => "reason",
            Self::Consent => "consent",
        }
    }
}

impl JoinValues {
    /// Who asks, or everything that is wrong, in the order of the form. `today` is the enterprise's.
    pub fn parse(&self, today: Day, verified: Option<&Person>) -> Result<Asking, Vec<JoinProblem>> {
        let Self { name, kind, number, phone, form, .. } = self.clone();
        // The consents of a claim are an employee's: whoever asks here agrees to something else.
        let claim = ClaimValues { name, kind, number, phone, form, notice: true, health: true, department: String::new(), verified: false };
        let person = match verified {
            Some(verified) => claim.parse_verified(verified),
            None => claim.parse(today),
        };
        let reason = parse_reason(&self.reason);
        let unticked = (!self.consent).then_some(JoinProblem::Consent);
        match (person, reason, unticked) {
            (Ok(person), Ok(reason), None) => Ok(Asking { person, reason }),
            (person, reason, unticked) => {
                let problems = person.err().into_iter().flatten().map(JoinProblem::Person);
                Err(problems.chain(reason.err()).chain(unticked).collect())
            }
        }
    }
}

fn parse_reason(text: &str) -> Result<String, JoinProblem> {
    let reason = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if reason.is_empty() {
        Err(JoinProblem::ReasonEmpty)
    } else if reason.chars().count() > REASON_CHARS {
        Err(JoinProblem::ReasonLong)
    } else if reason.chars().any(|c| c.is_control() || is_invisible(c) || c == char::REPLACEMENT_CHARACTER) {
        Err(JoinProblem::ReasonUnreadable)
    } else {
        Ok(reason)
    }
}

/// What came with a refused request.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinPosted {
    pub values: JoinValues,
    pub problems: Vec<JoinProblem>,
    pub error: Option<AppError>,
}

/// The form of somebody who asks. Whom it is for is empty where the invitation ended meanwhile: then it only keeps what was typed.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinForm {
    pub enterprise_name: String,
    pub uscc: String,
    /// It was sent: there is nothing more to do here.
    pub sent: bool,
    pub form: Uuid,
    pub posted: JoinPosted,
    pub providers: Vec<ProviderChoice>,
    pub verified: Option<VerifiedPerson>,
}

// ---- what the representative sees -------------------------------------------------------

/// The managers of an enterprise, and who wants to be one.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManagersView {
    pub enterprise: EnterpriseId,
    pub name: String,
    pub requests: Vec<RequestLine>,
    pub grants: Vec<GrantLine>,
    pub invitations: Vec<InvitationLine>,
    pub past: Vec<PastLine>,
    /// A link that was made just now: it is shown once.
    pub made: Option<Made>,
    pub error: Option<AppError>,
}

/// Somebody who asks.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestLine {
    pub id: Uuid,
    pub name: String,
    pub kind: DocumentKind,
    /// Masked.
    pub document: String,
    /// Masked.
    pub phone: Option<String>,
    pub reason: String,
    pub level: Level,
    pub at: String,
    pub invited_at: String,
}

/// A grant in force.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantLine {
    pub id: Uuid,
    pub name: String,
    pub permissions: Vec<Permission>,
    /// Their names; none: of all.
    pub departments: Option<Vec<String>>,
    pub since: String,
    pub until: String,
    /// The day on which they were last here.
    pub seen_at: Option<String>,
    pub access: Access,
}

/// How a manager gets in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Access {
    /// By an identity provider: nothing is to be done.
    Provider,
    /// By a passkey that they have.
    Passkey,
    /// They need a one-time link to make one.
    Link,
}

/// An invitation that works.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationLine {
    pub id: Uuid,
    pub at: String,
    pub until: String,
}

/// A grant that is over.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastLine {
    pub name: String,
    pub since: String,
    pub ended_at: String,
    pub ending: Ending,
}

/// Why a grant is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "lowercase"))]
#[serde(rename_all = "lowercase")]
pub enum Ending {
    Expired,
    Revoked,
    /// By a newer one of the same manager.
    Replaced,
    /// Whoever gave it represents the enterprise no longer.
    Dismissed,
}

impl Ending {
    /// Whether a passkey that a manager's account has is still theirs when they are granted something again. What was taken back may have
    /// been because somebody else held the telephone, and a new representative vouches for nothing that was made on another's word:
    /// after either, whoever is granted something gets in anew. What ended by the clock says nothing against anyone.
    pub const fn keeps_ways_in(ending: Option<Self>) -> bool {
        matches!(ending, None | Some(Self::Expired | Self::Replaced))
    }
}

/// A link that is shown once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Made {
    /// For whoever is to ask; until when it works.
    Invitation { link: String, until: String },
    /// For a manager to register their first device; their name.
    Enrolment { link: String, name: String },
    /// Nothing: there are [`MOST_INVITATIONS`] that work.
    Enough,
    /// Nothing: the manager, named here, has registered a device.
    HasPasskey(String),
    /// Nothing: so many links were made for the manager; when one can be made again.
    EnoughLinks { name: String, until: String },
}

/// A request on its way to a grant.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantView {
    pub enterprise: EnterpriseId,
    pub enterprise_name: String,
    pub request: RequestLine,
    pub departments: Vec<(DepartmentId, String)>,
    pub problem: Option<TermsProblem>,
    /// What was chosen; none before anything was, or when something else is to be.
    pub chosen: Option<Chosen>,
    /// What the form shows as chosen.
    pub kept: Kept,
}

/// What stands in the form, as far as it can be read.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    pub permissions: Vec<Permission>,
    /// Only the departments chosen.
    pub some: bool,
    pub departments: Vec<DepartmentId>,
    pub days: u16,
}

impl Kept {
    pub fn read(values: &FormValues) -> Self {
        Self {
            permissions: Permission::OFFERED.into_iter().filter(|permission| values.has(permission.code(), TICKED)).collect(),
            some: values.one(REACH_FIELD) == SOME,
            departments: values.all(DEPARTMENT_FIELD).iter().filter_map(|text| text.parse().ok()).collect(),
            days: DAYS.into_iter().find(|days| values.one(DAYS_FIELD) == days.to_string()).unwrap_or(USUAL_DAYS),
        }
    }
}

/// What was chosen, to be confirmed by a verification of exactly that.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chosen {
    pub permissions: Vec<Permission>,
    pub departments: Vec<DepartmentId>,
    pub days: u16,
    pub until: String,
    /// As the address says it.
    pub query: String,
    /// As the verification binds it.
    pub intent: String,
    /// The representative has a passkey, or the server runs on invented people.
    pub by_passkey: bool,
    pub providers: Vec<ProviderChoice>,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::form;

    fn read(query: &str, known: &[(DepartmentId, String)]) -> Result<Terms, TermsProblem> {
        let values = form::read(query.as_bytes()).unwrap_or_else(|garbled| garbled);
        Terms::read(EnterpriseId::from_bits(7), Uuid::from_u128(9), &values, known)
    }

    #[test]
    fn permissions_are_read_as_they_are_written_and_only_what_can_be_lent() {
        for text in ["statistics", "statistics people", "statistics people export invite"] {
            assert_eq!(Permissions::parse(text).unwrap().to_string(), text);
        }
        for bad in ["", "audit", "managers", "statistics,people", "statistics  people", "Statistics", "statistics audit"] {
            assert_eq!(Permissions::parse(bad), None, "{bad}");
        }
        assert!(Permissions::ALL.has(Permission::Managers));
        assert!(!Permissions::default().with(Permission::People).has(Permission::Statistics));
    }

    #[test]
    fn a_form_cannot_ask_for_more_than_it_offers() {
        for query in ["managers=yes&audit=yes&requests=yes&days=30", "days=30"] {
            assert_eq!(read(query, &[]).unwrap().permissions.to_string(), "statistics", "{query}");
        }
        for bad in ["", "days=181", "days=0", "days=-7", "days=07", "days=36500", "days=30&days=180x"] {
            let read = read(bad, &[]);
            assert!(read.is_err() || read.unwrap().days == 30, "{bad}");
        }
        let known = [(DepartmentId(1), "一".to_owned()), (DepartmentId(2), "二".to_owned())];
        assert_eq!(read("days=7&reach=some&department=2&department=1&department=2", &known).unwrap().departments, [1, 2].map(DepartmentId));
        assert_eq!(read("days=7&reach=some", &known), Err(TermsProblem::NoDepartment));
        assert_eq!(read("days=7&reach=some&department=3", &known), Err(TermsProblem::Unreadable));
        assert_eq!(read("days=7&reach=some&department=1", &[]), Err(TermsProblem::Unreadable));
    }

    #[test]
    fn what_was_chosen_stays_in_the_form_though_it_says_no_terms() {
        let values = form::read(b"people=yes&managers=yes&reach=some&department=3&days=90").unwrap_or_else(|garbled| garbled);
        let Kept { permissions, some, departments, days } = Kept::read(&values);
        assert_eq!((permissions, some, departments, days), (vec![Permission::People], true, vec![DepartmentId(3)], 90));
    }

    #[test]
    fn a_reason_is_short_and_can_be_read() {
        assert_eq!(parse_reason(" 人事  主管 "), Ok("人事 主管".to_owned()));
        assert_eq!(parse_reason(" "), Err(JoinProblem::ReasonEmpty));
        assert_eq!(parse_reason(&"人".repeat(51)), Err(JoinProblem::ReasonLong));
        assert_eq!(parse_reason("人\u{202e}事"), Err(JoinProblem::ReasonUnreadable));
    }

    proptest! {
        #[test]
        fn the_terms_of_a_form_survive_their_address_and_others_have_another_text(
            (people, invite, one, other) in any::<(bool, bool, bool, bool)>(), days in prop::sample::select(DAYS.to_vec()),
        ) {
            let known = [(DepartmentId(1), String::new()), (DepartmentId(12), String::new())];
            let mut permissions = Permissions::default().with(Permission::Statistics);
            permissions = if people { permissions.with(Permission::People) } else { permissions };
            permissions = if invite { permissions.with(Permission::Invite) } else { permissions };
            let departments = [(one, DepartmentId(1)), (other, DepartmentId(12))].into_iter().filter(|(chosen, _)| *chosen).map(|(_, id)| id).collect();
            let terms = Terms { enterprise: EnterpriseId::from_bits(7), request: Uuid::from_u128(9), permissions, departments, days };
            prop_assert_eq!(read(&terms.query(), &known), Ok(terms.clone()));
            let usual = read("days=30", &known).unwrap();
            prop_assert_eq!(usual == terms, usual.to_string() == terms.to_string());
        }
    }
}
