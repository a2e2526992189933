//! Whoever may write the database but has no key changes what is sealed, or puts it elsewhere.

use rstest::rstest;
use shenbao::{
    account::caller::Tenant,
    enterprise::registry,
    id::{EmployeeId, EnterpriseId},
    link, random,
    vault::Cell,
};

use super::{Attacks, Family};
use crate::support::{Backend, TestServer, column, declare, execute, person};

#[tokio::test]
async fn a_changed_or_moved_blob_opens_nowhere() {
    let server = TestServer::start(Backend::Sqlite).await;
    let (one, _) = server.enterprise(1).await;
    let (two, _) = server.enterprise(2).await;
    let state = &server.state;
    let keys = state.vault.keys(&state.db, one).await.unwrap();
    let others = state.vault.keys(&state.db, two).await.unwrap();
    let rows = [random::bytes::<16>(), random::bytes::<16>()];
    let cell = |table, column, row| Cell { table, column, row };
    let own = cell("employee", "person", &rows[0]);
    let plain = "虚构的一句话".as_bytes();
    let blob = keys.seal(own, plain);
    let again = keys.seal(own, plain);
    assert!(*keys.open(own, &blob).unwrap() == plain, "the truth opens");

    let mut attacks = Attacks::of(Family::Ciphertext);
    for bit in 0..blob.len() * 8 {
        let mut flipped = blob.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        attacks.tried(keys.open(own, &flipped).is_ok(), format_args!("bit {bit} is another"));
    }
    for length in 0..blob.len() {
        attacks.tried(keys.open(own, &blob[..length]).is_ok(), format_args!("{length} bytes of it"));
        let halves = [&blob[..length], &again[length..]].concat();
        if halves != again {
            attacks.tried(keys.open(own, &halves).is_ok(), format_args!("two halves at {length}"));
        }
    }
    attacks.tried(keys.open(own, &[&blob[..], &[0]].concat()).is_ok(), "a byte more");
    for (what, elsewhere) in [
        ("another row", cell("employee", "person", &rows[1])),
        ("no row", cell("employee", "person", &[])),
        ("another column", cell("employee", "name", &rows[0])),
        ("another table", cell("viewer", "person", &rows[0])),
        ("a table and a column that read alike", cell("employeep", "erson", &rows[0])),
    ] {
        attacks.tried(keys.open(elsewhere, &blob).is_ok(), what);
    }
    attacks.tried(others.open(own, &blob).is_ok(), "another enterprise");
    attacks.done();
    server.stop().await;
}

/// Two employees of an enterprise, each with a declaration that names where they live.
async fn two_people(server: &TestServer, enterprise: EnterpriseId, first: u32) -> [(EmployeeId, String); 2] {
    let mut people = Vec::new();
    for number in [first, first + 1] {
        let (employee, _) = server.employee(enterprise, &person(number)).await;
        let home = format!("虚构路{number}号");
        declare(&server.state, enterprise, employee, &home).await;
        people.push((employee, home));
    }
    people.try_into().unwrap()
}

fn bits(enterprise: EnterpriseId) -> i64 {
    i64::from_be_bytes(enterprise.to_bytes())
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn what_was_swapped_in_the_database_is_shown_to_nobody(#[case] backend: Backend) {
    let server = TestServer::start_demo(backend).await;
    let (one, _) = server.enterprise(1).await;
    let (two, code) = server.enterprise(2).await;
    for enterprise in [one, two] {
        server.appoint(enterprise, &person(900)).await;
    }
    let [(a, home_a), (b, home_b)] = two_people(&server, one, 1).await;
    let [(c, home_c), _] = two_people(&server, two, 11).await;
    let db = &server.state.db;
    for table in ["employee", "declaration", "invitation"] {
        execute(db, &format!("create table {table}_kept as select * from {table}")).await;
    }
    let literal = |id: EmployeeId| match backend {
        Backend::Sqlite => format!("x'{}'", id.0.simple()),
        Backend::Postgres => format!("'{}'", id.0),
    };
    let (id_a, id_b, id_c) = (literal(a), literal(b), literal(c));
    let employee =
        |from: &str, to: &str| format!("update employee set person = (select person from employee_kept where id = {from}) where id = {to}");
    let record = |from: &str, to: &str| {
        format!("update declaration set record = (select record from declaration_kept where employee_id = {from}) where employee_id = {to}")
    };
    let day_before = if backend == Backend::Sqlite { "date(day, '-1 day')" } else { "day - 1" };
    let swaps = [
        ("a colleague's person", employee(&id_b, &id_a)),
        ("a person from another enterprise", employee(&id_c, &id_a)),
        ("a colleague's record", record(&id_b, &id_a)),
        ("a record from another enterprise", record(&id_c, &id_a)),
        ("a colleague's declaration", format!("update declaration set employee_id = {id_a} where employee_id = {id_b}")),
        ("a declaration of another day", format!("update declaration set day = {day_before} where employee_id = {id_a}")),
    ];
    let theirs = [person(2).name, person(11).name, home_b, home_c];
    let mut attacks = Attacks::of(Family::Ciphertext);
    for (what, swap) in swaps {
        assert!(execute(db, &swap).await > 0, "{what}");
        let fresh = server.beside().await;
        let client = fresh.enter().await;
        for path in [link::person(one, a), link::people(one)] {
            let answer = client.get(fresh.link(&path)).send().await.unwrap();
            let (status, page) = (answer.status(), answer.text().await.unwrap());
            let details = path == link::person(one, a);
            let shown = status.is_success() && details && theirs.iter().any(|marker| page.contains(marker));
            let kept = status.is_success() && details && page.contains(&home_a) && what.contains("another day");
            attacks.tried(shown || kept, format_args!("{what}, {path}: {status}"));
        }
        fresh.stop().await;
        for table in ["declaration", "employee"] {
            let back = match table {
                "employee" => "update employee set person = (select person from employee_kept as kept where kept.id = employee.id)".to_owned(),
                _ => "update declaration set employee_id = (select employee_id from declaration_kept as kept where kept.enterprise_id = declaration.enterprise_id and kept.change = declaration.change),
                      record = (select record from declaration_kept as kept where kept.enterprise_id = declaration.enterprise_id and kept.change = declaration.change),
                      day = (select day from declaration_kept as kept where kept.enterprise_id = declaration.enterprise_id and kept.change = declaration.change)".to_owned(),
            };
            execute(db, &back).await;
        }
    }
    // Another enterprise's code in the place of this one's: employees would declare to the wrong one.
    let (from, to) = (bits(two), bits(one));
    execute(
        db,
        &format!("update invitation set code = (select code from invitation_kept where enterprise_id = {from}) where enterprise_id = {to}"),
    )
    .await;
    let fresh = server.beside().await;
    let page = fresh.enter().await.get(fresh.link(&link::invite(one))).send().await.unwrap().text().await.unwrap();
    attacks.tried(page.contains(&code), "another enterprise's code");
    let found = registry::find_by_code(&fresh.state, &code).await.unwrap();
    attacks.tried(found == Some(Tenant::of_operator(one).id()), "that code for this enterprise");
    attacks.done();
    assert_eq!(column::<i64>(db, "select count(*) from employee").await, [4]);
    fresh.stop().await;
    server.stop().await;
}
