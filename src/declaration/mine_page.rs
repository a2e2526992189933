//! What I declared, on this phone.

use leptos::prelude::*;

#[component]
pub fn MinePage() -> impl IntoView {
    view! { <main></main> }
}
