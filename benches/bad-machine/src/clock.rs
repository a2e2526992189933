//! A clock that is ahead by the seconds (eight bytes, as this machine orders them) in the file `BAD_MACHINE_CLOCK`; whoever changes
//! the file lets it jump at once. Durations are measured by another clock, which does not.

use std::{
    env, fs,
    os::fd::AsRawFd,
    ptr,
    sync::{
        OnceLock,
        atomic::{AtomicI64, Ordering},
    },
};

use libc::{CLOCK_REALTIME, CLOCK_REALTIME_COARSE, SYS_clock_gettime, c_int, c_long, clockid_t, syscall, time_t, timespec, timeval};

fn ahead() -> i64 {
    static AHEAD: OnceLock<Option<&'static AtomicI64>> = OnceLock::new();
    AHEAD.get_or_init(shared).map_or(0, |ahead| ahead.load(Ordering::Relaxed))
}

/// The file's first eight bytes, as whoever writes them changes them.
fn shared() -> Option<&'static AtomicI64> {
    let file = fs::File::open(env::var_os("BAD_MACHINE_CLOCK")?).ok()?;
    let length = size_of::<AtomicI64>();
    // SAFETY: a new mapping, which stays for as long as the process.
    let at = unsafe { libc::mmap(ptr::null_mut(), length, libc::PROT_READ, libc::MAP_SHARED, file.as_raw_fd(), 0) };
    // SAFETY: the mapping begins with a page, so it is aligned, and is only ever read.
    (at != libc::MAP_FAILED).then(|| unsafe { &*at.cast::<AtomicI64>() })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn clock_gettime(which: clockid_t, time: *mut timespec) -> c_int {
    // SAFETY: the caller's pointer, as the kernel takes it.
    let done = unsafe { syscall(SYS_clock_gettime, c_long::from(which), time) } as c_int;
    if done == 0 && matches!(which, CLOCK_REALTIME | CLOCK_REALTIME_COARSE) {
        // SAFETY: the kernel has just written there.
        unsafe { (*time).tv_sec += ahead() };
    }
    done
}

fn now() -> timespec {
    let mut now = timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: a place of our own.
    unsafe { clock_gettime(CLOCK_REALTIME, &raw mut now) };
    now
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn gettimeofday(time: *mut timeval, _zone: *mut libc::c_void) -> c_int {
    let now = now();
    if !time.is_null() {
        // SAFETY: the caller's pointer to such a structure.
        unsafe { *time = timeval { tv_sec: now.tv_sec, tv_usec: now.tv_nsec / 1000 } };
    }
    0
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn time(place: *mut time_t) -> time_t {
    let now = now().tv_sec;
    if !place.is_null() {
        // SAFETY: the caller's pointer to such a number.
        unsafe { *place = now };
    }
    now
}
