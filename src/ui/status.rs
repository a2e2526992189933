//! What a page says to the browser beside its words.

/// The page's address asks for something that there is not: 400.
#[cfg(feature = "ssr")]
pub fn bad_request() {
    if let Some(response) = leptos::prelude::use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(axum::http::StatusCode::BAD_REQUEST);
    }
}

/// A page that another one led to has no status of its own.
#[cfg(not(feature = "ssr"))]
pub const fn bad_request() {}
