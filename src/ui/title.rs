//! The document's title.

use leptos::{prelude::*, text_prop::TextProp};
use leptos_meta::Title as MetaTitle;

/// The document's title, as text: every page's title goes through here. The server's copy of it stands between tags, and Leptos
/// writes it there as it is; the browser sets it as a property, where nothing is markup.
#[component]
pub fn Title(#[prop(into)] text: TextProp) -> impl IntoView {
    view! { <MetaTitle text=written(text) /> }
}

/// Made at once: the server writes the document's head after the page is done, when no signal of the page can be read any more,
/// and on a thread that may have another page's at hand.
#[cfg(feature = "ssr")]
fn written(text: TextProp) -> TextProp {
    escaped(&text.get()).into()
}

#[cfg(not(feature = "ssr"))]
fn written(text: TextProp) -> TextProp {
    text
}

#[cfg(feature = "ssr")]
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_title_is_markup() {
        assert_eq!(escaped("甲</title><meta>&lt;乙"), "甲&lt;/title&gt;&lt;meta&gt;&amp;lt;乙");
    }
}
