//! Bytes on the wire, brotli, as a browser asks for them.

use std::{collections::BTreeSet, path::Path};

use crate::{http::Connection, seed::Seeded};

pub struct FirstLoad {
    /// HTML and CSS: what the form needs before WASM.
    pub page: f64,
    /// With JS and WASM.
    pub everything: f64,
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
    anyhow::ensure!(KINDS.iter().all(|kind| files.iter().any(|file| kind_of(file) == *kind)), "{files:?}");
    for file in files {
        anyhow::ensure!(site.join(file.trim_start_matches('/')).exists(), "{file} is not a file of the build");
        let answer = connection.get(file, "", "accept-encoding: br\r\n").await?;
        anyhow::ensure!(answer.status == 200 && answer.encoding.as_deref() == Some("br"), "{file} was not served compressed");
        if kind_of(file) == "css" {
            page += answer.body.len();
        } else {
            scripts += answer.body.len();
        }
    }
    Ok(FirstLoad { page: page as f64, everything: (page + scripts) as f64 })
}

/// The files that a page names: it fetches all of them, and no others. The script and the WASM are named as what to load first, the
/// parts of the page as what to load beside.
fn files(html: &str) -> BTreeSet<&str> {
    html.split('"').filter(|text| text.starts_with("/pkg/") && KINDS.contains(&kind_of(text))).collect()
}

const KINDS: [&str; 3] = ["css", "js", "wasm"];

fn kind_of(file: &str) -> &str {
    file.rsplit('.').next().unwrap_or_default()
}
