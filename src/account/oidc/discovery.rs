//! A provider's addresses and keys, as it publishes them.
//!
//! Nobody is sent to a provider that has not answered a moment ago: whoever would be left before a browser's own error page gets
//! one of ours. A signature by a key that is not known asks for the keys once more, for providers change them.

use std::sync::Arc;

use openidconnect::{
    AdditionalProviderMetadata, IssuerUrl, ProviderMetadata,
    core::{
        CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClientAuthMethod, CoreGrantType, CoreJsonWebKey,
        CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType,
    },
};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use super::http::Http;
use crate::period::Moment;

/// So long a provider that answered is taken to be there.
const THERE_SECS: i64 = 10;
/// So long one that did not is not asked again: those who wait behind one another are told at once.
const AWAY_SECS: i64 = 2;
/// So long what is published is used without a look.
const FRESH_SECS: i64 = 60 * 60;

/// What discovery says beyond what the crate reads.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct More {
    /// RFC 9207: answers name their issuer.
    #[serde(default)]
    pub authorization_response_iss_parameter_supported: bool,
}

impl AdditionalProviderMetadata for More {}

pub type Metadata = ProviderMetadata<
    More,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// The provider gave no answer that could be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Away;

pub struct Discovery {
    issuer: IssuerUrl,
    pub http: Http,
    /// Held while the provider is asked: one question at a time.
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    published: Option<(Moment, Arc<Metadata>)>,
    failed_at: Option<Moment>,
}

impl Discovery {
    pub fn new(issuer: IssuerUrl, http: Http) -> Self {
        Self { issuer, http, known: Mutex::default() }
    }

    /// For sending someone there: the provider has answered within the last seconds.
    pub async fn there(&self, now: Moment) -> Result<Arc<Metadata>, Away> {
        self.no_older_than(THERE_SECS, now).await
    }

    /// For taking someone back: what is known will do for a while.
    pub async fn known(&self, now: Moment) -> Result<Arc<Metadata>, Away> {
        self.no_older_than(FRESH_SECS, now).await
    }

    /// What is published now, for a key that `before` does not have.
    pub async fn newer(&self, before: &Arc<Metadata>, now: Moment) -> Result<Arc<Metadata>, Away> {
        let mut known = self.known.lock().await;
        match &known.published {
            Some((_, published)) if !Arc::ptr_eq(published, before) => Ok(published.clone()),
            _ => self.ask(&mut known, now).await,
        }
    }

    async fn no_older_than(&self, secs: i64, now: Moment) -> Result<Arc<Metadata>, Away> {
        let mut known = self.known.lock().await;
        match (&known.published, known.failed_at) {
            (Some((at, published)), _) if *at > now.plus_secs(-secs) => Ok(published.clone()),
            (_, Some(at)) if at > now.plus_secs(-AWAY_SECS) => Err(Away),
            _ => self.ask(&mut known, now).await,
        }
    }

    async fn ask(&self, known: &mut Known, now: Moment) -> Result<Arc<Metadata>, Away> {
        let asked = Metadata::discover_async(self.issuer.clone(), &self.http).await;
        let usable = asked.map_err(|error| error.to_string()).and_then(|published| {
            let reachable = self.http.may_reach(published.authorization_endpoint().url());
            if reachable { Ok(published) } else { Err("its authorization endpoint is not https".to_owned()) }
        });
        match usable {
            Ok(published) => {
                let published = Arc::new(published);
                *known = Known { published: Some((now, published.clone())), failed_at: None };
                Ok(published)
            }
            Err(error) => {
                tracing::warn!(issuer = self.issuer.as_str(), error, "an identity provider does not answer");
                known.failed_at = Some(now);
                Err(Away)
            }
        }
    }
}
