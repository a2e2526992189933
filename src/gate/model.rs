//! What a pass says, and whom employees can call.

use serde::{Deserialize, Serialize};

use crate::{error::AppError, id::EnterpriseId, period::Day, text};

/// What a guard is told. There is no more to it: why somebody is to be asked is between them and the enterprise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// Nothing out of the ordinary was declared.
    Pass,
    /// The guard asks, or measures: something was declared, or no temperature yet.
    Ask,
    /// What was declared is urgent.
    Stop,
}

impl Verdict {
    pub const ALL: [Self; 3] = [Self::Pass, Self::Ask, Self::Stop];

    /// As pages and style sheets name it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Ask => "ask",
            Self::Stop => "stop",
        }
    }
}

/// A pass as its owner sees it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PassView {
    pub verdict: Verdict,
    pub name: String,
    pub department: Option<String>,
    pub day: Day,
    /// In words.
    pub weekday: String,
    /// Seconds since midnight where the enterprise is, when the page was made.
    pub clock: u32,
}

/// Seconds of a day as a clock shows them: `09:41:07`.
pub fn clock_time(secs: u32) -> String {
    format!("{:02}:{:02}:{:02}", secs / 3600 % 24, secs / 60 % 60, secs % 60)
}

/// A name of which only its ends can be read: 黄*燕. So it can be compared, and not be copied from.
pub fn masked(name: &str) -> String {
    let last = name.chars().count().saturating_sub(1);
    name.chars().enumerate().map(|(at, char)| if at == 0 && last > 0 || at == last && last > 1 { char } else { '*' }).collect()
}

/// Whom employees can call in the enterprise. Stored sealed: it is somebody's name and telephone.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    pub name: String,
    /// As it was typed.
    pub phone: String,
}

pub const NAME_CHARS: usize = 30;
pub const PHONE_CHARS: usize = 30;
/// The shortest number that can be dialled.
const LEAST_DIGITS: usize = 3;

/// Names of the form's fields.
pub mod field {
    pub const NAME: &str = "name";
    pub const PHONE: &str = "phone";
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Problem {
    Name,
    Phone,
    Other(AppError),
}

impl Contact {
    /// What was typed, in order; none where both fields are empty: then nobody is named any more.
    pub fn parse(name: &str, phone: &str) -> Result<Option<Self>, Vec<Problem>> {
        let (name, phone) = (name.trim(), phone.trim());
        if name.is_empty() && phone.is_empty() {
            return Ok(None);
        }
        let seen = |text: &str, most: usize| {
            let short = (1..=most).contains(&text.chars().count());
            short && !text.chars().any(|char| char.is_control() || text::is_invisible(char))
        };
        let mut problems = Vec::new();
        if !seen(name, NAME_CHARS) {
            problems.push(Problem::Name);
        }
        let digits = phone.bytes().filter(u8::is_ascii_digit).count();
        if !seen(phone, PHONE_CHARS) || digits < LEAST_DIGITS || !phone.chars().all(|char| char.is_ascii_digit() || "+-() ".contains(char))
        {
            problems.push(Problem::Phone);
        }
        if problems.is_empty() { Ok(Some(Self { name: name.to_owned(), phone: phone.to_owned() })) } else { Err(problems) }
    }

    /// What a telephone dials.
    pub fn dialled(&self) -> String {
        let kept: String = self.phone.chars().filter(|char| char.is_ascii_digit() || *char == '+').collect();
        format!("tel:{kept}")
    }
}

/// The representative's page.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateView {
    pub enterprise: EnterpriseId,
    pub name: String,
    /// What guards open, on this server's public address.
    pub link: String,
    /// The same as a picture.
    pub qr: String,
    pub contact: Option<Contact>,
    /// Whom employees call only a representative says.
    pub may_change: bool,
    pub posted: Posted,
}

/// A form that came back.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posted {
    pub typed: Contact,
    pub problems: Vec<Problem>,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_masked_name_keeps_its_ends() {
        for (name, shown) in [("黄试验", "黄*验"), ("张三", "张*"), ("丁", "*"), ("Ann Lee", "A*****e"), ("", "")] {
            assert_eq!(masked(name), shown);
        }
    }

    #[test]
    fn a_clock_shows_two_digits_of_each() {
        assert_eq!(clock_time(0), "00:00:00");
        assert_eq!(clock_time(9 * 3600 + 41 * 60 + 7), "09:41:07");
        assert_eq!(clock_time(24 * 3600), "00:00:00");
    }

    #[test]
    fn a_contact_is_somebody_and_a_number_to_dial() {
        let parsed = |name: &str, phone: &str| Contact::parse(name, phone).ok().unwrap();
        let problems = |name: &str, phone: &str| Contact::parse(name, phone).err().unwrap();
        let contact = parsed(" 人事 李主任 ", "+86 (020) 1234-5678").unwrap();
        assert_eq!((contact.name.as_str(), contact.dialled().as_str()), ("人事 李主任", "tel:+8602012345678"));
        assert!(parsed(" ", "").is_none());
        assert_eq!(problems("", "120"), [Problem::Name]);
        for phone in ["", "12", "一二三", "120;ext=1", "javascript:1234", &"1".repeat(31)] {
            assert_eq!(problems("李", phone), [Problem::Phone], "{phone}");
        }
        assert_eq!(problems("李\u{202e}", "1"), [Problem::Name, Problem::Phone]);
    }

    proptest! {
        #[test]
        fn nothing_within_a_name_can_be_read(name in "\\PC{2,50}") {
            let (shown, chars) = (masked(&name), name.chars().count());
            prop_assert_eq!(shown.chars().count(), chars);
            prop_assert!(shown.chars().skip(1).take(chars.saturating_sub(2)).all(|char| char == '*'));
        }

        #[test]
        fn no_text_makes_it_panic(name: String, phone: String) {
            let _ = masked(&name);
            if let Ok(Some(contact)) = Contact::parse(&name, &phone) {
                prop_assert!(contact.dialled().bytes().skip(4).all(|byte| byte.is_ascii_digit() || byte == b'+'));
            }
        }
    }
}
