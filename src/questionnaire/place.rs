//! Provinces and cities, by their codes of GB/T 2260; and "abroad".
//!
//! A municipality (北京市), Hong Kong, Macau and Taiwan are one place each, under the code of their province. Counties that
//! answer to their province directly (湖北省仙桃市) stand among its cities.

use std::{borrow::Cow, sync::LazyLock};

use super::{model::Language, place_table::TABLE};

/// A city with its province, or abroad.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Six digits, or [`ABROAD`].
    pub code: &'static str,
    /// In Chinese.
    pub province: &'static str,
    /// In Chinese; empty where the province is the place.
    pub city: &'static str,
    province_en: &'static str,
    city_en: &'static str,
}

/// The code of every place outside China.
pub const ABROAD: &str = "abroad";

/// Places under one heading of the list that people choose from.
#[derive(Debug, Clone, Copy)]
pub struct Group {
    zh: &'static str,
    en: &'static str,
    pub places: &'static [Place],
}

/// Finds a place by its code.
pub fn find(code: &str) -> Option<&'static Place> {
    let places = &TABLES.places;
    places.binary_search_by(|place| place.code.cmp(code)).ok().map(|at| &places[at])
}

/// A place's name; `None` where no place has this code.
pub fn name(code: &str, language: Language) -> Option<Cow<'static, str>> {
    find(code).map(|place| place.name(language))
}

/// The list that people choose from: the municipalities, the provinces in the order of their codes, and the rest.
pub fn groups() -> impl Iterator<Item = Group> {
    TABLES.groups.iter().copied()
}

/// The inside of a `<select>`: one empty option that asks to choose, then an `<optgroup>` for each group, nothing selected.
pub fn options_html(language: Language) -> &'static str {
    static ZH: LazyLock<String> = LazyLock::new(|| write_options(Language::Zh));
    static EN: LazyLock<String> = LazyLock::new(|| write_options(Language::En));
    match language {
        Language::Zh => &ZH,
        Language::En => &EN,
    }
}

/// The same with one place selected, or none where no place has this code; the group of a province comes first.
pub fn options_html_selected(language: Language, code: &str, first: Option<&str>) -> Cow<'static, str> {
    let options = first.map_or(options_html(language).into(), |province| with_first(options_html(language), province));
    let Some(place) = find(code) else { return options };
    let option = format!("<option value={}>", place.code);
    options.replacen(&option, &format!("<option value={} selected>", place.code), 1).into()
}

fn with_first(options: &'static str, province: &str) -> Cow<'static, str> {
    let digits = if is_province(province) { &province[..2] } else { return options.into() };
    let (Some(open), Some(own)) = (options.find(OPEN), options.find(&format!("<option value={digits}"))) else { return options.into() };
    let (before, after) = options.split_at(options[..own].rfind(OPEN).unwrap_or(own));
    let (group, after) = after.split_at(after.find(CLOSE).map_or(after.len(), |end| end + CLOSE.len()));
    let (choose, before) = before.split_at(open);
    [choose, group, before, after].concat().into()
}

/// Whether this is the code of a province: `440000`.
pub fn is_province(code: &str) -> bool {
    code.len() == 6 && code.strip_suffix("0000").is_some_and(|digits| TABLES.places.iter().any(|place| place.code.starts_with(digits)))
}

impl Place {
    /// Province and city as one name: 广东省汕头市, 北京市; `Shantou, Guangdong`, `Beijing`.
    pub fn name(&self, language: Language) -> Cow<'static, str> {
        match language {
            Language::Zh => [self.province, self.city].concat().into(),
            Language::En if self.city.is_empty() => self.province_en.into(),
            Language::En => [self.city_en, ", ", self.province_en].concat().into(),
        }
    }
}

impl Group {
    /// What stands above these places.
    pub fn label(&self, language: Language) -> &'static str {
        match language {
            Language::Zh => self.zh,
            Language::En => self.en,
        }
    }
}

struct Tables {
    /// Sorted by code.
    places: Vec<Place>,
    groups: Vec<Group>,
}

/// A province that is a place, but for its names.
const PROVINCE: Place = Place { code: "", province: "", city: "", province_en: "", city_en: "" };

static TABLES: LazyLock<Tables> = LazyLock::new(read_table);

fn read_table() -> Tables {
    let (mut places, mut alone) = (Vec::new(), Vec::new());
    for line in TABLE.lines() {
        let mut parts = line.split('|');
        let (code, names) = parts.next().unwrap_or_default().split_at(2);
        let (province, province_en) = names.split_once(' ').unwrap_or((names, names));
        let before = places.len();
        places.extend(parts.map(|part| city(code, province, province_en, part)));
        if places.len() == before {
            alone.push(Place { code: six_digits(code, ""), province, province_en, ..PROVINCE });
        }
    }
    alone.push(Place { code: ABROAD, province: "境外", province_en: "Outside China", ..PROVINCE });
    group(places, alone)
}

fn city(code: &str, province: &'static str, province_en: &'static str, part: &'static str) -> Place {
    let digits = part.len() - part.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (rest, names) = part.split_at(digits);
    let (city, city_en) = names.split_once(' ').unwrap_or((names, names));
    Place { code: six_digits(code, rest), province, city, province_en, city_en }
}

/// Kept for as long as the program runs: the table is read once.
fn six_digits(code: &str, rest: &str) -> &'static str {
    format!("{code}{rest:0<4}").leak()
}

fn group(cities: Vec<Place>, alone: Vec<Place>) -> Tables {
    let cities: &'static [Place] = cities.leak();
    let alone: &'static [Place] = alone.leak();
    let (municipalities, elsewhere) = alone.split_at(alone.partition_point(|place| place.code < "7"));
    let mut groups = vec![Group { zh: "直辖市", en: "Municipalities", places: municipalities }];
    let provinces = cities.chunk_by(|one, next| one.province == next.province);
    groups.extend(provinces.map(|places| Group { zh: places[0].province, en: places[0].province_en, places }));
    groups.push(Group { zh: "港澳台和境外", en: "Hong Kong, Macau, Taiwan and abroad", places: elsewhere });
    let mut places: Vec<Place> = cities.iter().chain(alone).copied().collect();
    places.sort_unstable_by_key(|place| place.code);
    Tables { places, groups }
}

const OPEN: &str = "<optgroup";
const CLOSE: &str = "</optgroup>";

fn write_options(language: Language) -> String {
    let mut html = String::with_capacity(20 * 1024);
    html.push_str(match language {
        Language::Zh => "<option value>请选择",
        Language::En => "<option value>Choose one",
    });
    for group in groups() {
        for part in [OPEN, " label=\"", group.label(language), "\">"] {
            html.push_str(part);
        }
        for place in group.places {
            // With the province: what is chosen is shown without its group.
            for part in ["<option value=", place.code, ">", &place.name(language)] {
                html.push_str(part);
            }
        }
        html.push_str(CLOSE);
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zh(code: &str) -> String {
        name(code, Language::Zh).unwrap().into_owned()
    }

    #[test]
    fn names_are_those_of_the_seed() {
        assert_eq!(zh("440500"), "广东省汕头市");
        assert_eq!(zh("441800"), "广东省清远市");
        assert_eq!(zh("210100"), "辽宁省沈阳市");
        assert_eq!(zh("445200"), "广东省揭阳市");
        assert_eq!(zh("230100"), "黑龙江省哈尔滨市");
        assert_eq!(zh("420100"), "湖北省武汉市");
    }

    #[test]
    fn a_place_that_is_its_own_province_is_named_once() {
        assert_eq!(zh("110000"), "北京市");
        assert_eq!(zh("500000"), "重庆市");
        assert_eq!(zh("810000"), "香港特别行政区");
        assert_eq!(zh("820000"), "澳门特别行政区");
        assert_eq!(zh("710000"), "台湾省");
        assert_eq!(zh(ABROAD), "境外");
        assert_eq!(name(ABROAD, Language::En).unwrap(), "Outside China");
        assert_eq!(name("110000", Language::En).unwrap(), "Beijing");
        assert_eq!(name("440500", Language::En).unwrap(), "Shantou, Guangdong");
    }

    #[test]
    fn a_county_under_its_province_is_a_place() {
        assert_eq!(zh("429004"), "湖北省仙桃市");
        assert_eq!(zh("659001"), "新疆维吾尔自治区石河子市");
        assert_eq!(find("429000"), None, "省直辖县 is a heading of the standard, not a place");
    }

    #[test]
    fn every_place_is_found_by_its_code_and_stands_in_one_group() {
        assert_eq!(TABLES.places.len(), 333 + 32 + 7 + 1, "cities, counties under their province, provinces that are a place, abroad");
        for pair in TABLES.places.windows(2) {
            assert!(pair[0].code < pair[1].code, "{pair:?}");
        }
        let grouped: Vec<_> = groups().flat_map(|group| group.places).collect();
        assert_eq!(grouped.len(), TABLES.places.len());
        for place in grouped {
            assert_eq!(find(place.code), Some(place));
            let en = place.name(Language::En);
            assert!(en.chars().all(|c| c < '\u{250}') && !en.starts_with(','), "in Latin letters: {en}");
            assert!(place.code == ABROAD || place.code.len() == 6 && place.code.bytes().all(|byte| byte.is_ascii_digit()), "{place:?}");
        }
        assert_eq!(groups().count(), 1 + 27 + 1);
    }

    #[test]
    fn no_other_code_is_a_place() {
        for code in ["", "44", "440000", "4405", "440500 ", "Abroad", "999999", "110100"] {
            assert_eq!(find(code), None, "{code}");
        }
    }

    #[test]
    fn the_list_has_every_place_once_and_selects_only_the_one() {
        for language in [Language::Zh, Language::En] {
            let options = options_html(language);
            assert_eq!(options.matches("<option value=").count(), TABLES.places.len());
            assert!(!options.contains("selected"));
            assert_eq!(options_html_selected(language, "440500", None).matches("<option value=440500 selected>").count(), 1);
            assert_eq!(options_html_selected(language, "\"><script>", None), options);
        }
    }

    #[test]
    fn a_province_can_come_first() {
        for language in [Language::Zh, Language::En] {
            let (options, own) = (options_html(language), options_html_selected(language, "", Some("440000")));
            assert_eq!(own.len(), options.len());
            assert_eq!(own.matches("<option value=").count(), TABLES.places.len());
            assert!(own.find("<option value=440100>").unwrap() < own.find("<option value=110000>").unwrap());
            for none in ["44", "", "000000", "\"><script>"] {
                assert_eq!(options_html_selected(language, "", Some(none)), options, "{none}");
            }
        }
    }
}
