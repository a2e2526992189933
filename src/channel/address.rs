//! Which addresses may be written to: a representative types them, and this server must not be sent to where they cannot go themselves.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use reqwest::{
    Url,
    dns::{Addrs, Name, Resolve, Resolving},
};

use super::model::{ADDRESS_BYTES, Kind, Problem};

/// A name that cannot be looked up in this time is looked at again when something is sent.
const LOOK_UP: Duration = Duration::from_secs(3);

/// Receivers that the operator vouches for, by host and port: on networks of their own, and without https.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allowed(Vec<(String, u16)>);

impl Allowed {
    /// `HOST:PORT`, several between commas.
    pub fn parse(text: &str) -> Result<Self, String> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let one = |part: &str| {
            let (host, port) = part.rsplit_once(':')?;
            Some((host.to_ascii_lowercase(), port.parse().ok()?)).filter(|(host, _)| !host.is_empty())
        };
        let all = parts.map(|part| one(part).ok_or_else(|| format!("{part:?} is not HOST:PORT")));
        Ok(Self(all.collect::<Result<_, _>>()?))
    }

    pub fn has(&self, url: &Url) -> bool {
        let at = url.host_str().zip(url.port_or_known_default());
        at.is_some_and(|(host, port)| self.0.iter().any(|(known, open)| known == host && *open == port))
    }
}

/// Reads an address, as far as that can be said without looking its host up.
pub fn parse(kind: Kind, text: &str, allowed: &Allowed) -> Result<Url, Problem> {
    let url = Url::parse(text.trim()).map_err(|_| Problem::Url)?;
    let plain = text.len() <= ADDRESS_BYTES && url.username().is_empty() && url.password().is_none() && url.host_str().is_some();
    if !plain || !matches!(url.scheme(), "http" | "https") {
        return Err(if url.scheme() == "http" || plain { Problem::Https } else { Problem::Url });
    }
    if allowed.has(&url) {
        return Ok(url);
    }
    if url.scheme() != "https" {
        return Err(Problem::Https);
    }
    let host = url.host_str().unwrap_or_default();
    if !kind.hosts().is_empty() && (!kind.hosts().contains(&host) || url.port().is_some()) {
        return Err(Problem::Host);
    }
    match literal(&url) {
        Some(address) if !is_public(address) => Err(Problem::Private),
        _ => Ok(url),
    }
}

/// The same, and its host is looked up: one on a network that is not public is refused as soon as it is typed.
pub async fn check(kind: Kind, text: &str, allowed: &Allowed) -> Result<Url, Problem> {
    let url = parse(kind, text, allowed)?;
    if allowed.has(&url) {
        return Ok(url);
    }
    let host = url.host_str().unwrap_or_default().to_owned();
    match tokio::time::timeout(LOOK_UP, public_addresses(&host)).await {
        Ok(Err(error)) if error.is::<NotPublic>() => Err(Problem::Private),
        _ => Ok(url),
    }
}

/// A host that is written as an address.
pub fn literal(url: &Url) -> Option<IpAddr> {
    url.host_str()?.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

/// Looks names up, and gives addresses only where all of them are public: the connection is made to what was looked at.
pub struct PublicNames;

impl Resolve for PublicNames {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let addresses = public_addresses(name.as_str()).await?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// The name stands for an address that is not a public one.
#[derive(Debug)]
pub struct NotPublic;

impl fmt::Display for NotPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the host is not on a public network")
    }
}

impl std::error::Error for NotPublic {}

async fn public_addresses(host: &str) -> Result<Vec<SocketAddr>, Box<dyn std::error::Error + Send + Sync>> {
    let found: Vec<SocketAddr> = tokio::net::lookup_host((host.trim_start_matches('[').trim_end_matches(']'), 0)).await?.collect();
    if found.iter().all(|address| is_public(address.ip())) { Ok(found) } else { Err(NotPublic.into()) }
}

/// Whether anyone on the internet could reach it, and nobody reaches more through this server.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_4(address),
        IpAddr::V6(address) => is_public_6(address),
    }
}

fn is_public_4(address: Ipv4Addr) -> bool {
    let special = match address.octets() {
        [0 | 10 | 127, ..]
        | [169, 254, ..]
        | [192, 168, ..]
        | [192, 0, 0 | 2, _]
        | [192, 88, 99, _]
        | [198, 51, 100, _]
        | [203, 0, 113, _] => true,
        // Networks of carriers, private networks, tests of equipment.
        [100, second, ..] => (64..128).contains(&second),
        [172, second, ..] => (16..32).contains(&second),
        [198, second, ..] => matches!(second, 18 | 19),
        // Groups of receivers, and what is reserved.
        [first, ..] => first >= 224,
    };
    !special
}

/// Within `2000::/3`, without what carries an address of the older kind or is no network.
fn is_public_6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    let special = match first {
        0x2001 => second < 0x0200 || second == 0x0db8,
        0x2002 => true,
        0x3fff => second < 0x1000,
        _ => false,
    };
    first & 0xe000 == 0x2000 && !special
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parsed(kind: Kind, text: &str) -> Result<(), Problem> {
        parse(kind, text, &Allowed::default()).map(drop)
    }

    #[test]
    fn only_https_to_where_anyone_could_go_is_written_to() {
        for good in [
            "https://hook.example/a?b=c",
            "https://hook.example:8443",
            "https://8.8.8.8/",
            "https://[2606:4700::1111]/",
            " https://hook.example ",
        ] {
            assert_eq!(parsed(Kind::Webhook, good), Ok(()), "{good}");
        }
        for (bad, problem) in [
            ("", Problem::Url),
            ("hook.example", Problem::Url),
            ("https://", Problem::Url),
            ("https://user@hook.example", Problem::Url),
            ("https://user:password@hook.example", Problem::Url),
            ("http://hook.example", Problem::Https),
            ("ftp://hook.example", Problem::Https),
            ("file:///etc/passwd", Problem::Url),
            ("https://127.0.0.1", Problem::Private),
            ("https://127.1", Problem::Private),
            ("https://2130706433", Problem::Private),
            ("https://0x7f000001", Problem::Private),
            ("https://0177.0.0.1", Problem::Private),
            ("https://127.0.0.1.", Problem::Private),
            ("https://0", Problem::Private),
            ("https://10.1.2.3", Problem::Private),
            ("https://172.16.0.1", Problem::Private),
            ("https://172.31.255.255", Problem::Private),
            ("https://192.168.1.1", Problem::Private),
            ("https://169.254.169.254/latest/meta-data", Problem::Private),
            ("https://100.64.0.1", Problem::Private),
            ("https://100.100.100.200", Problem::Private),
            ("https://224.0.0.1", Problem::Private),
            ("https://255.255.255.255", Problem::Private),
            ("https://198.18.0.1", Problem::Private),
            ("https://１２７.0.0.1", Problem::Private),
            ("https://[::1]", Problem::Private),
            ("https://[::]", Problem::Private),
            ("https://[::ffff:127.0.0.1]", Problem::Private),
            ("https://[::ffff:8.8.8.8]", Problem::Private),
            ("https://[64:ff9b::7f00:1]", Problem::Private),
            ("https://[2002:7f00:1::]", Problem::Private),
            ("https://[2001:0:7f00:1::]", Problem::Private),
            ("https://[fe80::1]", Problem::Private),
            ("https://[fd00::1]", Problem::Private),
            ("https://[ff02::1]", Problem::Private),
            ("https://[2001:db8::1]", Problem::Private),
        ] {
            assert_eq!(parsed(Kind::Webhook, bad), Err(problem), "{bad}");
        }
    }

    #[test]
    fn a_robot_is_where_its_kind_is() {
        assert_eq!(parsed(Kind::Wecom, "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=1"), Ok(()));
        assert_eq!(parsed(Kind::Feishu, "https://OPEN.larksuite.com/open-apis/bot/v2/hook/1"), Ok(()));
        for bad in [
            "https://hook.example",
            "https://oapi.dingtalk.com/robot/send",
            "https://qyapi.weixin.qq.com.hook.example/",
            "https://qyapi.weixin.qq.com:8443/",
            "https://qyapi.weixin.qq.com./",
            "https://hook.example/qyapi.weixin.qq.com",
        ] {
            assert_eq!(parsed(Kind::Wecom, bad), Err(Problem::Host), "{bad}");
        }
    }

    #[test]
    fn the_operator_lets_a_host_in_by_its_port() {
        let allowed = Allowed::parse("127.0.0.1:8080, Hook.internal:80").unwrap();
        for (text, good) in [
            ("http://127.0.0.1:8080/a", true),
            ("http://127.0.0.1:8081/a", false),
            ("http://hook.internal/", true),
            ("https://hook.internal/", false),
            ("http://127.0.0.1:8080@hook.example/", false),
        ] {
            let url = Url::parse(text).unwrap();
            assert_eq!(allowed.has(&url), good, "{text}");
        }
        assert!(Allowed::parse("").unwrap() == Allowed::default());
        for bad in ["hook", "hook:", ":80", "hook:99999"] {
            assert!(Allowed::parse(bad).is_err(), "{bad}");
        }
    }

    #[tokio::test]
    async fn a_name_of_this_machine_is_refused_when_it_is_looked_up() {
        assert!(public_addresses("localhost").await.unwrap_err().is::<NotPublic>());
        assert_eq!(check(Kind::Webhook, "https://localhost/", &Allowed::default()).await.err(), Some(Problem::Private));
    }

    /// An address of one of the networks that are not public.
    fn private() -> impl Strategy<Value = Ipv4Addr> {
        let networks: [(u32, u32); 9] = [
            (0x0000_0000, 8),
            (0x0a00_0000, 8),
            (0x6440_0000, 10),
            (0x7f00_0000, 8),
            (0xa9fe_0000, 16),
            (0xac10_0000, 12),
            (0xc0a8_0000, 16),
            (0xc612_0000, 15),
            (0xe000_0000, 3),
        ];
        (0..networks.len(), any::<u32>()).prop_map(move |(at, host)| Ipv4Addr::from(networks[at].0 | host & (u32::MAX >> networks[at].1)))
    }

    proptest! {
        #[test]
        fn no_way_to_write_a_private_address_is_public(address in private()) {
            let number = u32::from(address);
            for text in [
                format!("https://{address}/"),
                format!("https://{number}/"),
                format!("https://0x{number:x}/"),
                format!("https://[::ffff:{address}]/"),
            ] {
                prop_assert_eq!(parsed(Kind::Webhook, &text), Err(Problem::Private), "{}", text);
            }
        }

        #[test]
        fn any_text_is_read_or_refused(text: String) {
            let _ = parsed(Kind::Webhook, &text);
        }
    }
}
