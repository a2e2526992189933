//! People, their documents and phones, and how well we know that it is they.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    audit::model::Action,
    enterprise::department::model::{self as department, Department},
    error::AppError,
    id::{DepartmentId, EnterpriseId},
    period::Day,
    questionnaire::model::Text,
    text::is_invisible,
};

/// The longest name, in characters.
pub const NAME_CHARS: usize = 50;
/// Names the proof of a provider in the address.
pub const TICKET: &str = "ticket";
/// The version of the notice and of the two consents that the claim page shows. Other words are another version: each has its
/// document in `account/notice/`, and a test compares.
pub const NOTICE_VERSION: i64 = 7;

/// Who someone is, as they said or as it was verified. Stored sealed; never printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    pub name: String,
    pub document: IdDocument,
    /// None for a representative whom the operator entered without one.
    pub phone: Option<Phone>,
}

/// An identity document with its number in normal form: upper case, no spaces, its check digit checked where it has one.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdDocument {
    pub kind: DocumentKind,
    number: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DocumentKind {
    /// GB 11643: residents, and the residence permits and foreigners' cards that share its form.
    ResidentId,
    Passport,
    HongKongMacauPermit,
    TaiwanPermit,
}

/// A telephone number in E.164 form.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Phone(String);

/// How well we know that someone is who they say; kept on each session and declaration, and shown wherever it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "lowercase"))]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// 自报: name, document and phone given on a valid invitation.
    Claimed,
    /// 设备验证: a passkey with user verification.
    Passkey,
    /// 实名核验: an identity provider, by face.
    Face,
    /// 公用设备: name and document given at a tablet of the enterprise.
    Tablet,
}

/// Whether an employee's claim stands alone, or another device claimed the same document before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "kebab-case"))]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    Matched,
    /// 待核对: counted apart until someone has looked.
    ToVerify,
}

/// What someone agreed to, each by its own tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "kebab-case"))]
#[serde(rename_all = "kebab-case")]
pub enum ConsentKind {
    /// The notice: who collects what, why, and for how long.
    Notice,
    /// Health and whereabouts, which the law protects more (PIPL, Art. 28 and 29).
    HealthAndWhereabouts,
}

/// Why text is not the number of an identity document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DocumentProblem {
    Empty,
    /// A resident's number has 18 characters.
    Length,
    /// 17 digits, then a digit or X.
    Characters,
    /// Positions 7 to 14 are no date of the calendar since 1900.
    BirthDate,
    /// The last character does not fit the others: one of them was mistyped.
    CheckDigit,
    /// Not the form of this kind of document.
    Form,
}

/// Why text is not a telephone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PhoneProblem {
    Empty,
    /// A mainland mobile number has 11 digits and begins with 13 to 19.
    Mainland,
    /// Any other number begins with + and its country, and has 8 to 15 digits.
    Abroad,
}

/// Why text is not a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NameProblem {
    Empty,
    /// More than [`NAME_CHARS`] characters.
    TooLong,
    /// No letter in it, or signs that no name has.
    Characters,
    /// Characters that show nothing, or what is left of bytes that could not be read.
    Unreadable,
}

impl Person {
    /// A name in normal form: single spaces, and `·` between the parts of an ethnic name however it was typed. Markup is no name.
    pub fn parse_name(text: &str) -> Result<String, NameProblem> {
        if text.contains(|char| is_invisible(char) || char == char::REPLACEMENT_CHARACTER) {
            return Err(NameProblem::Unreadable);
        }
        let one_dot = text.chars().map(|char| match char {
            '•' | '‧' | '・' | '･' | '∙' | '⋅' => '·',
            other => other,
        });
        let name = one_dot.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ");
        if name.is_empty() {
            Err(NameProblem::Empty)
        } else if name.chars().count() > NAME_CHARS {
            Err(NameProblem::TooLong)
        } else if name.chars().any(|c| c.is_control() || matches!(c, '<' | '>')) || !name.chars().any(char::is_alphabetic) {
            Err(NameProblem::Characters)
        } else {
            Ok(name)
        }
    }
}

impl DocumentKind {
    pub const ALL: [Self; 4] = [Self::ResidentId, Self::Passport, Self::HongKongMacauPermit, Self::TaiwanPermit];

    /// As it stands in forms and commands.
    pub const fn code(self) -> &'static str {
        match self {
            Self::ResidentId => "resident-id",
            Self::Passport => "passport",
            Self::HongKongMacauPermit => "hong-kong-macau-permit",
            Self::TaiwanPermit => "taiwan-permit",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

impl IdDocument {
    /// Reads a number as people type it: spaces, full-width digits and a lower-case x are fine. Unknown area codes pass: new
    /// ones are made each year.
    pub fn parse(kind: DocumentKind, text: &str) -> Result<Self, DocumentProblem> {
        let number = plain(text).to_uppercase();
        if number.is_empty() {
            return Err(DocumentProblem::Empty);
        }
        match kind {
            DocumentKind::ResidentId => check_resident_id(&number)?,
            DocumentKind::Passport if is_passport(&number) => {}
            DocumentKind::HongKongMacauPermit if is_hong_kong_macau_permit(&number) => {}
            DocumentKind::TaiwanPermit if is_taiwan_permit(&number) => {}
            _ => return Err(DocumentProblem::Form),
        }
        Ok(Self { kind, number })
    }

    pub fn number(&self) -> &str {
        &self.number
    }

    /// What the index of documents is made of: the same number of another kind is another document.
    pub fn key(&self) -> String {
        format!("{}:{}", self.kind.code(), self.number)
    }

    /// The last six characters: what an enrolment link asks for.
    pub fn last_six(&self) -> &str {
        self.number.get(self.number.len().saturating_sub(6)..).unwrap_or(&self.number)
    }

    /// The day of birth that a resident's number holds.
    pub fn birth_day(&self) -> Option<Day> {
        (self.kind == DocumentKind::ResidentId).then(|| self.number.get(6..14)?.parse().ok()).flatten()
    }

    /// The seed's mask: `45*************27`.
    pub fn masked(&self) -> String {
        let chars: Vec<char> = self.number.chars().collect();
        let hidden = chars.len().saturating_sub(4);
        let (first, last) = (&chars[..chars.len().min(2)], &chars[chars.len() - chars.len().min(2)..]);
        format!("{}{}{}", first.iter().collect::<String>(), "*".repeat(hidden), last.iter().collect::<String>())
    }
}

/// The last six as they are compared, whatever was typed.
pub fn normal_last_six(text: &str) -> String {
    plain(text).to_uppercase()
}

/// GB 11643: an area, a date of birth, a sequence, and a check character by ISO 7064 MOD 11-2. It catches every single wrong
/// character and every swap of two neighbours.
fn check_resident_id(number: &str) -> Result<(), DocumentProblem> {
    const CHECK: &[u8; 11] = b"10X98765432";
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    if number.chars().count() != 18 {
        return Err(DocumentProblem::Length);
    }
    let [digits @ .., check] = number.as_bytes() else { return Err(DocumentProblem::Length) };
    if digits.len() != 17 || !digits.iter().all(u8::is_ascii_digit) || !(check.is_ascii_digit() || *check == b'X') {
        return Err(DocumentProblem::Characters);
    }
    // The calendar of `Day` begins in 1900; nobody who declares was born after this century.
    let born: Day = number.get(6..14).and_then(|text| text.parse().ok()).ok_or(DocumentProblem::BirthDate)?;
    if born.to_string().as_str() >= "2100" {
        return Err(DocumentProblem::BirthDate);
    }
    let sum: u32 = digits.iter().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    if usize::try_from(sum % 11).is_ok_and(|rest| CHECK[rest] == *check) { Ok(()) } else { Err(DocumentProblem::CheckDigit) }
}

/// ICAO 9303 has nine letters and digits; some states print more.
fn is_passport(number: &str) -> bool {
    (5..=15).contains(&number.len())
        && number.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        && number.bytes().any(|byte| byte.is_ascii_digit())
}

/// 港澳居民来往内地通行证: H or M and eight digits; the older card adds two for the renewal.
fn is_hong_kong_macau_permit(number: &str) -> bool {
    let Some(digits) = number.strip_prefix(['H', 'M']) else { return false };
    matches!(digits.len(), 8 | 10) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// 台湾居民来往大陆通行证: eight digits; the older booklet has ten, and perhaps a letter.
fn is_taiwan_permit(number: &str) -> bool {
    let digits = number.strip_suffix(|last: char| last.is_ascii_uppercase()).unwrap_or(number);
    let all_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
    all_digits && (digits.len() == 10 || digits.len() == 8 && digits.len() == number.len())
}

impl Phone {
    /// Reads a number as people type it, with or without +86, spaces and hyphens.
    pub fn parse(text: &str) -> Result<Self, PhoneProblem> {
        let text: String = plain(text).chars().filter(|char| !matches!(char, '-' | '(' | ')' | '.' | '–' | '‑')).collect();
        if text.is_empty() {
            return Err(PhoneProblem::Empty);
        }
        let abroad = text.strip_prefix('+').or_else(|| text.strip_prefix("00"));
        let national = match abroad {
            Some(number) => number.strip_prefix("86"),
            None => Some(text.strip_prefix("86").filter(|rest| rest.len() == 11).unwrap_or(&text)),
        };
        match (national, abroad) {
            (Some(number), _) if is_mainland_mobile(number) => Ok(Self(format!("+86{number}"))),
            (None, Some(number)) if is_international(number) => Ok(Self(format!("+{number}"))),
            (None, Some(_)) => Err(PhoneProblem::Abroad),
            _ => Err(PhoneProblem::Mainland),
        }
    }

    /// E.164, with its +.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As people here write it: a mainland number without +86.
    pub fn national(&self) -> &str {
        self.0.strip_prefix("+86").unwrap_or(&self.0)
    }

    /// `138****5384`.
    pub fn masked(&self) -> String {
        let number = self.national();
        let (first, last) = (number.get(..3).unwrap_or_default(), number.get(number.len().saturating_sub(4)..).unwrap_or_default());
        format!("{first}{}{last}", "*".repeat(number.len().saturating_sub(7)))
    }
}

fn is_mainland_mobile(number: &str) -> bool {
    let bytes = number.as_bytes();
    bytes.len() == 11 && bytes[0] == b'1' && (b'3'..=b'9').contains(&bytes[1]) && bytes.iter().all(u8::is_ascii_digit)
}

/// ITU-T E.164: at most 15 digits with the country, which never begins with 0.
fn is_international(number: &str) -> bool {
    (8..=15).contains(&number.len()) && !number.starts_with('0') && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// Without spaces and invisible signs, and with full-width letters, digits and signs as plain ones.
fn plain(text: &str) -> String {
    let narrow = |char: char| match char {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(char) - 0xfee0).unwrap_or(char),
        other => other,
    };
    text.chars().filter(|char| !char.is_whitespace() && !is_invisible(*char)).map(narrow).collect()
}

/// What the browser needs for one passkey ceremony, and the ticket with which it comes back.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ceremony {
    pub ticket: String,
    /// The options of WebAuthn, as JSON.
    pub options: String,
}

/// How a try at an enrolment link went.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Enrolment {
    Started(Ceremony),
    /// The last six are not those of the person invited; so many tries are left.
    Wrong {
        tries_left: i64,
    },
}

/// Where the entry leads.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// A signed-in viewer goes on to this path.
    pub onward: Option<String>,
    /// Whom this device declares for, by what it calls them.
    pub owners: Vec<String>,
}

/// Who is known on this device.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    pub viewer: Option<SignedIn>,
    pub devices: Vec<Remembered>,
}

/// A signed-in viewer, as they see themselves.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedIn {
    pub name: String,
    pub kind: DocumentKind,
    /// Masked.
    pub document: String,
    /// Masked; none where the operator gave none.
    pub phone: Option<String>,
    pub level: Level,
    /// Those that have not ended; the last used first.
    pub sessions: Vec<SessionLine>,
    pub passkeys: Vec<PasskeyLine>,
    /// By these they can verify themselves once more.
    pub providers: Vec<ProviderChoice>,
    /// What they did with their sign-in, and where somebody was refused as them, newest first.
    pub entries: Vec<OwnEntry>,
}

/// Something that was written down about a viewer's own sign-in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnEntry {
    pub at: String,
    pub action: Action,
}

/// One of a viewer's sessions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionLine {
    pub id: String,
    /// Browser and system, as far as they are well known.
    pub agent: String,
    pub level: Level,
    pub seen_at: String,
    /// The one that asks.
    pub here: bool,
}

/// One of a viewer's passkeys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasskeyLine {
    pub id: String,
    /// What the person called it; may be empty.
    pub name: String,
    pub made_at: String,
    pub used_at: Option<String>,
}

/// So many passkeys a person may have.
pub const MOST_PASSKEYS: usize = 5;
/// The longest name of a passkey, in characters.
pub const PASSKEY_NAME_CHARS: usize = 30;

/// A name for a passkey in normal form: single spaces. `None` for text that is none.
pub fn passkey_name(text: &str) -> Option<String> {
    let name = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let readable = !name.chars().any(|c| c.is_control() || is_invisible(c) || c == char::REPLACEMENT_CHARACTER);
    (!name.is_empty() && name.chars().count() <= PASSKEY_NAME_CHARS && readable).then_some(name)
}

/// What someone verifies themselves for once more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Intent {
    AddPasskey,
    RemovePasskey(String),
    /// Delete this employee and all that they declared, as they asked.
    DeletePerson(String),
    /// Take this enterprise's data out of the house.
    Export(String),
    /// The text of [`crate::delegation::model::Terms`]: exactly who may see what, and for how long.
    GrantManager(String),
}

impl Intent {
    /// As it travels; `None` for text that is none.
    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

impl fmt::Display for Intent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AddPasskey => f.write_str("\"add-passkey\""),
            Self::RemovePasskey(id) => write!(f, "{{\"remove-passkey\":\"{id}\"}}"),
            Self::DeletePerson(id) => write!(f, "{{\"delete-person\":\"{id}\"}}"),
            Self::Export(enterprise) => write!(f, "{{\"export\":\"{enterprise}\"}}"),
            Self::GrantManager(terms) => write!(f, "{{\"grant-manager\":\"{terms}\"}}"),
        }
    }
}

/// An identity provider, as pages offer it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderChoice {
    pub id: String,
    pub name: Text,
}

/// The ways to sign in beside a passkey.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInForm {
    pub providers: Vec<ProviderChoice>,
}

/// Whom a provider has verified for an invitation, as they see themselves.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifiedPerson {
    pub name: String,
    pub kind: DocumentKind,
    /// Masked.
    pub document: String,
    /// Masked; none where the provider does not say it, and it is asked for.
    pub phone: Option<String>,
    /// The provider's name, while it is there.
    pub by: Option<Text>,
}

/// An enterprise to which this device declares.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remembered {
    pub enterprise: EnterpriseId,
    /// What this device calls the person by.
    pub owner: String,
    pub enterprise_name: String,
}

/// The claim form: whom it is for, and after a refusal what was typed and what is wrong with it. Whom it is for is empty where
/// the invitation ended meanwhile: then the form only keeps what was typed.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimForm {
    pub enterprise_name: String,
    pub uscc: String,
    /// This device is known already and goes on to this path.
    pub onward: Option<String>,
    /// Made with the form; recognises a claim that is sent twice.
    pub form: Uuid,
    pub posted: Posted,
    /// By these an employee can be verified instead of saying who they are.
    pub providers: Vec<ProviderChoice>,
    /// One of them did, just now: what is left are the consents, and a phone that nobody said.
    pub verified: Option<VerifiedPerson>,
    /// One of these is theirs, or none; nothing is asked where there are none.
    pub departments: Vec<Department>,
    /// It is asked at a tablet on which many people declare: the browser is to keep nothing.
    pub tablet: bool,
}

/// What came with a refused claim.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posted {
    pub values: ClaimValues,
    pub problems: Vec<ClaimProblem>,
    /// What is wrong with none of the fields: too many tries, a busy server.
    pub error: Option<AppError>,
    /// It held bytes that are not UTF-8.
    pub garbled: bool,
}

impl Posted {
    /// Nothing was typed that could be kept.
    pub fn is_blank(&self) -> bool {
        let ClaimValues { name, number, phone, .. } = &self.values;
        [name, number, phone].into_iter().all(String::is_empty)
    }
}

/// A claim as it was typed.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimValues {
    pub name: String,
    pub kind: String,
    pub number: String,
    pub phone: String,
    /// Made with the form; recognises a claim that is sent twice.
    pub form: String,
    pub notice: bool,
    pub health: bool,
    /// A provider says who it is; the fields of the person are empty.
    pub verified: bool,
    pub department: String,
}

/// What is wrong with a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ClaimProblem {
    Notice,
    Health,
    Name(NameProblem),
    Kind,
    Number(DocumentProblem),
    Phone(PhoneProblem),
    Department,
    /// At a tablet: they withdrew a consent, which only their own device can take back.
    Withdrawn,
}

impl ClaimProblem {
    /// The field of the form that it belongs to.
    pub const fn field(self) -> &'static str {
        match self {
            Self::Notice | Self::Withdrawn => "notice",
            Self::Health => "health",
            Self::Name(_) => "name",
            Self::Kind => "kind",
            Self::Number(_) => "number",
            Self::Phone(_) => "phone",
            Self::Department => "department",
        }
    }
}

impl ClaimValues {
    /// The person, or everything that is wrong, in the order of the form. `today` is the enterprise's: nobody declares who
    /// is not born yet.
    pub fn parse(&self, today: Day) -> Result<Person, Vec<ClaimProblem>> {
        let mut problems = Vec::new();
        if !self.notice {
            problems.push(ClaimProblem::Notice);
        }
        if !self.health {
            problems.push(ClaimProblem::Health);
        }
        let name = Person::parse_name(&self.name).map_err(|problem| problems.push(ClaimProblem::Name(problem)));
        let document = self.document(today).map_err(|problem| problems.push(problem));
        let phone = Phone::parse(&self.phone).map_err(|problem| problems.push(ClaimProblem::Phone(problem)));
        match (name, document, phone) {
            (Ok(name), Ok(document), Ok(phone)) if problems.is_empty() => Ok(Person { name, document, phone: Some(phone) }),
            _ => Err(problems),
        }
    }

    /// The same for someone whom a provider has verified: with both consents, and a phone where the provider said none.
    pub fn parse_verified(&self, verified: &Person) -> Result<Person, Vec<ClaimProblem>> {
        let mut problems = Vec::new();
        if !self.notice {
            problems.push(ClaimProblem::Notice);
        }
        if !self.health {
            problems.push(ClaimProblem::Health);
        }
        let mut person = verified.clone();
        if person.phone.is_none() {
            person.phone = Phone::parse(&self.phone).map_err(|problem| problems.push(ClaimProblem::Phone(problem))).ok();
        }
        if problems.is_empty() { Ok(person) } else { Err(problems) }
    }

    /// The department that was chosen of those that there are; where there are none, none.
    pub fn department(&self, known: &[Department]) -> Result<Option<DepartmentId>, ClaimProblem> {
        if known.is_empty() || self.department == department::NONE {
            return Ok(None);
        }
        let chosen = known.iter().find(|known| known.id.to_string() == self.department);
        chosen.map(|chosen| Some(chosen.id)).ok_or(ClaimProblem::Department)
    }

    fn document(&self, today: Day) -> Result<IdDocument, ClaimProblem> {
        let kind = DocumentKind::from_code(&self.kind).ok_or(ClaimProblem::Kind)?;
        let document = IdDocument::parse(kind, &self.number).map_err(ClaimProblem::Number)?;
        if document.birth_day().is_some_and(|born| born > today) {
            return Err(ClaimProblem::Number(DocumentProblem::BirthDate));
        }
        Ok(document)
    }
}

macro_rules! secret {
    ($($name:ident),+) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("***")
            }
        }
    )+};
}
secret!(Person, IdDocument, Phone, Ceremony, SignedIn, VerifiedPerson, ClaimValues, Posted);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn resident(text: &str) -> Result<String, DocumentProblem> {
        IdDocument::parse(DocumentKind::ResidentId, text).map(|document| document.number)
    }

    #[test]
    fn an_intent_is_read_as_it_is_written() {
        for intent in [Intent::AddPasskey, Intent::RemovePasskey("AbC_-9".into()), Intent::DeletePerson("0f".into())] {
            assert_eq!(Intent::parse(&intent.to_string()), Some(intent));
        }
        assert_eq!(Intent::parse("add"), None);
    }

    #[test]
    fn a_passkey_is_called_what_people_can_read() {
        assert_eq!(passkey_name("  我的  手机 ").as_deref(), Some("我的 手机"));
        for bad in ["", "  ", "a\u{202e}b", "a\u{0}b", &"长".repeat(31)] {
            assert_eq!(passkey_name(bad), None, "{bad}");
        }
    }

    #[test]
    fn published_examples_pass_however_they_are_typed() {
        for good in ["11010519491231002X", "810000199408230021", "830000199201300022", "911124198108030024"] {
            assert_eq!(resident(good).as_deref(), Ok(good));
        }
        for typed in
            ["11010519491231002x", " 110105 19491231 002X ", "１１０１０５１９４９１２３１００２Ｘ", "\u{202d}11010519491231002x\u{202c}"]
        {
            assert_eq!(resident(typed).as_deref(), Ok("11010519491231002X"), "{typed}");
        }
    }

    #[test]
    fn each_mistake_in_a_resident_id_has_its_own_cause() {
        for (text, problem) in [
            (" ", DocumentProblem::Empty),
            ("11010519491231002", DocumentProblem::Length),
            ("1101051949123100200", DocumentProblem::Length),
            ("110105491231002", DocumentProblem::Length),
            ("1101051949123100AX", DocumentProblem::Characters),
            ("一一〇一〇五一九四九一二三一〇〇二", DocumentProblem::Length),
            ("一一〇一〇五一九四九一二三一〇〇二五", DocumentProblem::Characters),
            ("110105194902310021", DocumentProblem::BirthDate),
            ("110105189912310021", DocumentProblem::BirthDate),
            ("110105219912310021", DocumentProblem::BirthDate),
            ("110105194912310021", DocumentProblem::CheckDigit),
        ] {
            assert_eq!(resident(text), Err(problem), "{text}");
        }
    }

    #[test]
    fn other_documents_have_their_forms() {
        use DocumentKind::{HongKongMacauPermit, Passport, TaiwanPermit};
        for (kind, good) in [
            (Passport, "E12345678"),
            (Passport, "ea1234567"),
            (HongKongMacauPermit, "H12345678"),
            (HongKongMacauPermit, "m1234567800"),
            (TaiwanPermit, "12345678"),
            (TaiwanPermit, "1234567890B"),
        ] {
            assert!(IdDocument::parse(kind, good).is_ok(), "{good}");
        }
        for (kind, bad) in [
            (Passport, "ABC"),
            (Passport, "ABCDEFGH"),
            (Passport, "E1234567890123456"),
            (Passport, "E1234-678"),
            (HongKongMacauPermit, "A12345678"),
            (HongKongMacauPermit, "H1234567"),
            (TaiwanPermit, "1234567"),
            (TaiwanPermit, "12345678B"),
        ] {
            assert_eq!(IdDocument::parse(kind, bad), Err(DocumentProblem::Form), "{bad}");
        }
    }

    #[test]
    fn what_is_shown_of_a_document() {
        let document = IdDocument::parse(DocumentKind::ResidentId, "11010519491231002x").unwrap();
        assert_eq!(document.masked(), "11**************2X");
        assert_eq!(document.last_six(), "31002X");
        assert_eq!(document.birth_day(), Day::from_ymd(1949, 12, 31).ok());
        assert_eq!(format!("{document:?}"), "***");
    }

    #[test]
    fn a_phone_is_read_as_people_type_it() {
        for typed in ["13538725384", "+86 135 3872 5384", "0086-135-3872-5384", "8613538725384", "１３５３８７２５３８４"] {
            assert_eq!(Phone::parse(typed).map(|phone| phone.0).as_deref(), Ok("+8613538725384"), "{typed}");
        }
        assert_eq!(Phone::parse("+852 5123 4567").map(|phone| phone.0).as_deref(), Ok("+85251234567"));
        for (text, problem) in [
            ("", PhoneProblem::Empty),
            ("1353872538", PhoneProblem::Mainland),
            ("12538725384", PhoneProblem::Mainland),
            ("135387253840", PhoneProblem::Mainland),
            ("+86 12345", PhoneProblem::Mainland),
            ("02088888888", PhoneProblem::Mainland),
            ("+1234", PhoneProblem::Abroad),
            ("+012345678", PhoneProblem::Abroad),
            ("+1234567890123456", PhoneProblem::Abroad),
            ("+12345abc", PhoneProblem::Abroad),
        ] {
            assert_eq!(Phone::parse(text), Err(problem), "{text}");
        }
    }

    #[test]
    fn a_masked_phone_keeps_its_ends() {
        assert_eq!(Phone::parse("13812345384").unwrap().masked(), "138****5384");
        assert_eq!(Phone::parse("+85251234567").unwrap().masked(), "+85*****4567");
    }

    #[test]
    fn names_of_every_people_pass() {
        for (typed, name) in [
            ("黄丽燕", "黄丽燕"),
            (" 买买提•艾力 ", "买买提·艾力"),
            ("Anne-Marie  O'Neil", "Anne-Marie O'Neil"),
            ("𠮷野", "𠮷野"),
            ("玛", "玛"),
        ] {
            assert_eq!(Person::parse_name(typed).as_deref(), Ok(name));
        }
        for (typed, problem) in [
            (" \u{3000}", NameProblem::Empty),
            ("\u{200b}", NameProblem::Unreadable),
            ("黄\u{3164}燕", NameProblem::Unreadable),
            ("\u{202e}燕丽黄", NameProblem::Unreadable),
            ("黄\u{ad}燕", NameProblem::Unreadable),
            ("\u{2800}黄", NameProblem::Unreadable),
            ("黄\u{fffd}燕", NameProblem::Unreadable),
            ("12345", NameProblem::Characters),
            ("···", NameProblem::Characters),
            ("黄\u{7}燕", NameProblem::Characters),
            ("黄</title>燕", NameProblem::Characters),
        ] {
            assert_eq!(Person::parse_name(typed), Err(problem));
        }
        assert_eq!(Person::parse_name(&"黄".repeat(NAME_CHARS + 1)), Err(NameProblem::TooLong));
    }

    #[test]
    fn a_claim_says_everything_that_is_wrong_at_once_and_in_order() {
        let today = Day::from_ymd(2026, 11, 24).unwrap();
        let good = ClaimValues {
            name: "黄丽燕".into(),
            kind: "resident-id".into(),
            number: "11010519491231002x".into(),
            phone: "135 3872 5384".into(),
            notice: true,
            health: true,
            form: String::new(),
            verified: false,
            department: String::new(),
        };
        let person = good.parse(today).unwrap();
        assert_eq!((person.name.as_str(), person.document.number()), ("黄丽燕", "11010519491231002X"));
        assert_eq!(
            ClaimValues::default().parse(today),
            Err(vec![
                ClaimProblem::Notice,
                ClaimProblem::Health,
                ClaimProblem::Name(NameProblem::Empty),
                ClaimProblem::Kind,
                ClaimProblem::Phone(PhoneProblem::Empty),
            ])
        );
        let missing = ClaimValues { health: false, ..good.clone() };
        assert_eq!(missing.parse(today), Err(vec![ClaimProblem::Health]));
        let before = Day::from_ymd(1949, 12, 30).unwrap();
        assert_eq!(good.parse(before), Err(vec![ClaimProblem::Number(DocumentProblem::BirthDate)]));
    }

    #[test]
    fn a_department_is_one_that_there_is_or_said_to_be_none() {
        let known = [(1, "生产部"), (3, "仓储部")].map(|(id, name)| Department { id: DepartmentId(id), name: name.to_owned() });
        let of = |department: &str, known: &[Department]| {
            ClaimValues { department: department.into(), ..ClaimValues::default() }.department(known)
        };
        assert_eq!(of("3", &known), Ok(Some(DepartmentId(3))));
        assert_eq!(of("0", &known), Ok(None));
        for bad in ["", "2", "03", "仓储部", "-1"] {
            assert_eq!(of(bad, &known), Err(ClaimProblem::Department), "{bad}");
            assert_eq!(of(bad, &[]), Ok(None), "where there are none, nothing is asked");
        }
    }

    /// A number with its check character, from an area that does not exist.
    fn with_check(digits: &str) -> String {
        let check = "0123456789X".chars().find(|check| resident(&format!("{digits}{check}")).is_ok()).unwrap();
        format!("{digits}{check}")
    }

    fn any_resident() -> impl Strategy<Value = String> {
        (1900..2026_i32, 1..=12_u32, 1..=28_u32, 0..1000_u32)
            .prop_map(|(year, month, day, sequence)| with_check(&format!("999999{year:04}{month:02}{day:02}{sequence:03}")))
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_without_a_panic(text: String) {
            for kind in DocumentKind::ALL {
                if let Ok(document) = IdDocument::parse(kind, &text) {
                    let _ = (document.masked(), document.birth_day());
                    prop_assert!(document.number.ends_with(document.last_six()));
                }
            }
            if let Ok(phone) = Phone::parse(&text) {
                prop_assert!(!phone.masked().is_empty());
            }
            let _ = Person::parse_name(&text);
        }

        #[test]
        fn one_wrong_character_in_a_resident_id_is_noticed(number in any_resident(), at in 0..18_usize, other in 0..11_usize) {
            let mut bytes = number.clone().into_bytes();
            bytes[at] = b"0123456789X"[other];
            let wrong = String::from_utf8(bytes).unwrap();
            prop_assume!(wrong != number);
            prop_assert!(resident(&wrong).is_err());
        }

        #[test]
        fn two_swapped_neighbours_in_a_resident_id_are_noticed(number in any_resident(), at in 0..17_usize) {
            let mut bytes = number.clone().into_bytes();
            bytes.swap(at, at + 1);
            let wrong = String::from_utf8(bytes).unwrap();
            prop_assume!(wrong != number);
            prop_assert!(resident(&wrong).is_err());
        }

        #[test]
        fn what_was_read_is_read_alike_again(digits in "1[3-9][0-9]{9}") {
            let phone = Phone::parse(&digits).unwrap();
            prop_assert_eq!(Phone::parse(phone.as_str()), Ok(phone.clone()));
            prop_assert_eq!(phone.national(), digits);
        }
    }
}
