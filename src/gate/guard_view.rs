//! The page that is handed to guards: it has the enterprise's public key in it, and checks passes without a line. What it can say stands
//! in it from the start; its script `public/gate.js` fills one of the answers in and shows it. Of whatever the enterprise signed it asks the server first.

use leptos::prelude::*;

use super::{
    model::Verdict,
    pass_view::{shape, verdict_word},
};
use crate::{
    asset::{GATE_SCRIPT, PASS_SHEET},
    ui::{Frame, tr},
};

/// Whose passes are checked here.
#[derive(Clone)]
pub struct Gate {
    pub name: String,
    /// The enterprise's id as it stands in tokens.
    pub bytes: String,
    pub key: String,
    /// By how many seconds its time is ahead of UTC, as the page is made.
    pub zone: i32,
    /// How the address of each pass begins.
    pub site: String,
}

pub fn guard_view(gate: Gate) -> AnyView {
    view! {
        <Frame title=tr!(gate.guard)>
            <link rel="stylesheet" href=PASS_SHEET.href() />
            <p class="declare-for">{gate.name}</p>
            <div id="gate" data-enterprise=gate.bytes data-key=gate.key data-zone=gate.zone>
                <noscript>
                    <p class="note note-warning">{tr!(gate.no_script)}</p>
                </noscript>
                {results()}
                {reading()}
            </div>
            <h2 class="group-title">{tr!(gate.how)}</h2>
            <ul class="group next">
                <li>{tr!(gate.how_online, site = gate.site)}</li>
                <li>{tr!(gate.how_offline)}</li>
                <li>{tr!(gate.how_compare)}</li>
                <li>{tr!(gate.how_limits)}</li>
            </ul>
            <script src=GATE_SCRIPT.href() defer></script>
        </Frame>
    }
    .into_any()
}

/// The camera where the browser can read codes, and a field where it cannot.
fn reading() -> AnyView {
    view! {
        <video id="camera" class="pass-camera" playsinline muted hidden></video>
        <div class="actions">
            <button class="button button-primary" type="button" id="scan" hidden>{tr!(gate.scan)}</button>
        </div>
        <p class="note note-warning" id="no-camera" hidden>{tr!(gate.no_camera)}</p>
        <p class="note note-error" id="no-check" role="alert" hidden>{tr!(gate.no_check)}</p>
        <form class="group" id="paste">
            <div class="field">
                <label class="field-label" for="code">{tr!(gate.paste)}</label>
                <p class="field-hint" id="code-hint">{tr!(gate.paste_hint)}</p>
                <textarea class="textarea" id="code" rows="3" autocomplete="off" spellcheck="false" aria-describedby="code-hint"></textarea>
            </div>
            <div class="actions">
                <button class="button">{tr!(gate.check)}</button>
            </div>
        </form>
    }
    .into_any()
}

fn results() -> AnyView {
    let good = Verdict::ALL.map(|verdict| {
        view! {
            <section class=format!("pass pass-{}", verdict.code()) data-result=verdict.code() hidden>
                <p class="pass-verdict">{shape(verdict)} <strong>{verdict_word(verdict)}</strong></p>
                <p class="pass-name" data-fill="name"></p>
                <p data-fill="day"></p>
                <p>{tr!(gate.until)} " " <span data-fill="until"></span></p>
                <p class="muted">{tr!(gate.compare)}</p>
            </section>
        }
    });
    view! {
        <div role="status" aria-live="assertive">
            {good.collect_view()}
            {void("expired", tr!(gate.expired), tr!(gate.expired_here))}
            {void("other-day", tr!(gate.other_day), tr!(gate.other_day_here))}
            {void("early", tr!(gate.early), tr!(gate.early_do))}
            {void("elsewhere", tr!(gate.elsewhere), tr!(gate.elsewhere_do))}
            {void("forged", tr!(gate.forged), tr!(gate.forged_do))}
            {void("unreadable", tr!(gate.unreadable), tr!(gate.unreadable_do))}
            <p class="note note-warning" id="offline-result" hidden>{tr!(gate.offline_result)}</p>
            <p class="note" id="asking" hidden>{tr!(gate.asking)}</p>
            <div id="said"></div>
        </div>
    }
    .into_any()
}

fn void(result: &'static str, happened: &'static str, to_do: &'static str) -> AnyView {
    view! {
        <section class="pass pass-void" data-result=result hidden>
            <p class="pass-verdict"><strong>{happened}</strong></p>
            <p>{to_do}</p>
        </section>
    }
    .into_any()
}
