//! 趋势: three charts, each a picture whose marks are links, and the same days as a table.

use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_params_map};

use super::{
    api,
    model::{Base, Chart, Shown, TrendLine, TrendView},
};
use crate::{
    link,
    roster::model::{Choice, Share},
    statistics::{filter_bar::AsOf, view::Linked},
    ui::{Frame, bad_request, load, page_data, tr},
};

#[component]
pub fn TrendPage() -> impl IntoView {
    let (params, location) = (use_params_map(), use_location());
    let enterprise = move || params.read().get("enterprise").unwrap_or_default();
    let data = page_data(move || [enterprise(), location.search.get()], |[enterprise, query]| api::trend(enterprise, query));
    load(data, |trend| view! { <Whole trend /> })
}

#[component]
fn Whole(trend: TrendView) -> impl IntoView {
    let TrendView { enterprise, name, unreadable, spans, days, departments, as_of, base, lines, charts } = trend;
    let spans = spans.into_iter().map(move |(span, link)| {
        let here = (span == days && !unreadable).then_some("page");
        view! { <a href=link aria-current=here data-noscroll="">{tr!(trend.last_days, days = span)}</a> }
    });
    let between = lines.first().zip(lines.last()).map(|(first, last)| format!("{} – {}", first.day, last.day));
    let shown = if unreadable {
        bad_request();
        view! {
            <p class="note note-error" role="alert">{tr!(trend.bad)}</p>
            <p><a class="button-link" href=link::trend(enterprise)>{tr!(absent.reset)}</a></p>
        }
        .into_any()
    } else {
        let charts = charts.into_iter().map(one_chart).collect_view();
        view! {
            <p class="muted">{between} " · " {tr!(statistics.as_of)} " " <AsOf at=as_of /></p>
            <p class="group-note">{base_words(base)}</p>
            <div class="statistics-groups trend-charts">{charts}</div>
            {table(lines)}
        }
        .into_any()
    };
    view! {
        <Frame title=tr!(trend.title) back=link::statistics(enterprise) wide=true signed_in=true>
            <p class="statistics-code">{name}</p>
            <nav class="tabs" aria-label=tr!(statistics.period)>{spans.collect_view()}</nav>
            {choices(departments)}
            {shown}
            <p class="statistics-more"><a href=link::report(enterprise)>{tr!(report.title)}</a></p>
        </Frame>
    }
    .into_any()
}

fn base_words(base: Base) -> &'static str {
    match base {
        Base::Roster => tr!(trend.base_roster),
        Base::HeadCount => tr!(trend.base_head_count),
        Base::Nothing => tr!(trend.base_nothing),
    }
}

fn choices(departments: Vec<Choice>) -> AnyView {
    if departments.is_empty() {
        return ().into_any();
    }
    let chips = departments.into_iter().map(|Choice { label, link, chosen }| {
        let class = if chosen { "chip" } else { "chip chip-off" };
        view! { <a class=class href=link aria-current=chosen.then_some("true") data-noscroll="">{label}</a> }
    });
    view! { <nav class="chips" aria-label=tr!(statistics.department)>{chips.collect_view()}</nav> }.into_any()
}

pub fn one_chart(Chart { shown, svg }: Chart) -> AnyView {
    let (title, note) = match shown {
        Shown::Rate => (tr!(absent.rate), tr!(trend.rate_note)),
        Shown::Abnormal => (tr!(trend.abnormal), tr!(trend.abnormal_note)),
        Shown::Fever => (tr!(trend.fever), tr!(trend.fever_note)),
    };
    view! {
        <section class="statistics-group">
            <div class="group figure">
                <h2 class="figure-title">{title}</h2>
                <p class="figure-note muted">{note}</p>
                <div class="cell" inner_html=svg></div>
            </div>
        </section>
    }
    .into_any()
}

/// The newest day first.
fn table(lines: Vec<TrendLine>) -> AnyView {
    let rows = lines.into_iter().rev().map(|TrendLine { day, share, declared, abnormal, fever }| {
        let of =
            share.map_or_else(|| declared.count.to_string(), |share| tr!(absent.of, declared = share.declared, expected = share.expected));
        view! {
            <tr>
                <th scope="row"><a href=declared.people><time datetime=day.to_string()>{day.month_and_day().replace('-', "/")}</time></a></th>
                <td>{of}</td>
                <td>{share.map_or_else(|| "—".to_owned(), Share::rate)}</td>
                <td>{count(abnormal)}</td>
                <td>{count(fever)}</td>
            </tr>
        }
    });
    view! {
        <section class="absent-shares">
            <h2 class="group-title">{tr!(alert.as_table)}</h2>
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">{tr!(absent.day)}</th>
                        <th scope="col">{format!("{} / {}", tr!(absent.reported), tr!(absent.expected))}</th>
                        <th scope="col">{tr!(absent.rate)}</th>
                        <th scope="col">{tr!(trend.abnormal)}</th>
                        <th scope="col">{tr!(trend.fever)}</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </section>
    }
    .into_any()
}

fn count(linked: Linked) -> AnyView {
    let Linked { count, people } = linked;
    if count == 0 || people.is_empty() { count.into_any() } else { view! { <a href=people>{count}</a> }.into_any() }
}
