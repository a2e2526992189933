//! Whoever may write the database but has no key changes what is sealed, or puts it elsewhere.

use data_encoding::HEXLOWER;
use reqwest::{header, multipart};
use rstest::rstest;
use shenbao::{
    account::caller::Tenant,
    audit::{
        entry::Entry,
        model::{Action, ActorKind},
    },
    census::Sight,
    db::Db,
    enterprise::registry,
    id::{EmployeeId, EnterpriseId},
    link, random,
    reminder::run::{Trigger, remind},
    roster::import,
    vault::Cell,
};

use super::{Attacks, Family, passkeys::Authenticator};
use crate::{
    declaration::form,
    issuer::Issuer,
    keys::rotate_at_once,
    matrix::session,
    support::{self, Backend, TestServer, column, declare, execute, person},
    vault::sealed_columns,
};

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

// ---- every column -------------------------------------------------------------------------

/// A column of sealed values.
struct Sealed {
    table: String,
    column: String,
    /// Whether its rows are an enterprise's.
    of_enterprises: bool,
}

impl Sealed {
    /// Every one that there is, as the sources name them.
    async fn all(db: &Db) -> Vec<Self> {
        let mut all = Vec::new();
        for name in sealed_columns() {
            let (table, column) = name.split_once('.').unwrap();
            let columns = match db {
                Db::Sqlite(_) => format!("select name from pragma_table_info('{table}')"),
                Db::Postgres(_) => format!("select column_name::text from information_schema.columns where table_name = '{table}'"),
            };
            let of_enterprises = support::column::<String>(db, &columns).await.iter().any(|name| name == "enterprise_id");
            all.push(Self { table: table.to_owned(), column: column.to_owned(), of_enterprises });
        }
        all
    }

    /// Its values, of one enterprise if they are enterprises'.
    async fn values(&self, db: &Db, enterprise: EnterpriseId) -> Vec<Vec<u8>> {
        let Self { table, column, .. } = self;
        // Accounts are nobody's, or one enterprise's, and sealed with the same keys.
        let own =
            if self.of_enterprises && table != "viewer" { format!("and enterprise_id = {}", bits(enterprise)) } else { String::new() };
        support::column(db, &format!("select {column} from {table} where {column} is not null {own} order by {column}")).await
    }

    /// Puts a value where another stands.
    async fn put(&self, db: &Db, there: &[u8], value: &[u8]) {
        let Self { table, column, .. } = self;
        let sql = format!("update {table} set {column} = {} where {column} = {}", literal(db, value), literal(db, there));
        assert_eq!(execute(db, &sql).await, 1, "{table}.{column}");
    }

    async fn holds(&self, db: &Db, value: &[u8]) -> bool {
        let Self { table, column, .. } = self;
        support::column::<i64>(db, &format!("select count(*) from {table} where {column} = {}", literal(db, value))).await == [1]
    }
}

fn literal(db: &Db, bytes: &[u8]) -> String {
    let hex = HEXLOWER.encode(bytes);
    if matches!(db, Db::Sqlite(_)) { format!("x'{hex}'") } else { format!("decode('{hex}', 'hex')") }
}

/// One value, of the `at`th column, and what stands in its place.
struct Forged {
    at: usize,
    own: Vec<u8>,
    other: Vec<u8>,
}

/// Two values, which change places.
fn exchanged(at: usize, own: &[u8], there: usize, other: &[u8]) -> [Forged; 2] {
    let (own, other) = (own.to_vec(), other.to_vec());
    [Forged { at, own: own.clone(), other: other.clone() }, Forged { at: there, own: other, other: own }]
}

/// What somebody does who may write the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Forgery {
    /// Two rows of an enterprise, or of those that are no enterprise's.
    AnotherRow,
    AnotherEnterprise,
    AnotherColumn,
    OneBit,
    Shortened,
}

/// A forgery of each column's values.
async fn forge(db: &Db, columns: &[Sealed], forgery: Forgery, enterprises: [EnterpriseId; 2]) -> Vec<Forged> {
    let mut forged = Vec::new();
    let mut firsts = Vec::new();
    for (at, column) in columns.iter().enumerate() {
        let [own, others] = [column.values(db, enterprises[0]).await, column.values(db, enterprises[1]).await];
        // An enterprise has one file for its roster at a time, one plan of reminders, one key and one contact at its gate: there is no
        // other row of it.
        let least = if ["roster_upload", "reminder_plan", "gate_key", "gate_contact"].contains(&&*column.table) { 1 } else { 2 };
        assert!(own.len().min(others.len()) >= least, "nothing stands in {}.{}: put something there above", column.table, column.column);
        match forgery {
            Forgery::AnotherRow if own.len() < 2 => {}
            Forgery::AnotherRow => forged.extend(exchanged(at, &own[0], at, &own[1])),
            Forgery::AnotherEnterprise if own != others => forged.extend(exchanged(at, &own[0], at, &others[0])),
            Forgery::AnotherEnterprise => {}
            Forgery::OneBit => {
                let mut other = own[0].clone();
                *other.last_mut().unwrap() ^= 1;
                forged.push(Forged { at, own: own[0].clone(), other });
            }
            Forgery::Shortened => forged.push(Forged { at, own: own[0].clone(), other: own[0][..own[0].len() - 1].to_vec() }),
            Forgery::AnotherColumn => firsts.push(own),
        }
    }
    // Each of the first half with one of the second; the middle one, if there is one, with another value of the first.
    let half = firsts.len() / 2;
    for at in 0..half {
        forged.extend(exchanged(at, &firsts[at][0], half + at, &firsts[half + at][0]));
    }
    if firsts.len() % 2 == 1 {
        let last = firsts.len() - 1;
        forged.extend(exchanged(0, &firsts[0][1], last, &firsts[last][0]));
    }
    forged
}

/// Puts what is forged where the values stood, or these back.
async fn put_all(db: &Db, columns: &[Sealed], forged: &[Forged], back: bool) {
    let aside = |number: usize| [b"aside".as_slice(), &number.to_be_bytes()].concat();
    let sides = |one: &Forged| if back { (one.other.clone(), one.own.clone()) } else { (one.own.clone(), one.other.clone()) };
    for (number, one) in forged.iter().enumerate() {
        columns[one.at].put(db, &sides(one).0, &aside(number)).await;
    }
    for (number, one) in forged.iter().enumerate() {
        columns[one.at].put(db, &aside(number), &sides(one).1).await;
    }
}

/// Two of everything that is sealed, in both enterprises.
async fn fill(server: &TestServer, enterprise: EnterpriseId, number: u32) {
    let client = server.client();
    let representative = server.appoint(enterprise, &person(number)).await;
    let cookie = session(server, representative).await;
    let post = async |path: String, cookie: &str, form: &[(&str, &str)]| {
        let answer = client.post(server.link(&path)).header(header::COOKIE, cookie).form(form).send().await.unwrap();
        assert!(answer.status().is_success() || answer.status().is_redirection(), "{path}: {}", answer.status());
    };
    for _ in 0..2 {
        let key = Authenticator::enrolled(server, enterprise, &person(number)).await.id();
        post("/api/passkey-rename".to_owned(), &cookie, &[("passkey", &key), ("name", "我的钥匙")]).await;
        post("/api/sign-in-start".to_owned(), "", &[]).await;
        let left = client.get(server.link(&link::sign_in_by("face", ""))).send().await.unwrap();
        assert_eq!(left.status(), 303);
    }
    post(link::gate(enterprise), &cookie, &[("name", "李主任"), ("phone", "020-12345678")]).await;
    let gate = client.get(server.link(&link::gate(enterprise))).header(header::COOKIE, &cookie).send().await.unwrap();
    assert_eq!(gate.status(), 200);
    let code = [("enterprise", &*enterprise.to_string()), ("grace", "24h"), ("confirmed", "true")];
    post("/api/replace-invitation".to_owned(), &cookie, &code).await;
    for of in [1, 2] {
        let (employee, phone) = server.employee(enterprise, &person(number + of)).await;
        declare(&server.state, enterprise, employee, "虚构路一号").await;
        post(link::rights(enterprise), &phone, &[("form", "ask-correction"), ("note", "请更正")]).await;
        server.ask_to_manage(enterprise, representative, &person(number + 10 + of)).await;
        server.share(enterprise).await;
        let key = random::uuid().to_string();
        let mut ill = form("submit", &key);
        ill.retain(|(field, _)| *field != "symptoms");
        ill.push(("symptoms", "cold"));
        post(link::declare(enterprise), &phone, &ill).await;
    }
    let alerts = format!("select id from alert where enterprise_id = {}", bits(enterprise));
    for alert in column::<uuid::Uuid>(&server.state.db, &alerts).await {
        let path = format!("/e/{enterprise}/alerts/{}", alert.simple());
        post(path.clone(), &cookie, &[("action", "set"), ("from", "new"), ("to", "contacted"), ("note", "已联系")]).await;
        post(path, &cookie, &[("action", "lasting"), ("rule", "cold")]).await;
    }
    roster(server, enterprise, &cookie, number).await;
    channels(server, enterprise, &cookie).await;
    post(link::reminders(enterprise), &cookie, &[("action", "save"), ("days", "every"), ("words", "请申报")]).await;
    reminders(server, enterprise).await;
    let requests = format!("select id from request where enterprise_id = {}", bits(enterprise));
    for request in column::<uuid::Uuid>(&server.state.db, &requests).await {
        let form = [("request", &*request.simple().to_string()), ("to", "refused"), ("reason", "已经更正")];
        post(link::requests(enterprise), &cookie, &form).await;
    }
}

/// Two lines of a roster, and a file that waits with two more.
async fn roster(server: &TestServer, enterprise: EnterpriseId, cookie: &str, number: u32) {
    let lines = |of: u32| {
        let [one, two] = [of, of + 1].map(|of| person(number + of));
        format!("姓名,证件号码\n{},{}\n{},{}\n", one.name, one.document.number(), two.name, two.document.number())
    };
    assert!(import::import_by_operator(&server.state, Tenant::of_operator(enterprise), &lines(1)).await.unwrap());
    let file = multipart::Form::new().part("file", multipart::Part::bytes(lines(3).into_bytes()).file_name("花名册.csv"));
    let path = server.link(&format!("/e/{enterprise}/roster/upload"));
    let sent = server.client().post(path).header(header::COOKIE, cookie).multipart(file).send().await.unwrap();
    assert_eq!(sent.status(), 303);
    let read = format!("select count(report) from roster_upload where enterprise_id = {} and state = 'ready'", bits(enterprise));
    while column::<i64>(&server.state.db, &read).await[0] < 1 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

/// Two channels, each with something that waits for it.
async fn channels(server: &TestServer, enterprise: EnterpriseId, cookie: &str) {
    let post = async |form: &[(&str, &str)]| {
        let post = server.client().post(server.link(&link::channels(enterprise))).header(header::COOKIE, cookie);
        assert_eq!(post.form(form).send().await.unwrap().status(), 303, "{form:?}");
    };
    let address = ("address", "https://hook.example.invalid/");
    for name in ["一号系统", "二号系统"] {
        post(&[("action", "add"), ("kind", "webhook"), ("name", name), address, ("secret", "0123456789abcdef"), ("reminders", "yes")])
            .await;
    }
    let channels = format!("select id from channel where enterprise_id = {}", bits(enterprise));
    for channel in column::<uuid::Uuid>(&server.state.db, &channels).await {
        for action in ["test", "pause"] {
            post(&[("action", action), ("channel", &channel.simple().to_string())]).await;
        }
    }
}

/// Two reminders.
async fn reminders(server: &TestServer, enterprise: EnterpriseId) {
    let (state, sight) = (&server.state, Sight::whole(Tenant::of_operator(enterprise)));
    let day = state.clock.today("Asia/Shanghai".parse().unwrap());
    let keys = state.vault.keys(&state.db, enterprise).await.unwrap();
    for minute in [1, 2] {
        let entry = Entry::by_itself(keys.clone(), ActorKind::Server, state.clock.now(), Action::Remind);
        let trigger = Trigger { day, minute: Some(minute), viewer: None };
        assert!(remind(state, &sight, trigger, &entry).await.unwrap().is_some());
    }
}

/// By the way on which keys are changed, since every column is on it: what opens there is sealed anew, and what does not stays as it is.
#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn a_forged_value_opens_in_no_column(#[case] backend: Backend) {
    let issuer = Issuer::start().await;
    let server = TestServer::start_with_providers(backend, &issuer.toml()).await;
    let enterprises = [server.enterprise(1).await.0, server.enterprise(2).await.0];
    for (enterprise, number) in enterprises.into_iter().zip([100, 200]) {
        fill(&server, enterprise, number).await;
    }
    let db = &server.state.db;
    let columns = Sealed::all(db).await;
    for forgery in [Forgery::AnotherRow, Forgery::AnotherEnterprise, Forgery::AnotherColumn, Forgery::OneBit, Forgery::Shortened] {
        let forged = forge(db, &columns, forgery, enterprises).await;
        assert!(forged.len() >= columns.len() || forgery == Forgery::AnotherEnterprise && forged.len() >= columns.len() / 2);
        put_all(db, &columns, &forged, false).await;
        let rotated = rotate_at_once(&server).await;
        let mut attacks = Attacks::of(Family::Ciphertext);
        for Forged { at, other, .. } in &forged {
            let Sealed { table, column, .. } = &columns[*at];
            attacks.tried(!columns[*at].holds(db, other).await, format_args!("{forgery:?} in {table}.{column}"));
        }
        attacks.done();
        assert_eq!(rotated.resealed.closed, forged.len() as u64, "{forgery:?}");
        put_all(db, &columns, &forged, true).await;
        let again = rotate_at_once(&server).await;
        assert_eq!((again.resealed.closed, again.left), (0, 0), "{forgery:?}: it was the forgery that did not open");
    }
    server.stop().await;
}
