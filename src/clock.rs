//! The one place that reads the clock. Everything else is told what time it is.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use chrono::Utc;
use chrono_tz::Tz;

use crate::period::{Day, Moment};

/// The system's clock, which a test may push forward.
#[derive(Clone, Default)]
pub struct Clock {
    ahead_millis: Arc<AtomicI64>,
}

impl Clock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    pub fn now(&self) -> Moment {
        Moment::from_millis(Utc::now().timestamp_millis() + self.ahead_millis.load(Ordering::Relaxed))
    }

    /// The day it is now in an enterprise's time zone.
    pub fn today(&self, zone: Tz) -> Day {
        day_of(self.now(), zone)
    }

    /// Lets a test live through an expiry without waiting for it.
    pub fn advance_secs(&self, secs: i64) {
        self.ahead_millis.fetch_add(secs * 1000, Ordering::Relaxed);
    }
}

/// The local day of an instant.
pub fn day_of(moment: Moment, zone: Tz) -> Day {
    Day::new(moment.utc().with_timezone(&zone).date_naive()).unwrap_or(Day::EPOCH)
}
