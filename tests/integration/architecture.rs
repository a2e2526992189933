//! The invariants of `docs/architecture.md` that the compiler does not keep: read from the sources themselves.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    process::Command,
};

/// A source file: its code without comments, strings or unit tests, and its strings by themselves.
pub struct Source {
    pub path: String,
    code: String,
    pub strings: Vec<String>,
}

impl Source {
    fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// The folder under `src/`, or nothing for a root noun.
    fn room(&self) -> Option<&str> {
        self.path.strip_prefix("src/")?.split_once('/').map(|(room, _)| room)
    }

    fn is_page(&self) -> bool {
        ["_page.rs", "_view.rs", "_bar.rs"].iter().any(|end| self.name().ends_with(end))
    }

    pub fn is_store(&self) -> bool {
        self.name() == "store.rs" || self.path.contains("/store/")
    }

    fn names(&self, word: &str) -> bool {
        words(&self.code).any(|known| known == word)
    }
}

fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c: char| !c.is_alphanumeric() && c != '_')
}

pub fn sources() -> Vec<Source> {
    let mut found = Vec::new();
    collect(Path::new("src"), &mut found);
    assert!(found.len() > 40, "the sources are where this test looks for them");
    found
}

fn collect(folder: &Path, found: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let shipped = ["\n#[cfg(test)]\nmod ", "\n#[cfg(all(test, feature = \"ssr\"))]\nmod "]
                .iter()
                .fold(text.as_str(), |text, tests| text.split(tests).next().unwrap_or_default());
            let (code, strings) = lex(shipped);
            found.push(Source { path: path.to_str().unwrap().replace('\\', "/"), code, strings });
        }
    }
}

/// Takes comments out, and strings apart. Each string leaves `""` behind.
fn lex(text: &str) -> (String, Vec<String>) {
    let chars: Vec<char> = text.chars().collect();
    let (mut code, mut strings, mut at) = (String::new(), Vec::new(), 0);
    while at < chars.len() {
        let rest = &chars[at..];
        if rest.starts_with(&['/', '/']) {
            at += rest.iter().position(|&c| c == '\n').unwrap_or(rest.len());
        } else if rest.starts_with(&['/', '*']) {
            at += rest.windows(2).position(|two| two == ['*', '/']).map_or(rest.len(), |end| end + 2);
        } else if let Some(hashes) = raw_string(&chars, at) {
            let end: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
            let from = at + hashes + 2;
            let length = chars[from..].windows(end.len()).position(|some| some == end).unwrap();
            strings.push(chars[from..from + length].iter().collect());
            code.push_str("\"\"");
            at = from + length + end.len();
        } else if rest[0] == '"' {
            let mut length = 1;
            while rest[length] != '"' {
                length += if rest[length] == '\\' { 2 } else { 1 };
            }
            strings.push(rest[1..length].iter().collect());
            code.push_str("\"\"");
            at += length + 1;
        } else if rest.len() > 2 && rest[0] == '\'' && (rest[1] == '\\' || rest[2] == '\'') {
            at += 3 + rest[3..].iter().position(|&c| c == '\'').filter(|_| rest[1] == '\\').map_or(0, |more| more + 1);
            code.push_str("' '");
        } else {
            code.push(rest[0]);
            at += 1;
        }
    }
    (code, strings)
}

/// How many `#` a raw string that begins here has.
fn raw_string(chars: &[char], at: usize) -> Option<usize> {
    let inside_word = at > 0 && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_');
    if chars[at] != 'r' || inside_word {
        return None;
    }
    let hashes = chars[at + 1..].iter().take_while(|&&c| c == '#').count();
    (chars.get(at + 1 + hashes) == Some(&'"')).then_some(hashes)
}

pub fn none(found: impl IntoIterator<Item = String>) {
    let found: Vec<String> = found.into_iter().collect();
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn the_reader_of_sources_tells_code_from_comments_and_strings() {
    let (code, strings) = lex("let a = \"x // \\\" y\"; // store\nlet b = r#\"raw \"# ; let c = '\"'; let d: &'a str = /* db */ b'\\n';");
    assert_eq!(strings, ["x // \\\" y", "raw "]);
    assert!(!words(&code).any(|word| word == "store" || word == "db"), "{code}");
    assert!(code.contains("&'a str"), "{code}");
}

#[test]
fn pages_and_forms_never_reach_below_their_room() {
    let below = ["store", "db", "census", "vault", "sqlx"];
    none(sources().iter().filter(|source| source.is_page()).flat_map(|source| {
        below.iter().filter(|word| source.names(word)).map(|word| format!("{} names {word}", source.path)).collect::<Vec<_>>()
    }));
}

#[test]
fn a_store_is_private_to_its_room() {
    none(sources().into_iter().filter_map(|source| {
        let squeezed = source.code.split_whitespace().collect::<Vec<_>>().join(" ");
        let open = squeezed.contains("pub mod store;") || (squeezed.contains("pub(") && squeezed.contains(") mod store;"));
        open.then(|| format!("{} opens its store", source.path))
    }));
}

/// Whether text begins as an SQL statement does, and within that the table that it writes to, if it writes.
#[expect(clippy::option_option, reason = "no statement, one that reads, one that writes")]
pub fn sql(string: &str) -> Option<Option<String>> {
    let words: Vec<String> =
        string.split(|c: char| c.is_whitespace() || "(\\".contains(c)).filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    let word = |at: usize| words.get(at).map(String::as_str).unwrap_or_default();
    let table = |at: usize| Some(Some(word(at).to_owned()));
    match (word(0), word(1)) {
        ("insert", "into") | ("delete", "from") => table(2),
        ("update", _) if word(2) == "set" || word(3) == "set" => table(1),
        ("with", _) if words.contains(&"as".to_owned()) => Some(None),
        ("select", _) if words.len() > 1 && string.is_ascii() => Some(None),
        _ => None,
    }
}

#[test]
fn sql_stands_in_stores_only() {
    none(sources().into_iter().filter(|source| !source.is_store()).flat_map(|source| {
        let shared: &[&str] = match &*source.path {
            // Statements that the rooms share: they number the changes of an enterprise within their own transactions.
            "src/enterprise/mod.rs" => &[
                "update enterprise set change = change + $2 where id = $1 returning change",
                "update enterprise set change = change + 1, purged = change + 1 where id = $1",
                "update enterprise set change = change + $2, roster = change + $2 where id = $1 returning change",
                "update enterprise set change = change + $2, roster = change + $2 where id = $1 and roster = $3 returning change",
            ],
            _ => &[],
        };
        let strings = source.strings.iter().filter(|string| sql(string).is_some() && !shared.contains(&string.as_str()));
        strings.map(|string| format!("{} holds SQL: {string}", source.path)).collect::<Vec<_>>()
    }));
}

#[test]
fn each_table_is_written_by_one_room() {
    let tables: BTreeSet<String> = tables("sqlite").into_keys().collect();
    let mut writers: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for source in sources() {
        for table in source.strings.iter().filter_map(|string| sql(string).flatten()) {
            assert!(tables.contains(&table), "{} writes to {table}, which no migration makes", source.path);
            writers.entry(table).or_default().insert(source.room().unwrap_or("the root").to_owned());
        }
    }
    none(tables.iter().filter_map(|table| match writers.get(table).map(BTreeSet::len).unwrap_or_default() {
        1 => None,
        0 => Some(format!("nobody writes to {table}")),
        _ => Some(format!("{table} is written by {:?}", writers[table])),
    }));
}

#[test]
fn models_know_neither_framework_nor_database() {
    none(sources().iter().filter(|source| source.name() == "model.rs").flat_map(|source| {
        // How a type is stored may stand beside it: `#[cfg_attr(feature = "ssr", derive(sqlx::Type), …)]`.
        let own = source.code.lines().filter(|line| !line.trim_start().starts_with("#[cfg_attr(")).collect::<Vec<_>>().join("\n");
        let foreign = ["leptos", "leptos_axum", "leptos_router", "axum", "sqlx"];
        foreign
            .into_iter()
            .filter(|word| words(&own).any(|known| known == *word))
            .map(|word| format!("{} names {word}", source.path))
            .collect::<Vec<_>>()
    }));
}

#[test]
fn stores_know_neither_framework_nor_wire_errors() {
    none(sources().iter().filter(|source| source.is_store()).flat_map(|source| {
        let foreign = ["leptos", "leptos_axum", "axum", "AppError"];
        foreign.iter().filter(|word| source.names(word)).map(|word| format!("{} names {word}", source.path)).collect::<Vec<_>>()
    }));
}

fn rooms() -> BTreeSet<String> {
    let folders = sources().iter().filter_map(|source| source.room().map(str::to_owned)).collect::<BTreeSet<_>>();
    // The ui and the wire are the ground under all rooms.
    folders.into_iter().filter(|folder| !["ui", "wire"].contains(&folder.as_str())).collect()
}

/// Leave that is given without a caller: to the commands at the terminal, to what makes the demo data, and to what goes on by itself (the
/// purge, the outbox, the schedule of reminders), never to a request.
#[test]
fn only_the_operator_needs_no_caller() {
    let terminal = [
        "src/account/caller.rs",
        "src/account/command.rs",
        "src/audit/command.rs",
        "src/channel/deliver.rs",
        "src/delegation/command.rs",
        "src/enterprise/import.rs",
        "src/gate/command.rs",
        "src/demo/mod.rs",
        "src/demo/seed.rs",
        "src/reminder/schedule.rs",
        "src/retention/mod.rs",
    ];
    none(
        sources()
            .iter()
            .filter(|source| source.code.contains("of_operator") && !terminal.contains(&source.path.as_str()))
            .map(|source| format!("{} gives itself leave", source.path))
            .collect::<Vec<_>>(),
    );
}

/// A sight is what a scope reaches. Whoever could make another would ask a census past the departments of a manager.
#[test]
fn a_sight_comes_from_a_scope() {
    none(
        sources()
            .iter()
            .filter(|source| source.code.contains("Sight::new") && source.room() != Some("census"))
            .map(|source| format!("{} makes a sight of its own", source.path))
            .collect::<Vec<_>>(),
    );
    let whole = ["src/census/sight.rs", "src/reminder/schedule.rs"];
    none(
        sources()
            .iter()
            .filter(|source| source.code.contains("Sight::whole") && !whole.contains(&source.path.as_str()))
            .map(|source| format!("{} looks at a whole enterprise", source.path))
            .collect::<Vec<_>>(),
    );
    let census = sources().into_iter().find(|source| source.path == "src/census/mod.rs").unwrap();
    let asked: Vec<String> = census
        .code
        .split("pub async fn ")
        .skip(1)
        .map(|rest| rest.split('{').next().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|signature| !signature.contains("sight: &Sight"))
        .collect();
    none(asked.into_iter().map(|signature| format!("a question without sight: {signature}")));
}

#[test]
fn the_ui_knows_no_room() {
    let rooms = rooms();
    none(sources().iter().filter(|source| source.room() == Some("ui")).flat_map(|source| {
        let code: String = source.code.chars().filter(|c| !c.is_whitespace()).collect();
        let names =
            |room: &&String| [format!("crate::{room}"), format!("{{{room}::"), format!(",{room}::")].iter().any(|path| code.contains(path));
        rooms.iter().filter(names).map(|room| format!("{} names {room}", source.path)).collect::<Vec<_>>()
    }));
}

#[test]
fn clock_randomness_and_environment_are_read_in_one_place_each() {
    let places: [(&[&str], &[&str]); 3] = [
        (&["Utc::now", "Local::now", "SystemTime::now"], &["src/clock.rs"]),
        (&["getrandom::", "Uuid::new_v4", "now_v7", "OsRng", "thread_rng", "Math::random"], &["src/random.rs"]),
        (&["env::var", "env::vars", "env::set_var"], &["src/config.rs"]),
    ];
    none(sources().iter().flat_map(|source| {
        let elsewhere = places.iter().filter(|(_, homes)| !homes.contains(&source.path.as_str()));
        elsewhere
            .flat_map(|(calls, homes)| calls.iter().map(move |call| (call, homes)))
            .filter(|(call, _)| source.code.contains(**call))
            .map(|(call, homes)| format!("{} calls {call}, which belongs in {homes:?}", source.path))
            .collect::<Vec<_>>()
    }));
}

#[test]
fn a_server_function_is_short_and_has_a_fixed_name() {
    let mut endpoints = BTreeSet::new();
    let mut found = Vec::new();
    for path in sources().iter().map(|source| source.path.clone()) {
        let text = fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let function = |line: &str| line.trim_start().starts_with("#[server") && !line.trim_start().starts_with("#[server(default)]");
        for (at, line) in lines.iter().enumerate().filter(|(_, line)| function(line)) {
            if !path.ends_with("api.rs") {
                found.push(format!("{path}:{}: server functions stand in api.rs", at + 1));
            }
            let attribute = lines[at..].iter().take_while(|line| !line.contains("fn ")).copied().collect::<String>();
            let endpoint = attribute.split("endpoint = \"").nth(1).and_then(|rest| rest.split('"').next());
            if !attribute.contains("prefix = \"/api\"") || endpoint.is_none() {
                found.push(format!("{path}:{}: needs prefix = \"/api\" and an endpoint, got {line}", at + 1));
            }
            if let Some(endpoint) = endpoint.filter(|endpoint| !endpoints.insert((*endpoint).to_owned())) {
                found.push(format!("{path}:{}: the endpoint {endpoint} is taken", at + 1));
            }
            let opens = at + lines[at..].iter().position(|line| line.trim_end().ends_with('{')).unwrap();
            let indent = lines[at].len() - lines[at].trim_start().len();
            let body = lines[opens + 1..].iter().position(|line| **line == format!("{}}}", " ".repeat(indent))).unwrap();
            if body > 15 {
                found.push(format!("{path}:{}: a body of {body} lines; who, parse, act, answer fit into 15", at + 1));
            }
        }
    }
    none(found);
    assert!(endpoints.len() > 5, "the server functions are where this test looks for them: {endpoints:?}");
}

#[test]
fn no_style_stands_in_a_view() {
    none(sources().iter().filter_map(|source| {
        let squeezed: String = source.code.chars().filter(|c| !c.is_whitespace()).collect();
        let inline =
            squeezed.contains("style=") || squeezed.contains("style:") || source.strings.iter().any(|string| string.contains(" style="));
        inline.then(|| format!("{}: the content security policy drops inline styles", source.path))
    }));
}

/// Table → its columns and its primary key, as one of the databases is made.
/// What the browser's tests ask of the release itself. Here: nothing that is there for whoever builds can be compiled into it.
#[test]
fn no_release_has_the_page_of_all_components() {
    let guards = ["#[cfg(debug_assertions)]", "#[cfg(all(feature = \"ssr\", debug_assertions))]"];
    let mut found = 0;
    for path in ["src/serve.rs", "src/render.rs", "src/app.rs", "src/lib.rs"] {
        let text = fs::read_to_string(path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let begins =
            |line: &&str| ["fn while_building", "fn style_page", "fn style_shell", "mod style_page"].iter().any(|name| line.contains(name));
        for (at, line) in lines.iter().enumerate().filter(|(_, line)| begins(line)) {
            let guarded = guards.contains(&lines[at - 1].trim());
            let empty = lines[at - 1].trim() == "#[cfg(not(debug_assertions))]" && lines[at + 1].trim() == "Router::new()";
            assert!(guarded || empty, "{path}: {line}");
            found += usize::from(guarded);
        }
    }
    assert_eq!(found, 4, "what a release must not have is where this test looks for it");
}

fn tables(database: &str) -> BTreeMap<String, (BTreeSet<String>, Vec<String>)> {
    let mut tables = BTreeMap::new();
    for text in migrations(database).into_values() {
        let text: String = text.lines().map(|line| line.split("--").next().unwrap_or_default()).collect::<Vec<_>>().join("\n");
        for table in text.split("create table ").skip(1) {
            let (name, body) = table.split_once('(').unwrap();
            let mut depth = 1;
            let end = body.find(|c| {
                depth += match c {
                    '(' => 1,
                    ')' => -1,
                    _ => 0,
                };
                depth == 0
            });
            tables.insert(name.trim().to_owned(), columns_and_key(&body[..end.unwrap()]));
        }
        rename(&mut tables, &text);
    }
    tables
}

fn rename(tables: &mut BTreeMap<String, (BTreeSet<String>, Vec<String>)>, migration: &str) {
    for line in migration.lines() {
        match line.trim_end_matches(';').split_whitespace().collect::<Vec<_>>()[..] {
            ["alter", "table", table, "rename", "to", name] => {
                let renamed = tables.remove(table).unwrap();
                tables.insert(name.to_owned(), renamed);
            }
            ["alter", "table", table, "rename", "column", column, "to", name] => {
                let (columns, key) = tables.get_mut(table).unwrap();
                assert!(columns.remove(column), "{table} has no {column}");
                columns.insert(name.to_owned());
                key.iter_mut().filter(|part| *part == column).for_each(|part| name.clone_into(part));
            }
            _ => {}
        }
    }
}

/// What a table is called that an older migration calls by its first name.
fn name_now(database: &str, table: &str) -> String {
    let texts: Vec<String> = migrations(database).into_values().collect();
    let rename = texts.iter().find_map(|text| text.split(&format!("alter table {table} rename to ")).nth(1));
    rename.and_then(|rest| rest.split(';').next()).unwrap_or(table).to_owned()
}

fn columns_and_key(body: &str) -> (BTreeSet<String>, Vec<String>) {
    let (mut columns, mut key) = (BTreeSet::new(), Vec::new());
    for line in body.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let first = line.split_whitespace().next().unwrap_or_default();
        if let Some(list) = line.strip_prefix("primary key (") {
            key = list.split(')').next().unwrap_or_default().split(',').map(|column| column.trim().to_owned()).collect();
        } else if !["foreign", "unique", "check", "constraint", "primary"].contains(&first) {
            columns.insert(first.to_owned());
            if line.contains("primary key") {
                key = vec![first.to_owned()];
            }
        }
    }
    (columns, key)
}

/// File name → text.
fn migrations(database: &str) -> BTreeMap<String, String> {
    let files = fs::read_dir(Path::new("migrations").join(database)).unwrap().map(|entry| entry.unwrap().path());
    files.map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(&path).unwrap())).collect()
}

#[test]
fn both_databases_have_the_same_migrations_tables_and_columns() {
    assert!(migrations("sqlite").into_keys().eq(migrations("postgres").into_keys()));
    assert_eq!(tables("sqlite"), tables("postgres"));
    assert!(tables("sqlite").contains_key("declaration"));
}

/// What must not grow with the enterprises' people, and so may be found without knowing the enterprise.
const GLOBAL: [(&str, &str); 10] = [
    ("enterprise", "is the tenant itself: its `id` is everyone else's `enterprise_id`"),
    ("viewer", "one person may represent several enterprises"),
    ("passkey", "belongs to a viewer"),
    ("enrolment", "belongs to a viewer"),
    ("session", "belongs to a viewer"),
    ("ceremony", "lives for minutes, before anyone is known"),
    ("flow", "lives for minutes, before anyone is known"),
    ("viewer_identity", "belongs to a viewer"),
    ("enterprise_code", "says which enterprise has a code"),
    ("answered_version", "says which versions of questionnaires were answered"),
];

#[test]
fn every_table_that_grows_begins_with_its_enterprise() {
    let global: BTreeMap<&str, &str> = GLOBAL.into();
    none(tables("sqlite").into_iter().filter_map(|(table, (_, key))| {
        let by_enterprise = key.first().is_some_and(|first| first == "enterprise_id");
        (by_enterprise == global.contains_key(&*table))
            .then(|| format!("{table} has the primary key {key:?}; listed as global: {:?}", global.get(&*table)))
    }));
    for database in ["sqlite", "postgres"] {
        for (file, text) in migrations(database) {
            for index in text.split("create unique index ").skip(1).map(|rest| rest.split(';').next().unwrap_or_default()) {
                let (table, columns) = index.split_once(" on ").unwrap().1.split_once(" (").unwrap();
                assert!(
                    global.contains_key(&*name_now(database, table)) || columns.starts_with("enterprise_id"),
                    "{database}/{file}: {index}"
                );
            }
        }
    }
}

#[test]
fn no_server_crate_is_compiled_for_the_browser() {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--target", "wasm32-unknown-unknown", "--no-default-features", "--features", "hydrate"])
        .args(["--edges", "normal,no-proc-macro", "--prefix", "none", "--format", "{lib}"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8(output.stdout).unwrap();
    let crates: BTreeSet<&str> = tree.lines().map(|line| line.split_whitespace().next().unwrap_or_default()).collect();
    assert!(crates.contains("leptos") && crates.contains("web_sys"), "{crates:?}");
    let server = [
        "tokio",
        "axum",
        "hyper",
        "tower_http",
        "sqlx",
        "libsqlite3_sys",
        "aes_gcm",
        "hmac",
        "sha2",
        "hkdf",
        "webauthn_rs",
        "openidconnect",
        "reqwest",
        "lettre",
        "rustls",
        "roaring",
        "resvg",
        "qrcode",
        "clap",
        "csv",
        "prometheus",
        "calamine",
        "zip",
        "encoding_rs",
        "tracing_subscriber",
        "governor",
        "chrono_tz",
        "icu_provider_baked",
    ];
    none(server.into_iter().filter(|name| crates.contains(name)).map(str::to_owned));
}

/// `section.key` → sentence.
fn locale(tag: &str) -> BTreeMap<String, String> {
    fn flatten(prefix: &str, value: &serde_json::Value, into: &mut BTreeMap<String, String>) {
        match value {
            serde_json::Value::Object(entries) => {
                for (key, value) in entries {
                    flatten(&if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") }, value, into);
                }
            }
            serde_json::Value::String(text) => drop(into.insert(prefix.to_owned(), text.clone())),
            other => panic!("{prefix} is not a sentence: {other}"),
        }
    }
    let (text, mut sentences) = (fs::read_to_string(format!("locales/{tag}.json")).unwrap(), BTreeMap::new());
    flatten("", &serde_json::from_str(&text).unwrap(), &mut sentences);
    let lines = text.lines().filter(|line| line.contains("\": \"")).count();
    assert_eq!(lines, sentences.len(), "of two sentences with one key the second hides the first");
    sentences
}

#[test]
fn both_languages_say_everything() {
    let (zh, en) = (locale("zh-CN"), locale("en"));
    let blanks = |text: &str| {
        text.split('{')
            .skip(1)
            .filter_map(|rest| rest.split_once(['}', '|']))
            .map(|(name, _)| name.trim().to_owned())
            .collect::<BTreeSet<_>>()
    };
    none(zh.keys().chain(en.keys()).collect::<BTreeSet<_>>().into_iter().filter_map(|key| match (zh.get(key), en.get(key)) {
        (Some(zh), Some(en)) if zh.trim().is_empty() || en.trim().is_empty() => Some(format!("{key} is empty")),
        (Some(zh), Some(en)) if blanks(zh) != blanks(en) => Some(format!("{key} has other blanks in the other language")),
        (Some(_), Some(_)) => None,
        (None, _) => Some(format!("{key} is missing in Chinese")),
        (_, None) => Some(format!("{key} is missing in English")),
    }));
}

#[test]
fn every_sentence_is_used() {
    let code: String = sources().iter().flat_map(|source| source.code.chars().filter(|c| !c.is_whitespace()).chain(['\n'])).collect();
    let used = |key: &str| {
        code.match_indices(key).any(|(at, _)| {
            let edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != '.');
            edge(code[..at].chars().next_back()) && edge(code[at + key.len()..].chars().next())
        })
    };
    none(locale("zh-CN").into_keys().filter(|key| !used(key)).map(|key| format!("{key} is said nowhere")));
}

/// Demo data answers the two questionnaires it ships with; a kind of question may be called what a question is called.
const MAY_NAME_QUESTIONS: [&str; 2] = ["src/demo/", "src/questionnaire/parse"];

#[test]
fn nothing_outside_the_catalogue_names_a_question() {
    let catalogue = shenbao::questionnaire::catalogue::Catalogue::load(None).unwrap();
    let codes: BTreeSet<String> = catalogue
        .all()
        .flat_map(|questionnaire| questionnaire.questions().map(|question| question.code.clone()).collect::<Vec<_>>())
        .collect();
    assert!(codes.len() > 10, "{codes:?}");
    let others = sources().into_iter().filter(|source| !MAY_NAME_QUESTIONS.iter().any(|allowed| source.path.starts_with(allowed)));
    none(others.flat_map(|source| {
        let named = source.strings.iter().filter(|string| codes.contains(*string));
        named.map(|code| format!("{} names the question {code}", source.path)).collect::<Vec<_>>()
    }));
}
