//! Bytes on the wire, brotli, as a browser asks for them.

use std::path::Path;

use anyhow::Context;

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
    let mut page = html.body.len();
    let mut scripts = 0;
    for name in files(site)? {
        let kind = name.rsplit('.').next().unwrap_or_default();
        let answer = connection.get(&format!("/pkg/{name}"), "", "accept-encoding: br\r\n").await?;
        anyhow::ensure!(answer.status == 200 && answer.encoding.as_deref() == Some("br"), "{name} was not served compressed");
        if kind == "css" {
            page += answer.body.len();
        } else {
            scripts += answer.body.len();
        }
        anyhow::ensure!(kind == "wasm" || plain.contains(&name), "the page does not name {name}");
    }
    Ok(FirstLoad { page: page as f64, everything: (page + scripts) as f64 })
}

/// The files of the build, without their compressed forms.
fn files(site: &Path) -> anyhow::Result<Vec<String>> {
    let folder = site.join("pkg");
    let names = std::fs::read_dir(&folder).with_context(|| format!("no {}", folder.display()))?;
    let names: Vec<String> = names.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    Ok(names.into_iter().filter(|name| [".css", ".js", ".wasm"].iter().any(|kind| name.ends_with(kind))).collect())
}
