//! 导入名册: a file is sent, read, shown, and taken over. Plain forms; while it is read the page loads itself again.

use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_params_map};
use uuid::Uuid;

use super::{
    api,
    model::{Column, Counts, Fate, Fault, FaultLine, FileProblem, ImportView, Preview, PreviewLine, UploadView, field},
    roster_page::{ToRoster, name_words, number_words},
};
use crate::{
    id::EnterpriseId,
    link,
    ui::{Frame, NoFilesInWeChat, Title, load, page_data, tr},
};

#[component]
pub fn ImportPage() -> impl IntoView {
    let (params, location) = (use_params_map(), use_location());
    let enterprise = move || params.read().get("enterprise").unwrap_or_default();
    let data = page_data(move || [enterprise(), location.search.get()], |[enterprise, query]| api::roster_import(enterprise, query));
    load(data, |import| view! { <Whole import /> })
}

#[component]
fn Whole(import: ImportView) -> impl IntoView {
    let ImportView { enterprise, upload, problem } = import;
    let wrong = problem.is_some() || matches!(upload, Some((_, UploadView::Refused(_) | UploadView::Faulty(..))));
    let asks = !matches!(upload, Some((_, UploadView::Reading(..) | UploadView::Ready(_) | UploadView::Done(_))));
    let shown = upload.map(|(upload, view)| view! { <Shown upload view enterprise /> });
    view! {
        <Frame title=tr!(roster.import_title) back=link::roster(enterprise) signed_in=true>
            {wrong.then(|| view! { <Title text=tr!(error.title, title = tr!(roster.import_title)) /> })}
            {problem.map(|problem| view! { <Refused problem /> })}
            {shown}
            {asks.then(|| view! { <Ask enterprise again=wrong /> })}
        </Frame>
    }
}

#[component]
fn Shown(upload: Uuid, view: UploadView, enterprise: EnterpriseId) -> impl IntoView {
    match view {
        UploadView::Reading(done, total) => view! { <Reading done total /> }.into_any(),
        UploadView::Refused(problem) => view! { <Refused problem /> }.into_any(),
        UploadView::Faulty(count, first) => view! { <Faulty count first /> }.into_any(),
        UploadView::Ready(preview) => view! { <Ready upload preview enterprise /> }.into_any(),
        UploadView::Done(counts) => view! { <Done counts enterprise /> }.into_any(),
    }
}

/// What a file has to be, and where to choose it.
#[component]
fn Ask(enterprise: EnterpriseId, again: bool) -> impl IntoView {
    let title = if again { tr!(roster.again) } else { tr!(roster.file) };
    view! {
        <p class="group-note">{tr!(roster.import_what)}</p>
        <p class="group-note">{tr!(roster.import_upsert)}</p>
        <NoFilesInWeChat />
        <section class="group">
            <a class="cell" rel="external" href=link::roster_template(enterprise, "xlsx")>
                <span class="cell-label">{tr!(roster.template_xlsx)}</span>
            </a>
            <a class="cell" rel="external" href=link::roster_template(enterprise, "csv")>
                <span class="cell-label">{tr!(roster.template_csv)}</span>
            </a>
        </section>
        <form class="group" method="post" action=link::roster_upload(enterprise) enctype="multipart/form-data">
            <div class="field">
                <label class="field-label" for=field::FILE>
                    {title}
                </label>
                <p class="field-hint" id="file-hint">
                    {tr!(roster.file_hint)}
                </p>
                <input
                    class="input roster-file"
                    type="file"
                    id=field::FILE
                    name=field::FILE
                    accept=".xlsx,.csv,text/csv"
                    aria-describedby="file-hint"
                />
            </div>
            <div class="actions">
                <button class="button button-primary">{tr!(roster.upload)}</button>
            </div>
        </form>
    }
}

#[component]
fn Reading(done: u32, total: u32) -> impl IntoView {
    load_again();
    view! {
        <section class="group prose" role="status">
            <p>{tr!(roster.reading)}</p>
            {(total > 0)
                .then(|| {
                    view! {
                        <progress class="progress" max=total.to_string() value=done.to_string() aria-label=tr!(roster.progress)></progress>
                        <p class="muted">{tr!(roster.reading_rows, done = done, total = total)}</p>
                    }
                })}
            {(total == 0).then(|| view! { <progress class="progress" aria-label=tr!(roster.progress)></progress> })}
        </section>
    }
}

#[component]
fn Refused(problem: FileProblem) -> impl IntoView {
    view! {
        <p class="note note-error" role="alert">
            <strong>{tr!(roster.refused)}</strong>
            " "
            {file_words(problem)}
        </p>
    }
}

#[component]
fn Faulty(count: u32, first: Vec<FaultLine>) -> impl IntoView {
    let shown = u32::try_from(first.len()).unwrap_or(u32::MAX);
    let lines = first.into_iter().map(|line| {
        view! {
            <tr>
                <th scope="row" translate="no">
                    {line.cell}
                </th>
                <td>{fault_words(line.fault)}</td>
            </tr>
        }
    });
    view! {
        <p class="note note-error" role="alert">
            <strong>{tr!(roster.faulty, count = count)}</strong>
        </p>
        {(shown < count).then(|| view! { <p class="group-note">{tr!(roster.faulty_first, count = shown)}</p> })}
        <table class="table roster-faults">
            <thead>
                <tr>
                    <th scope="col">{tr!(roster.fault_cell)}</th>
                    <th scope="col">{tr!(roster.fault_reason)}</th>
                </tr>
            </thead>
            <tbody>{lines.collect_view()}</tbody>
        </table>
    }
}

#[component]
fn Ready(upload: Uuid, preview: Preview, enterprise: EnterpriseId) -> impl IntoView {
    let Preview { counts, departments, unused, lines } = preview;
    let writes = counts.new + counts.changed > 0;
    let nothing = !writes && counts.leaving == 0;
    let and = tr!(roster.column_and);
    let to_leave = (counts.leaving > 0).then(|| {
        view! {
            <div class="field">
                <label class="choice">
                    <input type="checkbox" name=field::LEAVING value="yes" />
                    <span>{tr!(roster.leaving_tick, count = counts.leaving)}</span>
                </label>
            </div>
        }
    });
    view! {
        <h2 class="group-title">{tr!(roster.preview)}</h2>
        <Numbers counts leaving=tr!(roster.count_leaving) />
        {(!departments.is_empty()).then(|| view! { <p class="group-note">{tr!(roster.new_departments, names = departments.join(and))}</p> })}
        {(!unused.is_empty()).then(|| view! { <p class="group-note">{tr!(roster.unused, names = unused.join(and))}</p> })}
        <Lines lines />
        {nothing.then(|| view! { <p class="note">{tr!(roster.nothing)}</p> })}
        <form class="group" method="post" action=link::roster_import(enterprise)>
            <input type="hidden" name=field::UPLOAD value=upload.simple().to_string() />
            {to_leave}
            <div class="actions">
                {(!nothing)
                    .then(|| {
                        view! {
                            <button class="button button-primary" name=field::ACTION value=field::IMPORT>
                                {tr!(roster.confirm)}
                            </button>
                        }
                    })}
                <button class="button" name=field::ACTION value=field::CANCEL>
                    {tr!(roster.cancel)}
                </button>
            </div>
        </form>
    }
}

#[component]
fn Numbers(counts: Counts, leaving: &'static str) -> impl IntoView {
    let lines = [
        (tr!(roster.count_new), counts.new, true),
        (tr!(roster.count_changed), counts.changed, true),
        (tr!(roster.count_unchanged), counts.unchanged, true),
        (tr!(roster.count_repeated), counts.repeated, counts.repeated > 0),
        (leaving, counts.leaving, counts.leaving > 0),
    ];
    let lines = lines.into_iter().filter(|(_, _, shown)| *shown).map(|(label, count, _)| {
        view! {
            <div>
                <dt>{label}</dt>
                <dd>{count}</dd>
            </div>
        }
    });
    view! {
        <section class="group">
            <dl class="facts">{lines.collect_view()}</dl>
        </section>
    }
}

#[component]
fn Lines(lines: Vec<PreviewLine>) -> impl IntoView {
    (!lines.is_empty()).then(|| {
        let lines = lines.into_iter().map(|line| {
            let (words, class) = match line.fate {
                Fate::New => (tr!(roster.fate_new), "badge badge-good"),
                Fate::Changed => (tr!(roster.fate_changed), "badge"),
                Fate::Leaving => (tr!(roster.fate_leaving), "badge badge-warning"),
            };
            view! {
                <li class="cell">
                    <span class="cell-label">{line.name}</span>
                    <span class="roster-numbers" translate="no">
                        {line.document}
                    </span>
                    <span class=class>{words}</span>
                </li>
            }
        });
        view! {
            <h2 class="group-title">{tr!(roster.lines)}</h2>
            <ul class="group roster-preview">{lines.collect_view()}</ul>
        }
    })
}

#[component]
fn Done(counts: Counts, enterprise: EnterpriseId) -> impl IntoView {
    view! {
        <section class="outcome outcome-good" role="status">
            <h2>{tr!(roster.done)}</h2>
        </section>
        <Numbers counts leaving=tr!(roster.done_leaving) />
        <div class="actions">
            <ToRoster enterprise />
            <a class="button" href=link::absent(enterprise)>
                {tr!(absent.title)}
            </a>
        </div>
    }
}

fn column_words(column: Column) -> &'static str {
    match column {
        Column::Name => tr!(roster.name),
        Column::Kind => tr!(roster.kind),
        Column::Number => tr!(roster.number),
        Column::Phone => tr!(roster.phone),
        Column::Department => tr!(roster.department),
        Column::Site => tr!(roster.site),
        Column::Joined => tr!(roster.joined),
        Column::Left => tr!(roster.left),
        Column::Mail => tr!(roster.mail),
    }
}

fn file_words(problem: FileProblem) -> String {
    let words = match problem {
        FileProblem::Empty => tr!(roster.file_empty),
        FileProblem::TooLarge => tr!(roster.file_large),
        FileProblem::Unknown => tr!(roster.file_unknown),
        FileProblem::OldWorkbook => tr!(roster.file_old),
        FileProblem::Encrypted => tr!(roster.file_encrypted),
        FileProblem::Macros => tr!(roster.file_macros),
        FileProblem::Bomb => tr!(roster.file_bomb),
        FileProblem::Broken => tr!(roster.file_broken),
        FileProblem::Encoding => tr!(roster.file_encoding),
        FileProblem::TooManyRows => tr!(roster.file_rows),
        FileProblem::TooManyColumns => tr!(roster.file_columns),
        FileProblem::NoRows => tr!(roster.file_no_rows),
        FileProblem::TooManyDepartments => tr!(roster.file_departments),
        FileProblem::Interrupted => tr!(roster.file_interrupted),
        FileProblem::Outdated => tr!(roster.file_outdated),
        FileProblem::Twice(column) => return tr!(roster.file_twice, column = column_words(column)),
        FileProblem::Missing(columns) => {
            let columns: Vec<&str> = columns.into_iter().map(column_words).collect();
            return tr!(roster.file_missing, columns = columns.join(tr!(roster.column_and)));
        }
    };
    words.to_owned()
}

fn fault_words(fault: Fault) -> String {
    let words = match fault {
        Fault::Name(problem) => name_words(problem),
        Fault::Kind => tr!(roster.fault_kind),
        Fault::Number(problem) => number_words(problem),
        Fault::Rounded => tr!(roster.fault_rounded),
        Fault::Phone(_) => tr!(roster.problem_phone),
        Fault::Department => tr!(roster.fault_department),
        Fault::Site => tr!(roster.problem_site),
        Fault::Joined => tr!(roster.problem_joined),
        Fault::Left => tr!(roster.problem_left),
        Fault::Mail => tr!(roster.problem_mail),
        Fault::LeftFirst => tr!(roster.problem_left_first),
        Fault::Broken => tr!(roster.fault_broken),
        Fault::Conflict(row) => return tr!(roster.fault_conflict, row = row),
    };
    words.to_owned()
}

/// By the browser itself, with or without JavaScript.
#[cfg(feature = "ssr")]
fn load_again() {
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.insert_header(axum::http::header::REFRESH, axum::http::HeaderValue::from_static("2"));
    }
}

#[cfg(not(feature = "ssr"))]
fn load_again() {}
