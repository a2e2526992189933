//! The enterprises of a representative.

use leptos::prelude::*;

#[component]
pub fn EnterprisesPage() -> impl IntoView {
    view! { <main></main> }
}
