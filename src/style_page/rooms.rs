//! What the rooms made for themselves, as they use it.

use leptos::prelude::*;

use super::part;
use crate::{
    account::{
        model::{DocumentKind, Level},
        passkey_browser::NoPasskey,
        sign_in_page::{Ceremonial, CeremonyNote, DemoEntry, Stop},
    },
    alert::{alert_page::AlertsOf, alerts_page::StateBadge, model::State as Progress, view::AlertOf},
    declaration::{
        check_view::person_facts,
        form_view::{form_view, note_view, problems_view},
        model::{DeclareView, Filled, Note, Outcome, PersonView},
    },
    delegation::{managers_page::RequestFacts, model::RequestLine},
    enterprise::invite_page::WordsToSend,
    gate::{
        model::{PassView, Verdict},
        pass_view::Pass,
    },
    id::{EnterpriseId, ReceiptId},
    message::messages_page::ToMessages,
    period::Day,
    questionnaire::{
        catalogue::{Catalogue, DEFAULT},
        check::check,
        model::{AlertLevel, FormValues, Kind, Questionnaire, YES},
    },
    roster::model::Share,
    roster::roster_page::{Pages, Search},
    statistics::{
        filter_bar::{AsOf, Chips},
        people_page::{State, Table},
        statistics_page::OneFigure,
        trend::{
            chart,
            model::{Chart, Shown, TrendLine},
            trend_page::one_chart,
        },
        view::{Chip, ChipKind, FigureView, Linked, LocalTime, PersonLine, RowView},
    },
    ui::{NoFilesInWeChat, tr},
};

const HERE: &str = "/style";
const AT: &str = "11/26 09:41";

pub fn rooms() -> AnyView {
    [
        part("The form of a questionnaire", questionnaire()),
        part("Why a form comes back", notes()),
        part("Who declares", view! { <dl class="facts">{person_facts(&person())}</dl> }.into_any()),
        part("A declaration that waits, and what became of others", kept()),
        part("A pass", passes()),
        part("How health stands", states()),
        part("An alert's progress", progress()),
        part("Rows of a figure: empty", view! { <OneFigure figure=figure(0) as_of=now() /> }.into_any()),
        part("Rows of a figure: full", view! { <OneFigure figure=figure(150) as_of=now() /> }.into_any()),
        part("Charts", charts()),
        part("People", people()),
        part("Narrowing a list", narrowing()),
        part("A request to manage", request()),
        part("A passkey", passkey()),
        part("Words to send", view! { <WordsToSend words=tr!(app.name).to_owned() /> }.into_any()),
        part("The other pages of an enterprise", tiles()),
        part("Invented people, and WeChat", view! { <DemoEntry /> <NoFilesInWeChat /> }.into_any()),
    ]
    .collect_view()
    .into_any()
}

/// Partly answered, and partly wrong: each kind of question is in it.
fn questionnaire() -> AnyView {
    let Some(questionnaire) = Catalogue::load(None).ok().and_then(|catalogue| catalogue.newest(DEFAULT)) else { return ().into_any() };
    let given = questionnaire.questions().filter_map(|question| Some((question.code.clone(), sample(&question.kind)?.to_owned())));
    let values = FormValues::from_pairs(given);
    let problems = check(&questionnaire, &values, today()).err().unwrap_or_default();
    let filled = Filled { values, problems, note: None };
    let view = declare_view((*questionnaire).clone(), Outcome::Form(filled.clone()));
    view! {
        {problems_view(&view, &filled)}
        <form novalidate>{form_view(&view, &filled)}</form>
    }
    .into_any()
}

/// Some kinds are answered, and one of them wrongly.
const fn sample(kind: &Kind) -> Option<&'static str> {
    match kind {
        Kind::YesNo => Some(YES),
        Kind::Temperature { .. } => Some("45"),
        Kind::LongText => Some("11/24 09:41 G1001"),
        _ => None,
    }
}

fn declare_view(questionnaire: Questionnaire, outcome: Outcome) -> DeclareView {
    DeclareView {
        enterprise: EnterpriseId::from_bits(1),
        person: person(),
        questionnaire,
        today: today(),
        submission: uuid::Uuid::nil(),
        repeatable: true,
        same: false,
        outcome,
        post_to: None,
    }
}

fn notes() -> AnyView {
    [Note::Busy, Note::Often, Note::Changed, Note::NewDay, Note::OtherPerson, Note::Unknown, Note::Encoding]
        .map(note_view)
        .collect_view()
        .into_any()
}

fn person() -> PersonView {
    PersonView { name: "陈演示".into(), document: "99**************14".into(), phone: Some("199****0001".into()), level: Level::Claimed }
}

/// As the script `offline/notice.js` puts them on every page.
fn kept() -> AnyView {
    let kept = |class: &'static str, title: &'static str, words: String, button: Option<&'static str>| {
        view! {
            <section class=format!("outcome outcome-{class}")>
                <h2>{title}</h2>
                <p>{words}</p>
                <div class="actions">{button.map(|words| view! { <button class="button" type="button">{words}</button> })}</div>
            </section>
        }
    };
    // In a box of its own, so that it does not stay in sight.
    view! {
        <div>
        <aside class="pending" aria-label=tr!(offline.label)>
            {kept("warning", tr!(offline.waiting), tr!(offline.waiting_text, time = AT), Some(tr!(offline.send)))}
            {kept("good", tr!(offline.sent), tr!(offline.sent_text, time = AT), Some(tr!(offline.receipt)))}
            {kept("error", tr!(offline.refused), tr!(offline.refused_text, time = AT), Some(tr!(offline.open)))}
        </aside>
        </div>
    }
    .into_any()
}

fn passes() -> AnyView {
    let pass = |verdict: Verdict| {
        let pass = PassView {
            verdict,
            name: "陈演示".into(),
            department: Some(tr!(statistics.department).to_owned()),
            day: today(),
            weekday: "星期四".into(),
            clock: 34_867,
        };
        view! { <Pass pass receipt=ReceiptId { enterprise: EnterpriseId::from_bits(1), change: 1 } /> }
    };
    Verdict::ALL.map(pass).collect_view().into_any()
}

fn states() -> AnyView {
    let alerts = [None, Some(AlertLevel::Attention), Some(AlertLevel::Urgent)];
    view! {
        <p class="badges">
            {alerts.map(|alert| view! { <State alert unmeasured=false /> " " }).collect_view()} <State alert=None unmeasured=true />
        </p>
    }
    .into_any()
}

fn progress() -> AnyView {
    let all = [Progress::New, Progress::Seen, Progress::Contacted, Progress::Isolated, Progress::InCare, Progress::Resolved];
    let alerts = all.map(|state| AlertOf {
        link: HERE.into(),
        day: today(),
        level: AlertLevel::Urgent,
        state,
        reasons: tr!(statistics.fever).to_owned(),
    });
    view! {
        <p class="badges">{all.map(|state| view! { <StateBadge state /> " " }).collect_view()}</p>
        <AlertsOf alerts=alerts.into() />
    }
    .into_any()
}

fn figure(of: u32) -> FigureView {
    let row =
        |label: &str, count: u32, chosen: bool| RowView { label: label.into(), count, people: HERE.into(), toggle: HERE.into(), chosen };
    FigureView {
        title: Some(tr!(statistics.temperature).to_owned()),
        of,
        several: true,
        filtered: false,
        first: 3,
        rows: vec![row("A", of, true), row("B", of / 3, false), row("C", 0, false), row("D", of / 10, false)],
    }
}

fn charts() -> AnyView {
    let line = |ago: u64, declared: u32| {
        let linked = |count| Linked { count, people: HERE.into() };
        let share = (ago < 6).then_some(Share { expected: 156, declared });
        TrendLine {
            day: today().minus_days(ago),
            share,
            declared: linked(declared),
            abnormal: linked(declared / 5),
            fever: linked(declared / 60),
        }
    };
    let days = [(6, 0), (5, 20), (4, 60), (3, 100), (2, 120), (1, 150), (0, 156)].map(|(ago, declared)| line(ago, declared));
    let charts =
        [Shown::Rate, Shown::Abnormal, Shown::Fever].map(|shown| one_chart(Chart { shown, svg: chart::svg(shown, &days, |_| None) }));
    view! { <div class="statistics-groups trend-charts">{charts.collect_view()}</div> }.into_any()
}

fn people() -> AnyView {
    let line = |name: &str, alert, temperature: Option<&str>| PersonLine {
        link: HERE.into(),
        name: name.into(),
        document: "99**************14".into(),
        phone: "199****0001".into(),
        department: tr!(statistics.department).to_owned(),
        alert,
        on_behalf: alert.is_some(),
        unmeasured: temperature.is_none(),
        temperature: temperature.map(str::to_owned),
        submitted_at: now(),
    };
    let lines = vec![
        line("陈演示", None, Some("36.5")),
        line("林演示", Some(AlertLevel::Attention), Some("37.3")),
        line("吴演示", Some(AlertLevel::Urgent), Some("39.0")),
        line("何演示", None, None),
    ];
    view! { <Table lines by_department=true /> }.into_any()
}

fn narrowing() -> AnyView {
    let chip = |kind| Chip { kind, without: HERE.into() };
    let chips = vec![chip(ChipKind::ToVerify), chip(ChipKind::Search("陈演示".into()))];
    view! {
        <Search path=HERE.to_owned() search=String::new() kept=Vec::new() />
        <Chips chips clear=HERE.to_owned() />
        <p>
            <AsOf at=now() />
        </p>
        <Pages previous=Some(HERE.into()) next=Some(HERE.into()) />
    }
    .into_any()
}

fn request() -> AnyView {
    let request = RequestLine {
        id: uuid::Uuid::nil(),
        name: "吴演示".into(),
        kind: DocumentKind::ResidentId,
        document: "99**************33".into(),
        phone: Some("199****0003".into()),
        reason: "三车间安全员".into(),
        level: Level::Claimed,
        at: "2026-11-26 20:45".into(),
        invited_at: "2026-11-26 20:45".into(),
    };
    view! {
        <section class="group">
            <RequestFacts request />
        </section>
    }
    .into_any()
}

fn passkey() -> AnyView {
    let stopped = |why| Ceremonial::Stopped(Stop::Here(why));
    let all = [Ceremonial::Busy, stopped(NoPasskey::Unsupported), stopped(NoPasskey::Cancelled), stopped(NoPasskey::Failed)];
    all.map(|state| view! { <CeremonyNote state=RwSignal::new(state) /> }).collect_view().into_any()
}

fn tiles() -> AnyView {
    view! {
        <p class="statistics-more">
            <ToMessages unread=4 />
            " "
            <a href=HERE>{tr!(trend.title)}</a>
            " "
            <a href=HERE>{tr!(report.title)}</a>
        </p>
    }
    .into_any()
}

fn now() -> LocalTime {
    LocalTime { date: today().to_string(), time: "09:41".into() }
}

fn today() -> Day {
    Day::from_ymd(2026, 11, 26).unwrap_or(Day::EPOCH)
}
