//! What a scanned code opens: the enterprise, the notice, the consents, and who you are.

use leptos::prelude::*;

#[component]
pub fn ClaimPage() -> impl IntoView {
    view! { <main></main> }
}
