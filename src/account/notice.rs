//! The notice and the two consents, in every version that somebody may have agreed to: what they agreed to is shown to them later
//! word for word. They are part of the program, so that nobody changes words without the version going up.

use serde::Deserialize;

use super::model::{ConsentKind, NOTICE_VERSION};
use crate::language::Language;

/// The documents of versions 1, 2, 3 …
const DOCUMENTS: [&str; 7] = [
    include_str!("notice/1.toml"),
    include_str!("notice/2.toml"),
    include_str!("notice/3.toml"),
    include_str!("notice/4.toml"),
    include_str!("notice/5.toml"),
    include_str!("notice/6.toml"),
    include_str!("notice/7.toml"),
];

/// One version, in both languages.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    pub zh: Words,
    pub en: Words,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// `{enterprise}` stands for its name.
    who: String,
    what: String,
    why: String,
    how_long: String,
    rights: String,
    consent_notice: String,
    consent_health: String,
}

impl Notice {
    /// `None` for a version that never was.
    pub fn version(version: i64) -> Option<Self> {
        let place = usize::try_from(version).ok()?.checked_sub(1)?;
        toml::from_str(DOCUMENTS.get(place)?).ok()
    }

    /// As it is shown now.
    ///
    /// # Panics
    /// Never: a test reads every document.
    pub fn newest() -> Self {
        Self::version(NOTICE_VERSION).expect("every version has its document")
    }

    pub const fn words(&self, language: Language) -> &Words {
        match language {
            Language::Zh => &self.zh,
            Language::En => &self.en,
        }
    }
}

impl Words {
    /// The notice of one enterprise, by paragraphs.
    pub fn paragraphs(&self, enterprise: &str) -> [String; 5] {
        let plain = [&self.what, &self.why, &self.how_long, &self.rights].map(String::clone);
        let [what, why, how_long, rights] = plain;
        [self.who.replace("{enterprise}", enterprise), what, why, how_long, rights]
    }

    /// What stands beside the box that is ticked.
    pub fn consent(&self, kind: ConsentKind) -> &str {
        match kind {
            ConsentKind::Notice => &self.consent_notice,
            ConsentKind::HealthAndWhereabouts => &self.consent_health,
        }
    }
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER;
    use sha2::{Digest, Sha256};

    use super::*;

    /// SHA-256 of each document. A line is added with a new version; none is ever changed.
    const HASHES: [&str; 7] = [
        "f3cc6b73354e31a2a864ce097744ff8bd4213682f3f533b2cc4ca847fc64cd01",
        "6825397da6833a45b50d9741095c55374802213951f5891d323d970024424ca3",
        "16f54d06d7ab3cba2cf446fc500a50b3dc09e17ba7228a7f2a88f1a1901dd525",
        "683a653c629b7cf3088d578fb5ab0eba2492a1a23c3efc37ce9d5d94c0160050",
        "f43cdd987e96f9bbda1ed2e8aa5d4d976c51e66bc15e415ff120d729b9100108",
        "abbacd970e80b26484b925b8ea4f160a5d61b8269eb4c723d371e91b3587acc4",
        "1719be612958a83241b4dfc08e3dbf395773629d064b0c9083bf4bf6ad142c0d",
    ];

    #[test]
    fn what_people_agreed_to_is_never_changed() {
        assert_eq!(DOCUMENTS.map(|document| HEXLOWER.encode(&Sha256::digest(document))), HASHES);
        assert_eq!(i64::try_from(DOCUMENTS.len()), Ok(NOTICE_VERSION), "the newest document is the one that is shown");
        for version in 1..=NOTICE_VERSION {
            assert!(Notice::version(version).is_some(), "{version}");
        }
        assert!(Notice::version(0).is_none() && Notice::version(NOTICE_VERSION + 1).is_none() && Notice::version(-1).is_none());
    }

    #[test]
    fn the_claim_page_shows_the_newest_words() {
        for (language, file) in [(Language::Zh, "zh-CN"), (Language::En, "en")] {
            let shown: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(format!("locales/{file}.json")).unwrap()).unwrap();
            let shown = |key: &str| shown["account"][key].as_str().unwrap().to_owned();
            let newest = Notice::newest();
            let words = newest.words(language);
            let keys = ["notice_who", "notice_what", "notice_why", "notice_how_long", "notice_rights"];
            assert_eq!(words.paragraphs("{enterprise}"), keys.map(shown));
            assert_eq!(words.consent(ConsentKind::Notice), shown("consent_notice"));
            assert_eq!(words.consent(ConsentKind::HealthAndWhereabouts), shown("consent_health"));
        }
    }
}
