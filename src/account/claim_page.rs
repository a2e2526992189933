//! What a scanned code opens: the enterprise, the notice, the consents, and who you are. One plain form, posted to where it
//! stands; the browser build only keeps a second tap from sending it twice, and looks whether there is a line first.

use leptos::{prelude::*, task::spawn_local};
use leptos_router::hooks::{use_params_map, use_query_map};

use super::{
    api,
    model::{
        ClaimForm, ClaimProblem, DocumentKind, DocumentProblem, NAME_CHARS, NameProblem, PhoneProblem, ProviderChoice, VerifiedPerson,
    },
    onward::Onward,
};
use crate::{
    declaration::browser,
    enterprise::department::model as department,
    error::AppError,
    link,
    ui::{
        ErrorNote, Frame, Title,
        field::{ErrorSummary, Select, Text, Tick},
        load,
        locale::language,
        page_data, tr,
    },
};

/// In the address: someone else holds the phone.
const OTHER: &str = "other";
/// The form's id.
const FORM: &str = "claim";
/// After so long a second try may be meant.
const DOUBLE_TAP: std::time::Duration = std::time::Duration::from_secs(4);

#[component]
pub fn ClaimPage() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let code = move || params.with(|params| params.get("code").unwrap_or_default());
    let shown_code = move || params.with_untracked(|params| params.get("code").unwrap_or_default());
    let other = move || query.with(|query| query.get("other").map(|_| OTHER.to_owned()).unwrap_or_default());
    let form = page_data(move || [code(), other()], |[code, other]| api::load_claim_form(code, other == OTHER));
    load(form, move |form| match form.onward.clone() {
        Some(to) => view! { <Onward to /> }.into_any(),
        None => view! { <Claim form code=shown_code() /> }.into_any(),
    })
}

/// For someone else who holds a phone that is known: to the claim form where the invitation is at hand, else to where the
/// device can be made to forget.
#[component]
pub fn NotYou() -> impl IntoView {
    let code = use_query_map().with_untracked(|query| query.get("invitation")).unwrap_or_default();
    let known = !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let href = if known { format!("{}?other=1", link::invitation(&code)) } else { link::ACCOUNT.to_owned() };
    view! {
        <p>
            // Not the router's: nothing of this document is left for whoever comes next.
            <a class="button-link" rel="external" href=href>{tr!(account.not_you)}</a>
        </p>
    }
}

/// The form of who one is; at a tablet without a code.
#[component]
pub fn Claim(form: ClaimForm, code: String) -> impl IntoView {
    let ClaimForm { enterprise_name, uscc, form, posted, providers, verified, departments, tablet, .. } = form;
    let (values, problems) = (posted.values, posted.problems);
    let refused = !problems.is_empty() || posted.error.is_some() || posted.garbled;
    let invited = !enterprise_name.is_empty();
    let sending = RwSignal::new(false);
    let (offline, goes) = (RwSignal::new(false), StoredValue::new(false));
    // Where there is no line the browser would leave the page for one of its own, and all that was typed would be gone.
    let once = move |event: leptos::ev::SubmitEvent| {
        if goes.get_value() {
            return goes.set_value(false);
        }
        event.prevent_default();
        if sending.get_untracked() {
            return;
        }
        sending.set(true);
        offline.set(false);
        spawn_local(async move {
            let reached = browser::reaches_server().await;
            if offline.try_set(!reached).is_some() {
                return;
            }
            if reached {
                goes.set_value(true);
                browser::send(FORM);
                set_timeout(move || _ = sending.try_set(false), DOUBLE_TAP);
            } else {
                sending.set(false);
            }
        });
    };
    let wrong = problems.iter().map(|problem| (problem.field().to_owned(), problem_words(*problem).to_owned())).collect();
    let problem = move |field: &'static str| problems.iter().copied().find(|problem| problem.field() == field).map(problem_words);
    let by_provider = verified.is_none() && !providers.is_empty();
    let beside = by_provider.then(|| view! { <ByProvider providers code=code.clone() /> }.into_any());
    let button = if verified.is_some() { tr!(account.verified_go) } else { tr!(app.go_sign_in) };
    let notice = view! {
        <section class="group">
            <h2 class="group-title">{tr!(account.notice_title)}</h2>
            {invited.then(|| view! { <Notice enterprise=enterprise_name.clone() /> })}
            <Tick field="notice" words=tr!(account.consent_notice) ticked=values.notice problem=problem("notice") />
            <Tick field="health" words=tr!(account.consent_health) ticked=values.health problem=problem("health") />
        </section>
    };
    // What the browser remembers of one it would offer to the next.
    let remembered = move |what: &'static str| if tablet { "off" } else { what };
    let phone = view! {
        <Text
            field="phone"
            label=tr!(account.phone)
            hint=tr!(account.phone_hint)
            value=values.phone
            problem=problem("phone")
            autocomplete=remembered("tel")
            kind="tel"
            length=30
        />
    };
    let department = (!departments.is_empty()).then(|| {
        let options = departments.into_iter().map(|known| (known.id.to_string(), known.name));
        let first = (String::new(), tr!(account.department_choose).to_owned());
        let none = (department::NONE.to_owned(), tr!(account.department_none).to_owned());
        let options = std::iter::once(first).chain(options).chain([none]).collect();
        view! {
            <Select field="department" label=tr!(account.department) options chosen=values.department problem=problem("department") />
        }
    });
    let person = match verified {
        Some(person) => {
            let phone = person.phone.is_none().then_some(phone);
            view! {
                <input type="hidden" name="verified" value="yes" />
                <Verified person code />
                {phone}
            }
            .into_any()
        }
        None => view! {
            <h2 class="group-title">{if by_provider { tr!(account.claim_instead) } else { tr!(account.sign_in) }}</h2>
            {(!tablet).then(|| view! { <p class="group-note">{tr!(account.claim_why)}</p> })}
            <Text field="name" label=tr!(account.name) value=values.name problem=problem("name") autocomplete=remembered("name") kind="text" length=NAME_CHARS />
            <Select field="kind" label=tr!(account.kind) options=kinds() chosen=values.kind problem=problem("kind") />
            <Text
                field="number"
                label=tr!(account.number)
                hint=tr!(account.number_hint)
                value=values.number
                problem=problem("number")
                autocomplete="off"
                kind="text"
                length=40
            />
            {phone}
        }
        .into_any(),
    };
    view! {
        <Frame title=tr!(account.claim_title)>
            {refused.then(|| view! { <Title text=tr!(error.title, title = tr!(account.claim_title)) /> })}
            <ErrorSummary problems=wrong />
            {posted.error.map(|error| view! { <ErrorNote error /> })}
            {move || offline.get().then(|| view! { <ErrorNote error=AppError::Offline /> })}
            {posted.garbled.then(|| view! { <p class="note note-error" role="alert">{tr!(error.encoding)}</p> })}
            {invited.then(|| whom(tr!(account.declare_to), &enterprise_name, uscc))}
            {tablet.then(|| view! { <p class="note">{tr!(tablet.sit_note)}</p> })}
            {beside}
            <form id=FORM method="post" novalidate on:submit=once>
                <input type="hidden" name="form" value=form.to_string() />
                {notice}
                <section class="group">
                    {person}
                    {department}
                    <div class="actions">
                        <button class="button button-primary" aria-disabled=move || sending.get().then_some("true")>
                            {button}
                        </button>
                    </div>
                </section>
            </form>
        </Frame>
    }
    .into_any()
}

/// A link for each provider: it leaves this site, and a page may post to itself only.
#[component]
fn ByProvider(providers: Vec<ProviderChoice>, code: String) -> impl IntoView {
    let links = providers.into_iter().map(|provider| {
        view! {
            <a class="button button-primary" rel="external" href=link::verify_by(&provider.id, &code)>
                {tr!(account.verify_by, name = provider.name.get(language()))}
            </a>
        }
    });
    view! {
        <section class="group">
            <h2 class="group-title">{tr!(account.verify_title)}</h2>
            <p class="group-note">{tr!(account.verify_how)}</p>
            <div class="actions">{links.collect_view()}</div>
        </section>
    }
}

/// Whom a provider has verified, and the way out for someone else.
#[component]
fn Verified(person: VerifiedPerson, code: String) -> impl IntoView {
    let fact = |name: &'static str, value: String| {
        view! {
            <div>
                <dt>{name}</dt>
                <dd>{value}</dd>
            </div>
        }
    };
    let by = person.by.map(|by| view! { <p class="group-note">{tr!(account.verified_by, name = by.get(language()))}</p> });
    view! {
        <h2 class="group-title">{tr!(account.verified_title)}</h2>
        {by}
        <dl class="facts">
            {fact(tr!(account.name), person.name)}
            {fact(kind_words(person.kind), person.document)}
            {person.phone.map(|phone| fact(tr!(account.phone), phone))}
        </dl>
        <p class="group-note">
            <a rel="external" href=link::with_query(&link::invitation(&code), "other=1")>
                {tr!(account.verified_not_you)}
            </a>
        </p>
    }
}

/// The enterprise that a form goes to.
pub fn whom(label: &'static str, enterprise_name: &str, uscc: String) -> AnyView {
    view! {
        <section class="group">
            <dl class="facts">
                <div>
                    <dt>{label}</dt>
                    <dd>{enterprise_name.to_owned()}</dd>
                </div>
                <div>
                    <dt>{tr!(account.uscc)}</dt>
                    <dd>{uscc}</dd>
                </div>
            </dl>
        </section>
    }
    .into_any()
}

/// 告知书: who, what, why, how long, and which rights there are.
#[component]
fn Notice(enterprise: String) -> impl IntoView {
    view! {
        <div class="prose notice">
            <p>{tr!(account.notice_who, enterprise = enterprise)}</p>
            <p>{tr!(account.notice_what)}</p>
            <p>{tr!(account.notice_why)}</p>
            <p>{tr!(account.notice_how_long)}</p>
            <p>{tr!(account.notice_rights)}</p>
        </div>
    }
}

pub fn kinds() -> Vec<(String, String)> {
    DocumentKind::ALL.map(|kind| (kind.code().to_owned(), kind_words(kind).to_owned())).into()
}

/// The name of a kind of document.
pub fn kind_words(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::ResidentId => tr!(account.resident_id),
        DocumentKind::Passport => tr!(account.passport),
        DocumentKind::HongKongMacauPermit => tr!(account.hong_kong_macau_permit),
        DocumentKind::TaiwanPermit => tr!(account.taiwan_permit),
    }
}

/// What is wrong, in words.
pub fn problem_words(problem: ClaimProblem) -> &'static str {
    match problem {
        ClaimProblem::Notice => tr!(account.problem_notice),
        ClaimProblem::Health => tr!(account.problem_health),
        ClaimProblem::Name(NameProblem::Empty) => tr!(account.problem_name_empty),
        ClaimProblem::Name(NameProblem::TooLong) => tr!(account.problem_name_long),
        ClaimProblem::Name(NameProblem::Characters) => tr!(account.problem_name_characters),
        ClaimProblem::Name(NameProblem::Unreadable) => tr!(account.problem_name_unreadable),
        ClaimProblem::Kind => tr!(account.problem_kind),
        ClaimProblem::Number(DocumentProblem::Empty) => tr!(account.problem_number_empty),
        ClaimProblem::Number(DocumentProblem::Length) => tr!(account.problem_number_length),
        ClaimProblem::Number(DocumentProblem::Characters) => tr!(account.problem_number_characters),
        ClaimProblem::Number(DocumentProblem::BirthDate) => tr!(account.problem_number_birth_date),
        ClaimProblem::Number(DocumentProblem::CheckDigit) => tr!(account.problem_number_check_digit),
        ClaimProblem::Number(DocumentProblem::Form) => tr!(account.problem_number_form),
        ClaimProblem::Phone(PhoneProblem::Empty) => tr!(account.problem_phone_empty),
        ClaimProblem::Phone(PhoneProblem::Mainland) => tr!(account.problem_phone_mainland),
        ClaimProblem::Phone(PhoneProblem::Abroad) => tr!(account.problem_phone_abroad),
        ClaimProblem::Department => tr!(account.problem_department),
        ClaimProblem::Withdrawn => tr!(tablet.problem_withdrawn),
    }
}
