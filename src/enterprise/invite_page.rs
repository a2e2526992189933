//! 邀请员工申报: the QR code, the link, the poster.

use leptos::prelude::*;

#[component]
pub fn InvitePage() -> impl IntoView {
    view! { <main></main> }
}
