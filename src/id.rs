//! Identifiers, as they stand in URLs, on the wire and in the database.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

/// Crockford's base 32: no I, L, O, U, so that a code read aloud or copied by hand stays unambiguous.
pub(crate) const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Text that is not an identifier of the kind asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an identifier")]
pub struct NotAnId;

/// An enterprise: 60 random bits, written as 12 characters of Crockford's base 32.
///
/// It is not a secret (it stands in links), but it cannot be guessed or counted through either.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(transparent))]
pub struct EnterpriseId(i64);

impl EnterpriseId {
    /// The tenant of matters that belong to no enterprise: representatives, their passkeys and sign-in ceremonies.
    pub const SYSTEM: Self = Self(0);
    /// How long its text is.
    pub const CHARS: usize = 12;

    /// Takes the lowest 60 bits.
    pub const fn from_bits(bits: u64) -> Self {
        Self((bits & 0x0fff_ffff_ffff_ffff).cast_signed())
    }

    pub const fn to_bytes(self) -> [u8; 8] {
        self.0.to_be_bytes()
    }
}

impl fmt::Display for EnterpriseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for position in (0..Self::CHARS).rev() {
            let digit = (self.0 >> (5 * position)) & 31;
            write!(f, "{}", ALPHABET[usize::try_from(digit).unwrap_or_default()] as char)?;
        }
        Ok(())
    }
}

impl fmt::Debug for EnterpriseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EnterpriseId({self})")
    }
}

impl FromStr for EnterpriseId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        if text.len() != Self::CHARS {
            return Err(NotAnId);
        }
        let bits = text.bytes().try_fold(0_u64, |bits, byte| {
            let digit = ALPHABET.iter().position(|&known| known == byte).ok_or(NotAnId)?;
            Ok((bits << 5) | digit as u64)
        })?;
        Ok(Self::from_bits(bits))
    }
}

/// One employee of one enterprise. The same human in two enterprises is two employees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(transparent))]
pub struct EmployeeId(pub Uuid);

impl fmt::Display for EmployeeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.simple())
    }
}

impl FromStr for EmployeeId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        Uuid::try_parse(text).map(Self).map_err(|_| NotAnId)
    }
}

/// A line of one enterprise's roster. The same human on two rosters is two lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(transparent))]
pub struct EntryId(pub Uuid);

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.simple())
    }
}

impl FromStr for EntryId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        Uuid::try_parse(text).map(Self).map_err(|_| NotAnId)
    }
}

/// A department of one enterprise: 1, 2, 3 …, never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(transparent))]
pub struct DepartmentId(pub i64);

impl DepartmentId {
    /// As the object of an audit entry, which has room for a UUID.
    pub const fn object(self) -> Uuid {
        Uuid::from_u128(self.0.cast_unsigned() as u128)
    }
}

impl fmt::Display for DepartmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl FromStr for DepartmentId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let id = text.parse().map_err(|_| NotAnId)?;
        if id > 0 && text.bytes().all(|byte| byte.is_ascii_digit()) { Ok(Self(id)) } else { Err(NotAnId) }
    }
}

/// The number on a receipt: which enterprise, and which of its changes the declaration was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ReceiptId {
    pub enterprise: EnterpriseId,
    pub change: i64,
}

impl fmt::Display for ReceiptId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.enterprise, self.change)
    }
}

impl FromStr for ReceiptId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let (enterprise, change) = text.split_once('-').ok_or(NotAnId)?;
        let digits = !change.is_empty() && !change.starts_with('0') && change.bytes().all(|byte| byte.is_ascii_digit());
        let change = if digits { change.parse().map_err(|_| NotAnId)? } else { return Err(NotAnId) };
        Ok(Self { enterprise: enterprise.parse()?, change })
    }
}

macro_rules! as_text_on_the_wire {
    ($($name:ty),+) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
            }
        }
    )+};
}
as_text_on_the_wire!(EnterpriseId, EmployeeId, EntryId, DepartmentId, ReceiptId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_enterprise_id_survives_text() {
        for bits in [0, 1, 31, 32, 0x0123_4567_89ab_cdef, u64::MAX] {
            let id = EnterpriseId::from_bits(bits);
            assert_eq!(id.to_string().parse(), Ok(id));
            assert_eq!(id.to_string().len(), EnterpriseId::CHARS);
        }
    }

    #[test]
    fn text_that_is_no_id_is_refused() {
        for text in ["", "0", "00000000000u", "00000000000A", "0000000000000", "二二二二"] {
            assert_eq!(text.parse::<EnterpriseId>(), Err(NotAnId), "{text}");
        }
        for text in ["", "0", "-1", "+1", "1.0", "99999999999999999999", "一"] {
            assert_eq!(text.parse::<DepartmentId>(), Err(NotAnId), "{text}");
        }
        for text in ["", "000000000000", "000000000000-", "000000000000-01", "000000000000--1", "000000000000-99999999999999999999"] {
            assert_eq!(text.parse::<ReceiptId>(), Err(NotAnId), "{text}");
        }
    }

    #[test]
    fn a_receipt_survives_text() {
        let receipt = ReceiptId { enterprise: EnterpriseId::from_bits(77), change: 1234 };
        assert_eq!(receipt.to_string().parse(), Ok(receipt));
    }
}
