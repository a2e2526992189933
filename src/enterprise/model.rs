//! What an enterprise is, and what invites its employees.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{
    delegation::model::May,
    id::{self, EnterpriseId},
    period::Moment,
    text,
};

/// An enterprise as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enterprise {
    pub id: EnterpriseId,
    pub name: String,
    /// 统一社会信用代码, GB 32100.
    pub uscc: Uscc,
    /// IANA name; decides what "today" is.
    pub timezone: String,
    /// The code of its questionnaire.
    pub questionnaire: String,
    /// The one that was in force before.
    pub previous: Option<Previous>,
}

/// A questionnaire that another one took the place of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Previous {
    /// Its code.
    pub questionnaire: String,
    pub until: Moment,
}

/// The time zone of an enterprise for which the operator names none.
/// Where nothing says otherwise.
#[cfg(feature = "ssr")]
pub const DEFAULT_ZONE: chrono_tz::Tz = chrono_tz::Asia::Shanghai;
pub const DEFAULT_TIMEZONE: &str = "Asia/Shanghai";
/// The questionnaire of an enterprise for which the operator names none.
pub const DEFAULT_QUESTIONNAIRE: &str = "guangdong-2020";

/// A unified social credit code (统一社会信用代码) in normal form: 18 characters, upper case, its check digit checked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Uscc(String);

/// Why a text is no unified social credit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAUscc {
    #[error("a unified social credit code has 18 characters, this has {0}")]
    Length(u32),
    #[error("{0:?} does not occur in a unified social credit code (digits and capital letters without I, O, S, V, Z)")]
    Character(char),
    #[error("the check digit of the unified social credit code does not fit: one of its characters is wrong")]
    CheckDigit,
}

impl Uscc {
    /// GB 32100-2015, table 2: the values of the characters are their positions here.
    const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    const CHARS: usize = 18;

    /// Lower case and spaces are accepted.
    pub fn parse(text: &str) -> Result<Self, NotAUscc> {
        let plain: String = text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_uppercase()).collect();
        let chars = plain.chars().count();
        if chars != Self::CHARS {
            return Err(NotAUscc::Length(u32::try_from(chars).unwrap_or(u32::MAX)));
        }
        let values = plain.chars().map(|c| Self::value(c).ok_or(NotAUscc::Character(c))).collect::<Result<Vec<u32>, _>>()?;
        if Self::check_value(&values[..17]) != values[17] {
            return Err(NotAUscc::CheckDigit);
        }
        Ok(Self(plain))
    }

    /// Completes the first 17 characters with their check digit; `None` when they are not 17 of the alphabet.
    pub fn complete(first: &str) -> Option<Self> {
        let values = first.chars().map(Self::value).collect::<Option<Vec<u32>>>()?;
        let check = Self::ALPHABET[usize::try_from(Self::check_value(&values)).ok()?];
        Self::parse(&format!("{first}{}", char::from(check))).ok()
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn value(c: char) -> Option<u32> {
        let position = Self::ALPHABET.iter().position(|&known| char::from(known) == c)?;
        u32::try_from(position).ok()
    }

    /// The i-th character weighs 3^(i-1) mod 31, and the check digit brings the sum to a multiple of 31.
    fn check_value(values: &[u32]) -> u32 {
        let (sum, _) = values.iter().fold((0, 1), |(sum, weight), value| ((sum + value * weight) % 31, weight * 3 % 31));
        (31 - sum) % 31
    }
}

impl TryFrom<String> for Uscc {
    type Error = NotAUscc;

    fn try_from(text: String) -> Result<Self, NotAUscc> {
        Self::parse(&text)
    }
}

impl fmt::Display for Uscc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The longest name of an enterprise, in characters.
pub const NAME_CHARS: usize = 100;

/// Why a text cannot be the name of an enterprise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAName {
    #[error("the name is missing")]
    Missing,
    #[error("a name has at most 100 characters, this has {0}")]
    Length(u32),
    #[error("the name holds characters that cannot be seen")]
    Unseen,
    #[error("the name holds < or >")]
    Markup,
}

/// The name of an enterprise as it is kept: without spaces at its ends.
pub fn enterprise_name(text: &str) -> Result<String, NotAName> {
    let name = text.trim();
    let chars = name.chars().count();
    if chars == 0 {
        return Err(NotAName::Missing);
    }
    if chars > NAME_CHARS {
        return Err(NotAName::Length(u32::try_from(chars).unwrap_or(u32::MAX)));
    }
    if name.chars().any(|char| char.is_control() || text::is_invisible(char)) {
        return Err(NotAName::Unseen);
    }
    if name.contains(['<', '>']) {
        return Err(NotAName::Markup);
    }
    Ok(name.to_owned())
}

/// What a scanned code carries: the enterprise's id and 50 random bits, 22 characters of Crockford's base 32 together.
#[derive(Clone, PartialEq, Eq)]
pub struct InvitationCode {
    enterprise: EnterpriseId,
    text: String,
}

impl InvitationCode {
    const CHARS: usize = 22;
    /// Characters that are random.
    pub const SECRET: usize = 10;

    /// A code of an enterprise, from random bytes: five bits of each.
    pub fn new(enterprise: EnterpriseId, random: [u8; Self::SECRET]) -> Self {
        let secret: String = random.iter().map(|byte| char::from(id::ALPHABET[usize::from(byte & 31)])).collect();
        Self { enterprise, text: format!("{enterprise}{secret}") }
    }

    pub const fn enterprise(&self) -> EnterpriseId {
        self.enterprise
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// As people may copy it by hand: capitals, and the letters that look like digits, are what was meant.
impl FromStr for InvitationCode {
    type Err = id::NotAnId;

    fn from_str(text: &str) -> Result<Self, id::NotAnId> {
        if text.len() != Self::CHARS || !text.is_ascii() {
            return Err(id::NotAnId);
        }
        let text: String = text.chars().map(|c| plain_digit(c.to_ascii_lowercase())).collect();
        if !text.bytes().all(|byte| id::ALPHABET.contains(&byte)) {
            return Err(id::NotAnId);
        }
        Ok(Self { enterprise: text[..Self::CHARS - Self::SECRET].parse()?, text })
    }
}

const fn plain_digit(c: char) -> char {
    match c {
        'i' | 'l' => '1',
        'o' => '0',
        other => other,
    }
}

impl fmt::Debug for InvitationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// How long a replaced code still works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Grace {
    #[serde(rename = "now")]
    Now,
    #[default]
    #[serde(rename = "24h")]
    Day,
    #[serde(rename = "7d")]
    Week,
}

impl Grace {
    pub const ALL: [Self; 3] = [Self::Now, Self::Day, Self::Week];

    /// As it stands in the form.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Now => "now",
            Self::Day => "24h",
            Self::Week => "7d",
        }
    }

    pub const fn secs(self) -> i64 {
        match self {
            Self::Now => 0,
            Self::Day => 24 * 3600,
            Self::Week => 7 * 24 * 3600,
        }
    }
}

/// What a representative shares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    pub enterprise: Enterprise,
    /// What the code leads to, on this server's public address.
    pub link: String,
    /// Changes with the code, so that no browser shows an old picture.
    pub version: i64,
    /// Until when a replaced code still works, in the enterprise's time: `2026-11-25 09:41`.
    pub older_until: Option<String>,
    /// Only a representative replaces the code.
    pub may_replace: bool,
}

/// The enterprises of whoever is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnEnterprises {
    pub lines: Vec<EnterpriseLine>,
    /// How many messages were not read.
    pub unread: u32,
}

/// One of them, and what may be done there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnterpriseLine {
    pub enterprise: Enterprise,
    pub may: May,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn good_codes_are_read_as_people_type_them() {
        for good in ["91350100M000100Y43", "91110000600037341L", " 91350100m000100y43 ", "9135 0100 M000 100Y 43"] {
            let plain: String = good.to_uppercase().split_whitespace().collect();
            assert_eq!(Uscc::parse(good).as_ref().map(Uscc::as_str), Ok(plain.as_str()), "{good}");
        }
    }

    #[test]
    fn each_mistake_has_its_cause() {
        assert_eq!(Uscc::parse("9144030034249999E"), Err(NotAUscc::Length(17)), "the seed's sample");
        assert_eq!(Uscc::parse(""), Err(NotAUscc::Length(0)));
        assert_eq!(Uscc::parse("91350100M000100I43"), Err(NotAUscc::Character('I')));
        assert_eq!(Uscc::parse("91350100M000100二43"), Err(NotAUscc::Character('二')));
        assert_eq!(Uscc::parse("91350100M000100Y44"), Err(NotAUscc::CheckDigit));
    }

    #[test]
    fn a_check_digit_completes_a_code() {
        assert_eq!(Uscc::complete("91350100M000100Y4").unwrap().as_str(), "91350100M000100Y43");
        assert_eq!(Uscc::complete("91350100M000100Y"), None);
        assert_eq!(Uscc::complete("91350100M000100I4"), None);
    }

    #[test]
    fn a_code_from_the_wire_is_checked() {
        assert!(serde_json::from_str::<Uscc>("\"91350100M000100Y43\"").is_ok());
        assert!(serde_json::from_str::<Uscc>("\"91350100M000100Y44\"").is_err());
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text: String) {
            let _ = Uscc::parse(&text);
            let _ = enterprise_name(&text);
            let _ = text.parse::<InvitationCode>();
        }

        #[test]
        fn every_changed_character_is_caught(first in "[0-9A-HJ-NPQRTUWXY]{17}", position in 0..18_usize, other in 0..31_usize) {
            let good = Uscc::complete(&first).unwrap();
            let mut bytes = good.as_str().as_bytes().to_vec();
            let other = Uscc::ALPHABET[other];
            prop_assume!(bytes[position] != other);
            bytes[position] = other;
            prop_assert_eq!(Uscc::parse(std::str::from_utf8(&bytes).unwrap()), Err(NotAUscc::CheckDigit));
        }

        #[test]
        fn an_invitation_code_survives_text(bits: u64, random: [u8; 10]) {
            let code = InvitationCode::new(EnterpriseId::from_bits(bits), random);
            prop_assert_eq!(code.as_str().parse(), Ok(code.clone()));
            prop_assert_eq!(code.as_str().to_uppercase().parse(), Ok(code));
        }
    }

    #[test]
    fn text_that_is_no_invitation_code_is_refused() {
        for text in ["", "0", "000000000000000000000u", "00000000000000000000000", "二二二二二二二0", "000000000000-000000000"] {
            assert!(text.parse::<InvitationCode>().is_err(), "{text}");
        }
        assert_eq!("0000000000000000000OIl".parse::<InvitationCode>().unwrap().as_str(), "0000000000000000000011");
    }

    #[test]
    fn a_name_is_something_that_can_be_read() {
        assert_eq!(enterprise_name(" 岭南样例制造有限公司 ").as_deref(), Ok("岭南样例制造有限公司"));
        assert_eq!(enterprise_name("\u{3000}"), Err(NotAName::Missing));
        assert_eq!(enterprise_name(&"企".repeat(101)), Err(NotAName::Length(101)));
        assert!(enterprise_name(&"企".repeat(100)).is_ok());
        for bad in ["甲\n乙", "甲\0乙", "甲\u{202e}乙"] {
            assert_eq!(enterprise_name(bad), Err(NotAName::Unseen));
        }
        assert_eq!(enterprise_name("甲</title>乙"), Err(NotAName::Markup));
    }

    #[test]
    fn the_form_writes_what_the_wire_reads() {
        for grace in Grace::ALL {
            assert_eq!(serde_json::to_value(grace).unwrap(), grace.code());
        }
    }
}
