//! What only a browser can do: read a form, keep a draft, move the focus.

/// How the name of each draft in this device's storage begins. Whoever makes a device forget someone clears these.
pub const DRAFT: &str = "shenbao-draft:";

/// So many milliseconds an answer is waited for, as in `offline/pending.js`: then there is no line.
pub const PATIENCE: i32 = 20_000;

/// Whose draft it is, by what this device calls them; empty at a tablet.
pub fn owner(draft: &str) -> &str {
    draft.trim_start_matches(DRAFT).split('.').next().unwrap_or_default()
}

/// The enterprise to which an owner declares.
#[cfg(any(feature = "hydrate", test))]
fn enterprise(owner: &str) -> &str {
    owner.split('-').next().unwrap_or_default()
}

/// Whether these two declare to one enterprise, and are not the same person.
#[cfg(any(feature = "hydrate", test))]
fn is_another_of_the_same(one: &str, other: &str) -> bool {
    one != other && enterprise(one) == enterprise(other)
}

/// The name of one person's draft: by the opaque name that the server gives them.
pub fn draft_key(person: &str) -> String {
    format!("{DRAFT}{person}")
}

#[cfg(feature = "hydrate")]
mod real {
    use std::{future::poll_fn, pin::pin, task::Poll};

    use js_sys::{Function, Promise, Reflect};
    use leptos::{
        ev::{Event, SubmitEvent},
        prelude::{document, request_animation_frame, window},
    };
    use wasm_bindgen::{JsCast, JsValue};
    use wasm_bindgen_futures::JsFuture;
    use web_sys::{FormData, HtmlElement, HtmlFormElement, HtmlInputElement, HtmlSelectElement, HtmlTextAreaElement, UrlSearchParams};

    /// Everything in the form, as a browser would post it; without the button.
    pub fn body(form_id: &str) -> Option<String> {
        encoded(&form(form_id)?)
    }

    /// The step that the pressed button names; none in a browser that does not tell.
    pub fn step(event: &SubmitEvent) -> Option<String> {
        event.submitter()?.get_attribute("value")
    }

    fn encoded(form: &HtmlFormElement) -> Option<String> {
        let data = FormData::new_with_form(form).ok()?;
        let pairs = UrlSearchParams::new_with_str_sequence_sequence(&data).ok()?;
        Some(pairs.to_string().into())
    }

    fn form(id: &str) -> Option<HtmlFormElement> {
        document().get_element_by_id(id)?.dyn_into().ok()
    }

    /// An exclusive choice unticks the others, and the others untick it; "not measured" and a temperature exclude each other.
    pub fn tidy(event: &Event) {
        let Some(input) = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok()) else { return };
        let Some(form) = input.form() else { return };
        if input.has_attribute("data-clears") && input.checked() {
            for other in inputs(&form).filter(|other| Some(other.name()) == input.get_attribute("data-clears")) {
                other.set_value("");
            }
        } else if input.type_() == "checkbox" && input.checked() {
            let alone = input.has_attribute("data-exclusive");
            let others = inputs(&form).filter(|other| other.name() == input.name() && other.value() != input.value());
            others.filter(|other| alone || other.has_attribute("data-exclusive")).for_each(|other| other.set_checked(false));
        } else if input.type_() == "text" && !input.value().is_empty() {
            let name = Some(input.name());
            inputs(&form).filter(|other| other.get_attribute("data-clears") == name).for_each(|other| other.set_checked(false));
        }
    }

    fn fields(form: &HtmlFormElement) -> impl Iterator<Item = web_sys::Element> {
        let elements = form.elements();
        (0..elements.length()).filter_map(move |at| elements.item(at))
    }

    fn inputs(form: &HtmlFormElement) -> impl Iterator<Item = HtmlInputElement> {
        fields(form).filter_map(|field| field.dyn_into().ok())
    }

    /// The enterprise that a form on its way makes this device forget.
    const FORGETTING: &str = "forgetting";

    fn storage() -> Option<web_sys::Storage> {
        window().local_storage().ok().flatten()
    }

    #[expect(clippy::cast_possible_truncation, reason = "minutes since 1970 are few enough")]
    fn minute() -> i32 {
        (js_sys::Date::now() / 60_000.0) as i32
    }

    /// Keeps what is in the form, for this day. False where the browser keeps nothing.
    pub fn keep_draft(key: &str, day: &str, form_id: &str) -> bool {
        let now = minute();
        let kept = body(form_id).zip(storage()).map(|(body, storage)| storage.set_item(key, &format!("{day} {now}\n{body}")));
        kept.is_some_and(|kept| kept.is_ok())
    }

    pub fn drop_draft(key: &str) {
        if let Some(storage) = storage() {
            let _ = storage.remove_item(key);
        }
    }

    /// Clears the drafts of everyone else who declared to the same enterprise: on a shared phone the last one's answers must not wait for
    /// the next. At a tablet, where no draft has an owner, all of them.
    pub fn drop_drafts_but(kept: Option<&str>) {
        let owner = super::owner(kept.unwrap_or_default());
        drop_drafts(|other| owner.is_empty() || super::is_another_of_the_same(other, owner));
    }

    fn drop_drafts(goes: impl Fn(&str) -> bool) {
        let Some(storage) = storage() else { return };
        let names = (0..storage.length().unwrap_or(0)).filter_map(|at| storage.key(at).ok().flatten());
        let gone: Vec<String> = names.filter(|name| name.starts_with(super::DRAFT) && goes(super::owner(name))).collect();
        for name in gone {
            drop_draft(&name);
        }
    }

    /// A form that makes this device forget an enterprise is on its way. Its drafts go when it came through, and not before.
    pub fn forgetting(enterprise: &str) {
        if let Ok(Some(storage)) = window().session_storage() {
            let _ = storage.set_item(FORGETTING, enterprise);
        }
    }

    /// Clears the drafts of an enterprise that was to be forgotten, if it is no longer among those that are known.
    pub fn drop_drafts_if_forgotten(known: &[String]) {
        let Ok(Some(storage)) = window().session_storage() else { return };
        let forgetting = storage.get_item(FORGETTING).ok().flatten();
        let _ = storage.remove_item(FORGETTING);
        if let Some(enterprise) = forgetting.filter(|enterprise| !known.contains(enterprise)) {
            drop_drafts(|owner| super::enterprise(owner) == enterprise);
        }
    }

    /// Puts this day's draft into the fields that still hold what the server sent; gives how many minutes old it is, if there is one.
    pub fn restore_draft(key: &str, day: &str, form_id: &str) -> Option<i32> {
        let kept = storage()?.get_item(key).ok()??;
        let (head, body) = kept.split_once('\n')?;
        let (kept_day, since) = head.split_once(' ').unwrap_or_default();
        if kept_day != day {
            drop_draft(key);
            return None;
        }
        let form = form(form_id)?;
        let values = UrlSearchParams::new_with_str(body).ok()?;
        let touched: Vec<String> = fields(&form).filter(is_touched).map(|field| name(&field)).collect();
        fields(&form).filter(|field| !touched.contains(&name(field))).for_each(|field| restore(&field, &values));
        Some(since.parse().map_or(0, |since: i32| (minute() - since).max(0)))
    }

    fn name(field: &web_sys::Element) -> String {
        field.get_attribute("name").unwrap_or_default()
    }

    fn is_touched(field: &web_sys::Element) -> bool {
        if let Some(input) = field.dyn_ref::<HtmlInputElement>() {
            input.checked() != input.default_checked() || input.value() != input.default_value()
        } else if let Some(area) = field.dyn_ref::<HtmlTextAreaElement>() {
            area.default_value().is_ok_and(|sent| area.value() != sent)
        } else if let Some(select) = field.dyn_ref::<HtmlSelectElement>() {
            let sent = select.query_selector("option[selected]").ok().flatten();
            select.value() != sent.and_then(|option| option.get_attribute("value")).unwrap_or_default()
        } else {
            false
        }
    }

    fn restore(field: &web_sys::Element, values: &UrlSearchParams) {
        let name = name(field);
        let one = || values.get(&name).unwrap_or_default();
        if let Some(input) = field.dyn_ref::<HtmlInputElement>() {
            match &*input.type_() {
                "hidden" => {}
                "radio" | "checkbox" => input.set_checked(values.get_all(&name).includes(&input.value().into(), 0)),
                _ => input.set_value(&one()),
            }
        } else if let Some(area) = field.dyn_ref::<HtmlTextAreaElement>() {
            area.set_value(&one());
        } else if let Some(select) = field.dyn_ref::<HtmlSelectElement>() {
            select.set_value(&one());
        }
    }

    /// Takes back what was typed. A form that came back, or that was made here, has it as what it falls back to: that goes, too.
    pub fn reset(form_id: &str) {
        let Some(form) = form(form_id) else { return };
        let is_there = |path: &str| document().query_selector(path).is_ok_and(|found| found.is_some());
        let fresh = is_there("form .as-sent") && !is_there(".as-sent [role=alert]");
        if !fresh {
            fields(&form).for_each(|field| forget_default(&field));
        }
        form.reset();
    }

    fn forget_default(field: &web_sys::Element) {
        if let Some(input) = field.dyn_ref::<HtmlInputElement>() {
            match &*input.type_() {
                "hidden" => {}
                "radio" | "checkbox" => input.set_default_checked(false),
                _ => input.set_default_value(""),
            }
        } else if let Some(area) = field.dyn_ref::<HtmlTextAreaElement>() {
            let _ = area.set_default_value("");
        } else {
            while let Ok(Some(option)) = field.query_selector("option[selected]") {
                let _ = option.remove_attribute("selected");
            }
        }
    }

    /// Moves the focus and the view to what is about to be shown.
    pub fn focus(id: String) {
        request_animation_frame(move || {
            let Some(element) = document().get_element_by_id(&id).and_then(|element| element.dyn_into::<HtmlElement>().ok()) else {
                return;
            };
            element.scroll_into_view();
            let _ = element.focus();
        });
    }

    pub async fn pause(millis: i32) {
        let timeout = Promise::new(&mut |resolve, _| {
            let _ = window().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, millis);
        });
        let _ = JsFuture::from(timeout).await;
    }

    /// What comes of it in time: a line that neither answers nor fails is none.
    pub async fn within<T>(millis: i32, asked: impl Future<Output = T>) -> Option<T> {
        let (mut asked, mut over) = (pin!(asked), pin!(pause(millis)));
        poll_fn(move |context| match asked.as_mut().poll(context) {
            Poll::Ready(answer) => Poll::Ready(Some(answer)),
            Poll::Pending => over.as_mut().poll(context).map(|()| None),
        })
        .await
    }

    /// Whether there is a line.
    pub async fn reaches_server() -> bool {
        matches!(within(super::PATIENCE, JsFuture::from(window().fetch_with_str("/healthz"))).await, Some(Ok(_)))
    }

    /// Posts a form as the browser does by itself, with a new page as its answer.
    pub fn post(form_id: &str) {
        if let Some(form) = form(form_id) {
            let _ = form.submit();
        }
    }

    /// Has the browser send a form as if its button had been pressed: its `submit` event comes once more.
    pub fn send(form_id: &str) {
        let Some(form) = form(form_id) else { return };
        let known = Reflect::get(&form, &"requestSubmit".into()).ok().and_then(|method| method.dyn_into::<Function>().ok());
        let _ = match known {
            Some(request) => request.call0(&form).map(drop),
            None => form.submit(),
        };
    }

    /// What `offline/pending.js` offers, where it is here.
    fn pending(name: &str) -> Option<(JsValue, Function)> {
        let pending = Reflect::get(&window(), &"pending".into()).ok()?;
        let function = Reflect::get(&pending, &name.into()).ok()?.dyn_into().ok()?;
        Some((pending, function))
    }

    /// Keeps a form that could not be sent, to be sent later. False where this browser cannot.
    pub async fn keep_pending(owner: &str, body: &str) -> bool {
        let Some((pending, keep)) = pending("keep").filter(|_| !owner.is_empty()) else { return false };
        let Ok(kept) = keep.call2(&pending, &owner.into(), &body.into()) else { return false };
        JsFuture::from(Promise::resolve(&kept)).await.is_ok_and(|kept| kept.is_truthy())
    }

    /// What somebody has sent takes the place of what waits.
    pub fn drop_pending(owner: &str) {
        if let Some((pending, forget)) = pending("forget") {
            let _ = forget.call1(&pending, &owner.into());
        }
    }

    pub fn is_there(id: &str) -> bool {
        document().get_element_by_id(id).is_some()
    }

    pub fn forget_id(id: &str) {
        if let Some(element) = document().get_element_by_id(id) {
            let _ = element.remove_attribute("id");
        }
    }

    /// Once what is about to be shown is there.
    pub fn soon(action: impl FnOnce() + 'static) {
        request_animation_frame(action);
    }

    pub fn to_top() {
        window().scroll_to_with_x_and_y(0.0, 0.0);
    }

    pub fn reload() {
        let _ = window().location().reload();
    }

    /// False: there is no line. Otherwise there may be one.
    pub fn is_online() -> bool {
        window().navigator().on_line()
    }
}
#[cfg(feature = "hydrate")]
pub use real::*;

/// On the server these are never called: effects and events happen in browsers.
#[cfg(not(feature = "hydrate"))]
mod absent {
    use leptos::ev::{Event, SubmitEvent};

    pub fn body(_form_id: &str) -> Option<String> {
        None
    }

    pub fn step(_event: &SubmitEvent) -> Option<String> {
        None
    }

    pub fn tidy(_event: &Event) {}

    pub fn keep_draft(_key: &str, _day: &str, _form_id: &str) -> bool {
        false
    }

    pub fn drop_draft(_key: &str) {}

    pub fn drop_drafts_but(_kept: Option<&str>) {}

    pub fn forgetting(_enterprise: &str) {}

    pub fn drop_drafts_if_forgotten(_known: &[String]) {}

    pub fn restore_draft(_key: &str, _day: &str, _form_id: &str) -> Option<i32> {
        None
    }

    #[expect(clippy::unused_async, reason = "in a browser it waits")]
    pub async fn keep_pending(_owner: &str, _body: &str) -> bool {
        false
    }

    pub fn drop_pending(_owner: &str) {}

    pub fn reset(_form_id: &str) {}

    pub fn focus(_id: String) {}

    #[expect(clippy::unused_async, reason = "in a browser it waits")]
    pub async fn pause(_millis: i32) {}

    pub async fn within<T>(_millis: i32, asked: impl Future<Output = T>) -> Option<T> {
        Some(asked.await)
    }

    #[expect(clippy::unused_async, reason = "in a browser it waits")]
    pub async fn reaches_server() -> bool {
        false
    }

    pub fn post(_form_id: &str) {}

    pub fn send(_form_id: &str) {}

    pub fn forget_id(_id: &str) {}

    #[cfg(not(feature = "ssr"))]
    pub fn is_there(_id: &str) -> bool {
        false
    }

    pub fn soon(_action: impl FnOnce() + 'static) {}

    pub fn to_top() {}

    pub fn reload() {}

    pub fn is_online() -> bool {
        true
    }
}
#[cfg(not(feature = "hydrate"))]
pub use absent::*;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_tells_whose_it_is_and_for_which_enterprise() {
        let owner_of = |person: &str| owner(&draft_key(person)).to_owned();
        assert_eq!(owner_of("000000000001-aa.guangdong-2020"), "000000000001-aa");
        assert_eq!(owner_of(""), "");
        let of_one = |other: &str| is_another_of_the_same(&owner_of(other), "000000000001-aa");
        assert!(of_one("000000000001-bb.guangdong-2020"), "somebody else of the same enterprise");
        assert!(!of_one("000000000001-aa.other"), "the same person, by another questionnaire");
        assert!(!of_one("000000000002-aa.guangdong-2020"), "another enterprise");
    }
}
