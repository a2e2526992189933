//! A name for each request, by which its lines in the log, its answer and what a proxy noted are found together.

use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, Request};
use data_encoding::BASE32_NOPAD;
use tower_http::request_id::{MakeRequestId, RequestId};

use crate::random;

/// Where a proxy says it, and where we do.
pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");
/// A proxy's own are at most so long.
const MOST_BYTES: usize = 64;

/// Makes one for a request that came without: it says nothing of anyone.
#[derive(Clone)]
pub struct OurRequestId;

impl MakeRequestId for OurRequestId {
    fn make_request_id<B>(&mut self, _request: &Request<B>) -> Option<RequestId> {
        let name = BASE32_NOPAD.encode(&random::bytes::<10>());
        HeaderValue::from_str(&name).ok().map(RequestId::new)
    }
}

/// Takes out what anyone but a proxy may have made up, and what would not do in a log.
pub fn keep_only_a_proxys(proxies: usize, headers: &mut HeaderMap) {
    let mut said = headers.get_all(&HEADER).iter();
    let (one, more) = (said.next(), said.next());
    if one.is_some_and(|name| proxies == 0 || more.is_some() || !is_sane(name.as_bytes())) {
        headers.remove(&HEADER);
    }
}

fn is_sane(name: &[u8]) -> bool {
    (1..=MOST_BYTES).contains(&name.len()) && name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
}

/// The name of a request.
pub fn of(extensions: &Extensions) -> Option<&str> {
    extensions.get::<RequestId>().and_then(|name| name.header_value().to_str().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(proxies: usize, names: &[&str]) -> bool {
        let mut headers = HeaderMap::new();
        for name in names {
            headers.append(HEADER, name.parse().unwrap());
        }
        keep_only_a_proxys(proxies, &mut headers);
        headers.contains_key(HEADER)
    }

    #[test]
    fn a_name_is_taken_from_a_proxy_alone_and_only_a_sane_one() {
        assert!(kept(1, &["4f0c-9B_2.a"]));
        assert!(!kept(0, &["4f0c"]), "there is no proxy");
        for bad in ["", "a b", "a\"b", "a/b", "<script>", &"a".repeat(65)] {
            assert!(!kept(1, &[bad]), "{bad}");
        }
        assert!(!kept(1, &["a", "b"]), "whose?");
    }

    #[test]
    fn one_that_we_make_is_sane_and_another_each_time() {
        let make = || OurRequestId.make_request_id(&Request::new(())).unwrap().into_header_value();
        let (one, other) = (make(), make());
        assert!(is_sane(one.as_bytes()) && one != other);
    }
}
