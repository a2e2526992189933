//! Reads a questionnaire's TOML file, and explains each mistake with its line.
//!
//! Reading goes on after a mistake, so that one look at the report is enough. Questions are read first and what refers to them
//! second: a reference to a question that has mistakes of its own is not a second mistake.

mod fields;
mod questions;
mod rules;

use std::{fmt, ops::Range};

use toml::de::DeTable;

use self::{fields::Fields, questions::Drafts};
use super::model::Questionnaire;

/// The largest file that is read.
pub const MAX_BYTES: usize = 256 * 1024;

/// Something to mend in the file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mistake {
    /// Counted from 1.
    pub line: u32,
    pub sentence: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.line, self.sentence)
    }
}

/// The questionnaire, or every mistake in the order of the lines.
pub fn parse(text: &str) -> Result<Questionnaire, Vec<Mistake>> {
    if text.len() > MAX_BYTES {
        return Err(vec![Mistake { line: 1, sentence: format!("the file is larger than {} KiB", MAX_BYTES / 1024) }]);
    }
    let mut report = Report { text, mistakes: Vec::new() };
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let message = error.message().lines().collect::<Vec<_>>().join("; ");
        report.add(&error.span().unwrap_or(0..0), format!("this is not TOML: {message}"));
    }
    if report.mistakes.is_empty() {
        let questionnaire = read(&document, &mut report);
        if report.mistakes.is_empty() {
            return Ok(questionnaire);
        }
    }
    Err(report.in_order())
}

fn read(document: &toml::Spanned<DeTable<'_>>, report: &mut Report<'_>) -> Questionnaire {
    let file = Fields::new(document.get_ref(), 0..0, "the questionnaire".to_owned());
    file.allow(&["code", "version", "title", "province", "section", "implausible", "alert", "statistics"], report);
    let mut drafts = Drafts::read(&file, report);
    drafts.connect(report);
    Questionnaire {
        code: file.code("code", report),
        version: file.version("version", report),
        title: file.wording("title", report),
        province: file.province("province", report),
        implausible: rules::implausible(&file, &drafts, report),
        alerts: rules::alerts(&file, &drafts, report),
        statistics: rules::statistics(&file, &drafts, report),
        sections: drafts.into_sections(),
    }
}

/// The mistakes so far, and the text that they are in.
struct Report<'t> {
    text: &'t str,
    mistakes: Vec<Mistake>,
}

impl Report<'_> {
    fn add(&mut self, span: &Range<usize>, sentence: impl Into<String>) {
        let before = self.text.as_bytes().iter().take(span.start);
        let line = 1 + before.filter(|byte| **byte == b'\n').count();
        self.mistakes.push(Mistake { line: u32::try_from(line).unwrap_or(u32::MAX), sentence: sentence.into() });
    }

    fn in_order(mut self) -> Vec<Mistake> {
        self.mistakes.sort();
        self.mistakes.dedup();
        self.mistakes
    }
}

#[cfg(test)]
mod tests;
