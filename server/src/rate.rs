//! How often one client may ask for work: a bucket of requests each, which fills again at an even rate.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tower_governor::governor::GovernorConfigBuilder;

use crate::config::RateConfig;

/// Clients whose bucket is full again are forgotten so often.
const FORGET_AFTER: Duration = Duration::from_secs(60);

/// The buckets of all clients; clones share them.
#[derive(Clone)]
pub struct RateLimit {
    /// `None` where any number is allowed.
    take: Option<Arc<Take>>,
    retry_after_s: u32,
}

/// Takes one request out of a client's bucket; false when it is empty.
type Take = dyn Fn(IpAddr) -> bool + Send + Sync;

impl RateLimit {
    pub fn new(config: &RateConfig) -> Self {
        let take = (config.rate > 0).then(|| {
            let period = Duration::from_secs(1) / config.rate;
            buckets(period, config.rate_burst)
        });
        Self {
            take: take.flatten(),
            // A bucket has a request again after at most a period, which is no longer than a second.
            retry_after_s: 1,
        }
    }

    /// Whether the client may ask now. One whose address is unknown shares the bucket of all such.
    ///
    /// # Errors
    /// The seconds after which it may ask again.
    pub fn take(&self, client: Option<IpAddr>) -> Result<(), u32> {
        let client = client.map_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED), bucket_of);
        match &self.take {
            Some(take) if !take(client) => Err(self.retry_after_s),
            _ => Ok(()),
        }
    }
}

/// `None` only where period or burst is nothing, which the configuration does not let through.
fn buckets(period: Duration, burst: u32) -> Option<Arc<Take>> {
    let config = GovernorConfigBuilder::default()
        .period(period)
        .burst_size(burst)
        .finish()?;
    let limiter = config.limiter().clone();
    let forgotten = Mutex::new(Instant::now());
    Some(Arc::new(move |client| {
        // Whoever finds it locked leaves it to the other.
        if let Ok(mut last) = forgotten.try_lock()
            && last.elapsed() > FORGET_AFTER
        {
            *last = Instant::now();
            limiter.retain_recent();
        }
        limiter.check_key(&client).is_ok()
    }))
}

/// Whoever has one address of IPv6 has the other 2^64 of its network, too.
fn bucket_of(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V6(address) => {
            let network = u128::from(address) >> 64 << 64;
            IpAddr::V6(Ipv6Addr::from(network))
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(limit: &RateLimit, client: &str) -> bool {
        limit.take(client.parse().ok()).is_ok()
    }

    #[test]
    fn a_bucket_empties_and_is_the_clients_own() {
        let limit = RateLimit::new(&RateConfig {
            rate: 1,
            rate_burst: 3,
        });
        let taken = (0..5).filter(|_| take(&limit, "1.2.3.4")).count();
        assert_eq!(taken, 3);
        assert!(take(&limit, "1.2.3.5"));
        assert!(!take(&limit, "::ffff:1.2.3.4"));
    }

    #[test]
    fn a_network_of_ipv6_has_one_bucket() {
        let limit = RateLimit::new(&RateConfig {
            rate: 1,
            rate_burst: 1,
        });
        assert!(take(&limit, "2001:db8::1"));
        assert!(!take(&limit, "2001:db8::2"));
        assert!(take(&limit, "2001:db8:0:1::2"));
    }

    #[test]
    fn without_a_rate_there_is_no_end() {
        let limit = RateLimit::new(&RateConfig {
            rate: 0,
            rate_burst: 1,
        });
        assert!((0..1000).all(|_| take(&limit, "1.2.3.4")));
    }
}
