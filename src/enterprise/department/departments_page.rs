//! 部门: what departments there are, how many people each has, and the forms to change them. Plain posts to where the page stands.

use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_params_map};

use super::{
    api,
    model::{Department, DepartmentsView, LIST_CHARS, Line, MOST, NAME_CHARS, NameProblem, Posted, Problem, field},
};
use crate::{
    id::EnterpriseId,
    link,
    text::escaped,
    ui::{ErrorNote, Frame, Title, load, page_data, tr},
};

#[component]
pub fn DepartmentsPage() -> impl IntoView {
    let (params, location) = (use_params_map(), use_location());
    let enterprise = move || params.read().get("enterprise").unwrap_or_default();
    let data = page_data(move || [enterprise(), location.search.get()], |[enterprise, query]| api::departments(enterprise, query));
    load(data, |departments| view! { <Whole departments /> })
}

#[component]
fn Whole(departments: DepartmentsView) -> impl IntoView {
    let DepartmentsView { enterprise, departments, without, open, posted } = departments;
    let refused = !posted.problems.is_empty();
    let adding = posted.changed.is_none();
    let (of_list, of_open) = if adding { (posted.problems.clone(), Vec::new()) } else { (Vec::new(), posted.problems.clone()) };
    let lines = departments.into_iter().map(|line| {
        let is_open = Some(line.department.id) == open;
        let forms = is_open.then(|| view! { <Forms line=line.clone() posted=posted.clone() problems=of_open.clone() enterprise /> });
        view! {
            <li>
                <OneLine line enterprise is_open />
                {forms}
            </li>
        }
    });
    let lines = lines.collect_view();
    let rest = (without > 0 && !lines.is_empty()).then(|| {
        view! {
            <li>
                <span class="cell">
                    <span class="cell-label">{tr!(statistics.no_department)}</span>
                    <span class="cell-value">{tr!(statistics.people_count, count = without)}</span>
                </span>
            </li>
        }
    });
    let list = if lines.is_empty() {
        view! { <p class="note">{tr!(department.none)}</p> }.into_any()
    } else {
        view! { <ul class="group departments">{lines} {rest}</ul> }.into_any()
    };
    view! {
        <Frame title=tr!(department.title) back=link::statistics(enterprise) signed_in=true>
            {refused.then(|| view! { <Title text=tr!(error.title, title = tr!(department.title)) /> })}
            {posted.error.map(|error| view! { <ErrorNote error /> })}
            <p class="group-note">{tr!(department.what)}</p>
            {list}
            <Add names=posted.names problems=of_list />
        </Frame>
    }
}

#[component]
fn OneLine(line: Line, enterprise: EnterpriseId, is_open: bool) -> impl IntoView {
    let Line { department: Department { id, name }, people: count } = line;
    let edit = link::with_query(&link::departments(enterprise), format_args!("{}={id}", field::OPEN));
    let named = tr!(department.change_named, name = name.clone());
    view! {
        <div class="cell department">
            <span class="cell-label">{name}</span>
            <span class="cell-value">{tr!(statistics.people_count, count = count)}</span>
            {(!is_open)
                .then(|| {
                    view! {
                        <a class="button-link" href=edit aria-label=named data-noscroll="">
                            {tr!(department.change)}
                        </a>
                    }
                })}
        </div>
    }
}

/// To rename one and to remove it.
#[component]
fn Forms(line: Line, posted: Posted, problems: Vec<Problem>, enterprise: EnterpriseId) -> impl IntoView {
    let Line { department: Department { id, name }, people } = line;
    let typed = posted.changed.filter(|(_, typed)| !typed.is_empty()).map_or_else(|| name.clone(), |(_, typed)| typed);
    let rename = problems.iter().find_map(|problem| match problem {
        Problem::Rename(problem) => Some(problem_words(*problem)),
        _ => None,
    });
    let unconfirmed = problems.contains(&Problem::Unconfirmed).then(|| tr!(department.unconfirmed));
    let described = |id: &'static str, problem: Option<&'static str>| problem.map(|_| id);
    view! {
        <form method="post" action=link::departments(enterprise) novalidate>
            <input type="hidden" name=field::ACTION value=field::RENAME />
            <input type="hidden" name=field::DEPARTMENT value=id.to_string() />
            <div class="field" class:field-invalid=rename.is_some()>
                <label class="field-label" for="rename">
                    {tr!(department.name)}
                </label>
                {rename.map(|words| view! { <p class="field-error" id="rename-error" role="alert">{words}</p> })}
                <input
                    class="input"
                    id="rename"
                    name=field::NAME
                    value=typed
                    maxlength=NAME_CHARS.to_string()
                    autocomplete="off"
                    aria-describedby=described("rename-error", rename)
                    aria-invalid=rename.map(|_| "true")
                />
            </div>
            <div class="actions">
                <button class="button">{tr!(department.rename)}</button>
                // Not the router's: after a refusal the page stands at this very address.
                <a class="button" rel="external" href=link::departments(enterprise)>
                    {tr!(department.close)}
                </a>
            </div>
        </form>
        <form method="post" action=link::departments(enterprise) novalidate>
            <input type="hidden" name=field::ACTION value=field::REMOVE />
            <input type="hidden" name=field::DEPARTMENT value=id.to_string() />
            <div class="field" class:field-invalid=unconfirmed.is_some()>
                {unconfirmed.map(|words| view! { <p class="field-error" id="confirmed-error" role="alert">{words}</p> })}
                <label class="choice">
                    <input
                        type="checkbox"
                        name=field::CONFIRMED
                        value="yes"
                        aria-describedby=described("confirmed-error", unconfirmed)
                        aria-invalid=unconfirmed.map(|_| "true")
                    />
                    <span>{tr!(department.confirm, name = name, count = people)}</span>
                </label>
            </div>
            <div class="actions">
                <button class="button button-danger">{tr!(department.remove)}</button>
            </div>
        </form>
    }
}

/// Several at once, one a line.
#[component]
fn Add(names: String, problems: Vec<Problem>) -> impl IntoView {
    let wrong = !problems.is_empty();
    let lines = problems.into_iter().map(|problem| {
        let words = match problem {
            Problem::Name { text, problem } if text.is_empty() => problem_words(problem).to_owned(),
            Problem::Name { text, problem } => tr!(department.problem_of, text = text, problem = problem_words(problem)),
            _ => tr!(department.too_many, most = MOST),
        };
        view! { <p class="field-error">{words}</p> }
    });
    let lines = lines.collect_view();
    view! {
        <h2 class="group-title">{tr!(department.add_title)}</h2>
        <form class="group" method="post" novalidate>
            <input type="hidden" name=field::ACTION value=field::ADD />
            <div class="field" class:field-invalid=wrong>
                <label class="field-label" for="names">
                    {tr!(department.names)}
                </label>
                <p class="field-hint" id="names-hint">
                    {tr!(department.names_hint)}
                </p>
                <div id="names-error" role=wrong.then_some("alert")>
                    {lines}
                </div>
                <textarea
                    class="textarea"
                    id="names"
                    name=field::NAMES
                    rows="5"
                    maxlength=LIST_CHARS.to_string()
                    inner_html=escaped(&names)
                    aria-describedby=if wrong { "names-hint names-error" } else { "names-hint" }
                    aria-invalid=wrong.then_some("true")
                ></textarea>
            </div>
            <div class="actions">
                <button class="button button-primary">{tr!(department.add)}</button>
            </div>
        </form>
    }
}

fn problem_words(problem: NameProblem) -> &'static str {
    match problem {
        NameProblem::Empty => tr!(department.problem_empty),
        NameProblem::TooLong => tr!(department.problem_long),
        NameProblem::Characters => tr!(department.problem_characters),
        NameProblem::Known => tr!(department.problem_known),
    }
}
