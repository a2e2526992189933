//! The way to a provider: one request at a time, no redirects, nothing but https (plain http on this machine), soon or not at
//! all, and no answer that is larger than it can be.

use std::{pin::Pin, time::Duration};

use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse, url::Url};

const CONNECT: Duration = Duration::from_secs(3);
/// From the first byte that is sent to the last that is received.
const PATIENCE: Duration = Duration::from_secs(5);
const MOST_BYTES: usize = 1024 * 1024;

pub struct Http {
    client: reqwest::Client,
    /// The provider runs on this machine.
    local: bool,
}

/// No answer that could be used. It says how, and nothing of what was sent.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    #[error("an address of the provider's is neither https nor on this machine")]
    Address,
    #[error("the answer is larger than a provider's can be")]
    TooLarge,
    #[error("{0}")]
    Failed(String),
}

impl From<reqwest::Error> for HttpError {
    fn from(error: reqwest::Error) -> Self {
        let kind = match () {
            () if error.is_timeout() => "no answer in time",
            () if error.is_connect() => "no connection",
            () => "the exchange broke off",
        };
        Self::Failed(kind.to_owned())
    }
}

/// The one implementation of TLS that this program uses; it is chosen once.
pub fn choose_cryptography() {
    // A second choice is refused, and is the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

impl Http {
    pub fn new(local: bool) -> Result<Self, HttpError> {
        let builder = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).connect_timeout(CONNECT).timeout(PATIENCE);
        let builder = if local { builder.no_proxy() } else { builder.https_only(true) };
        Ok(Self { client: builder.build()?, local })
    }

    /// Whether the provider may be found at this address.
    pub fn may_reach(&self, url: &Url) -> bool {
        url.scheme() == "https" || self.local && url.scheme() == "http" && url.host_str() == Some("localhost")
    }

    pub async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let request = reqwest::Request::try_from(request)?;
        if !self.may_reach(request.url()) {
            return Err(HttpError::Address);
        }
        let mut answer = self.client.execute(request).await?;
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await? {
            if body.len() + chunk.len() > MOST_BYTES {
                return Err(HttpError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        let mut response = HttpResponse::new(body);
        *response.status_mut() = answer.status();
        *response.headers_mut() = answer.headers().clone();
        Ok(response)
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}
