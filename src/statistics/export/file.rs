//! The files themselves. A CSV file goes out while it is read; a workbook can only go out whole, because its directory stands at its
//! end.

use std::{
    collections::BTreeSet,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    body::{Body, Bytes},
    extract::{Path as Route, Request, State},
    http::{HeaderValue, header, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use futures::{Stream, StreamExt, TryStreamExt, stream};
use rust_xlsxwriter::{Format as Style, Workbook, XlsxError};
use tokio::{sync::mpsc, task::spawn_blocking};
use uuid::Uuid;

use super::{
    table::{Cell, Table},
    view::{Format, WORKBOOK_ROWS, What, parse_file_name},
};
use crate::{
    account::{
        caller::{self, Permission, Scope},
        step_up,
    },
    audit::{
        entry::{self, Entry},
        model::Action,
    },
    census::{LISTED, Listed, Sight},
    error::{AppError, Result, StoreError},
    link, render,
    state::{AppState, Visit},
    statistics::answer::Context,
};

/// Who fetches a file now, and how many may at the same time: whoever comes too many tries again.
static EXPORTING: Mutex<BTreeSet<Uuid>> = Mutex::new(BTreeSet::new());
const MOST: usize = 8;
/// So many batches are read ahead of the one that goes out.
const AHEAD: usize = 2;
/// A table program takes digits for a number: of so many it shows a power of ten, and of more than 15 it forgets the last.
const DIGITS: usize = 11;
/// Where a workbook's rows wait until they are packed: in memory, so that nothing unsealed reaches a disk.
const MEMORY: &str = "/dev/shm";

/// `GET /e/{enterprise}/export/{file}`, under the filter of its query. Whoever was not verified for it is led to where they can be.
pub async fn download(State(state): State<AppState>, Route((enterprise, file)): Route<(String, String)>, request: Request) -> Response {
    let parts = request.into_parts().0;
    match export(&state, &parts, &enterprise, &file).await {
        Ok(response) => response,
        Err(error) => render::error_page(state, &parts, error).await,
    }
}

async fn export(state: &AppState, parts: &Parts, enterprise: &str, file: &str) -> Result<Response> {
    let enterprise = enterprise.parse().map_err(|_| AppError::NotFound)?;
    let visit = Visit::new(state.clone(), parts);
    let scope = caller::scope(&visit, enterprise, Permission::Export).await?;
    let (what, format) = parse_file_name(file).ok_or(AppError::NotFound)?;
    let query = parts.uri.query().unwrap_or_default();
    let locale = render::wanted_locale(&parts.headers);
    let (context, asked) = Context::load(state, &scope, query, crate::language::Language::Zh).await?;
    let asked = match asked {
        Ok(asked) if step_up::may_export(&visit, &scope).await? => asked,
        // The page says what is wrong with the filter, or asks for the verification.
        _ => return Ok(Redirect::to(&link::with_query(&link::export(enterprise), query)).into_response()),
    };
    let place = Place::take(scope.viewer().id()).ok_or(AppError::Busy)?;
    let today = context.enterprise.today(&state.clock);
    let listed = state.censuses.listed(&context.sight, context.looked(&asked.filter), today, what == What::Declarations).await?;
    if format == Format::Workbook && (listed.len() > WORKBOOK_ROWS as usize || !can_write_workbooks()) {
        // The page offers none.
        return Err(AppError::NotFound);
    }
    note(state, &scope, what).await?;
    let departments = context.departments.iter().map(|department| (department.id, department.name.clone()));
    let name = format!("员工健康申报-{}-{today}.{}", context.enterprise.name, format.extension());
    let table = Table::new(what, locale, context.enterprise.clone(), context.questionnaire.clone(), state.catalogue.clone(), departments);
    let table = Arc::new(table);
    let rows = rows(state.clone(), context.sight, table.clone(), listed);
    let body = match format {
        Format::Csv => Body::from_stream(csv(&table, rows, place)?),
        Format::Workbook => Body::from(workbook(table, rows, place).await?),
    };
    Ok((headers(format, &name), body).into_response())
}

/// Room for one file of a viewer, until its last byte has gone.
struct Place(Uuid);

impl Place {
    /// None while the same viewer fetches another, or too many others do.
    fn take(viewer: Uuid) -> Option<Self> {
        let mut taken = EXPORTING.lock().unwrap_or_else(PoisonError::into_inner);
        (taken.len() < MOST && taken.insert(viewer)).then_some(Self(viewer))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        EXPORTING.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.0);
    }
}

/// Whether this machine has a place in memory for rows that wait.
pub fn can_write_workbooks() -> bool {
    Path::new(MEMORY).is_dir()
}

/// Written down before a byte leaves.
async fn note(state: &AppState, scope: &Scope, what: What) -> Result<(), StoreError> {
    let keys = state.vault.keys(&state.db, scope.tenant().id()).await?;
    let action = match what {
        What::People => Action::ExportPeople,
        What::Declarations => Action::ExportDeclarations,
    };
    entry::record(&state.db, &Entry::by_viewer(keys, scope, state.clock.now(), action)).await
}

fn headers(format: Format, name: &str) -> [(header::HeaderName, HeaderValue); 3] {
    let kind = match format {
        Format::Csv => "text/csv; charset=utf-8",
        Format::Workbook => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    };
    let plain = format!("shenbao.{}", format.extension());
    let disposition = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{}", link::encode(name));
    [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
        (header::CONTENT_DISPOSITION, HeaderValue::try_from(disposition).unwrap_or(HeaderValue::from_static("attachment"))),
    ]
}

/// The rows of a list, batch by batch, a few read ahead.
fn rows(
    state: AppState,
    sight: Sight,
    table: Arc<Table>,
    listed: Vec<Listed>,
) -> impl Stream<Item = Result<Vec<Vec<Cell>>, StoreError>> + Send + 'static {
    let batches: Vec<Vec<Listed>> = listed.chunks(LISTED).map(<[Listed]>::to_vec).collect();
    stream::iter(batches)
        .map(move |batch| {
            let (state, sight, table) = (state.clone(), sight.clone(), table.clone());
            async move {
                let filed = state.censuses.filed(&sight, &batch).await?;
                spawn_blocking(move || table.rows(&filed)).await.map_err(|_| StoreError::Busy)
            }
        })
        .buffered(AHEAD)
}

/// A byte-order mark, because Excel reads no UTF-8 without; then the head and the rows. A failure breaks the download off: a file that
/// ends too early is never taken for a whole one.
fn csv(
    table: &Table,
    rows: impl Stream<Item = Result<Vec<Vec<Cell>>, StoreError>> + Send + 'static,
    place: Place,
) -> Result<impl Stream<Item = Result<Bytes, StoreError>> + Send + 'static> {
    let head: Vec<Cell> = table.head().into_iter().map(Cell::Text).collect();
    let mut first = "\u{feff}".as_bytes().to_vec();
    first.extend(lines(&[head])?);
    let first = stream::iter([Ok(Bytes::from(first))]);
    Ok(first.chain(rows.and_then(move |rows| {
        let _until_the_end = &place;
        std::future::ready(lines(&rows).map(Bytes::from))
    })))
}

fn lines(rows: &[Vec<Cell>]) -> Result<Vec<u8>, StoreError> {
    let mut writer =
        csv::WriterBuilder::new().quote_style(csv::QuoteStyle::Always).terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for row in rows {
        writer.write_record(row.iter().map(plain)).map_err(|_| StoreError::Busy)?;
    }
    writer.into_inner().map_err(|_| StoreError::Busy)
}

/// As a table program reads it back: what begins like a formula begins with an apostrophe, and what is a number only by its looks, such
/// as an identity number, ends with a tab, which makes it a text.
fn plain(cell: &Cell) -> String {
    match cell {
        Cell::Number(number) => format!("{number:.1}"),
        Cell::Text(text) if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) => format!("'{text}"),
        Cell::Text(text) if is_long_number(text) => format!("{text}\t"),
        Cell::Text(text) => text.clone(),
    }
}

fn is_long_number(text: &str) -> bool {
    text.len() >= DIGITS && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// One sheet, its head frozen; every text is written as a text, whatever it begins with.
async fn workbook(
    table: Arc<Table>,
    rows: impl Stream<Item = Result<Vec<Vec<Cell>>, StoreError>> + Send + 'static,
    place: Place,
) -> Result<Vec<u8>> {
    let (send, receive) = mpsc::channel(AHEAD);
    let writing = spawn_blocking(move || {
        let _until_the_end = place;
        write_workbook(&table.head(), receive)
    });
    let mut rows = std::pin::pin!(rows);
    while let Some(batch) = rows.try_next().await? {
        // The writer has stopped: it says below why.
        if send.send(batch).await.is_err() {
            break;
        }
    }
    drop(send);
    let written = writing.await.map_err(|_| AppError::Internal)?;
    written.map_err(|error| {
        tracing::error!(%error, "a workbook could not be written");
        AppError::Internal
    })
}

fn write_workbook(head: &[String], mut batches: mpsc::Receiver<Vec<Vec<Cell>>>) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    workbook.set_tempdir(MEMORY)?;
    let sheet = workbook.add_worksheet_with_constant_memory()?;
    sheet.set_freeze_panes(1, 0)?;
    let bold = Style::new().set_bold();
    for (column, words) in (0..).zip(head) {
        sheet.set_column_width(column, if column == 1 { 22.0 } else { 16.0 })?;
        sheet.write_string_with_format(0, column, words, &bold)?;
    }
    let degrees = Style::new().set_num_format("0.0");
    let mut line = 0;
    while let Some(batch) = batches.blocking_recv() {
        for row in batch {
            line += 1;
            for (column, cell) in (0..).zip(&row) {
                match cell {
                    Cell::Text(text) if text.is_empty() => {}
                    Cell::Text(text) => drop(sheet.write_string(line, column, text)?),
                    Cell::Number(number) => drop(sheet.write_number_with_format(line, column, *number, &degrees)?),
                }
            }
        }
    }
    workbook.save_to_buffer()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Cell {
        Cell::Text(text.to_owned())
    }

    #[test]
    fn nothing_in_a_csv_file_is_a_formula_or_loses_digits() {
        let row = [
            text("=cmd|'/c calc'!A1"),
            text("+8613800000000"),
            text("-1"),
            text("@SUM(A1)"),
            text("\t=1"),
            text("990101199001010010"),
            text("13800000000"),
            text("E12345678"),
            text("说，\"好\"\r\n第二行"),
            text("甲;=1+1"),
            Cell::Number(38.6),
            Cell::Number(37.0),
            text(""),
        ];
        let written = String::from_utf8(lines(&[row.to_vec()]).unwrap()).unwrap();
        assert_eq!(
            written,
            [
                "'=cmd|'/c calc'!A1",
                "'+8613800000000",
                "'-1",
                "'@SUM(A1)",
                "'\t=1",
                "990101199001010010\t",
                "13800000000\t",
                "E12345678",
                "说，\"\"好\"\"\r\n第二行",
                "甲;=1+1",
                "38.6",
                "37.0",
                "",
            ]
            .map(|cell| format!("\"{cell}\""))
            .join(",")
                + "\r\n",
            "each in quotes: a list separator of another country parts nothing"
        );
    }
}
