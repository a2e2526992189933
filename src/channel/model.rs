//! Where messages of an enterprise go, what each place is told, and how the page shows it.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{error::AppError, id::EnterpriseId, language::Language};

/// What receives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "kebab-case"))]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// One address of e-mail, for figures.
    Mail,
    /// Each person who is missing, at the address that the roster has of them.
    Personal,
    /// 企业微信
    Wecom,
    /// 钉钉
    Dingtalk,
    /// 飞书
    Feishu,
    /// A program of the enterprise's.
    Webhook,
}

impl Kind {
    pub const ALL: [Self; 6] = [Self::Wecom, Self::Dingtalk, Self::Feishu, Self::Webhook, Self::Mail, Self::Personal];

    pub const fn code(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Personal => "personal",
            Self::Wecom => "wecom",
            Self::Dingtalk => "dingtalk",
            Self::Feishu => "feishu",
            Self::Webhook => "webhook",
        }
    }

    pub fn of(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// The hosts at which such a robot can be; none: anywhere.
    pub const fn hosts(self) -> &'static [&'static str] {
        match self {
            Self::Wecom => &["qyapi.weixin.qq.com"],
            Self::Dingtalk => &["oapi.dingtalk.com"],
            Self::Feishu => &["open.feishu.cn", "open.larksuite.com"],
            Self::Mail | Self::Personal | Self::Webhook => &[],
        }
    }

    pub const fn is_mail(self) -> bool {
        matches!(self, Self::Mail | Self::Personal)
    }
}

/// What a channel is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Told {
    /// How many are missing.
    pub reminders: bool,
    /// And who they are.
    pub names: bool,
    /// How many alerts were raised.
    pub alerts: bool,
}

/// Those of the bits in the database that stand for the alerts: SQL asks for them.
pub const ALERTS_BIT: i64 = 4;

impl Told {
    pub const fn bits(self) -> i64 {
        self.reminders as i64 | (self.names as i64) << 1 | (self.alerts as i64) << 2
    }

    pub const fn of_bits(bits: i64) -> Self {
        Self { reminders: bits & 1 != 0, names: bits & 2 != 0, alerts: bits & ALERTS_BIT != 0 }
    }
}

/// So many channels an enterprise may have.
pub const MOST: u16 = 10;
/// The longest name of a channel, in characters.
pub const NAME_CHARS: usize = 30;
/// The longest address, in bytes.
pub const ADDRESS_BYTES: usize = 500;
/// The longest secret, in bytes, and the shortest that signs for a program.
pub const SECRET_BYTES: usize = 200;
pub const SECRET_LEAST: usize = 16;
/// The longest address of e-mail, in bytes.
pub const MAIL_BYTES: usize = 254;

/// Where it is and what signs for it: what is sealed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    pub name: String,
    /// A URL, or an address of e-mail; empty for the people themselves.
    pub address: String,
    /// Empty where nothing is signed.
    pub secret: String,
    /// In which it is written to.
    pub language: Language,
}

/// Why something was not delivered. A receiver's own words are never kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "kebab-case"))]
#[serde(rename_all = "kebab-case")]
pub enum Failure {
    /// No answer in time.
    Timeout,
    /// No connection, or one that broke off.
    Connection,
    /// The host stands for an address that is not a public one.
    Private,
    /// The receiver sends on to another address.
    Redirect,
    /// The receiver answers with an error.
    Status,
    /// The receiver does not take it, or its answer cannot be understood.
    Refused,
    /// The server can send no e-mail.
    NoMail,
    /// There is no such address of e-mail.
    Recipient,
    /// The day is over that people were to be reminded of.
    Late,
    /// The channel is not told of such things any more.
    Untold,
    /// What is sealed does not open.
    Unreadable,
}

/// What was to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "kebab-case"))]
#[serde(rename_all = "kebab-case")]
pub enum What {
    Reminder,
    /// To one of those who are missing.
    Personal,
    Alert,
    Test,
}

/// By what a channel is paused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "kebab-case"))]
#[serde(rename_all = "kebab-case")]
pub enum Pause {
    Viewer,
    /// Somebody who represented the enterprise does so no longer.
    Dismissed,
}

// ---- the page ---------------------------------------------------------------------------

/// The fields and buttons of the forms.
pub mod field {
    pub const ACTION: &str = "action";
    pub const CHANNEL: &str = "channel";
    pub const LETTER: &str = "letter";
    pub const KIND: &str = "kind";
    pub const NAME: &str = "name";
    pub const ADDRESS: &str = "address";
    pub const SECRET: &str = "secret";
    pub const REMINDERS: &str = "reminders";
    pub const NAMES: &str = "names";
    pub const ALERTS: &str = "alerts";
    pub const ADD: &str = "add";
    pub const TELL: &str = "tell";
    pub const TEST: &str = "test";
    pub const PAUSE: &str = "pause";
    pub const RESUME: &str = "resume";
    pub const REMOVE: &str = "remove";
    pub const RETRY: &str = "retry";
    pub const DROP: &str = "drop";
    /// In the address: what was done.
    pub const DONE: &str = "done";
}

/// A new channel as it was typed.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelValues {
    pub kind: String,
    pub name: String,
    pub address: String,
    pub secret: String,
    pub told: Told,
}

/// What is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Problem {
    Kind,
    Name,
    /// No address of e-mail.
    Mail,
    /// No URL.
    Url,
    /// Anything but https.
    Https,
    /// Not a host of this kind of robot.
    Host,
    /// On a network that is not public.
    Private,
    Secret,
    /// It is told nothing.
    Nothing,
    /// As many as there may be.
    Enough,
    /// There is one that tells the people themselves.
    Twice,
    /// The server can send no e-mail.
    NoMail,
    /// What is wrong with none of it.
    Other(AppError),
}

impl Problem {
    /// The field of the form that it belongs to.
    pub const fn field(self) -> &'static str {
        match self {
            Self::Name => field::NAME,
            Self::Mail | Self::Url | Self::Https | Self::Host | Self::Private => field::ADDRESS,
            Self::Secret => field::SECRET,
            Self::Nothing => field::REMINDERS,
            Self::Kind | Self::Enough | Self::Twice | Self::NoMail | Self::Other(_) => field::KIND,
        }
    }
}

/// What a form of the page asks for.
#[derive(Clone)]
pub enum Change {
    Add(ChannelValues),
    Tell(Uuid, Told),
    Test(Uuid),
    Pause(Uuid),
    Resume(Uuid),
    Remove(Uuid),
    /// What was given up is tried again.
    Retry(Uuid, Uuid),
    Drop(Uuid, Uuid),
}

/// What came with a form that was refused. The secret is typed again.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posted {
    pub values: ChannelValues,
    pub problems: Vec<Problem>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelLine {
    pub id: String,
    pub kind: Kind,
    pub name: String,
    /// Without what lets anyone write to it.
    pub address: String,
    pub signed: bool,
    pub told: Told,
    pub paused: Option<Pause>,
    /// So much is on its way.
    pub waiting: u32,
    pub sent_at: Option<String>,
    /// Why the last try of what is on its way failed.
    pub failure: Option<Failure>,
}

/// What was given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLine {
    pub channel: String,
    pub id: String,
    pub name: String,
    pub what: What,
    pub count: u32,
    pub at: String,
    pub failure: Option<Failure>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelsView {
    pub enterprise: EnterpriseId,
    /// The server can send e-mail.
    pub mail: bool,
    pub channels: Vec<ChannelLine>,
    /// The newest of them.
    pub dead: Vec<DeadLine>,
    pub dead_count: u32,
    pub posted: Posted,
}

/// An address of e-mail, trimmed; `None` for text that is none. Whether there is such a box is for its server to know.
pub fn parse_mail(text: &str) -> Option<String> {
    let text = text.trim();
    let (name, host) = text.rsplit_once('@')?;
    let plain = |part: &str, more: &str| {
        part.split('.').all(|label| !label.is_empty())
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || more.contains(char::from(byte)))
    };
    let good = text.len() <= MAIL_BYTES && name.len() <= 64 && plain(name, ".!#$%&'*+-/=?^_`{|}~") && plain(host, ".-");
    good.then(|| text.to_owned())
}

/// As much of an address as a page may show: a robot's holds the key to it.
pub fn masked_address(kind: Kind, address: &str) -> String {
    match kind {
        Kind::Personal => String::new(),
        Kind::Mail => {
            let (name, host) = address.rsplit_once('@').unwrap_or_default();
            format!("{}…@{host}", name.chars().next().unwrap_or('…'))
        }
        Kind::Wecom | Kind::Dingtalk | Kind::Feishu | Kind::Webhook => {
            let (scheme, rest) = address.split_once("://").unwrap_or_default();
            format!("{scheme}://{}/…", rest.split(['/', '?', '#']).next().unwrap_or_default())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_survives_the_database() {
        for bits in 0..8 {
            assert_eq!(Told::of_bits(bits).bits(), bits);
        }
        assert_eq!(Told { alerts: true, ..Told::default() }.bits(), ALERTS_BIT);
    }

    #[test]
    fn an_address_of_e_mail_has_a_name_and_a_host() {
        for good in ["a@b", "hr.office@shenbao.example", " x+y@a-b.example ", "o'neil@shenbao.example"] {
            assert_eq!(parse_mail(good).as_deref(), Some(good.trim()), "{good}");
        }
        for bad in
            ["", "a", "@b", "a@", "a@b@c", "a b@c", "a@b..c", ".a@b", "a@b,c@d", "a@b\r\nBcc: c@d", "<a@b>", "张@厂.example", "\"a\"@b"]
        {
            assert_eq!(parse_mail(bad), None, "{bad}");
        }
        assert_eq!(parse_mail(&format!("{}@shenbao.example", "a".repeat(65))), None);
    }

    #[test]
    fn a_masked_address_has_no_key() {
        let robot = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=633a31f6";
        assert_eq!(masked_address(Kind::Wecom, robot), "https://qyapi.weixin.qq.com/…");
        assert_eq!(masked_address(Kind::Webhook, "https://hook.example?key=1"), "https://hook.example/…");
        assert_eq!(masked_address(Kind::Mail, "office@shenbao.example"), "o…@shenbao.example");
        assert_eq!(masked_address(Kind::Mail, ""), "……@");
    }
}
