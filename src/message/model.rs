//! The kinds of messages, and how they are shown.

use serde::{Deserialize, Serialize};

use crate::id::EnterpriseId;

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
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageLine {
    pub kind: Kind,
    pub enterprise: EnterpriseId,
    pub enterprise_name: String,
    pub at: String,
    pub unread: bool,
}
