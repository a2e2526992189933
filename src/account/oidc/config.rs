//! Which identity providers there are: one TOML file of the operator's, explained in `docs/identity-providers.md`.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use openidconnect::{IssuerUrl, url::Url};
use serde::Deserialize;
use toml::Spanned;
use zeroize::Zeroizing;

use super::{discovery::Discovery, http::Http};
use crate::{
    account::model::{DocumentKind, ProviderChoice},
    questionnaire::model::Text,
};

/// The largest file that is read.
const MAX_BYTES: u64 = 256 * 1024;
const ID_CHARS: usize = 32;

/// All providers, in the order of the file.
#[derive(Default)]
pub struct Providers(Vec<Provider>);

/// One identity provider.
pub struct Provider {
    /// Stands in addresses: lower-case letters, digits and hyphens.
    pub id: String,
    pub name: Text,
    pub issuer: IssuerUrl,
    pub client_id: String,
    pub(super) client_secret: Zeroizing<String>,
    pub scopes: Vec<String>,
    /// What the provider calls a sign-in by face; any other is not enough.
    pub acr: Vec<String>,
    pub audiences: BTreeSet<Audience>,
    pub claims: ClaimNames,
    /// What the provider calls the account of a person, not of an enterprise.
    pub natural_person: Vec<String>,
    /// What the provider calls the kinds of documents.
    pub document_kinds: BTreeMap<String, DocumentKind>,
    pub(super) discovery: Discovery,
}

/// Who may sign in by a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Audience {
    Employee,
    Representative,
}

/// What a provider calls the claims that we need.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimNames {
    pub name: String,
    pub document_number: String,
    /// Left out where all documents are residents' numbers.
    pub document_kind: Option<String>,
    pub phone: Option<String>,
    pub user_type: String,
}

/// Why the server refuses to start; each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ProvidersError {
    #[error("cannot read the file of identity providers {path}: {source}")]
    Io { path: PathBuf, source: std::io::Error },
    #[error("{path}:{line}: {sentence}")]
    Mistake { path: PathBuf, line: usize, sentence: String },
    #[error("{path} holds a client secret and can be read by others (mode {mode:04o}): run `chmod 600 {path}`")]
    Mode { path: PathBuf, mode: u32 },
    #[error("cannot prepare to talk to identity providers: {0}")]
    Client(String),
}

impl Providers {
    /// Reads and checks the operator's file; without one there are no providers.
    pub fn load(path: Option<&Path>) -> Result<Self, ProvidersError> {
        path.map_or_else(|| Ok(Self::default()), Self::read)
    }

    /// Those for an audience, as a page offers them.
    pub fn choices(&self, audience: Audience) -> Vec<ProviderChoice> {
        let offered = self.0.iter().filter(|provider| provider.audiences.contains(&audience));
        offered.map(|provider| ProviderChoice { id: provider.id.clone(), name: provider.name.clone() }).collect()
    }

    /// The provider of this id, if it is there for this audience.
    pub fn find(&self, id: &str, audience: Audience) -> Option<&Provider> {
        self.get(id).filter(|provider| provider.audiences.contains(&audience))
    }

    pub fn get(&self, id: &str) -> Option<&Provider> {
        self.0.iter().find(|provider| provider.id == id)
    }

    fn read(path: &Path) -> Result<Self, ProvidersError> {
        let text = read_text(path)?;
        let mistake = |at: usize, sentence: String| ProvidersError::Mistake { path: path.to_owned(), line: line_of(&text, at), sentence };
        let file: File = toml::from_str(&text)
            .map_err(|error| mistake(error.span().map_or(0, |span| span.start), error.message().lines().collect::<Vec<_>>().join("; ")))?;
        let mut providers: Vec<Provider> = Vec::new();
        for entry in file.provider {
            let at = entry.span().start;
            let entry = entry.into_inner();
            if let Some((at, sentence)) = entry.mistake(at) {
                return Err(mistake(at, sentence));
            }
            if providers.iter().any(|known| known.id == *entry.id.get_ref()) {
                return Err(mistake(
                    entry.id.span().start,
                    format!("the id {:?} is taken: each provider needs its own", entry.id.get_ref()),
                ));
            }
            let secret = entry.secret(path)?;
            providers.push(entry.into_provider(secret)?);
        }
        if providers.is_empty() {
            return Err(mistake(0, "there is no [[provider]] in it: add one, or leave --providers away".to_owned()));
        }
        Ok(Self(providers))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    provider: Vec<Spanned<Entry>>,
}

/// A provider as it stands in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: Spanned<String>,
    name: Spanned<Text>,
    issuer: Spanned<String>,
    client_id: Spanned<String>,
    client_secret: Option<Spanned<Zeroizing<String>>>,
    client_secret_file: Option<Spanned<PathBuf>>,
    #[serde(default)]
    scopes: Vec<String>,
    acr: Spanned<Vec<String>>,
    #[serde(rename = "for")]
    audiences: Spanned<BTreeSet<Audience>>,
    natural_person: Spanned<Vec<String>>,
    claims: Spanned<ClaimNames>,
    document_kinds: Option<Spanned<BTreeMap<String, DocumentKind>>>,
}

impl Entry {
    /// The first thing that is wrong with it, and where.
    fn mistake(&self, at: usize) -> Option<(usize, String)> {
        let blank = |texts: &[String]| texts.is_empty() || texts.iter().any(|text| text.trim().is_empty());
        let claims = self.claims.get_ref();
        let checks: [(bool, usize, &str); 9] = [
            (!is_id(self.id.get_ref()), self.id.span().start, "an id has 1 to 32 lower-case letters, digits and hyphens"),
            (
                [&self.name.get_ref().zh, &self.name.get_ref().en].iter().any(|name| name.trim().is_empty()),
                self.name.span().start,
                "the name is empty: give it as { zh = \"…\", en = \"…\" }",
            ),
            (
                parse_issuer(self.issuer.get_ref()).is_none(),
                self.issuer.span().start,
                "the issuer must be https://HOST[/PATH], without query; http:// is for localhost only",
            ),
            (self.client_id.get_ref().trim().is_empty(), self.client_id.span().start, "the client_id is empty: the provider gave you one"),
            (
                self.client_secret.is_some() == self.client_secret_file.is_some(),
                at,
                "give either client_secret or client_secret_file (a file that only its owner can read)",
            ),
            (blank(self.acr.get_ref()), self.acr.span().start, "acr lists what the provider calls a sign-in by face: give at least one"),
            (
                self.audiences.get_ref().is_empty(),
                self.audiences.span().start,
                "for says who signs in here: give \"employee\", \"representative\", or both",
            ),
            (
                blank(self.natural_person.get_ref()),
                self.natural_person.span().start,
                "natural_person lists the user types that are persons, not enterprises: give at least one",
            ),
            (
                claims.document_kind.is_some() != self.document_kinds.as_ref().is_some_and(|kinds| !kinds.get_ref().is_empty()),
                self.claims.span().start,
                "claims.document_kind and [provider.document_kinds] belong together: give both, or neither where all are residents' numbers",
            ),
        ];
        let wrong = checks.into_iter().find(|(wrong, ..)| *wrong);
        wrong.map(|(_, at, sentence)| (at, format!("{sentence} (provider {:?})", self.id.get_ref())))
    }

    fn secret(&self, file: &Path) -> Result<Zeroizing<String>, ProvidersError> {
        if let Some(secret) = &self.client_secret {
            check_mode(file)?;
            return Ok(secret.get_ref().clone());
        }
        let named = self.client_secret_file.as_ref().map(|path| path.get_ref().clone()).unwrap_or_default();
        let path = file.parent().unwrap_or(Path::new("")).join(named);
        check_mode(&path)?;
        let text = fs::read_to_string(&path).map(Zeroizing::new).map_err(|source| ProvidersError::Io { path, source })?;
        Ok(Zeroizing::new(text.trim().to_owned()))
    }

    fn into_provider(self, client_secret: Zeroizing<String>) -> Result<Provider, ProvidersError> {
        let (issuer, local) = parse_issuer(self.issuer.get_ref()).ok_or_else(|| ProvidersError::Client("no issuer".to_owned()))?;
        let http = Http::new(local).map_err(|error| ProvidersError::Client(error.to_string()))?;
        Ok(Provider {
            id: self.id.into_inner(),
            name: self.name.into_inner(),
            discovery: Discovery::new(issuer.clone(), http),
            issuer,
            client_id: self.client_id.into_inner(),
            client_secret,
            scopes: self.scopes,
            acr: self.acr.into_inner(),
            audiences: self.audiences.into_inner(),
            claims: self.claims.into_inner(),
            natural_person: self.natural_person.into_inner(),
            document_kinds: self.document_kinds.map(Spanned::into_inner).unwrap_or_default(),
        })
    }
}

fn read_text(path: &Path) -> Result<Zeroizing<String>, ProvidersError> {
    let io = |source| ProvidersError::Io { path: path.to_owned(), source };
    if fs::metadata(path).map_err(io)?.len() > MAX_BYTES {
        return Err(io(std::io::Error::other(format!("it is larger than {} KiB", MAX_BYTES / 1024))));
    }
    fs::read_to_string(path).map(Zeroizing::new).map_err(io)
}

fn check_mode(path: &Path) -> Result<(), ProvidersError> {
    let metadata = fs::metadata(path).map_err(|source| ProvidersError::Io { path: path.to_owned(), source })?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(ProvidersError::Mode { path: path.to_owned(), mode });
    }
    Ok(())
}

fn line_of(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count()
}

fn is_id(text: &str) -> bool {
    (1..=ID_CHARS).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// An issuer, and whether it runs on this machine: only then may it speak plain http.
fn parse_issuer(text: &str) -> Option<(IssuerUrl, bool)> {
    let url = Url::parse(text).ok()?;
    let local = matches!(url.host_str(), Some("localhost"));
    let plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
    let spoken = url.scheme() == "https" || url.scheme() == "http" && local;
    let issuer = IssuerUrl::new(text.to_owned()).ok()?;
    (plain && spoken && url.has_host()).then_some((issuer, url.scheme() == "http"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
[[provider]]
id = "yuexinqian"
name = { zh = "粤信签", en = "Yuexinqian" }
issuer = "https://id.example.cn"
client_id = "shenbao"
client_secret = "s"
acr = ["face"]
for = ["employee", "representative"]
natural_person = ["person"]
claims = { name = "name", document_number = "id_number", user_type = "user_type" }
"#;

    fn load(text: &str, mode: u32) -> Result<Providers, ProvidersError> {
        crate::account::oidc::http::choose_cryptography();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("providers.toml");
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        Providers::load(Some(&path))
    }

    #[test]
    fn a_good_file_gives_its_providers_to_whom_they_are_for() {
        let second = GOOD.replace("yuexinqian", "other").replace("\"employee\", ", "");
        let providers = load(&format!("{GOOD}{second}"), 0o600).unwrap();
        assert_eq!(providers.choices(Audience::Representative).len(), 2);
        assert_eq!(providers.choices(Audience::Employee).len(), 1);
        assert!(providers.find("other", Audience::Employee).is_none() && providers.find("other", Audience::Representative).is_some());
        assert!(Providers::load(None).unwrap().choices(Audience::Employee).is_empty());
    }

    #[test]
    fn the_demos_file_and_the_one_in_the_documentation_are_good() {
        let demo = load(include_str!("../../demo/idp.toml"), 0o600).unwrap();
        assert!(demo.find("demo", Audience::Employee).is_some() && demo.find("demo", Audience::Representative).is_some());
        let documentation = include_str!("../../../docs/identity-providers.md");
        let example = documentation.split("```toml").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
        let example = example.replace("client_secret_file = \"yuexinqian.secret\"", "client_secret = \"s\"");
        let provider = &load(&example, 0o600).unwrap().0[0];
        assert_eq!(provider.document_kinds["14"], DocumentKind::Passport);
    }

    #[test]
    fn each_mistake_has_its_line_and_says_what_to_do() {
        for (from, to, line, words) in [
            ("https://id.example.cn", "http://id.example.cn", 5, "localhost only"),
            ("https://id.example.cn", "https://id.example.cn/?a", 5, "without query"),
            ("https://id.example.cn", "https://user@id.example.cn/", 5, "https://HOST"),
            ("https://id.example.cn", "id", 5, "https://HOST"),
            ("\"yuexinqian\"", "\"粤\"", 3, "lower-case letters"),
            ("粤信签", " ", 4, "the name is empty"),
            ("client_secret = \"s\"\n", "", 2, "either client_secret"),
            ("acr = [\"face\"]", "acr = []", 8, "sign-in by face"),
            ("[\"employee\", \"representative\"]", "[]", 9, "who signs in"),
            ("[\"employee\", \"representative\"]", "[\"boss\"]", 9, "boss"),
            ("[\"person\"]", "[]", 10, "not enterprises"),
            ("user_type = \"user_type\" }", "user_type = \"t\", document_kind = \"k\" }", 11, "belong together"),
            ("client_id = \"shenbao\"\n", "", 2, "client_id"),
            ("acr =", "arc =", 8, "arc"),
        ] {
            let Err(error) = load(&GOOD.replace(from, to), 0o600) else { panic!("{from} → {to} was taken") };
            let said = error.to_string();
            assert!(said.contains(&format!("providers.toml:{line}: ")) && said.contains(words), "{from} → {to}: {said}");
        }
        for (text, words) in [("", "no [[provider]]"), ("provider = 1", "providers.toml:1"), (&format!("{GOOD}{GOOD}"), "is taken")] {
            let Err(error) = load(text, 0o600) else { panic!("{text} was taken") };
            assert!(error.to_string().contains(words), "{error}");
        }
    }

    #[test]
    fn a_secret_that_others_can_read_is_refused() {
        let Err(error) = load(GOOD, 0o644) else { panic!("taken") };
        assert!(error.to_string().contains("chmod 600"), "{error}");
        let Err(error) = load(&GOOD.replace("client_secret = \"s\"", "client_secret_file = \"absent\""), 0o644) else { panic!("taken") };
        assert!(error.to_string().contains("absent"), "{error}");
    }
}
