//! 操作记录: who did what in an enterprise, newest first.

use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_params_map};

use super::{
    api,
    model::{Action, ActorKind, AuditView, BEFORE, EntryLine, Look, Looked},
};
use crate::{
    id::EnterpriseId,
    link,
    ui::{Frame, load, page_data, tr},
};

#[component]
pub fn AuditPage() -> impl IntoView {
    let (params, location) = (use_params_map(), use_location());
    let enterprise = move || params.read().get("enterprise").unwrap_or_default();
    let data = page_data(move || [enterprise(), location.search.get()], |[enterprise, query]| api::audit(enterprise, query));
    load(data, |audit| view! { <Whole audit /> })
}

#[component]
fn Whole(audit: AuditView) -> impl IntoView {
    let AuditView { enterprise, entries, older } = audit;
    let older = older.map(|number| {
        let href = link::with_query(&link::audit(enterprise), format_args!("{BEFORE}={number}"));
        view! {
            <div class="actions">
                <a class="button" href=href>{tr!(audit.older)}</a>
            </div>
        }
    });
    let shown = if entries.is_empty() {
        view! { <p class="note">{tr!(audit.none)}</p> }.into_any()
    } else {
        view! { <ol class="group entries">{entries.into_iter().map(|entry| line(enterprise, entry)).collect_view()}</ol> }.into_any()
    };
    view! {
        <Frame title=tr!(audit.title) back=link::statistics(enterprise) signed_in=true>
            <p class="group-note">{tr!(audit.what)}</p>
            {shown}
            {older}
        </Frame>
    }
}

fn line(enterprise: EnterpriseId, entry: EntryLine) -> AnyView {
    let EntryLine { number, at, actor, actor_name, action, employee, manager, questionnaires } = entry;
    let questionnaires = questionnaires.map(|[before, after]| format!("{before} → {after}"));
    let employee = employee.map(|(id, name)| view! { <a href=link::person(enterprise, id)>{name}</a> });
    view! {
        <li class="cell entry">
            <span class="cell-label">{action_words(action)} " " {employee} {manager} {questionnaires}</span>
            <span class="entry-who muted">{actor_words(actor)} " " {actor_name}</span>
            <span class="entry-when muted"><span translate="no">{format!("№ {number}")}</span> " " <time>{at}</time></span>
        </li>
    }
    .into_any()
}

/// Who acted, by their role.
pub fn actor_words(actor: ActorKind) -> &'static str {
    match actor {
        ActorKind::Representative => tr!(audit.representative),
        ActorKind::Manager => tr!(audit.manager),
        ActorKind::Employee => tr!(audit.employee),
        ActorKind::Operator => tr!(audit.operator),
        ActorKind::Server => tr!(audit.server),
        ActorKind::Viewer => tr!(audit.viewer),
    }
}

/// How somebody saw an employee's details, as that employee reads it.
pub fn look_words(look: &Look) -> &'static str {
    match look.what {
        Looked::Details => tr!(audit.view_details),
        Looked::Numbers => tr!(audit.view_numbers),
        Looked::OnBehalf => tr!(audit.declare_on_behalf),
        Looked::Export => tr!(audit.export_perhaps),
    }
}

/// What somebody did that belongs to no enterprise, as they read it themselves: the employee's pages carry no other words.
pub fn own_words(action: Action) -> &'static str {
    match action {
        Action::SignIn => tr!(audit.sign_in),
        Action::EndSession => tr!(audit.end_session),
        Action::AddPasskey => tr!(audit.add_passkey),
        Action::RenamePasskey => tr!(audit.rename_passkey),
        Action::RemovePasskey => tr!(audit.remove_passkey),
        Action::BindIdentity => tr!(audit.bind_identity),
        Action::RefuseVerification => tr!(audit.refuse_verification),
        _ => tr!(audit.own_other),
    }
}

/// What was done.
fn action_words(action: Action) -> &'static str {
    match action {
        Action::ViewDetails => tr!(audit.view_details),
        Action::ViewNumbers => tr!(audit.view_numbers),
        Action::ExportPeople => tr!(audit.export_people),
        Action::ExportDeclarations => tr!(audit.export_declarations),
        Action::ShareStatistics => tr!(audit.share_statistics),
        Action::EndShare => tr!(audit.end_share),
        Action::AddTablet => tr!(audit.add_tablet),
        Action::SetUpTablet => tr!(audit.set_up_tablet),
        Action::EndTablet => tr!(audit.end_tablet),
        Action::SitAtTablet => tr!(audit.sit_at_tablet),
        Action::ReplaceInvitation => tr!(audit.replace_invitation),
        Action::RegisterEnterprise => tr!(audit.register_enterprise),
        Action::AppointRepresentative => tr!(audit.appoint_representative),
        Action::DismissRepresentative => tr!(audit.dismiss_representative),
        Action::InviteRepresentative => tr!(audit.invite_representative),
        Action::ReleaseIdentity => tr!(audit.release_identity),
        Action::AddPasskey => tr!(audit.add_passkey),
        Action::RemovePasskey => tr!(audit.remove_passkey),
        Action::RenamePasskey => tr!(audit.rename_passkey),
        Action::RefuseVerification => tr!(audit.refuse_verification),
        Action::EndSession => tr!(audit.end_session),
        Action::AddDepartment => tr!(audit.add_department),
        Action::RenameDepartment => tr!(audit.rename_department),
        Action::RemoveDepartment => tr!(audit.remove_department),
        Action::ConfirmPerson => tr!(audit.confirm_person),
        Action::SetDepartment => tr!(audit.set_department),
        Action::SignIn => tr!(audit.sign_in),
        Action::BindIdentity => tr!(audit.bind_identity),
        Action::VerifyDevice => tr!(audit.verify_device),
        Action::AddDevice => tr!(audit.add_device),
        Action::ForgetDevice => tr!(audit.forget_device),
        Action::Claim => tr!(audit.claim),
        Action::Consent => tr!(audit.consent),
        Action::WithdrawConsent => tr!(audit.withdraw_consent),
        Action::CorrectPerson => tr!(audit.correct_person),
        Action::TakeCopy => tr!(audit.take_copy),
        Action::AskRequest => tr!(audit.ask_request),
        Action::SettleRequest => tr!(audit.settle_request),
        Action::RefuseRequest => tr!(audit.refuse_request),
        Action::DeletePerson => tr!(audit.delete_person),
        Action::Purge => tr!(audit.purge),
        Action::AddKey => tr!(audit.add_key),
        Action::RotateKey => tr!(audit.rotate_key),
        Action::RetireKey => tr!(audit.retire_key),
        Action::InviteManager => tr!(audit.invite_manager),
        Action::EndManagerInvitation => tr!(audit.end_manager_invitation),
        Action::GrantManager => tr!(audit.grant_manager),
        Action::DeclineManager => tr!(audit.decline_manager),
        Action::RevokeManager => tr!(audit.revoke_manager),
        Action::LinkManager => tr!(audit.link_manager),
        Action::AskManager => tr!(audit.ask_manager),
        Action::ExpireManager => tr!(audit.expire_manager),
        Action::ImportRoster => tr!(audit.import_roster),
        Action::AddEntry => tr!(audit.add_entry),
        Action::ChangeEntry => tr!(audit.change_entry),
        Action::EndEntry => tr!(audit.end_entry),
        Action::RemoveEntry => tr!(audit.remove_entry),
        Action::AdmitDeclarer => tr!(audit.admit_declarer),
        Action::MergeDeclarer => tr!(audit.merge_declarer),
        Action::RejectDeclarer => tr!(audit.reject_declarer),
        Action::ReopenDeclarer => tr!(audit.reopen_declarer),
        Action::DeclareOnBehalf => tr!(audit.declare_on_behalf),
        Action::ChooseQuestionnaire => tr!(audit.choose_questionnaire),
        Action::SetHeadCount => tr!(audit.set_head_count),
        Action::HandleAlert => tr!(audit.handle_alert),
        Action::SetLasting => tr!(audit.set_lasting),
        Action::AddChannel => tr!(audit.add_channel),
        Action::ChangeChannel => tr!(audit.change_channel),
        Action::PauseChannel => tr!(audit.pause_channel),
        Action::ResumeChannel => tr!(audit.resume_channel),
        Action::RetrySending => tr!(audit.retry_sending),
        Action::DropSending => tr!(audit.drop_sending),
        Action::RemoveChannel => tr!(audit.remove_channel),
        Action::ChangeReminders => tr!(audit.change_reminders),
        Action::Remind => tr!(audit.remind),
        Action::SetContact => tr!(audit.set_contact),
        Action::ReplaceGateKey => tr!(audit.replace_gate_key),
    }
}
