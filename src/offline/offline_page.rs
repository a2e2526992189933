//! The page that stands for any other while there is no line. It is kept on the device, so it knows nobody and speaks both languages.

use leptos::prelude::*;
use leptos_meta::provide_meta_context;

use crate::{
    app::document,
    i18n::Locale,
    ui::{
        Title,
        locale::{tag, tr_in},
    },
};

pub fn offline_shell(options: LeptosOptions) -> impl IntoView {
    let script = view! { <script type="module" src="/notice.js"></script> };
    let body = move || {
        provide_meta_context();
        body()
    };
    document(&options, script.into_any(), body.into_any())
}

fn body() -> AnyView {
    let both = [Locale::zh_CN, Locale::en];
    let title = both.map(|locale| tr_in!(locale, offline.title)).join(" · ");
    let section = |locale: Locale| {
        view! {
            <section class="outcome" lang=tag(locale)>
                <h2>{tr_in!(locale, offline.happened)}</h2>
                <p>{tr_in!(locale, offline.to_do)}</p>
                // To the address that was asked for.
                <a class="button button-primary" href="">{tr_in!(locale, offline.again)}</a>
            </section>
        }
    };
    view! {
        <Title text=title.clone() />
        <header class="bar">
            <h1 class="bar-title">{title.clone()}</h1>
        </header>
        <main id="main" class="page" data-offline="">
            {both.map(section).collect_view()}
        </main>
    }
    .into_any()
}
