//! What people read of a reminder, of alerts, or of a test, where no page says it.

use super::payload::{Missing, Personal};
use crate::{
    i18n::Locale,
    language::Language,
    ui::locale::{locale_of, tr_in},
};

/// Where something is said: the enterprise, its language, and this server's own address.
pub struct Telling<'a> {
    pub enterprise: &'a str,
    pub language: Language,
    /// Where whoever signs in sees more.
    pub link: &'a str,
    /// The longest text, in bytes.
    pub bytes: usize,
}

impl Telling<'_> {
    const fn locale(&self) -> Locale {
        locale_of(self.language)
    }

    /// The first line of each.
    pub fn title(&self) -> String {
        tr_in!(self.locale(), channel.say_title, enterprise = self.enterprise)
    }

    pub fn test(&self) -> String {
        format!("{}\n{}", self.title(), tr_in!(self.locale(), channel.say_test))
    }

    pub fn alerts(&self, count: i64) -> String {
        format!("{}\n{}\n{}", self.title(), tr_in!(self.locale(), channel.say_alerts, count = count), self.link)
    }

    /// Who is missing, as much of it as there is room for: figures always, then departments, then names.
    pub fn missing(&self, told: &Missing) -> String {
        let Missing { day, time, expected, declared, missing, departments, names, words } = told;
        let locale = self.locale();
        let figures =
            tr_in!(locale, channel.say_missing, day = day, time = time, expected = expected, declared = declared, missing = missing);
        let mut text = format!("{}\n{figures}", self.title());
        if !words.is_empty() {
            text = format!("{text}\n{words}");
        }
        let room = self.bytes.saturating_sub(text.len() + self.link.len() + 2);
        let of_departments = if names.is_some() { room / 2 } else { room };
        let lines = departments.iter().map(|(name, count)| tr_in!(locale, channel.say_department, name = name, count = count)).collect();
        text.push_str(&listed(lines, "\n", of_departments, |left| tr_in!(locale, channel.say_more_departments, count = left)));
        if let Some(names) = names {
            let room = self.bytes.saturating_sub(text.len() + self.link.len() + 2);
            // The first of them came along: the rest is counted.
            let beyond = usize::try_from(*missing).unwrap_or(0).saturating_sub(names.len());
            let separator = tr_in!(locale, channel.say_separator);
            let more = |left: usize| tr_in!(locale, channel.say_more_names, count = left + beyond);
            text.push_str(&names_listed(names, separator, room, beyond, more));
        }
        format!("{text}\n{}", self.link)
    }

    /// Subject and text to one of those who are missing. Nothing about how anyone is.
    pub fn personal(&self, told: &Personal) -> (String, String) {
        let locale = self.locale();
        let subject = tr_in!(locale, channel.say_personal_subject, enterprise = self.enterprise);
        let asked = tr_in!(locale, channel.say_personal, enterprise = self.enterprise, day = told.day);
        let words = if told.words.is_empty() { String::new() } else { format!("{}\n\n", told.words) };
        (subject, format!("{asked}\n\n{words}{}\n\n{}\n", told.link, tr_in!(locale, channel.say_personal_end)))
    }
}

/// Each on a line of its own, as many as there is room for; of the rest how many there are.
fn listed(lines: Vec<String>, before: &str, room: usize, more: impl Fn(usize) -> String) -> String {
    let whole: usize = lines.iter().map(|line| before.len() + line.len()).sum();
    if whole <= room {
        return lines.iter().flat_map(|line| [before, line]).collect();
    }
    let room = room.saturating_sub(before.len() + more(lines.len()).len());
    let mut text = String::new();
    for (place, line) in lines.iter().enumerate() {
        if text.len() + before.len() + line.len() > room {
            return format!("{text}{before}{}", more(lines.len() - place));
        }
        text = format!("{text}{before}{line}");
    }
    text
}

/// On one line, as many as there is room for; of the rest how many there are.
fn names_listed(names: &[String], separator: &str, room: usize, beyond: usize, more: impl Fn(usize) -> String) -> String {
    let all = format!("\n{}", names.join(separator));
    if all.len() <= room && beyond == 0 {
        return all;
    }
    let room = room.saturating_sub(more(names.len()).len());
    let mut text = String::from("\n");
    for (place, name) in names.iter().enumerate() {
        let before = if place == 0 { "" } else { separator };
        if text.len() + before.len() + name.len() > room {
            let more = more(names.len() - place);
            // Where nobody is named it begins the line.
            return if place == 0 { format!("{text}{}", more.trim_start_matches(['，', ',', ' '])) } else { text + &more };
        }
        text = format!("{text}{before}{name}");
    }
    format!("{text}{}", more(0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::period::Day;

    fn missing(departments: usize, names: Option<usize>, missing: u32) -> Missing {
        Missing {
            day: Day::from_ymd(2026, 11, 25).unwrap(),
            time: "09:30".to_owned(),
            expected: missing + 3,
            declared: 3,
            missing,
            departments: (0..departments).map(|number| (format!("第{number}车间"), 2)).collect(),
            names: names.map(|names| (0..names).map(|number| format!("虚构{number}")).collect()),
            words: String::new(),
        }
    }

    fn telling(bytes: usize) -> Telling<'static> {
        Telling { enterprise: "虚构工厂", language: Language::Zh, link: "https://shenbao.example/e/1/absent", bytes }
    }

    #[test]
    fn a_short_reminder_says_everything() {
        let text = telling(2048).missing(&missing(2, Some(2), 2));
        for part in ["虚构工厂", "2026-11-25", "09:30", "第0车间", "第1车间", "虚构0、虚构1", "https://shenbao.example/e/1/absent"]
        {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(!text.contains("另有"), "{text}");
    }

    proptest! {
        #[test]
        fn a_reminder_has_room_and_counts_whom_it_does_not_name(departments in 0..200_usize, named in 0..1000_usize, beyond in 0..5000_u32) {
            let all = u32::try_from(named).unwrap() + beyond;
            let told = missing(departments, Some(named), all);
            let text = telling(2048).missing(&told);
            prop_assert!(text.len() <= 2048, "{} bytes", text.len());
            let shown = (0..named).filter(|number| text.contains(&format!("虚构{number}、")) || text.contains(&format!("虚构{number}\n")) || text.contains(&format!("虚构{number}，"))).count();
            if shown < all as usize {
                prop_assert!(text.contains(&format!("另有 {} 人", all as usize - shown)), "{text}");
            }
        }

        #[test]
        fn who_is_not_to_be_named_is_not(departments in 0..200_usize, all in 1..5000_u32) {
            let text = telling(2048).missing(&missing(departments, None, all));
            prop_assert!(!text.contains("虚构0") && text.len() <= 2048);
        }
    }
}
