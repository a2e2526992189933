//! The cookies of this room. Under https they carry `Secure` and the `__Host-` prefix, so that no other host or path can
//! set them; browsers refuse both on plain http, which localhost may use.

use std::collections::HashSet;

use axum::http::HeaderValue;

use super::{oidc::flow::FLOW_SECS, token::Token};
use crate::{
    id::EnterpriseId,
    link,
    state::{PublicUrl, Visit},
};

/// The longest that browsers keep a cookie: 400 days.
const DEVICE_SECS: i64 = 400 * 24 * 60 * 60;
/// A phone that declares to more enterprises than this is asked to scan again.
const DEVICES: usize = 20;

/// The token in the session cookie.
pub fn session(visit: &Visit) -> Option<Token> {
    visit.cookie(&session_name(&visit.state.public_url)).and_then(Token::parse)
}

/// The secret that this device holds for an enterprise.
pub fn device(visit: &Visit, enterprise: EnterpriseId) -> Option<Token> {
    visit.cookie(&device_name(&visit.state.public_url, enterprise)).and_then(Token::parse)
}

/// The secret of the flow that this browser began.
pub fn flow(visit: &Visit) -> Option<Token> {
    visit.cookie(&flow_name(&visit.state.public_url)).and_then(Token::parse)
}

/// The enterprise whose tablet this device says it is, and the secret that proves it.
pub fn tablet(visit: &Visit) -> Option<(EnterpriseId, Token)> {
    let (enterprise, secret) = link::enterprise_and_token(visit.cookie(&tablet_name(&visit.state.public_url))?)?;
    Some((enterprise, Token::parse(secret)?))
}

/// The secret under which it is kept whom a provider has verified in this browser.
pub fn verified(visit: &Visit) -> Option<Token> {
    visit.cookie(&verified_name(&visit.state.public_url)).and_then(Token::parse)
}

/// Every enterprise that this device holds a secret for, once each: as in [`device`], the first cookie of a name counts.
pub fn devices(visit: &Visit) -> Vec<(EnterpriseId, Token)> {
    let prefix = device_prefix(&visit.state.public_url);
    let mut seen = HashSet::new();
    let named = visit.cookies().filter_map(|(name, value)| Some((name.strip_prefix(prefix)?.parse().ok()?, value)));
    let first = named.filter(|(enterprise, _)| seen.insert(*enterprise));
    first.filter_map(|(enterprise, value)| Some((enterprise, Token::parse(value)?))).take(DEVICES).collect()
}

/// Where somebody is let in: each of these pages leads on with a cookie.
const LETS_IN: [&str; 3] = ["/i/", link::SIGN_IN, link::ENROL];

/// Whether a browser comes from where it was given a cookie, and has none at all.
pub fn are_refused(visit: &Visit) -> bool {
    let from = visit.headers.get(axum::http::header::REFERER).and_then(|from| from.to_str().ok());
    // Whatever a proxy calls this host: it only chooses the words.
    let path = from.and_then(|from| from.splitn(4, '/').nth(3)).map(|path| format!("/{path}"));
    visit.cookies().next().is_none() && path.is_some_and(|path| LETS_IN.iter().any(|page| path.starts_with(page)))
}

/// Whether a cookie of this name lets anyone act: a session's, a device's, a tablet's, or a verified person's.
pub fn is_ours(url: &PublicUrl, name: &str) -> bool {
    name == session_name(url) || name == verified_name(url) || name == tablet_name(url) || name.starts_with(device_prefix(url))
}

/// Keeps a session until the browser closes; the server ends it earlier.
pub fn keep_session(url: &PublicUrl, token: &Token) -> HeaderValue {
    header(url, &session_name(url), &token.text(), "")
}

pub fn drop_session(url: &PublicUrl) -> HeaderValue {
    header(url, &session_name(url), "", "; Max-Age=0")
}

pub fn keep_device(url: &PublicUrl, enterprise: EnterpriseId, secret: &Token) -> HeaderValue {
    header(url, &device_name(url, enterprise), &secret.text(), &format!("; Max-Age={DEVICE_SECS}"))
}

/// Keeps a sitting until the browser closes; the server ends it earlier.
pub fn keep_sitting(url: &PublicUrl, enterprise: EnterpriseId, secret: &Token) -> HeaderValue {
    header(url, &device_name(url, enterprise), &secret.text(), "")
}

/// What makes a device a tablet of an enterprise.
pub fn keep_tablet(url: &PublicUrl, enterprise: EnterpriseId, secret: &Token) -> HeaderValue {
    header(url, &tablet_name(url), &format!("{enterprise}{}", secret.text()), &format!("; Max-Age={DEVICE_SECS}"))
}

pub fn drop_device(url: &PublicUrl, enterprise: EnterpriseId) -> HeaderValue {
    header(url, &device_name(url, enterprise), "", "; Max-Age=0")
}

/// Keeps a flow's secret for as long as the flow lasts. `Lax`: the way back from the provider is a link from another site.
pub fn keep_flow(url: &PublicUrl, secret: &Token) -> HeaderValue {
    header(url, &flow_name(url), &secret.text(), &format!("; Max-Age={FLOW_SECS}"))
}

pub fn drop_flow(url: &PublicUrl) -> HeaderValue {
    header(url, &flow_name(url), "", "; Max-Age=0")
}

pub fn keep_verified(url: &PublicUrl, secret: &Token) -> HeaderValue {
    header(url, &verified_name(url), &secret.text(), &format!("; Max-Age={FLOW_SECS}"))
}

pub fn drop_verified(url: &PublicUrl) -> HeaderValue {
    header(url, &verified_name(url), "", "; Max-Age=0")
}

fn flow_name(url: &PublicUrl) -> String {
    format!("{}shenbao-flow", prefix(url))
}

fn verified_name(url: &PublicUrl) -> String {
    format!("{}shenbao-verified", prefix(url))
}

fn tablet_name(url: &PublicUrl) -> String {
    format!("{}shenbao-tablet", prefix(url))
}

fn session_name(url: &PublicUrl) -> String {
    format!("{}shenbao", prefix(url))
}

fn device_name(url: &PublicUrl, enterprise: EnterpriseId) -> String {
    format!("{}{enterprise}", device_prefix(url))
}

fn device_prefix(url: &PublicUrl) -> &'static str {
    if url.is_secure() { "__Host-shenbao-device-" } else { "shenbao-device-" }
}

fn prefix(url: &PublicUrl) -> &'static str {
    if url.is_secure() { "__Host-" } else { "" }
}

fn header(url: &PublicUrl, name: &str, value: &str, more: &str) -> HeaderValue {
    let secure = if url.is_secure() { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{more}");
    HeaderValue::from_str(&text).expect("a cookie of ours is plain ASCII")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_carry_every_flag_that_their_address_allows() {
        let token = Token::new();
        let (secure, local) = (PublicUrl::parse("https://shenbao.example").unwrap(), PublicUrl::parse("http://localhost:3000").unwrap());
        let expected = format!("__Host-shenbao={}; Path=/; HttpOnly; SameSite=Lax; Secure", token.text());
        assert_eq!(keep_session(&secure, &token), expected.as_str());
        assert_eq!(keep_session(&local, &token), format!("shenbao={}; Path=/; HttpOnly; SameSite=Lax", token.text()).as_str());
        let device = keep_device(&secure, EnterpriseId::from_bits(7), &token);
        let device = device.to_str().unwrap();
        assert!(device.starts_with("__Host-shenbao-device-000000000007=") && device.contains("; Secure; Max-Age=34560000"), "{device}");
        for (name, kept) in
            [("__Host-shenbao-flow=", keep_flow(&secure, &token)), ("__Host-shenbao-verified=", keep_verified(&secure, &token))]
        {
            let kept = kept.to_str().unwrap();
            assert!(kept.starts_with(name) && kept.ends_with("; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=600"), "{kept}");
        }
        assert!(drop_session(&secure).to_str().unwrap().starts_with("__Host-shenbao=; "));
    }
}
