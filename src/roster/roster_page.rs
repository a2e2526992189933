//! 员工名册: its lines, who left, who declares without being on it, and the forms to change them. Plain posts to where the page stands.

use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_params_map};

use super::{
    api,
    model::{Choice, DeclarerLine, EntryLine, EntryProblem, EntryValues, List, OpenForm, Posted, Problem, RosterView, field},
};
use crate::{
    account::model::{DocumentKind, DocumentProblem, NAME_CHARS, NameProblem},
    channel::model::MAIL_BYTES,
    enterprise::department::model::{Department, NONE},
    id::EnterpriseId,
    link,
    ui::{
        ErrorNote, Frame, Title,
        field::{ErrorSummary, Select, Text},
        load, page_data, tr,
    },
};

/// The longest number or telephone that is typed, with the spaces in it.
const NUMBER_CHARS: usize = 30;
const DAY_CHARS: usize = 12;

#[component]
pub fn RosterPage() -> impl IntoView {
    let (params, location) = (use_params_map(), use_location());
    let enterprise = move || params.read().get("enterprise").unwrap_or_default();
    let data = page_data(move || [enterprise(), location.search.get()], |[enterprise, query]| api::roster(enterprise, query));
    load(data, |roster| view! { <Whole roster /> })
}

#[component]
fn Whole(roster: RosterView) -> impl IntoView {
    let RosterView { enterprise, name, list, kept, may_change, head_count, departments, .. } = roster.clone();
    let refused = !roster.posted.problems.is_empty();
    // Its fields have the names of those of a line that is open.
    let adding = may_change && list == List::Current && roster.open.is_none();
    let posted = roster.posted.clone();
    let added = if posted.entry.is_none() && posted.employee.is_none() { posted.clone() } else { Posted::default() };
    let shown = if kept { view! { <Lists roster /> }.into_any() } else { view! { <p class="note">{tr!(roster.none)}</p> }.into_any() };
    view! {
        <Frame title=tr!(roster.title) back=link::statistics(enterprise) wide=true signed_in=true>
            {refused.then(|| view! { <Title text=tr!(error.title, title = tr!(roster.title)) /> })}
            {posted.error.map(|error| view! { <ErrorNote error /> })}
            <div class="statistics-head">
                <p class="statistics-code">{name}</p>
                <div class="actions roster-actions">
                    {kept.then(|| view! { <a class="button" href=link::absent(enterprise)>{tr!(absent.title)}</a> })}
                    {may_change
                        .then(|| {
                            view! {
                                <a class="button button-primary" href=link::roster_import(enterprise)>
                                    {tr!(roster.import)}
                                </a>
                            }
                        })}
                </div>
            </div>
            <p class="group-note">{tr!(roster.what)}</p>
            {shown}
            {adding.then(|| view! { <Add departments posted=added.clone() /> })}
            {(may_change && !kept).then(|| view! { <HeadCount head_count posted=added /> })}
        </Frame>
    }
}

#[component]
fn Lists(roster: RosterView) -> impl IntoView {
    let RosterView { list, tabs, filters, search, kept_beside_search, clear, count, lines, declarers, open, alike, .. } = roster;
    let RosterView { enterprise, departments, may_change, previous, next, here, posted, .. } = roster;
    let path = link::roster(enterprise);
    let empty = match list {
        _ if clear.is_some() => tr!(roster.empty),
        List::Current => tr!(roster.empty_current),
        List::Left => tr!(roster.empty_left),
        List::Unconfirmed => tr!(roster.empty_unconfirmed),
        List::Rejected => tr!(roster.empty_rejected),
    };
    let note = match list {
        List::Unconfirmed if may_change && count > 0 => Some(tr!(roster.unconfirmed_what)),
        List::Rejected if may_change && count > 0 => Some(tr!(roster.rejected_what)),
        _ => None,
    };
    let shown = if count == 0 {
        view! { <p class="note">{empty}</p> }.into_any()
    } else if matches!(list, List::Current | List::Left) {
        view! { <Entries lines open departments may_change here posted /> }.into_any()
    } else {
        view! { <Declarers lines=declarers list open alike may_change here posted /> }.into_any()
    };
    view! {
        <Tabs tabs list />
        <Search path search kept=kept_beside_search />
        <Filters filters />
        <p class="list-count">
            <strong>{tr!(roster.count, count = count)}</strong>
            {clear.map(|clear| view! { <a class="button-link" href=clear>{tr!(roster.clear)}</a> })}
        </p>
        {note.map(|note| view! { <p class="group-note">{note}</p> })}
        {shown}
        <Pages previous next />
    }
}

#[component]
fn Tabs(tabs: Vec<(List, String, u32)>, list: List) -> impl IntoView {
    let tabs = tabs.into_iter().map(|(of, link, count)| {
        let words = match of {
            List::Current => tr!(roster.list_current),
            List::Left => tr!(roster.list_left),
            List::Unconfirmed => tr!(roster.list_unconfirmed),
            List::Rejected => tr!(roster.list_rejected),
        };
        view! { <a href=link aria-current=(of == list).then_some("page") data-noscroll="">{format!("{words} {count}")}</a> }
    });
    view! {
        <nav class="tabs roster-tabs" aria-label=tr!(roster.lists)>
            {tabs.collect_view()}
        </nav>
    }
}

/// A search that keeps whatever else is in force.
#[component]
pub fn Search(path: String, search: String, kept: Vec<(String, String)>) -> impl IntoView {
    let kept = kept.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value /> });
    view! {
        <form class="search" role="search" method="get" action=path>
            {kept.collect_view()}
            <label class="visually-hidden" for="q">
                {tr!(roster.search_label)}
            </label>
            <input
                id="q"
                class="input"
                type="search"
                name=field::SEARCH
                value=search
                placeholder=tr!(roster.search_hint)
                autocomplete="off"
                maxlength="50"
            />
            <button class="button">{tr!(roster.search)}</button>
        </form>
    }
}

#[component]
fn Filters(filters: Vec<Choice>) -> impl IntoView {
    (!filters.is_empty()).then(|| {
        let open = filters.iter().any(|choice| choice.chosen);
        let choices = filters.into_iter().map(|choice| {
            view! {
                <a class="chip" class:chip-off=!choice.chosen href=choice.link aria-current=choice.chosen.then_some("true") data-noscroll="">
                    {choice.label}
                </a>
            }
        });
        view! {
            <details class="group fold" open=open>
                <summary>{tr!(roster.by_department)}</summary>
                <nav class="chips roster-filters" aria-label=tr!(roster.by_department)>
                    {choices.collect_view()}
                </nav>
            </details>
        }
    })
}

#[component]
pub fn Pages(previous: Option<String>, next: Option<String>) -> impl IntoView {
    (previous.is_some() || next.is_some()).then(|| {
        view! {
            <nav class="actions pages" aria-label=tr!(roster.pages)>
                {previous.map(|link| view! { <a class="button" rel="prev" href=link>{tr!(roster.page_previous)}</a> })}
                {next.map(|link| view! { <a class="button" rel="next" href=link>{tr!(roster.page_next)}</a> })}
            </nav>
        }
    })
}

#[component]
fn Entries(
    lines: Vec<EntryLine>,
    open: Option<OpenForm>,
    departments: Vec<Department>,
    may_change: bool,
    here: String,
    posted: Posted,
) -> impl IntoView {
    let lines = lines.into_iter().map(|line| {
        let form = open.clone().filter(|open| open.id == line.id.0);
        let form = form.map(|open| view! { <Forms line=line.clone() values=open.values departments=departments.clone() here=here.clone() posted=posted.clone() /> });
        let is_open = form.is_some();
        view! {
            <li class="roster-line">
                <Entry line may_change is_open />
                {form}
            </li>
        }
    });
    view! { <ul class="group roster">{lines.collect_view()}</ul> }
}

#[component]
fn Entry(line: EntryLine, may_change: bool, is_open: bool) -> impl IntoView {
    let EntryLine { name, document, phone, department, site, joined, left, person, declare, change, .. } = line;
    let declare_named = tr!(declaration.declare_for_named, name = name.clone());
    let facts = [department, site].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" · ");
    let days = [joined.map(|day| tr!(roster.joined_on, day = day)), left.map(|day| tr!(roster.left_on, day = day))];
    let days = days.into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let named = tr!(roster.change_named, name = name.clone());
    let name = match person {
        Some(person) => view! { <a href=person>{name}</a> }.into_any(),
        None => view! { <span>{name}</span> }.into_any(),
    };
    view! {
        <div class="cell roster-entry">
            <span class="roster-name">{name}</span>
            <span class="roster-facts">{facts}</span>
            <span class="roster-numbers" translate="no">
                {[document, phone].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" · ")}
            </span>
            <span class="roster-days">{days}</span>
            <span class="roster-change">
                {declare
                    .map(|declare| {
                        view! {
                            <a class="button-link" href=declare aria-label=declare_named>
                                {tr!(declaration.declare_for)}
                            </a>
                        }
                    })}
                {(may_change && !is_open)
                    .then(|| {
                        view! {
                            <a class="button-link" href=change aria-label=named data-noscroll="">
                                {tr!(roster.change)}
                            </a>
                        }
                    })}
            </span>
        </div>
    }
}

/// To change a line, to end it and to delete it.
#[component]
fn Forms(line: EntryLine, values: EntryValues, departments: Vec<Department>, here: String, posted: Posted) -> impl IntoView {
    let id = line.id.to_string();
    let unconfirmed = posted.problems.contains(&Problem::Unconfirmed).then(|| tr!(roster.unconfirmed));
    let problems = entry_problems(&posted);
    let has_left = line.left.is_some();
    view! {
        <form method="post" action=here.clone() novalidate>
            <input type="hidden" name=field::ACTION value=field::CHANGE />
            <input type="hidden" name=field::ENTRY value=id.clone() />
            <Fields values departments problems with_left=true />
            <div class="actions">
                <button class="button button-primary">{tr!(roster.save)}</button>
                // Not the router's: after a refusal the page stands at this very address.
                <a class="button" rel="external" href=here.clone()>
                    {tr!(roster.close)}
                </a>
            </div>
        </form>
        <details class="fold" open=unconfirmed.is_some()>
            <summary>{tr!(roster.other)}</summary>
            {(!has_left)
                .then(|| {
                    view! {
                        <form method="post" action=here.clone() class="roster-leave">
                            <input type="hidden" name=field::ACTION value=field::LEAVE />
                            <input type="hidden" name=field::ENTRY value=id.clone() />
                            <p class="field-hint">{tr!(roster.leave_note)}</p>
                            <div class="actions">
                                <button class="button">{tr!(roster.leave)}</button>
                            </div>
                        </form>
                    }
                })}
            <form method="post" action=here novalidate>
                <input type="hidden" name=field::ACTION value=field::REMOVE />
                <input type="hidden" name=field::ENTRY value=id />
                <div class="field" class:field-invalid=unconfirmed.is_some()>
                    {unconfirmed.map(|words| view! { <p class="field-error" id="confirmed-error" role="alert">{words}</p> })}
                    <label class="choice">
                        <input
                            type="checkbox"
                            name=field::CONFIRMED
                            value="yes"
                            aria-describedby=unconfirmed.map(|_| "confirmed-error")
                            aria-invalid=unconfirmed.map(|_| "true")
                        />
                        <span>{tr!(roster.remove_confirm, name = line.name)}</span>
                    </label>
                </div>
                <div class="actions">
                    <button class="button button-danger">{tr!(roster.remove)}</button>
                </div>
            </form>
        </details>
    }
}

/// What is wrong with a line that was typed.
fn entry_problems(posted: &Posted) -> Vec<EntryProblem> {
    let of_entry = |problem: &Problem| match problem {
        Problem::Entry(problem) => Some(*problem),
        _ => None,
    };
    posted.problems.iter().filter_map(of_entry).collect()
}

/// The fields of a line.
#[component]
fn Fields(values: EntryValues, departments: Vec<Department>, problems: Vec<EntryProblem>, with_left: bool) -> impl IntoView {
    let problem = |of: &'static str| problems.iter().find(|problem| problem.field() == of).map(|problem| problem_words(*problem));
    let summary = problems.iter().map(|problem| (problem.field().to_owned(), problem_words(*problem).to_owned())).collect::<Vec<_>>();
    let kinds = DocumentKind::ALL.map(|kind| (kind.code().to_owned(), kind_words(kind).to_owned())).to_vec();
    let kind = if values.kind.is_empty() { DocumentKind::ResidentId.code().to_owned() } else { values.kind };
    let none = (NONE.to_owned(), tr!(statistics.no_department).to_owned());
    let chosen = if values.department.is_empty() { NONE.to_owned() } else { values.department };
    let options: Vec<(String, String)> =
        std::iter::once(none).chain(departments.into_iter().map(|department| (department.id.to_string(), department.name))).collect();
    let departments = (options.len() > 1).then(|| {
        view! { <Select field=field::DEPARTMENT label=tr!(roster.department) options chosen problem=problem(field::DEPARTMENT) /> }
    });
    let left = with_left.then(|| {
        view! {
            <Text
                field=field::LEFT
                label=tr!(roster.left)
                hint=tr!(roster.left_hint)
                value=values.left
                problem=problem(field::LEFT)
                autocomplete="off"
                kind="date"
                length=DAY_CHARS
            />
        }
    });
    view! {
        <ErrorSummary problems=summary />
        <div class="roster-fields">
            <Text
                field=field::NAME
                label=tr!(roster.name)
                value=values.name
                problem=problem(field::NAME)
                autocomplete="off"
                kind="text"
                length=NAME_CHARS
            />
            <Text
                field=field::NUMBER
                label=tr!(roster.number)
                value=values.number
                problem=problem(field::NUMBER)
                autocomplete="off"
                kind="text"
                length=NUMBER_CHARS
            />
            <Select field=field::KIND label=tr!(roster.kind) options=kinds chosen=kind problem=problem(field::KIND) />
            {departments}
            <Text
                field=field::PHONE
                label=tr!(roster.phone)
                hint=tr!(roster.phone_hint)
                value=values.phone
                problem=problem(field::PHONE)
                autocomplete="off"
                kind="tel"
                length=NUMBER_CHARS
            />
            <Text
                field=field::MAIL
                label=tr!(roster.mail)
                hint=tr!(roster.mail_hint)
                value=values.mail
                problem=problem(field::MAIL)
                autocomplete="off"
                kind="email"
                length=MAIL_BYTES
            />
            <Text
                field=field::SITE
                label=tr!(roster.site)
                hint=tr!(roster.site_hint)
                value=values.site
                problem=problem(field::SITE)
                autocomplete="off"
                kind="text"
                length=super::model::SITE_CHARS
            />
            <Text
                field=field::JOINED
                label=tr!(roster.joined)
                hint=tr!(roster.joined_hint)
                value=values.joined
                problem=problem(field::JOINED)
                autocomplete="off"
                kind="date"
                length=DAY_CHARS
            />
            {left}
        </div>
    }
}

#[component]
fn Add(departments: Vec<Department>, posted: Posted) -> impl IntoView {
    let problems = entry_problems(&posted);
    let open = !problems.is_empty();
    view! {
        <details class="group fold roster-add" open=open>
            <summary>{tr!(roster.add_title)}</summary>
            <form method="post" novalidate>
                <input type="hidden" name=field::ACTION value=field::ADD />
                <Fields values=posted.values departments problems with_left=false />
                <div class="actions">
                    <button class="button button-primary">{tr!(roster.add)}</button>
                </div>
            </form>
        </details>
    }
}

/// How many people there are, where there is no roster.
#[component]
fn HeadCount(head_count: Option<u32>, posted: Posted) -> impl IntoView {
    let problem = posted.problems.contains(&Problem::HeadCount).then(|| tr!(roster.problem_head_count));
    let value = if problem.is_some() { posted.text } else { head_count.map(|count| count.to_string()).unwrap_or_default() };
    view! {
        <h2 class="group-title">{tr!(roster.head_count_title)}</h2>
        <form class="group" method="post" novalidate>
            <input type="hidden" name=field::ACTION value=field::HEAD_COUNT />
            <Text
                field=field::COUNT
                label=tr!(roster.head_count)
                hint=tr!(roster.head_count_hint)
                value=value
                problem=problem
                autocomplete="off"
                kind="text"
                length=8
            />
            <div class="actions">
                <button class="button">{tr!(roster.save)}</button>
            </div>
        </form>
    }
}

// ---- who is on no line --------------------------------------------------------------------

#[component]
fn Declarers(
    lines: Vec<DeclarerLine>,
    list: List,
    open: Option<OpenForm>,
    alike: Vec<EntryLine>,
    may_change: bool,
    here: String,
    posted: Posted,
) -> impl IntoView {
    let lines = lines.into_iter().map(|line| {
        let is_open = open.as_ref().is_some_and(|open| open.id == line.employee.0) && list == List::Unconfirmed;
        let merge = is_open.then(|| view! { <Merge line=line.clone() alike=alike.clone() here=here.clone() posted=posted.clone() /> });
        view! {
            <li class="roster-line">
                <Declarer line list may_change is_open here=here.clone() />
                {merge}
            </li>
        }
    });
    view! { <ul class="group roster">{lines.collect_view()}</ul> }
}

#[component]
fn Declarer(line: DeclarerLine, list: List, may_change: bool, is_open: bool, here: String) -> impl IntoView {
    let DeclarerLine { employee, name, document, phone, department, last, left, person, merge } = line;
    let named = tr!(roster.merge_named, name = name.clone());
    let days = [last.map(|day| tr!(roster.last, day = day)), left.map(|day| tr!(roster.was_left, day = day))];
    let days = days.into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let button = move |action: &'static str, words: &'static str, class: &'static str| {
        view! {
            <form method="post" action=here.clone()>
                <input type="hidden" name=field::ACTION value=action />
                <input type="hidden" name=field::EMPLOYEE value=employee.to_string() />
                <button class=class>{words}</button>
            </form>
        }
    };
    let buttons = (may_change && !is_open).then(|| {
        if list == List::Rejected {
            return button(field::REOPEN, tr!(roster.reopen), "button").into_any();
        }
        view! {
            {button(field::ADMIT, tr!(roster.admit), "button button-primary")}
            <a class="button" href=merge aria-label=named data-noscroll="">
                {tr!(roster.merge)}
            </a>
            {button(field::REJECT, tr!(roster.reject), "button")}
        }
        .into_any()
    });
    view! {
        <div class="cell roster-entry">
            <span class="roster-name">
                <a href=person>{name}</a>
            </span>
            <span class="roster-facts">{department}</span>
            <span class="roster-numbers" translate="no">
                {[document, phone].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" · ")}
            </span>
            <span class="roster-days">{days}</span>
        </div>
        {buttons.map(|buttons| view! { <div class="actions roster-decide">{buttons}</div> })}
    }
}

/// Which line somebody is whose number differs.
#[component]
fn Merge(line: DeclarerLine, alike: Vec<EntryLine>, here: String, posted: Posted) -> impl IntoView {
    let employee = line.employee.to_string();
    let problem = posted.problems.contains(&Problem::NoSuchEntry).then(|| tr!(roster.no_such_entry));
    let proposed = !alike.is_empty();
    let (to, of, close) = (here.clone(), employee.clone(), here.clone());
    let proposals = alike.into_iter().map(move |entry| {
        let facts = [entry.document, entry.phone, entry.department, entry.site].into_iter().filter(|text| !text.is_empty());
        view! {
            <form method="post" action=to.clone() class="roster-alike">
                <input type="hidden" name=field::ACTION value=field::MERGE />
                <input type="hidden" name=field::EMPLOYEE value=of.clone() />
                <input type="hidden" name=field::ENTRY value=entry.id.to_string() />
                <p>
                    <strong>{entry.name}</strong>
                    " "
                    <span class="muted">{facts.collect::<Vec<_>>().join(" · ")}</span>
                </p>
                <button class="button">{tr!(roster.merge_this)}</button>
            </form>
        }
    });
    let proposals = proposals.collect_view();
    view! {
        <div class="roster-merge">
            <h2 class="field-label">{tr!(roster.merge_title, name = line.name)}</h2>
            {proposed.then(|| view! { <p class="field-hint">{tr!(roster.merge_alike)}</p> })}
            {proposals}
            <form method="post" action=here novalidate>
                <input type="hidden" name=field::ACTION value=field::MERGE />
                <input type="hidden" name=field::EMPLOYEE value=employee.clone() />
                <Text
                    field=field::NUMBER
                    label=tr!(roster.merge_number)
                    hint=tr!(roster.merge_number_hint)
                    value=posted.text
                    problem=problem
                    autocomplete="off"
                    kind="text"
                    length=NUMBER_CHARS
                />
                <div class="actions">
                    <button class="button button-primary">{tr!(roster.merge_do)}</button>
                    <a class="button" rel="external" href=close>
                        {tr!(roster.close)}
                    </a>
                </div>
            </form>
        </div>
    }
}

// ---- words ------------------------------------------------------------------------------

pub fn name_words(problem: NameProblem) -> &'static str {
    match problem {
        NameProblem::Empty => tr!(roster.problem_name),
        NameProblem::TooLong => tr!(roster.problem_name_long),
        NameProblem::Characters | NameProblem::Unreadable => tr!(roster.problem_name_characters),
    }
}

pub fn number_words(problem: DocumentProblem) -> &'static str {
    match problem {
        DocumentProblem::Empty => tr!(roster.problem_number_empty),
        DocumentProblem::Length => tr!(roster.problem_number_length),
        DocumentProblem::Characters => tr!(roster.problem_number_characters),
        DocumentProblem::BirthDate => tr!(roster.problem_number_birth),
        DocumentProblem::CheckDigit => tr!(roster.problem_number_check),
        DocumentProblem::Form => tr!(roster.problem_number_form),
    }
}

fn problem_words(problem: EntryProblem) -> &'static str {
    match problem {
        EntryProblem::Name(problem) => name_words(problem),
        EntryProblem::Kind => tr!(roster.problem_kind),
        EntryProblem::Number(problem) => number_words(problem),
        EntryProblem::Known => tr!(roster.problem_known),
        EntryProblem::Phone(_) => tr!(roster.problem_phone),
        EntryProblem::Department => tr!(roster.problem_department),
        EntryProblem::Site => tr!(roster.problem_site),
        EntryProblem::Joined => tr!(roster.problem_joined),
        EntryProblem::Left => tr!(roster.problem_left),
        EntryProblem::Mail => tr!(roster.problem_mail),
        EntryProblem::LeftFirst => tr!(roster.problem_left_first),
    }
}

fn kind_words(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::ResidentId => tr!(account.resident_id),
        DocumentKind::Passport => tr!(account.passport),
        DocumentKind::HongKongMacauPermit => tr!(account.hong_kong_macau_permit),
        DocumentKind::TaiwanPermit => tr!(account.taiwan_permit),
    }
}

/// Where the page of an enterprise's roster is, in words.
#[component]
pub fn ToRoster(enterprise: EnterpriseId) -> impl IntoView {
    view! { <a class="button button-primary" href=link::roster(enterprise)>{tr!(roster.to_roster)}</a> }
}
