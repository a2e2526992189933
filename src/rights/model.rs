//! Requests, and what the pages of this room show.

use serde::{Deserialize, Serialize};

use crate::{
    account::model::{ConsentKind, Level, ProviderChoice},
    error::AppError,
    id::{EmployeeId, EnterpriseId},
    text::is_direction,
};

/// The longest text of a request, and of a refusal's reason, in characters.
pub const NOTE_CHARS: usize = 500;
/// Within so many days a request is to be settled: our own rule, as the law says "in good time" (PIPL, Art. 50).
pub const DUE_DAYS: i64 = 15;
/// So many requests of one employee may be open at once.
pub const MOST_OPEN: i64 = 5;

/// What an employee asks of their enterprise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "kebab-case"))]
#[serde(rename_all = "kebab-case")]
pub enum RequestKind {
    /// Of what they cannot correct themselves: the document, a declaration of a day that is over.
    Correction,
    /// Of everything about them.
    Deletion,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "kebab-case"))]
#[serde(rename_all = "kebab-case")]
pub enum RequestState {
    New,
    Done,
    Refused,
}

/// Why a text is none for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum NoteProblem {
    Empty,
    /// More than [`NOTE_CHARS`] characters.
    TooLong,
    /// Characters that cannot be read, or that turn the direction of what follows.
    Unreadable,
}

/// A text in normal form: no blanks around it, line ends as `\n`. It may hold markup: it is shown as text.
pub fn parse_note(text: &str) -> Result<String, NoteProblem> {
    let note = text.replace("\r\n", "\n").trim().to_owned();
    let unreadable = |c: char| c.is_control() && c != '\n' && c != '\t' || is_direction(c) || c == char::REPLACEMENT_CHARACTER;
    if note.chars().any(unreadable) {
        Err(NoteProblem::Unreadable)
    } else if note.is_empty() {
        Err(NoteProblem::Empty)
    } else if note.chars().count() > NOTE_CHARS {
        Err(NoteProblem::TooLong)
    } else {
        Ok(note)
    }
}

/// What is wrong with what an employee, or the representative, sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Problem {
    Name,
    Phone,
    Note(NoteProblem),
    /// As many requests are open as may be.
    Often,
    Other(AppError),
}

/// Which of the page's forms was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Form {
    WithdrawNotice,
    WithdrawHealth,
    Correct,
    AskCorrection,
    AskDeletion,
    /// Another device of theirs.
    EndDevice,
    /// Every other one.
    EndDevices,
}

impl Form {
    pub const ALL: [Self; 7] = [
        Self::WithdrawNotice,
        Self::WithdrawHealth,
        Self::Correct,
        Self::AskCorrection,
        Self::AskDeletion,
        Self::EndDevice,
        Self::EndDevices,
    ];

    /// As the buttons name it, and as the address says afterwards what was done.
    pub const fn code(self) -> &'static str {
        match self {
            Self::WithdrawNotice => "withdraw-notice",
            Self::WithdrawHealth => "withdraw-health",
            Self::Correct => "correct",
            Self::AskCorrection => "ask-correction",
            Self::AskDeletion => "ask-deletion",
            Self::EndDevice => "end-device",
            Self::EndDevices => "end-devices",
        }
    }

    pub fn of(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.code() == code)
    }
}

/// What came with a form that was refused.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posted {
    pub form: Form,
    pub problem: Problem,
    pub name: String,
    pub phone: String,
    pub note: String,
}

/// What an employee sees of what one enterprise holds on them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RightsView {
    pub enterprise: EnterpriseId,
    pub enterprise_name: String,
    pub name: String,
    /// Masked.
    pub document: String,
    pub phone: String,
    pub department: Option<String>,
    pub level: Level,
    /// Whether a provider has verified who they are, however long ago.
    pub verified: bool,
    /// By whom they can be verified once more, where that was too long ago.
    pub verify_again: Vec<ProviderChoice>,
    /// Those that stand or were withdrawn last, one of each kind; then what was agreed to before.
    pub consents: Vec<ConsentView>,
    pub earlier: Vec<ConsentView>,
    /// The devices that stand for them, the first made first.
    pub devices: Vec<DeviceLine>,
    pub requests: Vec<OwnRequest>,
    /// The copy as text, where it was asked for.
    pub copy: Option<String>,
    pub posted: Option<Posted>,
}

/// A device that stands for an employee.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceLine {
    pub id: String,
    pub level: Level,
    /// Or verified last.
    pub made_at: String,
    /// The one that asks.
    pub here: bool,
}

/// What somebody agreed to, word for word.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentView {
    pub kind: ConsentKind,
    pub version: i64,
    pub given_at: String,
    pub withdrawn_at: Option<String>,
    /// The notice by paragraphs, and last the words of the consent.
    pub text: Vec<String>,
}

/// A request, as whoever made it sees it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnRequest {
    pub kind: RequestKind,
    pub state: RequestState,
    pub note: String,
    pub at: String,
    /// The day by which it is to be settled: `2026-11-25`.
    pub due: String,
    pub settled_at: Option<String>,
    pub reason: Option<String>,
}

/// The requests of an enterprise.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestsView {
    pub enterprise: EnterpriseId,
    /// The first made first.
    pub open: Vec<RequestLine>,
    /// So many are open besides.
    pub more: u32,
    /// The last settled first.
    pub settled: Vec<RequestLine>,
    /// A refusal that was refused itself: of which request, with what was typed and why.
    pub posted: Option<(String, String, Problem)>,
    /// The ways to verify whoever deletes: their passkeys, and by these providers.
    pub by_passkey: bool,
    pub providers: Vec<ProviderChoice>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestLine {
    pub id: String,
    pub employee: EmployeeId,
    pub name: String,
    /// Whether another device has claimed the same document: it may not be theirs.
    pub to_verify: bool,
    /// Whether a provider has verified who asks: then a deletion takes what others claimed by the same document along.
    pub verified: bool,
    /// So many others claim the same document; counted where a deletion is open.
    pub others: u32,
    pub overdue: bool,
    pub request: OwnRequest,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_any_text_of_500_characters() {
        assert_eq!(parse_note(" 11 月 3 日\r\n<b>体温</b>填错了 ").as_deref(), Ok("11 月 3 日\n<b>体温</b>填错了"));
        assert!(parse_note(&"长".repeat(NOTE_CHARS)).is_ok());
        for (text, problem) in [
            ("", NoteProblem::Empty),
            (" \r\n", NoteProblem::Empty),
            (&*"长".repeat(NOTE_CHARS + 1), NoteProblem::TooLong),
            ("a\u{202e}b", NoteProblem::Unreadable),
            ("a\u{0}b", NoteProblem::Unreadable),
            ("a\u{fffd}b", NoteProblem::Unreadable),
        ] {
            assert_eq!(parse_note(text), Err(problem), "{text:?}");
        }
    }

    #[test]
    fn a_form_is_named_as_its_button_names_it() {
        for form in Form::ALL {
            assert_eq!(Form::of(form.code()), Some(form));
        }
        assert_eq!(Form::of("delete"), None);
    }
}
