//! A page that only leads on to another.

use leptos::prelude::*;

/// Leads on: by a redirect while the server renders, by the router in the browser. It works whatever the client accepts, so
/// that a link in a script leads on too.
#[component]
pub fn Onward(to: String) -> impl IntoView {
    go(&to);
}

#[cfg(feature = "ssr")]
fn go(to: &str) {
    use axum::http::{HeaderValue, StatusCode, header};

    if let (Some(response), Ok(location)) = (use_context::<leptos_axum::ResponseOptions>(), HeaderValue::from_str(to)) {
        response.set_status(StatusCode::FOUND);
        response.insert_header(header::LOCATION, location);
    }
}

#[cfg(not(feature = "ssr"))]
fn go(to: &str) {
    use leptos_router::{NavigateOptions, hooks::use_navigate};

    use_navigate()(to, NavigateOptions { replace: true, ..NavigateOptions::default() });
}
