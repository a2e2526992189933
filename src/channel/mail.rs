//! E-mail, by the operator's own server.

use std::{net::IpAddr, sync::OnceLock, time::Duration};

use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport, Tokio1Executor,
    message::{Mailbox, header::ContentType},
};
use reqwest::Url;
use zeroize::Zeroizing;

use super::{model::Failure, send::Message};

const PATIENCE: Duration = Duration::from_secs(10);

/// Why no e-mail can be sent with what the operator has set.
#[derive(Debug, thiserror::Error)]
pub enum BadMail {
    #[error(
        "SHENBAO_SMTP_URL is none: give smtps://USER:PASSWORD@HOST, or smtp://USER:PASSWORD@HOST, which turns to TLS (plain on this machine alone)"
    )]
    Url,
    #[error("SHENBAO_MAIL_FROM is no address of e-mail: give NAME@HOST, or TITLE <NAME@HOST>")]
    From,
    #[error("SHENBAO_SMTP_URL is set, and SHENBAO_MAIL_FROM is not: say from whom e-mail comes")]
    NoFrom,
}

/// The operator's server of e-mail.
pub struct Mailer {
    url: Zeroizing<String>,
    from: Mailbox,
    transport: OnceLock<AsyncSmtpTransport<Tokio1Executor>>,
}

impl Mailer {
    /// `None` where the operator has set no server.
    pub fn new(url: Option<&str>, from: Option<&str>) -> Result<Option<Self>, BadMail> {
        let Some(url) = url.filter(|url| !url.is_empty()) else { return Ok(None) };
        let url = Zeroizing::new(secured(url).ok_or(BadMail::Url)?);
        let from = from.ok_or(BadMail::NoFrom)?.parse().map_err(|_| BadMail::From)?;
        let mailer = Self { url, from, transport: OnceLock::new() };
        // What is wrong with it is said when the server starts.
        AsyncSmtpTransport::<Tokio1Executor>::from_url(&mailer.url).map_err(|_| BadMail::Url)?;
        Ok(Some(mailer))
    }

    fn transport(&self) -> Result<&AsyncSmtpTransport<Tokio1Executor>, Failure> {
        if let Some(transport) = self.transport.get() {
            return Ok(transport);
        }
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(&self.url).map_err(|_| Failure::NoMail)?;
        Ok(self.transport.get_or_init(|| builder.timeout(Some(PATIENCE)).build()))
    }

    pub async fn send(&self, to: &str, message: &Message) -> Result<(), Failure> {
        let to: Address = to.parse().map_err(|_| Failure::Recipient)?;
        let host = self.from.email.domain();
        let mail = lettre::Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(message.subject.clone())
            .date(std::time::SystemTime::from(message.at.utc()))
            .message_id(Some(format!("<{}@{host}>", message.id.simple())))
            .header(ContentType::TEXT_PLAIN)
            .body(message.text.clone())
            .map_err(|_| Failure::Recipient)?;
        // The transport's own patience begins anew with each command.
        match tokio::time::timeout(2 * PATIENCE, self.transport()?.send(mail)).await {
            Err(_) => Err(Failure::Timeout),
            Ok(sent) => sent.map(drop).map_err(|error| failure(&error)),
        }
    }
}

fn failure(error: &lettre::transport::smtp::Error) -> Failure {
    // 530, 534, 535 and 538 (RFC 4954) are about who sends: the operator's to mend, whoever it goes to.
    let sender = error.status().is_some_and(|code| ["530", "534", "535", "538"].contains(&&*code.to_string()));
    match () {
        () if sender => Failure::NoMail,
        () if error.is_permanent() => Failure::Recipient,
        () if error.is_transient() => Failure::Refused,
        () if error.is_timeout() => Failure::Timeout,
        () => Failure::Connection,
    }
}

/// The URL with what makes it turn to TLS; `None` for one that names no server. On this machine it may stay plain.
fn secured(text: &str) -> Option<String> {
    let mut url = Url::parse(text).ok()?;
    let host = url.host_str()?.trim_start_matches('[').trim_end_matches(']').to_owned();
    let bare = matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none() && !host.is_empty();
    let local = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    match url.scheme() {
        "smtps" if bare => {}
        "smtp" if bare && local => {}
        "smtp" if bare => url.set_query(Some("tls=required")),
        _ => return None,
    }
    Some(url.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e_mail_leaves_this_machine_encrypted() {
        assert_eq!(secured("smtp://user:p%40ss@mail.example").as_deref(), Some("smtp://user:p%40ss@mail.example?tls=required"));
        assert_eq!(secured("smtps://user:pass@mail.example:465").as_deref(), Some("smtps://user:pass@mail.example:465"));
        assert_eq!(secured("smtp://127.0.0.1:2525").as_deref(), Some("smtp://127.0.0.1:2525"));
        for bad in ["", "mail.example", "https://mail.example", "smtp://", "smtp://mail.example?tls=opportunistic", "smtp://mail.example/x"]
        {
            assert_eq!(secured(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_is_set_halfway_is_refused() {
        assert!(Mailer::new(None, None).unwrap().is_none());
        assert!(Mailer::new(Some(""), None).unwrap().is_none());
        assert!(Mailer::new(Some("smtp://127.0.0.1"), Some("申报 <hr@shenbao.example>")).unwrap().is_some());
        assert!(matches!(Mailer::new(Some("smtp://127.0.0.1"), None), Err(BadMail::NoFrom)));
        assert!(matches!(Mailer::new(Some("smtp://127.0.0.1"), Some("nobody")), Err(BadMail::From)));
        assert!(matches!(Mailer::new(Some("x"), Some("hr@shenbao.example")), Err(BadMail::Url)));
    }
}
