//! What stands in the QR code of a pass: 32 bytes and the enterprise's signature over them (Ed25519), in the alphabet of addresses.
//!
//! | bytes | what |
//! |---|---|
//! | 1 | the format: 1 |
//! | 8 | the enterprise |
//! | 6 | which of its changes the declaration was, as on the receipt |
//! | 2 | the day, since 1970-01-01 |
//! | 1 | the verdict: 0 pass, 1 ask, 2 stop |
//! | 4 | when it was signed, in seconds since 1970 |
//! | 10 | the beginning of SHA-256 over the name's tag |
//!
//! The tag is eight random bytes and the masked name. It stands behind the `#` of the address: who checks without a line compares the
//! name that it says, and no address that a server gets has a name in it. Without the salt a hash would tell it, for there are few
//! names. `public/gate.js` reads the same.

use chrono::NaiveDate;
use data_encoding::BASE64URL_NOPAD;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

use super::model::Verdict;
use crate::{
    id::EnterpriseId,
    period::{Day, Moment},
};

/// So long a token is good for.
pub const LIFE_SECS: i64 = 10 * 60;
/// So far the clocks of two servers may be apart.
const AHEAD_SECS: i64 = 2 * 60;
/// Bound into each signature: nothing else that a key may ever sign is a pass.
const PURPOSE: &[u8] = b"shenbao gate pass 1\0";
const FORMAT: u8 = 1;
const PAYLOAD: usize = 32;
const SIGNATURE: usize = 64;
const TAG: usize = 10;
const SALT: usize = 8;

/// A public key as it is stored.
pub type PublicKey = [u8; 32];

/// What a pass says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pass {
    pub enterprise: EnterpriseId,
    pub change: i64,
    pub day: Day,
    pub verdict: Verdict,
    pub signed_at: Moment,
    pub name: [u8; TAG],
}

/// How a pass that was really signed stands now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stands {
    Good,
    Expired,
    OtherDay,
    /// It was signed later than now: a clock is wrong.
    Early,
}

/// The name that belongs to a pass, for whoever checks it without a line.
pub struct NameTag(Vec<u8>);

impl NameTag {
    pub fn new(salt: [u8; SALT], masked: &str) -> Self {
        Self([&salt[..], masked.as_bytes()].concat())
    }

    pub fn hash(&self) -> [u8; TAG] {
        let mut hash = [0; TAG];
        hash.copy_from_slice(&Sha256::digest(&self.0)[..TAG]);
        hash
    }

    /// What stands behind the `#`.
    pub fn text(&self) -> String {
        BASE64URL_NOPAD.encode(&self.0)
    }
}

/// A token that has the right form. Whoever wants to know what it says needs the key.
pub struct Unverified {
    payload: [u8; PAYLOAD],
    signature: Signature,
}

impl Pass {
    /// Signs it. `None` for a pass beyond what the form has room for.
    pub fn signed(&self, key: &SigningKey) -> Option<String> {
        let payload = self.payload()?;
        let signature = key.sign(&[PURPOSE, &payload[..]].concat());
        Some(BASE64URL_NOPAD.encode(&[&payload[..], &signature.to_bytes()[..]].concat()))
    }

    fn payload(&self) -> Option<[u8; PAYLOAD]> {
        let days = self.day.date().signed_duration_since(Day::EPOCH.date()).num_days();
        let change = u64::try_from(self.change).ok().filter(|change| change >> 48 == 0)?.to_be_bytes();
        let parts = [
            &[FORMAT][..],
            &self.enterprise.to_bytes(),
            &change[2..],
            &u16::try_from(days).ok()?.to_be_bytes(),
            &[self.verdict as u8],
            &u32::try_from(self.signed_at.as_millis() / 1000).ok()?.to_be_bytes(),
            &self.name,
        ];
        parts.concat().try_into().ok()
    }

    fn read(payload: &[u8; PAYLOAD]) -> Option<Self> {
        let (format, rest) = payload.split_first()?;
        let (enterprise, rest) = rest.split_first_chunk::<8>()?;
        let (change, rest) = rest.split_first_chunk::<6>()?;
        let (day, rest) = rest.split_first_chunk::<2>()?;
        let (verdict, rest) = rest.split_first()?;
        let (signed_at, name) = rest.split_first_chunk::<4>()?;
        let change = change.iter().fold(0_i64, |number, byte| number << 8 | i64::from(*byte));
        let date = NaiveDate::from_epoch_days(u16::from_be_bytes(*day).into())?;
        (*format == FORMAT).then_some(Self {
            enterprise: EnterpriseId::from_bits(u64::from_be_bytes(*enterprise)),
            change,
            day: Day::new(date).ok()?,
            verdict: *Verdict::ALL.get(usize::from(*verdict))?,
            signed_at: Moment::from_millis(i64::from(u32::from_be_bytes(*signed_at)) * 1000),
            name: name.try_into().ok()?,
        })
    }

    pub const fn until(&self) -> Moment {
        self.signed_at.plus_secs(LIFE_SECS)
    }

    /// `today` is the enterprise's.
    pub fn stands(&self, now: Moment, today: Day) -> Stands {
        if self.signed_at > now.plus_secs(AHEAD_SECS) {
            Stands::Early
        } else if self.day != today {
            Stands::OtherDay
        } else if self.until() <= now {
            Stands::Expired
        } else {
            Stands::Good
        }
    }
}

impl Unverified {
    pub fn parse(text: &str) -> Option<Self> {
        // Checked before it is decoded: nobody makes the server read long nonsense.
        if text.len() != (PAYLOAD + SIGNATURE) / 3 * 4 {
            return None;
        }
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        let (payload, signature) = bytes.split_first_chunk::<PAYLOAD>()?;
        Some(Self { payload: *payload, signature: Signature::from_slice(signature).ok()? })
    }

    /// Whose key to check it with, as it says.
    pub fn enterprise(&self) -> Option<EnterpriseId> {
        Some(Pass::read(&self.payload)?.enterprise)
    }

    /// What it says, if the key signed it.
    pub fn verify(&self, key: &PublicKey) -> Option<Pass> {
        let key = VerifyingKey::from_bytes(key).ok()?;
        key.verify_strict(&[PURPOSE, &self.payload[..]].concat(), &self.signature).ok()?;
        Pass::read(&self.payload)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_bytes(&[seed; 32])
    }

    fn pass() -> Pass {
        Pass {
            enterprise: EnterpriseId::from_bits(77),
            change: 1234,
            day: "2026-11-26".parse().unwrap(),
            verdict: Verdict::Ask,
            signed_at: Moment::from_millis(1_795_700_000_000),
            name: NameTag::new([7; SALT], "黄*验").hash(),
        }
    }

    #[test]
    fn a_token_is_as_long_as_the_reader_expects_and_says_what_was_signed() {
        let text = pass().signed(&key(1)).unwrap();
        assert_eq!(text.len(), 128);
        let read = Unverified::parse(&text).unwrap();
        assert_eq!(read.enterprise(), Some(pass().enterprise));
        assert_eq!(read.verify(&key(1).verifying_key().to_bytes()), Some(pass()));
    }

    #[test]
    fn another_enterprises_key_opens_nothing() {
        let read = Unverified::parse(&pass().signed(&key(1)).unwrap()).unwrap();
        assert_eq!(read.verify(&key(2).verifying_key().to_bytes()), None);
        assert_eq!(read.verify(&[0; 32]), None, "a key that is none");
    }

    #[test]
    fn what_was_signed_for_something_else_is_no_pass() {
        let (pass, key) = (pass(), key(1));
        let payload = pass.payload().unwrap();
        let text = BASE64URL_NOPAD.encode(&[&payload[..], &key.sign(&payload).to_bytes()[..]].concat());
        assert_eq!(Unverified::parse(&text).unwrap().verify(&key.verifying_key().to_bytes()), None);
    }

    #[test]
    fn it_is_good_for_ten_minutes_of_its_day() {
        let pass = pass();
        let at = |secs: i64| pass.stands(pass.signed_at.plus_secs(secs), pass.day);
        assert_eq!(
            [-121, -120, 0, LIFE_SECS - 1, LIFE_SECS].map(at),
            [Stands::Early, Stands::Good, Stands::Good, Stands::Good, Stands::Expired]
        );
        assert_eq!(pass.stands(pass.signed_at, pass.day.plus_days(1)), Stands::OtherDay);
        assert_eq!(pass.stands(pass.signed_at, pass.day.minus_days(1)), Stands::OtherDay);
    }

    #[test]
    fn a_salt_hides_the_name() {
        let [one, other] = [1, 2].map(|salt| NameTag::new([salt; SALT], "黄*验"));
        assert_ne!(one.hash(), other.hash());
        assert_ne!(NameTag::new([1; SALT], "王*验").hash(), one.hash());
        assert_eq!(BASE64URL_NOPAD.decode(one.text().as_bytes()).unwrap()[SALT..], *"黄*验".as_bytes());
    }

    #[test]
    fn what_does_not_fit_is_not_signed() {
        let beyond =
            [Pass { change: 1 << 48, ..pass() }, Pass { change: -1, ..pass() }, Pass { day: "1969-12-31".parse().unwrap(), ..pass() }];
        assert!(beyond.iter().all(|pass| pass.signed(&key(1)).is_none()));
    }

    proptest! {
        #[test]
        fn whatever_was_signed_is_read_again(bits: u64, change in 0..1_i64 << 48, days in 0..60_000_u64, verdict in 0..3_usize, secs: u32, name: [u8; TAG]) {
            let pass = Pass {
                enterprise: EnterpriseId::from_bits(bits),
                change,
                day: Day::EPOCH.plus_days(days),
                verdict: Verdict::ALL[verdict],
                signed_at: Moment::from_millis(i64::from(secs) * 1000),
                name,
            };
            let read = Unverified::parse(&pass.signed(&key(1)).unwrap()).unwrap();
            prop_assert_eq!(read.verify(&key(1).verifying_key().to_bytes()), Some(pass));
        }

        #[test]
        fn one_flipped_bit_makes_it_void(bit in 0..(PAYLOAD + SIGNATURE) * 8) {
            let mut bytes = BASE64URL_NOPAD.decode(pass().signed(&key(1)).unwrap().as_bytes()).unwrap();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let read = Unverified::parse(&BASE64URL_NOPAD.encode(&bytes)).unwrap();
            prop_assert_eq!(read.verify(&key(1).verifying_key().to_bytes()), None);
        }

        #[test]
        fn no_text_is_a_pass(text in "[A-Za-z0-9_-]{128}", other: String) {
            for text in [text, other] {
                prop_assert!(Unverified::parse(&text).and_then(|read| read.verify(&key(1).verifying_key().to_bytes())).is_none());
            }
        }
    }
}
