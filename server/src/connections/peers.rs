//! How many connections each peer has: one alone is not to take all places.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// One peer may have so many of all connections: a quarter.
const SHARE: usize = 4;

/// Counts connections by peer.
#[derive(Clone)]
pub(super) struct Peers {
    most: usize,
    /// Proxies, behind which are many.
    trusted: Arc<[IpAddr]>,
    counts: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

impl Peers {
    /// Of `connections` in all; whoever is `trusted`, and this machine itself, may have all of them.
    pub fn new(connections: usize, trusted: &[IpAddr]) -> Self {
        Self {
            most: connections.div_ceil(SHARE),
            trusted: trusted.iter().map(IpAddr::to_canonical).collect(),
            counts: Arc::default(),
        }
    }

    /// A place for one connection more, given back when dropped; `None` where the peer has enough.
    pub fn seat(&self, peer: IpAddr) -> Option<Seat> {
        let peer = peer.to_canonical();
        let who = network(peer);
        let mut counts = self.counts();
        let count = counts.entry(who).or_default();
        if *count >= self.most && !peer.is_loopback() && !self.trusted.contains(&peer) {
            return None;
        }
        *count += 1;
        drop(counts);
        Some(Seat {
            peers: self.clone(),
            who,
        })
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        // No code that can panic runs while the lock is held.
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection's place among its peer's.
pub(super) struct Seat {
    peers: Peers,
    who: IpAddr,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut counts = self.peers.counts();
        if let Some(count) = counts.get_mut(&self.who) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.who);
            }
        }
    }
}

/// Who has one address of IPv6 has 2^64 (RFC 6177).
fn network(peer: IpAddr) -> IpAddr {
    match peer {
        IpAddr::V4(_) => peer,
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(
            address.to_bits() & !u128::from(u64::MAX),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn one_peer_has_a_quarter_and_leaves_the_rest_to_others() {
        let peers = Peers::new(8, &[ip("10.0.0.1")]);
        let mut seats: Vec<_> = ["1.2.3.4", "::ffff:1.2.3.4"]
            .map(|peer| peers.seat(ip(peer)).expect("a place"))
            .into();
        assert!(peers.seat(ip("1.2.3.4")).is_none());
        assert!(peers.seat(ip("1.2.3.5")).is_some());
        seats.pop();
        assert!(peers.seat(ip("1.2.3.4")).is_some());
        for many in ["10.0.0.1", "127.0.0.1", "::1"] {
            let seats: Vec<_> = (0..9).map(|_| peers.seat(ip(many))).collect();
            assert!(seats.iter().all(Option::is_some), "{many}");
        }
        drop(seats);
        assert!(peers.counts().is_empty());
    }

    #[test]
    fn a_network_of_ipv6_is_one_peer() {
        let peers = Peers::new(4, &[]);
        let _seat = peers.seat(ip("2001:db8::1")).expect("a place");
        assert!(peers.seat(ip("2001:db8::2:1")).is_none());
        assert!(peers.seat(ip("2001:db8:0:1::1")).is_some());
    }
}
