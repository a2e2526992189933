//! 导出: what the filter in force comes to, as files. First a fresh verification; then plain links.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::{use_location, use_params_map};

use super::{
    api::{self, AllowExport},
    view::{Counts, ExportView, Format, WORKBOOK_ROWS, What, file_name},
};
use crate::{
    account::{
        model::{Intent, ProviderChoice, TICKET},
        sign_in_page::{CeremonyNote, ceremony_state},
        step_up_view::{Buttons, Ways, ways_to_verify},
    },
    id::EnterpriseId,
    link,
    statistics::filter_bar::{Chips, PeriodChoice, ProblemNote, Questionnaires},
    ui::{Frame, NoFilesInWeChat, load, page_data, query_value, tr},
};

#[component]
pub fn ExportPage() -> impl IntoView {
    let (params, location) = (use_params_map(), use_location());
    let enterprise = move || params.read().get("enterprise").unwrap_or_default();
    // A provider sends whoever it verified back with a ticket, which is no part of the filter.
    let query = move || filter_of(&location.search.get());
    let data = page_data(move || [enterprise(), query()], |[enterprise, query]| api::load_export(enterprise, query));
    load(data, |export| view! { <Whole export /> })
}

fn filter_of(query: &str) -> String {
    let ticket = format!("{TICKET}=");
    let filter = query.trim_start_matches('?').split('&').filter(|pair| !pair.starts_with(&ticket));
    filter.collect::<Vec<_>>().join("&")
}

#[component]
fn Whole(export: ExportView) -> impl IntoView {
    let ExportView { enterprise, name, bar, people, counts, questionnaires, verified, by_passkey, providers, workbooks } = export;
    let back = if people { link::people(enterprise) } else { link::statistics(enterprise) };
    let back = link::with_query(&back, bar.query());
    let (here, chips, clear, query) = (bar.here.clone(), bar.chips.clone(), bar.clear.clone(), bar.query().to_owned());
    let problem = bar.problem.clone().map(|problem| view! { <ProblemNote problem clear=clear.clone() /> });
    let files = counts.map(|counts| match counts.people {
        0 => view! { <p class="note">{tr!(export.none)}</p> }.into_any(),
        _ if verified => view! { <Files enterprise counts query workbooks /> }.into_any(),
        _ => view! { <Verify enterprise counts here query by_passkey providers /> }.into_any(),
    });
    view! {
        <Frame title=tr!(export.title) back signed_in=true>
            <p class="statistics-code">{name}</p>
            <NoFilesInWeChat />
            <p class="group-note">{tr!(export.what)}</p>
            <PeriodChoice bar />
            <Chips chips clear />
            {questionnaires.map(|questionnaires| view! { <Questionnaires questionnaires /> })}
            {problem}
            {files}
        </Frame>
    }
    .into_any()
}

#[component]
fn Files(enterprise: EnterpriseId, counts: Counts, query: String, workbooks: bool) -> impl IntoView {
    let sections = What::ALL.map(|what| {
        let (title, note, rows) = words(what, counts);
        let files = Format::ALL.map(|format| {
            let href = link::with_query(&link::export_file(enterprise, &file_name(what, format)), &query);
            let (words, class) = match format {
                Format::Workbook => (tr!(export.workbook), "button button-primary"),
                Format::Csv => (tr!(export.csv), "button"),
            };
            let fits = format == Format::Csv || workbooks && rows <= WORKBOOK_ROWS;
            fits.then(|| view! { <a class=class rel="external" href=href download="">{words}</a> })
        });
        let too_many =
            (rows > WORKBOOK_ROWS).then(|| view! { <p class="group-note">{tr!(export.workbook_rows, most = WORKBOOK_ROWS)}</p> });
        view! {
            <section class="group">
                <h2 class="group-title">{title}</h2>
                <p class="group-note">{note}</p>
                {too_many}
                <div class="actions">{files.into_iter().collect_view()}</div>
            </section>
        }
    });
    view! {
        <p class="note note-good" role="status">
            {tr!(export.verified)}
        </p>
        {sections.into_iter().collect_view()}
        <p class="group-note">{tr!(export.how_long)}</p>
    }
    .into_any()
}

fn words(what: What, counts: Counts) -> (&'static str, String, u32) {
    match what {
        What::People => (tr!(export.people), tr!(export.people_note, count = counts.people), counts.people),
        What::Declarations => (tr!(export.declarations), tr!(export.declarations_note, count = counts.declarations), counts.declarations),
    }
}

/// By passkey, by a provider, or both; whoever was verified by a provider just now only confirms.
#[component]
fn Verify(
    enterprise: EnterpriseId,
    counts: Counts,
    here: String,
    query: String,
    by_passkey: bool,
    providers: Vec<ProviderChoice>,
) -> impl IntoView {
    let ticket = query_value(TICKET);
    if !ticket.is_empty() {
        return view! { <Confirm enterprise query ticket /> }.into_any();
    }
    let (state, intent) = (ceremony_state(), Intent::Export(enterprise.to_string()).to_string());
    let buttons =
        Buttons { class: "button button-primary", by_passkey: tr!(export.verify), by_provider: |name| tr!(export.verify_by, name = name) };
    let again = here.clone();
    let ways = ways_to_verify(Ways { by_passkey, providers }, intent, &here, buttons, state, move |ticket, credential| {
        let (again, query) = (again.clone(), query.clone());
        async move {
            api::allow_export(enterprise.to_string(), query, ticket, credential).await?.open()?;
            Ok(again)
        }
    });
    view! {
        <section class="group">
            <dl class="facts">
                <div>
                    <dt>{tr!(export.people)}</dt>
                    <dd>{tr!(statistics.people_count, count = counts.people)}</dd>
                </div>
                <div>
                    <dt>{tr!(export.declarations)}</dt>
                    <dd>{tr!(export.declarations_count, count = counts.declarations)}</dd>
                </div>
            </dl>
            <p class="group-note">{tr!(export.verify_why)}</p>
            {ways}
            {by_passkey.then(|| view! { <CeremonyNote state /> })}
        </section>
    }
    .into_any()
}

/// A provider has verified whoever looks, for exactly this.
#[component]
fn Confirm(enterprise: EnterpriseId, query: String, ticket: String) -> impl IntoView {
    view! {
        <form class="actions" method="post" action=AllowExport::PATH>
            <input type="hidden" name="enterprise" value=enterprise.to_string() />
            <input type="hidden" name="query" value=query />
            <input type="hidden" name=TICKET value=ticket />
            <input type="hidden" name="credential" value="" />
            <button class="button button-primary">{tr!(export.go_on)}</button>
        </form>
    }
}
