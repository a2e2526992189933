//! 未申报: who was waited for on a day and did not declare, with their names to copy, and what the day comes to by department and site.

use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_params_map};

use super::{
    api,
    model::{AbsentLine, AbsentView, Attendance, Choice, Mark, Share, ShareLine, field},
    roster_page::{Pages, Search},
};
use crate::{
    enterprise::invite_page::WordsToSend,
    id::EnterpriseId,
    link,
    period::Day,
    ui::{Frame, NoFilesInWeChat, bad_request, load, page_data, tr},
};

#[component]
pub fn AbsentPage() -> impl IntoView {
    let (params, location) = (use_params_map(), use_location());
    let enterprise = move || params.read().get("enterprise").unwrap_or_default();
    let data = page_data(move || [enterprise(), location.search.get()], |[enterprise, query]| api::absent(enterprise, query));
    load(data, |absent| view! { <Whole absent /> })
}

#[component]
fn Whole(absent: AbsentView) -> impl IntoView {
    let (enterprise, path) = (absent.enterprise, link::absent(absent.enterprise));
    let name = absent.name.clone();
    let shown = match absent.attendance {
        _ if absent.unreadable => {
            bad_request();
            view! {
                <p class="note note-error" role="alert">{tr!(absent.bad)}</p>
                <p><a class="button-link" href=path.clone()>{tr!(absent.reset)}</a></p>
            }
            .into_any()
        }
        None => view! { <NoBase absent=absent.clone() /> }.into_any(),
        Some(attendance) => view! { <Shown absent=absent.clone() attendance /> }.into_any(),
    };
    let remind = (absent.may_change && absent.is_today && !absent.unreadable).then(|| {
        let missing = absent.attendance.as_ref().is_some_and(|attendance| attendance.share.missing() > 0);
        let (path, words) = if missing {
            (link::with_query(&link::reminders(enterprise), "confirm=yes"), tr!(reminder.now))
        } else {
            (link::reminders(enterprise), tr!(reminder.title))
        };
        view! {
            <div class="actions">
                <a class="button" href=path>
                    {words}
                </a>
            </div>
        }
    });
    view! {
        <Frame title=tr!(absent.title) back=link::statistics(enterprise) wide=true signed_in=true>
            <p class="statistics-code">{name}</p>
            <Days absent path />
            {remind}
            {shown}
        </Frame>
    }
}

/// The day, the one before, and the one after.
#[component]
fn Days(absent: AbsentView, path: String) -> impl IntoView {
    let AbsentView { day, earlier, later, kept_beside_day, .. } = absent;
    let kept = kept_beside_day.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value /> });
    view! {
        <div class="absent-day">
            <form method="get" action=path>
                {kept.collect_view()}
                <label class="visually-hidden" for="day">
                    {tr!(absent.day)}
                </label>
                <input id="day" class="input" type="date" name=field::DAY value=day.to_string() />
                <button class="button">{tr!(absent.show)}</button>
            </form>
            <nav class="absent-days" aria-label=tr!(absent.day)>
                <a class="button-link" href=earlier data-noscroll="">
                    {tr!(absent.earlier)}
                </a>
                {later.map(|later| view! { <a class="button-link" href=later data-noscroll="">{tr!(absent.later)}</a> })}
            </nav>
        </div>
    }
}

#[component]
fn NoBase(absent: AbsentView) -> impl IntoView {
    view! {
        <p class="note">{tr!(absent.no_base)}</p>
        {absent
            .may_change
            .then(|| {
                view! {
                    <div class="actions">
                        <a class="button button-primary" href=link::roster(absent.enterprise)>
                            {tr!(absent.to_roster)}
                        </a>
                    </div>
                }
            })}
    }
}

#[component]
fn Shown(absent: AbsentView, attendance: Attendance) -> impl IntoView {
    let Attendance { share, by_name, day } = attendance;
    let whole = absent.clone();
    let narrowed = !absent.chips.is_empty();
    let as_of = absent.is_today.then(|| absent.as_of.clone());
    let names = (absent.count > 0).then(|| {
        let (enterprise, count, names) = (absent.name.clone(), absent.count, absent.names.clone());
        let words = tr!(absent.words, name = enterprise, day = day, count = count, names = names);
        let first = (absent.named < absent.count).then(|| {
            view! {
                <p class="group-note">
                    {tr!(absent.names_first, named = absent.named)} " "
                    <a rel="external" href=absent.all_names.clone() download="names.txt">{tr!(absent.all_names)}</a>
                </p>
            }
        });
        view! {
            <h2 class="group-title">{tr!(absent.names)}</h2>
            {first.is_some().then(|| view! { <NoFilesInWeChat /> })}
            {first}
            <WordsToSend words />
        }
    });
    let nobody = if narrowed { tr!(absent.no_match) } else { tr!(absent.nobody) };
    let list = if absent.count == 0 {
        view! { <p class="note note-good">{nobody}</p> }.into_any()
    } else {
        view! {
            <h2 class="group-title">{tr!(absent.count, count = absent.count)}</h2>
            <p class="group-note">{tr!(absent.legend)}</p>
            <People enterprise=absent.enterprise lines=absent.lines.clone() days=absent.days.clone() />
            <Pages previous=absent.previous.clone() next=absent.next.clone() />
        }
        .into_any()
    };
    view! {
        <Total share before=absent.before by_name as_of />
        {(!by_name).then(|| view! { <p class="note">{tr!(absent.head_count)}</p> })}
        {by_name
            .then(|| {
                view! {
                    <Shares title=tr!(absent.by_department) what=tr!(absent.department) lines=whole.departments.clone() />
                    <Shares title=tr!(absent.by_site) what=tr!(absent.site) lines=whole.sites.clone() />
                    <Search
                        path=link::absent(whole.enterprise)
                        search=whole.search.clone()
                        kept=whole.kept_beside_search.clone()
                    />
                    <Chips chips=whole.chips.clone() />
                    {names}
                    {list}
                }
            })}
    }
}

#[component]
fn Total(share: Share, before: Share, by_name: bool, as_of: Option<String>) -> impl IntoView {
    view! {
        <section class="group absent-total">
            <dl class="absent-figures">
                <div>
                    <dt>{tr!(absent.expected)}</dt>
                    <dd>{share.expected}</dd>
                </div>
                <div>
                    <dt>{tr!(absent.reported)}</dt>
                    <dd>{share.declared}</dd>
                </div>
                <div class="absent-missing">
                    <dt>{tr!(absent.missing)}</dt>
                    <dd>{share.missing()}</dd>
                </div>
                <div>
                    <dt>{tr!(absent.rate)}</dt>
                    <dd>{share.rate()}</dd>
                </div>
            </dl>
            <p class="total-time muted">
                {as_of.map(|as_of| view! { <span>{tr!(absent.as_of)} " " {as_of}</span> })}
                {by_name.then(|| view! { <span>{tr!(absent.change)} " " {change_words(share, before)}</span> })}
            </p>
        </section>
    }
}

/// By department or site: a table, on a phone too.
#[component]
fn Shares(title: &'static str, what: &'static str, lines: Vec<ShareLine>) -> impl IntoView {
    (!lines.is_empty()).then(|| {
        let lines = lines.into_iter().map(|line| {
            let ShareLine { label, link, chosen, share, before } = line;
            view! {
                <tr class:row-chosen=chosen>
                    <th scope="row">
                        <a href=link aria-current=chosen.then_some("true") data-noscroll="">
                            {label}
                        </a>
                    </th>
                    <td>{share.missing()}</td>
                    <td>{tr!(absent.of, declared = share.declared, expected = share.expected)}</td>
                    <td>{share.rate()}</td>
                    <td class="muted">{change_words(share, before)}</td>
                </tr>
            }
        });
        view! {
            <section class="absent-shares">
                <h2 class="group-title">{title}</h2>
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">{what}</th>
                            <th scope="col">{tr!(absent.missing)}</th>
                            <th scope="col">{format!("{} / {}", tr!(absent.reported), tr!(absent.expected))}</th>
                            <th scope="col">{tr!(absent.rate)}</th>
                            <th scope="col">{tr!(absent.change)}</th>
                        </tr>
                    </thead>
                    <tbody>{lines.collect_view()}</tbody>
                </table>
            </section>
        }
    })
}

#[component]
fn Chips(chips: Vec<Choice>) -> impl IntoView {
    (!chips.is_empty()).then(|| {
        let chips = chips.into_iter().map(|chip| {
            view! {
                <a class="chip" href=chip.link data-noscroll="">
                    <span>{chip.label}</span>
                    <span class="visually-hidden">{tr!(statistics.take_away)}</span>
                    <span class="chip-cross" aria-hidden="true">
                        "×"
                    </span>
                </a>
            }
        });
        view! {
            <nav class="chips" aria-label=tr!(statistics.in_force)>
                {chips.collect_view()}
            </nav>
        }
    })
}

#[component]
fn People(enterprise: EnterpriseId, lines: Vec<AbsentLine>, days: Vec<Day>) -> impl IntoView {
    let lines = lines.into_iter().map(|line| view! { <Person enterprise line days=days.clone() /> });
    view! { <ul class="group absent-people">{lines.collect_view()}</ul> }
}

#[component]
fn Person(enterprise: EnterpriseId, line: AbsentLine, days: Vec<Day>) -> impl IntoView {
    let AbsentLine { name, department, site, phone, person, declare, marks, .. } = line;
    let named = tr!(declaration.declare_for_named, name = name.clone());
    let facts = [department, site].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" · ");
    let name = match person {
        Some(person) => view! { <a href=person>{name}</a> }.into_any(),
        None => view! { <span>{name}</span> }.into_any(),
    };
    view! {
        <li class="cell absent-person">
            <span class="roster-name">{name}</span>
            <span class="roster-facts">{facts}</span>
            <span class="roster-numbers" translate="no">
                {phone}
            </span>
            <Strip enterprise marks days />
            {declare.map(|declare| view! { <a class="button-link roster-change" href=declare aria-label=named>{tr!(declaration.declare_for)}</a> })}
        </li>
    }
}

/// One box for each day, the oldest first: filled where they declared, hollow where they did not, a dash where nobody waited. Each leads to
/// who was missing on that day, for a finger or a mouse; a keyboard has the days on top of the page, and the words say the same.
#[component]
fn Strip(enterprise: EnterpriseId, marks: Vec<Mark>, days: Vec<Day>) -> impl IntoView {
    let count = |wanted: Mark| marks.iter().filter(|mark| **mark == wanted).count();
    let missing: Vec<String> =
        marks.iter().zip(&days).filter(|(mark, _)| **mark == Mark::Missing).map(|(_, day)| day.month_and_day()).collect();
    let mut words = tr!(absent.strip_words, declared = count(Mark::Declared), missing = count(Mark::Missing));
    if !missing.is_empty() {
        words = format!("{words} · {}", tr!(absent.strip_missing, days = missing.join(" ")));
    }
    let boxes = marks.iter().zip(&days).enumerate().map(|(at, (mark, day))| {
        let link = link::with_query(&link::absent(enterprise), format_args!("{}={day}", field::DAY));
        let day = day.month_and_day();
        let (class, height, title) = match mark {
            Mark::Declared => ("strip-declared", 14, tr!(absent.mark_declared, day = day)),
            Mark::Missing => ("strip-missing", 14, tr!(absent.mark_missing, day = day)),
            Mark::Off => ("strip-off", 2, tr!(absent.mark_off, day = day)),
        };
        view! {
            <a href=link tabindex="-1" aria-hidden="true" data-noscroll="">
                <title>{title}</title>
                <rect class=class x=(at * 12 + 1).to_string() y=(8 - height / 2).to_string() width="9" height=height.to_string() rx="1" />
                <rect x=(at * 12).to_string() width="12" height="16" fill="transparent" />
            </a>
        }
    });
    let width = marks.len() * 12;
    view! {
        <svg class="strip" viewBox=format!("0 0 {width} 16") role="group" aria-label=words>
            {boxes.collect_view()}
        </svg>
    }
}

/// How many points a rate went up or down.
fn change_words(share: Share, before: Share) -> String {
    let (Some(now), Some(then)) = (share.permille(), before.permille()) else { return tr!(absent.no_before).to_owned() };
    let points = |tenths: u32| format!("{}.{}", tenths / 10, tenths % 10);
    match now.cmp(&then) {
        std::cmp::Ordering::Greater => tr!(absent.up, points = points(now - then)),
        std::cmp::Ordering::Less => tr!(absent.down, points = points(then - now)),
        std::cmp::Ordering::Equal => tr!(absent.same).to_owned(),
    }
}
