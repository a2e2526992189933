//! An identifier of another enterprise's, or of another person's, asked about by somebody who may ask about their own: it is as if it
//! had never been, byte for byte. And their own is answered, so that the doors are really open.

use std::collections::BTreeSet;

use data_encoding::HEXLOWER;
use rstest::rstest;
use shenbao::{
    account::{caller::Tenant, token::Token},
    enterprise::{department, registry},
    id::{EmployeeId, EnterpriseId},
    random,
    roster::import,
};

use super::{Answer, DAY, DOORS, difference, knock, session};
use crate::{
    support::{Backend, TestServer, column, declare, execute, person},
    trust::{Attacks, Family, passkeys::Authenticator},
};

/// A door that takes an identifier of something within an enterprise, or of something of one's own: what it answers to one that is
/// theirs, and to any other. `{mine}` is always an employee of theirs. What ends something stands last.
#[rustfmt::skip]
const DOORS_TO_THINGS: &[(&str, u16, u16)] = &[
    ("GET /i/{code}",                                                                       302, 410),
    ("POST /i/{code}",                                                                      422, 410),
    ("POST /api/claim-form code={code}",                                                    200, 410),
    ("GET /auth/start?provider=face&invitation={code}",                                     404, 404),
    ("GET /done/{receipt}",                                                                 200, 404),
    ("POST /api/receipt receipt={receipt}",                                                 200, 404),
    ("GET /done/{receipt}/pass.png",                                                        200, 404),
    ("GET /e/{enterprise}/people/{employee}",                                               200, 404),
    ("POST /e/{enterprise}/people/{employee}",                                              200, 404),
    ("POST /api/person enterprise={enterprise}&employee={employee}&query=",                 200, 404),
    ("GET /e/{enterprise}/people/{employee}/declare",                                       200, 404),
    ("POST /e/{enterprise}/people/{employee}/declare",                                      422, 404),
    ("POST /api/declare-for enterprise={enterprise}&employee={employee}",                   200, 404),
    ("GET /e/{enterprise}/roster/{line}/declare",                                           200, 404),
    ("POST /e/{enterprise}/roster/{line}/declare",                                          422, 404),
    ("POST /api/declare-for-line enterprise={enterprise}&line={line}",                      200, 404),
    ("POST /api/confirm-person enterprise={enterprise}&employee={employee}",                404, 404),
    ("POST /api/set-department enterprise={enterprise}&employee={employee}&department=0",   200, 404),
    ("POST /api/set-department enterprise={enterprise}&employee={mine}&department={department}",
                                                                                            200, 404),
    ("GET /e/{enterprise}?department={department}",                                         200, 400),
    ("GET /e/{enterprise}/people?department={department}",                                  200, 400),
    ("POST /api/statistics enterprise={enterprise}&query=department%3D{department}",        200, 200),
    ("POST /api/people enterprise={enterprise}&query=department%3D{department}",            200, 200),
    ("GET /join/{enterprise}/{token}",                                                      200, 410),
    ("POST /join/{enterprise}/{token}",                                                     422, 410),
    ("POST /api/join-form enterprise={enterprise}&token={token}",                           200, 410),
    ("GET /auth/start?provider=face&join=/join/{enterprise}/{token}",                       404, 404),
    ("GET /e/{enterprise}/managers/{request}",                                              200, 404),
    ("POST /api/manager-request enterprise={enterprise}&request={request}&query=",          200, 404),
    ("POST /api/grant-manager enterprise={enterprise}&request={request}&query=days%3D30&ticket={ticket}&credential=",
                                                                                            401, 404),
    ("POST /e/{enterprise}/managers grant={grant}",                                         404, 404),
    ("POST /api/delete-person enterprise={enterprise}&request={deletion}&ticket={ticket}&credential={}",
                                                                                            401, 404),
    ("POST /api/passkey-rename passkey={passkey}&name=a",                                   200, 404),
    ("POST /api/passkey-remove passkey={passkey}&ticket={ticket}&credential={}",            401, 401),
    ("POST /e/{enterprise}/requests request={asked}&to=done",                               303, 404),
    ("POST /e/{enterprise}/requests request={deletion}&to=refused&reason=%E5%90%A6",        303, 404),
    ("POST /e/{enterprise}/departments action=rename&department={department}&name=a",       303, 404),
    ("POST /e/{enterprise}/departments action=remove&department={department}&confirmed=yes", 303, 404),
    ("POST /api/decline-manager enterprise={enterprise}&request={request}",                 200, 404),
    ("POST /api/revoke-manager enterprise={enterprise}&grant={grant}",                      200, 404),
    ("POST /api/end-manager-invitation enterprise={enterprise}&invitation={invitation}",    200, 404),
    ("POST /api/end-share enterprise={enterprise}&share={share}",                           200, 404),
    ("POST /e/{enterprise}/tablets tablet={device}",                                        303, 404),
    ("GET /e/{enterprise}/alerts/{alert}",                                                  200, 404),
    ("POST /api/alert enterprise={enterprise}&alert={alert}",                               200, 404),
    ("POST /e/{enterprise}/alerts/{alert} action=numbers",                                  200, 404),
    ("POST /e/{enterprise}/roster/import action=import&upload={upload}",                    422, 422),
    ("POST /e/{enterprise}/channels action=tell&channel={channel}&reminders=yes",           303, 404),
    ("POST /e/{enterprise}/channels action=retry&channel={channel}&letter={letter}",        303, 404),
    ("POST /e/{enterprise}/channels action=drop&channel={channel}&letter={dead}",           303, 404),
    ("POST /e/{enterprise}/channels action=test&channel={channel}",                         303, 404),
    ("POST /e/{enterprise}/channels action=pause&channel={channel}",                        303, 404),
    ("POST /e/{enterprise}/channels action=resume&channel={channel}",                       303, 404),
    ("POST /e/{enterprise}/channels action=remove&channel={channel}",                       303, 404),
    ("POST /api/end-session session={session}",                                             200, 404),
];

/// An enterprise with one of everything, and the browser of its representative, who is an employee too.
struct World {
    enterprise: EnterpriseId,
    cookie: String,
    mine: EmployeeId,
    things: Vec<(&'static str, String)>,
}

impl World {
    async fn new(server: &TestServer, number: u32) -> Self {
        let (enterprise, code) = server.enterprise(number).await;
        let person = |of: u32| person(100 * number + of);
        let representative = server.appoint(enterprise, &person(0)).await;
        let passkey = Authenticator::enrolled(server, enterprise, &person(0)).await.id();
        let [here, there] = [session(server, representative).await, session(server, representative).await];
        let (employee, phone) = server.employee(enterprise, &person(1)).await;
        let tenant = Tenant::of_operator(enterprise);
        super::declare(server, &registry::load(&server.state, tenant).await.unwrap(), employee).await;
        let roster = format!("姓名,证件号码\n{},{}\n", person(1).name, person(1).document.number());
        assert!(import::import_by_operator(&server.state, tenant, &roster).await.unwrap());
        // The first has more of them: a number of theirs is no number of the second's.
        for _ in number..3 {
            declare(&server.state, enterprise, employee, "虚构路一号").await;
        }
        let receipt = declare(&server.state, enterprise, employee, "虚构路二号").await.to_string();
        let cookie = format!("{here}; {phone}");
        for form in ["ask-correction", "ask-deletion"] {
            let door = format!("POST /mine/{enterprise} form={form}&note=%E8%AF%B7");
            assert_eq!(knock(server, &cookie, &door, &[]).await.status, 303);
        }
        let bits = i64::from_be_bytes(enterprise.to_bytes());
        let asked = async |kind: &str| {
            let sql = format!("select id from request where enterprise_id = {bits} and kind = '{kind}'");
            column::<uuid::Uuid>(&server.state.db, &sql).await[0].simple().to_string()
        };
        let manager = server.ask_to_manage(enterprise, representative, &person(2)).await;
        let granted = server.viewer(&person(3)).await;
        let grant = server.lend(enterprise, representative, granted, "statistics", DAY, None).await;
        department::add_by_operator(&server.state, Tenant::of_operator(enterprise), &["生产部".to_owned()]).await.unwrap();
        let department = 7300 + i64::from(number);
        assert_eq!(execute(&server.state.db, &format!("update department set id = {department} where enterprise_id = {bits}")).await, 1);
        let session = Token::parse(there.split_once('=').unwrap().1).unwrap().hash();
        let only = async |table: &str| {
            let sql = format!("select id from {table} where enterprise_id = {bits}");
            column::<uuid::Uuid>(&server.state.db, &sql).await[0].simple().to_string()
        };
        let add = "action=add&kind=webhook&name=a&address=https://hook.example.invalid/&secret=0123456789abcdef&reminders=yes";
        assert_eq!(knock(server, &cookie, &format!("POST /e/{enterprise}/channels {add}"), &[]).await.status, 303);
        let channel = only("channel").await;
        for _ in 0..2 {
            let test = format!("POST /e/{enterprise}/channels action=test&channel={channel}");
            assert_eq!(knock(server, &cookie, &test, &[]).await.status, 303);
        }
        execute(&server.state.db, &format!("update outbox set state = 'dead' where enterprise_id = {bits}")).await;
        let letters = column::<uuid::Uuid>(&server.state.db, &format!("select id from outbox where enterprise_id = {bits}")).await;
        let things = vec![
            ("{channel}", channel),
            ("{letter}", letters[0].simple().to_string()),
            ("{dead}", letters[1].simple().to_string()),
            ("{alert}", only("alert").await),
            ("{upload}", only("roster_upload").await),
            ("{line}", only("roster_entry").await),
            ("{code}", code),
            ("{receipt}", receipt),
            ("{employee}", employee.to_string()),
            ("{department}", department.to_string()),
            ("{token}", manager.token),
            ("{request}", manager.request.simple().to_string()),
            ("{invitation}", manager.invitation.simple().to_string()),
            ("{grant}", grant.simple().to_string()),
            ("{asked}", asked("correction").await),
            ("{deletion}", asked("deletion").await),
            ("{passkey}", passkey),
            ("{share}", server.share(enterprise).await.0.simple().to_string()),
            ("{device}", server.tablet(enterprise).await.0.simple().to_string()),
            ("{session}", HEXLOWER.encode(&session.0)),
        ];
        Self { enterprise, cookie, mine: employee, things }
    }

    /// This person at a door, with these things in their own enterprise.
    async fn knock(&self, server: &TestServer, door: &str, things: &[(&'static str, String)]) -> Answer {
        let (enterprise, mine, ticket) = (self.enterprise.to_string(), self.mine.to_string(), Token::new().text());
        // What begins with its enterprise is asked about as if it were of this one.
        let things: Vec<(&str, String)> = things
            .iter()
            .map(|(name, thing)| match *name {
                "{code}" => (*name, format!("{enterprise}{}", &thing[enterprise.len()..])),
                "{receipt}" => (*name, format!("{enterprise}-{}", thing.rsplit('-').next().unwrap())),
                name => (name, thing.clone()),
            })
            .collect();
        let own = [("{enterprise}", &*enterprise), ("{mine}", &*mine), ("{ticket}", &*ticket)];
        let all: Vec<(&str, &str)> = things.iter().map(|(name, thing)| (*name, &**thing)).chain(own).collect();
        knock(server, &self.cookie, door, &all).await
    }
}

/// Things of the same kinds that never were.
fn missing() -> Vec<(&'static str, String)> {
    let uuid = || random::uuid().simple().to_string();
    vec![
        ("{alert}", uuid()),
        ("{upload}", uuid()),
        ("{line}", uuid()),
        ("{code}", format!("{}0000000000", EnterpriseId::from_bits(0x0000_dead_beef_0000))),
        ("{receipt}", "0-9999".to_owned()),
        ("{employee}", EmployeeId(random::uuid()).to_string()),
        ("{department}", "7399".to_owned()),
        ("{token}", Token::new().text()),
        ("{request}", uuid()),
        ("{invitation}", uuid()),
        ("{grant}", uuid()),
        ("{asked}", uuid()),
        ("{deletion}", uuid()),
        ("{passkey}", data_encoding::BASE64URL_NOPAD.encode(&random::bytes::<32>())),
        ("{share}", uuid()),
        ("{channel}", uuid()),
        ("{letter}", uuid()),
        ("{dead}", uuid()),
        ("{device}", uuid()),
        ("{session}", HEXLOWER.encode(&random::bytes::<32>())),
    ]
}

#[rstest]
#[case(Backend::Sqlite)]
#[case(Backend::Postgres)]
#[tokio::test]
async fn what_is_of_others_is_as_if_it_had_never_been(#[case] backend: Backend) {
    let server = TestServer::start(backend).await;
    let (theirs, own) = (World::new(&server, 1).await, World::new(&server, 2).await);
    let (mut wrong, mut attacks) = (Vec::new(), Attacks::of(Family::Matrix));
    for (door, _, never) in DOORS_TO_THINGS {
        let foreign = own.knock(&server, door, &theirs.things).await;
        let missing = own.knock(&server, door, &missing()).await;
        attacks.tried(foreign != missing, format_args!("{door}: {}", foreign.status));
        if foreign != missing {
            wrong.push(format!("{door}: it tells what exists elsewhere: {}", difference(&foreign, &missing)));
        } else if foreign.status != *never {
            wrong.push(format!("{door}: {} instead of {never}", foreign.status));
        }
    }
    for world in [&own, &theirs] {
        for (door, expected, _) in DOORS_TO_THINGS {
            let answer = world.knock(&server, door, &world.things).await;
            if answer.status != *expected {
                wrong.push(format!("{door}: {} instead of {expected} for one's own: {}", answer.status, answer.body));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    attacks.done();
    server.stop().await;
}

#[test]
fn every_door_to_a_thing_is_asked_about_things_of_others() {
    let path = |door: &str| door.split(['?', ' ']).take(2).collect::<Vec<_>>().join(" ");
    let asked: BTreeSet<String> = DOORS_TO_THINGS.iter().map(|(door, ..)| path(door)).collect();
    let things = [
        "{code}",
        "{receipt}",
        "{employee}",
        "{line}",
        "{request}",
        "{grant}",
        "{invitation}",
        "{token}",
        "{share}",
        "{device}",
        "{alert}",
        "passkey=",
        "session=",
    ];
    let doors = DOORS.iter().map(|door| door.0).filter(|door| things.iter().any(|thing| door.contains(thing)));
    let unasked: Vec<&str> = doors.filter(|door| !asked.contains(&path(door))).collect();
    assert!(unasked.is_empty(), "{unasked:?}");
}
