//! What knows no room: letters, buttons, notes, lists, tables, forms and folds, each in the states that it can be in.

use leptos::prelude::*;

use super::part;
use crate::{
    error::AppError,
    ui::{
        ErrorNote, Waiting,
        field::{ErrorSummary, LongText, Select, Text, Tick},
        tr,
    },
};

pub fn kit() -> AnyView {
    let loading = || view! { <Waiting /> }.into_any();
    let error = || view! { <ErrorNote error=AppError::Busy /> }.into_any();
    [
        part("Type", type_and_colour()),
        part("Doing", buttons()),
        part("States of a thing: word, shape, colour", badges()),
        part("Telling", notes()),
        part("Outcomes", outcomes()),
        part("A page on its way", view! { <p class="busy">{tr!(app.waiting)}</p> }.into_any()),
        part("A list: empty", view! { <p class="note">{tr!(statistics.nobody)}</p> }.into_any()),
        part("A list: loading", loading()),
        part("A list: partial", lists(true)),
        part("A list: error", error()),
        part("A list: full", lists(false)),
        part("Figures: empty", figures(0)),
        part("Figures: loading", loading()),
        part("Figures: partial", figures(1)),
        part("Figures: error", error()),
        part("Figures: full", figures(150)),
        part("A table: empty", view! { <p class="note">{tr!(statistics.nobody)}</p> }.into_any()),
        part("A table: loading", loading()),
        part("A table: partial", table(false)),
        part("A table: error", error()),
        part("A table: full", table(true)),
        part("A form: empty", form("a", Fill::Empty)),
        part("A form: loading", view! { <p class="muted" role="status">{tr!(declaration.sending)}</p> }.into_any()),
        part("A form: partial", form("d", Fill::Half)),
        part("A form: error", form("b", Fill::Wrong)),
        part("A form: full", form("c", Fill::Full)),
        part("Folds", folds()),
        part("Narrowing", narrowing()),
    ]
    .collect_view()
    .into_any()
}

fn type_and_colour() -> AnyView {
    view! {
        <div class="group prose">
            <p class="figure-count">"150"</p>
            <p class="enterprise-name">{tr!(app.name)}</p>
            <p>{tr!(account.notice_what)}</p>
            <p class="muted">{tr!(account.notice_who, enterprise = tr!(app.name))}</p>
            <p>
                <a href="/style">{tr!(app.home)}</a>
            </p>
        </div>
    }
    .into_any()
}

fn buttons() -> AnyView {
    let button =
        |class: &'static str, words: &'static str, off: bool| view! { <button class=class disabled=off>{words}</button> }.into_any();
    let all = [
        button("button button-primary", tr!(app.go_sign_in), false),
        button("button", tr!(app.again), false),
        button("button button-danger", tr!(account.sign_out), false),
        button("button button-primary", tr!(app.go_sign_in), true),
        button("button-link", tr!(app.home), false),
    ];
    view! {
        <div class="actions">{all.collect_view()}</div>
        <div class="group">
            <div class="actions">
                {button("button button-primary", tr!(app.go_sign_in), false)} {button("button", tr!(app.again), false)}
            </div>
        </div>
    }
    .into_any()
}

fn badges() -> AnyView {
    let badge = |class: &'static str, words: &'static str| view! { <span class=class>{words}</span> };
    view! {
        <p class="badges">
            {badge("badge", tr!(statistics.state_unmeasured))} {badge("badge badge-good", tr!(statistics.state_good))}
            {badge("badge badge-warning", tr!(statistics.state_attention))} {badge("badge badge-danger", tr!(statistics.state_urgent))}
        </p>
    }
    .into_any()
}

fn notes() -> AnyView {
    ["note", "note note-good", "note note-warning", "note note-error"]
        .map(|class| view! { <p class=class>{tr!(statistics.to_verify_note)}</p> })
        .collect_view()
        .into_any()
}

fn outcomes() -> AnyView {
    ["outcome", "outcome outcome-good", "outcome outcome-warning", "outcome outcome-error"]
        .map(|class| {
            view! {
                <section class=class>
                    <p>{tr!(declaration.received)}</p>
                    <h2>{tr!(declaration.state_good)}</h2>
                    <a class="button" href="/style">{tr!(declaration.mine)}</a>
                </section>
            }
        })
        .collect_view()
        .into_any()
}

fn lists(partial: bool) -> AnyView {
    let cell = |words: &'static str, value: &'static str, note: Option<&'static str>| {
        view! {
            <li>
                <a class="cell" href="/style">
                    <span class="cell-label">{words}</span>
                    <span class="cell-value">{value}</span>
                    {note.map(|note| view! { <span class="cell-note">{note}</span> })}
                </a>
            </li>
        }
    };
    let more = partial.then(|| {
        view! {
            <nav class="actions pages" aria-label=tr!(statistics.pages)>
                <a class="button" href="/style">{tr!(statistics.next_page)}</a>
            </nav>
        }
    });
    view! {
        <ul class="group">
            {cell(tr!(statistics.to_verify), "3", Some(tr!(statistics.to_verify_note)))}
            {cell(tr!(statistics.missing), "12", None)}
        </ul>
        {more}
        <dl class="facts">
            <div>
                <dt>{tr!(account.name)}</dt>
                <dd>{tr!(app.name)}</dd>
            </div>
            <div>
                <dt>{tr!(account.number)}</dt>
                <dd>"45*************27"</dd>
            </div>
        </dl>
    }
    .into_any()
}

fn figures(of: u32) -> AnyView {
    view! {
        <section class="group total">
            <h3 class="group-title">{tr!(statistics.total)}</h3>
            <div class="total-line">
                <p>
                    <span class="figure-count">{tr!(statistics.people_count, count = of)}</span>
                </p>
                <a class="total-link" href="/style">{tr!(statistics.go_and_see)}</a>
            </div>
            <p class="total-time muted">{tr!(statistics.as_of)} " 09:41"</p>
        </section>
    }
    .into_any()
}

fn table(full: bool) -> AnyView {
    let line = |name: &'static str, rate: &'static str| {
        view! {
            <tr>
                <th scope="row">{name}</th>
                <td>{rate}</td>
            </tr>
        }
    };
    view! {
        <table class="table">
            <thead>
                <tr>
                    <th scope="col">{tr!(statistics.department)}</th>
                    <th scope="col">{tr!(absent.rate)}</th>
                </tr>
            </thead>
            <tbody>{line("A", "98.1 %")} {if full { line("B", "71.4 %") } else { line("B", "—") }}</tbody>
        </table>
    }
    .into_any()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fill {
    Empty,
    Half,
    Wrong,
    Full,
}

/// Its fields are named by where they stand: an id is of one field.
fn form(at: &'static str, fill: Fill) -> AnyView {
    let [name, kind, notice] = match at {
        "a" => ["name-a", "kind-a", "notice-a"],
        "b" => ["name-b", "kind-b", "notice-b"],
        "d" => ["name-d", "kind-d", "notice-d"],
        _ => ["name-c", "kind-c", "notice-c"],
    };
    let problem = |words: &'static str| (fill == Fill::Wrong).then_some(words);
    let value = if matches!(fill, Fill::Half | Fill::Full) { tr!(app.name).to_owned() } else { String::new() };
    let wrong = problem(tr!(account.problem_name_empty)).map(|words| (name.to_owned(), words.to_owned())).into_iter().collect();
    let kinds = [tr!(account.resident_id), tr!(account.passport)].map(|words| (words.to_owned(), words.to_owned())).into();
    view! {
        <ErrorSummary problems=wrong />
        <form class="group" novalidate>
            <Text
                field=name
                label=tr!(account.name)
                hint=tr!(account.number_hint)
                value=value.clone()
                problem=problem(tr!(account.problem_name_empty))
                autocomplete="off"
                kind="text"
                length=40
            />
            <Select field=kind label=tr!(account.kind) options=kinds chosen=String::new() problem=problem(tr!(account.problem_kind)) />
            <LongText
                field=format!("note-{at}")
                name="note"
                label=tr!(account.number)
                value
                problem=problem(tr!(account.problem_number_empty)).map(str::to_owned)
                rows=3
            />
            <Tick field=notice words=tr!(account.consent_notice) ticked={fill == Fill::Full} problem=problem(tr!(account.problem_notice)) />
            <div class="actions">
                <button class="button button-primary" type="button">{tr!(app.go_sign_in)}</button>
            </div>
        </form>
    }
    .into_any()
}

fn folds() -> AnyView {
    [false, true]
        .map(|open| {
            view! {
                <div class="group">
                    <details class="fold" open=open>
                        <summary>{tr!(declaration.answers)}</summary>
                        <div class="actions">
                            <button class="button">{tr!(app.again)}</button>
                        </div>
                    </details>
                </div>
            }
        })
        .collect_view()
        .into_any()
}

fn narrowing() -> AnyView {
    view! {
        <nav class="tabs" aria-label="Tabs">
            <a href="/style" aria-current="true">{tr!(statistics.reported)}</a>
            <a href="/style">{tr!(statistics.missing)}</a>
        </nav>
        <nav class="chips" aria-label=tr!(statistics.in_force)>
            <a class="chip" href="/style">
                <span>{tr!(statistics.abnormal)}</span>
                <span class="chip-cross" aria-hidden="true">"×"</span>
            </a>
        </nav>
        <p>
            <progress class="progress" max="100" value="40" aria-label=tr!(app.waiting)></progress>
        </p>
    }
    .into_any()
}
