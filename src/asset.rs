//! What the pass and the guards' pages load of `public/`: each address carries a hash of what is in the file, so that a browser may keep it
//! for good.

/// A file of `public/`.
pub struct Asset {
    path: &'static str,
    hash: u64,
}

pub const PASS_SHEET: Asset = Asset::new("/pass.css", include_bytes!("../public/pass.css"));
pub const GATE_SCRIPT: Asset = Asset::new("/gate.js", include_bytes!("../public/gate.js"));
pub const SCANNED_SCRIPT: Asset = Asset::new("/scanned.js", include_bytes!("../public/scanned.js"));

impl Asset {
    #[cfg(feature = "ssr")]
    const ALL: [Self; 3] = [PASS_SHEET, GATE_SCRIPT, SCANNED_SCRIPT];

    const fn new(path: &'static str, content: &[u8]) -> Self {
        Self { path, hash: fnv1a(content) }
    }

    /// What a page names.
    pub fn href(&self) -> String {
        format!("{}?v={:016x}", self.path, self.hash)
    }
}

/// FNV-1a of 64 bits: it tells one build's file from another's, and keeps nobody out.
const fn fnv1a(bytes: &[u8]) -> u64 {
    let (mut hash, mut at) = (0xcbf2_9ce4_8422_2325_u64, 0);
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u64).wrapping_mul(0x0100_0000_01b3);
        at += 1;
    }
    hash
}

/// Whether an address, with its query, names a file as it is in this build. That of another build may be another file.
#[cfg(feature = "ssr")]
pub fn is_current(address: &str) -> bool {
    address.contains("?v=") && Asset::ALL.iter().any(|asset| asset.href() == address)
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_current_as_a_page_names_it() {
        let [sheet, script] = [PASS_SHEET.href(), GATE_SCRIPT.href()];
        assert!(is_current(&sheet) && is_current(&script));
        for other in ["/pass.css", "/pass.css?v=", "/pass.css?v=0000000000000000"] {
            assert!(!is_current(other), "{other}");
        }
        let swapped = sheet.replace("/pass.css", "/gate.js");
        assert!(!is_current(&swapped), "{swapped}");
    }

    #[test]
    fn the_hash_is_the_published_one() {
        // The test vectors of the FNV draft.
        assert_eq!(fnv1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
    }
}
