//! Who may do what: every kind of person at every door. A route or server function that is missing here fails the build.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use leptos::server_fn::axum::server_fn_paths;
use leptos_axum::generate_route_list;
use reqwest::Response;
use rstest::rstest;
use shenbao::{
    account::{
        caller::Tenant,
        claim,
        model::{DocumentKind, IdDocument, Level, Person, Phone},
        representative,
        token::Token,
    },
    alert::raise,
    app::App,
    db::Db,
    declaration::{
        record::{Record, Row},
        writer::Submission,
    },
    enterprise::{
        model::{Enterprise, Uscc},
        registry::{self, Registration},
    },
    gate::{
        answer::{self, Said},
        model::Verdict,
    },
    id::{EmployeeId, EnterpriseId, ReceiptId},
    questionnaire::{check::check, model::FormValues},
    random,
    roster::import,
};

use crate::{
    support::{Backend, TestServer, column, execute},
    trust::{Attacks, Family},
};

mod foreign;

/// The line of the roster that nobody has claimed.
const LINE: &str = "select id from roster_entry where document_index not in (select document_index from employee)";

const DAY: i64 = 24 * 60 * 60;

/// The kinds of people, in the order of the table's columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// Nobody that the server knows.
    Anonymous,
    /// Someone who claimed and declared on this phone.
    Employee,
    /// The same person, claimed again on another phone: nothing of the first phone's may show here.
    OtherPhone,
    /// Represents the enterprise.
    Representative,
    /// Represents another enterprise, and declares to that one.
    Stranger,
    /// Represented the enterprise until a moment ago, and is still signed in.
    Former,
    /// Was let see figures and people, and share the code.
    Manager,
    /// Was let see figures.
    Clerk,
    /// The same, until a moment ago.
    Revoked,
    /// The same, and the time is over.
    Expired,
    /// The same, by a representative who is none any more.
    Orphaned,
    /// An employee whom a provider has verified.
    Verified,
    /// Was let see figures and people.
    Lister,
    /// The same, of a department that nobody is in.
    Confined,
    /// Was let see figures and share the code.
    Sharer,
    /// Was let see figures, and take out what lists hold, which he may not see.
    Exporter,
    /// Runs the server, and represents an enterprise of their own on it: to run it lets nobody see anything.
    Operator,
}

/// A door: how it is opened, what each actor gets for what exists, and what everyone gets who may open it for what does not
/// exist, and for text that is no identifier at all. 0: it takes none.
pub struct Door(pub &'static str, [u16; 11], u16, u16);

/// `{…}` stands for an identifier of the enterprise that is looked at. Doors that end something stand last.
#[rustfmt::skip]
pub const DOORS: &[Door] = &[
    //    door                                                              anon employee phone2 repr stranger former manager clerk revoked expired orphaned  missing  malformed
    Door("GET /",                                                         [200, 200, 200, 302, 302, 302, 302, 302, 302, 302, 302], 0,       0),
    Door("GET /sign-in",                                                  [200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200], 0,       0),
    Door("GET /auth/start",                                               [404, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404], 0,       0),
    Door("GET /auth/callback",                                            [303, 303, 303, 303, 303, 303, 303, 303, 303, 303, 303], 0,       0),
    Door("GET /auth/stopped",                                             [404, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404], 0,       0),
    Door("GET /enrol",                                                    [200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200], 0,       0),
    Door("GET /account",                                                  [200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200], 0,       0),
    Door("GET /mine",                                                     [200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200], 0,       0),
    Door("GET /i/{code}",                                                 [200, 302, 302, 200, 200, 200, 200, 200, 200, 200, 200], 410,     410),
    Door("POST /i/{code}",                                                [422, 422, 422, 422, 422, 422, 422, 422, 422, 422, 422], 410,     410),
    Door("GET /declare/{enterprise}",                                     [401, 200, 200, 401, 401, 401, 401, 401, 401, 401, 401], 401,     404),
    Door("POST /declare/{enterprise}",                                    [401, 422, 422, 401, 401, 401, 401, 401, 401, 401, 401], 401,     404),
    Door("GET /done/{receipt}",                                           [404, 200, 404, 404, 404, 404, 404, 404, 404, 404, 404], 404,     404),
    Door("GET /done/{receipt}/pass.png",                                  [404, 200, 404, 404, 404, 404, 404, 404, 404, 404, 404], 404,     404),
    Door("GET /g/{pass}",                                                 [200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200], 404,     404),
    Door("GET /gate/{enterprise}",                                        [200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200], 404,     404),
    Door("GET /e/{enterprise}/gate",                                      [401, 401, 401, 200, 404, 404, 200, 404, 404, 404, 404], 404,     404),
    Door("POST /e/{enterprise}/gate name=a",                              [401, 401, 401, 422, 404, 404, 404, 404, 404, 404, 404], 404,     404),
    Door("POST /api/gate enterprise={enterprise}",                        [401, 401, 401, 200, 404, 404, 200, 404, 404, 404, 404], 404,     404),
    Door("GET /e",                                                        [401, 401, 401, 200, 200, 200, 200, 200, 200, 200, 200], 0,       0),
    Door("GET /e/{enterprise}",                                           [401, 401, 401, 200, 404, 404, 200, 200, 404, 404, 404], 404,     404),
    Door("GET /e/{enterprise}/people",                                    [401, 401, 401, 200, 404, 404, 200, 404, 404, 404, 404], 404,     404),
    Door("GET /e/{enterprise}/people/{employee}",                         [401, 401, 401, 200, 404, 404, 200, 404, 404, 404, 404], 404,     404),
    Door("GET /e/{enterprise}/people/{employee}/declare",                   [401, 401, 401, 200, 404, 404, 200, 404, 404, 404, 404], 404,     404),
    Door("POST /e/{enterprise}/people/{employee}/declare",                  [401, 401, 401, 422, 404, 404, 422, 404, 404, 404, 404], 404,     404),
    Door("POST /api/declare-for enterprise={enterprise}&employee={employee}", [401, 401, 401, 200, 404, 404, 200, 404, 404, 404, 404], 404,     404),
    Door("GET /e/{enterprise}/roster/{line}/declare",                       [401, 401, 401, 200, 404, 404, 200, 404, 404, 404, 404], 404,     404),
    Door("POST /e/{enterprise}/roster/{line}/declare",                      [401, 401, 401, 422, 404, 404, 422, 404, 404, 404, 404], 404,     404),
    Door("POST /api/declare-for-line enterprise={enterprise}&line={line}",  [401, 401, 401, 200, 404, 404, 200, 404, 404, 404, 404], 404,     404),
    Door("GET /e/{enterprise}/export",                                    [401, 401, 401, 200, 404, 404, 404, 404, 404, 404, 404], 404,     404),
    Door("GET /e/{enterprise}/export/{file}",                             [401, 401, 401, 303, 404, 404, 404, 404, 404, 404, 404], 404,     404),
    Door("GET /e/{enterprise}/trend",                                     [401, 401, 401, 200, 404, 404, 200, 200, 404, 404, 404], 404,     404),
    Door("GET /e/{enterprise}/report",                                    [401, 401, 401, 200, 404, 404, 200, 200, 404, 404, 404], 404,     404),
    Door("GET /e/{enterprise}/report.png",                                [401, 401, 401, 200, 404, 404, 200, 200, 404, 404, 404], 404,     404),
    Door("GET /e/{enterprise}/share",                                     [401, 401, 401, 200, 404, 404, 404, 404, 404, 404, 404], 404,     404),
    Door("POST /e/{enterprise}/share hours=24",                           [401, 401, 401, 422, 404, 404, 404, 404, 404, 404, 404], 404,     404),
    Door("GET /s/{shared}",                                               [200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200], 410,     410),
    Door("GET /s/{shared}/picture.png",                                   [200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200], 410,     410),
    Door("GET /e/{enterprise}/invite",                                    [401, 401, 401, 200, 404, 404, 200, 404, 404, 404, 404], 404,     404),
    Door("GET /e/{enterprise}/invite/qr.png",                             [401, 401, 401, 200, 404, 404, 200, 404, 404, 404, 404], 404,     404),
    Door("GET /e/{enterprise}/invite/poster.png",                         [401, 401, 401, 200, 404, 404, 200, 404, 404, 404, 404], 404,     404),
    Door("GET /e/{enterprise}/audit",                                     [401, 401, 401, 200, 404, 404, 404, 404, 404, 404, 404], 404,     404),
    Door("GET /e/{enterprise}/alerts",                                    [401, 401, 401, 200, 404, 404, 200, 404, 404, 404, 404], 404,     404),
    Door("GET /e/{enterprise}/alerts/{alert}",                            [401, 401, 401, 200, 404, 404, 200, 404, 404, 404, 404], 404,     404),
    Door("POST /e/{enterprise}/alerts here=",                             [401, 401, 401, 303, 404, 404, 303, 404, 404, 404, 404], 404,     404),
    Door("POST /e/{enterprise}/alerts/{alert} action=numbers",            [401, 401, 401, 200, 404, 404, 200, 404, 404, 404, 404], 404,     404),
    Door("POST /api/alerts enterprise={enterprise}&query=",               [401, 401, 401, 200, 404, 404, 200, 404, 404, 404, 404], 404,     404),
    Door("POST /api/alert enterprise={enterprise}&alert={alert}",         [401, 401, 401, 200, 404, 404, 200, 404, 404, 404, 404], 404,     404),
    Door("GET /messages/events",                                          [401, 401, 401, 200, 200, 200, 200, 200, 200, 200, 200], 0,       0),
    Door("POST /api/unread",                                              [401, 401, 401, 200, 200, 200, 200, 200, 200, 200, 200], 0,       0),
    Door("POST /messages read=all",                                       [401, 401, 401, 303, 303, 303, 303, 303, 303, 303, 303], 0,       0),
    Door("GET /e/{enterprise}/managers",                                  [401, 401, 401, 200, 404, 404, 404, 404, 404, 404, 404], 404, 404),
    Door("GET /e/{enterprise}/managers/{request}",                        [401, 401, 401, 200, 404, 404, 404, 404, 404, 404, 404], 404, 404),
    Door("GET /messages",                                                 [401, 401, 401, 200, 200, 200, 200, 200, 200, 200, 200], 0, 0),
    Door("GET /join/{enterprise}/{token}",                                [200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200], 410, 410),
    Door("POST /join/{enterprise}/{token}",                               [422, 422, 422, 422, 422, 422, 422, 422, 422, 422, 422], 410, 410),
    Door("GET /language/{tag}",                                           [303, 303, 303, 303, 303, 303, 303, 303, 303, 303, 303], 0,       0),
    Door("GET /size/{size}",                                              [303, 303, 303, 303, 303, 303, 303, 303, 303, 303, 303], 0,       0),
    Door("GET /style",                                                    [200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200], 0,       0),
    Door("GET /offline",                                                   [200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200], 0,       0),
    Door("GET /sw.js",                                                     [200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200], 0,       0),
    Door("GET /pending.js",                                                [200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200], 0,       0),
    Door("GET /notice.js",                                                 [200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200], 0,       0),
    Door("GET /manifest.webmanifest",                                      [200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200], 0,       0),
    Door("GET /icon-192.png",                                              [200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200], 0,       0),
    Door("GET /icon-512.png",                                              [200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200], 0,       0),
    Door("GET /icon-maskable.png",                                         [200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200], 0,       0),
    Door("GET /apple-touch-icon.png",                                      [200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200], 0,       0),
    Door("GET /healthz",                                                  [200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200], 0,       0),
    Door("GET /readyz",                                                   [200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200], 0,       0),
    Door("POST /api/entry",                                               [200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200], 0,       0),
    Door("POST /api/account",                                             [200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200], 0,       0),
    Door("POST /api/enrolment-check link={link}",                         [200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200], 410,     410),
    Door("POST /api/enrolment-start link={link}&last_six=000000",         [200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200], 410,     410),
    Door("POST /api/enrolment-finish ticket={link}&credential={}",        [401, 401, 401, 401, 401, 401, 401, 401, 401, 401, 401], 401,     401),
    Door("POST /api/sign-in-form",                                        [200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200], 0,       0),
    Door("POST /api/sign-in-start",                                       [200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200], 0,       0),
    Door("POST /api/sign-in-finish ticket={link}&credential={}",          [401, 401, 401, 401, 401, 401, 401, 401, 401, 401, 401], 401,     401),
    Door("POST /api/demo-enter",                                          [404, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404], 0,       0),
    Door("POST /api/claim-form code={code}",                              [200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200], 410,     410),
    Door("POST /api/declaration-form enterprise={enterprise}&same=false", [401, 200, 200, 401, 401, 401, 401, 401, 401, 401, 401], 401,     400),
    Door("POST /api/declare enterprise={enterprise}&form=",               [401, 200, 200, 401, 401, 401, 401, 401, 401, 401, 401], 401,     400),
    Door("POST /api/receipt receipt={receipt}",                           [404, 200, 404, 404, 404, 404, 404, 404, 404, 404, 404], 404,     400),
    Door("POST /api/mine",                                                [200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200], 0,       0),
    Door("POST /api/enterprises",                                         [401, 401, 401, 200, 200, 200, 200, 200, 200, 200, 200], 0,       0),
    Door("POST /api/statistics enterprise={enterprise}&query=",           [401, 401, 401, 200, 404, 404, 200, 200, 404, 404, 404], 404,     404),
    Door("POST /api/people enterprise={enterprise}&query=",               [401, 401, 401, 200, 404, 404, 200, 404, 404, 404, 404], 404,     404),
    Door("POST /api/person enterprise={enterprise}&employee={employee}&query=",
                                                                          [401, 401, 401, 200, 404, 404, 200, 404, 404, 404, 404], 404,     404),
    Door("POST /api/export enterprise={enterprise}&query=",               [401, 401, 401, 200, 404, 404, 404, 404, 404, 404, 404], 404,     404),
    Door("POST /api/allow-export enterprise={enterprise}&query=&ticket={link}&credential=",
                                                                          [401, 401, 401, 401, 404, 404, 404, 404, 404, 404, 404], 404,     404),
    Door("POST /api/trend enterprise={enterprise}&query=",                [401, 401, 401, 200, 404, 404, 200, 200, 404, 404, 404], 404,     404),
    Door("POST /api/report enterprise={enterprise}&query=",               [401, 401, 401, 200, 404, 404, 200, 200, 404, 404, 404], 404,     404),
    Door("POST /api/share enterprise={enterprise}&query=",                [401, 401, 401, 200, 404, 404, 404, 404, 404, 404, 404], 404,     404),
    Door("POST /api/shared token={shared}",                               [200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200], 410,     410),
    Door("POST /api/invitation enterprise={enterprise}",                  [401, 401, 401, 200, 404, 404, 200, 404, 404, 404, 404], 404,     400),
    Door("POST /api/replace-invitation enterprise={enterprise}&grace=24h&confirmed=true",
                                                                          [401, 401, 401, 200, 404, 404, 404, 404, 404, 404, 404], 404,     400),
    Door("POST /api/audit enterprise={enterprise}&query=",                [401, 401, 401, 200, 404, 404, 404, 404, 404, 404, 404], 404,     404),
    Door("POST /api/messages",                                            [401, 401, 401, 200, 200, 200, 200, 200, 200, 200, 200], 0, 0),
    Door("POST /api/join-form enterprise={enterprise}&token={token}",     [200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200], 410, 410),
    Door("POST /api/managers enterprise={enterprise}",                    [401, 401, 401, 200, 404, 404, 404, 404, 404, 404, 404], 404, 404),
    Door("POST /api/manager-request enterprise={enterprise}&request={request}&query=",
                                                                          [401, 401, 401, 200, 404, 404, 404, 404, 404, 404, 404], 404, 404),
    Door("POST /e/{enterprise}/managers hours=24",                        [401, 401, 401, 200, 404, 404, 404, 404, 404, 404, 404], 404, 404),
    Door("POST /api/grant-manager enterprise={enterprise}&request={request}&query=days%3D30&ticket={link}&credential=",
                                                                          [401, 401, 401, 401, 404, 404, 404, 404, 404, 404, 404], 404, 404),
    Door("POST /api/decline-manager enterprise={enterprise}&request={request}",
                                                                          [401, 401, 401, 200, 404, 404, 404, 404, 404, 404, 404], 404, 404),
    Door("POST /api/revoke-manager enterprise={enterprise}&grant={grant}",
                                                                          [401, 401, 401, 200, 404, 404, 404, 404, 404, 404, 404], 404, 404),
    Door("POST /api/end-manager-invitation enterprise={enterprise}&invitation={invitation}",
                                                                          [401, 401, 401, 200, 404, 404, 404, 404, 404, 404, 404], 404, 404),
    Door("GET /mine/{enterprise}",                                       [401, 200, 200, 401, 401, 401, 401, 401, 401, 401, 401],    401,     404),
    Door("GET /mine/{enterprise}/copy.json",                             [401, 200, 200, 401, 401, 401, 401, 401, 401, 401, 401],    401,     404),
    Door("POST /mine/{enterprise} form=ask-correction&note=",            [401, 422, 422, 401, 401, 401, 401, 401, 401, 401, 401],    401,     404),
    Door("POST /e/{enterprise}/people/{employee}",                       [401, 401, 401, 200, 404, 404, 200, 404, 404, 404, 404],    404,     404),
    Door("GET /e/{enterprise}/requests",                                 [401, 401, 401, 200, 404, 404, 404, 404, 404, 404, 404],    404,     404),
    Door("POST /e/{enterprise}/requests request={employee}&to=done",     [401, 401, 401, 404, 404, 404, 404, 404, 404, 404, 404],    404,     404),
    Door("GET /e/{enterprise}/departments",                              [401, 401, 401, 200, 404, 404, 404, 404, 404, 404, 404],    404,     404),
    Door("POST /e/{enterprise}/departments action=add",                  [401, 401, 401, 422, 404, 404, 404, 404, 404, 404, 404],    404,     404),
    Door("GET /e/{enterprise}/questionnaire",                            [401, 401, 401, 200, 404, 404, 404, 404, 404, 404, 404],    404,     404),
    Door("POST /e/{enterprise}/questionnaire code=a",                    [401, 401, 401, 422, 404, 404, 404, 404, 404, 404, 404],    404,     404),
    Door("POST /api/questionnaires enterprise={enterprise}&query=",      [401, 401, 401, 200, 404, 404, 404, 404, 404, 404, 404],    404,     404),
    Door("POST /api/departments enterprise={enterprise}&query=",         [401, 401, 401, 200, 404, 404, 404, 404, 404, 404, 404],    404,     404),
    Door("POST /api/confirm-person enterprise={enterprise}&employee={employee}",
                                                                         [401, 401, 401, 404, 404, 404, 404, 404, 404, 404, 404],    404,     400),
    Door("POST /api/set-department enterprise={enterprise}&employee={employee}&department=0",
                                                                         [401, 401, 401, 200, 404, 404, 404, 404, 404, 404, 404],    404,     400),
    Door("GET /e/{enterprise}/roster",                                   [401, 401, 401, 200, 404, 404, 200, 404, 404, 404, 404],    404,     404),
    Door("GET /e/{enterprise}/absent",                                   [401, 401, 401, 200, 404, 404, 200, 404, 404, 404, 404],    404,     404),
    Door("GET /e/{enterprise}/absent/names.txt",                         [401, 401, 401, 200, 404, 404, 200, 404, 404, 404, 404],    404,     404),
    Door("GET /e/{enterprise}/roster/import",                            [401, 401, 401, 200, 404, 404, 404, 404, 404, 404, 404],    404,     404),
    Door("GET /e/{enterprise}/roster/template.csv",                      [401, 401, 401, 200, 404, 404, 404, 404, 404, 404, 404],    404,     404),
    Door("GET /e/{enterprise}/roster/template.xlsx",                     [401, 401, 401, 200, 404, 404, 404, 404, 404, 404, 404],    404,     404),
    Door("POST /e/{enterprise}/roster action=add",                       [401, 401, 401, 422, 404, 404, 404, 404, 404, 404, 404],    404,     404),
    Door("POST /e/{enterprise}/roster/import action=import&upload={request}",
                                                                         [401, 401, 401, 422, 404, 404, 404, 404, 404, 404, 404],    404,     404),
    Door("POST /e/{enterprise}/roster/upload",                           [401, 401, 401, 422, 404, 404, 404, 404, 404, 404, 404],    404,     404),
    Door("POST /api/roster enterprise={enterprise}&query=",              [401, 401, 401, 200, 404, 404, 200, 404, 404, 404, 404],    404,     404),
    Door("POST /api/roster-import enterprise={enterprise}&query=",       [401, 401, 401, 200, 404, 404, 404, 404, 404, 404, 404],    404,     404),
    Door("POST /api/absent enterprise={enterprise}&query=",              [401, 401, 401, 200, 404, 404, 200, 404, 404, 404, 404],    404,     404),
    Door("GET /e/{enterprise}/channels",                                 [401, 401, 401, 200, 404, 404, 404, 404, 404, 404, 404],    404,     404),
    Door("POST /e/{enterprise}/channels action=add",                     [401, 401, 401, 422, 404, 404, 404, 404, 404, 404, 404],    404,     404),
    Door("GET /e/{enterprise}/reminders",                                [401, 401, 401, 200, 404, 404, 404, 404, 404, 404, 404],    404,     404),
    Door("POST /e/{enterprise}/reminders action=now",                    [401, 401, 401, 303, 404, 404, 404, 404, 404, 404, 404],    404,     404),
    Door("POST /api/reminders enterprise={enterprise}",                  [401, 401, 401, 200, 404, 404, 404, 404, 404, 404, 404],    404,     404),
    Door("POST /api/channels enterprise={enterprise}",                   [401, 401, 401, 200, 404, 404, 404, 404, 404, 404, 404],    404,     404),
    Door("POST /api/rights enterprise={enterprise}&text=false",           [401, 200, 200, 401, 401, 401, 401, 401, 401, 401, 401],    401,     404),
    Door("POST /api/requests enterprise={enterprise}",                   [401, 401, 401, 200, 404, 404, 404, 404, 404, 404, 404],    404,     404),
    Door("POST /api/delete-person enterprise={enterprise}&request={employee}&ticket={link}&credential={}",
                                                                         [401, 401, 401, 404, 404, 404, 404, 404, 404, 404, 404],    404,     404),
    Door("POST /api/end-share enterprise={enterprise}&share={share}",    [401, 401, 401, 200, 404, 404, 404, 404, 404, 404, 404],    404,     404),
    Door("POST /api/forget-device enterprise={enterprise}",               [401, 200, 200, 401, 401, 401, 401, 401, 401, 401, 401], 401,     400),
    Door("POST /api/step-up intent=\"add-passkey\"",                      [401, 401, 401, 401, 401, 401, 401, 401, 401, 401, 401], 0,       0),
    Door("POST /api/passkey-start ticket={link}&credential={}",           [401, 401, 401, 401, 401, 401, 401, 401, 401, 401, 401], 401,     401),
    Door("POST /api/passkey-finish ticket={link}&credential={}",          [401, 401, 401, 401, 401, 401, 401, 401, 401, 401, 401], 401,     401),
    Door("POST /api/passkey-remove passkey=AAAA&ticket={link}&credential={}",
                                                                          [401, 401, 401, 401, 401, 401, 401, 401, 401, 401, 401], 401,     401),
    Door("POST /api/passkey-rename passkey=AAAA&name=a",                  [401, 401, 401, 404, 404, 404, 404, 404, 404, 404, 404], 0,       0),
    Door("POST /api/end-session session=AAAA",                            [401, 401, 401, 404, 404, 404, 404, 404, 404, 404, 404], 0,       0),
    Door("GET /e/{enterprise}/tablets",                                   [401, 401, 401, 200, 404, 404, 404, 404, 404, 404, 404], 404,     404),
    Door("POST /e/{enterprise}/tablets name=a",                           [401, 401, 401, 200, 404, 404, 404, 404, 404, 404, 404], 404,     404),
    Door("POST /api/tablets enterprise={enterprise}",                     [401, 401, 401, 200, 404, 404, 404, 404, 404, 404, 404], 404,     404),
    Door("GET /tablet",                                                   [410, 410, 410, 410, 410, 410, 410, 410, 410, 410, 410], 0,       0),
    Door("POST /tablet",                                                  [410, 410, 410, 410, 410, 410, 410, 410, 410, 410, 410], 0,       0),
    Door("POST /api/tablet-form",                                         [410, 410, 410, 410, 410, 410, 410, 410, 410, 410, 410], 0,       0),
    Door("GET /tablet/{tablet}",                                          [200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200], 410,     410),
    Door("POST /api/tablet-link link={tablet}",                           [200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200], 410,     410),
    Door("POST /api/sign-out",                                            [200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200], 0,       0),
    Door("POST /tablet/{tablet}",                                         [303, 303, 303, 303, 303, 303, 303, 303, 303, 303, 303], 410,     410),
];

impl Door {
    /// What an actor gets. Those who stand in no column of their own get what others get.
    fn expected(&self, actor: Actor) -> u16 {
        let column = |like: Actor| self.1[like as usize];
        let lent = column(Actor::Manager) != column(Actor::Clerk);
        let sharing = self.0.contains("invit") || self.0.contains("gate");
        match actor {
            Actor::Verified => column(Actor::Employee),
            Actor::Confined if lent && ["{employee}", "{line}", "{alert}"].iter().any(|one| self.0.contains(one)) => column(Actor::Clerk),
            Actor::Lister | Actor::Confined if sharing => column(Actor::Clerk),
            Actor::Sharer if !sharing => column(Actor::Clerk),
            Actor::Lister | Actor::Confined | Actor::Sharer => column(Actor::Manager),
            Actor::Exporter if self.0.contains("export") => column(Actor::Representative),
            Actor::Exporter => column(Actor::Clerk),
            Actor::Operator => column(Actor::Stranger),
            own => column(own),
        }
    }

    /// `GET /e/{enterprise}`, without what is posted.
    fn name(&self) -> String {
        self.0.split_whitespace().take(2).collect::<Vec<_>>().join(" ")
    }

    fn takes_identifiers(&self) -> bool {
        self.0.contains("{enterprise}")
            || self.0.contains("{receipt}")
            || self.0.contains("{code}")
            || self.0.contains("{link}")
            || self.0.contains("{shared}")
            || self.0.contains("{pass}")
            || self.0.contains("{tablet}")
    }
}

/// The identifiers of one thing that may be looked at.
#[derive(Clone)]
pub struct Target {
    enterprise: String,
    employee: String,
    receipt: String,
    code: String,
    link: String,
    request: String,
    grant: String,
    invitation: String,
    token: String,
    share: String,
    shared: String,
    tablet: String,
    alert: String,
    line: String,
    pass: String,
}

impl Target {
    fn missing() -> Self {
        let enterprise = EnterpriseId::from_bits(0x0000_dead_beef_0000).to_string();
        Self {
            employee: EmployeeId(random::uuid()).to_string(),
            receipt: format!("{enterprise}-1"),
            code: format!("{enterprise}0000000000"),
            link: Token::new().text(),
            request: random::uuid().simple().to_string(),
            grant: random::uuid().simple().to_string(),
            invitation: random::uuid().simple().to_string(),
            token: Token::new().text(),
            share: random::uuid().simple().to_string(),
            shared: format!("{enterprise}{}", Token::new().text()),
            tablet: format!("{enterprise}{}", Token::new().text()),
            alert: random::uuid().simple().to_string(),
            line: random::uuid().simple().to_string(),
            pass: "A".repeat(128),
            enterprise,
        }
    }

    fn malformed() -> Self {
        let text = || "%E2%80%AEx".to_owned();
        Self {
            enterprise: text(),
            employee: text(),
            receipt: text(),
            code: text(),
            link: text(),
            request: text(),
            grant: text(),
            invitation: text(),
            token: text(),
            share: text(),
            shared: text(),
            tablet: text(),
            alert: text(),
            line: text(),
            pass: text(),
        }
    }

    fn identifiers(&self) -> [(&'static str, &str); 15] {
        [
            ("{enterprise}", &self.enterprise),
            ("{employee}", &self.employee),
            ("{receipt}", &self.receipt),
            ("{code}", &self.code),
            ("{link}", &self.link),
            ("{line}", &self.line),
            ("{request}", &self.request),
            ("{grant}", &self.grant),
            ("{invitation}", &self.invitation),
            ("{token}", &self.token),
            ("{share}", &self.share),
            ("{shared}", &self.shared),
            ("{tablet}", &self.tablet),
            ("{alert}", &self.alert),
            ("{pass}", &self.pass),
        ]
    }

    pub fn fill(&self, text: &str) -> String {
        fill(text, &self.identifiers())
    }
}

fn fill(text: &str, identifiers: &[(&str, &str)]) -> String {
    identifiers
        .iter()
        .chain([&("{tag}", "en"), &("{size}", "large"), &("{file}", "people.csv")])
        .fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
}

/// The same answer for other identifiers, as far as these stand in it.
fn blank(text: &str, identifiers: &[(&str, &str)]) -> String {
    let mut own: Vec<&str> = identifiers.iter().map(|(_, id)| *id).collect();
    own.sort_by_key(|id| std::cmp::Reverse(id.len()));
    own.iter().fold(text.to_owned(), |text, id| text.replace(id, "…"))
}

/// What somebody gets at a door: byte for byte, but for what is different each time and for the identifiers asked about.
#[derive(Clone, PartialEq, Eq)]
struct Answer {
    status: u16,
    headers: String,
    body: String,
}

/// A door, opened with these cookies and identifiers.
async fn knock(server: &TestServer, cookie: &str, door: &str, identifiers: &[(&str, &str)]) -> Answer {
    let mut parts = door.splitn(3, ' ');
    let (method, path) = (parts.next().unwrap(), fill(parts.next().unwrap(), identifiers));
    let form = fill(parts.next().unwrap_or_default(), identifiers);
    let request = server.client().request(method.parse().unwrap(), server.link(&path));
    let mut request = request.header("cookie", cookie).header("sec-fetch-site", "same-origin");
    if path.starts_with("/api/") {
        request = request.header("accept", "application/json");
    }
    if method == "POST" {
        request = request.header("origin", &server.url).header("content-type", "application/x-www-form-urlencoded").body(form);
    }
    let response = request.send().await.unwrap();
    let (status, nonce, headers) = (response.status().as_u16(), nonce(&response), headers(&response));
    // It goes on for as long as somebody listens.
    if headers.contains("text/event-stream") {
        return Answer { status, headers, body: String::new() };
    }
    let text = String::from_utf8_lossy(&response.bytes().await.unwrap()).into_owned();
    let same = |text: &str| blank(&if nonce.is_empty() { text.to_owned() } else { text.replace(&nonce, "…") }, identifiers);
    Answer { status, headers: same(&headers), body: same(&text) }
}

/// All that an answer says of itself, but when it was made; its length goes with its body.
fn headers(response: &Response) -> String {
    let own = response.headers().iter().filter(|(name, _)| !matches!(name.as_str(), "date" | "content-length" | "x-request-id"));
    let mut lines: Vec<String> = own.map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value.as_bytes()))).collect();
    lines.sort();
    lines.join("\n")
}

/// An enterprise in which someone declared, and an actor who looks at it.
pub struct Scene {
    pub server: TestServer,
    pub cookie: String,
    pub target: Target,
}

impl Scene {
    pub async fn of(backend: Backend, actor: Actor) -> Self {
        let server = TestServer::start(backend).await;
        let (enterprise, code) = enterprise(&server, "91350100M000100Y43").await;
        let (elsewhere, _) = self::enterprise(&server, "91110000600037341L").await;
        let (tenant, state) = (Tenant::of_operator(enterprise.id), &server.state);
        let representative = representative::appoint(&state.db, &state.vault, state.clock.now(), tenant, &person(1)).await.unwrap();
        let link = representative::invite(&state.db, &state.vault, state.clock.now(), tenant, representative).await.unwrap().text();
        let (employee, phone) = claimed(&server, enterprise.id).await;
        let receipt = declare(&server, &enterprise, employee).await;
        let staff = [7, 8].map(person);
        let lines = staff.map(|person| format!("{},{}", person.name, person.document.number())).join("\n");
        assert!(import::import_by_operator(state, tenant, &format!("姓名,证件号码\n{lines}\n")).await.unwrap());
        let lend = async |by, permissions: &str, secs, ending: Option<&str>| {
            let manager = server.viewer(&person(3)).await;
            server.lend(enterprise.id, by, manager, permissions, secs, ending).await;
            manager
        };
        let delegated = server.ask_to_manage(enterprise.id, representative, &person(4)).await;
        let other = server.viewer(&person(5)).await;
        let grant = server.lend(enterprise.id, representative, other, "statistics", DAY, None).await;
        let cookie = match actor {
            Actor::Anonymous => String::new(),
            Actor::Employee => phone,
            Actor::OtherPhone => claimed(&server, enterprise.id).await.1,
            Actor::Representative => session(&server, representative).await,
            Actor::Stranger => {
                let tenant = Tenant::of_operator(elsewhere.id);
                let stranger = representative::appoint(&state.db, &state.vault, state.clock.now(), tenant, &person(2)).await.unwrap();
                format!("{}; {}", session(&server, stranger).await, claimed(&server, elsewhere.id).await.1)
            }
            Actor::Former => {
                let former = representative::appoint(&state.db, &state.vault, state.clock.now(), tenant, &person(2)).await.unwrap();
                let cookie = session(&server, former).await;
                assert!(representative::dismiss(&state.db, &state.vault, state.clock.now(), tenant, former).await.unwrap());
                cookie
            }
            Actor::Manager => session(&server, lend(representative, "statistics people invite", DAY, None).await).await,
            Actor::Clerk => session(&server, lend(representative, "statistics", DAY, None).await).await,
            Actor::Revoked => session(&server, lend(representative, "statistics people invite", DAY, Some("revoked")).await).await,
            Actor::Expired => session(&server, lend(representative, "statistics people invite", 0, None).await).await,
            Actor::Orphaned => {
                let former = representative::appoint(&state.db, &state.vault, state.clock.now(), tenant, &person(2)).await.unwrap();
                let manager = lend(former, "statistics people invite", DAY, None).await;
                assert!(representative::dismiss(&state.db, &state.vault, state.clock.now(), tenant, former).await.unwrap());
                session(&server, manager).await
            }
            Actor::Verified => {
                assert!(execute(&state.db, "update device set level = 'face'").await > 0);
                phone
            }
            Actor::Lister => session(&server, lend(representative, "statistics people", DAY, None).await).await,
            Actor::Confined => {
                let manager = server.viewer(&person(3)).await;
                let grant = server.lend(enterprise.id, representative, manager, "statistics people", DAY, None).await;
                server.confine(enterprise.id, grant, 1).await;
                session(&server, manager).await
            }
            Actor::Sharer => session(&server, lend(representative, "statistics invite", DAY, None).await).await,
            Actor::Exporter => session(&server, lend(representative, "statistics export", DAY, None).await).await,
            Actor::Operator => {
                let tenant = Tenant::of_operator(elsewhere.id);
                let own = representative::appoint(&state.db, &state.vault, state.clock.now(), tenant, &person(2)).await.unwrap();
                session(&server, own).await
            }
        };
        // Last: with a representative who is dismissed end all that were made before.
        let (share, shared) = server.share(enterprise.id).await;
        let pass = pass(&server, &enterprise, &receipt).await;
        let target = Target {
            enterprise: enterprise.id.to_string(),
            employee: employee.to_string(),
            receipt,
            code,
            link,
            request: delegated.request.simple().to_string(),
            grant: grant.simple().to_string(),
            invitation: delegated.invitation.simple().to_string(),
            token: delegated.token,
            share: share.simple().to_string(),
            shared,
            tablet: server.tablet(enterprise.id).await.1,
            alert: column::<uuid::Uuid>(&state.db, "select id from alert").await[0].simple().to_string(),
            line: column::<uuid::Uuid>(&state.db, LINE).await[0].simple().to_string(),
            pass,
        };
        Self { server, cookie, target }
    }

    async fn knock(&self, door: &str, target: &Target) -> Answer {
        knock(&self.server, &self.cookie, door, &target.identifiers()).await
    }
}

/// The one part of an answer that is different each time.
fn nonce(response: &Response) -> String {
    let policy = response.headers().get("content-security-policy").and_then(|policy| policy.to_str().ok()).unwrap_or_default();
    policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).unwrap_or_default().to_owned()
}

fn person(sequence: u32) -> Person {
    let body = format!("99999919800101{sequence:03}");
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: usize = body.bytes().zip(weights).map(|(digit, weight)| usize::from(digit - b'0') * weight).sum();
    let number = format!("{body}{}", char::from(b"10X98765432"[sum % 11]));
    Person {
        name: format!("测试{sequence}"),
        document: IdDocument::parse(DocumentKind::ResidentId, &number).unwrap(),
        phone: Phone::parse("13900000000").ok(),
    }
}

async fn enterprise(server: &TestServer, uscc: &str) -> (Enterprise, String) {
    let registration = Registration {
        uscc: Uscc::parse(uscc).unwrap(),
        name: format!("试验企业 {uscc}"),
        timezone: chrono_tz::Asia::Shanghai,
        questionnaire: "guangdong-2020".to_owned(),
        representative: None,
    };
    let (db, vault, clock) = (&server.state.db, &server.state.vault, &server.state.clock);
    let (enterprise, code) = registry::add(db, vault, clock, registration).await.unwrap();
    (enterprise, code.as_str().to_owned())
}

/// Someone's phone after a claim: who they are, and the cookie that remembers them. It is always the same person.
async fn claimed(server: &TestServer, enterprise: EnterpriseId) -> (EmployeeId, String) {
    let (db, vault, now) = (&server.state.db, &server.state.vault, server.state.clock.now());
    let claimed = claim::claim(db, vault, now, Tenant::of_operator(enterprise), &person(7)).await.unwrap();
    (claimed.employee, format!("shenbao-device-{enterprise}={}", claimed.secret.text()))
}

async fn declare(server: &TestServer, enterprise: &Enterprise, employee: EmployeeId) -> String {
    let (state, key) = (&server.state, random::uuid());
    let keys = state.vault.keys(&state.db, enterprise.id).await.unwrap();
    let record =
        Record { answers: BTreeMap::new(), residence: "广州".to_owned(), level: Level::Claimed, alerts: Vec::new(), on_behalf: None };
    let (day, version) = (enterprise.today(&state.clock), state.catalogue.newest(&enterprise.questionnaire).unwrap().version);
    let questionnaire = state.catalogue.newest(&enterprise.questionnaire).unwrap();
    let fields = [("travel", "no"), ("symptoms", "contact"), ("temperature", "36.5")];
    let fields = FormValues::from_pairs(fields.map(|(field, value)| (field.to_owned(), value.to_owned())));
    let answers = check(&questionnaire, &fields, day).unwrap();
    let alert = raise::of(state, Tenant::of_operator(enterprise.id), &keys, (employee, day), &questionnaire, &answers).await.unwrap();
    let row = Row { submission: key, employee, day, questionnaire: &enterprise.questionnaire, version: i64::from(version) };
    let submission = Submission {
        enterprise: enterprise.id,
        employee,
        day,
        submitted_at: state.clock.now(),
        key,
        questionnaire: enterprise.questionnaire.clone(),
        version,
        record: record.seal(&keys, row),
        alert,
        unless_since: None,
        entry: None,
    };
    state.writer.submit(submission).await.unwrap().unwrap().to_string()
}

/// What stands in the QR code of a receipt.
async fn pass(server: &TestServer, enterprise: &Enterprise, receipt: &str) -> String {
    let (change, day) = (receipt.parse::<ReceiptId>().unwrap().change, enterprise.today(&server.state.clock));
    let said = Said { change, day, verdict: Verdict::Pass, name: "丁" };
    let link = answer::sign(&server.state, Tenant::of_operator(enterprise.id), &said).await.unwrap();
    link.split("/g/").nth(1).unwrap().split('#').next().unwrap().to_owned()
}

/// A session as a passkey would have opened it.
pub async fn session(server: &TestServer, representative: uuid::Uuid) -> String {
    let (token, now) = (Token::new(), server.state.clock.now());
    let statement = "insert into session (token_hash, viewer_id, level, verified_at, created_at, seen_at, expires_at)
        values ($1, $2, 'passkey', $3, $3, $3, $4)";
    macro_rules! insert {
        ($pool:expr) => {
            sqlx::query(statement)
                .bind(token.hash().0.to_vec())
                .bind(representative)
                .bind(now)
                .bind(now.plus_secs(3600))
                .execute($pool)
                .await
                .map(drop)
        };
    }
    match &server.state.db {
        Db::Sqlite(sqlite) => insert!(&sqlite.write),
        Db::Postgres(pool) => insert!(pool),
    }
    .unwrap();
    format!("shenbao={}", token.text())
}

#[rstest]
#[tokio::test]
async fn everyone_gets_what_is_theirs(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[values(
        Actor::Anonymous,
        Actor::Employee,
        Actor::OtherPhone,
        Actor::Representative,
        Actor::Stranger,
        Actor::Former,
        Actor::Manager,
        Actor::Clerk,
        Actor::Revoked,
        Actor::Expired,
        Actor::Orphaned,
        Actor::Verified,
        Actor::Lister,
        Actor::Confined,
        Actor::Sharer,
        Actor::Exporter,
        Actor::Operator
    )]
    actor: Actor,
) {
    let scene = Scene::of(backend, actor).await;
    let (missing, malformed) = (Target::missing(), Target::malformed());
    let (mut wrong, mut attacks) = (Vec::new(), Attacks::of(Family::Matrix));
    for door in DOORS {
        let Door(name, _, if_missing, if_malformed) = door;
        let expected = door.expected(actor);
        let mut unseen = None;
        if *if_malformed != 0 {
            let status = scene.knock(name, &malformed).await.status;
            if status != *if_malformed {
                wrong.push(format!("{name}: {status} instead of {if_malformed} for malformed identifiers"));
            }
            unseen = Some(scene.knock(name, &missing).await);
        }
        let answer = scene.knock(name, &scene.target).await;
        let (status, tells) = (answer.status, unseen.as_ref().is_some_and(|unseen| *unseen != answer));
        // What is their own is refused for want of a verification: that it is there they may know.
        let theirs =
            matches!(actor, Actor::Representative | Actor::Exporter) && name.contains("&ticket=") && (expected, *if_missing) == (401, 404);
        if expected >= 400 && expected != 422 && !theirs {
            attacks.tried(status < 400 || tells, format_args!("{actor:?} at {name}: {status}"));
        }
        if status != expected {
            wrong.push(format!("{name}: {status} instead of {expected}: {}", answer.body.chars().take(200).collect::<String>()));
        } else if let Some(unseen) = unseen {
            if expected < 400 && unseen.status != *if_missing {
                wrong.push(format!("{name}: {} instead of {if_missing} for what does not exist", unseen.status));
            } else if !theirs && expected >= 400 && expected != 422 && tells {
                wrong.push(format!("{name}: a refusal tells what exists: {}", difference(&answer, &unseen)));
            }
        }
    }
    assert!(wrong.is_empty(), "{actor:?}:\n{}", wrong.join("\n"));
    attacks.done();
    scene.server.stop().await;
}

fn difference(one: &Answer, other: &Answer) -> String {
    let [one, other] = [one, other].map(|answer| format!("{}\n{}\n\n{}", answer.status, answer.headers, answer.body));
    let at = one.chars().zip(other.chars()).take_while(|(one, other)| one == other).count();
    let from = |text: &str| text.chars().skip(at.saturating_sub(40)).take(160).collect::<String>();
    format!("\n  {}\n  {}", from(&one), from(&other))
}

#[test]
fn every_door_is_in_the_table() {
    let listed: BTreeSet<String> = DOORS.iter().map(Door::name).collect();
    assert_eq!(listed.len(), DOORS.len(), "a door is listed twice");
    let mut there: BTreeSet<String> = generate_route_list(App).iter().map(|route| format!("GET {}", route.path())).collect();
    there.extend(server_fn_paths().map(|(path, method)| format!("{method} {path}")));
    there.extend(plain_routes());
    let unlisted: Vec<&String> = there.difference(&listed).collect();
    let gone: Vec<&String> = listed.difference(&there).collect();
    assert!(unlisted.is_empty() && gone.is_empty(), "not in the table: {unlisted:?}; in the table only: {gone:?}");
    assert!(
        DOORS.iter().all(|door| door.takes_identifiers() == (door.3 != 0)),
        "identifiers have a status for being missing and malformed"
    );
}

/// Routes that are not pages, read from the sources: axum does not list its own.
fn plain_routes() -> BTreeSet<String> {
    let mut routes = BTreeSet::new();
    for text in texts(Path::new("src")) {
        // What unit tests open is none of ours.
        let shipped = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        for rest in shipped.split(".route(\"").skip(1) {
            let (path, handler) = rest.split_once('"').unwrap();
            let handler = handler.trim_start_matches([',', ' ', '\n']).trim_start_matches("axum::routing::");
            let method = handler.split('(').next().unwrap().to_uppercase();
            // The one handler of all server functions: they are listed one by one. And what is on the operator's own address alone.
            if !matches!(path, "/api/{*endpoint}" | "/metrics") {
                routes.insert(format!("{method} {path}"));
            }
        }
    }
    assert!(routes.contains("GET /healthz"), "{routes:?}");
    routes
}

fn texts(folder: &Path) -> Vec<String> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { texts(&path) } else { vec![fs::read_to_string(&path).unwrap_or_default()] }).collect()
}
