//! A table of the file, read key by key; what is not as it must be goes into the report.

use std::ops::Range;

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::Report;
use crate::questionnaire::{
    model::{Celsius, Text},
    place,
};

pub type Value<'t> = Spanned<DeValue<'t>>;

/// The longest wording, in characters, and the longest code.
const WORDING: usize = 1000;
const CODE: usize = 40;

#[derive(Clone)]
pub struct Fields<'t> {
    table: &'t DeTable<'t>,
    /// Where a sentence about the whole table points.
    pub span: Range<usize>,
    /// As a sentence names it: `the question "fever"`.
    pub what: String,
}

/// A text of the file with its place.
pub struct Word<'t> {
    pub text: &'t str,
    pub span: Range<usize>,
}

impl<'t> Fields<'t> {
    pub fn new(table: &'t DeTable<'t>, span: Range<usize>, what: String) -> Self {
        Self { table, span, what }
    }

    pub fn get(&self, key: &str) -> Option<&'t Value<'t>> {
        self.table.get(key)
    }

    /// Where a sentence about this key points.
    pub fn span_of(&self, key: &str) -> Range<usize> {
        self.table.get_key_value(key).map_or_else(|| self.span.clone(), |(key, _)| key.span())
    }

    /// Every other key is a mistake.
    pub fn allow(&self, keys: &[&str], report: &mut Report<'_>) {
        for key in self.table.keys().filter(|key| !keys.contains(&&**key.get_ref())) {
            let known = keys.join(", ");
            report.add(&key.span(), format!("“{}” is not a key of {}; its keys are {known}", key.get_ref(), self.what));
        }
    }

    fn required(&self, key: &str, report: &mut Report<'_>) -> Option<&'t Value<'t>> {
        let value = self.get(key);
        if value.is_none() {
            report.add(&self.span, format!("“{key}” is missing in {}", self.what));
        }
        value
    }

    fn expected(&self, key: &str, form: &str, report: &mut Report<'_>) {
        report.add(&self.span_of(key), format!("“{key}” in {} must be {form}", self.what));
    }

    /// A required text.
    pub fn word(&self, key: &str, report: &mut Report<'_>) -> Option<Word<'t>> {
        let value = self.required(key, report)?;
        let word = value.get_ref().as_str().map(|text| Word { text, span: value.span() });
        if word.is_none() {
            self.expected(key, "a text in quotes", report);
        }
        word
    }

    /// A required code; empty, and reported, where there is none.
    pub fn code(&self, key: &str, report: &mut Report<'_>) -> String {
        let Some(word) = self.word(key, report) else { return String::new() };
        let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let good = !word.text.is_empty() && !word.text.starts_with('-') && word.text.len() <= CODE && word.text.bytes().all(known);
        if !good {
            let rule = format!("1 to {CODE} lower-case letters, digits and hyphens, and begins with a letter or a digit");
            report.add(&word.span, format!("“{}” cannot be the code of {}: a code has {rule}", shortened(word.text), self.what));
        }
        word.text.to_owned()
    }

    /// A required count from 1.
    pub fn version(&self, key: &str, report: &mut Report<'_>) -> u32 {
        let Some(value) = self.required(key, report) else { return 0 };
        let number = value.get_ref().as_integer().filter(|number| number.radix() == 10).and_then(|number| number.as_str().parse().ok());
        if let Some(number @ 1..=999_999) = number {
            return number;
        }
        self.expected(key, "a whole number from 1 to 999999", report);
        0
    }

    /// A province's code; none where it is left out.
    pub fn province(&self, key: &str, report: &mut Report<'_>) -> Option<String> {
        self.get(key)?;
        let word = self.word(key, report)?;
        if !place::is_province(word.text) {
            let rule = "a province has six digits, such as 440000";
            report.add(&word.span, format!("“{}” is no province of GB/T 2260: {rule}", shortened(word.text)));
        }
        Some(word.text.to_owned())
    }

    /// A required wording in both languages.
    pub fn wording(&self, key: &str, report: &mut Report<'_>) -> Text {
        let table = self.required(key, report).map(|value| (value.get_ref().as_table(), self.span_of(key)));
        let Some((Some(table), span)) = table else {
            if table.is_some() {
                self.expected(key, &format!("in both languages: {key}.zh = \"…\" and {key}.en = \"…\""), report);
            }
            return Text { zh: String::new(), en: String::new() };
        };
        let both = Fields::new(table, span, format!("“{key}” of {}", self.what));
        both.allow(&["zh", "en"], report);
        Text { zh: both.words("zh", report), en: both.words("en", report) }
    }

    pub fn optional_wording(&self, key: &str, report: &mut Report<'_>) -> Option<Text> {
        self.get(key).is_some().then(|| self.wording(key, report))
    }

    fn words(&self, key: &str, report: &mut Report<'_>) -> String {
        let Some(word) = self.word(key, report) else { return String::new() };
        if word.text.trim().is_empty() {
            report.add(&word.span, format!("{} says nothing in “{key}”", self.what));
        } else if word.text.chars().count() > WORDING {
            report.add(&word.span, format!("{} is longer than {WORDING} characters in “{key}”", self.what));
        } else if word.text.chars().any(char::is_control) {
            report.add(&word.span, format!("{} has a line break or a control character in “{key}”; write it in one line", self.what));
        }
        word.text.trim().to_owned()
    }

    /// True or false; false where it is left out.
    pub fn flag(&self, key: &str, report: &mut Report<'_>) -> bool {
        let Some(value) = self.get(key) else { return false };
        value.get_ref().as_bool().unwrap_or_else(|| {
            self.expected(key, "true or false, without quotes", report);
            false
        })
    }

    /// A temperature with at most one decimal.
    pub fn celsius(&self, key: &str, report: &mut Report<'_>) -> Option<Celsius> {
        let number = match self.get(key)?.get_ref() {
            DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str()),
            DeValue::Float(number) => Some(number.as_str()),
            _ => None,
        };
        let celsius =
            number.and_then(|number| number.parse().ok()).filter(|celsius| (Celsius::LOWEST..=Celsius::HIGHEST).contains(celsius));
        if celsius.is_none() {
            let form = format!("a number from {} to {} with at most one decimal, such as 37.3", Celsius::LOWEST, Celsius::HIGHEST);
            self.expected(key, &form, report);
        }
        celsius
    }

    /// A list of texts; empty where it is left out.
    pub fn words_of(&self, key: &str, report: &mut Report<'_>) -> Vec<Word<'t>> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let mut words = Vec::new();
        for item in value.get_ref().as_array().into_iter().flatten() {
            if let Some(text) = item.get_ref().as_str() {
                words.push(Word { text, span: item.span() });
            } else {
                report.add(&item.span(), format!("each item of “{key}” in {} must be a text in quotes", self.what));
            }
        }
        if value.get_ref().as_array().is_none() {
            self.expected(key, "a list of texts: [\"…\", \"…\"]", report);
        }
        words
    }

    /// A list of tables; empty where it is left out.
    pub fn tables(&self, key: &str, what: &str, report: &mut Report<'_>) -> Vec<Self> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let Some(items) = value.get_ref().as_array() else {
            self.expected(key, "a list of tables", report);
            return Vec::new();
        };
        let mut tables = Vec::new();
        for (number, item) in (1..).zip(items) {
            match item.get_ref().as_table() {
                Some(table) => tables.push(Fields::new(table, item.span(), name(table, what, number, &self.what))),
                None => report.add(&item.span(), format!("each item of “{key}” in {} must be a table", self.what)),
            }
        }
        tables
    }

    /// A table; none where it is left out.
    pub fn table_at(&self, key: &str, report: &mut Report<'_>) -> Option<Self> {
        let value = self.get(key)?;
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.expected(key, "a table: { … }", report);
        }
        table.map(|table| Fields::new(table, self.span_of(key), format!("“{key}” of {}", self.what)))
    }
}

/// By its code where it has one, else by its number.
fn name(table: &DeTable<'_>, what: &str, number: u32, whole: &str) -> String {
    let whole = if whole == "the questionnaire" { String::new() } else { format!(" of {whole}") };
    match table.get("code").and_then(|code| code.get_ref().as_str()) {
        Some(code) if what == "question" => format!("the question “{}”", shortened(code)),
        Some(code) => format!("the {what} “{}”{whole}", shortened(code)),
        None => format!("{what} {number}{whole}"),
    }
}

/// For sentences: the first 40 characters.
pub fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(CODE).filter(|c| !c.is_control()).collect();
    if text.chars().nth(CODE).is_some() {
        short.push('…');
    }
    short
}
