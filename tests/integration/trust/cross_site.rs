//! Another site makes a browser, which has our cookies, ask for changes.

use std::collections::BTreeMap;

use reqwest::header;
use rstest::rstest;
use shenbao::db::Db;

use super::{Attacks, Family};
use crate::{
    matrix::{Actor, DOORS, Scene},
    support::{Backend, column},
};

/// What such a request says of where it comes from.
const FROM: [&[(&str, &str)]; 9] = [
    &[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")],
    &[("sec-fetch-site", "cross-site")],
    &[("sec-fetch-site", "same-site"), ("origin", "http://evil.localhost")],
    &[("origin", "https://evil.example")],
    &[("origin", "http://localhost:1")],
    &[("origin", "null")],
    &[("origin", "")],
    &[("referer", "https://evil.example/")],
    &[],
];
const KINDS: [&str; 2] = ["application/x-www-form-urlencoded", "text/plain"];

/// How many rows each table has.
async fn rows(db: &Db) -> BTreeMap<String, i64> {
    let tables: Vec<String> = match db {
        Db::Sqlite(_) => column(db, "select name from sqlite_master where type = 'table'").await,
        Db::Postgres(_) => column(db, "select tablename::text from pg_tables where schemaname = 'public'").await,
    };
    let mut rows = BTreeMap::new();
    for table in tables {
        rows.insert(table.clone(), column::<i64>(db, &format!("select count(*) from {table}")).await[0]);
    }
    rows
}

#[rstest]
#[tokio::test]
async fn no_change_is_made_for_another_site(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[values(Actor::Representative, Actor::Employee)] actor: Actor,
) {
    let scene = Scene::of(backend, actor).await;
    let before = rows(&scene.server.state.db).await;
    let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let mut attacks = Attacks::of(Family::CrossSite);
    for door in DOORS {
        let mut parts = door.0.splitn(3, ' ');
        let (method, path, form) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap_or_default());
        if method != "POST" {
            continue;
        }
        let (address, form) = (scene.server.link(&scene.target.fill(path)), scene.target.fill(form));
        for from in FROM {
            for kind in KINDS {
                let mut request =
                    client.post(&address).header(header::COOKIE, &scene.cookie).header(header::CONTENT_TYPE, kind).body(form.clone());
                for (name, value) in from {
                    request = request.header(*name, *value);
                }
                let status = request.send().await.unwrap().status().as_u16();
                attacks.tried(status != 403, format_args!("{path} as {kind} from {from:?}: {status}"));
            }
        }
        if path.starts_with("/api/") {
            let request =
                client.get(format!("{address}?{form}")).header(header::COOKIE, &scene.cookie).header("sec-fetch-site", "cross-site");
            let status = request.send().await.unwrap().status().as_u16();
            attacks.tried(status < 400, format_args!("GET {path}: {status}"));
        }
    }
    let after = rows(&scene.server.state.db).await;
    attacks.tried(before != after, format_args!("{before:?} became {after:?}"));
    attacks.done();
    scene.server.stop().await;
}
