//! The form's page. What was typed lives in its HTML, which the server makes; here it only wakes up: it keeps a draft, and hands
//! what is sent to the [`desk`], whose code is fetched when somebody begins to answer. Where that cannot be fetched, the browser
//! posts the form as it does without JavaScript. Where another page of ours led here, nothing was sent that could wake up: the desk
//! is fetched at once and makes the form.

use std::rc::Rc;

use leptos::{ev::SubmitEvent, prelude::*, task::spawn_local};
use leptos_router::hooks::{use_params_map, use_query_map};

use self::apart::{asked, open_desk};
use super::{
    api, browser,
    desk::{self, Live, Take},
    model::{DeclarePageView, FORM, Stage, Step},
};
use crate::{
    account::claim_page::NotYou,
    error::{AppError, Result},
    id::EnterpriseId,
    link,
    ui::{ErrorText, Frame, Title, Waiting, load_sent, note, tr},
    wire::Packed,
};

/// In the address: with the answers of last time.
const SAME: &str = "same";
/// The id of what the server made, until it has woken up.
const AS_SENT: &str = "as-sent";

#[component]
pub fn DeclarePage() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let same = move || query.read().get("same").map(|_| SAME.to_owned()).unwrap_or_default();
    load_sent(
        move || [params.read().get("enterprise").unwrap_or_default(), same()],
        |[enterprise, same]| async move { asked(enterprise.parse().map_err(|_| AppError::NotFound)?, same == SAME).await },
        |page| view! { <Declare page /> },
    )
}

#[component]
fn Declare(page: DeclarePageView) -> impl IntoView {
    let (enterprise, sent_stage) = (page.enterprise, page.stage);
    let (head, sent) = (head(&page), as_sent(&page));
    let paper = Paper {
        live: Live::new(browser::draft_key(&page.draft)),
        made_here: sent.is_none(),
        begun: StoredValue::new(false),
        take: StoredValue::new(None),
        page: StoredValue::new(page),
    };
    // At a tablet, where no draft is kept, nobody has anything of their own.
    let back = if paper.page.with_value(|page| page.draft.is_empty()) { link::TABLET } else { link::MINE };
    let owner = paper.page.with_value(|page| browser::owner(&page.draft).to_owned());
    let (above, inside) = sent.unwrap_or_default();
    let (go, live) = (navigation(), paper.live);
    Effect::new(move |_| paper.wake());
    // The title is asked for once more while the page is taken down: then nothing is left to ask.
    let stage = move || live.shown.try_with(|shown| shown.as_ref().map(|shown| shown.stage)).flatten().unwrap_or(sent_stage);
    let title = move || {
        if stage() == Stage::Refused {
            format!("{}{}", tr!(declaration.error_prefix), tr!(declaration.title))
        } else {
            tr!(declaration.title).to_owned()
        }
    };
    view! {
        <Frame title=tr!(declaration.title) back>
            <Title text=title />
            {head}
            {move || live.failure.get().map(note)}
            {move || match live.shown.get() {
                None => view! { <div class="as-sent" inner_html=above.clone()></div> }.into_any(),
                Some(shown) => shown.above.run(),
            }}
            {move || live.drafted.get().filter(|_| stage() != Stage::Check).map(|minutes| draft(live, minutes))}
            <form
                id=FORM
                method="post"
                action=link::declare(enterprise)
                novalidate
                data-owner=owner
                on:submit=move |event| paper.submitted(&event, go)
                on:input=move |_| paper.typed()
                on:change=move |event| browser::tidy(&event)
            >
                {move || match live.shown.get() {
                    None if paper.made_here => live.failure.with(Option::is_none).then(|| view! { <Waiting /> }).into_any(),
                    None => view! { <div class="as-sent" id=AS_SENT inner_html=inside.clone()></div> }.into_any(),
                    Some(shown) => shown.inside.run(),
                }}
            </form>
            {move || live.sending.get().then(|| view! { <p class="muted" role="status">{tr!(declaration.sending)}</p> })}
        </Frame>
    }
}

/// What stands above the form and what stands in it, as the server writes it. In the browser it is there already, and `None` says
/// that it is not, because another page led here.
#[cfg(feature = "ssr")]
fn as_sent(page: &DeclarePageView) -> Option<(String, String)> {
    let view = crate::wire::open(&page.sheet).ok()?;
    Some((desk::above(&view, &view.outcome).to_html(), desk::inside(&view, &view.outcome, |_| ()).to_html()))
}

#[cfg(not(feature = "ssr"))]
fn as_sent(_page: &DeclarePageView) -> Option<(String, String)> {
    browser::is_there(AS_SENT).then(Default::default)
}

/// Goes to a page without loading it anew.
#[cfg(feature = "hydrate")]
fn navigation() -> impl Fn(&str) + Copy + 'static {
    let navigate = StoredValue::new_local(leptos_router::hooks::use_navigate());
    move |path| navigate.with_value(|navigate| navigate(path, leptos_router::NavigateOptions::default()))
}

/// On the server nothing is clicked; and what belongs to one thread must not be kept there, for a page may end on another.
#[cfg(not(feature = "hydrate"))]
const fn navigation() -> impl Fn(&str) + Copy + 'static {
    |_path| ()
}

/// For whom this is, and whether today is done already.
fn head(page: &DeclarePageView) -> AnyView {
    let declared = page.declared_at.clone().map(|time| {
        view! { <p class="note note-good">{tr!(declaration.declared_today, time = time)} " " <a class="button-link" href=link::MINE>{tr!(declaration.mine)}</a></p> }
    });
    view! {
        <p class="declare-for">{page.enterprise_name.clone()}</p>
        <NotYou />
        {declared}
    }
    .into_any()
}

fn draft(live: Live, minutes: i32) -> AnyView {
    let age = match minutes {
        0 => String::new(),
        1..60 => tr!(declaration.draft_minutes, minutes = minutes),
        _ => tr!(declaration.draft_hours, hours = minutes / 60),
    };
    let clear = move |_| {
        live.drop_draft();
        browser::reset(FORM);
    };
    view! {
        <p class="draft">
            {age} " " {tr!(declaration.draft)} " "
            <button class="button-link" type="button" on:click=clear>{tr!(declaration.draft_clear)}</button>
        </p>
    }
    .into_any()
}

/// What was sent, and what the browser's own half of the page knows of it.
#[derive(Clone, Copy)]
struct Paper {
    page: StoredValue<DeclarePageView>,
    live: Live,
    /// The browser made it: the server has sent nothing to wake up.
    made_here: bool,
    /// Somebody has begun to answer.
    begun: StoredValue<bool>,
    take: StoredValue<Option<Take>>,
}

impl Paper {
    /// Other people's drafts go.
    fn wake(self) {
        browser::drop_drafts_but(Some(&self.live.draft()));
        if !self.made_here {
            browser::forget_id(AS_SENT);
            return self.restore();
        }
        spawn_local(async move {
            let opened = self.open().await;
            if self.is_left() {
                return;
            }
            match opened {
                Ok(_) => browser::soon(move || self.restore()),
                Err(_) => self.live.refuse(ErrorText { happened: tr!(error.outdated), to_do: tr!(error.outdated_do) }),
            }
        });
    }

    /// Puts the draft back into fields that nobody has touched yet; not over answers that were sent or asked for.
    fn restore(self) {
        if self.is_left() {
            return;
        }
        let (day, fresh) = self.page.with_value(|page| (page.today.to_string(), page.stage == Stage::Fresh));
        let restored = if fresh { browser::restore_draft(&self.live.draft(), &day, FORM) } else { None };
        if let Some(minutes) = restored {
            self.live.drafted.set(Some(minutes));
            self.begin();
        }
    }

    fn typed(self) {
        let (day, kept) = self.page.with_value(|page| (page.today.to_string(), !page.draft.is_empty()));
        if kept && browser::keep_draft(&self.live.draft(), &day, FORM) && self.live.drafted.get_untracked() != Some(0) {
            self.live.drafted.set(Some(0));
        }
        self.begin();
    }

    /// By the time that all is answered, what checks it is here.
    fn begin(self) {
        if !self.begun.get_value() {
            self.begun.set_value(true);
            spawn_local(async move { drop(self.open().await) });
        }
    }

    /// Hands the form to the desk. What the server sent to be checked is posted as it was made, by the browser itself.
    fn submitted(self, event: &SubmitEvent, go: impl Fn(&str) + Copy + 'static) {
        if self.live.shown.with_untracked(Option::is_none) && self.page.with_value(|page| page.stage == Stage::Check) {
            if browser::step(event).as_deref() == Some(Step::Submit.code()) && browser::is_online() {
                self.live.drop_draft();
            }
            return;
        }
        event.prevent_default();
        if self.live.sending.get_untracked() {
            return;
        }
        self.live.failure.set(None);
        self.live.sending.set(true);
        spawn_local(async move {
            let opened = self.open().await;
            // Only now: what was typed while the desk was fetched counts.
            let Some(body) = browser::body(FORM).filter(|_| !self.is_left()) else { return };
            match opened {
                Ok(take) => take(body, Rc::new(go)),
                Err(_) => self.post().await,
            }
        });
    }

    /// Without the desk. The browser would leave the page for one of its own if the line is down, so that is tried first.
    async fn post(self) {
        let reached = browser::reaches_server().await;
        if self.is_left() {
            return;
        }
        if !reached {
            return self.live.refuse(ErrorText { happened: tr!(error.offline), to_do: tr!(error.offline_do) });
        }
        self.live.sending.set(false);
        browser::post(FORM);
    }

    /// Another page has taken its place.
    fn is_left(self) -> bool {
        self.page.is_disposed()
    }

    async fn open(self) -> Result<Take> {
        if let Some(take) = self.take.get_value() {
            return Ok(take);
        }
        let desk = open_desk(self.live, self.page.with_value(|page| page.sheet.clone()), self.made_here);
        let take = browser::within(browser::PATIENCE, desk).await.unwrap_or(Err(AppError::Offline))?;
        // Silent where the page was left meanwhile.
        self.take.set_value(Some(take.clone()));
        Ok(take)
    }
}

/// The desk, whose code the browser fetches with the first call. The way to ask the server lies there, too: the browser asks for a
/// form only where another page led here, and then the desk makes it.
#[cfg(all(feature = "split", feature = "hydrate"))]
mod apart {
    use std::pin::Pin;

    use send_wrapper::SendWrapper;

    use super::{DeclarePageView, EnterpriseId, Live, Packed, Result, Take, api, desk};

    #[leptos::wasm_split::wasm_split(desk, wasm_split_path = ::leptos::wasm_split, fallible)]
    pub fn open_desk(live: Live, sheet: String, show: bool) -> Result<Take> {
        desk::open(live, &sheet, show)
    }

    type Answer = Pin<Box<dyn Future<Output = Result<Packed<DeclarePageView>>>>>;

    #[leptos::wasm_split::wasm_split(desk, wasm_split_path = ::leptos::wasm_split, fallible)]
    fn ask(enterprise: EnterpriseId, same: bool) -> Result<Answer> {
        Ok(Box::pin(api::declaration_form(enterprise, same)))
    }

    pub fn asked(enterprise: EnterpriseId, same: bool) -> impl Future<Output = Result<Packed<DeclarePageView>>> + Send {
        SendWrapper::new(async move { ask(enterprise, same).await?.await })
    }
}

#[cfg(not(all(feature = "split", feature = "hydrate")))]
mod apart {
    use super::{DeclarePageView, EnterpriseId, Live, Packed, Result, Take, api, desk};

    pub async fn open_desk(live: Live, sheet: String, show: bool) -> Result<Take> {
        desk::open(live, &sheet, show)
    }

    pub async fn asked(enterprise: EnterpriseId, same: bool) -> Result<Packed<DeclarePageView>> {
        api::declaration_form(enterprise, same).await
    }
}
