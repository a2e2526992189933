//! The language of this page: from the `lang` cookie, else from what the browser accepts. It does not change under a page: a
//! switch reloads it. So words are plain strings, and no view carries a signal for them. The same goes for 大字版, the size of
//! its text, from the `size` cookie.

use std::fmt::Display;

use crate::{i18n::Locale, language::Language};

/// The cookie that keeps the choice.
pub const COOKIE: &str = "lang";
/// The cookie that keeps the size of text, and what it says for the large one.
pub const SIZE_COOKIE: &str = "size";
pub const LARGE: &str = "large";

/// What the shell writes on `<html>`, and a page in the browser reads back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageFacts {
    pub locale: Locale,
    /// The server runs on demo data.
    pub demo: bool,
    /// 大字版.
    pub large: bool,
    /// It is shown by WeChat's own browser, which has no passkeys, shares nothing and keeps no files.
    pub in_wechat: bool,
}

/// Words in the page's language: `tr!(section.key)`, or `tr!(section.key, name = value)` where the locale files write `{name}`
/// (one brace: the typed interpolation of `{{ name }}` gives views, not text, and costs more WASM).
macro_rules! tr {
    ($section:ident . $key:ident) => {
        leptos_i18n::td_string!($crate::ui::locale::locale(), $section.$key)
    };
    ($section:ident . $key:ident, $($name:ident = $value:expr),+ $(,)?) => {
        $crate::ui::locale::filled(
            leptos_i18n::td_string!($crate::ui::locale::locale(), $section.$key),
            &[$((stringify!($name), &$value as &dyn std::fmt::Display)),+],
        )
    };
}
pub(crate) use tr;

/// The same in a language that is named: where there is no page.
#[cfg(feature = "ssr")]
macro_rules! tr_in {
    ($locale:expr, $section:ident . $key:ident) => {
        leptos_i18n::td_string!($locale, $section.$key)
    };
    ($locale:expr, $section:ident . $key:ident, $($name:ident = $value:expr),+ $(,)?) => {
        $crate::ui::locale::filled(
            leptos_i18n::td_string!($locale, $section.$key),
            &[$((stringify!($name), &$value as &dyn std::fmt::Display)),+],
        )
    };
}
#[cfg(feature = "ssr")]
pub(crate) use tr_in;

/// Puts values where `{name}` stands, and of `{name|person|people}` the first word for one and the second for any other number. What
/// a value holds is not looked at again; a name without value stays as it is.
pub fn filled(words: &str, values: &[(&str, &dyn Display)]) -> String {
    let (mut text, mut rest) = (String::with_capacity(words.len() + 32), words);
    while let Some(start) = rest.find('{') {
        let value = rest[start..].find('}').and_then(|length| {
            let mut parts = rest[start + 1..start + length].split('|');
            let name = parts.next();
            values.iter().find(|(known, _)| Some(*known) == name).map(|(_, value)| (value.to_string(), parts, start + length + 1))
        });
        text.push_str(&rest[..start]);
        let Some((value, mut forms, end)) = value else {
            text.push('{');
            rest = &rest[start + 1..];
            continue;
        };
        let form = forms.nth(usize::from(value != "1"));
        text.push_str(form.unwrap_or(&value));
        rest = &rest[end..];
    }
    text + rest
}

/// The language of the page, for texts that are data.
pub fn language() -> Language {
    language_of(locale())
}

pub const fn language_of(locale: Locale) -> Language {
    match locale {
        Locale::zh_CN => Language::Zh,
        Locale::en => Language::En,
    }
}

#[cfg(feature = "ssr")]
pub const fn locale_of(language: Language) -> Locale {
    match language {
        Language::Zh => Locale::zh_CN,
        Language::En => Locale::en,
    }
}

pub fn locale() -> Locale {
    page_facts().locale
}

/// For `<html lang>`.
pub const fn tag(locale: Locale) -> &'static str {
    match locale {
        Locale::zh_CN => "zh-CN",
        Locale::en => "en",
    }
}

#[cfg(feature = "ssr")]
pub fn page_facts() -> PageFacts {
    leptos::prelude::use_context().unwrap_or(PageFacts { locale: Locale::zh_CN, demo: false, large: false, in_wechat: false })
}

#[cfg(not(feature = "ssr"))]
pub fn page_facts() -> PageFacts {
    thread_local!(static FACTS: PageFacts = read_facts());
    FACTS.with(|facts| *facts)
}

#[cfg(all(not(feature = "ssr"), feature = "hydrate"))]
fn read_facts() -> PageFacts {
    let root = leptos::prelude::document().document_element();
    let attribute = |name: &str| root.as_ref().and_then(|root| root.get_attribute(name));
    let has = |name: &str| attribute(name).is_some();
    PageFacts {
        locale: from_tag(&attribute("lang").unwrap_or_default()),
        demo: has("data-demo"),
        large: has("data-large"),
        in_wechat: has("data-wechat"),
    }
}

#[cfg(not(any(feature = "ssr", feature = "hydrate")))]
fn read_facts() -> PageFacts {
    PageFacts { locale: Locale::zh_CN, demo: false, large: false, in_wechat: false }
}

/// The first of these languages that we speak. The order counts; weights do not: browsers send them sorted.
pub fn accepted(header: &str) -> Option<Locale> {
    header.split(',').map(|part| part.split(';').next().unwrap_or_default().trim()).find_map(|tag| {
        let primary = tag.split('-').next().unwrap_or_default();
        match primary.to_ascii_lowercase().as_str() {
            "zh" => Some(Locale::zh_CN),
            "en" => Some(Locale::en),
            _ => None,
        }
    })
}

pub fn from_tag(tag: &str) -> Locale {
    if tag == "en" { Locale::en } else { Locale::zh_CN }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_where_their_names_stood() {
        let words = "{n} 人中 {m} 人，{unknown}，{";
        assert_eq!(filled(words, &[("n", &150), ("m", &"{n}")]), "150 人中 {n} 人，{unknown}，{");
        assert_eq!(filled("没有", &[]), "没有");
    }

    #[test]
    fn one_has_a_word_of_its_own() {
        let words = "{n} {n|person|people} of {m}; {x|person|people}";
        assert_eq!(filled(words, &[("n", &1), ("m", &1)]), "1 person of 1; {x|person|people}");
        assert_eq!(filled(words, &[("n", &0), ("m", &11)]), "0 people of 11; {x|person|people}");
    }

    #[test]
    fn the_first_language_that_we_speak_is_taken() {
        assert_eq!(accepted("fr-CH, en;q=0.9, zh;q=0.8"), Some(Locale::en));
        assert_eq!(accepted("zh-TW"), Some(Locale::zh_CN));
        assert_eq!(accepted("fr"), None);
        assert_eq!(accepted(""), None);
    }
}
