//! The kinds of messages, and how they are shown.

use serde::{Deserialize, Serialize};

use uuid::Uuid;

use crate::{id::EnterpriseId, link};

/// What it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "kebab-case"))]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Somebody asks a representative to become a manager.
    ManagerRequested,
    /// A manager's leave was taken back, or ended with the representative who gave it.
    ManagerRevoked,
    /// A manager's leave is over.
    ManagerExpired,
    /// A one-time link gave the account a passkey beside those that it had.
    PasskeyAdded,
    /// Alerts were raised: as many as the message says.
    Alert,
    /// So many had not declared when they were reminded last.
    Reminder,
}

impl Kind {
    /// Where something can be done about it.
    pub fn link(self, enterprise: EnterpriseId) -> Option<String> {
        match self {
            Self::ManagerRequested => Some(link::managers(enterprise)),
            Self::Alert => Some(link::alerts(enterprise)),
            Self::Reminder => Some(link::absent(enterprise)),
            Self::PasskeyAdded => Some(link::ACCOUNT.to_owned()),
            Self::ManagerRevoked | Self::ManagerExpired => None,
        }
    }
}

/// In the form: the message that was read, or every one of them.
pub const READ: &str = "read";
pub const ALL: &str = "all";

/// A person's newest messages, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessagesView {
    /// So many of all of them were not read.
    pub unread: u32,
    pub lines: Vec<MessageLine>,
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageLine {
    /// Names it in the form: see [`name`].
    pub name: String,
    pub kind: Kind,
    pub enterprise: EnterpriseId,
    pub enterprise_name: String,
    /// So many things it stands for.
    pub count: u32,
    pub at: String,
    pub unread: bool,
}

/// How a form names a message.
pub fn name(enterprise: EnterpriseId, id: Uuid) -> String {
    format!("{enterprise}-{}", id.simple())
}

/// The message that a form names.
pub fn named(name: &str) -> Option<(EnterpriseId, Uuid)> {
    let (enterprise, id) = name.split_once('-')?;
    Some((enterprise.parse().ok()?, Uuid::try_parse(id).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_found_by_its_name() {
        let (enterprise, id) = (EnterpriseId::from_bits(77), Uuid::from_u128(7));
        assert_eq!(named(&name(enterprise, id)), Some((enterprise, id)));
        for bad in ["", "all", "1-2", "00000000002d", "00000000002d-"] {
            assert_eq!(named(bad), None, "{bad}");
        }
    }
}
