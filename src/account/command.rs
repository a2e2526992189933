//! `shenbao representative …`

use anyhow::{Context, bail};
use clap::{Args, Subcommand, ValueEnum};
use qrcode::{QrCode, render::unicode::Dense1x2};

use super::{
    caller::Tenant,
    model::{DocumentKind, DocumentProblem, IdDocument, NameProblem, Person},
    oidc, representative,
};
use crate::{
    clock::Clock,
    config::{Public, Storage},
    db::Db,
    enterprise::{
        model::{Enterprise, Uscc},
        registry,
    },
    id::EnterpriseId,
    link,
    state::PublicUrl,
    terminal::say,
    vault::{KeyFile, Vault},
};

#[derive(Subcommand)]
pub enum Representative {
    /// Make someone a representative of an enterprise
    Add(Add),
    /// Take an enterprise away from its representative, from their next request on
    Remove(Remove),
    /// Print a one-time link, and its QR code, by which a representative enrols a device
    Invite(Invite),
    /// Forget which accounts of identity providers a representative signed in by, so that another can take their place
    Release(Release),
}

#[derive(Args)]
pub struct Add {
    #[command(flatten)]
    storage: Storage,
    /// The enterprise: its unified social credit code, or its id
    #[arg(long)]
    enterprise: String,
    /// The name on the document
    #[arg(long)]
    name: String,
    #[command(flatten)]
    document: Document,
}

#[derive(Args)]
pub struct Remove {
    #[command(flatten)]
    storage: Storage,
    /// The enterprise: its unified social credit code, or its id
    #[arg(long)]
    enterprise: String,
    #[command(flatten)]
    document: Document,
}

#[derive(Args)]
pub struct Invite {
    #[command(flatten)]
    storage: Storage,
    #[command(flatten)]
    public: Public,
    /// The enterprise: its unified social credit code, or its id
    #[arg(long)]
    enterprise: String,
    /// The number of the ID document; needed where an enterprise has several representatives
    #[arg(long)]
    document: Option<String>,
}

#[derive(Args)]
pub struct Release {
    #[command(flatten)]
    storage: Storage,
    /// The enterprise: its unified social credit code, or its id
    #[arg(long)]
    enterprise: String,
    #[command(flatten)]
    document: Document,
}

#[derive(Args)]
struct Document {
    /// The number of the ID document
    #[arg(long)]
    document: String,
    /// What document it is
    #[arg(long, value_enum, default_value_t = Kind::ResidentId)]
    document_kind: Kind,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    ResidentId,
    Passport,
    HongKongMacauPermit,
    TaiwanPermit,
}

/// What every command needs open.
pub struct Open {
    pub db: Db,
    pub vault: Vault,
    pub clock: Clock,
}

impl Representative {
    pub async fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Add(args) => args.run().await,
            Self::Remove(args) => args.run().await,
            Self::Invite(args) => args.run().await,
            Self::Release(args) => args.run().await,
        }
    }
}

impl Add {
    async fn run(self) -> anyhow::Result<()> {
        let name = Person::parse_name(&self.name).map_err(|problem| anyhow::anyhow!(name_words(problem)))?;
        let person = Person { name, document: self.document.parse()?, phone: None };
        let open = Open::open(&self.storage).await?;
        let enterprise = open.find(&self.enterprise).await?;
        let tenant = Tenant::of_operator(enterprise.id);
        representative::appoint(&open.db, &open.vault, open.clock.now(), tenant, &person).await?;
        say!("{} now represents {}.", person.name, enterprise.name);
        say!("Next: shenbao representative invite --enterprise {}", enterprise.uscc.as_str());
        open.db.close().await;
        Ok(())
    }
}

impl Remove {
    async fn run(self) -> anyhow::Result<()> {
        let document = self.document.parse()?;
        let open = Open::open(&self.storage).await?;
        let enterprise = open.find(&self.enterprise).await?;
        let tenant = Tenant::of_operator(enterprise.id);
        let found = open.representative(&enterprise, &document).await?;
        representative::dismiss(&open.db, &open.vault, open.clock.now(), tenant, found.id).await?;
        say!("{} no longer represents {}.", found.person.name, enterprise.name);
        open.db.close().await;
        Ok(())
    }
}

impl Invite {
    async fn run(self) -> anyhow::Result<()> {
        let public_url = PublicUrl::parse(&self.public.public_url)?;
        let open = Open::open(&self.storage).await?;
        let enterprise = open.find(&self.enterprise).await?;
        let tenant = Tenant::of_operator(enterprise.id);
        let mut known = representative::list(&open.db, &open.vault, tenant).await?;
        if let Some(number) = &self.document {
            known.retain(|known| IdDocument::parse(known.person.document.kind, number).is_ok_and(|typed| typed == known.person.document));
        }
        let [chosen] = &known[..] else { bail!(choose_words(known.len(), self.document.is_some())) };
        let passkeys = representative::passkeys(&open.db, chosen.id).await?;
        let token = representative::invite(&open.db, &open.vault, open.clock.now(), tenant, chosen.id).await?;
        let address = public_url.link(&format!("{}#{}", link::ENROL, token.text()));
        say!("For {} of {}, once, within an hour; it asks for the last six of the ID document.\n", chosen.person.name, enterprise.name);
        if passkeys > 0 {
            say!("They have {passkeys} passkey(s), which stay: whoever lost a device removes its passkey at /account afterwards.\n");
        }
        say!("{address}\n");
        say!("{}", terminal_qr(&address)?);
        open.db.close().await;
        Ok(())
    }
}

impl Release {
    async fn run(self) -> anyhow::Result<()> {
        let document = self.document.parse()?;
        let open = Open::open(&self.storage).await?;
        let enterprise = open.find(&self.enterprise).await?;
        let tenant = Tenant::of_operator(enterprise.id);
        let found = open.representative(&enterprise, &document).await?;
        let released = oidc::identity::release(&open.db, &open.vault, open.clock.now(), tenant, found.id).await?;
        say!("{} had {released} accounts of identity providers; the next one that is verified takes their place.", found.person.name);
        open.db.close().await;
        Ok(())
    }
}

impl Document {
    fn parse(&self) -> anyhow::Result<IdDocument> {
        IdDocument::parse(self.document_kind.into(), &self.document).map_err(|problem| anyhow::anyhow!(document_words(problem)))
    }
}

impl From<Kind> for DocumentKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::ResidentId => Self::ResidentId,
            Kind::Passport => Self::Passport,
            Kind::HongKongMacauPermit => Self::HongKongMacauPermit,
            Kind::TaiwanPermit => Self::TaiwanPermit,
        }
    }
}

impl Open {
    pub async fn open(storage: &Storage) -> anyhow::Result<Self> {
        let clock = Clock::default();
        let vault = Vault::new(KeyFile::open(&storage.key_file)?, clock.clone());
        let db = Db::open_existing(&storage.database_url).await?;
        vault.check(&db).await?;
        Ok(Self { db, vault, clock })
    }

    /// Who represents an enterprise with this document.
    async fn representative(&self, enterprise: &Enterprise, document: &IdDocument) -> anyhow::Result<representative::Representative> {
        let known = representative::list(&self.db, &self.vault, Tenant::of_operator(enterprise.id)).await?;
        let found = known.into_iter().find(|known| known.person.document == *document);
        found.with_context(|| format!("nobody with this document represents {}", enterprise.name))
    }

    /// An enterprise by its code or its id.
    pub async fn find(&self, text: &str) -> anyhow::Result<Enterprise> {
        let found = match (Uscc::parse(text), text.parse::<EnterpriseId>()) {
            (Ok(uscc), _) => registry::find_by_uscc(&self.db, &uscc).await?,
            (_, Ok(id)) => registry::list(&self.db).await?.into_iter().find(|enterprise| enterprise.id == id),
            _ => bail!("{text:?} is neither a unified social credit code nor an enterprise's id: see shenbao enterprise list"),
        };
        found.context("there is no such enterprise: see shenbao enterprise list")
    }
}

/// For a camera in front of a dark terminal: light modules are drawn, and the quiet zone with them.
pub fn terminal_qr(text: &str) -> anyhow::Result<String> {
    let code = QrCode::new(text)?;
    Ok(code.render::<Dense1x2>().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build())
}

fn choose_words(found: usize, by_document: bool) -> &'static str {
    match (found, by_document) {
        (0, false) => "this enterprise has no representative yet: see shenbao representative add",
        (0, true) => "nobody with this document represents this enterprise",
        _ => "this enterprise has several representatives: say which by --document",
    }
}

/// What is wrong with a name, for the operator.
pub fn name_words(problem: NameProblem) -> &'static str {
    match problem {
        NameProblem::Empty => "the name is empty",
        NameProblem::TooLong => "the name has more than 50 characters",
        NameProblem::Characters => "the name has no letter, or signs that no name has",
        NameProblem::Unreadable => "the name has invisible or unreadable characters",
    }
}

/// What is wrong with a document's number, for the operator.
pub fn document_words(problem: DocumentProblem) -> &'static str {
    match problem {
        DocumentProblem::Empty => "the document number is empty",
        DocumentProblem::Length => "a resident's number has 18 characters",
        DocumentProblem::Characters => "a resident's number has 17 digits, then a digit or X",
        DocumentProblem::BirthDate => "digits 7 to 14 of the number are no date since 1900",
        DocumentProblem::CheckDigit => "the last character does not fit the others: one of them is wrong",
        DocumentProblem::Form => "the number does not have the form of this kind of document",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_code_is_square_with_its_quiet_zone() {
        let drawn = terminal_qr("http://localhost:3000/enrol#AAAA").unwrap();
        let lines: Vec<&str> = drawn.lines().collect();
        let width = lines[0].chars().count();
        assert!(lines.iter().all(|line| line.chars().count() == width));
        assert!(lines[0].chars().all(|module| module == '\u{2588}'), "the quiet zone is light");
    }
}
