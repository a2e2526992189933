//! How often someone may try. Offices share one address, so limits by address are wide, and those by invitation and
//! document are tight. Tries at an enrolment link are counted in the database, not here.

use std::{
    collections::HashMap,
    hash::Hash,
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use uuid::Uuid;

use crate::{
    error::{AppError, Result},
    id::{EmployeeId, EnterpriseId},
};

/// From so many keys on, those that are at rest are forgotten.
const KEYS: usize = 10_000;
/// So many employees' last declarations are remembered; then all are forgotten, and a retry counts like a new one.
const DECLARED: usize = 200_000;

/// All limits of this process.
pub struct Limits {
    claims_by_address: Limit<IpAddr>,
    claims_by_enterprise: Limit<EnterpriseId>,
    claims_by_document: Limit<[u8; 32]>,
    requests_by_invitation: Limit<[u8; 32]>,
    ceremonies_by_address: Limit<IpAddr>,
    flows_by_address: Limit<IpAddr>,
    looks_by_viewer: Limit<Uuid>,
    declarations_by_employee: Limit<EmployeeId>,
    repeats_by_employee: Limit<EmployeeId>,
    changes_by_employee: Limit<EmployeeId>,
    copies_by_employee: Limit<EmployeeId>,
    tests_by_enterprise: Limit<EnterpriseId>,
    passes_by_employee: Limit<EmployeeId>,
    passes_by_address: Limit<IpAddr>,
    /// What was let through last of each employee.
    declared: Mutex<HashMap<EmployeeId, Uuid>>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            claims_by_address: Limit::new(600, Duration::from_millis(200)),
            claims_by_enterprise: Limit::new(2000, Duration::from_millis(20)),
            claims_by_document: Limit::new(5, Duration::from_mins(1)),
            requests_by_invitation: Limit::new(20, Duration::from_mins(1)),
            ceremonies_by_address: Limit::new(120, Duration::from_secs(1)),
            flows_by_address: Limit::new(600, Duration::from_millis(200)),
            looks_by_viewer: Limit::new(300, Duration::from_secs(1)),
            declarations_by_employee: Limit::new(20, Duration::from_mins(1)),
            repeats_by_employee: Limit::new(200, Duration::from_secs(1)),
            changes_by_employee: Limit::new(20, Duration::from_mins(1)),
            copies_by_employee: Limit::new(20, Duration::from_mins(10)),
            tests_by_enterprise: Limit::new(10, Duration::from_mins(1)),
            passes_by_employee: Limit::new(60, Duration::from_secs(10)),
            passes_by_address: Limit::new(600, Duration::from_millis(100)),
            declared: Mutex::default(),
        }
    }
}

impl Limits {
    /// A claim from an address on an enterprise's invitation, whatever it says.
    pub fn claim(&self, address: IpAddr, enterprise: EnterpriseId) -> Result<()> {
        self.claims_by_address.take(network(address))?;
        self.claims_by_enterprise.take(enterprise)
    }

    /// A claim of one document, named by its keyed hash.
    pub fn claim_of(&self, document_index: [u8; 32]) -> Result<()> {
        self.claims_by_document.take(document_index)
    }

    /// A form by which somebody asks to manage, from an address, whatever it says.
    pub fn join_form(&self, address: IpAddr) -> Result<()> {
        self.claims_by_address.take(network(address))
    }

    /// A look at shared statistics that is counted.
    pub fn shared(&self, address: IpAddr) -> Result<()> {
        self.claims_by_address.take(network(address))
    }

    /// A request on one invitation, named by its hash. Slips of the pen are none.
    pub fn join(&self, invitation: [u8; 32]) -> Result<()> {
        self.requests_by_invitation.take(invitation)
    }

    /// A try to enrol or to sign in.
    pub fn ceremony(&self, address: IpAddr) -> Result<()> {
        self.ceremonies_by_address.take(network(address))
    }

    /// A try to be verified by an identity provider: an office's employees begin the day with it.
    pub fn flow(&self, address: IpAddr) -> Result<()> {
        self.flows_by_address.take(network(address))
    }

    /// A look at somebody's details: no viewer reads faster, and whoever has stolen a session must not copy them all.
    pub fn look(&self, viewer: Uuid) -> Result<()> {
        self.looks_by_viewer.take(viewer)
    }

    /// A change that an employee makes to what is held on them, or a request: each is written down, and kept for years.
    pub fn change(&self, employee: EmployeeId) -> Result<()> {
        self.changes_by_employee.take(employee)
    }

    /// A copy of everything that is held on an employee.
    pub fn copy(&self, employee: EmployeeId) -> Result<()> {
        self.copies_by_employee.take(employee)
    }

    /// A message that is sent to try a channel: robots take twenty in a minute, and nobody's box is filled from here.
    pub fn test(&self, enterprise: EnterpriseId) -> Result<()> {
        self.tests_by_enterprise.take(enterprise)
    }

    /// A pass that is made for an employee: their page asks for one every few minutes.
    pub fn pass(&self, employee: EmployeeId) -> Result<()> {
        self.passes_by_employee.take(employee)
    }

    /// A pass that is checked, or the page on which guards check them: a shift that begins comes by in minutes, and a guard has one address.
    pub fn gate(&self, address: IpAddr) -> Result<()> {
        self.passes_by_address.take(network(address))
    }

    /// A declaration of an employee, named by its submission key. The same as the last one is a double tap or a retry, which
    /// stores nothing: it counts only towards a limit so wide that no impatience meets it.
    pub fn declaration(&self, employee: EmployeeId, key: Uuid) -> Result<()> {
        let mut declared = self.declared.lock().unwrap_or_else(PoisonError::into_inner);
        if declared.get(&employee) == Some(&key) {
            return self.repeats_by_employee.take(employee);
        }
        self.declarations_by_employee.take(employee)?;
        if declared.len() >= DECLARED {
            declared.clear();
        }
        declared.insert(employee, key);
        Ok(())
    }
}

/// At most `burst` at once, and one more each `every`.
struct Limit<K: Hash + Eq + Clone> {
    limiter: DefaultKeyedRateLimiter<K>,
    /// With so many keys it is time to forget some.
    tidy_at: AtomicUsize,
}

impl<K: Hash + Eq + Clone> Limit<K> {
    fn new(burst: u32, every: Duration) -> Self {
        let quota = Quota::with_period(every).expect("a period is longer than nothing");
        let limiter = RateLimiter::keyed(quota.allow_burst(NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN)));
        Self { limiter, tidy_at: AtomicUsize::new(KEYS) }
    }

    fn take(&self, key: K) -> Result<()> {
        if self.limiter.len() > self.tidy_at.load(Ordering::Relaxed) {
            self.limiter.retain_recent();
            // Where few could be forgotten, the next look waits until there are twice as many.
            self.tidy_at.store(KEYS.max(2 * self.limiter.len()), Ordering::Relaxed);
        }
        self.limiter.check_key(&key).map_err(|_| AppError::TooManyRequests)
    }
}

/// One household or office has a whole /64 of IPv6 addresses.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_document_is_limited_tightly_and_others_are_not_touched() {
        let limits = Limits::default();
        for _ in 0..5 {
            assert_eq!(limits.claim_of([1; 32]), Ok(()));
        }
        assert_eq!(limits.claim_of([1; 32]), Err(AppError::TooManyRequests));
        assert_eq!(limits.claim_of([2; 32]), Ok(()));
    }

    #[test]
    fn twenty_declarations_of_one_employee_pass_and_repeats_beside_them() {
        let limits = Limits::default();
        let [one, other] = [1, 2].map(|number| EmployeeId(Uuid::from_u128(number)));
        for number in 0..20 {
            for _ in 0..5 {
                assert_eq!(limits.declaration(one, Uuid::from_u128(number)), Ok(()), "{number}");
            }
        }
        assert_eq!(limits.declaration(one, Uuid::from_u128(20)), Err(AppError::TooManyRequests));
        assert_eq!(limits.declaration(one, Uuid::from_u128(19)), Ok(()), "a retry of the last is still answered");
        assert_eq!(limits.declaration(other, Uuid::from_u128(20)), Ok(()));
    }

    #[test]
    fn a_limit_with_many_busy_keys_stays_quick() {
        let limit = Limit::new(5, Duration::from_mins(1));
        for key in 0..5 * KEYS {
            assert_eq!(limit.take(key), Ok(()));
        }
        assert!(limit.tidy_at.load(Ordering::Relaxed) > 2 * KEYS);
    }

    #[test]
    fn an_office_of_hundreds_behind_one_address_can_claim_at_once() {
        let limits = Limits::default();
        for _ in 0..500 {
            assert_eq!(limits.claim(IpAddr::from([203, 0, 113, 7]), EnterpriseId::from_bits(1)), Ok(()));
        }
    }

    #[test]
    fn an_ipv6_network_counts_as_one_address() {
        let [one, other]: [IpAddr; 2] = ["2001:db8:1:2:3::4", "2001:db8:1:2:ffff::9"].map(|text| text.parse().unwrap());
        assert_eq!(network(one), network(other));
        assert_ne!(network(one), network("2001:db8:1:3::4".parse().unwrap()));
    }
}
