//! What lets an enterprise lie on one machine of several: read from the databases as the migrations make them, and from all SQL.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use rstest::rstest;
use shenbao::db::Db;

use crate::{
    architecture::{none, sources, sql},
    support::{Backend, column, execute, new_database},
};

/// Whose rows are an enterprise's: they begin with it, and so does whatever is unique in them.
const OF_AN_ENTERPRISE: [&str; 34] = [
    "alert",
    "alert_step",
    "audit",
    "audit_head",
    "channel",
    "consent",
    "data_key",
    "declaration",
    "department",
    "device",
    "employee",
    "enterprise_representative",
    "gate_contact",
    "gate_key",
    "grant_department",
    "identity",
    "invitation",
    "lasting",
    "manager_grant",
    "manager_invitation",
    "manager_request",
    "message",
    "outbox",
    "questionnaire_choice",
    "reminder",
    "reminder_notice",
    "reminder_plan",
    "request",
    "roster_decision",
    "roster_entry",
    "roster_staged",
    "roster_upload",
    "share",
    "tablet",
];

/// The tenant itself: its `id` is everyone else's `enterprise_id`.
const ENTERPRISE: &str = "enterprise";

/// Of no enterprise, and joined with rows of any.
const EVERYWHERE: [(&str, &str); 6] = [
    ("viewer", "one person may represent several enterprises, and work for others"),
    ("viewer_identity", "belongs to a viewer"),
    ("passkey", "belongs to a viewer"),
    ("enrolment", "belongs to a viewer"),
    ("enterprise_code", "says which enterprise has a code; written when one is registered"),
    ("answered_version", "says which versions of questionnaires were answered; read when a server starts"),
];

/// Of no enterprise, and found by their own key.
const BY_THEIR_KEY: [(&str, &str, &str); 3] = [
    ("session", "token_hash", "belongs to a viewer, and is asked for before anyone is known"),
    ("ceremony", "token_hash", "lives for minutes, before anyone is known"),
    ("flow", "secret_hash", "lives for minutes, before anyone is known"),
];

/// What only exists where nothing is spread: there a code is unique twice.
const ONLY_ON_ONE_MACHINE: [(&str, &str); 1] = [("enterprise", "uscc")];

/// Statements that name no enterprise: the file that holds them, how they begin or go on, and who asks them why.
const OF_SEVERAL: &[(&str, &str, &str)] = &[
    // By a person, who may be at several enterprises. These alone are asked by requests: each has an index that begins with the person, and
    // no more rows than that person has enterprises or unread messages. docs/scale.md says what they cost on several machines.
    ("src/account/store.rs", "select enterprise_id from enterprise_representative where representative_id = $1", "a person's own places"),
    ("src/delegation/store.rs", "where g.viewer_id = $1 and g.ended_at is null and g.expires_at > $2", "a person's own places"),
    ("src/message/store.rs", "where viewer_id = $1 order by message.created_at desc", "a person's own messages"),
    ("src/message/store.rs", "select count(*) from message where viewer_id = $1", "a person's own messages"),
    ("src/message/store.rs", "select distinct enterprise_id from message where viewer_id = $1", "a person's own messages"),
    (
        "src/message/store.rs",
        "from enterprise_representative where representative_id = $1 order by",
        "tells a person of their own passkeys",
    ),
    // What goes on by itself, beside the requests.
    ("src/account/store.rs", "select id from viewer where enterprise_id is null and created_at <= $1", "the hourly purge"),
    ("src/channel/store.rs", "select enterprise_id, channel_id, id from outbox where state = 'waiting'", "the outbox, whoever's it is"),
    ("src/channel/store.rs", "select count(*), min(created_at) from outbox where state = 'waiting'", "the figures for Prometheus"),
    ("src/channel/store.rs", "select count(*) from outbox where state = 'dead'", "the figures for Prometheus"),
    ("src/reminder/store.rs", "select enterprise_id, timezone, times, days, changed_at from reminder_plan", "the schedule of reminders"),
    ("src/roster/store.rs", "delete from roster_upload where created_at <= $1", "the hourly purge"),
    (
        "src/declaration/store.rs",
        "select version from declaration where questionnaire = $1",
        "a warning when a server starts and a questionnaire's file is gone",
    ),
    // The operator's commands.
    ("src/audit/store.rs", "select enterprise_id from audit_head union select enterprise_id from audit", "audit verify"),
    ("src/enterprise/store.rs", "from enterprise where uscc = $1", "commands that are given a code"),
    ("src/enterprise/store.rs", "from enterprise order by created_at, id", "enterprise list, and what goes through all of them"),
    ("src/vault/store.rs", "select distinct enterprise_id from data_key where master_key <> $1", "key rotate"),
    ("src/vault/store.rs", "select count(distinct enterprise_id) from data_key where master_key <> $1", "key check"),
    ("src/vault/store.rs", "select enterprise_id, max(version) from data_key group by enterprise_id", "key rotate"),
    ("src/vault/store.rs", "select max(created_at) from data_key", "key rotate"),
    ("src/vault/store.rs", "select distinct master_key from data_key", "key retire"),
];

fn of_an_enterprise(table: &str) -> bool {
    table == ENTERPRISE || OF_AN_ENTERPRISE.contains(&table)
}

/// The columns of whatever is unique in each table: `table|column,column`.
async fn unique(db: &Db) -> BTreeSet<(String, String)> {
    let sql = match db {
        Db::Sqlite(_) => {
            "select m.name || '|' || (select group_concat(name) from (select name from pragma_index_info(l.name) order by seqno))
             from sqlite_master m join pragma_index_list(m.name) l where m.type = 'table' and l.\"unique\" = 1"
        }
        Db::Postgres(_) => {
            "select c.relname || '|' || string_agg(a.attname::text, ',' order by k.place)
             from pg_index i join pg_class c on c.oid = i.indrelid and c.relnamespace = 'public'::regnamespace
             cross join unnest(i.indkey) with ordinality k(attribute, place)
             join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attribute
             where i.indisunique group by c.relname, i.indexrelid"
        }
    };
    let lines = column::<String>(db, sql).await.into_iter().filter(|line| !line.starts_with("_sqlx"));
    lines.map(|line| line.split_once('|').map(|(table, columns)| (table.to_owned(), columns.to_owned())).unwrap()).collect()
}

/// By table and name of the reference: to which table, by which columns here and there.
type References = BTreeMap<(String, String), BTreeSet<(String, String, String)>>;

/// Each reference: from which table and column, to which, a line for each pair of columns, with a name that tells references apart.
async fn references(db: &Db) -> References {
    let sql = match db {
        Db::Sqlite(_) => {
            "select m.name || '|' || f.id || '|' || f.\"table\" || '|' || f.\"from\" || '|' || f.\"to\"
             from sqlite_master m join pragma_foreign_key_list(m.name) f where m.type = 'table'"
        }
        Db::Postgres(_) => {
            "select c.conrelid::regclass || '|' || c.conname || '|' || c.confrelid::regclass || '|' || a.attname || '|' || b.attname
             from pg_constraint c cross join unnest(c.conkey, c.confkey) k(one, other)
             join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.one
             join pg_attribute b on b.attrelid = c.confrelid and b.attnum = k.other where c.contype = 'f'"
        }
    };
    let mut found = References::new();
    for line in column::<String>(db, sql).await {
        let [table, name, to, from_column, to_column] = line.split('|').map(str::to_owned).collect::<Vec<_>>().try_into().unwrap();
        found.entry((table, name)).or_default().insert((to, from_column, to_column));
    }
    found
}

async fn open(backend: Backend) -> (tempfile::TempDir, Db) {
    let folder = tempfile::tempdir().unwrap();
    let url = new_database(backend, &folder).await;
    let db = Db::open(&url).await.unwrap();
    (folder, db)
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn every_table_is_of_an_enterprise_or_has_a_reason_not_to_be(#[case] backend: Backend) {
    let (_folder, db) = open(backend).await;
    let tables = match backend {
        Backend::Sqlite => "select name from sqlite_master where type = 'table' and name not like 'sqlite%'",
        Backend::Postgres => "select table_name::text from information_schema.tables where table_schema = 'public'",
    };
    let tables: BTreeSet<String> = column::<String>(&db, tables).await.into_iter().filter(|table| table != "_sqlx_migrations").collect();
    let listed = OF_AN_ENTERPRISE.into_iter().chain([ENTERPRISE]).chain(EVERYWHERE.map(|(table, _)| table));
    let listed: Vec<String> = listed.chain(BY_THEIR_KEY.map(|(table, ..)| table)).map(str::to_owned).collect();
    assert_eq!(listed.len(), listed.iter().collect::<BTreeSet<_>>().len(), "each once");
    assert_eq!(listed.into_iter().collect::<BTreeSet<_>>(), tables);

    let by_key: BTreeMap<&str, &str> = BY_THEIR_KEY.map(|(table, key, _)| (table, key)).into();
    let unique = unique(&db).await;
    assert!(unique.len() >= tables.len(), "each table has a key: {unique:?}");
    none(unique.iter().filter_map(|(table, columns)| {
        let first = columns.split(',').next().unwrap_or_default();
        let good = match &**table {
            ENTERPRISE => first == "id" || ONLY_ON_ONE_MACHINE.contains(&(table, columns)),
            table if OF_AN_ENTERPRISE.contains(&table) => first == "enterprise_id",
            table => by_key.get(table).is_none_or(|key| columns == key),
        };
        (!good).then(|| format!("{backend:?}: {columns} are unique in {table}"))
    }));
    let references = references(&db).await;
    assert!(references.len() > 20, "{references:?}");
    none(references.iter().filter_map(|((table, _), pairs)| {
        let to = pairs.first().map(|(to, ..)| to.clone()).unwrap_or_default();
        let tenants = pairs.iter().any(|(to, from_column, to_column)| {
            from_column == "enterprise_id" && to_column == if to == ENTERPRISE { "id" } else { "enterprise_id" }
        });
        let good =
            if of_an_enterprise(&to) { of_an_enterprise(table) && tenants } else { EVERYWHERE.iter().any(|(table, _)| *table == to) };
        (!good).then(|| format!("{backend:?}: {table} refers to {to} by {pairs:?}"))
    }));
    db.close().await;
}

/// A table that a statement names, and what the statement calls it.
#[derive(Debug)]
struct Named {
    table: String,
    alias: String,
    inserted: bool,
}

fn named(words: &[String]) -> Vec<Named> {
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let before = at.checked_sub(1).map_or("", |before| &*words[before]);
        let listed = ["from", "join", "into", "update", "using", ","].contains(&before) && of_an_enterprise(word);
        if !listed {
            continue;
        }
        let after = |places: usize| words.get(at + places).map(String::as_str).unwrap_or_default();
        let alias = match (after(1), after(2)) {
            ("as", alias) | (alias, _) if is_name(alias) => alias,
            _ => word,
        };
        found.push(Named { table: word.clone(), alias: alias.to_owned(), inserted: before == "into" });
    }
    found
}

fn is_name(word: &str) -> bool {
    let keywords =
        ["where", "on", "join", "left", "set", "order", "group", "limit", "cross", "inner", "union", "using", "returning", "as", "values"];
    !keywords.contains(&word) && word.chars().next().is_some_and(|first| first.is_ascii_lowercase())
}

/// Names, parameters and signs, each by itself.
fn words(statement: &str) -> Vec<String> {
    let mut words: Vec<String> = vec![String::new()];
    for sign in statement.to_lowercase().chars() {
        let part = sign.is_alphanumeric() || "_.$".contains(sign);
        match words.last_mut() {
            Some(last) if part => last.push(sign),
            _ if part => {}
            _ => words.extend([String::from(sign), String::new()]),
        }
    }
    words.into_iter().filter(|word| !word.trim().is_empty()).collect()
}

/// Whether a statement says of whose rows it speaks, for each table that it names, and names one enterprise by a parameter.
fn keeps_to_an_enterprise(statement: &str) -> bool {
    let words = words(statement);
    let named = named(&words);
    let is_parameter = |word: &String| word.starts_with('$');
    // For each table: whether it is held to another's enterprise, or to the one of a parameter.
    let held = named.iter().map(|named| {
        let column = if named.table == ENTERPRISE { "id" } else { "enterprise_id" };
        let columns = [format!("{}.{column}", named.alias), column.to_owned()];
        if named.inserted {
            let given = words.iter().any(|word| word == "values") || words.windows(2).any(|two| two[0] == "select" && two[1] == "cast");
            return (words.contains(&columns[1]), given);
        }
        let equal = |other: &dyn Fn(&String) -> bool| {
            words.windows(3).any(|three| {
                three[1] == "=" && (columns.contains(&three[0]) && other(&three[2]) || columns.contains(&three[2]) && other(&three[0]))
            })
        };
        let tenant = |word: &String| word.ends_with("enterprise_id") || word.ends_with("enterprise.id");
        let parameter = equal(&is_parameter);
        (parameter || equal(&tenant), parameter)
    });
    let held: Vec<(bool, bool)> = held.collect();
    held.iter().all(|(held, _)| *held) && (held.is_empty() || held.iter().any(|(_, parameter)| *parameter))
}

#[test]
fn the_reader_of_statements_tells_whose_rows_they_speak_of() {
    for good in [
        "select change from declaration where enterprise_id = $1",
        "insert into tablet (enterprise_id, id) values ($1, $2)",
        "update enterprise set change = change + 1 where id = $1",
        "select 1 from employee e join device as d on d.enterprise_id = e.enterprise_id and d.employee_id = e.id where e.enterprise_id = $1",
        "select person from viewer where id = $1",
    ] {
        assert!(keeps_to_an_enterprise(good), "{good}");
    }
    for bad in [
        "select change from declaration where employee_id = $1",
        "delete from outbox where due_at < $1",
        "select 1 from employee e join device d on d.employee_id = e.id where e.enterprise_id = $1",
        "update enterprise set change = change + 1 where uscc = $1",
        "insert into tablet (id) values ($1)",
        "select name from message join enterprise on enterprise.id = message.enterprise_id where viewer_id = $1",
    ] {
        assert!(!keeps_to_an_enterprise(bad), "{bad}");
    }
}

/// A long list of keys costs PostgreSQL a look-up each, by its reckoning; to read all rows of an enterprise and compare each with the whole
/// list seems cheaper to it wherever most enterprises are small, and takes seconds in the one that has a million.
#[test]
fn no_statement_asks_for_a_list_of_any_length_at_once() {
    let of_any_length = |statement: &&String| [" in ({", " in ($1", "any($", "any ($"].iter().any(|piece| statement.contains(piece));
    let stores = sources();
    let strings = stores.iter().filter(|source| source.is_store()).flat_map(|source| &source.strings);
    let (mut read, mut found) = (0, Vec::new());
    for statement in strings.filter(|string| sql(string).is_some()) {
        read += 1;
        found.extend(Some(statement).filter(of_any_length).cloned());
    }
    assert!(read > 300, "{read}");
    none(found);
}

#[test]
fn no_request_asks_for_the_rows_of_several_enterprises() {
    let (mut used, mut read) = (BTreeSet::new(), 0);
    let mut found = Vec::new();
    for source in sources().iter().filter(|source| source.is_store() || source.path == "src/enterprise/mod.rs") {
        for statement in source.strings.iter().filter(|string| sql(string).is_some()) {
            read += 1;
            if keeps_to_an_enterprise(statement) {
                continue;
            }
            let squeezed = statement.split_whitespace().collect::<Vec<_>>().join(" ");
            let listed = OF_SEVERAL.iter().position(|(path, piece, _)| *path == source.path && squeezed.contains(piece));
            match listed {
                Some(listed) => drop(used.insert(listed)),
                None => found.push(format!("{}: {squeezed}", source.path)),
            }
        }
    }
    assert!(read > 300, "the statements are where this test looks for them: {read}");
    none(found);
    none((0..OF_SEVERAL.len()).filter(|listed| !used.contains(listed)).map(|listed| format!("listed in vain: {:?}", OF_SEVERAL[listed])));
}

/// The file says of each table once where its rows lie, and runs where two functions stand in for those of Citus.
#[tokio::test]
async fn the_file_for_citus_spreads_every_table_by_what_it_begins_with() {
    let text = fs::read_to_string("migrations/citus/distribute.sql").unwrap();
    let mut spread: BTreeMap<String, String> = BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with("select create_")) {
        let quoted: Vec<&str> = line.split('\'').skip(1).step_by(2).collect();
        let column = if line.contains("create_reference_table") { "" } else { quoted[1] };
        assert!(spread.insert(quoted[0].to_owned(), column.to_owned()).is_none(), "{line}");
    }
    let expected = OF_AN_ENTERPRISE.map(|table| (table, "enterprise_id")).into_iter().chain([(ENTERPRISE, "id")]);
    let expected = expected.chain(EVERYWHERE.map(|(table, _)| (table, ""))).chain(BY_THEIR_KEY.map(|(table, key, _)| (table, key)));
    assert_eq!(spread, expected.map(|(table, column)| (table.to_owned(), column.to_owned())).collect());

    let (_folder, db) = open(Backend::Postgres).await;
    let before = unique(&db).await;
    execute(&db, "create schema stand_in").await;
    execute(&db, "create table stand_in.said (place bigint generated always as identity, name text, by_column text)").await;
    for function in [
        "create function stand_in.create_reference_table(name regclass) returns void language sql as
           $$ insert into stand_in.said (name, by_column) values (name::text, null) $$",
        "create function stand_in.create_distributed_table(name regclass, by_column text, colocate_with text default 'default')
           returns void language sql as
           $$ insert into stand_in.said (name, by_column) select name::text, attname from pg_attribute
              where attrelid = name and attname = by_column $$",
    ] {
        execute(&db, function).await;
    }
    let Db::Postgres(pool) = &db else { unreachable!("a postgres: URL") };
    let mut connection = pool.acquire().await.unwrap();
    sqlx::Executor::execute(&mut *connection, "set search_path = public, stand_in").await.unwrap();
    sqlx::Executor::execute(&mut *connection, sqlx::AssertSqlSafe(text)).await.unwrap();
    drop(connection);
    let said = column::<String>(&db, "select name || ':' || coalesce(by_column, '') from stand_in.said order by place").await;
    assert_eq!(said.len(), spread.len(), "each column is there");

    // Citus wants a referenced table to be spread before those that refer to it, and nothing unique but by the column.
    let place: BTreeMap<String, usize> =
        said.iter().enumerate().map(|(at, line)| (line.split(':').next().unwrap().to_owned(), at)).collect();
    none(references(&db).await.into_iter().filter_map(|((table, _), pairs)| {
        let to = pairs.first().map(|(to, ..)| to.clone())?;
        (place[&to] >= place[&table]).then(|| format!("{table} comes before {to}"))
    }));
    let after = unique(&db).await;
    let dropped: Vec<_> = before.difference(&after).map(|(table, columns)| (&**table, &**columns)).collect();
    assert_eq!(dropped, ONLY_ON_ONE_MACHINE);
    db.close().await;
}
