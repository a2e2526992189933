//! What is written down about who did what, and that nobody alters it unseen.

use reqwest::{Client, StatusCode};
use rstest::rstest;
use shenbao::{
    account::{caller::Tenant, claim},
    audit::verify::{Break, Verdict, verify},
    db::Db,
    id::EnterpriseId,
    link,
};
use sqlx::AssertSqlSafe;

use crate::{
    support::{Backend, TestServer, person},
    trust::{Attacks, Family},
};

/// A server in demo mode with one enterprise, and its representative's browser.
async fn start(backend: Backend) -> (TestServer, EnterpriseId, Client) {
    let server = TestServer::start_demo(backend).await;
    let (enterprise, _) = server.enterprise(1).await;
    server.appoint(enterprise, &person(900)).await;
    let client = server.enter().await;
    (server, enterprise, client)
}

/// An employee: the path of their details, and the cookie of their phone.
async fn employee(server: &TestServer, enterprise: EnterpriseId, number: u32) -> (String, String) {
    let (state, tenant) = (&server.state, Tenant::of_operator(enterprise));
    let claimed = claim::claim(&state.db, &state.vault, state.clock.now(), tenant, &person(number)).await.unwrap();
    (link::person(enterprise, claimed.employee), format!("shenbao-device-{enterprise}={}", claimed.secret.text()))
}

async fn page(server: &TestServer, client: &Client, path: &str, cookie: &str) -> (StatusCode, String) {
    let answer = client.get(server.link(path)).header("cookie", cookie).send().await.unwrap();
    (answer.status(), answer.text().await.unwrap())
}

async fn verdict(server: &TestServer, enterprise: EnterpriseId) -> Verdict {
    let keys = server.state.vault.keys(&server.state.db, enterprise).await.unwrap();
    verify(&server.state.db, Tenant::of_operator(enterprise), &keys).await.unwrap()
}

async fn entries(server: &TestServer, enterprise: EnterpriseId) -> i64 {
    match verdict(server, enterprise).await {
        Verdict::Whole { number, .. } => number,
        Verdict::Broken(why) => panic!("{why}"),
    }
}

/// As someone who has the database and not the key file; says how many rows it met.
async fn run_sql(server: &TestServer, sql: &str) -> u64 {
    match &server.state.db {
        Db::Sqlite(sqlite) => sqlx::query(AssertSqlSafe(sql)).execute(&sqlite.write).await.unwrap().rows_affected(),
        Db::Postgres(pool) => sqlx::query(AssertSqlSafe(sql)).execute(pool).await.unwrap().rows_affected(),
    }
}

async fn tamper(server: &TestServer, sql: &str) {
    assert!(run_sql(server, sql).await > 0, "{sql}");
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn whoever_looks_at_details_is_written_down_and_the_employee_sees_it(#[case] backend: Backend) {
    let (server, enterprise, client) = start(backend).await;
    let (employee, phone) = employee(&server, enterprise, 1).await;
    let (_, mine) = page(&server, &server.client(), "/mine", &phone).await;
    assert!(mine.contains("还没有人查看过您的健康详情"), "{mine}");

    let before = entries(&server, enterprise).await;
    assert_eq!(client.get(server.link(&format!("{employee}x"))).send().await.unwrap().status(), StatusCode::NOT_FOUND);
    assert_eq!(entries(&server, enterprise).await, before, "nobody was seen");
    assert_eq!(client.get(server.link(&employee)).send().await.unwrap().status(), StatusCode::OK);
    assert_eq!(entries(&server, enterprise).await, before + 1);

    let log = client.get(server.link(&format!("/e/{enterprise}/audit"))).send().await.unwrap().text().await.unwrap();
    for words in ["操作记录", "查看员工详情", &person(1).name, &person(900).name, "登记企业", "登记法定代表人"] {
        assert!(log.contains(words), "{words}: {log}");
    }
    let (_, mine) = page(&server, &server.client(), "/mine", &phone).await;
    for words in ["谁查看过我的详情", "法定代表人", &person(900).name] {
        assert!(mine.contains(words), "{words}: {mine}");
    }
    let (_, others) = page(&server, &server.client(), "/mine", &server.claim(enterprise, &person(2)).await).await;
    assert!(others.contains("还没有人查看过您的健康详情"), "{others}");
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn what_cannot_be_written_down_is_not_shown(#[case] backend: Backend) {
    let (server, enterprise, client) = start(backend).await;
    let (employee, _) = employee(&server, enterprise, 1).await;
    run_sql(&server, "alter table audit rename to audit_gone").await;
    let answer = client.get(server.link(&employee)).send().await.unwrap();
    assert!(answer.status().is_server_error(), "{}", answer.status());
    let shown = answer.text().await.unwrap();
    assert!(!shown.contains(&person(1).name), "{shown}");
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn entries_made_at_once_by_two_processes_are_numbered_without_a_gap(#[case] backend: Backend) {
    let (server, enterprise, client) = start(backend).await;
    let other = server.beside().await;
    let also = other.enter().await;
    let (employee, _) = employee(&server, enterprise, 1).await;
    let before = entries(&server, enterprise).await;
    let look = |client: &Client, link: String| {
        let request = client.get(link);
        tokio::spawn(async move { request.send().await.unwrap().status() })
    };
    let looks: Vec<_> = (0..10).flat_map(|_| [look(&client, server.link(&employee)), look(&also, other.link(&employee))]).collect();
    for look in looks {
        assert_eq!(look.await.unwrap(), StatusCode::OK);
    }
    assert_eq!(entries(&server, enterprise).await, before + 20);
    other.stop().await;
    server.stop().await;
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn whatever_is_done_to_the_entries_is_found(#[case] backend: Backend) {
    let (server, enterprise, client) = start(backend).await;
    let (second, _) = server.enterprise(2).await;
    let (employee, _) = employee(&server, enterprise, 1).await;
    for _ in 0..6 {
        assert_eq!(client.get(server.link(&employee)).send().await.unwrap().status(), StatusCode::OK);
    }
    let (one, two) = (enterprise_bits(enterprise), enterprise_bits(second));
    let whole = verdict(&server, enterprise).await;
    let Verdict::Whole { number: last, .. } = whole.clone() else { panic!("{whole:?}") };
    run_sql(&server, "create table audit_kept as select * from audit").await;
    run_sql(&server, "create table head_kept as select * from audit_head").await;

    let changed = |number| Verdict::Broken(Break::Changed(number));
    let here = format!("enterprise_id = {one} and number =");
    let attacks = [
        (format!("update audit set at = at + 1 where {here} 4"), changed(4)),
        (format!("update audit set action = 'view-numbers' where {here} 4"), changed(4)),
        (format!("update audit set actor = 'operator' where {here} 4"), changed(4)),
        (format!("update audit set actor_id = object_id where {here} 4"), changed(4)),
        (format!("update audit set object_id = actor_id where {here} 4"), changed(4)),
        (format!("update audit set object_id = null where {here} 4"), changed(4)),
        (format!("update audit set chain = (select chain from audit_kept where {here} 5) where {here} 4"), changed(4)),
        (format!("delete from audit where {here} 4"), Verdict::Broken(Break::Missing(4))),
        (format!("delete from audit where {here} 1"), Verdict::Broken(Break::Missing(1))),
        (format!("delete from audit where {here} {last}"), Verdict::Broken(Break::Head(last - 1))),
        (format!("delete from audit where enterprise_id = {one}"), Verdict::Broken(Break::Head(0))),
        (format!("update audit set number = number + 1000 where {here} 4"), Verdict::Broken(Break::Missing(4))),
        // Two entries change places.
        (
            format!("update audit set number = case number when 4 then -5 else -4 end where enterprise_id = {one} and number in (4, 5)"),
            Verdict::Broken(Break::Missing(4)),
        ),
        // Cut off, with a head that says so.
        (
            format!(
                "update audit_head set number = number - 1, chain = (select chain from audit_kept where {here} {}) where enterprise_id = {one}",
                last - 1
            ),
            Verdict::Broken(Break::Head(last - 1)),
        ),
        (format!("update audit_head set seal = chain where enterprise_id = {one}"), Verdict::Broken(Break::Head(last))),
        (format!("delete from audit_head where enterprise_id = {one}"), Verdict::Broken(Break::Head(last))),
        // Another enterprise's first entry in the place of this one's.
        (
            format!(
                "update audit set at = (select at from audit_kept where enterprise_id = {two} and number = 1), chain = (select chain from audit_kept where enterprise_id = {two} and number = 1) where {here} 1"
            ),
            changed(1),
        ),
    ];
    let mut counted = Attacks::of(Family::Audit);
    for (sql, mut found) in attacks {
        tamper(&server, &sql).await;
        if sql.contains("case number") {
            tamper(&server, &format!("update audit set number = -number where enterprise_id = {one} and number < 0")).await;
            found = changed(4);
        }
        let said = verdict(&server, enterprise).await;
        counted.tried(said == whole, &sql);
        assert_eq!(said, found, "{sql}");
        restore(&server).await;
        assert_eq!(verdict(&server, enterprise).await, whole, "put back as it was");
    }
    // Entries and head together: of an enterprise, and of what belongs to none, once anyone can sign in.
    for (place, bits) in [(enterprise, one), (EnterpriseId::SYSTEM, 0)] {
        let whole = verdict(&server, place).await;
        assert!(matches!(whole, Verdict::Whole { number: 1.., .. }), "{whole:?}");
        for table in ["audit", "audit_head"] {
            tamper(&server, &format!("delete from {table} where enterprise_id = {bits}")).await;
        }
        if place == EnterpriseId::SYSTEM {
            assert!(matches!(verdict(&server, place).await, Verdict::Whole { number: 0, .. }), "nobody has a way to sign in");
            let passkey =
                "insert into passkey (credential_id, viewer_id, passkey, created_at) select document_index, id, person, 0 from viewer";
            tamper(&server, passkey).await;
        }
        let said = verdict(&server, place).await;
        counted.tried(said == whole, "all of it");
        assert_eq!(said, Verdict::Broken(Break::All));
        restore(&server).await;
        assert_eq!(verdict(&server, place).await, whole, "put back as it was");
    }
    counted.done();
    server.stop().await;
}

async fn restore(server: &TestServer) {
    for (table, kept) in [("audit", "audit_kept"), ("audit_head", "head_kept")] {
        run_sql(server, &format!("delete from {table}")).await;
        tamper(server, &format!("insert into {table} select * from {kept}")).await;
    }
}

/// As it stands in the tables.
fn enterprise_bits(enterprise: EnterpriseId) -> i64 {
    i64::from_be_bytes(enterprise.to_bytes())
}
