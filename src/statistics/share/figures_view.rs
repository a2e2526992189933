//! Frozen figures, as both pages lay them out and as a text to copy.

use leptos::prelude::*;

use super::{
    model::{SharedFigure, Snapshot},
    told::Told,
};
use crate::{
    statistics::filter_bar::period_name,
    ui::{locale::language, tr},
};

/// How many, when, and each figure with its rows: a table is the picture's alternative.
#[component]
pub fn Figures(snapshot: Snapshot) -> impl IntoView {
    let Snapshot { period, as_of, declared, questionnaire, groups } = snapshot;
    let groups = groups.into_iter().filter(|group| !group.figures.is_empty()).map(|group| {
        let figures = group.figures.into_iter().map(|figure| view! { <Rows figure all=declared /> });
        view! {
            <section class="statistics-group">
                <h2 class="group-title">{group.heading.get(language()).to_owned()}</h2>
                {figures.collect_view()}
            </section>
        }
    });
    view! {
        <section class="group total">
            <h2 class="group-title">{tr!(statistics.total)}</h2>
            <div class="total-line">
                <p>
                    <span class="figure-count">{tr!(share.about_people, count = declared)}</span>
                    " "
                    <span class="muted">{period_name(period)}</span>
                </p>
            </div>
            {questionnaire
                .map(|title| {
                    let title = title.get(language()).to_owned();
                    view! { <p class="group-note">{tr!(share.of_questionnaire, title = title)}</p> }
                })}
            <p class="total-time muted">{tr!(statistics.as_of)} " " {as_of.date} " " {as_of.time}</p>
        </section>
        <p class="group-note">{tr!(share.rules)}</p>
        <div class="statistics-groups">{groups.collect_view()}</div>
    }
    .into_any()
}

#[component]
fn Rows(figure: SharedFigure, all: u32) -> impl IntoView {
    let SharedFigure { title, several, rows } = figure;
    let rows = rows.into_iter().map(|(label, told)| {
        let share = match told {
            Told::About(count) => (u64::from(count.min(all)) * 100 / u64::from(all.max(1))).to_string(),
            Told::Hidden => "0".to_owned(),
        };
        view! {
            <li class="row">
                <div class="row-people">
                    <span class="row-label">{label.get(language()).to_owned()}</span>
                    " "
                    <span class="row-count" class:muted={told == Told::Hidden}>
                        {told_words(told)}
                    </span>
                    <svg class="row-bar" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
                        <rect class="row-bar-ground" width="100" height="4" />
                        <rect class="row-bar-share" width=share height="4" />
                    </svg>
                </div>
            </li>
        }
    });
    view! {
        <div class="group figure">
            {title.map(|title| view! { <h3 class="figure-title">{title.get(language()).to_owned()}</h3> })}
            {several.then(|| view! { <p class="figure-note muted">{tr!(share.several)}</p> })}
            <ul class="rows">{rows.collect_view()}</ul>
        </div>
    }
    .into_any()
}

fn told_words(told: Told) -> String {
    match told {
        Told::About(0) => "0".to_owned(),
        Told::About(count) => tr!(share.about, count = count),
        Told::Hidden => tr!(share.hidden).to_owned(),
    }
}

/// The same as a text, for where neither links nor pictures go: what is told, and not what is hidden.
pub fn words(name: &str, snapshot: &Snapshot) -> String {
    let Snapshot { as_of, declared, groups, period, questionnaire } = snapshot;
    let mut words = tr!(share.words, name = name, period = period_name(*period), count = declared, date = as_of.date, time = as_of.time);
    if let Some(title) = questionnaire {
        words.push('\n');
        words += &tr!(share.of_questionnaire, title = title.get(language()).to_owned());
    }
    for group in groups {
        for figure in &group.figures {
            let title = figure.title.as_ref().unwrap_or(&group.heading).get(language());
            let rows = figure.rows.iter().filter(|(_, told)| !matches!(told, Told::About(0) | Told::Hidden));
            let rows: Vec<String> = rows.map(|(label, told)| format!("{} {}", label.get(language()), told_words(*told))).collect();
            if !rows.is_empty() {
                words += &["\n", title, tr!(share.colon), &rows.join(tr!(delegation.list_separator))].concat();
            }
        }
    }
    words.push('\n');
    words + tr!(share.rules)
}
