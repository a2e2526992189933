//! From the census to the days of a trend, a link behind each figure.

use super::{
    chart,
    model::{Base, Chart, DAYS, Shown, TrendLine, TrendView, field},
};
use crate::{
    account::caller::Scope,
    census::{Trend, TrendDay},
    enterprise::department::model::NONE,
    error::Result,
    form,
    id::DepartmentId,
    language::Language,
    link,
    period::{Day, Period},
    roster::model::Choice,
    state::AppState,
    statistics::{
        answer::{Context, department_name},
        model::{Filter, State, department},
        view::Linked,
    },
    ui::tr,
};

/// What an address asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::option_option, reason = "no wish, no department, or one")]
struct Asked {
    days: u8,
    department: Option<Option<DepartmentId>>,
}

impl Asked {
    /// Nothing in an address is ever ignored: days of something else are wrong days.
    fn parse(query: &str) -> Option<Self> {
        let values = form::read(query.trim_start_matches('?').as_bytes()).ok()?;
        if values.fields().any(|name| ![field::DAYS, field::DEPARTMENT].contains(&name) || values.all(name).len() > 1) {
            return None;
        }
        let text = |name: &str| Some(values.one(name).trim()).filter(|text| !text.is_empty());
        let days = text(field::DAYS).map_or(Some(DAYS[0]), |text| DAYS.into_iter().find(|days| days.to_string() == text))?;
        let department = text(field::DEPARTMENT).map(department).transpose().ok()?;
        Some(Self { days, department })
    }

    fn query(self) -> String {
        let days = (self.days != DAYS[0]).then(|| format!("{}={}", field::DAYS, self.days));
        let department = self.department.map(|department| {
            format!("{}={}", field::DEPARTMENT, department.map_or_else(|| NONE.to_owned(), |department| department.to_string()))
        });
        [days, department].into_iter().flatten().collect::<Vec<_>>().join("&")
    }
}

/// The days that `query` asks for, up to today.
pub async fn trend(state: &AppState, scope: &Scope, query: &str, language: Language) -> Result<TrendView> {
    let (context, _) = Context::load(state, scope, "", language).await?;
    let known = |asked: &Asked| asked.department.is_none_or(|department| context.known_departments().contains(&department));
    let asked = Asked::parse(query).filter(known);
    let unreadable = asked.is_none();
    let asked = asked.unwrap_or(Asked { days: DAYS[0], department: None });
    let today = context.enterprise.today(&state.clock);
    let days = (today.minus_days(u64::from(asked.days) - 1), today);
    let trend = if unreadable { Trend::default() } else { state.censuses.trend(&context.sight, days, asked.department).await? };
    let base = base(&trend);
    let lines: Vec<TrendLine> = trend.days.iter().map(|counted| line(&context, asked, counted)).collect();
    Ok(TrendView {
        enterprise: context.enterprise.id,
        unreadable,
        spans: DAYS.map(|days| (days, address(&context, Asked { days, ..asked }))).to_vec(),
        days: asked.days,
        departments: departments(&context, asked),
        as_of: context.local(state.clock.now()),
        base,
        charts: charts(&context, asked, base, &lines, trend.by_name),
        lines,
        name: context.enterprise.name,
    })
}

fn base(trend: &Trend) -> Base {
    match trend.days.iter().any(|day| day.share.is_some()) {
        false => Base::Nothing,
        true if trend.by_name => Base::Roster,
        true => Base::HeadCount,
    }
}

fn address(context: &Context, asked: Asked) -> String {
    link::with_query(&link::trend(context.enterprise.id), asked.query())
}

fn departments(context: &Context, asked: Asked) -> Vec<Choice> {
    if context.departments.is_empty() {
        return Vec::new();
    }
    let choice = |label: String, department| Choice {
        label,
        link: address(context, Asked { department, ..asked }),
        chosen: asked.department == department,
    };
    let of = |department| choice(department_name(&context.departments, department), Some(department));
    let every = std::iter::once(choice(tr!(trend.everyone).to_owned(), None));
    let without = context.sight.reaches(None).then_some(None);
    every.chain(context.departments.iter().map(|department| Some(department.id)).chain(without).map(of)).collect()
}

/// The figures of a day lead to the statistics of that day: exactly those people.
fn line(context: &Context, asked: Asked, counted: &TrendDay) -> TrendLine {
    let day = of_day(counted.day, asked);
    let linked = |count, filter: &Filter| Linked { count, people: statistics(context, filter) };
    TrendLine {
        day: counted.day,
        share: counted.share,
        abnormal: linked(counted.abnormal, &day.in_state(Some(State::Abnormal))),
        fever: linked(counted.fever, &day.in_state(Some(State::Fever))),
        declared: linked(counted.declared, &day),
    }
}

fn of_day(day: Day, asked: Asked) -> Filter {
    Filter { period: Period::range(day, day), departments: asked.department.into_iter().collect(), ..Filter::default() }
}

fn statistics(context: &Context, filter: &Filter) -> String {
    link::with_query(&link::statistics(context.enterprise.id), filter)
}

fn charts(context: &Context, asked: Asked, base: Base, lines: &[TrendLine], by_name: bool) -> Vec<Chart> {
    let absent = |line: &TrendLine| (by_name && context.may.people).then(|| absent(context, asked, line.day));
    let shown = if base == Base::Nothing { &[Shown::Abnormal, Shown::Fever][..] } else { &[Shown::Rate, Shown::Abnormal, Shown::Fever] };
    shown.iter().map(|&shown| Chart { shown, svg: chart::svg(shown, lines, absent) }).collect()
}

/// Who had not declared on a day.
fn absent(context: &Context, asked: Asked, day: Day) -> String {
    let department = Asked { days: DAYS[0], ..asked }.query();
    let query = [format!("day={day}"), department].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("&");
    link::with_query(&link::absent(context.enterprise.id), query)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_what_it_asks_for_or_is_refused() {
        for (text, days, department) in [
            ("", 7, None),
            ("?days=30", 30, None),
            ("days=14&department=3", 14, Some(Some(DepartmentId(3)))),
            ("department=0", 7, Some(None)),
        ] {
            let asked = Asked::parse(text).unwrap();
            assert_eq!(asked, Asked { days, department }, "{text}");
            assert_eq!(Asked::parse(&asked.query()), Some(asked));
        }
        for text in ["days=8", "days=07", "days=7&days=14", "department=03", "department=-1", "department=x", "period=7d", "days=%ff"] {
            assert_eq!(Asked::parse(text), None, "{text}");
        }
    }
}
