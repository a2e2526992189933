//! Sealing and indexing with the keys of one enterprise.

use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{Aead, Payload},
};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::VaultError;
use crate::{id::EnterpriseId, random};

pub(super) type Key = Zeroizing<[u8; 32]>;

/// Padded, and bound to this very byte; the one before was neither.
const FORMAT: u8 = 2;
const UNPADDED: u8 = 1;
const AES_256_GCM: u8 = 1;
const NONCE: usize = 12;
const HEADER: usize = 4;
/// Up to [`STEPS_END`] sizes go in these steps, beyond in powers of two.
const STEP: usize = 256;
const STEPS_END: usize = 1024;
/// Ends the value and begins its padding, which is zeros from there on.
const END: u8 = 0x80;

/// Whether a blob was sealed in the first format, when some rooms bound less of a row.
pub fn is_first_format(blob: &[u8]) -> bool {
    blob.first() == Some(&UNPADDED)
}

/// Where a sealed value lives. It opens there and nowhere else.
#[derive(Clone, Copy)]
pub struct Cell<'a> {
    pub table: &'static str,
    pub column: &'static str,
    /// What names the row within its enterprise; it must be known before the row is sealed.
    pub row: &'a [u8],
}

/// The version of the data key that a blob says it was sealed under, as the two bytes that stand in it. Nothing vouches for them:
/// a blob that lies does not open.
pub fn version_bytes(version: i64) -> [u8; 2] {
    u16::try_from(version).unwrap_or(u16::MAX).to_be_bytes()
}

/// The newest version that any of these blobs was sealed under.
pub fn newest_version<'b>(blobs: impl IntoIterator<Item = &'b Vec<u8>>) -> i64 {
    let versions = blobs.into_iter().filter_map(|blob| Some(u16::from_be_bytes([*blob.get(2)?, *blob.get(3)?])));
    versions.max().map_or(0, i64::from)
}

/// All data keys of one enterprise: one seals, every one opens.
pub struct TenantKeys {
    enterprise: EnterpriseId,
    /// Oldest first. The first one indexes, whichever seals.
    versions: Vec<(i64, SubKeys)>,
    /// The place of the one that seals.
    sealing: usize,
}

struct SubKeys {
    seal: Aes256Gcm,
    index: Key,
}

impl TenantKeys {
    /// `data_keys` oldest first, at least one; `sealing` is the version that seals, or the oldest where there is no such.
    pub(super) fn new(enterprise: EnterpriseId, data_keys: Vec<(i64, Key)>, sealing: i64) -> Self {
        let versions: Vec<_> = data_keys.into_iter().map(|(version, key)| (version, SubKeys::derive(&key))).collect();
        let sealing = versions.iter().position(|(version, _)| *version == sealing).unwrap_or_default();
        Self { enterprise, versions, sealing }
    }

    /// Of one data key that is known already: for tests from outside.
    pub fn of_one(enterprise: EnterpriseId, data_key: [u8; 32]) -> Self {
        Self::new(enterprise, vec![(1, Zeroizing::new(data_key))], 1)
    }

    /// The newest version that these keys open.
    pub(super) fn newest(&self) -> i64 {
        self.versions.last().map_or(0, |(version, _)| *version)
    }

    /// The version that these keys seal under.
    pub fn sealing(&self) -> i64 {
        self.versions[self.sealing].0
    }

    pub const fn enterprise(&self) -> EnterpriseId {
        self.enterprise
    }

    /// Seals a value for one cell.
    pub fn seal(&self, cell: Cell<'_>, plain: &[u8]) -> Vec<u8> {
        let (version, keys) = &self.versions[self.sealing];
        seal(&keys.seal, version_bytes(*version), self.enterprise, cell, plain)
    }

    /// Opens what [`Self::seal`] made for the same cell; the bytes are wiped when dropped.
    pub fn open(&self, cell: Cell<'_>, blob: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let find = |wanted: u16| self.versions.iter().find(|(version, _)| *version == i64::from(wanted)).map(|(_, keys)| &keys.seal);
        open(find, self.enterprise, cell, blob).map(Zeroizing::new)
    }

    /// The same value, sealed anew.
    pub fn reseal(&self, cell: Cell<'_>, blob: &[u8]) -> Result<Vec<u8>, VaultError> {
        Ok(self.seal(cell, &self.open(cell, blob)?))
    }

    /// A keyed hash for exact look-up, different for each purpose and enterprise. Its key comes from the first version for ever:
    /// what was indexed cannot all be indexed anew, as the values of forms that were sent are kept nowhere.
    pub fn index(&self, purpose: &str, value: &str) -> [u8; 32] {
        let (_, keys) = &self.versions[0];
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&*keys.index).expect("HMAC takes a key of any length");
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(value.as_bytes());
        mac.finalize().into_bytes().into()
    }
}

impl SubKeys {
    fn derive(data_key: &Key) -> Self {
        let hkdf = Hkdf::<Sha256>::new(None, &**data_key);
        let expand = |purpose: &[u8]| {
            let mut key = Zeroizing::new([0; 32]);
            hkdf.expand(purpose, &mut *key).expect("32 bytes are within HKDF's range");
            key
        };
        Self { seal: cipher(&expand(b"seal")), index: expand(b"index") }
    }
}

fn cipher(key: &Key) -> Aes256Gcm {
    Aes256Gcm::new_from_slice(&**key).expect("32 bytes are an AES-256 key")
}

pub(super) fn seal_with(key: &Key, version: i64, enterprise: EnterpriseId, cell: Cell<'_>, plain: &[u8]) -> Vec<u8> {
    seal(&cipher(key), version_bytes(version), enterprise, cell, plain)
}

pub(super) fn open_with<'k>(
    find: impl FnOnce(u16) -> Option<&'k Key>,
    enterprise: EnterpriseId,
    cell: Cell<'_>,
    blob: &[u8],
) -> Result<Vec<u8>, VaultError> {
    let mut found = None;
    open(
        |version| {
            found = find(version).map(cipher);
            found.as_ref()
        },
        enterprise,
        cell,
        blob,
    )
}

fn seal(cipher: &Aes256Gcm, version: [u8; 2], enterprise: EnterpriseId, cell: Cell<'_>, plain: &[u8]) -> Vec<u8> {
    let nonce = random::bytes::<NONCE>();
    let aad = bound_to(FORMAT, enterprise, cell);
    let padded = padded(plain);
    let sealed = cipher.encrypt((&nonce).into(), Payload { msg: &padded, aad: &aad }).expect("a value of this size can be sealed");
    let mut blob = Vec::with_capacity(HEADER + NONCE + sealed.len());
    blob.extend_from_slice(&[FORMAT, AES_256_GCM]);
    blob.extend_from_slice(&version);
    blob.extend_from_slice(&nonce);
    blob.extend_from_slice(&sealed);
    blob
}

fn open<'k>(
    find: impl FnOnce(u16) -> Option<&'k Aes256Gcm>,
    enterprise: EnterpriseId,
    cell: Cell<'_>,
    blob: &[u8],
) -> Result<Vec<u8>, VaultError> {
    let (header, rest) = blob.split_first_chunk::<HEADER>().ok_or(VaultError::DoesNotOpen)?;
    let (nonce, sealed) = rest.split_first_chunk::<NONCE>().ok_or(VaultError::DoesNotOpen)?;
    let format = header[0];
    if !matches!(format, FORMAT | UNPADDED) || header[1] != AES_256_GCM {
        return Err(VaultError::DoesNotOpen);
    }
    let cipher = find(u16::from_be_bytes([header[2], header[3]])).ok_or(VaultError::DoesNotOpen)?;
    let aad = bound_to(format, enterprise, cell);
    let mut plain = cipher.decrypt(nonce.into(), Payload { msg: sealed, aad: &aad }).map_err(|_| VaultError::DoesNotOpen)?;
    if format != UNPADDED {
        // What was padded is zeros behind the last `END`.
        let end = plain.iter().rposition(|&byte| byte != 0).filter(|&end| plain[end] == END).ok_or(VaultError::DoesNotOpen)?;
        plain.truncate(end);
    }
    Ok(plain)
}

/// The value filled up to a size that many others have: a length must not tell a long answer from a short one.
fn padded(plain: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut padded = Zeroizing::new(Vec::with_capacity(padded_size(plain.len())));
    padded.extend_from_slice(plain);
    padded.push(END);
    padded.resize(padded_size(plain.len()), 0);
    padded
}

/// The next size above `size`, which leaves room for [`END`].
const fn padded_size(size: usize) -> usize {
    let least = size + 1;
    if least <= STEPS_END { least.next_multiple_of(STEP) } else { least.next_power_of_two() }
}

/// Names end in NUL and the enterprise has a fixed length, so no two cells share their bytes; no table's name begins as a
/// format does.
fn bound_to(format: u8, enterprise: EnterpriseId, cell: Cell<'_>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(cell.table.len() + cell.column.len() + cell.row.len() + 11);
    if format != UNPADDED {
        bytes.push(format);
    }
    bytes.extend_from_slice(cell.table.as_bytes());
    bytes.push(0);
    bytes.extend_from_slice(cell.column.as_bytes());
    bytes.push(0);
    bytes.extend_from_slice(&enterprise.to_bytes());
    bytes.extend_from_slice(cell.row);
    bytes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn keys(enterprise: u64, versions: &[i64]) -> TenantKeys {
        let key = |version: i64| Zeroizing::new([u8::try_from(version).unwrap(); 32]);
        let sealing = versions.last().copied().unwrap();
        TenantKeys::new(EnterpriseId::from_bits(enterprise), versions.iter().map(|&version| (version, key(version))).collect(), sealing)
    }

    const CELL: Cell<'_> = Cell { table: "employee", column: "person", row: b"row-1" };

    proptest! {
        #[test]
        fn what_is_sealed_opens_in_its_cell(plain: Vec<u8>) {
            let keys = keys(7, &[1]);
            prop_assert_eq!(&*keys.open(CELL, &keys.seal(CELL, &plain)).unwrap(), &plain);
        }

        #[test]
        fn zeros_and_ends_of_its_own_stay(plain in prop::collection::vec(prop::sample::select(vec![0, END, b'x']), 0..600)) {
            let keys = keys(7, &[1]);
            prop_assert_eq!(&*keys.open(CELL, &keys.seal(CELL, &plain)).unwrap(), &plain);
        }

        #[test]
        fn a_size_says_only_its_step(size in 0..5_000_usize) {
            let sealed = keys(7, &[1]).seal(CELL, &vec![b'x'; size]).len() - HEADER - NONCE - 16;
            prop_assert!(sealed.is_multiple_of(STEP) && (sealed <= STEPS_END || sealed.is_power_of_two()));
            prop_assert!(sealed > size && sealed <= (2 * size).max(STEP).next_multiple_of(STEP));
        }

        #[test]
        fn any_flipped_bit_is_noticed(plain: Vec<u8>, position: prop::sample::Index, bit in 0..8_u32) {
            let keys = keys(7, &[1]);
            let mut blob = keys.seal(CELL, &plain);
            let position = position.index(blob.len());
            blob[position] ^= 1 << bit;
            prop_assert_eq!(keys.open(CELL, &blob).err(), Some(VaultError::DoesNotOpen));
        }

        #[test]
        fn any_bytes_are_refused_without_a_panic(blob: Vec<u8>) {
            prop_assert!(keys(7, &[1]).open(CELL, &blob).is_err());
        }
    }

    #[test]
    fn small_values_all_have_the_same_size() {
        let keys = keys(7, &[1]);
        let sizes: Vec<usize> = [0, 1, 100, 255, 256, 1023, 1024, 2047, 2048].map(|size| keys.seal(CELL, &vec![b'x'; size]).len()).into();
        assert_eq!(sizes, [288, 288, 288, 288, 544, 1056, 2080, 2080, 4128]);
    }

    /// `36.5` as the first format sealed it, made by another program.
    #[test]
    fn the_first_format_still_opens_and_nothing_passes_for_it() {
        let blob = data_encoding::HEXLOWER.decode(b"01010001000102030405060708090a0b740c10aa6b5c6c9c2c9c5bc592795f7b67c90b07").unwrap();
        let keys = keys(7, &[1]);
        assert_eq!(&**keys.open(CELL, &blob).unwrap(), b"36.5");
        for (position, format) in [(0, FORMAT), (0, 3), (1, 2)] {
            let mut relabelled = blob.clone();
            relabelled[position] = format;
            assert!(keys.open(CELL, &relabelled).is_err());
        }
        let mut relabelled = keys.seal(CELL, b"36.5");
        relabelled[0] = UNPADDED;
        assert!(keys.open(CELL, &relabelled).is_err(), "padding is never taken for content");
    }

    #[test]
    fn a_blob_does_not_open_elsewhere() {
        let here = keys(7, &[1]);
        let blob = here.seal(CELL, b"36.5");
        for cell in [Cell { table: "declaration", ..CELL }, Cell { column: "record", ..CELL }, Cell { row: b"row-2", ..CELL }] {
            assert!(here.open(cell, &blob).is_err());
        }
        assert!(keys(8, &[1]).open(CELL, &blob).is_err());
    }

    #[test]
    fn older_versions_stay_readable() {
        let blob = keys(7, &[1]).seal(CELL, b"36.5");
        let both = keys(7, &[1, 2]);
        assert_eq!(&**both.open(CELL, &blob).unwrap(), b"36.5");
        assert_ne!(both.seal(CELL, b"36.5")[..HEADER], blob[..HEADER]);
    }

    #[test]
    fn what_was_resealed_opens_in_its_cell_alone_and_under_the_new_version_alone() {
        let (old, both) = (keys(7, &[1]), keys(7, &[1, 2]));
        let blob = old.seal(CELL, b"36.5");
        let resealed = both.reseal(CELL, &blob).unwrap();
        assert_eq!(&**keys(7, &[2]).open(CELL, &resealed).unwrap(), b"36.5");
        assert_eq!((newest_version([&blob]), newest_version([&blob, &resealed])), (1, 2));
        assert!(old.open(CELL, &resealed).is_err());
        assert!(both.open(Cell { row: b"row-2", ..CELL }, &resealed).is_err());
        assert!(both.reseal(Cell { row: b"row-2", ..CELL }, &blob).is_err());
        let mut relabelled = resealed;
        relabelled[2..4].copy_from_slice(&version_bytes(1));
        assert!(both.open(CELL, &relabelled).is_err());
    }

    #[test]
    fn a_version_that_is_not_settled_opens_and_does_not_seal() {
        let data_keys = [1, 2].map(|version| (i64::from(version), Zeroizing::new([version; 32])));
        let early = TenantKeys::new(EnterpriseId::from_bits(7), data_keys.into(), 1);
        assert_eq!(newest_version([&early.seal(CELL, b"36.5")]), 1);
        assert!(early.open(CELL, &keys(7, &[1, 2]).seal(CELL, b"36.5")).is_ok());
    }

    #[test]
    fn an_index_differs_by_purpose_and_is_stable() {
        let rotated = keys(7, &[1, 2]);
        let keys = keys(7, &[1]);
        assert_eq!(keys.index("document", "x"), rotated.index("document", "x"), "whichever version seals");
        assert_eq!(keys.index("document", "x"), keys.index("document", "x"));
        assert_ne!(keys.index("document", "x"), keys.index("phone", "x"));
    }
}
