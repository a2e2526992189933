//! 分享统计: what a link would tell, the form that makes one, and those that work.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::{use_location, use_params_map};

use super::{
    api::{self, EndShare},
    figures_view::{Figures, words},
    model::{HOURS, MOST_SHARES, Made, Preview, ShareLine, ShareView},
    told::FEWEST,
};
use crate::{
    enterprise::invite_page::WordsToSend,
    id::EnterpriseId,
    link,
    statistics::filter_bar::{PeriodChoice, ProblemNote, Questionnaires, period_name},
    ui::{Frame, load, page_data, tr},
};

#[component]
pub fn SharePage() -> impl IntoView {
    let (params, location) = (use_params_map(), use_location());
    let enterprise = move || params.read().get("enterprise").unwrap_or_default();
    let data = page_data(move || [enterprise(), location.search.get()], |[enterprise, query]| api::load_share(enterprise, query));
    load(data, |share| view! { <Whole share /> })
}

#[component]
fn Whole(share: ShareView) -> impl IntoView {
    let ShareView { enterprise, name, bar, preview, questionnaires, shares, made } = share;
    let (clear, here) = (bar.clear.clone(), bar.here.clone());
    let problem = bar.problem.clone().map(|problem| view! { <ProblemNote problem clear /> });
    let just_made = made.map(|made| just_made(made, &name));
    let preview = preview.map(|preview| match preview {
        Preview::TooFew => view! { <p class="note">{tr!(share.too_few, count = FEWEST)}</p> }.into_any(),
        Preview::Snapshot(snapshot) => view! {
            <Make here />
            <h2 class="group-title">{tr!(share.preview)}</h2>
            <Figures snapshot />
        }
        .into_any(),
    });
    view! {
        <Frame title=tr!(share.title) back=link::statistics(enterprise) wide=true signed_in=true>
            <p class="statistics-code">{name}</p>
            {just_made}
            <p class="group-note">{tr!(share.what)}</p>
            {working(enterprise, shares)}
            <PeriodChoice bar />
            {questionnaires.map(|questionnaires| view! { <Questionnaires questionnaires /> })}
            {problem}
            {preview}
        </Frame>
    }
    .into_any()
}

/// The link, shown once, with words to send.
fn just_made(made: Made, name: &str) -> AnyView {
    match made {
        Made::Link { link, until, snapshot } => {
            let words = format!("{}\n{}", words(name, &snapshot), tr!(share.link_words, link = link.clone(), until = until));
            view! {
                <p class="note note-good" role="status">
                    <strong>{tr!(share.made)}</strong>
                    " "
                    {tr!(share.made_once)}
                </p>
                <section class="group">
                    <p class="invite-words invite-link">{link}</p>
                </section>
                <WordsToSend words />
            }
            .into_any()
        }
        Made::Enough => view! { <p class="note note-error" role="alert">{tr!(share.enough, count = MOST_SHARES)}</p> }.into_any(),
        Made::TooFew => view! { <p class="note note-error" role="alert">{tr!(share.too_few, count = FEWEST)}</p> }.into_any(),
    }
}

#[component]
fn Make(here: String) -> impl IntoView {
    let hours = HOURS.into_iter().enumerate().map(|(place, hours)| {
        let words = if hours == 24 { tr!(share.one_day).to_owned() } else { tr!(share.days, count = hours / 24) };
        view! {
            <label class="choice">
                <input type="radio" name="hours" value=hours.to_string() checked={place == 0} />
                <span>{words}</span>
            </label>
        }
    });
    view! {
        <form class="group" method="post" action=here>
            <fieldset class="field">
                <legend class="field-label">{tr!(share.how_long)}</legend>
                <div class="choices">{hours.collect_view()}</div>
            </fieldset>
            <div class="actions">
                <button class="button button-primary">{tr!(share.make)}</button>
            </div>
        </form>
    }
    .into_any()
}

fn working(enterprise: EnterpriseId, shares: Vec<ShareLine>) -> AnyView {
    if shares.is_empty() {
        return ().into_any();
    }
    let lines = shares.into_iter().map(|share| {
        let ShareLine { id, period, made_at, until, views } = share;
        view! {
            <li class="cell cell-ends">
                <span class="cell-label">{period_name(period)} " · " {tr!(share.views, count = views)}</span>
                <span class="cell-note muted">{tr!(share.made_at)} " " <time>{made_at}</time> " · " {tr!(share.until)} " " <time>{until}</time></span>
                <form method="post" action=EndShare::PATH>
                    <input type="hidden" name="enterprise" value=enterprise.to_string() />
                    <input type="hidden" name="share" value=id />
                    <button class="button button-danger">{tr!(share.end)}</button>
                </form>
            </li>
        }
    });
    view! {
        <section class="group">
            <h2 class="group-title">{tr!(share.working)}</h2>
            <ul>{lines.collect_view()}</ul>
        </section>
    }
    .into_any()
}
