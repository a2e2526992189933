//! What is told, as it lies in the outbox: sealed until it is sent, and gone afterwards.

use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{
    model::Settings,
    store::{payload_cell, settings_cell},
};
use crate::{
    period::Day,
    vault::{TenantKeys, VaultError},
};

/// What stands in a row of the outbox. Of alerts nothing does: their number is the row's.
#[derive(Clone, Serialize, Deserialize)]
pub enum Payload {
    Reminder(Missing),
    Personal(Personal),
    Test,
}

/// Who has not declared.
#[derive(Clone, Serialize, Deserialize)]
pub struct Missing {
    pub day: Day,
    /// `09:30`, where the enterprise is.
    pub time: String,
    pub expected: u32,
    pub declared: u32,
    pub missing: u32,
    /// By department, as far as there are any.
    pub departments: Vec<(String, u32)>,
    /// The first of them, where the channel is told.
    pub names: Option<Vec<String>>,
    /// What the representative has said; empty: nothing.
    pub words: String,
}

/// To one of those who are missing.
#[derive(Clone, Serialize, Deserialize)]
pub struct Personal {
    pub mail: String,
    pub day: Day,
    /// Where they declare.
    pub link: String,
    pub words: String,
}

impl Payload {
    pub fn seal(&self, keys: &TenantKeys, id: Uuid) -> Vec<u8> {
        let plain = Zeroizing::new(serde_json::to_vec(self).expect("a payload has only text keys"));
        keys.seal(payload_cell(id.as_bytes()), &plain)
    }

    pub fn open(keys: &TenantKeys, id: Uuid, blob: &[u8]) -> Result<Self, VaultError> {
        let plain = keys.open(payload_cell(id.as_bytes()), blob)?;
        serde_json::from_slice(&plain).map_err(|_| VaultError::DoesNotOpen)
    }
}

impl Settings {
    pub fn seal(&self, keys: &TenantKeys, id: Uuid) -> Vec<u8> {
        let plain = Zeroizing::new(serde_json::to_vec(self).expect("settings have only text keys"));
        keys.seal(settings_cell(id.as_bytes()), &plain)
    }

    pub fn open(keys: &TenantKeys, id: Uuid, blob: &[u8]) -> Result<Self, VaultError> {
        let plain = keys.open(settings_cell(id.as_bytes()), blob)?;
        serde_json::from_slice(&plain).map_err(|_| VaultError::DoesNotOpen)
    }
}
