//! From the rules that held to an alert, written with its declaration.

use serde::{Deserialize, Serialize};
use uuid::{Builder, Uuid};

pub use super::{
    model::{Change, What},
    store::{ALERT_FIND, ALERT_INSERTS, ALERT_WORSEN, MOST_ROWS, STEP_INSERT, STEP_RAISED},
};
use super::{
    model::{RULE_CHARS, severity},
    store,
};
use crate::{
    account::caller::Tenant,
    error::StoreError,
    id::EmployeeId,
    period::Day,
    questionnaire::model::{AlertLevel, Answers, Questionnaire, Text},
    state::AppState,
    vault::{TenantKeys, VaultError},
};

/// An alert to be: sealed, and named by its person and day.
#[derive(Clone)]
pub struct Raise {
    pub id: Uuid,
    pub severity: i64,
    /// The opaque names of the rules that held, each between blanks.
    pub rules: String,
    pub reason: Vec<u8>,
}

/// Why an alert was raised. The words are kept as they were: a later version of the questionnaire may not have them.
#[derive(Clone, Serialize, Deserialize)]
pub struct Reason {
    pub questionnaire: String,
    /// The most severe first.
    pub rules: Vec<Held>,
}

/// A rule that held.
#[derive(Clone, Serialize, Deserialize)]
pub struct Held {
    pub code: String,
    pub level: AlertLevel,
    pub words: Text,
}

/// The rules that a person's lasting symptoms set off.
#[derive(Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lasting {
    pub questionnaire: String,
    pub rules: Vec<String>,
}

/// What a declaration's answers raise: nothing where no rule holds, or only such as always hold for this person.
pub async fn of(
    state: &AppState,
    tenant: Tenant,
    keys: &TenantKeys,
    (employee, day): (EmployeeId, Day),
    questionnaire: &Questionnaire,
    answers: &Answers,
) -> Result<Option<Raise>, StoreError> {
    let rules = questionnaire.alerts(answers, day);
    let Some(worst) = rules.first().map(|rule| rule.level) else { return Ok(None) };
    let lasting = lasting(state, tenant, keys, employee).await?;
    if lasting.questionnaire == questionnaire.code && rules.iter().all(|rule| lasting.rules.contains(&rule.code)) {
        return Ok(None);
    }
    let held = |rule: &&_| {
        let rule: &crate::questionnaire::model::AlertRule = rule;
        Held { code: rule.code.clone(), level: rule.level, words: rule.reason.clone() }
    };
    let reason = Reason { questionnaire: questionnaire.code.clone(), rules: rules.iter().map(held).collect() };
    let (id, rules) = (name(keys, employee, day), names(keys, &reason));
    Ok(Some(Raise { id, severity: severity(worst), rules, reason: reason.seal(keys, id) }))
}

/// What somebody always has; nothing where nothing was marked.
pub async fn lasting(state: &AppState, tenant: Tenant, keys: &TenantKeys, employee: EmployeeId) -> Result<Lasting, StoreError> {
    let Some(sealed) = store::lasting_find(&state.db, tenant, employee).await? else { return Ok(Lasting::default()) };
    let plain = keys.open(store::lasting_cell(employee.0.as_bytes()), &sealed)?;
    Ok(serde_json::from_slice(&plain).map_err(|_| VaultError::DoesNotOpen)?)
}

/// One alert per person and day: so two processes give it the same name.
fn name(keys: &TenantKeys, employee: EmployeeId, day: Day) -> Uuid {
    let hash = keys.index("alert", &format!("{employee} {day}"));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    Builder::from_custom_bytes(bytes).into_uuid()
}

/// The opaque name of a rule.
pub fn rule_name(keys: &TenantKeys, questionnaire: &str, rule: &str) -> String {
    let hash = keys.index("alert-rule", &format!("{questionnaire}\n{rule}"));
    let mut name = data_encoding::HEXLOWER.encode(&hash);
    name.truncate(RULE_CHARS);
    name
}

/// In an order of their own, so that the same rules are the same text.
fn names(keys: &TenantKeys, reason: &Reason) -> String {
    let mut names: Vec<String> = reason.rules.iter().map(|rule| rule_name(keys, &reason.questionnaire, &rule.code)).collect();
    names.sort_unstable();
    format!(" {} ", names.join(" "))
}

impl Reason {
    fn seal(&self, keys: &TenantKeys, id: Uuid) -> Vec<u8> {
        let plain = zeroize::Zeroizing::new(serde_json::to_vec(self).expect("a reason is made of texts"));
        keys.seal(store::reason_cell(id.as_bytes()), &plain)
    }

    pub fn open(keys: &TenantKeys, id: Uuid, blob: &[u8]) -> Result<Self, VaultError> {
        let plain = keys.open(store::reason_cell(id.as_bytes()), blob)?;
        serde_json::from_slice(&plain).map_err(|_| VaultError::DoesNotOpen)
    }
}

/// Writes the alerts of declarations that were just stored, within their transaction, and tells who may see them:
/// `raise_in!(tx, enterprise, behind, until, &raised)`. The enterprise's row is held, and `raised` are the new declarations with an
/// alert and their changes, which lie behind `behind` and up to `until`.
macro_rules! raise_in {
    ($tx:ident, $enterprise:expr, $behind:expr, $until:expr, $raised:expr) => {{
        let (enterprise, behind, until): ($crate::id::EnterpriseId, i64, i64) = ($enterprise, $behind, $until);
        let raised: &[(i64, &$crate::declaration::writer::Submission, &$crate::alert::raise::Raise)] = $raised;
        let mut new = std::collections::HashSet::new();
        for rows in raised.chunks($crate::alert::raise::MOST_ROWS) {
            let mut query = sqlx::query_scalar($crate::alert::raise::ALERT_INSERTS[rows.len() - 1].as_str());
            for (change, declared, raise) in rows {
                query = query
                    .bind(enterprise)
                    .bind(raise.id)
                    .bind(declared.employee)
                    .bind(declared.day)
                    .bind(raise.severity)
                    .bind(declared.submitted_at)
                    .bind(&*raise.reason)
                    .bind(&*raise.rules)
                    .bind(*change);
            }
            let inserted: Vec<uuid::Uuid> = query.fetch_all(&mut *$tx).await?;
            new.extend(inserted);
        }
        let mut told = i64::try_from(new.len()).unwrap_or(i64::MAX);
        sqlx::query($crate::alert::raise::STEP_RAISED).bind(enterprise).bind(behind).bind(until).execute(&mut *$tx).await?;
        for (change, declared, raise) in raised {
            // The first of a person and day was just inserted.
            if new.remove(&raise.id) {
                continue;
            }
            let (severity, rules): (i64, String) =
                sqlx::query_as($crate::alert::raise::ALERT_FIND).bind(enterprise).bind(raise.id).fetch_one(&mut *$tx).await?;
            let what = match $crate::alert::raise::Change::between((severity, &rules), (raise.severity, &raise.rules)) {
                $crate::alert::raise::Change::Same => continue,
                $crate::alert::raise::Change::Milder => $crate::alert::raise::What::Milder,
                $crate::alert::raise::Change::Worse => $crate::alert::raise::What::Worsened,
            };
            if what == $crate::alert::raise::What::Worsened {
                told += 1;
                sqlx::query($crate::alert::raise::ALERT_WORSEN)
                    .bind(enterprise)
                    .bind(raise.id)
                    .bind(raise.severity)
                    .bind(declared.submitted_at)
                    .bind(&*raise.reason)
                    .bind(&*raise.rules)
                    .bind(*change)
                    .execute(&mut *$tx)
                    .await?;
            }
            sqlx::query($crate::alert::raise::STEP_INSERT)
                .bind(enterprise)
                .bind($crate::random::uuid())
                .bind(raise.id)
                .bind(what)
                .bind(None::<uuid::Uuid>)
                .bind(declared.submitted_at)
                .bind(None::<&[u8]>)
                .execute(&mut *$tx)
                .await?;
        }
        if told > 0 {
            $crate::message::tell::tell_alerts_in!($tx, enterprise, behind, until, told, raised[0].1.submitted_at);
            $crate::channel::tell::put_alerts_in!($tx, enterprise, told, raised[0].1.submitted_at);
        }
    }};
}
pub(crate) use raise_in;
