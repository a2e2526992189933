//! What can be written down, and how it is shown.

use serde::{Deserialize, Serialize};

use crate::id::{EmployeeId, EnterpriseId};

/// The kinds of those who act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "kebab-case"))]
#[serde(rename_all = "kebab-case")]
pub enum ActorKind {
    Representative,
    Manager,
    Employee,
    /// At the terminal; who it was is the operating system's to know.
    Operator,
    /// By itself, as a schedule has it.
    Server,
    /// Someone who signs in, on what is their own and no enterprise's, whatever they are elsewhere.
    Viewer,
}

/// What was done. Each is also what came of it: what was not done has no entry, and what was refused, declined or taken back is an
/// action of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "kebab-case"))]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// An employee's answers and history were shown.
    ViewDetails,
    /// An employee's document and telephone were shown in full.
    ViewNumbers,
    /// A file with people, each with the declaration that counts, was taken out of the house.
    ExportPeople,
    /// A file with declarations was.
    ExportDeclarations,
    /// A link to figures was made, with which anyone sees them.
    ShareStatistics,
    /// Such a link was taken back.
    EndShare,
    /// A link was made by which a device becomes one of the enterprise's, on which many employees declare.
    AddTablet,
    /// Such a link was opened, and a device handed over.
    SetUpTablet,
    /// Such a device, or its link, was ended.
    EndTablet,
    /// Somebody who was known said who they are at one.
    SitAtTablet,
    /// The enterprise's code was replaced.
    ReplaceInvitation,
    RegisterEnterprise,
    AppointRepresentative,
    DismissRepresentative,
    /// A one-time link was made for a representative.
    InviteRepresentative,
    /// A representative's accounts with identity providers were forgotten, so that others can take their place.
    ReleaseIdentity,
    AddPasskey,
    RemovePasskey,
    RenamePasskey,
    /// Somebody was not let in, or not verified once more, as the person whom it is about.
    RefuseVerification,
    /// Somebody ended sessions of their own.
    EndSession,
    AddDepartment,
    RenameDepartment,
    RemoveDepartment,
    /// An employee was put into another department, or into none.
    SetDepartment,
    /// The representative checked who an employee is, of those who gave one document.
    ConfirmPerson,
    SignIn,
    /// An account with an identity provider was bound to whom it stands for from now on.
    BindIdentity,
    /// A provider has verified an employee once more, on a device of theirs.
    VerifyDevice,
    /// An employee got a further device.
    AddDevice,
    /// An employee made a device forget them.
    ForgetDevice,
    /// Somebody said on an invitation who they are.
    Claim,
    /// An employee agreed, to a notice that is newer or after they had withdrawn.
    Consent,
    WithdrawConsent,
    /// An employee corrected their own name or telephone.
    CorrectPerson,
    /// An employee fetched a copy of their data.
    TakeCopy,
    /// An employee asked for something to be corrected or deleted.
    AskRequest,
    /// What was asked for was done.
    SettleRequest,
    RefuseRequest,
    /// An employee and all that they declared were deleted because they asked for it.
    DeletePerson,
    /// What was too old was deleted.
    Purge,
    AddKey,
    RotateKey,
    RetireKey,
    /// A link was made by which somebody asks to become a manager.
    InviteManager,
    /// Such a link was taken back.
    EndManagerInvitation,
    GrantManager,
    DeclineManager,
    RevokeManager,
    /// A one-time link was made for a manager.
    LinkManager,
    /// Somebody asked to become a manager.
    AskManager,
    /// What a manager was allowed was over by the clock.
    ExpireManager,
    /// A file was taken over into the roster.
    ImportRoster,
    AddEntry,
    /// A line of the roster was corrected, or somebody moved to another department or site.
    ChangeEntry,
    /// Somebody left.
    EndEntry,
    /// A line of the roster that was a mistake was deleted.
    RemoveEntry,
    /// Somebody who declares was taken into the roster.
    AdmitDeclarer,
    /// Somebody who declares was found to be one of the roster, whose number differs.
    MergeDeclarer,
    /// Somebody who declares counts no longer.
    RejectDeclarer,
    /// What was decided about somebody who declares was taken back.
    ReopenDeclarer,
    SetHeadCount,
    /// A viewer declared for an employee.
    DeclareOnBehalf,
    /// Another questionnaire came into force.
    ChooseQuestionnaire,
    /// An employee's alert was seen, or something was done about it.
    HandleAlert,
    /// It was said which symptoms an employee always has.
    SetLasting,
    /// A place was added to which reminders or alerts go.
    AddChannel,
    /// It was changed what one is told.
    ChangeChannel,
    PauseChannel,
    ResumeChannel,
    RemoveChannel,
    /// What could not be delivered to a channel was sent anew.
    RetrySending,
    /// What could not be delivered was deleted.
    DropSending,
    /// It was changed when reminders are sent, or what they say.
    ChangeReminders,
    /// Those who had not declared were reminded.
    Remind,
    /// It was changed whom employees can call.
    SetContact,
    /// Passes are signed by another key.
    ReplaceGateKey,
}

/// The actions that are about an employee, who may be gone since.
pub const ABOUT_EMPLOYEES: [Action; 14] = [
    Action::ConfirmPerson,
    Action::DeclareOnBehalf,
    Action::ViewDetails,
    Action::ViewNumbers,
    Action::SetDepartment,
    Action::SettleRequest,
    Action::RefuseRequest,
    Action::DeletePerson,
    Action::AdmitDeclarer,
    Action::MergeDeclarer,
    Action::RejectDeclarer,
    Action::ReopenDeclarer,
    Action::HandleAlert,
    Action::SetLasting,
];

/// The actions that are about a manager.
pub const ON_MANAGERS: [Action; 4] = [Action::GrantManager, Action::RevokeManager, Action::LinkManager, Action::ExpireManager];

/// Names the entry before which a page begins.
pub const BEFORE: &str = "before";

/// What the address of a page asks for: the entries before a number, or the newest. `None` for text that is no such thing.
pub fn before(query: &str) -> Option<Option<i64>> {
    match query.trim_start_matches('?') {
        "" => Some(None),
        query => query.strip_prefix(BEFORE)?.strip_prefix('=')?.parse().ok().map(Some),
    }
}

/// One page of an enterprise's entries, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditView {
    pub enterprise: EnterpriseId,
    pub entries: Vec<EntryLine>,
    /// The number from which the next page goes on, if there is one.
    pub older: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryLine {
    pub number: i64,
    /// Where the enterprise is: `2026-11-25 09:41`.
    pub at: String,
    pub actor: ActorKind,
    /// The actor's name, where it is a person who is still known.
    pub actor_name: Option<String>,
    pub action: Action,
    /// The employee whom it was about, where it was one who is still known.
    pub employee: Option<(EmployeeId, String)>,
    /// The name of the manager whom it was about.
    pub manager: Option<String>,
    /// The title of the questionnaire before, and of the one since.
    pub questionnaires: Option<[String; 2]>,
}

/// Somebody saw an employee's details, as that employee is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    pub at: String,
    pub actor: ActorKind,
    pub actor_name: Option<String>,
    pub what: Looked,
}

/// What of an employee was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Looked {
    Details,
    /// Document and telephone in full.
    Numbers,
    /// A file was made, under a filter that may have left them.
    Export,
    /// Somebody declared for them.
    OnBehalf,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_asks_for_the_newest_or_for_what_lies_before_a_number() {
        assert_eq!(before(""), Some(None));
        assert_eq!(before("?before=51"), Some(Some(51)));
        for bad in ["?before=", "?before=x", "?after=1", "?before=1&x", "?before=99999999999999999999"] {
            assert_eq!(before(bad), None, "{bad}");
        }
    }
}
