//! How often someone may try. Offices share one address, so limits by address are wide, and those by invitation and
//! document are tight. Tries at an enrolment link are counted in the database, not here.

use std::{
    hash::Hash,
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    time::Duration,
};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::{
    error::{AppError, Result},
    id::EnterpriseId,
};

/// From so many keys on, those that are at rest are forgotten.
const KEYS: usize = 10_000;

/// All limits of this process.
pub struct Limits {
    claims_by_address: Limit<IpAddr>,
    claims_by_enterprise: Limit<EnterpriseId>,
    claims_by_document: Limit<[u8; 32]>,
    ceremonies_by_address: Limit<IpAddr>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            claims_by_address: Limit::new(600, Duration::from_millis(200)),
            claims_by_enterprise: Limit::new(2000, Duration::from_millis(20)),
            claims_by_document: Limit::new(5, Duration::from_mins(1)),
            ceremonies_by_address: Limit::new(120, Duration::from_secs(1)),
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

    /// A try to enrol or to sign in.
    pub fn ceremony(&self, address: IpAddr) -> Result<()> {
        self.ceremonies_by_address.take(network(address))
    }
}

/// At most `burst` at once, and one more each `every`.
struct Limit<K: Hash + Eq + Clone>(DefaultKeyedRateLimiter<K>);

impl<K: Hash + Eq + Clone> Limit<K> {
    fn new(burst: u32, every: Duration) -> Self {
        let quota = Quota::with_period(every).expect("a period is longer than nothing");
        Self(RateLimiter::keyed(quota.allow_burst(NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN))))
    }

    fn take(&self, key: K) -> Result<()> {
        if self.0.len() > KEYS {
            self.0.retain_recent();
        }
        self.0.check_key(&key).map_err(|_| AppError::TooManyRequests)
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
