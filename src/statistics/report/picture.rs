//! A day's report as a picture, to be sent where a text would be lost among others.

use std::fmt::Write;

use super::model::Sheet;
use crate::enterprise::image::{ImageError, draw_with_text, fitting, text};

/// As wide as a phone shows it sharply; as high as its lines.
const WIDTH: usize = 1080;
const MARGIN: usize = 60;
/// A line of the head, one of the figures, and one of the notes.
const HEAD: usize = 56;
const FIGURE: usize = 84;
const NOTE: usize = 50;

pub fn png(sheet: &Sheet) -> Result<Vec<u8>, ImageError> {
    draw_with_text(&svg(sheet))
}

fn svg(sheet: &Sheet) -> String {
    let inner = WIDTH - 2 * MARGIN;
    let (mut body, mut y) = (String::new(), 200);
    for (name, value) in &sheet.head {
        y += HEAD;
        body += &text(MARGIN, y, 30, "#55615c", "start", name);
        body += &text(WIDTH - MARGIN, y, fitting(value, 32, inner - 320), "#17211d", "end", value);
    }
    y += 30;
    for (name, value) in &sheet.figures {
        let _ = write!(body, r##"<path d="M{MARGIN} {y}h{inner}" stroke="#dfe3e1" stroke-width="2"/>"##);
        y += FIGURE;
        body += &text(MARGIN, y - 28, 36, "#17211d", "start", name);
        body += &text(WIDTH - MARGIN, y - 28, 44, "#17211d", "end", value);
    }
    let (ground, ink) = if sheet.zero { ("#e3f3ea", "#07703a") } else { ("#fdf0dc", "#8a4b00") };
    let _ = write!(body, r#"<rect x="{MARGIN}" y="{y}" width="{inner}" height="120" rx="20" fill="{ground}"/>"#);
    body += &text(WIDTH / 2, y + 73, fitting(&sheet.statement, 38, inner - 60), ink, "middle", &sheet.statement);
    y += 130;
    for note in &sheet.notes {
        y += NOTE;
        body += &text(MARGIN, y, fitting(note, 28, inner), "#55615c", "start", note);
    }
    let height = y + 60;
    let title = text(MARGIN, 115, fitting(&sheet.title, 60, inner), "#fff", "start", &sheet.title);
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}"><path fill="#fff" d="M0 0h{WIDTH}v{height}H0z"/><path fill="#07783c" d="M0 0h{WIDTH}v180H0z"/>{title}{body}</svg>"##
    )
}
