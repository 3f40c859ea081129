//! Who asks: the other end of the connection, or whom a trusted proxy names in its stead.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap};

/// What proxies put their client's address into; the rightmost entry is what the nearest proxy saw.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// The proxies whose headers are believed.
#[derive(Clone, Debug, Default)]
pub struct Proxies(Arc<[IpAddr]>);

impl Proxies {
    pub fn new(addresses: &[IpAddr]) -> Self {
        Self(addresses.iter().map(IpAddr::to_canonical).collect())
    }

    /// Whether the request comes straight from one of them.
    pub fn sent(&self, extensions: &Extensions) -> bool {
        peer(extensions).is_some_and(|peer| self.0.contains(&peer))
    }

    /// The client's address: the peer's, or what trusted proxies have passed it on for. `None` without a connection.
    pub fn client(&self, headers: &HeaderMap, extensions: &Extensions) -> Option<IpAddr> {
        let peer = peer(extensions)?;
        if !self.0.contains(&peer) {
            return Some(peer);
        }
        let lines: Vec<&str> = headers
            .get_all(FORWARDED_FOR)
            .iter()
            .map(|line| line.to_str().unwrap_or_default())
            .collect();
        // What stands left of the first stranger was written by strangers.
        let named = lines.iter().rev().flat_map(|line| line.rsplit(','));
        let stranger = named
            .map(|name| address(name.trim()))
            .find(|address| !address.is_some_and(|address| self.0.contains(&address)));
        Some(stranger.flatten().unwrap_or(peer))
    }
}

/// The other end of the connection.
pub fn peer(extensions: &Extensions) -> Option<IpAddr> {
    let ConnectInfo(peer) = extensions.get::<ConnectInfo<SocketAddr>>()?;
    Some(peer.ip().to_canonical())
}

/// Some proxies add the port.
fn address(name: &str) -> Option<IpAddr> {
    let alone = name.parse::<IpAddr>().ok();
    let address = alone.or_else(|| Some(name.parse::<SocketAddr>().ok()?.ip()))?;
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, forwarded: &[&str]) -> String {
        let mut extensions = Extensions::new();
        let peer: SocketAddr = peer.parse().expect("an address");
        extensions.insert(ConnectInfo(peer));
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append(FORWARDED_FOR, line.parse().expect("a value"));
        }
        let proxies = Proxies::new(&["10.0.0.1", "10.0.0.2"].map(|ip| ip.parse().expect("an IP")));
        let client = proxies.client(&headers, &extensions).expect("a peer");
        client.to_string()
    }

    #[test]
    fn only_a_trusted_proxy_is_believed_and_only_what_it_saw_itself() {
        assert_eq!(client("1.2.3.4:5", &[]), "1.2.3.4");
        assert_eq!(client("1.2.3.4:5", &["9.9.9.9"]), "1.2.3.4");
        assert_eq!(client("10.0.0.1:5", &["9.9.9.9"]), "9.9.9.9");
        assert_eq!(client("[::ffff:10.0.0.1]:5", &["9.9.9.9:77"]), "9.9.9.9");
        let forged = ["8.8.8.8, 9.9.9.9", "10.0.0.2"];
        assert_eq!(client("10.0.0.1:5", &forged), "9.9.9.9");
        assert_eq!(client("10.0.0.1:5", &["8.8.8.8, nobody"]), "10.0.0.1");
        assert_eq!(client("10.0.0.1:5", &[]), "10.0.0.1");
        assert_eq!(client("10.0.0.1:5", &["[2001:db8::1]:80"]), "2001:db8::1");
    }
}
