//! The entry: what this is, and where to go.

use leptos::prelude::*;

#[component]
pub fn EntryPage() -> impl IntoView {
    view! { <main></main> }
}
