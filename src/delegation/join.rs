//! Somebody asks to become a manager. They are nobody yet: what they said waits, sealed, for the representative, and the answer is
//! the same whoever they are.

use leptos::prelude::use_context;
use uuid::{Builder, Uuid};
use zeroize::Zeroizing;

use super::{
    model::{Asking, JoinForm, JoinPosted, JoinProblem, JoinValues},
    store::{self, RequestRow},
};
use crate::{
    account::{
        caller::{self, Joining},
        model::Level,
        oidc::{Audience, claims::Verified, identity},
        token::Token,
    },
    audit::{
        entry::Entry,
        model::{Action, ActorKind},
    },
    enterprise::registry,
    error::{AppError, Result, StoreError},
    id::EnterpriseId,
    period::Moment,
    random,
    state::{AppState, Visit},
    vault::{Cell, TenantKeys, VaultError},
};

/// When the invitation of this link was made, if it works. Text that cannot be a token never reaches the database.
pub async fn find(state: &AppState, enterprise: EnterpriseId, token: &str) -> Result<Option<Moment>, StoreError> {
    let Some(token) = Token::parse(token) else { return Ok(None) };
    store::invitation_find(&state.db, enterprise, token.hash(), state.clock.now()).await
}

/// Keeps what somebody asks, or says what is wrong with it.
pub async fn ask(visit: &Visit, joining: &Joining, token: &str, values: &JoinValues) -> Result<Result<(), Vec<JoinProblem>>> {
    let (state, tenant) = (&visit.state, joining.tenant());
    let invitation = Token::parse(token).ok_or(AppError::LinkExpired)?.hash();
    state.limits.join_form(visit.address)?;
    let verified = if values.verified { Some(verified(visit, joining).await?.ok_or(AppError::VerificationExpired)?.person) } else { None };
    let today = registry::load(state, tenant).await?.today(&state.clock);
    let asking = match values.parse(today, verified.as_ref()) {
        Ok(asking) => asking,
        Err(problems) => return Ok(Err(problems)),
    };
    state.limits.join(invitation.0)?;
    let level = if verified.is_some() { Level::Face } else { Level::Claimed };
    request(state, joining, &asking, level, values.form.parse().ok()).await?;
    if verified.is_some() {
        identity::used(visit).await?;
    }
    Ok(Ok(()))
}

/// Whom a provider has verified in this browser just now, if it is one whose word counts for those who look.
async fn verified(visit: &Visit, joining: &Joining) -> Result<Option<Verified>> {
    identity::on_invitation(visit, joining.tenant(), Audience::Representative).await
}

/// Keeps a request. The same form, sent twice with the same words, is one.
pub async fn request(state: &AppState, joining: &Joining, asking: &Asking, level: Level, form: Option<Uuid>) -> Result<()> {
    let keys = state.vault.keys(&state.db, joining.tenant().id()).await?;
    let id = form.map_or_else(random::uuid, |form| id_of(&keys, form, asking));
    let content = asking.seal(&keys, id);
    let entry = Entry::by_itself(keys, ActorKind::Server, state.clock.now(), Action::AskManager).on(id);
    let kept = store::request_insert(&state.db, joining, id, &content, level, &entry).await?;
    if kept { Ok(()) } else { Err(AppError::TooManyRequests) }
}

/// Equal for equal forms, and keyed: it says nothing about the person.
fn id_of(keys: &TenantKeys, form: Uuid, asking: &Asking) -> Uuid {
    let Asking { person, reason } = asking;
    let phone = person.phone.as_ref().map_or("", |phone| phone.as_str());
    let hash = keys.index("manager-request", &format!("{form}\n{}\n{phone}\n{}\n{reason}", person.document.key(), person.name));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    Builder::from_custom_bytes(bytes).into_uuid()
}

/// The form of a link; after a refusal with what was typed, even if the link has ended meanwhile.
pub async fn form(visit: &Visit, enterprise: EnterpriseId, token: &str) -> Result<JoinForm> {
    let posted = use_context::<JoinPosted>();
    match (new_form(visit, enterprise, token).await, posted) {
        (Ok(form), None) => Ok(form),
        (Ok(form), Some(posted)) => Ok(JoinForm { form: posted.values.form.parse().unwrap_or(form.form), posted, ..form }),
        (Err(error), Some(posted)) if !posted.is_blank() => {
            Ok(JoinForm { posted: JoinPosted { error: posted.error.or(Some(error)), ..posted }, ..JoinForm::default() })
        }
        (Err(error), _) => Err(error),
    }
}

async fn new_form(visit: &Visit, enterprise: EnterpriseId, token: &str) -> Result<JoinForm> {
    let joining = caller::joining(visit, enterprise, token).await?;
    let enterprise = registry::load(&visit.state, joining.tenant()).await?;
    let verified = verified(visit, &joining).await?;
    Ok(JoinForm {
        enterprise_name: enterprise.name,
        uscc: enterprise.uscc.as_str().to_owned(),
        form: random::uuid(),
        providers: visit.state.providers.choices(Audience::Representative),
        verified: verified.map(|verified| identity::shown(visit, &verified)),
        ..JoinForm::default()
    })
}

impl JoinPosted {
    /// Nothing was typed that could be kept.
    fn is_blank(&self) -> bool {
        let JoinValues { name, number, phone, reason, .. } = &self.values;
        [name, number, phone, reason].into_iter().all(String::is_empty)
    }
}

impl Asking {
    /// Seals it for its request's row.
    pub fn seal(&self, keys: &TenantKeys, id: Uuid) -> Vec<u8> {
        let plain = Zeroizing::new(serde_json::to_vec(self).expect("a person has only text keys"));
        keys.seal(cell(id.as_bytes()), &plain)
    }

    pub(super) fn open(keys: &TenantKeys, row: &RequestRow) -> Result<Self, VaultError> {
        let plain = keys.open(cell(row.id.as_bytes()), &row.content)?;
        serde_json::from_slice(&plain).map_err(|_| VaultError::DoesNotOpen)
    }
}

pub(super) const fn cell(id: &[u8]) -> Cell<'_> {
    Cell { table: "manager_request", column: "content", row: id }
}
