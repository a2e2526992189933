//! What can go wrong, as the person in front of it needs to know.
//!
//! On the wire an error is one fixed code and nothing else; [`crate::ui::error_text`] has the sentence for each. What
//! lies beneath is logged once, where it is turned into [`AppError::Internal`], and never travels.

use leptos::server_fn::{
    Bytes, ContentType, Decodes, Encodes, Format, FormatType,
    error::{FromServerFnError, ServerFnErrorErr},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

pub type Result<T, E = AppError> = std::result::Result<T, E>;

/// The closed list of errors that leave the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AppError {
    /// Missing, deleted, or another tenant's: all three alike, so that nothing is given away.
    #[error("not-found")]
    NotFound,
    /// No session, or one that has ended.
    #[error("sign-in-required")]
    SignInRequired,
    /// This device has not been verified for this enterprise: scan the code again.
    #[error("invitation-required")]
    InvitationRequired,
    /// The browser keeps no cookies: whoever was let in just now is unknown again.
    #[error("cookies-off")]
    CookiesOff,
    /// The code is unknown, was replaced, or its grace period is over.
    #[error("invitation-expired")]
    InvitationExpired,
    /// A one-time link that was used, is too old, or had too many tries.
    #[error("link-expired")]
    LinkExpired,
    /// The two consents were not both given.
    #[error("consent-required")]
    ConsentRequired,
    /// The passkey was refused, or is not one of ours.
    #[error("verification-failed")]
    VerificationFailed,
    /// The verification by a provider is over, was used, or began in another browser.
    #[error("verification-expired")]
    VerificationExpired,
    /// The person, or the provider, broke the verification off.
    #[error("verification-cancelled")]
    VerificationCancelled,
    /// The provider's answer does not stand up to our checks.
    #[error("verification-refused")]
    VerificationRefused,
    /// The provider let someone in without looking at their face just now.
    #[error("face-required")]
    FaceRequired,
    /// The provider does not say what is needed of a person.
    #[error("identity-incomplete")]
    IdentityIncomplete,
    /// The account is an enterprise's, not a natural person's.
    #[error("enterprise-account")]
    EnterpriseAccount,
    /// A verified person who represents no enterprise that is known here.
    #[error("no-enterprise")]
    NoEnterprise,
    /// The document is known with another name.
    #[error("name-differs")]
    NameDiffers,
    /// The document is bound to another account.
    #[error("identity-taken")]
    IdentityTaken,
    /// The identity provider does not answer, or not in time.
    #[error("provider-unavailable")]
    ProviderUnavailable,
    /// The request does not have the shape that the page sends.
    #[error("bad-request")]
    BadRequest,
    /// More than 64 KiB.
    #[error("too-large")]
    TooLarge,
    /// Too many tries in a short time.
    #[error("too-many-requests")]
    TooManyRequests,
    /// The server cannot store it now; the same request may be sent again in a moment.
    #[error("busy")]
    Busy,
    /// An enterprise is being read into memory, and so many per cent of it are there: its page comes as soon as it is.
    #[error("loading-{0}")]
    Loading(u8),
    /// Our fault, and logged.
    #[error("internal")]
    Internal,
    /// Only in the browser: no answer came.
    #[error("offline")]
    Offline,
    /// Only in the browser: the server is newer than this page, or a part of the page could not be fetched.
    #[error("outdated")]
    Outdated,
}

impl AppError {
    const ALL: [Self; 26] = [
        Self::NotFound,
        Self::SignInRequired,
        Self::InvitationRequired,
        Self::CookiesOff,
        Self::InvitationExpired,
        Self::LinkExpired,
        Self::ConsentRequired,
        Self::VerificationFailed,
        Self::VerificationExpired,
        Self::VerificationCancelled,
        Self::VerificationRefused,
        Self::FaceRequired,
        Self::IdentityIncomplete,
        Self::EnterpriseAccount,
        Self::NoEnterprise,
        Self::NameDiffers,
        Self::IdentityTaken,
        Self::ProviderUnavailable,
        Self::BadRequest,
        Self::TooLarge,
        Self::TooManyRequests,
        Self::Busy,
        Self::Loading(0),
        Self::Internal,
        Self::Offline,
        Self::Outdated,
    ];

    /// What was sent cannot be read: by the browser because no whole answer came, by the server because it was not UTF-8 or
    /// broke off.
    const UNREADABLE: Self = if cfg!(feature = "ssr") { Self::BadRequest } else { Self::Offline };

    /// The HTTP status that carries this error.
    pub const fn status(self) -> u16 {
        match self {
            Self::Loading(_) => 202,
            Self::BadRequest => 400,
            Self::SignInRequired
            | Self::InvitationRequired
            | Self::CookiesOff
            | Self::VerificationFailed
            | Self::VerificationCancelled
            | Self::VerificationRefused
            | Self::FaceRequired
            | Self::IdentityIncomplete => 401,
            Self::EnterpriseAccount | Self::NoEnterprise | Self::NameDiffers | Self::IdentityTaken => 403,
            Self::NotFound => 404,
            Self::InvitationExpired | Self::LinkExpired | Self::VerificationExpired => 410,
            Self::TooLarge => 413,
            Self::ConsentRequired => 422,
            Self::TooManyRequests => 429,
            Self::Internal => 500,
            Self::Busy | Self::ProviderUnavailable | Self::Offline | Self::Outdated => 503,
        }
    }

    /// Reads the code back; `None` for text that is not one of ours.
    pub fn from_code(code: &str) -> Option<Self> {
        let loading = || code.strip_prefix("loading-")?.parse().ok().map(Self::Loading);
        Self::ALL.into_iter().find(|error| error.to_string() == code).or_else(loading)
    }
}

impl Serialize for AppError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for AppError {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        Self::from_code(&code).ok_or_else(|| de::Error::custom("not one of our errors"))
    }
}

/// A part of the program that could not be fetched: the line is down, or the server has a newer one.
#[cfg(feature = "split")]
impl From<leptos::wasm_split::SplitLoaderError> for AppError {
    fn from(_: leptos::wasm_split::SplitLoaderError) -> Self {
        Self::Outdated
    }
}

/// An error on the wire: its code in quotation marks, which is JSON.
pub struct Code;

impl ContentType for Code {
    const CONTENT_TYPE: &'static str = "application/json";
}

impl FormatType for Code {
    const FORMAT_TYPE: Format = Format::Text;
}

impl Encodes<AppError> for Code {
    type Error = AppError;

    fn encode(error: &AppError) -> Result<Bytes> {
        Ok(format!("\"{error}\"").into())
    }
}

impl Decodes<AppError> for Code {
    type Error = AppError;

    fn decode(bytes: Bytes) -> Result<AppError> {
        let code = std::str::from_utf8(&bytes).map_err(|_| AppError::Outdated)?;
        AppError::from_code(code.trim_matches('"')).ok_or(AppError::Outdated)
    }
}

impl FromServerFnError for AppError {
    type Encoder = Code;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Request(_) | ServerFnErrorErr::Response(_) | ServerFnErrorErr::Deserialization(_) => Self::UNREADABLE,
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) | ServerFnErrorErr::UnsupportedRequestMethod(_) => Self::BadRequest,
            _ => Self::Internal,
        }
    }
}

#[cfg(feature = "ssr")]
mod beneath {
    use sqlx::{
        error::{DatabaseError, ErrorKind},
        sqlite::SqliteError,
    };

    use super::AppError;

    /// What a store can say: the database is busy, a row is not as it must be, whoever asks is gone, or it broke.
    #[derive(Debug, thiserror::Error)]
    pub enum StoreError {
        #[error("the database is busy")]
        Busy,
        /// An enterprise is being read into memory, and so many per cent of it are there.
        #[error("a census is being loaded")]
        Loading(u8),
        /// Named by table and column, never by content.
        #[error("a row of {table} does not hold a valid {column}")]
        Row { table: &'static str, column: &'static str },
        /// What was made of an error that others met as well, and that was logged then.
        #[error("{0}")]
        Told(AppError),
        /// The employee whose own device asks was deleted meanwhile.
        #[error("the employee is gone")]
        Gone,
        #[error(transparent)]
        Database(sqlx::Error),
        #[error(transparent)]
        Vault(#[from] crate::vault::VaultError),
    }

    impl StoreError {
        /// Of a statement that writes what hangs on an employee alone: where they are missing, they are [gone](Self::Gone).
        pub fn of_employee(error: sqlx::Error) -> Self {
            let missing = error.as_database_error().is_some_and(|below| below.kind() == ErrorKind::ForeignKeyViolation);
            if missing { Self::Gone } else { error.into() }
        }

        /// Whether the database would do the same later.
        pub fn is_busy(error: &dyn DatabaseError) -> bool {
            is_busy(error)
        }
    }

    impl From<sqlx::Error> for StoreError {
        fn from(error: sqlx::Error) -> Self {
            match &error {
                sqlx::Error::PoolTimedOut | sqlx::Error::Io(_) => Self::Busy,
                sqlx::Error::Database(below) if is_busy(&**below) => Self::Busy,
                sqlx::Error::Database(below) if is_disk(&**below) => {
                    // Whoever asked can only try again; the operator can make room.
                    tracing::error!(%error, "the database's disk is full or fails");
                    crate::metrics::DISK_FAILURES.inc();
                    Self::Busy
                }
                _ => Self::Database(error),
            }
        }
    }

    /// SQLite says BUSY (5) or LOCKED (6) in many variants; PostgreSQL has lock, deadlock, resource and shutdown states.
    fn is_busy(error: &dyn DatabaseError) -> bool {
        matches!(sqlite_code(error), Some(5 | 6))
            || error.code().is_some_and(|code| {
                matches!(&*code, "55P03" | "40P01" | "40001") || code.starts_with("53") && code != "53100" || code.starts_with("57P")
            })
    }

    /// SQLite says READONLY (8), IOERR (10) in many variants, FULL (13), or CANTOPEN (14) when it opens anew; PostgreSQL has `io_error` and `disk_full`.
    fn is_disk(error: &dyn DatabaseError) -> bool {
        matches!(sqlite_code(error), Some(8 | 10 | 13 | 14)) || error.code().is_some_and(|code| matches!(&*code, "58030" | "53100"))
    }

    /// The kind of an SQLite error: the last byte of its code, for the others only say more about it.
    fn sqlite_code(error: &dyn DatabaseError) -> Option<u32> {
        let code = error.try_downcast_ref::<SqliteError>()?.code()?;
        code.parse::<u32>().ok().map(|code| code & 0xff)
    }

    impl From<StoreError> for AppError {
        fn from(error: StoreError) -> Self {
            match error {
                StoreError::Busy => Self::Busy,
                StoreError::Loading(percent) => Self::Loading(percent),
                StoreError::Told(error) => error,
                StoreError::Gone => Self::InvitationRequired,
                error => {
                    tracing::error!(%error, "a request failed");
                    Self::Internal
                }
            }
        }
    }
}
#[cfg(feature = "ssr")]
pub use beneath::StoreError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_on_the_wire_is_the_one_that_is_printed() {
        for error in AppError::ALL {
            assert_eq!(AppError::from_code(&error.to_string()), Some(error));
            assert_eq!(serde_json::to_string(&error).unwrap(), format!("\"{error}\""));
        }
        assert_eq!(AppError::from_code("loading-42"), Some(AppError::Loading(42)));
        assert_eq!(AppError::from_code("loading-4200"), None);
        assert_eq!(AppError::from_code("constructor"), None);
    }
}
