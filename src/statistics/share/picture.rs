//! Shared statistics as a picture, to be sent where links are not opened.

use std::fmt::Write;

use super::{
    model::{SharedFigure, SharedView},
    told::Told,
};
use crate::{
    enterprise::image::{ImageError, draw_with_text, fitting, text},
    language::Language,
};

/// As wide as a phone shows it sharply; as high as its rows.
const WIDTH: usize = 1080;
const MARGIN: usize = 60;
const ROW: usize = 66;
/// The rows of one figure that a picture has room for.
const MOST_ROWS: usize = 8;

/// Draws what a link tells.
pub fn png(shared: &SharedView, language: Language) -> Result<Vec<u8>, ImageError> {
    draw_with_text(&svg(shared, language))
}

fn svg(shared: &SharedView, language: Language) -> String {
    let words = words(language);
    let (mut body, mut y) = (String::new(), 430);
    for group in &shared.snapshot.groups {
        if group.figures.is_empty() {
            continue;
        }
        y += 70;
        body += &text(MARGIN, y, 40, "#07783c", "start", group.heading.get(language));
        for figure in &group.figures {
            y = rows(&mut body, figure, shared.snapshot.declared, y, language, &words);
        }
    }
    let height = y + 150;
    let as_of = format!("{} {} {}", words.as_of, shared.snapshot.as_of.date, shared.snapshot.as_of.time);
    let mut svg = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}"><path fill="#fff" d="M0 0h{WIDTH}v{height}H0z"/><path fill="#07783c" d="M0 0h{WIDTH}v240H0z"/>"##
    );
    svg += &text(MARGIN, 110, 60, "#fff", "start", words.title);
    let questionnaire = shared.snapshot.questionnaire.as_ref().map(|title| title.get(language));
    let of = questionnaire.map_or_else(|| shared.name.clone(), |title| format!("{} · {title}", shared.name));
    svg += &text(MARGIN, 190, fitting(&of, 40, WIDTH - 2 * MARGIN), "#e3f3ea", "start", &of);
    svg += &text(MARGIN, 350, 72, "#17211d", "start", &words.people(shared.snapshot.declared));
    svg += &text(WIDTH - MARGIN, 350, 32, "#55615c", "end", &as_of);
    svg += &body;
    svg += &text(MARGIN, height - 50, fitting(words.foot, 28, WIDTH - 2 * MARGIN), "#55615c", "start", words.foot);
    svg + "</svg>"
}

/// The rows of one figure, each with its bar; gives how far down they reach.
fn rows(body: &mut String, figure: &SharedFigure, all: u32, mut y: usize, language: Language, words: &Words) -> usize {
    if let Some(title) = &figure.title {
        y += 60;
        *body += &text(MARGIN, y, 32, "#55615c", "start", title.get(language));
    }
    for (label, told) in figure.rows.iter().take(MOST_ROWS) {
        y += ROW;
        let (label, bar) = (label.get(language), WIDTH - 2 * MARGIN);
        let size = fitting(label, 32, 740);
        *body += &text(MARGIN, y, size, "#17211d", "start", label);
        let _ = write!(body, r##"<rect x="{MARGIN}" y="{}" width="{bar}" height="8" rx="4" fill="#e6eae8"/>"##, y + 14);
        let count = match told {
            Told::About(count) => {
                let share = usize::try_from(u64::from((*count).min(all)) * bar as u64 / u64::from(all.max(1))).unwrap_or(0);
                let _ = write!(body, r##"<rect x="{MARGIN}" y="{}" width="{share}" height="8" rx="4" fill="#07783c"/>"##, y + 14);
                words.count(*count)
            }
            Told::Hidden => words.hidden.to_owned(),
        };
        *body += &text(WIDTH - MARGIN, y, 32, "#17211d", "end", &count);
    }
    y + 20
}

struct Words {
    title: &'static str,
    as_of: &'static str,
    hidden: &'static str,
    foot: &'static str,
    language: Language,
}

impl Words {
    fn people(&self, count: u32) -> String {
        match self.language {
            Language::Zh => format!("约 {count} 人申报"),
            Language::En => format!("About {count} people"),
        }
    }

    fn count(&self, count: u32) -> String {
        match (count, self.language) {
            (0, _) => "0".to_owned(),
            (count, Language::Zh) => format!("约 {count}"),
            (count, Language::En) => format!("about {count}"),
        }
    }
}

const fn words(language: Language) -> Words {
    match language {
        Language::Zh => Words {
            title: "员工健康申报统计",
            as_of: "截至",
            hidden: "人数少，不显示",
            foot: "数字取整到 5；人数少的不显示，不含任何个人信息。",
            language,
        },
        Language::En => Words {
            title: "Health declarations",
            as_of: "as of",
            hidden: "too few to tell",
            foot: "To the nearest five; few people are not told. No personal data.",
            language,
        },
    }
}
