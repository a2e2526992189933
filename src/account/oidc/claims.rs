//! What a provider says of someone, read by the names that the operator gave. What is missing means no.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Provider;
use crate::{
    account::model::{DocumentKind, IdDocument, Person, Phone},
    error::{AppError, Result},
};

/// Claims by their names.
pub type Claims = Map<String, Value>;

/// A natural person whom a provider has verified just now.
#[derive(Clone, Serialize, Deserialize)]
pub struct Verified {
    /// The provider's id.
    pub provider: String,
    pub issuer: String,
    pub subject: String,
    /// Without a phone where the provider does not say it.
    pub person: Person,
}

/// Reads the person, or refuses an account that is none.
pub fn read(provider: &Provider, subject: &str, claims: &Claims) -> Result<Verified> {
    let names = &provider.claims;
    let user_type = required(provider, claims, &names.user_type)?;
    if !provider.natural_person.contains(&user_type) {
        tracing::info!(provider = provider.id, "an account that is no natural person's was refused");
        return Err(AppError::EnterpriseAccount);
    }
    let name = Person::parse_name(&required(provider, claims, &names.name)?).map_err(|_| unreadable(provider, &names.name))?;
    let kind = document_kind(provider, claims)?;
    let number = required(provider, claims, &names.document_number)?;
    let document = IdDocument::parse(kind, &number).map_err(|_| unreadable(provider, &names.document_number))?;
    // One that cannot be read is asked for.
    let phone = names.phone.as_ref().and_then(|name| text(claims, name)).and_then(|phone| Phone::parse(&phone).ok());
    let person = Person { name, document, phone };
    Ok(Verified { provider: provider.id.clone(), issuer: provider.issuer.to_string(), subject: subject.to_owned(), person })
}

/// Whether something is missing that userinfo may say.
pub fn are_incomplete(provider: &Provider, claims: &Claims) -> bool {
    let names = &provider.claims;
    let wanted =
        [Some(&names.name), Some(&names.document_number), Some(&names.user_type), names.document_kind.as_ref(), names.phone.as_ref()];
    wanted.into_iter().flatten().any(|name| text(claims, name).is_none())
}

fn document_kind(provider: &Provider, claims: &Claims) -> Result<DocumentKind> {
    let Some(name) = &provider.claims.document_kind else { return Ok(DocumentKind::ResidentId) };
    let said = required(provider, claims, name)?;
    provider.document_kinds.get(&said).copied().ok_or_else(|| unreadable(provider, name))
}

fn required(provider: &Provider, claims: &Claims, name: &str) -> Result<String> {
    text(claims, name).ok_or_else(|| {
        tracing::warn!(provider = provider.id, claim = name, "a provider left a claim out: is its scope asked for?");
        AppError::IdentityIncomplete
    })
}

/// The claim's name only: what it holds is personal.
fn unreadable(provider: &Provider, name: &str) -> AppError {
    tracing::warn!(provider = provider.id, claim = name, "a provider's claim is not as it must be");
    AppError::IdentityIncomplete
}

/// A claim as text; some providers write codes as numbers.
fn text(claims: &Claims, name: &str) -> Option<String> {
    let text = match claims.get(name)? {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}
