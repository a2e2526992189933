//! From the bytes of a file to rows of cells: text in the encodings that spreadsheets write, and workbooks.
//!
//! A file comes from outside. A workbook is a ZIP, so it is unpacked once, counted and thrown away, before anything reads it: what a
//! directory says of sizes may be a lie. Its cells are then read one after the other, never as a rectangle, which one cell in the last
//! corner would make endless.

use std::io::{Cursor, Read};

use calamine::{DataRef, Reader, Xlsx};
use encoding_rs::{GB18030, UTF_8, UTF_16BE, UTF_16LE};

use super::model::{FileProblem, MOST_ROWS, UPLOAD_BYTES};
use crate::enterprise::import::{delimiter, row_number};

/// More columns than any list of people has.
const MOST_COLUMNS: usize = 100;
/// The most that a workbook may unpack to, and any one part of it that is no sheet.
const UNPACKED: u64 = 192 * 1024 * 1024;
const PART: u64 = 64 * 1024 * 1024;
const MOST_PARTS: usize = 2_000;
/// More different texts than the cells of a roster can hold.
const MOST_STRINGS: u64 = 2_000_000;
/// The longest text of a cell that is kept: longer than anything that is valid.
const CELL_CHARS: usize = 300;

const ZIP: &[u8] = b"PK\x03\x04";
/// An OLE container: a workbook of before 2007, or one that is encrypted.
const OLE: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

/// What stands in a cell.
#[derive(Clone, PartialEq)]
pub enum Cell {
    Text(String),
    /// As a spreadsheet holds it, with fifteen digits that can be trusted.
    Number(f64),
    Day(crate::period::Day),
    /// `#N/A` and the like.
    Broken,
}

/// A row that is not empty, with its number as a spreadsheet counts.
pub struct Row {
    pub number: u32,
    pub cells: Vec<Cell>,
}

impl Cell {
    fn is_empty(&self) -> bool {
        matches!(self, Self::Text(text) if text.trim().is_empty())
    }
}

const NOTHING: Cell = Cell::Text(String::new());

/// The rows of a file that are not empty, the header among them.
pub fn read(bytes: &[u8]) -> Result<Vec<Row>, FileProblem> {
    if bytes.is_empty() {
        return Err(FileProblem::Empty);
    }
    if bytes.len() > UPLOAD_BYTES {
        return Err(FileProblem::TooLarge);
    }
    let rows = if bytes.starts_with(ZIP) {
        workbook(bytes)?
    } else if bytes.starts_with(OLE) {
        return Err(if is_encrypted(bytes) { FileProblem::Encrypted } else { FileProblem::OldWorkbook });
    } else {
        text(bytes)?
    };
    if rows.is_empty() { Err(FileProblem::Empty) } else { Ok(rows) }
}

/// The names of the parts in an OLE container are UTF-16.
fn is_encrypted(bytes: &[u8]) -> bool {
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    bytes.windows(name.len()).any(|some| some == name)
}

// ---- text -------------------------------------------------------------------------------

fn text(bytes: &[u8]) -> Result<Vec<Row>, FileProblem> {
    let text = decoded(bytes)?;
    let mut lines = csv::ReaderBuilder::new().flexible(true).has_headers(false).delimiter(delimiter(&text)).from_reader(text.as_bytes());
    let mut rows = Vec::new();
    for record in lines.records() {
        let Ok(record) = record else { return Err(FileProblem::Broken) };
        let number = record.position().map_or(0, |position| row_number(&text, position));
        if record.len() > MOST_COLUMNS {
            return Err(FileProblem::TooManyColumns);
        }
        push(&mut rows, u32::try_from(number).unwrap_or(u32::MAX), record.iter().map(|cell| Cell::Text(short(cell))).collect())?;
    }
    Ok(rows)
}

/// UTF-8 and UTF-16 by their marks, UTF-8 where it is none other, and GB18030, as spreadsheets here still write it.
fn decoded(bytes: &[u8]) -> Result<String, FileProblem> {
    // A picture or a program is no text, even where its bytes happen to stand for characters.
    let wide = [&b"\xff\xfe"[..], b"\xfe\xff"].iter().any(|mark| bytes.starts_with(mark));
    if !wide && bytes.contains(&0) {
        return Err(FileProblem::Unknown);
    }
    let encodings = if wide { [UTF_16LE, UTF_16BE] } else { [UTF_8, GB18030] };
    let whole = encodings.into_iter().find_map(|encoding| {
        let (text, used, broken) = encoding.decode(bytes);
        (!broken && (wide || used == encoding)).then(|| text.into_owned())
    });
    let text = whole.ok_or(FileProblem::Encoding)?;
    let unreadable = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    if text.contains(unreadable) { Err(FileProblem::Unknown) } else { Ok(text) }
}

// ---- workbooks --------------------------------------------------------------------------

fn workbook(bytes: &[u8]) -> Result<Vec<Row>, FileProblem> {
    check_parts(bytes)?;
    let mut workbook = Xlsx::new(Cursor::new(bytes)).map_err(|_| FileProblem::Broken)?;
    let sheet = workbook.sheet_names().into_iter().next().ok_or(FileProblem::Broken)?;
    let mut reader = workbook.worksheet_cells_reader(&sheet).map_err(|_| FileProblem::Broken)?;
    let (mut rows, mut at, mut cells) = (Vec::new(), 0_u32, Vec::<Cell>::new());
    while let Some(next) = reader.next_cell().map_err(|_| FileProblem::Broken)? {
        let (row, column) = next.get_position();
        let cell = cell(next.get_value());
        if cell.is_empty() {
            continue;
        }
        let column = usize::try_from(column).unwrap_or(usize::MAX);
        if column >= MOST_COLUMNS {
            return Err(FileProblem::TooManyColumns);
        }
        // Rows come in their order; a file in which they do not was made by no spreadsheet.
        if row < at {
            return Err(FileProblem::Broken);
        }
        if row > at {
            push(&mut rows, at.saturating_add(1), std::mem::take(&mut cells))?;
            at = row;
        }
        if cells.len() <= column {
            cells.resize(column + 1, NOTHING);
        }
        cells[column] = cell;
    }
    push(&mut rows, at.saturating_add(1), cells)?;
    Ok(rows)
}

/// Unpacks every part and counts, so that what reads them afterwards meets no more than that.
fn check_parts(bytes: &[u8]) -> Result<(), FileProblem> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| FileProblem::Broken)?;
    if archive.len() > MOST_PARTS {
        return Err(FileProblem::Bomb);
    }
    let (mut left, mut is_workbook) = (UNPACKED, false);
    for at in 0..archive.len() {
        let mut part = archive.by_index(at).map_err(|_| FileProblem::Broken)?;
        let name = part.name().map_err(|_| FileProblem::Broken)?.to_lowercase();
        if name.ends_with("vbaproject.bin") {
            return Err(FileProblem::Macros);
        }
        is_workbook |= name.ends_with("workbook.xml");
        let most = if name.contains("worksheets/") { left } else { left.min(PART) };
        let read = if name.ends_with("sharedstrings.xml") {
            let mut strings = Vec::new();
            part.by_ref().take(most + 1).read_to_end(&mut strings).map_err(|_| FileProblem::Broken)?;
            check_strings(&strings)?;
            strings.len() as u64
        } else {
            std::io::copy(&mut part.by_ref().take(most + 1), &mut std::io::sink()).map_err(|_| FileProblem::Broken)?
        };
        if read > most {
            return Err(FileProblem::Bomb);
        }
        left -= read;
    }
    if is_workbook { Ok(()) } else { Err(FileProblem::Unknown) }
}

/// The part says how many texts it holds, and whoever reads it makes room for so many before there is one.
fn check_strings(strings: &[u8]) -> Result<(), FileProblem> {
    const COUNT: &[u8] = b"uniqueCount";
    let mut rest = strings;
    while let Some(at) = find(rest, COUNT) {
        rest = &rest[at + COUNT.len()..];
        let value = rest.trim_ascii_start().strip_prefix(b"=").map(<[u8]>::trim_ascii_start);
        let Some(value) = value.and_then(|value| value.strip_prefix(b"\"").or_else(|| value.strip_prefix(b"'"))) else { continue };
        let digits = value.iter().skip_while(|byte| !byte.is_ascii_digit() && **byte != b'"').take_while(|byte| byte.is_ascii_digit());
        let count = digits.fold(0_u64, |count, digit| count.saturating_mul(10).saturating_add(u64::from(digit - b'0')));
        if count > MOST_STRINGS {
            return Err(FileProblem::Bomb);
        }
    }
    Ok(())
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|some| some == wanted)
}

/// What a formula says is what its spreadsheet has last worked out; the formula itself is not looked at.
fn cell(value: &DataRef<'_>) -> Cell {
    match value {
        DataRef::Empty => NOTHING,
        DataRef::String(text) => Cell::Text(short(text)),
        DataRef::SharedString(text) => Cell::Text(short(text)),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => Cell::Text(short(text.split('T').next().unwrap_or(text))),
        #[expect(clippy::cast_precision_loss, reason = "a spreadsheet has no other numbers")]
        DataRef::Int(number) => Cell::Number(*number as f64),
        DataRef::Float(number) => Cell::Number(*number),
        DataRef::Bool(yes) => Cell::Text(yes.to_string()),
        DataRef::DateTime(time) => {
            let day = time.as_datetime().and_then(|time| crate::period::Day::new(time.date()).ok());
            day.map_or_else(|| Cell::Number(time.as_f64()), Cell::Day)
        }
        DataRef::Error(_) => Cell::Broken,
    }
}

fn short(text: &str) -> String {
    text.chars().take(CELL_CHARS).collect()
}

fn push(rows: &mut Vec<Row>, number: u32, cells: Vec<Cell>) -> Result<(), FileProblem> {
    if cells.iter().all(Cell::is_empty) {
        return Ok(());
    }
    // The header is one more.
    if rows.len() > usize::try_from(MOST_ROWS).unwrap_or(usize::MAX) {
        return Err(FileProblem::TooManyRows);
    }
    rows.push(Row { number, cells });
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(bytes: &[u8]) -> Vec<(u32, Vec<String>)> {
        let text = |cell: Cell| match cell {
            Cell::Text(text) => text,
            _ => "?".to_owned(),
        };
        read(bytes)
            .map_err(|problem| format!("{problem:?}"))
            .unwrap()
            .into_iter()
            .map(|row| (row.number, row.cells.into_iter().map(text).collect()))
            .collect()
    }

    #[test]
    fn text_is_read_in_every_encoding_that_spreadsheets_write() {
        let table = "姓名,证件号码\r\n\r\n黄丽燕,1\r\n";
        let expected = vec![(1, vec!["姓名".to_owned(), "证件号码".to_owned()]), (3, vec!["黄丽燕".to_owned(), "1".to_owned()])];
        let wide: Vec<u8> = std::iter::once(0xfeff).chain(table.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        for bytes in [table.as_bytes().to_vec(), [b"\xef\xbb\xbf", table.as_bytes()].concat(), GB18030.encode(table).0.into_owned(), wide] {
            assert_eq!(texts(&bytes), expected);
        }
        assert_eq!(texts(&table.replace(',', ";").into_bytes()), expected);
        assert_eq!(texts(&table.replace(',', "\t").into_bytes()), expected);
    }

    #[test]
    fn what_is_no_table_says_what_it_is() {
        for (bytes, problem) in [
            (&b""[..], FileProblem::Empty),
            (b"\n\n", FileProblem::Empty),
            (b"\x89PNG\r\n\x1a\n\0\0", FileProblem::Unknown),
            (b"\x7fELF\x02", FileProblem::Unknown),
            (b"\xff\xff,\xff", FileProblem::Encoding),
            (OLE, FileProblem::OldWorkbook),
            (b"PK\x03\x04", FileProblem::Broken),
        ] {
            assert_eq!(read(bytes).err(), Some(problem), "{bytes:?}");
        }
    }

    #[test]
    fn a_count_that_would_fill_the_memory_is_not_believed() {
        assert_eq!(check_strings(b"<sst count=\"3\" uniqueCount=\"3\"><si>uniqueCount</si>"), Ok(()));
        for bomb in [&b"<sst uniqueCount=\"99999999999\">"[..], b"<sst uniqueCount = '+3000000'>"] {
            assert_eq!(check_strings(bomb), Err(FileProblem::Bomb));
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            let _ = read(&bytes);
            let _ = read(&[ZIP, &bytes].concat());
        }
    }
}
