//! From rows of cells to lines of a roster: which column is which, and everything that is wrong with each row.

use std::collections::HashMap;

use super::{
    model::{Column, Fault, FaultLine, FileProblem, Kept},
    table::{Cell, Row},
};
use crate::{
    account::model::{DocumentKind, IdDocument, Person, Phone},
    channel::model::parse_mail,
    enterprise::{department::model as department, import::document_kind},
    period::Day,
};

/// So many faults are told.
pub const FAULTS: usize = 100;
/// So many titles of columns that are not read are told, and so much of each.
const UNUSED: usize = 10;
const TITLE_CHARS: usize = 20;
/// The largest whole number that a spreadsheet keeps: it rounds longer ones.
const EXACT: f64 = 1e15;

/// A row without faults.
#[derive(Clone, PartialEq)]
pub struct Line {
    pub kept: Kept,
    /// Empty: none.
    pub department: String,
    pub left: Option<Day>,
}

/// A file that can be compared with the roster.
pub struct Sheet {
    /// Each document once.
    pub lines: Vec<Line>,
    /// Which columns there are: what has none stays as it is.
    pub columns: Columns,
    pub unused: Vec<String>,
    pub repeated: u32,
}

/// Why it cannot.
#[derive(Debug, PartialEq)]
pub enum Unfit {
    File(FileProblem),
    /// So many, and the first of them.
    Faults(u32, Vec<FaultLine>),
}

/// Where each column stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Columns([Option<usize>; Column::ALL.len()]);

impl Columns {
    pub fn has(&self, column: Column) -> bool {
        self.at(column).is_some()
    }

    fn at(&self, column: Column) -> Option<usize> {
        self.0[column as usize]
    }

    fn find(header: &Row) -> Result<(Self, Vec<String>), FileProblem> {
        let (mut columns, mut unused) = (Self::default(), Vec::new());
        for (at, cell) in header.cells.iter().enumerate() {
            let Cell::Text(title) = cell else { continue };
            match column(title) {
                Some(column) if columns.0[column as usize].replace(at).is_some() => return Err(FileProblem::Twice(column)),
                None if !title.trim().is_empty() && unused.len() < UNUSED => {
                    unused.push(title.trim().chars().filter(|c| !c.is_control()).take(TITLE_CHARS).collect());
                }
                _ => {}
            }
        }
        let missing: Vec<Column> = [Column::Name, Column::Number].into_iter().filter(|column| !columns.has(*column)).collect();
        if missing.is_empty() { Ok((columns, unused)) } else { Err(FileProblem::Missing(missing)) }
    }
}

/// The column that a title stands for. Spaces, case, and marks of what is required do not matter.
fn column(title: &str) -> Option<Column> {
    let plain = |c: char| match c {
        '／' => '/',
        '（' => '(',
        other => other,
    };
    let title: String = title.chars().filter(|c| !c.is_whitespace() && !matches!(c, '*' | '＊' | '_' | '-')).map(plain).collect();
    let title = title.split('(').next().unwrap_or_default().to_lowercase();
    Some(match title.as_str() {
        "姓名" | "员工姓名" | "name" | "fullname" => Column::Name,
        "证件类型" | "证件种类" | "documenttype" | "idtype" => Column::Kind,
        "证件号码" | "证件号" | "身份证号" | "身份证号码" | "身份证" | "idnumber" | "id" | "documentnumber" => {
            Column::Number
        }
        "手机" | "手机号" | "手机号码" | "联系电话" | "电话" | "phone" | "mobile" | "phonenumber" => Column::Phone,
        "部门" | "所属部门" | "所在部门" | "department" => Column::Department,
        "厂区/地点" | "厂区" | "地点" | "工作地点" | "site" | "location" | "site/location" => Column::Site,
        "入职日期" | "入职时间" | "joined" | "joinedon" | "startdate" => Column::Joined,
        "离职日期" | "离职时间" | "left" | "lefton" | "enddate" => Column::Left,
        "邮箱" | "电子邮箱" | "电子邮件" | "邮件地址" | "email" | "mail" | "emailaddress" => Column::Mail,
        _ => return None,
    })
}

/// Reads the rows of a table; the first is its header.
pub fn read(rows: &[Row]) -> Result<Sheet, Unfit> {
    let Some((header, rows)) = rows.split_first() else { return Err(Unfit::File(FileProblem::Empty)) };
    let (columns, unused) = Columns::find(header).map_err(Unfit::File)?;
    if rows.is_empty() {
        return Err(Unfit::File(FileProblem::NoRows));
    }
    let mut faults = Faults::default();
    let (mut lines, mut met, mut repeated) = (Vec::<Line>::with_capacity(rows.len()), HashMap::<String, (u32, usize)>::new(), 0);
    for row in rows {
        let Some(line) = (Reading { row, columns: &columns, faults: &mut faults }).line() else { continue };
        let first = met.entry(line.kept.person.document.key()).or_insert((row.number, lines.len()));
        match lines.get(first.1) {
            None => lines.push(line),
            Some(known) if *known == line => repeated += 1,
            Some(_) => faults.push(&columns, row.number, Column::Number, Fault::Conflict(first.0)),
        }
    }
    if faults.count > 0 {
        return Err(Unfit::Faults(faults.count, faults.first));
    }
    Ok(Sheet { lines, columns, unused, repeated })
}

#[derive(Default)]
struct Faults {
    count: u32,
    first: Vec<FaultLine>,
}

impl Faults {
    fn push(&mut self, columns: &Columns, row: u32, column: Column, fault: Fault) {
        self.count += 1;
        if self.first.len() < FAULTS {
            self.first.push(FaultLine { cell: format!("{}{row}", letters(columns.at(column).unwrap_or(0))), fault });
        }
    }
}

/// How a spreadsheet calls a column: A, B … Z, AA.
fn letters(column: usize) -> String {
    let letter = |at: usize| char::from(b'A' + u8::try_from(at % 26).unwrap_or(0));
    if column < 26 { letter(column).to_string() } else { format!("{}{}", letter(column / 26 - 1), letter(column)) }
}

struct Reading<'a> {
    row: &'a Row,
    columns: &'a Columns,
    faults: &'a mut Faults,
}

impl Reading<'_> {
    /// The line, or nothing where its faults were told.
    fn line(mut self) -> Option<Line> {
        let name = self.cell(Column::Name, |text| Person::parse_name(text).map_err(Fault::Name));
        let kind = self.optional(Column::Kind, |text| document_kind(text).map_err(|_| Fault::Kind));
        let document = kind.and_then(|kind| {
            let kind = kind.unwrap_or(DocumentKind::ResidentId);
            self.cell(Column::Number, |text| IdDocument::parse(kind, text).map_err(Fault::Number))
        });
        let phone = self.optional(Column::Phone, |text| Phone::parse(text).map_err(Fault::Phone));
        let department = self.optional(Column::Department, |text| department::name(text).map_err(|_| Fault::Department));
        let site = self.optional(Column::Site, |text| department::name(text).map_err(|_| Fault::Site));
        let joined = self.day(Column::Joined, Fault::Joined);
        let left = self.day(Column::Left, Fault::Left);
        let mail = self.optional(Column::Mail, |text| parse_mail(text).ok_or(Fault::Mail));
        let (name, document, phone, department, site, joined, left) = (name?, document?, phone?, department?, site?, joined?, left?);
        let mail = mail?.unwrap_or_default();
        if joined.zip(left).is_some_and(|(joined, left)| left < joined) {
            self.fault(Column::Left, Fault::LeftFirst);
            return None;
        }
        let person = Person { name, document, phone };
        let kept = Kept { person, site: site.unwrap_or_default(), joined, mail };
        Some(Line { kept, department: department.unwrap_or_default(), left })
    }

    fn fault(&mut self, column: Column, fault: Fault) {
        self.faults.push(self.columns, self.row.number, column, fault);
    }

    /// The text of a cell. A long number is not what was typed any more.
    fn text(&self, column: Column) -> Result<String, Fault> {
        let cell = self.columns.at(column).and_then(|at| self.row.cells.get(at));
        match cell {
            None => Ok(String::new()),
            Some(Cell::Text(text)) => Ok(unquoted(text).to_owned()),
            Some(Cell::Number(number)) if number.abs() >= EXACT => Err(Fault::Rounded),
            Some(Cell::Number(number)) => Ok(format!("{number}")),
            Some(Cell::Day(day)) => Ok(day.to_string()),
            Some(Cell::Broken) => Err(Fault::Broken),
        }
    }

    fn cell<T>(&mut self, column: Column, read: impl FnOnce(&str) -> Result<T, Fault>) -> Option<T> {
        let read = self.text(column).and_then(|text| read(&text));
        read.map_err(|fault| self.fault(column, fault)).ok()
    }

    /// The inner `None`: the cell is empty.
    #[expect(clippy::option_option, reason = "a fault, an empty cell, a value")]
    fn optional<T>(&mut self, column: Column, read: impl FnOnce(&str) -> Result<T, Fault>) -> Option<Option<T>> {
        self.cell(column, |text| if text.trim().is_empty() { Ok(None) } else { read(text).map(Some) })
    }

    #[expect(clippy::option_option, reason = "a fault, an empty cell, a value")]
    fn day(&mut self, column: Column, fault: Fault) -> Option<Option<Day>> {
        // With a time behind it, as some programs export it.
        self.optional(column, |text| text.split_whitespace().next().unwrap_or_default().parse().map_err(|_| fault))
    }
}

/// Text as those write it who want to keep a spreadsheet from rounding it: `'4401…`, `="4401…"`.
fn unquoted(text: &str) -> &str {
    let text = text.trim();
    let formula = text.strip_prefix("=\"").and_then(|text| text.strip_suffix('"'));
    formula.or_else(|| text.strip_prefix('\'')).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::model::{DocumentProblem, NameProblem};

    fn sheet(text: &str) -> Result<Sheet, Unfit> {
        read(&super::super::table::read(text.as_bytes()).map_err(Unfit::File)?)
    }

    fn faults(text: &str) -> Vec<(String, Fault)> {
        match sheet(text) {
            Err(Unfit::Faults(count, lines)) => {
                assert_eq!(usize::try_from(count).unwrap(), lines.len());
                lines.into_iter().map(|line| (line.cell, line.fault)).collect()
            }
            Err(Unfit::File(problem)) => panic!("{problem:?}"),
            Ok(_) => Vec::new(),
        }
    }

    const NUMBER: &str = "11010519491231002X";

    #[test]
    fn columns_are_found_by_their_names_in_any_order() {
        for header in ["姓名,证件号码,部门", "ID number,Name*,Department", "部门,手机号（选填）,员工 姓名,身份证号"]
        {
            let columns = Columns::find(&super::super::table::read(header.as_bytes()).unwrap()[0]).unwrap();
            assert!(columns.0.has(Column::Name) && columns.0.has(Column::Number) && columns.0.has(Column::Department), "{header}");
            assert_eq!(columns.1, Vec::<String>::new());
        }
        assert_eq!(sheet("工号,姓名\n1,甲").err(), Some(Unfit::File(FileProblem::Missing(vec![Column::Number]))));
        assert_eq!(sheet("姓名,证件号,身份证\n").err(), Some(Unfit::File(FileProblem::Twice(Column::Number))));
        assert_eq!(sheet("姓名,证件号\n").err(), Some(Unfit::File(FileProblem::NoRows)));
        assert_eq!(sheet(&format!("工号,姓名,证件号\n7,黄丽燕,{NUMBER}")).ok().unwrap().unused, ["工号"]);
    }

    #[test]
    fn every_fault_is_told_with_its_cell() {
        let table = format!(
            "姓名,证件类型,证件号码,手机,部门,厂区/地点,入职日期,离职日期\n\
             ,驾照,{NUMBER},1,<b>,——,昨天,2020-02-30\n\
             黄丽燕,,110105194912310021,,,,,\n\
             黄丽燕,身份证,{NUMBER},,,,2020-02-03,2020-02-02\n"
        );
        let phone = crate::account::model::PhoneProblem::Mainland;
        let expected = [
            ("A2", Fault::Name(NameProblem::Empty)),
            ("B2", Fault::Kind),
            ("D2", Fault::Phone(phone)),
            ("E2", Fault::Department),
            ("F2", Fault::Site),
            ("G2", Fault::Joined),
            ("H2", Fault::Left),
            ("C3", Fault::Number(DocumentProblem::CheckDigit)),
            ("H4", Fault::LeftFirst),
        ];
        assert_eq!(faults(&table), expected.map(|(cell, fault)| (cell.to_owned(), fault)));
    }

    #[test]
    fn the_same_row_twice_is_one_and_another_one_is_a_conflict() {
        let row = format!("黄丽燕,{NUMBER},生产部\n");
        let same = sheet(&format!("姓名,证件号,部门\n{row}{row}")).ok().unwrap();
        assert_eq!((same.lines.len(), same.repeated), (1, 1));
        let other = format!("姓名,证件号,部门\n{row}黄丽燕,{NUMBER},仓储部\n");
        assert_eq!(faults(&other), [("B3".to_owned(), Fault::Conflict(2))]);
    }

    #[test]
    fn what_keeps_a_spreadsheet_from_rounding_is_no_part_of_a_number() {
        for typed in [format!("'{NUMBER}"), format!("\"=\"\"{NUMBER}\"\"\""), format!(" {NUMBER}\t")] {
            let sheet = sheet(&format!("姓名,证件号\n黄丽燕,{typed}")).ok().unwrap();
            assert_eq!(sheet.lines[0].kept.person.document.number(), NUMBER);
        }
        let number = Row { number: 2, cells: vec![Cell::Text("黄丽燕".into()), Cell::Number(1.101_051_949_123_1e17)] };
        let header = super::super::table::read("姓名,证件号".as_bytes()).unwrap().remove(0);
        let Err(Unfit::Faults(1, faults)) = read(&[header, number]) else { panic!("taken") };
        assert_eq!((faults[0].cell.as_str(), faults[0].fault), ("B2", Fault::Rounded));
    }

    #[test]
    fn a_formula_in_text_is_text() {
        let sheet = sheet(&format!("姓名,证件号\n=HYPERLINK(1),{NUMBER}")).ok().unwrap();
        assert_eq!(sheet.lines[0].kept.person.name, "=HYPERLINK(1)");
    }

    #[test]
    fn columns_are_called_as_in_a_spreadsheet() {
        assert_eq!([0, 25, 26, 51, 52, 99].map(letters), ["A", "Z", "AA", "AZ", "BA", "CV"]);
    }
}
