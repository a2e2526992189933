//! The scripts with what is the server's to say in them, the manifest, and the icons.

use std::sync::{LazyLock, OnceLock};

use axum::{
    Json, Router,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use data_encoding::HEXLOWER;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{THEME, offline_page::offline_shell};
use crate::{
    declaration::browser::DRAFT,
    enterprise::image,
    i18n::Locale,
    link, render,
    state::AppState,
    ui::locale::{tag, tr_in},
    wake,
};

const GROUND: &str = "#f0f2f1";
/// What the service worker may do: fetch from here, and load the script that sends.
const WORKER_MAY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
);
const SCRIPT: HeaderValue = HeaderValue::from_static("text/javascript; charset=utf-8");

pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/offline", get(offline))
        .route("/sw.js", get(worker))
        .route("/pending.js", get(pending))
        .route("/notice.js", get(notice))
        .route("/manifest.webmanifest", get(manifest))
        .route("/icon-192.png", get(|| icon(&ICON_192)))
        .route("/icon-512.png", get(|| icon(&ICON_512)))
        .route("/icon-maskable.png", get(|| icon(&ICON_MASKABLE)))
        .route("/apple-touch-icon.png", get(|| icon(&ICON_APPLE)))
}

async fn offline(State(state): State<AppState>, request: Request) -> Response {
    render::document(state, &request.into_parts().0, offline_shell).await
}

/// It stands at the root, so it may serve every path. It names the build's files: a new build is a new service worker, which takes over
/// when the last page of the old one is closed.
async fn worker(State(state): State<AppState>, headers: HeaderMap) -> Response {
    static TEXT: OnceLock<String> = OnceLock::new();
    let text = TEXT.get_or_init(|| worker_text(&json!(wake::hashes()), &json!(wake::files_of(&state.leptos, "desk"))));
    let mut response = script(&headers, text);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, WORKER_MAY);
    response
}

fn worker_text(hashes: &Value, desk: &Value) -> String {
    include_str!("sw.js").replace("/*HASHES*/ []", &hashes.to_string()).replace("/*DESK*/ []", &desk.to_string())
}

async fn pending(headers: HeaderMap) -> Response {
    script(&headers, include_str!("pending.js"))
}

async fn notice(headers: HeaderMap) -> Response {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        let words = [Locale::zh_CN, Locale::en].map(|locale| (tag(locale).to_owned(), Value::Object(words(locale))));
        include_str!("notice.js")
            .replace("/*DRAFT*/", DRAFT)
            .replace("/*WORDS*/ {}", &Value::Object(words.into_iter().collect()).to_string())
    });
    script(&headers, &TEXT)
}

/// A script is asked for again each time, and sent when it has changed.
fn script(asked: &HeaderMap, text: &str) -> Response {
    let hash = HEXLOWER.encode(&Sha256::digest(text)[..8]);
    let known = asked.get(header::IF_NONE_MATCH).and_then(|known| known.to_str().ok()).is_some_and(|known| known.contains(&hash));
    let tag = [(header::ETAG, HeaderValue::try_from(format!("W/\"{hash}\"")).unwrap_or(HeaderValue::from_static("")))];
    if known {
        return (StatusCode::NOT_MODIFIED, tag).into_response();
    }
    (tag, [(header::CONTENT_TYPE, SCRIPT)], text.to_owned()).into_response()
}

macro_rules! words_of {
    ($locale:ident, $(offline . $key:ident),+ $(,)?) => {
        [$((stringify!($key), tr_in!($locale, offline.$key))),+]
    };
}

/// What `notice.js` says.
fn words(locale: Locale) -> Map<String, Value> {
    let said = words_of!(
        locale,
        offline.label,
        offline.waiting,
        offline.waiting_text,
        offline.send,
        offline.sending,
        offline.send_failed,
        offline.delete,
        offline.delete_sure,
        offline.sent,
        offline.sent_text,
        offline.receipt,
        offline.refused,
        offline.refused_text,
        offline.refused_later,
        offline.refused_person,
        offline.refused_day,
        offline.open,
        offline.newer,
        offline.newer_text,
        offline.expired,
        offline.expired_text,
        offline.known,
        offline.declare,
    );
    said.into_iter().map(|(key, words)| (key.to_owned(), words.into())).collect()
}

/// In the language that the browser asks for; it asks without the cookie of a choice.
async fn manifest(headers: HeaderMap) -> Response {
    let locale = render::wanted_locale(&headers);
    let icon = |path: &str, size: &str, purpose: &str| json!({"src": path, "sizes": size, "type": "image/png", "purpose": purpose});
    let manifest = json!({
        "id": link::ENTRY,
        "start_url": link::ENTRY,
        "scope": link::ENTRY,
        "display": "standalone",
        "lang": tag(locale),
        "name": tr_in!(locale, app.name),
        "short_name": tr_in!(locale, offline.short_name),
        "description": tr_in!(locale, account.entry_what),
        "theme_color": THEME,
        "background_color": GROUND,
        "icons": [
            icon("/icon-192.png", "192x192", "any"),
            icon("/icon-512.png", "512x512", "any"),
            icon("/icon-maskable.png", "512x512", "maskable"),
        ],
    });
    let kind = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/manifest+json")),
        (header::VARY, HeaderValue::from_static("accept-language, cookie")),
    ];
    (kind, Json(manifest)).into_response()
}

type Icon = LazyLock<Option<Vec<u8>>>;

static ICON_192: Icon = LazyLock::new(|| drawn(192, false));
static ICON_512: Icon = LazyLock::new(|| drawn(512, false));
/// A phone cuts what shape it likes out of this one.
static ICON_MASKABLE: Icon = LazyLock::new(|| drawn(512, true));
/// iOS asks for it by this name, and rounds its corners.
static ICON_APPLE: Icon = LazyLock::new(|| drawn(180, true));

fn drawn(side: u32, full: bool) -> Option<Vec<u8>> {
    let png = image::icon_png(include_str!("../../public/icon.svg"), side, full.then_some(THEME));
    png.inspect_err(|error| tracing::error!(%error, "an icon could not be drawn")).ok()
}

async fn icon(icon: &'static Icon) -> Response {
    // It is drawn once, away from the threads that serve.
    let png = tokio::task::spawn_blocking(|| LazyLock::force(icon).as_deref()).await.ok().flatten();
    let Some(png) = png else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let headers: [(HeaderName, HeaderValue); 2] = [
        (header::CONTENT_TYPE, HeaderValue::from_static("image/png")),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=86400")),
    ];
    (headers, png).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_service_worker_is_told_of_this_builds_files() {
        let text = worker_text(&json!(["0123456789abcdef"]), &json!(["/pkg/split_desk.0123456789abcdef.wasm"]));
        assert!(text.contains("const HASHES = [\"0123456789abcdef\"];"), "{text}");
        assert!(text.contains("const DESK = [\"/pkg/split_desk.0123456789abcdef.wasm\"];"), "{text}");
        assert!(text.lines().count() <= 80, "it is read by whoever wants to know what it keeps");
    }
}
