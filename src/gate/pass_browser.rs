//! The browser's part of a pass: the time that goes by, and new pictures and pages from the server. On the server no clock ticks.

#[cfg(not(feature = "hydrate"))]
pub use absent::*;
#[cfg(feature = "hydrate")]
pub use real::*;

#[cfg(feature = "hydrate")]
mod real {
    use leptos::prelude::{document, window};
    use wasm_bindgen::JsCast;
    use wasm_bindgen_futures::JsFuture;
    use web_sys::{Element, HtmlImageElement};

    use crate::declaration::browser::{reaches_server, reload};

    fn picture(selector: &str) -> Option<Element> {
        document().query_selector(selector).ok().flatten()
    }

    /// Milliseconds since this document was asked for.
    fn now() -> f64 {
        window().performance().map_or(0.0, |performance| performance.now())
    }

    /// When a pass was made: as the document was asked for in which it came, or now, by the browser.
    pub fn began(path: &str) -> f64 {
        if picture(&format!("img[src='{path}']")).is_some() { 0.0 } else { now() }
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it saturates")]
    pub fn seconds_since(began: f64) -> u32 {
        ((now() - began) / 1000.0) as u32
    }

    /// By how much the device's own clock is ahead of the time that has gone by here.
    pub fn ahead() -> f64 {
        js_sys::Date::now() - now()
    }

    pub fn is_hidden() -> bool {
        document().hidden()
    }

    /// Puts a new picture in the place of the one that is shown, once it is here. False, and nothing changes, where none comes.
    pub async fn renew(path: &str) -> bool {
        let copy = picture(".pass-qr").and_then(|shown| shown.clone_node().ok()?.dyn_into::<HtmlImageElement>().ok());
        let Some(new) = copy else { return false };
        new.set_src(path);
        if JsFuture::from(new.decode()).await.is_err() {
            return false;
        }
        picture(".pass-qr").is_some_and(|shown| shown.replace_with_with_node_1(&new).is_ok())
    }

    /// Has the server make the page anew. False, and nothing changes, where there is no line.
    pub async fn make_anew() -> bool {
        let reached = reaches_server().await;
        if reached {
            reload();
        }
        reached
    }
}

#[cfg(not(feature = "hydrate"))]
mod absent {
    pub const fn ahead() -> f64 {
        0.0
    }

    pub const fn began(_path: &str) -> f64 {
        0.0
    }

    pub const fn seconds_since(_began: f64) -> u32 {
        0
    }

    pub const fn is_hidden() -> bool {
        true
    }

    #[expect(clippy::unused_async, reason = "in a browser it waits")]
    pub async fn renew(_path: &str) -> bool {
        false
    }

    #[expect(clippy::unused_async, reason = "in a browser it waits")]
    pub async fn make_anew() -> bool {
        false
    }
}
