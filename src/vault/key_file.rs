//! The key file: one line per master key, `<id> <base64 of 32 bytes> [active]`. Exactly one is active; it wraps new data keys.

use std::{
    fs,
    io::Write,
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use data_encoding::{BASE64, HEXLOWER};
use zeroize::Zeroizing;

use super::{
    VaultError, WrappedKey,
    keys::{Cell, Key, open_with, seal_with},
};
use crate::{id::EnterpriseId, random};

const OWNER_ONLY: u32 = 0o600;

/// The master keys, in memory.
pub struct KeyFile {
    keys: Vec<(String, Key)>,
    active: usize,
}

/// Why the server refuses to start; each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    #[error("there is no key file at {0}: make one with `shenbao key new`, and keep a copy apart from the database's backups")]
    Missing(PathBuf),
    #[error("the key file {path} can be read by others (mode {mode:04o}): run `chmod 600 {path}`")]
    Mode { path: PathBuf, mode: u32 },
    #[error("the key file {path} has a mistake in line {line}: each line is `<id> <32 bytes in base64> [active]`")]
    Line { path: PathBuf, line: usize },
    #[error("the key file {0} needs exactly one line that ends in `active`")]
    Active(PathBuf),
    #[error("{0} is already there, and a key is never overwritten: what it sealed could not be opened again")]
    Exists(PathBuf),
    #[error("cannot use the key file {path}: {source}")]
    Io { path: PathBuf, source: std::io::Error },
}

impl KeyFile {
    /// Makes a file with one new key. Refuses to overwrite.
    pub fn create(path: &Path) -> Result<(), KeyFileError> {
        let io = |source: std::io::Error| match source.kind() {
            std::io::ErrorKind::AlreadyExists => KeyFileError::Exists(path.to_owned()),
            _ => KeyFileError::Io { path: path.to_owned(), source },
        };
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(OWNER_ONLY).open(path).map_err(io)?;
        let key = Zeroizing::new(random::bytes::<32>());
        let line = Zeroizing::new(format!("{} {} active\n", HEXLOWER.encode(&random::bytes::<4>()), BASE64.encode(&*key)));
        file.write_all(line.as_bytes()).and_then(|()| file.sync_all()).map_err(io)
    }

    /// Reads and checks a key file.
    pub fn open(path: &Path) -> Result<Self, KeyFileError> {
        let io = |source: std::io::Error| match source.kind() {
            std::io::ErrorKind::NotFound => KeyFileError::Missing(path.to_owned()),
            _ => KeyFileError::Io { path: path.to_owned(), source },
        };
        let mode = fs::metadata(path).map_err(io)?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(KeyFileError::Mode { path: path.to_owned(), mode });
        }
        Self::parse(path, &Zeroizing::new(fs::read_to_string(path).map_err(io)?))
    }

    fn parse(path: &Path, text: &str) -> Result<Self, KeyFileError> {
        let (mut keys, mut active) = (Vec::new(), Vec::new());
        for (number, line) in text.lines().enumerate() {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let (id, key, is_active) = parse_line(line).ok_or_else(|| KeyFileError::Line { path: path.to_owned(), line: number + 1 })?;
            if is_active {
                active.push(keys.len());
            }
            keys.push((id, key));
        }
        let [active] = active[..] else { return Err(KeyFileError::Active(path.to_owned())) };
        Ok(Self { keys, active })
    }

    /// How many keys there are, and the id of the active one.
    pub fn summary(&self) -> (usize, &str) {
        (self.keys.len(), &self.keys[self.active].0)
    }

    /// A new data key, wrapped by the active master key.
    pub(super) fn wrap_new(&self, enterprise: EnterpriseId, version: i64) -> WrappedKey {
        let (id, master) = &self.keys[self.active];
        let data_key = Zeroizing::new(random::bytes::<32>());
        let wrapped = seal_with(master, 0, enterprise, wrapped_cell(&version.to_be_bytes()), &*data_key);
        WrappedKey { version, master_key: id.clone(), wrapped }
    }

    pub(super) fn unwrap(&self, enterprise: EnterpriseId, row: &WrappedKey) -> Result<Key, VaultError> {
        let (_, master) = self.keys.iter().find(|(id, _)| *id == row.master_key).ok_or(VaultError::WrongKeyFile)?;
        let data_key = open_with(|_| Some(master), enterprise, wrapped_cell(&row.version.to_be_bytes()), &row.wrapped)
            .map(Zeroizing::new)
            .map_err(|_| VaultError::WrongKeyFile)?;
        <[u8; 32]>::try_from(data_key.as_slice()).map(Zeroizing::new).map_err(|_| VaultError::WrongKeyFile)
    }
}

const fn wrapped_cell(version: &[u8]) -> Cell<'_> {
    Cell { table: "data_key", column: "wrapped", row: version }
}

fn parse_line(line: &str) -> Option<(String, Key, bool)> {
    let mut parts = line.split_whitespace();
    let (id, key, flag) = (parts.next()?, parts.next()?, parts.next());
    if parts.next().is_some() || flag.is_some_and(|flag| flag != "active") {
        return None;
    }
    let key = Zeroizing::new(BASE64.decode(key.as_bytes()).ok()?);
    Some((id.to_owned(), Zeroizing::new(<[u8; 32]>::try_from(key.as_slice()).ok()?), flag.is_some()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_file_opens_and_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shenbao.key");
        KeyFile::create(&path).unwrap();
        assert_eq!(KeyFile::open(&path).unwrap().summary().0, 1);
        assert!(matches!(KeyFile::create(&path), Err(KeyFileError::Exists(_))));
    }

    #[test]
    fn missing_readable_by_others_and_broken_files_each_say_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shenbao.key");
        let message = |path: &Path| KeyFile::open(path).err().unwrap().to_string();
        assert!(message(&path).contains("shenbao key new"));
        KeyFile::create(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(message(&path).contains("chmod 600"));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, "# keys\nab12 c2hvcnQ= active\n").unwrap();
        assert!(message(&path).contains("line 2"));
        fs::write(&path, "").unwrap();
        assert!(message(&path).contains("exactly one"));
    }

    #[test]
    fn another_key_file_does_not_unwrap() {
        let folder = tempfile::tempdir().unwrap();
        let [one, other] = ["one", "other"].map(|name| {
            let path = folder.path().join(name);
            KeyFile::create(&path).unwrap();
            KeyFile::open(&path).unwrap()
        });
        let enterprise = EnterpriseId::from_bits(5);
        let wrapped = one.wrap_new(enterprise, 1);
        assert!(one.unwrap(enterprise, &wrapped).is_ok());
        assert_eq!(other.unwrap(enterprise, &wrapped).err(), Some(VaultError::WrongKeyFile));
        assert_eq!(one.unwrap(EnterpriseId::from_bits(6), &wrapped).err(), Some(VaultError::WrongKeyFile));
    }
}
