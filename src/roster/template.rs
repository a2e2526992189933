//! An empty file to fill in: as text, and as a workbook whose cells are text, so that no spreadsheet rounds an ID number.

use std::io::{Cursor, Write};

use axum::{
    extract::{Path, Request, State},
    http::header,
    response::{IntoResponse, Response},
};
use zip::{ZipWriter, write::SimpleFileOptions};

use super::model::Column;
use crate::{
    account::caller::{self, Permission},
    error::{AppError, Result},
    i18n::Locale,
    render,
    state::{AppState, Visit},
};

const CSV: &str = "text/csv; charset=utf-8";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// `GET /e/{enterprise}/roster/template.csv`
pub async fn csv(state: State<AppState>, enterprise: Path<String>, request: Request) -> Response {
    // With a mark, without which some spreadsheets take it for another encoding.
    let text = |locale: Locale| Some(format!("\u{feff}{}\r\n", titles(locale).join(",")).into_bytes());
    file(state, enterprise, request, "csv", CSV, text).await
}

/// `GET /e/{enterprise}/roster/template.xlsx`
pub async fn xlsx(state: State<AppState>, enterprise: Path<String>, request: Request) -> Response {
    file(state, enterprise, request, "xlsx", XLSX, |locale| workbook(&titles(locale)).ok()).await
}

async fn file(
    State(state): State<AppState>,
    Path(enterprise): Path<String>,
    request: Request,
    end: &'static str,
    kind: &'static str,
    make: impl FnOnce(Locale) -> Option<Vec<u8>>,
) -> Response {
    let (parts, _) = request.into_parts();
    let visit = Visit::new(state.clone(), &parts);
    if let Err(error) = may(&visit, &enterprise).await {
        return render::error_page(state, &parts, error).await;
    }
    match make(render::wanted_locale(&parts.headers)) {
        Some(bytes) => {
            let name = format!("attachment; filename=\"roster.{end}\"; filename*=UTF-8''%E5%90%8D%E5%86%8C.{end}");
            ([(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, name)], bytes).into_response()
        }
        None => render::error_page(state, &parts, AppError::Internal).await,
    }
}

async fn may(visit: &Visit, enterprise: &str) -> Result<()> {
    let enterprise = enterprise.parse().map_err(|_| AppError::NotFound)?;
    caller::scope(visit, enterprise, Permission::Departments).await.map(drop)
}

/// As [`super::read`] reads them.
fn titles(locale: Locale) -> Vec<&'static str> {
    let title = |column: Column| match (locale, column) {
        (Locale::zh_CN, Column::Name) => "姓名",
        (Locale::zh_CN, Column::Kind) => "证件类型",
        (Locale::zh_CN, Column::Number) => "证件号码",
        (Locale::zh_CN, Column::Phone) => "手机",
        (Locale::zh_CN, Column::Department) => "部门",
        (Locale::zh_CN, Column::Site) => "厂区/地点",
        (Locale::zh_CN, Column::Joined) => "入职日期",
        (Locale::zh_CN, Column::Left) => "离职日期",
        (Locale::zh_CN, Column::Mail) => "邮箱",
        (Locale::en, Column::Name) => "Name",
        (Locale::en, Column::Kind) => "ID type",
        (Locale::en, Column::Number) => "ID number",
        (Locale::en, Column::Phone) => "Phone",
        (Locale::en, Column::Department) => "Department",
        (Locale::en, Column::Site) => "Site",
        (Locale::en, Column::Joined) => "Joined on",
        (Locale::en, Column::Left) => "Left on",
        (Locale::en, Column::Mail) => "E-mail",
    };
    Column::ALL.map(title).to_vec()
}

const PARTS: [(&str, &str); 5] = [
    (
        "[Content_Types].xml",
        "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
         <Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
         <Default Extension=\"xml\" ContentType=\"application/xml\"/>\
         <Override PartName=\"/xl/workbook.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/>\
         <Override PartName=\"/xl/worksheets/sheet1.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml\"/>\
         <Override PartName=\"/xl/styles.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml\"/></Types>",
    ),
    (
        "_rels/.rels",
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" \
         Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>",
    ),
    (
        "xl/workbook.xml",
        "<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" \
         xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\">\
         <sheets><sheet name=\"roster\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>",
    ),
    (
        "xl/_rels/workbook.xml.rels",
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" \
         Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" Target=\"worksheets/sheet1.xml\"/>\
         <Relationship Id=\"rId2\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles\" \
         Target=\"styles.xml\"/></Relationships>",
    ),
    // The second format is number format 49: text.
    (
        "xl/styles.xml",
        "<styleSheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><fonts count=\"1\"><font/></fonts>\
         <fills count=\"1\"><fill/></fills><borders count=\"1\"><border/></borders><cellStyleXfs count=\"1\"><xf/></cellStyleXfs>\
         <cellXfs count=\"2\"><xf/><xf numFmtId=\"49\" applyNumberFormat=\"1\"/></cellXfs></styleSheet>",
    ),
];

/// A column's format: the second of `styles.xml`.
const AS_TEXT: &str = "style=\"1\"";

/// The smallest workbook that spreadsheets open: one sheet, with columns of text.
fn workbook(titles: &[&str]) -> zip::result::ZipResult<Vec<u8>> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    let cells =
        titles.iter().map(|title| ["<c s=\"1\" t=\"inlineStr\"><is><t>", title, "</t></is></c>"].concat()).collect::<Vec<_>>().concat();
    let sheet = format!(
        "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><cols><col {AS_TEXT} min=\"1\" max=\"{}\" \
         width=\"20\" customWidth=\"1\"/></cols><sheetData><row r=\"1\">{cells}</row></sheetData></worksheet>",
        titles.len()
    );
    for (name, content) in PARTS.into_iter().chain([("xl/worksheets/sheet1.xml", sheet.as_str())]) {
        archive.start_file(name, options)?;
        archive.write_all(b"<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n")?;
        archive.write_all(content.as_bytes())?;
    }
    Ok(archive.finish()?.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roster::{
        model::FileProblem,
        read::{Unfit, read},
        table,
    };

    #[test]
    fn what_is_offered_can_be_read_once_it_is_filled_in() {
        for locale in [Locale::zh_CN, Locale::en] {
            let rows = table::read(&workbook(&titles(locale)).unwrap()).map_err(|problem| format!("{problem:?}")).unwrap();
            assert_eq!(rows[0].cells.len(), Column::ALL.len());
            assert_eq!(read(&rows).err(), Some(Unfit::File(FileProblem::NoRows)));
        }
    }
}
