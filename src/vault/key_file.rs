//! The key file: one line per master key, `<id> <base64 of 32 bytes> [active]`. Exactly one is active; it wraps new data keys.
//!
//! It is only ever replaced as a whole: a new file beside it, made durable, takes its name. Whoever reads it meanwhile, and whoever
//! comes after a crash, finds the old file or the new one.

use std::{
    collections::HashSet,
    fs::{self, File, TryLockError},
    io::Write,
    os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, chown},
    path::{Path, PathBuf},
};

use data_encoding::{BASE64, HEXLOWER};
use zeroize::{Zeroize, Zeroizing};

use super::{
    VaultError, WrappedKey,
    keys::{Cell, Key, open_with, seal_with},
};
use crate::{id::EnterpriseId, period::Moment, random};

const OWNER_ONLY: u32 = 0o600;

/// The master keys, in memory.
pub struct KeyFile {
    path: PathBuf,
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
    #[error("another `shenbao key` command is changing the key file {0}: let it finish first")]
    InUse(PathBuf),
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
        file.write_all(new_line().as_bytes()).and_then(|()| file.sync_all()).and_then(|()| sync_folder(path)).map_err(io)
    }

    /// Lets nobody else change the key file until the answer is dropped. A file system that knows no locks gives none.
    pub fn lock(path: &Path) -> Result<File, KeyFileError> {
        let folder = File::open(folder(path)).map_err(|source| KeyFileError::Io { path: path.to_owned(), source })?;
        match folder.try_lock() {
            Err(TryLockError::WouldBlock) => Err(KeyFileError::InUse(path.to_owned())),
            Ok(()) | Err(TryLockError::Error(_)) => Ok(folder),
        }
    }

    /// Adds a new key to the file, which becomes the active one. All others stay.
    pub fn add(path: &Path) -> Result<Self, KeyFileError> {
        Self::rewrite(path, |text, keys| {
            for (line, key) in keys {
                text.push_str(key.as_ref().map_or(line, |(id_and_key, _)| id_and_key));
                text.push('\n');
            }
            text.push_str(&new_line());
        })
    }

    /// Drops every key that is neither active nor among these.
    pub fn retain(path: &Path, used: &HashSet<String>) -> Result<Self, KeyFileError> {
        let active = Self::open(path)?.summary().1.to_owned();
        Self::rewrite(path, |text, keys| {
            let is_kept = |id: &String| *id == active || used.contains(id);
            for (line, _) in keys.iter().filter(|(_, key)| key.as_ref().is_none_or(|(_, id)| is_kept(id))) {
                text.push_str(line);
                text.push('\n');
            }
        })
    }

    /// Replaces the file. `change` is given each line, with its id and key apart where it has them.
    fn rewrite(path: &Path, change: impl FnOnce(&mut String, &[(&str, Option<(String, String)>)])) -> Result<Self, KeyFileError> {
        let io = |source| KeyFileError::Io { path: path.to_owned(), source };
        Self::open(path)?;
        // Where the path is a link, what it leads to is replaced.
        let path = fs::canonicalize(path).map_err(io)?;
        let old = Zeroizing::new(fs::read_to_string(&path).map_err(io)?);
        let apart = |line: &str| parse_line(line).map(|(id, key, _)| (format!("{id} {}", BASE64.encode(&*key)), id));
        let lines: Vec<_> = old.lines().map(|line| (line, apart(line))).collect();
        // With room enough that it is never moved, which would leave a copy behind.
        let mut new = Zeroizing::new(String::with_capacity(old.len() + 256));
        change(&mut new, &lines);
        replace(&path, &new).map_err(io)?;
        for (mut text, _) in lines.into_iter().filter_map(|(_, key)| key) {
            text.zeroize();
        }
        Self::open(&path)
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
        Ok(Self { path: path.to_owned(), keys, active })
    }

    /// The same file, as it is now.
    pub(super) fn reopen(&self) -> Result<Self, KeyFileError> {
        Self::open(&self.path)
    }

    pub(super) fn has(&self, master_key: &str) -> bool {
        self.keys.iter().any(|(id, _)| id == master_key)
    }

    /// The ids of all keys.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|(id, _)| id.as_str())
    }

    /// How many keys there are, and the id of the active one.
    pub fn summary(&self) -> (usize, &str) {
        (self.keys.len(), &self.keys[self.active].0)
    }

    /// A new data key, wrapped by the active master key.
    pub(super) fn wrap_new(&self, enterprise: EnterpriseId, version: i64) -> WrappedKey {
        self.wrap(enterprise, version, &Zeroizing::new(random::bytes::<32>()))
    }

    /// A data key, wrapped by the active master key.
    pub(super) fn wrap(&self, enterprise: EnterpriseId, version: i64, data_key: &Key) -> WrappedKey {
        let (id, master) = &self.keys[self.active];
        let wrapped = seal_with(master, 0, enterprise, wrapped_cell(&version.to_be_bytes()), &**data_key);
        WrappedKey { version, master_key: id.clone(), wrapped, created_at: Moment::from_millis(0) }
    }

    pub(super) fn unwrap(&self, enterprise: EnterpriseId, row: &WrappedKey) -> Result<Key, VaultError> {
        let (_, master) = self.keys.iter().find(|(id, _)| *id == row.master_key).ok_or(VaultError::WrongKeyFile)?;
        let data_key = open_with(|_| Some(master), enterprise, wrapped_cell(&row.version.to_be_bytes()), &row.wrapped)
            .map(Zeroizing::new)
            .map_err(|_| VaultError::WrongKeyFile)?;
        <[u8; 32]>::try_from(data_key.as_slice()).map(Zeroizing::new).map_err(|_| VaultError::WrongKeyFile)
    }
}

fn new_line() -> Zeroizing<String> {
    let key = Zeroizing::new(random::bytes::<32>());
    Zeroizing::new(format!("{} {} active\n", HEXLOWER.encode(&random::bytes::<4>()), BASE64.encode(&*key)))
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A name is durable once its folder is.
fn sync_folder(path: &Path) -> std::io::Result<()> {
    File::open(folder(path))?.sync_all()
}

/// Puts a new file in the place of the old one, with its owner.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let new = PathBuf::from(name);
    // What a crash left behind was never in use.
    let _ = fs::remove_file(&new);
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(OWNER_ONLY).open(&new)?;
    let owner = fs::metadata(path)?;
    let own = file.metadata()?;
    if (own.uid(), own.gid()) != (owner.uid(), owner.gid()) {
        chown(&new, Some(owner.uid()), Some(owner.gid()))?;
    }
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    sync_folder(path)
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
    fn a_key_that_is_added_becomes_active_and_the_others_stay_until_nothing_uses_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shenbao.key");
        KeyFile::create(&path).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, format!("# of the factory\n{text}")).unwrap();
        fs::write(folder.path().join("shenbao.key.new"), "left by a crash").unwrap();
        let enterprise = EnterpriseId::from_bits(5);
        let first = KeyFile::open(&path).unwrap();
        let wrapped = first.wrap_new(enterprise, 1);
        let second = KeyFile::add(&path).unwrap();
        assert_eq!(second.summary().0, 2);
        assert_ne!(second.summary().1, first.summary().1);
        assert!(second.unwrap(enterprise, &wrapped).is_ok(), "what the old one wrapped stays readable");
        assert!(first.unwrap(enterprise, &second.wrap_new(enterprise, 1)).is_err());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, OWNER_ONLY);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");

        let both = HashSet::from([first.summary().1.to_owned()]);
        assert_eq!(KeyFile::retain(&path, &both).unwrap().summary().0, 2);
        let third = KeyFile::retain(&path, &HashSet::new()).unwrap();
        assert_eq!((third.summary().0, third.summary().1), (1, second.summary().1));
        assert!(third.unwrap(enterprise, &wrapped).is_err());
        assert!(fs::read_to_string(&path).unwrap().starts_with("# of the factory\n"));
    }

    #[test]
    fn two_cannot_change_a_key_file_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shenbao.key");
        let first = KeyFile::lock(&path).unwrap();
        assert!(matches!(KeyFile::lock(&path), Err(KeyFileError::InUse(_))));
        drop(first);
        assert!(KeyFile::lock(&path).is_ok());
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
