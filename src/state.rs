//! What every request can reach, and the request itself as the rooms see it.

use std::{net::IpAddr, ops::Deref, sync::Arc};

use axum::{
    extract::{ConnectInfo, FromRef},
    http::{HeaderMap, Method, header, request::Parts},
};
use leptos::prelude::{LeptosOptions, use_context};

use crate::{
    account::{devices::Devices, oidc::Providers, passkey::Passkeys},
    census::Censuses,
    channel::send::Outgoing,
    clock::Clock,
    db::Db,
    declaration::writer::Writer,
    enterprise::registry::Known,
    error::{AppError, Result},
    limit::Limits,
    message::live::Live,
    metrics::Metrics,
    questionnaire::catalogue::Catalogue,
    ready::Stopping,
    reminder::holidays::Holidays,
    vault::Vault,
};

/// What every request can reach. Each layer around a handler has one of its own, so a clone is one counter.
#[derive(Clone)]
pub struct AppState(Arc<Shared>);

/// One per process.
pub struct Shared {
    pub db: Db,
    pub vault: Arc<Vault>,
    pub clock: Clock,
    pub catalogue: Arc<Catalogue>,
    pub writer: Writer,
    pub live: Arc<Live>,
    pub censuses: Censuses,
    pub enterprises: Known,
    pub devices: Devices,
    pub passkeys: Passkeys,
    pub providers: Providers,
    pub limits: Limits,
    pub outgoing: Outgoing,
    pub holidays: Holidays,
    pub public_url: PublicUrl,
    /// How many reverse proxies stand in front.
    pub proxies: usize,
    /// After so many days declarations go.
    pub retention_days: u16,
    /// Demo data and one-click entry.
    pub demo: bool,
    pub leptos: LeptosOptions,
    pub metrics: Metrics,
    pub stopping: Stopping,
}

impl From<Shared> for AppState {
    fn from(shared: Shared) -> Self {
        Self(Arc::new(shared))
    }
}

impl Deref for AppState {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl FromRef<AppState> for LeptosOptions {
    fn from_ref(state: &AppState) -> Self {
        state.leptos.clone()
    }
}

/// The address under which people reach this server: `https://host[:port]`, or `http://localhost[:port]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    origin: String,
    host: String,
}

/// A public URL that passkeys and secure cookies cannot work with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} cannot be the public URL: give https://HOST, or http://localhost:PORT for this machine alone (an IP address cannot carry a passkey)"
)]
pub struct BadPublicUrl(pub String);

impl PublicUrl {
    pub fn parse(text: &str) -> Result<Self, BadPublicUrl> {
        let bad = || BadPublicUrl(text.to_owned());
        let uri: axum::http::Uri = text.trim_end_matches('/').parse().map_err(|_| bad())?;
        let host = uri.host().filter(|host| host.parse::<IpAddr>().is_err() && !host.starts_with('[')).ok_or_else(bad)?;
        let host = host.to_ascii_lowercase();
        let local = host == "localhost" || host.ends_with(".localhost");
        let plain = uri.path().trim_matches('/').is_empty() && uri.query().is_none() && !text.contains('@');
        let (scheme, usual_port) = match uri.scheme_str() {
            Some("https") if plain => ("https", 443),
            Some("http") if plain && local => ("http", 80),
            _ => return Err(bad()),
        };
        let port = uri.port_u16().filter(|port| *port != usual_port).map(|port| format!(":{port}")).unwrap_or_default();
        Ok(Self { origin: format!("{scheme}://{host}{port}"), host })
    }

    /// As a browser writes it in `Origin`: in lower case, and without the port that its scheme has anyway.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    pub fn host(&self) -> &str {
        &self.host
    }

    /// Whether cookies carry `Secure` and the `__Host-` prefix.
    pub fn is_secure(&self) -> bool {
        self.origin.starts_with("https:")
    }

    /// A path of this site as a link that works elsewhere.
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }
}

/// One request: what a server function, or a plain handler, passes on.
#[derive(Clone)]
pub struct Visit {
    pub state: AppState,
    pub headers: HeaderMap,
    /// The address of the client as far as the proxies can be trusted.
    pub address: IpAddr,
    /// Whether the document of a page is being made.
    pub is_for_a_page: bool,
}

impl Visit {
    /// The request that a server function or a page on the server is answering.
    pub fn current() -> Result<Self> {
        let (state, parts) = (use_context::<AppState>(), use_context::<Parts>());
        let (Some(state), Some(parts)) = (state, parts) else {
            tracing::error!("a server function was called outside a request");
            return Err(AppError::Internal);
        };
        // What was posted comes back with the answer, and not with one that is asked for again.
        let is_for_a_page = parts.method == Method::GET && !parts.uri.path().starts_with("/api/");
        Ok(Self { is_for_a_page, ..Self::new(state, &parts) })
    }

    pub fn new(state: AppState, parts: &Parts) -> Self {
        let peer = parts.extensions.get::<ConnectInfo<std::net::SocketAddr>>().map(|info| info.0.ip());
        let address = client_address(&parts.headers, peer, state.proxies);
        Self { state, headers: parts.headers.clone(), address, is_for_a_page: false }
    }

    /// The value of a cookie.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    pub fn cookies(&self) -> impl Iterator<Item = (&str, &str)> {
        cookies(&self.headers)
    }
}

/// Every cookie of a request, by name and value. One that is not UTF-8 is left out, and takes no other with it.
pub fn cookies(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    let pairs = headers.get_all(header::COOKIE).iter().flat_map(|value| value.as_bytes().split(|&byte| byte == b';'));
    pairs.filter_map(|pair| std::str::from_utf8(pair).ok()?.trim().split_once('='))
}

fn client_address(headers: &HeaderMap, peer: Option<IpAddr>, proxies: usize) -> IpAddr {
    let unknown = IpAddr::from([0, 0, 0, 0]);
    let Some(hop) = proxies.checked_sub(1) else { return peer.unwrap_or(unknown) };
    let forwarded = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let hops: Vec<&str> = forwarded.flat_map(|value| value.split(',')).map(str::trim).collect();
    hops.iter().rev().nth(hop).and_then(|hop| hop.parse().ok()).or(peer).unwrap_or(unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_or_localhost_can_be_public() {
        for good in ["https://shenbao.example", "https://shenbao.example:8443/", "http://localhost:3000"] {
            assert!(PublicUrl::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "shenbao.example",
            "http://shenbao.example",
            "http://127.0.0.1:3000",
            "https://127.0.0.1",
            "https://[::1]",
            "https://host/path",
            "https://host/?q",
            "https://user@host",
        ] {
            assert!(PublicUrl::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_origin_is_written_as_browsers_write_it() {
        for (typed, origin) in [
            ("https://Shenbao.Example:443/", "https://shenbao.example"),
            ("https://shenbao.example:8443", "https://shenbao.example:8443"),
            ("http://localhost:80", "http://localhost"),
            ("http://localhost:3000", "http://localhost:3000"),
        ] {
            assert_eq!(PublicUrl::parse(typed).unwrap().origin(), origin);
        }
    }

    #[test]
    fn a_cookie_that_cannot_be_read_takes_no_other_with_it() {
        let mut headers = HeaderMap::new();
        headers.append("cookie", header::HeaderValue::from_bytes(b"name=\xbb\xc6; a=1;b = \xe9\xbb\x84; =;broken").unwrap());
        headers.append("cookie", "c=3".parse().unwrap());
        assert_eq!(cookies(&headers).collect::<Vec<_>>(), [("a", "1"), ("b ", " 黄"), ("", ""), ("c", "3")]);
    }

    #[test]
    fn the_client_is_as_many_hops_from_the_right_as_there_are_proxies() {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", "6.6.6.6, 203.0.113.7, 10.0.0.1".parse().unwrap());
        let peer = Some(IpAddr::from([127, 0, 0, 1]));
        assert_eq!(client_address(&headers, peer, 0), IpAddr::from([127, 0, 0, 1]));
        assert_eq!(client_address(&headers, peer, 2), IpAddr::from([203, 0, 113, 7]));
        assert_eq!(client_address(&headers, peer, 9), IpAddr::from([127, 0, 0, 1]));
    }
}
