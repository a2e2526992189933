//! The form, and the page on which to check it.

use leptos::prelude::*;

#[component]
pub fn DeclarePage() -> impl IntoView {
    view! { <main></main> }
}
