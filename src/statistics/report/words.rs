//! A day's report in words: the same for the page, the text and the picture.

use chrono::{Datelike, Weekday};

use super::model::Sheet;
use crate::{census::TrendDay, enterprise::model::Enterprise, i18n::Locale, period::Day, roster::model::Share, ui::locale::tr_in};

/// What is reported.
pub struct Reported<'a> {
    pub enterprise: &'a Enterprise,
    /// The departments that it is confined to; none: it is of everyone.
    pub departments: Option<Vec<String>>,
    pub counted: TrendDay,
    /// Against a roster, and not only a head-count.
    pub by_name: bool,
    pub as_of: String,
}

pub fn sheet(reported: &Reported<'_>, locale: Locale) -> Sheet {
    let TrendDay { share, declared, abnormal, urgent, fever, apart_abnormal, .. } = reported.counted;
    let people = |count: u32| tr_in!(locale, statistics.people_count, count = count);
    let mut figures = Vec::new();
    let mut figure = |name: &str, value: String| figures.push((name.to_owned(), value));
    if let Some(share) = share {
        figure(tr_in!(locale, absent.expected), people(share.expected));
        figure(tr_in!(locale, absent.reported), people(share.declared));
        figure(tr_in!(locale, absent.missing), people(share.missing()));
        figure(tr_in!(locale, absent.rate), share.rate());
    } else {
        figure(tr_in!(locale, absent.reported), people(declared));
    }
    figure(tr_in!(locale, trend.fever), people(fever));
    figure(tr_in!(locale, trend.abnormal), people(abnormal));
    if urgent > 0 {
        figure(tr_in!(locale, report.urgent), people(urgent));
    }
    let zero = declared > 0 && abnormal == 0 && fever == 0 && apart_abnormal == 0;
    Sheet {
        title: tr_in!(locale, report.title).to_owned(),
        head: head(reported, locale),
        figures,
        statement: statement(reported, zero, locale),
        zero,
        notes: notes(reported, locale),
    }
}

fn head(reported: &Reported<'_>, locale: Locale) -> Vec<(String, String)> {
    let Reported { enterprise, departments, counted, as_of, .. } = reported;
    let day = format!("{} {}", counted.day, weekday(counted.day, locale));
    let of = departments.as_ref().map(|names| (tr_in!(locale, statistics.department), names.join(tr_in!(locale, alert.and))));
    let lines = [
        Some((tr_in!(locale, report.enterprise), enterprise.name.clone())),
        Some((tr_in!(locale, statistics.uscc), enterprise.uscc.as_str().to_owned())),
        of,
        Some((tr_in!(locale, absent.day), day)),
        Some((tr_in!(locale, statistics.as_of), as_of.clone())),
    ];
    lines.into_iter().flatten().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Nothing reported is only said of those who reported: who did not is said beside it, and who is in no figure too.
fn statement(reported: &Reported<'_>, zero: bool, locale: Locale) -> String {
    let TrendDay { share, declared, abnormal, fever, .. } = reported.counted;
    match (declared, zero, share.map(Share::missing)) {
        (0, ..) => tr_in!(locale, report.nobody).to_owned(),
        (_, true, Some(0)) => tr_in!(locale, report.zero).to_owned(),
        (_, true, Some(missing)) => tr_in!(locale, report.zero_so_far, missing = missing),
        (_, true, None) => tr_in!(locale, report.zero_of_those).to_owned(),
        (_, false, _) => tr_in!(locale, report.not_zero, abnormal = abnormal, fever = fever),
    }
}

fn notes(reported: &Reported<'_>, locale: Locale) -> Vec<String> {
    let TrendDay { day, share, unconfirmed, to_verify, apart_abnormal, .. } = reported.counted;
    let base = match share {
        None => Some(tr_in!(locale, report.no_base, day = day)),
        Some(_) if !reported.by_name => Some(tr_in!(locale, statistics.head_count_note).to_owned()),
        Some(_) => None,
    };
    let notes = [
        (unconfirmed > 0).then(|| tr_in!(locale, report.unconfirmed, count = unconfirmed)),
        (to_verify > 0).then(|| tr_in!(locale, report.to_verify, count = to_verify)),
        (apart_abnormal > 0).then(|| tr_in!(locale, report.apart_abnormal, count = apart_abnormal)),
        base,
    ];
    notes.into_iter().flatten().collect()
}

fn weekday(day: Day, locale: Locale) -> &'static str {
    match day.date().weekday() {
        Weekday::Mon => tr_in!(locale, report.monday),
        Weekday::Tue => tr_in!(locale, report.tuesday),
        Weekday::Wed => tr_in!(locale, report.wednesday),
        Weekday::Thu => tr_in!(locale, report.thursday),
        Weekday::Fri => tr_in!(locale, report.friday),
        Weekday::Sat => tr_in!(locale, report.saturday),
        Weekday::Sun => tr_in!(locale, report.sunday),
    }
}
