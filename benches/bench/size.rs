//! Bytes on the wire, brotli, as a browser asks for them.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use anyhow::Context;

use crate::support::{http::Connection, seed::Seeded};

pub struct FirstLoad {
    /// HTML and CSS: what the form needs before WASM.
    pub page: f64,
    /// With JS and WASM: all that is fetched when the page opens.
    pub everything: f64,
    /// What is fetched later, when somebody begins to answer, or by the service worker of a first visit.
    pub desk: f64,
    /// The scripts of what waits to be sent, which every page fetches once it is shown.
    pub notice: f64,
}

pub async fn declare_page(port: u16, seeded: &Seeded, site: &Path) -> anyhow::Result<FirstLoad> {
    let mut connection = Connection::open(port).await?;
    let path = format!("/declare/{}", seeded.enterprise);
    let cookie = &seeded.people[0].cookie;
    let html = connection.get(&path, cookie, "accept-encoding: br\r\n").await?;
    anyhow::ensure!(html.status == 200 && html.encoding.as_deref() == Some("br"), "the form was not served: {}", html.status);
    let plain = String::from_utf8(connection.get(&path, cookie, "").await?.body)?;
    anyhow::ensure!(plain.contains("<form"), "the page has no form");
    let (mut page, mut scripts) = (html.body.len(), 0);
    let files = files(&plain);
    let desk = desk_files(site)?;
    anyhow::ensure!(KINDS.iter().all(|kind| files.iter().any(|file| kind_of(file) == *kind)), "{files:?}");
    for file in files.iter().copied() {
        anyhow::ensure!(site.join(file.trim_start_matches('/')).exists(), "{file} is not a file of the build");
        let answer = connection.get(file, "", "accept-encoding: br\r\n").await?;
        anyhow::ensure!(answer.status == 200 && answer.encoding.as_deref() == Some("br"), "{file} was not served compressed");
        if kind_of(file) == "css" {
            page += answer.body.len();
        } else {
            scripts += answer.body.len();
        }
    }
    let mut later = 0;
    for file in desk.iter().filter(|file| !files.contains(&***file)) {
        later += connection.get(file, "", "accept-encoding: br\r\n").await?.body.len();
    }
    let mut notice = 0;
    for file in ["/notice.js", "/pending.js", "/sw.js"] {
        notice += connection.get(file, "", "accept-encoding: br\r\n").await?.body.len();
    }
    Ok(FirstLoad { page: page as f64, everything: (page + scripts) as f64, desk: later as f64, notice: notice as f64 })
}

/// The files of the desk, from the build's list of parts.
fn desk_files(site: &Path) -> anyhow::Result<Vec<String>> {
    let folder = std::fs::read_dir(site.join("pkg"))?.collect::<Result<Vec<_>, _>>()?;
    let is_list =
        |path: &Path| path.extension().is_some_and(|kind| kind == "json") && path.to_string_lossy().contains("__wasm_split_manifest");
    let list = folder.iter().map(std::fs::DirEntry::path).find(|path| is_list(path)).context("the build has no list of parts")?;
    let parts: BTreeMap<String, Vec<String>> = serde_json::from_slice(&std::fs::read(list)?)?;
    let desk = parts.get("desk").context("the build has no desk")?;
    Ok(desk.iter().map(|file| format!("/pkg/{file}.wasm")).collect())
}

/// The files of the build that a page names: it fetches all of them, and no others, its code once it is shown. What its root names is for whoever goes on to another page.
fn files(html: &str) -> BTreeSet<&str> {
    let pieces: Vec<&str> = html.split('"').collect();
    let named = pieces.windows(2).filter(|two| !two[0].ends_with(" data-sheet=")).flat_map(|two| two[1].split(' '));
    named.filter(|text| text.starts_with("/pkg/") && KINDS.contains(&kind_of(text))).collect()
}

const KINDS: [&str; 3] = ["css", "js", "wasm"];

fn kind_of(file: &str) -> &str {
    file.rsplit('.').next().unwrap_or_default()
}
