//! One person: a declaration in full, and the list of all that they made.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::{use_location, use_params_map};

use super::{
    api::{self, ConfirmPerson},
    filter_bar::AsOf,
    people_page::{DateAndTime, State, state_word},
    view::{DeclarationView, DepartmentForm, DepartmentView, HistoryLine, PersonView, SectionView},
};
use crate::{
    account::model::Level,
    alert::alert_page::AlertsOf,
    enterprise::department::{api::SetDepartment, model::NONE},
    id::{EmployeeId, EnterpriseId},
    questionnaire::model::AlertLevel,
    ui::{Frame, load, page_data, tr},
};

#[component]
pub fn PersonPage() -> impl IntoView {
    let (params, location) = (use_params_map(), use_location());
    let one = move |name: &str| params.read().get(name).unwrap_or_default();
    let data = page_data(
        move || [one("enterprise"), one("employee"), location.search.get()],
        |[enterprise, employee, query]| api::person(enterprise, employee, query),
    );
    load(data, |person| view! { <Whole person /> })
}

#[component]
fn Whole(person: PersonView) -> impl IntoView {
    let PersonView { back, name, document, phone, numbers, to_verify, confirm, department, declare, declaration, alerts, history } = person;
    let numbers = numbers.map(|action| {
        view! {
            <form class="actions" method="post" action=action>
                <button class="button">{tr!(statistics.numbers)}</button>
                <p class="group-note">{tr!(statistics.numbers_note)}</p>
            </form>
        }
        .into_any()
    });
    let declared = match declaration {
        Some(declaration) => view! { <Declaration declaration document phone /> }.into_any(),
        None => view! {
            <p class="note">{tr!(statistics.person_nothing)}</p>
            <dl class="facts">
                <Fact label=tr!(statistics.document).to_owned() value=document />
                <Fact label=tr!(statistics.phone).to_owned() value=or_not_given(phone) />
            </dl>
        }
        .into_any(),
    };
    view! {
        <Frame title=name back signed_in=true>
            {to_verify.then(|| view! { <p class="note note-warning">{tr!(statistics.person_to_verify)}</p> })}
            {confirm.map(|(enterprise, employee)| view! { <Confirm enterprise employee /> })}
            {declared}
            <p class="actions">
                <a class="button" href=declare>{tr!(declaration.declare_for)}</a>
            </p>
            {department.map(|department| view! { <Department department /> })}
            {numbers}
            {(!alerts.is_empty()).then(|| view! { <AlertsOf alerts /> })}
            {(!history.is_empty()).then(|| view! { <History history /> })}
        </Frame>
    }
}

/// The representative has looked, and says that it is they.
#[component]
fn Confirm(enterprise: EnterpriseId, employee: EmployeeId) -> impl IntoView {
    view! {
        <details class="group fold">
            <summary class="cell-label">{tr!(statistics.confirm)}</summary>
            <p class="group-note">{tr!(statistics.confirm_what)}</p>
            <form method="post" action=ConfirmPerson::PATH>
                <input type="hidden" name="enterprise" value=enterprise.to_string() />
                <input type="hidden" name="employee" value=employee.to_string() />
                <div class="actions">
                    <button class="button">{tr!(statistics.confirm_do)}</button>
                </div>
            </form>
        </details>
    }
}

/// The department, and for the representative the way into another.
#[component]
fn Department(department: DepartmentView) -> impl IntoView {
    let DepartmentView { name, form } = department;
    let form = form.map(|form| {
        let DepartmentForm { enterprise, employee, current, departments, here } = form;
        let options = departments.into_iter().map(|known| {
            let selected = Some(known.id) == current;
            view! {
                <option value=known.id.to_string() selected=selected>
                    {known.name}
                </option>
            }
        });
        view! {
            <details class="group fold">
                <summary class="cell-label">{tr!(department.move_person)}</summary>
                <form method="post" action=SetDepartment::PATH>
                    <input type="hidden" name="enterprise" value=enterprise.to_string() />
                    <input type="hidden" name="employee" value=employee.to_string() />
                    <input type="hidden" name="next" value=here />
                    <div class="field">
                        <label class="field-label" for="department">
                            {tr!(statistics.department)}
                        </label>
                        <select class="select" id="department" name="department">
                            {options.collect_view()}
                            <option value=NONE selected=current.is_none()>
                                {tr!(statistics.no_department)}
                            </option>
                        </select>
                    </div>
                    <div class="actions">
                        <button class="button">{tr!(department.save)}</button>
                    </div>
                </form>
            </details>
        }
    });
    view! {
        <h2 class="group-title">{tr!(statistics.department)}</h2>
        <dl class="facts facts-alone">
            <Fact label=tr!(statistics.department).to_owned() value=name />
        </dl>
        {form}
    }
}

#[component]
fn Fact(label: String, value: String) -> impl IntoView {
    view! {
        <div>
            <dt>{label}</dt>
            <dd>{value}</dd>
        </div>
    }
}

/// What matters today first: the state, why, and the answers that are asked every time.
#[component]
fn Declaration(declaration: DeclarationView, document: String, phone: String) -> impl IntoView {
    let DeclarationView { submitted_at, replaced, level, on_behalf, residence, alerts, unmeasured, sections, other_version } = declaration;
    let worst = alerts.iter().map(|(level, _)| *level).max();
    let reasons = alerts.into_iter().map(|(level, reason)| {
        let class = if level == AlertLevel::Urgent { "note note-error" } else { "note note-warning" };
        view! { <p class=class><strong>{state_word(Some(level), false)}</strong> " " {reason}</p> }
    });
    let level = match level {
        Level::Claimed => tr!(statistics.level_claimed),
        Level::Passkey => tr!(statistics.level_passkey),
        Level::Face => tr!(statistics.level_face),
        Level::Tablet => tr!(declaration.level_tablet),
    };
    view! {
        {replaced.then(|| view! { <p class="note note-warning">{tr!(statistics.shown_was_replaced)}</p> })}
        {other_version.then(|| view! { <p class="note note-warning">{tr!(statistics.other_version)}</p> })}
        {reasons.collect_view()}
        <dl class="facts">
            <div>
                <dt>{tr!(statistics.state)}</dt>
                <dd>
                    <State alert=worst unmeasured />
                </dd>
            </div>
            <div>
                <dt>{tr!(statistics.time)}</dt>
                <dd>
                    <DateAndTime at=submitted_at />
                </dd>
            </div>
        </dl>
        {sections.into_iter().map(|section| view! { <Section section /> }).collect_view()}
        <h2 class="group-title">{tr!(statistics.person)}</h2>
        <dl class="facts">
            <Fact label=tr!(statistics.document).to_owned() value=document />
            <Fact label=tr!(statistics.phone).to_owned() value=or_not_given(phone) />
            {on_behalf.map(|name| view! { <Fact label=tr!(declaration.on_behalf).to_owned() value=name /> })}
            <Fact label=tr!(statistics.level).to_owned() value=level.to_owned() />
            <Fact label=tr!(statistics.residence).to_owned() value=residence />
        </dl>
    }
}

#[component]
fn Section(section: SectionView) -> impl IntoView {
    let SectionView { title, answers } = section;
    let alone = matches!(&*answers, [(label, _)] if *label == title);
    let answers = answers.into_iter().map(|(label, value)| view! { <Fact label value /> });
    view! {
        <h2 class="group-title">{title}</h2>
        <dl class="facts" class:facts-alone=alone>{answers.collect_view()}</dl>
    }
}

#[component]
fn History(history: Vec<HistoryLine>) -> impl IntoView {
    let lines = history.into_iter().map(|line| {
        let HistoryLine { day, submitted_at, replaced, shown, link } = line;
        view! {
            <li>
                <a class="cell" href=link aria-current=shown.then_some("true")>
                    <span class="cell-label">{day.to_string()}</span>
                    {replaced.then(|| view! { <span class="badge">{tr!(statistics.replaced)}</span> })}
                    {shown.then(|| view! { <span class="badge badge-good">{tr!(statistics.shown)}</span> })}
                    <span class="cell-value">
                        <AsOf at=submitted_at />
                    </span>
                </a>
            </li>
        }
    });
    view! {
        <h2 class="group-title">{tr!(statistics.history)}</h2>
        <ul class="group">{lines.collect_view()}</ul>
    }
}

/// Whoever was declared for from the roster may have given none.
fn or_not_given(phone: String) -> String {
    if phone.is_empty() { tr!(declaration.not_given).to_owned() } else { phone }
}
