//! Enterprises and their representatives from a CSV table: all or nothing, and every mistake with its row.

use std::{collections::HashMap, fmt};

use chrono_tz::Tz;

use super::{
    model::{Uscc, enterprise_name},
    registry::{self, AddError, Registration},
};
use crate::{
    account::{
        caller::Tenant,
        model::{DocumentKind, DocumentProblem, IdDocument, NameProblem, Person},
        representative,
    },
    clock::Clock,
    db::Db,
    error::StoreError,
    vault::Vault,
};

/// What every enterprise of a table gets.
#[derive(Debug, Clone)]
pub struct Defaults {
    pub timezone: Tz,
    pub questionnaire: String,
}

/// What an import did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Report {
    pub added: usize,
    /// Rows that say what is known already.
    pub unchanged: usize,
    /// Enterprises whose representative is the one of the table now, and nobody else.
    pub replaced: usize,
    /// People who represent an enterprise no longer.
    pub removed: usize,
}

/// What a table asks for, checked and not done yet.
#[derive(Default)]
pub struct Plan {
    new: Vec<Row>,
    replaced: Vec<(Tenant, Person)>,
    unchanged: usize,
    /// What is taken from whom, for the operator to read before it is done.
    pub changes: Vec<Change>,
    /// So many people represent an enterprise of the table, are not in it, and keep that.
    pub kept: usize,
}

/// Another representative for an enterprise that is registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub row: u64,
    pub uscc: Uscc,
    /// The table's, if they do not represent it yet.
    pub adds: Option<String>,
    /// The names of those who do, and are not in the table.
    pub removes: Vec<String>,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {}: {}:", self.row, self.uscc)?;
        if let Some(name) = &self.adds {
            write!(f, " adds {name}")?;
        }
        let comma = if self.adds.is_some() { "," } else { "" };
        match &self.removes[..] {
            [] => Ok(()),
            names => write!(f, "{comma} removes {}, and every manager whom they authorised", names.join(" and ")),
        }
    }
}

/// One thing to mend. The text repeats nothing personal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// As a spreadsheet counts: the header is row 1.
    pub row: u64,
    pub what: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {}: {}", self.row, self.what)
    }
}

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error(
        "the file is not UTF-8 (first seen in row {0}): save it as \"CSV UTF-8\", or run `iconv -f GB18030 -t UTF-8 OLD.csv > NEW.csv`"
    )]
    NotUtf8(usize),
    #[error("the file is empty")]
    Empty,
    #[error(
        "the header lacks {0}: it needs the columns USCC, name, representative, ID (or 统一社会信用代码, 企业名称, 法定代表人, 证件号码)"
    )]
    Header(String),
    #[error("{} mistake(s), so nothing was imported", .0.len())]
    Mistakes(Vec<Mistake>),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A row without mistakes.
#[derive(Clone)]
struct Row {
    line: u64,
    uscc: Uscc,
    name: String,
    representative: Person,
}

/// Reads a table and finds out what is new in it. A row that says what is known already is left alone; one that says something else
/// about a known enterprise is a mistake, but for another representative where `replace` asks for it: then who is not in the table
/// represents its enterprises no longer.
pub async fn plan(db: &Db, vault: &Vault, table: &[u8], replace: bool) -> Result<Plan, ImportError> {
    let (rows, mut mistakes) = read(table)?;
    let mut plan = Plan::default();
    for row in rows {
        if let Some(what) = plan.take(db, vault, &row, replace).await? {
            mistakes.push(Mistake { row: row.line, what });
        }
    }
    if mistakes.is_empty() {
        return Ok(plan);
    }
    mistakes.sort_by_key(|mistake| mistake.row);
    Err(ImportError::Mistakes(mistakes))
}

impl Plan {
    /// Takes a row in; or says what is wrong with it.
    async fn take(&mut self, db: &Db, vault: &Vault, row: &Row, replace: bool) -> Result<Option<String>, StoreError> {
        if representative::is_another(db, vault, &row.representative).await? {
            return Ok(Some("the representative's ID belongs to a person who is known by another name".to_owned()));
        }
        let Some(known) = registry::find_by_uscc(db, &row.uscc).await? else {
            self.new.push(row.clone());
            return Ok(None);
        };
        if known.name != row.name {
            return Ok(Some(format!("{} is registered already, with another name", row.uscc)));
        }
        let tenant = Tenant::of_operator(known.id);
        let (own, others): (Vec<_>, Vec<_>) = representative::list(db, vault, tenant)
            .await?
            .into_iter()
            .map(|known| known.person)
            .partition(|person| person.document == row.representative.document);
        match (own.is_empty(), others.is_empty()) {
            (false, true) => self.unchanged += 1,
            _ if replace => self.replace(tenant, row, own.is_empty(), others),
            (false, false) => {
                self.unchanged += 1;
                self.kept += others.len();
            }
            (true, _) => {
                return Ok(Some(format!(
                    "{} is registered already, with another representative: --replace puts this one in their place",
                    row.uscc
                )));
            }
        }
        Ok(None)
    }

    /// How much it is, before it is done.
    pub fn would(&self) -> String {
        format!("{} to add, {} known already, {} to replace", self.new.len(), self.unchanged, self.replaced.len())
    }

    fn replace(&mut self, tenant: Tenant, row: &Row, is_new: bool, others: Vec<Person>) {
        let adds = is_new.then(|| row.representative.name.clone());
        let removes = others.into_iter().map(|person| person.name.clone()).collect();
        self.changes.push(Change { row: row.line, uscc: row.uscc.clone(), adds, removes });
        self.replaced.push((tenant, row.representative.clone()));
    }

    /// Does all of it, or nothing.
    pub async fn carry_out(self, db: &Db, vault: &Vault, clock: &Clock, defaults: &Defaults) -> Result<Report, ImportError> {
        let Self { new, replaced, unchanged, .. } = self;
        let report = Report { added: new.len(), unchanged, replaced: replaced.len(), removed: 0 };
        let rows: HashMap<Uscc, u64> = new.iter().map(|row| (row.uscc.clone(), row.line)).collect();
        let registrations = new.into_iter().map(|row| row.registration(defaults)).collect();
        match registry::add_all(db, vault, clock, registrations, replaced).await {
            Ok((_, removed)) => Ok(Report { removed, ..report }),
            Err(AddError::Store(error)) => Err(error.into()),
            Err(AddError::Exists(uscc)) => {
                let what = format!("{uscc} was registered by someone else just now");
                Err(ImportError::Mistakes(vec![Mistake { row: rows.get(&uscc).copied().unwrap_or_default(), what }]))
            }
        }
    }
}

impl Row {
    fn registration(self, defaults: &Defaults) -> Registration {
        Registration {
            uscc: self.uscc,
            name: self.name,
            timezone: defaults.timezone,
            questionnaire: defaults.questionnaire.clone(),
            representative: Some(self.representative),
        }
    }
}

/// Where each column stands; the kind of document may be left out, and is then a resident's ID.
struct Columns {
    uscc: usize,
    name: usize,
    representative: usize,
    document: usize,
    kind: Option<usize>,
}

impl Columns {
    fn find(header: &csv::StringRecord) -> Result<Self, ImportError> {
        let position = |names: &[&str]| header.iter().position(|title| names.iter().any(|name| name.eq_ignore_ascii_case(title.trim())));
        let needed = |names: &[&str]| position(names).ok_or_else(|| ImportError::Header(names[..2].join(" / ")));
        Ok(Self {
            uscc: needed(&["USCC", "统一社会信用代码", "信用代码"])?,
            name: needed(&["name", "企业名称", "名称"])?,
            representative: needed(&["representative", "法定代表人", "法定代表人姓名"])?,
            document: needed(&["ID", "证件号码", "身份证号", "身份证号码"])?,
            kind: position(&["document", "证件类型"]),
        })
    }
}

/// Reads every row, and collects every mistake that the table alone shows.
fn read(table: &[u8]) -> Result<(Vec<Row>, Vec<Mistake>), ImportError> {
    let table = table.strip_prefix("\u{feff}".as_bytes()).unwrap_or(table);
    let text = std::str::from_utf8(table).map_err(|error| {
        let before = &table[..error.valid_up_to()];
        ImportError::NotUtf8(before.split(|&byte| byte == b'\n').count())
    })?;
    let mut lines = csv::ReaderBuilder::new().flexible(true).delimiter(delimiter(text)).from_reader(text.as_bytes());
    let header = lines.headers().map_err(|_| ImportError::Empty)?.clone();
    if header.iter().all(|title| title.trim().is_empty()) {
        return Err(ImportError::Empty);
    }
    let columns = Columns::find(&header)?;
    let (mut rows, mut mistakes, mut seen) = (Vec::new(), Vec::new(), Seen::default());
    for record in lines.records() {
        let Ok(record) = record else { continue };
        let row = record.position().map_or(0, |position| row_number(text, position));
        if record.iter().all(|field| field.trim().is_empty()) {
            continue;
        }
        match read_row(&record, &columns, row) {
            Ok(good) => match seen.mistake(&good) {
                None => rows.push(good),
                Some(what) => mistakes.push(Mistake { row, what }),
            },
            Err(several) => mistakes.extend(several.into_iter().map(|what| Mistake { row, what })),
        }
    }
    Ok((rows, mistakes))
}

/// The line on which a record begins: its position is where the one before ended, and empty lines may follow that.
pub fn row_number(text: &str, position: &csv::Position) -> u64 {
    let rest = usize::try_from(position.byte()).ok().and_then(|byte| text.as_bytes().get(byte..)).unwrap_or_default();
    let empty = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).filter(|&&byte| byte == b'\n');
    position.line() + u64::try_from(empty.count()).unwrap_or_default()
}

/// Spreadsheets in some languages separate by semicolon, and copied tables by tab.
pub fn delimiter(text: &str) -> u8 {
    let header = text.lines().next().unwrap_or_default();
    [b',', b';', b'\t'].into_iter().max_by_key(|&mark| (header.bytes().filter(|&byte| byte == mark).count(), mark == b',')).unwrap_or(b',')
}

fn read_row(record: &csv::StringRecord, columns: &Columns, line: u64) -> Result<Row, Vec<String>> {
    let field = |position: usize| record.get(position).unwrap_or_default();
    let uscc = Uscc::parse(field(columns.uscc)).map_err(|error| error.to_string());
    let name = enterprise_name(field(columns.name)).map_err(|error| format!("enterprise: {error}"));
    let representative = Person::parse_name(field(columns.representative)).map_err(|problem| said_of_name(problem).to_owned());
    let kind = columns.kind.map_or(Ok(DocumentKind::ResidentId), |position| document_kind(field(position)));
    let document =
        kind.and_then(|kind| IdDocument::parse(kind, field(columns.document)).map_err(|problem| said_of_document(problem).to_owned()));
    match (uscc, name, representative, document) {
        (Ok(uscc), Ok(name), Ok(representative), Ok(document)) => {
            Ok(Row { line, uscc, name, representative: Person { name: representative, document, phone: None } })
        }
        (uscc, name, representative, document) => {
            Err([uscc.err(), name.err(), representative.err(), document.err()].into_iter().flatten().collect())
        }
    }
}

/// The kind of document that a table names; resident where it names none.
pub fn document_kind(text: &str) -> Result<DocumentKind, String> {
    match text.trim() {
        "" | "身份证" | "居民身份证" | "外国人永久居留身份证" | "港澳台居民居住证" => {
            Ok(DocumentKind::ResidentId)
        }
        "护照" => Ok(DocumentKind::Passport),
        "港澳居民来往内地通行证" | "港澳通行证" => Ok(DocumentKind::HongKongMacauPermit),
        "台湾居民来往大陆通行证" | "台胞证" => Ok(DocumentKind::TaiwanPermit),
        code => DocumentKind::from_code(code)
            .ok_or_else(|| "the kind of document is not known: resident-id, passport, hong-kong-macau-permit or taiwan-permit".to_owned()),
    }
}

const fn said_of_name(problem: NameProblem) -> &'static str {
    match problem {
        NameProblem::Empty => "the representative's name is missing",
        NameProblem::TooLong => "the representative's name is too long",
        NameProblem::Characters => "the representative's name holds characters that no name has",
        NameProblem::Unreadable => "the representative's name holds invisible or unreadable characters",
    }
}

const fn said_of_document(problem: DocumentProblem) -> &'static str {
    match problem {
        DocumentProblem::Empty => "the representative's ID is missing",
        DocumentProblem::Length => "the representative's ID does not have 18 characters (did a spreadsheet round it?)",
        DocumentProblem::Characters => "the representative's ID is not 17 digits and a digit or X (did a spreadsheet round it?)",
        DocumentProblem::BirthDate => "the representative's ID holds no date of birth",
        DocumentProblem::CheckDigit => "the check digit of the representative's ID does not fit: one of its digits is wrong",
        DocumentProblem::Form => "the representative's ID does not have the form of this kind of document",
    }
}

/// What the rows above have said.
#[derive(Default)]
struct Seen {
    enterprises: HashMap<Uscc, u64>,
    people: HashMap<String, (String, u64)>,
}

impl Seen {
    fn mistake(&mut self, row: &Row) -> Option<String> {
        if let Some(first) = self.enterprises.insert(row.uscc.clone(), row.line) {
            return Some(format!("{} stands in row {first} already", row.uscc));
        }
        let person = &row.representative;
        let (name, first) = self.people.entry(person.document.key()).or_insert_with(|| (person.name.clone(), row.line));
        (*name != person.name).then(|| format!("the representative's ID stands in row {first} with another name"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HEADER: &str = "统一社会信用代码,企业名称,法定代表人,证件号码\n";

    fn mistakes(table: &str) -> Vec<String> {
        read(table.as_bytes()).unwrap().1.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn good_tables_of_every_make_are_read() {
        let row = "91350100M000100Y43,甲公司,张三,11010519491231002X";
        for table in [
            format!("{HEADER}{row}\n"),
            format!("\u{feff}{HEADER}{row}\r\n\r\n,,,\r\n"),
            format!("uscc,NAME,Representative,id\n{row}"),
            "ID,representative,name,USCC\n11010519491231002x,张三,\"甲公司\",91350100m000100y43".to_owned(),
            format!("{HEADER}{row}").replace(',', ";"),
            format!("{HEADER}{row}").replace(',', "\t"),
        ] {
            let (rows, mistakes) = read(table.as_bytes()).unwrap();
            assert_eq!((rows.len(), mistakes.len()), (1, 0), "{table}");
            assert_eq!((rows[0].uscc.as_str(), &*rows[0].name), ("91350100M000100Y43", "甲公司"));
        }
    }

    #[test]
    fn every_mistake_is_told_with_its_row() {
        let table = format!(
            "{HEADER}9144030034249999E,,张三,11010519491231002X\n\n91350100M000100Y43,甲公司,张三,110105194912310021\n91350100M000100Y43,甲公司\n"
        );
        assert_eq!(
            mistakes(&table),
            [
                "row 2: a unified social credit code has 18 characters, this has 17",
                "row 2: enterprise: the name is missing",
                "row 4: the check digit of the representative's ID does not fit: one of its digits is wrong",
                "row 5: the representative's name is missing",
                "row 5: the representative's ID is missing",
            ]
        );
    }

    #[test]
    fn rows_that_contradict_each_other_are_mistakes() {
        let table = format!(
            "{HEADER}91350100M000100Y43,甲公司,张三,11010519491231002X\n91350100M000100Y43,甲公司,张三,11010519491231002X\n91110000600037341L,乙公司,李四,11010519491231002X\n"
        );
        assert_eq!(
            mistakes(&table),
            ["row 3: 91350100M000100Y43 stands in row 2 already", "row 4: the representative's ID stands in row 2 with another name"]
        );
    }

    #[test]
    fn what_is_no_table_says_so() {
        let said = |table: &[u8]| read(table).err().unwrap().to_string();
        assert!(said(b"").contains("empty"));
        assert!(said("企业名称,法定代表人\n".as_bytes()).contains("USCC / 统一社会信用代码"));
        assert!(said(b"USCC,name,representative,ID\n\xc6\xf3\xd2\xb5\n").contains("row 2") && said(b"\xff\xfea\0").contains("iconv"));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>, text: String) {
            let _ = read(&bytes);
            let _ = read(format!("{HEADER}{text}").as_bytes());
        }
    }
}
