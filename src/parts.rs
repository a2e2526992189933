//! The parts of the browser's code, and what comes with each: on the server the names of its files, in the browser its sheet.

/// The form.
pub fn declare() {
    #[cfg(feature = "ssr")]
    server::name_files_of("declare");
}

/// What else an employee opens.
pub fn employee() {
    #[cfg(feature = "ssr")]
    server::name_files_of("employee");
}

/// Representatives and managers, whose pages have a sheet of their own.
pub fn viewer() {
    #[cfg(feature = "ssr")]
    {
        server::name_viewer_sheet();
        server::name_files_of("viewer");
    }
    #[cfg(all(feature = "split", feature = "hydrate"))]
    browser::fetch_viewer_sheet();
}

#[cfg(feature = "ssr")]
pub use server::name_viewer_sheet;

#[cfg(feature = "ssr")]
mod server {
    use leptos::prelude::*;
    use leptos_meta::{Link, Meta};

    use crate::{
        state::AppState,
        wake::{CODE, viewer_sheet},
    };

    pub fn name_viewer_sheet() {
        if let Some(sheet) = use_context::<AppState>().and_then(|state| viewer_sheet(&state.leptos)) {
            // To render a link is to register it with the document's head.
            let _ = view! { <Link rel="stylesheet" href=sheet /> }.to_html();
        }
    }

    /// Names them in the document, so that the browser fetches them when it has nothing else to do. A build in one piece has no parts.
    pub fn name_files_of(part: &str) {
        let Some(parts) = use_context::<leptos::WasmSplitManifest>() else { return };
        let names = parts.0.with_value(|(folder, files, loader)| {
            let files = files.get(part).into_iter().flatten().map(|file| format!("{folder}/{file}.wasm"));
            std::iter::once(format!("{folder}/{loader}")).chain(files).collect::<Vec<_>>()
        });
        // To render it is to register it with the document's head.
        let _ = view! { <Meta name=CODE content=names.join(" ") /> }.to_html();
    }
}

#[cfg(all(feature = "split", feature = "hydrate"))]
mod browser {
    /// What the document calls the address of the viewers' sheet.
    const SHEET: &str = "data-sheet";

    /// Whoever comes from a page without that sheet gets it now.
    pub fn fetch_viewer_sheet() {
        let document = leptos::prelude::document();
        let (Some(root), Some(head)) = (document.document_element(), document.head()) else { return };
        let Some(sheet) = root.get_attribute(SHEET) else { return };
        let is_there = document.query_selector(&format!("link[href='{sheet}']")).is_ok_and(|link| link.is_some());
        let Some(link) = document.create_element("link").ok().filter(|_| !is_there) else { return };
        let _ = link.set_attribute("rel", "stylesheet").and_then(|()| link.set_attribute("href", &sheet));
        let _ = head.append_child(&link);
    }
}
