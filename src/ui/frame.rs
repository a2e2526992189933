//! The frame of a page: its title, the way back, the demo banner, and what it says about itself at the foot.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::{
    Title,
    locale::{LARGE, page_facts, tr},
};
use crate::{i18n::Locale, link};

/// One page. `back` leads one level up and is left out where there is none.
#[component]
pub fn Frame(
    #[prop(into)] title: String,
    #[prop(optional, into)] back: Option<String>,
    /// Two columns on a desktop: for viewers' pages.
    #[prop(optional)]
    wide: bool,
    /// For whoever is signed in: the way to where they can leave.
    #[prop(optional)]
    signed_in: bool,
    children: Children,
) -> impl IntoView {
    let heading = title.clone();
    view! {
        <Title text=title />
        <DemoBanner />
        <header class="bar">
            {back.map(|back| view! { <a class="bar-back" href=back>{tr!(app.back)}</a> })}
            <h1 class="bar-title">{heading}</h1>
            {signed_in.then(|| view! { <a class="bar-action" href=link::ACCOUNT>{tr!(account.account)}</a> })}
        </header>
        <main id="main" class="page" class:page-wide=wide>
            {children()}
        </main>
        <Foot />
    }
}

/// The way home, the other size of text, and the other language.
#[component]
fn Foot() -> impl IntoView {
    let location = use_location();
    let facts = page_facts();
    let (tag, name) = match facts.locale {
        Locale::zh_CN => ("en", "English"),
        Locale::en => ("zh-CN", "中文"),
    };
    let (size, size_name) = if facts.large { (link::NORMAL, tr!(app.normal)) } else { (LARGE, tr!(app.large)) };
    let here = move || format!("{}{}", location.pathname.get(), prefixed(&location.search.get()));
    view! {
        <footer class="foot">
            <a href="/">{tr!(app.name)}</a>
            <a rel="external" href=move || link::size(size, &here())>
                {size_name}
            </a>
            <a rel="external" lang=tag href=move || link::language(tag, &here())>
                {name}
            </a>
        </footer>
    }
}

fn prefixed(search: &str) -> String {
    if search.is_empty() { String::new() } else { format!("?{}", search.trim_start_matches('?')) }
}

/// What to do instead of downloading, in WeChat's own browser.
#[component]
pub fn NoFilesInWeChat() -> impl IntoView {
    page_facts().in_wechat.then(|| view! { <p class="note note-warning">{tr!(app.no_files_in_wechat)}</p> })
}

/// Everyone whom this device declares for, by what it calls them: what it keeps is shown to its own person (`offline/notice.js`).
#[component]
pub fn Owners(owners: Vec<String>) -> impl IntoView {
    view! { <span hidden data-owners=owners.join(" ")></span> }
}

/// 演示数据: on each page of a server that runs on invented people.
#[component]
pub fn DemoBanner() -> impl IntoView {
    page_facts().demo.then(|| view! { <aside class="demo-banner">{tr!(app.demo_banner)}</aside> })
}
