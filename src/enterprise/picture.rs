//! Serves the QR code and the poster to whoever may invite.

use axum::{
    Router,
    extract::{Path, Query, Request, State},
    http::{HeaderName, HeaderValue, StatusCode, header, request::Parts},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use serde::Deserialize;
use tokio::sync::Semaphore;

use super::{
    image::{self, ImageError, Poster},
    model::Invitation,
    registry,
};
use crate::{
    account::caller::{self, Permission},
    error::{AppError, Result},
    id::EnterpriseId,
    language::Language,
    link, render,
    state::{AppState, Visit},
};

/// A picture takes megabytes while it is drawn (a poster 9): no more than two at once.
static DRAWING: Semaphore = Semaphore::const_new(2);

/// The query of a poster: `lang=en`; anything else is Chinese.
#[derive(Deserialize)]
struct Wanted {
    #[serde(default)]
    lang: String,
}

pub fn routes() -> Router<AppState> {
    Router::new().route("/e/{enterprise}/invite/qr.png", get(qr)).route("/e/{enterprise}/invite/poster.png", get(poster))
}

async fn qr(State(state): State<AppState>, Path(enterprise): Path<String>, request: Request) -> Response {
    let parts = request.into_parts().0;
    let invitation = match shared(&state, &parts, &enterprise).await {
        Ok(invitation) => invitation,
        Err(error) => return render::error_page(state, &parts, error).await,
    };
    let name = format!("员工健康申报码-{}.png", invitation.enterprise.name);
    drawn(state, &parts, &name, move || image::qr_png(&invitation.link)).await
}

async fn poster(State(state): State<AppState>, Path(enterprise): Path<String>, Query(wanted): Query<Wanted>, request: Request) -> Response {
    let parts = request.into_parts().0;
    let invitation = match shared(&state, &parts, &enterprise).await {
        Ok(invitation) => invitation,
        Err(error) => return render::error_page(state, &parts, error).await,
    };
    let language = if wanted.lang == "en" { Language::En } else { Language::Zh };
    let name = format!("员工健康申报海报-{}.png", invitation.enterprise.name);
    drawn(state, &parts, &name, move || {
        image::poster_png(&Poster { enterprise: &invitation.enterprise.name, link: &invitation.link, language })
    })
    .await
}

async fn shared(state: &AppState, parts: &Parts, enterprise: &str) -> Result<Invitation> {
    let enterprise: EnterpriseId = enterprise.parse().map_err(|_| AppError::NotFound)?;
    let visit = Visit::new(state.clone(), parts);
    let scope = caller::scope(&visit, enterprise, Permission::Invite).await?;
    registry::invitation(state, &scope).await
}

/// Draws away from the threads that serve, and answers with the picture, or with what is wrong.
pub async fn drawn(
    state: AppState,
    parts: &Parts,
    file_name: &str,
    draw: impl FnOnce() -> Result<Vec<u8>, ImageError> + Send + 'static,
) -> Response {
    let Ok(_place) = DRAWING.acquire().await else { return render::error_page(state, parts, AppError::Internal).await };
    match tokio::task::spawn_blocking(draw).await {
        Ok(Ok(png)) => (png_headers(file_name), png).into_response(),
        Ok(Err(error @ ImageError::NoFont)) => {
            tracing::error!(%error, "no picture can be made");
            no_font()
        }
        Ok(Err(error)) => {
            tracing::error!(%error, "a picture could not be made");
            render::error_page(state, parts, AppError::Internal).await
        }
        Err(_) => render::error_page(state, parts, AppError::Internal).await,
    }
}

fn png_headers(file_name: &str) -> [(HeaderName, HeaderValue); 3] {
    let disposition = format!("inline; filename=\"shenbao.png\"; filename*=UTF-8''{}", link::encode(file_name));
    [
        (header::CONTENT_TYPE, HeaderValue::from_static("image/png")),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
        (header::CONTENT_DISPOSITION, HeaderValue::try_from(disposition).unwrap_or(HeaderValue::from_static("inline"))),
    ]
}

/// The operator finds in the log what to install.
fn no_font() -> Response {
    let words = "<!DOCTYPE html><meta charset=\"utf-8\"><title>没有图片</title>\
                 <p>服务器上没有中文字体，暂时不能制作图片。二维码、链接和文字仍可使用；请管理平台的人员按日志提示安装字体。</p>\
                 <p lang=\"en\">The server has no Chinese font, so it cannot make the picture. QR codes, links and texts work. \
                 The people who run this platform find in its log what to install.</p>";
    (StatusCode::SERVICE_UNAVAILABLE, Html(words)).into_response()
}
