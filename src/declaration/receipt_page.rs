//! What was received, and what happens next.

use leptos::prelude::*;

#[component]
pub fn ReceiptPage() -> impl IntoView {
    view! { <main></main> }
}
