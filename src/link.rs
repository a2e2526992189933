//! Every path of the application, built in one place. The names are those of the table in `docs/architecture.md`.

use std::fmt::{Display, Write};

use crate::{
    error::AppError,
    id::{EmployeeId, EnterpriseId, EntryId, ReceiptId},
};

pub const ENTRY: &str = "/";
pub const SIGN_IN: &str = "/sign-in";
pub const ENROL: &str = "/enrol";
/// Where identity providers send people back to: it is registered with each of them.
pub const AUTH_CALLBACK: &str = "/auth/callback";
pub const ACCOUNT: &str = "/account";
pub const MINE: &str = "/mine";
pub const ENTERPRISES: &str = "/e";
pub const MESSAGES: &str = "/messages";
/// The line on which a page hears how many messages were not read.
pub const MESSAGE_EVENTS: &str = "/messages/events";

/// What a QR code leads to.
pub fn invitation(code: &str) -> String {
    format!("/i/{code}")
}

pub fn declare(enterprise: EnterpriseId) -> String {
    format!("/declare/{enterprise}")
}

/// What an enterprise holds on whoever declares to it on this device, and what they may do with it.
pub fn rights(enterprise: EnterpriseId) -> String {
    format!("{MINE}/{enterprise}")
}

pub fn own_copy(enterprise: EnterpriseId) -> String {
    format!("{MINE}/{enterprise}/copy.json")
}

/// What a tablet shows between two people.
pub const TABLET: &str = "/tablet";

/// Where a device becomes a tablet: the enterprise's id, and behind it the token.
pub fn tablet_link(enterprise: EnterpriseId, token: &str) -> String {
    tablet(&format!("{enterprise}{token}"))
}

/// The same, of a link's last part.
pub fn tablet(link: &str) -> String {
    format!("{TABLET}/{link}")
}

pub fn tablets(enterprise: EnterpriseId) -> String {
    format!("/e/{enterprise}/tablets")
}

/// What employees ask for.
pub fn requests(enterprise: EnterpriseId) -> String {
    format!("/e/{enterprise}/requests")
}

pub fn receipt(receipt: ReceiptId) -> String {
    format!("/done/{receipt}")
}

/// The QR code of the pass that a receipt carries.
pub fn pass_picture(receipt: ReceiptId) -> String {
    format!("/done/{receipt}/pass.png")
}

/// What the QR code of a pass leads to; `name` is for whoever checks it without a line.
pub fn pass(token: &str, name: &str) -> String {
    format!("/g/{token}#{name}")
}

/// Where a guard checks passes, also without a line.
pub fn guard(enterprise: EnterpriseId) -> String {
    format!("/gate/{enterprise}")
}

/// The link for guards, and whom employees can call.
pub fn gate(enterprise: EnterpriseId) -> String {
    format!("/e/{enterprise}/gate")
}

pub fn statistics(enterprise: EnterpriseId) -> String {
    format!("/e/{enterprise}")
}

pub fn people(enterprise: EnterpriseId) -> String {
    format!("/e/{enterprise}/people")
}

pub fn person(enterprise: EnterpriseId, employee: EmployeeId) -> String {
    format!("/e/{enterprise}/people/{employee}")
}

/// Where a viewer declares for an employee.
pub fn declare_for(enterprise: EnterpriseId, employee: EmployeeId) -> String {
    format!("/e/{enterprise}/people/{employee}/declare")
}

/// The same for somebody of the roster who has never claimed.
pub fn declare_for_line(enterprise: EnterpriseId, line: EntryId) -> String {
    format!("/e/{enterprise}/roster/{line}/declare")
}

pub fn export(enterprise: EnterpriseId) -> String {
    format!("/e/{enterprise}/export")
}

pub fn share(enterprise: EnterpriseId) -> String {
    format!("/e/{enterprise}/share")
}

/// The last days, side by side.
pub fn trend(enterprise: EnterpriseId) -> String {
    format!("/e/{enterprise}/trend")
}

/// What a day came to, to be handed on.
pub fn report(enterprise: EnterpriseId) -> String {
    format!("/e/{enterprise}/report")
}

pub fn report_picture(enterprise: EnterpriseId) -> String {
    format!("/e/{enterprise}/report.png")
}

/// Shared statistics: the enterprise's id, and behind it the token.
pub fn shared(enterprise: EnterpriseId, token: &str) -> String {
    format!("/s/{enterprise}{token}")
}

/// The two parts of what [`shared`] and [`tablet_link`] end with.
pub fn enterprise_and_token(text: &str) -> Option<(EnterpriseId, &str)> {
    let (enterprise, token) = text.split_at_checked(EnterpriseId::CHARS)?;
    Some((enterprise.parse().ok()?, token))
}

pub fn shared_picture(token: &str) -> String {
    format!("/s/{token}/picture.png")
}

/// A file of it: `people.csv`.
pub fn export_file(enterprise: EnterpriseId, file: &str) -> String {
    format!("/e/{enterprise}/export/{file}")
}

pub fn invite(enterprise: EnterpriseId) -> String {
    format!("/e/{enterprise}/invite")
}

pub fn departments(enterprise: EnterpriseId) -> String {
    format!("/e/{enterprise}/departments")
}

/// Which questionnaire is in force.
pub fn questionnaire(enterprise: EnterpriseId) -> String {
    format!("/e/{enterprise}/questionnaire")
}

pub fn roster(enterprise: EnterpriseId) -> String {
    format!("/e/{enterprise}/roster")
}

pub fn roster_import(enterprise: EnterpriseId) -> String {
    format!("/e/{enterprise}/roster/import")
}

/// Where a file for the roster is sent.
pub fn roster_upload(enterprise: EnterpriseId) -> String {
    format!("/e/{enterprise}/roster/upload")
}

/// An empty file for the roster, `csv` or `xlsx`.
pub fn roster_template(enterprise: EnterpriseId, kind: &str) -> String {
    format!("/e/{enterprise}/roster/template.{kind}")
}

/// Who has not declared.
pub fn absent(enterprise: EnterpriseId) -> String {
    format!("/e/{enterprise}/absent")
}

/// When reminders are sent, and were.
pub fn reminders(enterprise: EnterpriseId) -> String {
    format!("/e/{enterprise}/reminders")
}

/// Where reminders and alerts go.
pub fn channels(enterprise: EnterpriseId) -> String {
    format!("/e/{enterprise}/channels")
}

/// The names of all of them, as a file.
pub fn absent_names(enterprise: EnterpriseId) -> String {
    format!("/e/{enterprise}/absent/names.txt")
}

pub fn audit(enterprise: EnterpriseId) -> String {
    format!("/e/{enterprise}/audit")
}

pub fn managers(enterprise: EnterpriseId) -> String {
    format!("/e/{enterprise}/managers")
}

/// What declarations set off.
pub fn alerts(enterprise: EnterpriseId) -> String {
    format!("/e/{enterprise}/alerts")
}

pub fn alert(enterprise: EnterpriseId, alert: uuid::Uuid) -> String {
    format!("/e/{enterprise}/alerts/{}", alert.simple())
}

/// Where a representative decides on a request.
pub fn manager(enterprise: EnterpriseId, request: uuid::Uuid) -> String {
    format!("/e/{enterprise}/managers/{}", request.simple())
}

/// Where somebody asks to become a manager.
pub fn join(enterprise: EnterpriseId, token: &str) -> String {
    format!("/join/{enterprise}/{token}")
}

pub fn qr(enterprise: EnterpriseId) -> String {
    format!("/e/{enterprise}/invite/qr.png")
}

pub fn poster(enterprise: EnterpriseId) -> String {
    format!("/e/{enterprise}/invite/poster.png")
}

/// Signs in and comes back to a local path.
pub fn sign_in(next: &str) -> String {
    with_query(SIGN_IN, format_args!("next={}", encode(next)))
}

/// Signs a representative in by an identity provider, and comes back to a local path.
pub fn sign_in_by(provider: &str, next: &str) -> String {
    format!("/auth/start?provider={provider}&next={}", encode(next))
}

/// Verifies an employee who holds an invitation.
pub fn verify_by(provider: &str, code: &str) -> String {
    format!("/auth/start?provider={provider}&invitation={}", encode(code))
}

/// Verifies the employee whom this device remembers once more, and comes back to a local path.
pub fn verify_again_by(provider: &str, enterprise: EnterpriseId, next: &str) -> String {
    format!("/auth/start?provider={provider}&again={enterprise}&next={}", encode(next))
}

/// Verifies somebody who asks to become a manager; `join` is where they do.
pub fn join_by(provider: &str, join: &str) -> String {
    format!("/auth/start?provider={provider}&join={}", encode(join))
}

/// Verifies whoever is signed in once more, for one thing, and comes back to a local path with a ticket.
pub fn step_up_by(provider: &str, intent: &str, next: &str) -> String {
    format!("/auth/start?provider={provider}&intent={}&next={}", encode(intent), encode(next))
}

/// What became of a verification, and the local path where it can be tried again.
pub fn auth_stopped(error: AppError, again: &str) -> String {
    with_query("/auth/stopped", format_args!("why={error}&again={}", encode(again)))
}

/// Switches the language and comes back to a local path.
pub fn language(tag: &str, next: &str) -> String {
    format!("/language/{tag}?next={}", encode(next))
}

/// The size of text that is not 大字版.
pub const NORMAL: &str = "normal";

/// Switches the size of text and comes back to a local path.
pub fn size(size: &str, next: &str) -> String {
    format!("/size/{size}?next={}", encode(next))
}

/// Percent-encodes one component of a query.
pub fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// A path with a query; an empty query leaves the path alone.
pub fn with_query(path: &str, query: impl Display) -> String {
    let query = query.to_string();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// A path of this site and nothing else: what `next=` may hold. Anything that a browser could read as another host is refused.
pub fn is_local(path: &str) -> bool {
    path.starts_with('/')
        && !path.starts_with("//")
        && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
        && !path.contains("/../")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_site_are_local() {
        for good in ["/", "/e/000000000000?period=7d", "/declare/000000000000"] {
            assert!(is_local(good), "{good}");
        }
        for bad in [
            "",
            "e",
            "//host",
            "/\\host",
            "https://host",
            "\t//host",
            "/\thost",
            "javascript:alert(1)",
            "/e/../..//host",
            "/ x",
            "/\u{202e}",
        ] {
            assert!(!is_local(bad), "{bad}");
        }
    }
}
