//! What each request took, sent to a collector by OpenTelemetry's protocol (OTLP over HTTP). In a build with the feature `otel`.
//!
//! What is sent is what the log would say: the span of a request, with its method, its route's template and its name, and the lines
//! that were logged within it.

use std::time::Duration;

use axum::{body::Bytes, http};
use opentelemetry::trace::TracerProvider;
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::{
    Resource,
    trace::{SdkTracer, SdkTracerProvider},
};
use tokio::runtime::Handle;
use tracing::{Level, Subscriber};
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::{
    filter::{Filtered, Targets},
    layer::Layer,
    registry::LookupSpan,
};

use crate::account::oidc::choose_cryptography;

/// A collector that takes longer misses what is sent.
const PATIENCE: Duration = Duration::from_secs(10);

/// Sends on what is logged, until it is [ended](Self::end).
pub struct Traces(SdkTracerProvider);

impl Traces {
    /// To a collector at this address, such as `http://localhost:4318`.
    pub fn to(url: &str) -> anyhow::Result<Self> {
        choose_cryptography();
        let client = reqwest::Client::builder().timeout(PATIENCE).redirect(reqwest::redirect::Policy::none()).build()?;
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(OnOurRuntime { client, runtime: Handle::current() })
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(format!("{}/v1/traces", url.trim_end_matches('/')))
            .build()
            .map_err(|error| anyhow::anyhow!("SHENBAO_OTLP_URL: {error}"))?;
        let program = Resource::builder().with_service_name(env!("CARGO_PKG_NAME")).build();
        Ok(Self(SdkTracerProvider::builder().with_resource(program).with_batch_exporter(exporter).build()))
    }

    /// The part of the log that does so: what is ours, and nothing of the libraries beneath.
    pub fn layer<S: Subscriber + for<'span> LookupSpan<'span>>(&self) -> Filtered<OpenTelemetryLayer<S, SdkTracer>, Targets, S> {
        let layer = tracing_opentelemetry::layer().with_tracer(self.0.tracer(env!("CARGO_PKG_NAME")));
        layer.with_location(false).with_threads(false).with_filter(Targets::new().with_target(env!("CARGO_PKG_NAME"), Level::INFO))
    }

    /// Sends what was not sent yet.
    pub async fn end(self) {
        let ended = tokio::task::spawn_blocking(move || self.0.shutdown()).await;
        if !ended.is_ok_and(|ended| ended.is_ok()) {
            tracing::warn!("the last traces were not sent: the collector does not take them");
        }
    }
}

/// Sends by our own client: what gathers traces has a thread that no runtime belongs to.
#[derive(Debug)]
struct OnOurRuntime {
    client: reqwest::Client,
    runtime: Handle,
}

#[async_trait::async_trait]
impl HttpClient for OnOurRuntime {
    async fn send_bytes(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, HttpError> {
        let (client, request) = (self.client.clone(), reqwest::Request::try_from(request)?);
        let sent = self.runtime.spawn(async move {
            let answer = client.execute(request).await?;
            Ok::<_, reqwest::Error>((answer.status(), answer.bytes().await?))
        });
        let (status, body) = sent.await??;
        Ok(http::Response::builder().status(status).body(body)?)
    }
}
