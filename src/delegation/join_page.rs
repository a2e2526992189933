//! 申请成为管理员: what the representative's link opens. One plain form, posted to where it stands.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::{
    api,
    model::{JoinForm, JoinProblem, REASON_CHARS},
};
use crate::{
    account::{
        claim_page::{kinds, problem_words as claim_words, whom},
        model::{NAME_CHARS, ProviderChoice, VerifiedPerson},
    },
    link,
    ui::{
        ErrorNote, Frame, Title,
        field::{ErrorSummary, Problem, Select, Text, Tick},
        load,
        locale::language,
        page_data, query_value, tr,
    },
};

#[component]
pub fn JoinPage() -> impl IntoView {
    let params = use_params_map();
    let one = move |name: &str| params.read().get(name).unwrap_or_default();
    let sent = query_value("sent");
    let form = page_data(
        move || [one("enterprise"), one("token"), sent.clone()],
        |[enterprise, token, sent]| api::load_join_form(enterprise, token, !sent.is_empty()),
    );
    load(form, |form| if form.sent { view! { <Sent /> }.into_any() } else { view! { <Join form /> }.into_any() })
}

#[component]
fn Sent() -> impl IntoView {
    view! {
        <Frame title=tr!(delegation.join_title)>
            <section class="outcome outcome-good">
                <h2>{tr!(delegation.sent)}</h2>
                <p>{tr!(delegation.sent_next)}</p>
            </section>
        </Frame>
    }
}

#[component]
fn Join(form: JoinForm) -> impl IntoView {
    let JoinForm { enterprise_name, uscc, form, posted, providers, verified, .. } = form;
    let (values, problems) = (posted.values, posted.problems);
    let params = use_params_map();
    let here = params.with_untracked(|params| {
        let one = |name: &str| params.get(name).unwrap_or_default();
        format!("/join/{}/{}", one("enterprise"), one("token"))
    });
    let refused = !problems.is_empty() || posted.error.is_some();
    let found = problems.clone();
    let problem = move |field: &'static str| found.iter().copied().find(|problem| problem.field() == field).map(problem_words);
    let wrong = problems.iter().map(|problem| (problem.field().to_owned(), problem_words(*problem).to_owned())).collect();
    let invited = !enterprise_name.is_empty();
    let beside = verified.is_none() && !providers.is_empty();
    let typed = values.phone.clone();
    let (of_phone, of_reason) = (problem("phone"), problem("reason"));
    let phone = move |hint: &'static str| {
        view! {
            <Text
                field="phone"
                label=tr!(account.phone)
                hint
                value=typed.clone()
                problem=of_phone
                autocomplete="tel"
                kind="tel"
                length=30
            />
        }
    };
    let person = match verified {
        Some(person) => {
            let phone = person.phone.is_none().then(|| phone(tr!(delegation.phone_hint)));
            view! {
                <input type="hidden" name="verified" value="yes" />
                <Verified person />
                {phone}
            }
            .into_any()
        }
        None => view! {
            <h2 class="group-title">{if beside { tr!(account.claim_instead) } else { tr!(delegation.join_who) }}</h2>
            <Text field="name" label=tr!(account.name) value=values.name.clone() problem=problem("name") autocomplete="name" kind="text" length=NAME_CHARS />
            <Select field="kind" label=tr!(account.kind) options=kinds() chosen=values.kind.clone() problem=problem("kind") />
            <Text
                field="number"
                label=tr!(account.number)
                hint=tr!(account.number_hint)
                value=values.number.clone()
                problem=problem("number")
                autocomplete="off"
                kind="text"
                length=40
            />
            {phone(tr!(delegation.phone_hint))}
        }
        .into_any(),
    };
    view! {
        <Frame title=tr!(delegation.join_title)>
            {refused.then(|| view! { <Title text=tr!(error.title, title = tr!(delegation.join_title)) /> })}
            <ErrorSummary problems=wrong />
            {posted.error.map(|error| view! { <ErrorNote error /> })}
            {invited.then(|| whom(tr!(delegation.join_whom), &enterprise_name, uscc))}
            <p class="group-note">{tr!(delegation.join_what)}</p>
            {beside.then(|| view! { <ByProvider providers here=here.clone() /> })}
            <form method="post" action=here novalidate>
                <input type="hidden" name="form" value=form.to_string() />
                <section class="group">
                    {person}
                    <div class="field" class:field-invalid=of_reason.is_some()>
                        <label class="field-label" for="reason">
                            {tr!(delegation.reason)}
                        </label>
                        <p class="field-hint" id="reason-hint">
                            {tr!(delegation.reason_hint)}
                        </p>
                        <Problem field="reason" problem=of_reason />
                        <input
                            class="input"
                            id="reason"
                            name="reason"
                            value=values.reason.clone()
                            maxlength=REASON_CHARS
                            autocomplete="organization-title"
                            aria-describedby="reason-hint reason-error"
                        />
                    </div>
                    <p class="group-note">{tr!(delegation.join_privacy)}</p>
                    <Tick field="consent" words=tr!(delegation.join_consent) ticked=values.consent problem=problem("consent") />
                    <div class="actions">
                        <button class="button button-primary">{tr!(delegation.join_send)}</button>
                    </div>
                </section>
            </form>
        </Frame>
    }
    .into_any()
}

/// A link for each provider: it leaves this site, and a page may post to itself only.
#[component]
fn ByProvider(providers: Vec<ProviderChoice>, here: String) -> impl IntoView {
    let links = providers.into_iter().map(|provider| {
        view! {
            <a class="button button-primary" rel="external" href=link::join_by(&provider.id, &here)>
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

/// Whom a provider has verified.
#[component]
fn Verified(person: VerifiedPerson) -> impl IntoView {
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
            {fact(crate::account::claim_page::kind_words(person.kind), person.document)}
            {person.phone.map(|phone| fact(tr!(account.phone), phone))}
        </dl>
    }
}

fn problem_words(problem: JoinProblem) -> &'static str {
    match problem {
        JoinProblem::Person(problem) => claim_words(problem),
        JoinProblem::ReasonEmpty => tr!(delegation.problem_reason_empty),
        JoinProblem::ReasonLong => tr!(delegation.problem_reason_long),
        JoinProblem::ReasonUnreadable => tr!(delegation.problem_reason_unreadable),
        JoinProblem::Consent => tr!(delegation.problem_consent),
    }
}
