//! What an enterprise is.

use serde::{Deserialize, Serialize};

use crate::id::EnterpriseId;

/// An enterprise as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enterprise {
    pub id: EnterpriseId,
    pub name: String,
    /// 统一社会信用代码, GB 32100.
    pub uscc: Uscc,
    /// IANA name; decides what "today" is.
    pub timezone: String,
    /// The code of its questionnaire.
    pub questionnaire: String,
}

/// A unified social credit code, its check digit checked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Uscc(String);

impl Uscc {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
