//! The frame of a page: its title, the way back, the demo banner, and what it says about itself at the foot.

use leptos::prelude::*;
use leptos_meta::Title;

use super::locale::{page_facts, tr};

/// One page. `back` leads one level up and is left out where there is none.
#[component]
pub fn Frame(
    #[prop(into)] title: String,
    #[prop(optional, into)] back: Option<String>,
    /// Two columns on a desktop: for viewers' pages.
    #[prop(optional)]
    wide: bool,
    children: Children,
) -> impl IntoView {
    let heading = title.clone();
    view! {
        <Title text=title />
        <DemoBanner />
        <header class="bar">
            {back.map(|back| view! { <a class="bar-back" href=back>{tr!(app.back)}</a> })}
            <h1 class="bar-title">{heading}</h1>
        </header>
        <main id="main" class="page" class:page-wide=wide>
            {children()}
        </main>
    }
}

/// 演示数据: on each page of a server that runs on invented people.
#[component]
pub fn DemoBanner() -> impl IntoView {
    page_facts().demo.then(|| view! { <p class="demo-banner" role="note">{tr!(app.demo_banner)}</p> })
}
