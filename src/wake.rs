//! What wakes a page up: the build's files that it names, and the script that starts them. Where they cannot be loaded, or the browser
//! cannot run them or may not, the page stays as the server made it, which is complete; and says what it says without JavaScript.

use std::{collections::BTreeSet, sync::OnceLock};

use leptos::{WasmSplitManifest, nonce::use_nonce, prelude::*};

use crate::{declaration::browser::DRAFT, ui::tr};

/// The names of the build's files: they do not change while the process runs.
struct Files {
    script: String,
    wasm: String,
    /// Inline, in each page.
    start: String,
    parts: Option<WasmSplitManifest>,
    /// The sheet of representatives' pages; none where one sheet serves all, as while developing.
    viewer_sheet: Option<String>,
}

/// What the release build says of its files, by kind: it writes that beside the program.
fn named() -> Vec<(String, String)> {
    let text = std::env::current_exe().ok().and_then(|program| std::fs::read_to_string(program.parent()?.join("hash.txt")).ok());
    let lines = text.unwrap_or_default();
    lines.lines().filter_map(|line| line.split_once(": ")).map(|(kind, hash)| (kind.to_owned(), hash.trim().to_owned())).collect()
}

/// The hashes in the names of the build's files; none in a build that has none.
pub fn hashes() -> BTreeSet<String> {
    named().into_iter().map(|(_, hash)| hash).collect()
}

impl Files {
    fn get(options: &LeptosOptions) -> &'static Self {
        static FILES: OnceLock<Files> = OnceLock::new();
        FILES.get_or_init(|| Self::of(options))
    }

    fn of(options: &LeptosOptions) -> Self {
        let named = if options.hash_files { named() } else { Vec::new() };
        let known = |kind: &str| named.iter().find(|(known, _)| known == kind).map(|(_, hash)| format!(".{hash}"));
        let hash = |kind: &str| known(kind).unwrap_or_default();
        let folder = format!("/{}", options.site_pkg_dir);
        // So it is called where cargo-leptos has not built it.
        let bound = if options.hash_files || option_env!("LEPTOS_OUTPUT_NAME").is_some() { "" } else { "_bg" };
        let list = format!("{}{folder}/__wasm_split_manifest{}.json", options.site_root, hash("manifest"));
        let parts = std::fs::read_to_string(list).ok().and_then(|list| serde_json::from_str(&list).ok());
        let loader = if options.hash_files {
            format!("__wasm_split{}.js", hash("split"))
        } else {
            "__wasm_split.______________________.js".to_owned()
        };
        let script = format!("{folder}/{}{}.js", options.output_name, hash("js"));
        let wasm = format!("{folder}/{}{bound}{}.wasm", options.output_name, hash("wasm"));
        Self {
            viewer_sheet: known("viewer").map(|hash| format!("{folder}/viewer{hash}.css")),
            start: compact(START).replace("SCRIPT", &script).replace("WASM", &wasm).replace("DRAFT", DRAFT),
            script,
            wasm,
            parts: parts.map(|parts| WasmSplitManifest(ArcStoredValue::new((folder, parts, loader)))),
        }
    }
}

/// Where the script lies with which a page wakes up.
pub fn script(options: &LeptosOptions) -> String {
    Files::of(options).script
}

/// Where the sheet of representatives' pages lies.
pub fn viewer_sheet(options: &LeptosOptions) -> Option<&'static str> {
    Files::get(options).viewer_sheet.as_deref()
}

/// Where the files of a part lie; none in a build in one piece.
pub fn files_of(options: &LeptosOptions, part: &str) -> Vec<String> {
    let Some(WasmSplitManifest(parts)) = &Files::get(options).parts else { return Vec::new() };
    parts.with_value(|(folder, files, _)| files.get(part).into_iter().flatten().map(|file| format!("{folder}/{file}.wasm")).collect())
}

/// What names, in a page's head, files of its code: none is fetched before the page is shown.
pub const CODE: &str = "code";

/// In the head of a page.
pub fn scripts(options: &LeptosOptions) -> AnyView {
    let Files { script, wasm, parts, start, .. } = Files::get(options);
    if let Some(parts) = parts {
        provide_context(parts.clone());
    }
    let nonce = use_nonce();
    let no_line = format!("<strong>{}</strong> {}", tr!(error.offline), tr!(error.offline_do));
    let start = start.replace("NO_LINE", &serde_json::Value::from(no_line).to_string());
    view! {
        <meta name=CODE content=format!("{script} {wasm}") />
        <script nonce=nonce.clone()>{PLAIN}</script>
        <script r#type="module" nonce=nonce>{start}</script>
    }
    .into_any()
}

/// Shows what the page says without JavaScript. A browser that knows no modules gets that far.
const PLAIN: &str = r#"function plain(){[].forEach.call(document.querySelectorAll("noscript"),function(n){n.outerHTML=n.textContent})}"noModule"in document.createElement("script")||addEventListener("DOMContentLoaded",plain)"#;
const START: &str = include_str!("wake.js");

/// A script as it is sent.
fn compact(script: &str) -> String {
    script.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//")).collect::<Vec<_>>().join("\n")
}
