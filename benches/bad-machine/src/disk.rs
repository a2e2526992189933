//! A disk with a cache that a power cut empties.
//!
//! Beside each file of an SQLite database lies another one, which is what the disk itself holds. A write gets there when the file is
//! synced; or sooner, wholly or in some sectors, as a disk is free to do in whatever order it likes. So after `kill -9` at any moment, the
//! files on the disk are what a machine would find whose power failed at that moment.
//!
//! | variable | |
//! |---|---|
//! | `BAD_MACHINE_DATABASE` | the database's file, with its whole path; its `-wal` and `-journal` belong to it |
//! | `BAD_MACHINE_DISK` | the same file as the disk holds it |
//! | `BAD_MACHINE_SEED` | a number: what gets there sooner |
//! | `BAD_MACHINE_LIES` | if set, a sync does nothing and nothing gets there: what `synchronous = off` comes to |
//!
//! Known are the functions that SQLite's Linux build calls. Names are durable at once, as on journalling file systems by the file's sync.

use std::{
    collections::HashMap,
    env,
    ffi::{CStr, CString, OsString},
    os::unix::ffi::OsStringExt,
    slice,
    sync::{
        Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicU8, Ordering},
    },
};

use libc::{
    AT_FDCWD, O_CLOEXEC, O_CREAT, O_RDWR, SEEK_CUR, SYS_close, SYS_fdatasync, SYS_fsync, SYS_ftruncate, SYS_lseek, SYS_openat,
    SYS_pwrite64, SYS_unlink, SYS_write, c_char, c_int, c_long, c_void, mode_t, off_t, size_t, ssize_t, syscall,
};

/// What a disk writes as a whole, or not at all.
const SECTOR: usize = 512;
/// The database and what lies beside it.
const FILES: [&str; 3] = ["", "-wal", "-journal"];
/// Descriptors from here on are nobody's of ours.
const DESCRIPTORS: usize = 1 << 16;

/// By descriptor: one more than the place of its file in `FILES`.
static FILE_OF: [AtomicU8; DESCRIPTORS] = [const { AtomicU8::new(0) }; DESCRIPTORS];

struct Disk {
    /// Each file's path, and the path of what the disk holds of it.
    paths: [(CString, CString); 3],
    lies: bool,
    cache: Mutex<Cache>,
}

struct Cache {
    random: u64,
    /// Open files on the disk.
    held: HashMap<usize, c_int>,
    /// What is not there yet, in order.
    pending: [Vec<Change>; 3],
}

enum Change {
    Write { at: off_t, bytes: Vec<u8> },
    Cut { length: off_t },
}

fn disk() -> Option<&'static Disk> {
    static DISK: OnceLock<Option<Disk>> = OnceLock::new();
    DISK.get_or_init(Disk::from_environment).as_ref()
}

impl Disk {
    fn from_environment() -> Option<Self> {
        let (database, disk) = (env::var_os("BAD_MACHINE_DATABASE")?, env::var_os("BAD_MACHINE_DISK")?);
        let seed: u64 = env::var_os("BAD_MACHINE_SEED").and_then(|seed| seed.to_str()?.parse().ok()).unwrap_or_default();
        let path = |begin: &OsString, end: &str| CString::new([begin.clone().into_vec(), end.into()].concat()).ok();
        let paths = |end| Some((path(&database, end)?, path(&disk, end)?));
        let cache =
            Cache { random: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1, held: HashMap::new(), pending: [const { Vec::new() }; 3] };
        Some(Self {
            paths: [paths(FILES[0])?, paths(FILES[1])?, paths(FILES[2])?],
            lies: env::var_os("BAD_MACHINE_LIES").is_some(),
            cache: Mutex::new(cache),
        })
    }

    fn cache(&self) -> MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// SAFETY: a path as C has it.
    unsafe fn file_at(&self, path: *const c_char) -> Option<usize> {
        // SAFETY: the caller's promise.
        let path = unsafe { CStr::from_ptr(path) };
        self.paths.iter().position(|(file, _)| **file == *path)
    }

    /// What was written to a file goes into the cache, and perhaps on to the disk.
    fn wrote(&self, cache: &mut Cache, file: usize, at: off_t, bytes: &[u8]) {
        if self.lies {
            return;
        }
        match cache.random(10) {
            0..4 => {}
            4..6 => self.write(cache, file, at, bytes),
            _ => self.write_some_sectors(cache, file, at, bytes),
        }
        cache.pending[file].push(Change::Write { at, bytes: bytes.to_owned() });
    }

    fn write_some_sectors(&self, cache: &mut Cache, file: usize, at: off_t, mut bytes: &[u8]) {
        let (mut at, kept) = (at, cache.random(10));
        while !bytes.is_empty() {
            let to_the_next = SECTOR - at as usize % SECTOR;
            let (sector, rest) = bytes.split_at(to_the_next.min(bytes.len()));
            if cache.random(10) < kept {
                self.write(cache, file, at, sector);
            }
            (at, bytes) = (at + sector.len() as off_t, rest);
        }
    }

    fn cut_to(&self, cache: &mut Cache, file: usize, length: off_t) {
        if self.lies {
            return;
        }
        if cache.random(2) == 0 {
            self.cut(cache, file, length);
        }
        cache.pending[file].push(Change::Cut { length });
    }

    /// Everything of a file gets to the disk.
    fn sync(&self, file: usize) {
        let mut cache = self.cache();
        for change in std::mem::take(&mut cache.pending[file]) {
            match change {
                Change::Write { at, bytes } => self.write(&mut cache, file, at, &bytes),
                Change::Cut { length } => self.cut(&mut cache, file, length),
            }
        }
    }

    fn write(&self, cache: &mut Cache, file: usize, at: off_t, bytes: &[u8]) {
        let held = self.held(cache, file);
        // SAFETY: the bytes are ours, and as long as they say.
        let written = unsafe { syscall(SYS_pwrite64, c_long::from(held), bytes.as_ptr(), bytes.len(), at) };
        if written != bytes.len() as c_long {
            // Whoever runs this must not judge by a disk that is not kept up.
            std::process::abort();
        }
    }

    fn cut(&self, cache: &mut Cache, file: usize, length: off_t) {
        let held = self.held(cache, file);
        // SAFETY: no memory is passed.
        unsafe { syscall(SYS_ftruncate, c_long::from(held), length) };
    }

    fn held(&self, cache: &mut Cache, file: usize) -> c_int {
        let open = || {
            let mode: mode_t = 0o600;
            // SAFETY: the path is ours and ends with a zero.
            unsafe { syscall(SYS_openat, AT_FDCWD, self.paths[file].1.as_ptr(), O_RDWR | O_CREAT | O_CLOEXEC, mode) as c_int }
        };
        *cache.held.entry(file).or_insert_with(open)
    }

    fn remove(&self, file: usize) {
        let mut cache = self.cache();
        cache.pending[file].clear();
        if let Some(held) = cache.held.remove(&file) {
            // SAFETY: a descriptor and a path of ours.
            unsafe { syscall(SYS_close, c_long::from(held)) };
        }
        // SAFETY: the path is ours and ends with a zero.
        unsafe { syscall(SYS_unlink, self.paths[file].1.as_ptr()) };
    }
}

impl Cache {
    /// A number below this one (xorshift).
    fn random(&mut self, below: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 11) % below
    }
}

/// The disk and the file, where a descriptor is one of the database's.
fn tracked(descriptor: c_int) -> Option<(&'static Disk, usize)> {
    let file = FILE_OF.get(usize::try_from(descriptor).ok()?)?.load(Ordering::Acquire);
    Some((disk()?, usize::from(file.checked_sub(1)?)))
}

/// SAFETY: a path as C has it.
unsafe fn opened(path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
    // SAFETY: the caller's path, as the kernel takes it.
    let descriptor = unsafe { syscall(SYS_openat, AT_FDCWD, path, flags, mode) } as c_int;
    // SAFETY: the same path.
    let file = disk().and_then(|disk| unsafe { disk.file_at(path) });
    if let (Some(file), Some(place)) = (file, usize::try_from(descriptor).ok().and_then(|at| FILE_OF.get(at))) {
        place.store(file as u8 + 1, Ordering::Release);
    }
    descriptor
}

// `open` takes its third argument as a variable one; on Linux it is passed as a fixed one is.

#[unsafe(no_mangle)]
pub unsafe extern "C" fn open(path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { opened(path, flags, mode) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn open64(path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { opened(path, flags, mode) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn close(descriptor: c_int) -> c_int {
    if let Some(place) = usize::try_from(descriptor).ok().and_then(|at| FILE_OF.get(at)) {
        place.store(0, Ordering::Release);
    }
    // SAFETY: no memory is passed.
    unsafe { syscall(SYS_close, c_long::from(descriptor)) as c_int }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn write(descriptor: c_int, bytes: *const c_void, count: size_t) -> ssize_t {
    // SAFETY: the caller's bytes, as the kernel takes them.
    let write = || unsafe { syscall(SYS_write, c_long::from(descriptor), bytes, count) as ssize_t };
    let Some((disk, file)) = tracked(descriptor) else { return write() };
    let mut cache = disk.cache();
    // SAFETY: no memory is passed.
    let at = unsafe { syscall(SYS_lseek, c_long::from(descriptor), 0 as off_t, SEEK_CUR) };
    let written = write();
    if written > 0 {
        // SAFETY: the kernel has just read so many bytes there.
        disk.wrote(&mut cache, file, at, unsafe { slice::from_raw_parts(bytes.cast(), written as usize) });
    }
    written
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn pwrite64(descriptor: c_int, bytes: *const c_void, count: size_t, at: off_t) -> ssize_t {
    // SAFETY: the caller's bytes, as the kernel takes them.
    let write = || unsafe { syscall(SYS_pwrite64, c_long::from(descriptor), bytes, count, at) as ssize_t };
    let Some((disk, file)) = tracked(descriptor) else { return write() };
    let mut cache = disk.cache();
    let written = write();
    if written > 0 {
        // SAFETY: the kernel has just read so many bytes there.
        disk.wrote(&mut cache, file, at, unsafe { slice::from_raw_parts(bytes.cast(), written as usize) });
    }
    written
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn pwrite(descriptor: c_int, bytes: *const c_void, count: size_t, at: off_t) -> ssize_t {
    // SAFETY: the caller's promise.
    unsafe { pwrite64(descriptor, bytes, count, at) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftruncate64(descriptor: c_int, length: off_t) -> c_int {
    // SAFETY: no memory is passed.
    let cut = || unsafe { syscall(SYS_ftruncate, c_long::from(descriptor), length) as c_int };
    let Some((disk, file)) = tracked(descriptor) else { return cut() };
    let mut cache = disk.cache();
    let done = cut();
    if done == 0 {
        disk.cut_to(&mut cache, file, length);
    }
    done
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftruncate(descriptor: c_int, length: off_t) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { ftruncate64(descriptor, length) }
}

fn synced(descriptor: c_int, how: c_long) -> c_int {
    if let Some((disk, file)) = tracked(descriptor) {
        if disk.lies {
            return 0;
        }
        disk.sync(file);
    }
    // SAFETY: no memory is passed.
    unsafe { syscall(how, c_long::from(descriptor)) as c_int }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fsync(descriptor: c_int) -> c_int {
    synced(descriptor, SYS_fsync)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fdatasync(descriptor: c_int) -> c_int {
    synced(descriptor, SYS_fdatasync)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn unlink(path: *const c_char) -> c_int {
    // SAFETY: the caller's path, as the kernel takes it.
    let done = unsafe { syscall(SYS_unlink, path) } as c_int;
    // SAFETY: the same path.
    if let Some((disk, file)) = disk().filter(|_| done == 0).and_then(|disk| Some((disk, unsafe { disk.file_at(path) }?))) {
        disk.remove(file);
    }
    done
}
