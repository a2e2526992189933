//! What a page shows: asked for on the server while the page is made, in the browser when the address changes; what stands
//! there meanwhile, and what stands there when it fails.
//!
//! Everything but opening an answer is the same for all pages and knows none of their types: see [`crate::wire`].
//!
//! The page that one leaves stays until the next one is here, and what is shown until it is asked for anew: nothing jumps. Meanwhile
//! [`Progress`] says that something is on its way.

use std::{
    fmt::{self, Write},
    marker::PhantomData,
    pin::Pin,
    str::FromStr,
    sync::Arc,
};

use leptos::{prelude::*, server::codee::string::FromToStringCodec};
use serde::de::DeserializeOwned;

use super::{ErrorPage, locale::tr};
use crate::{
    error::{AppError, Result},
    wire::{self, Packed},
};

/// What a page shows, or will show when it is here.
pub struct PageData<T> {
    answer: Resource<Answer, FromToStringCodec>,
    of: PhantomData<fn() -> T>,
}

impl<T> Clone for PageData<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for PageData<T> {}

impl<T> PageData<T> {
    /// Asks again; what was there stays until the new answer is here.
    pub fn refetch(&self) {
        self.answer.refetch();
    }
}

/// An answer as the page carries it from the server to the browser: its text, or `!` and the code of an error.
///
/// Leptos writes it into a script and rewrites every `<` on the way, which only JSON would turn back: so there is none in it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Answer(Result<Arc<str>>);

/// Stands for `<` when `0` follows, and for itself when `1` does.
const ESCAPE: char = '\u{1}';

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Ok(text) => text.chars().try_for_each(|c| match c {
                '<' => write!(f, "{ESCAPE}0"),
                ESCAPE => write!(f, "{ESCAPE}1"),
                other => f.write_char(other),
            }),
            Err(error) => write!(f, "!{error}"),
        }
    }
}

impl FromStr for Answer {
    type Err = AppError;

    fn from_str(text: &str) -> Result<Self> {
        Ok(Self(match text.strip_prefix('!') {
            Some(code) => Err(AppError::from_code(code).unwrap_or(AppError::Outdated)),
            None => Ok(text.replace("\u{1}0", "<").replace("\u{1}1", "\u{1}").into()),
        }))
    }
}

type Keys = Arc<dyn Fn() -> Vec<String> + Send + Sync>;
type Asking = Pin<Box<dyn Future<Output = Answer> + Send>>;
type Ask = Arc<dyn Fn(Vec<String>) -> Asking + Send + Sync>;
type Show = Arc<dyn Fn(&str) -> AnyView + Send + Sync>;

/// Asks the server for what a page shows, and again whenever one of the keys changes.
pub fn page_data<T, Fut, const N: usize>(
    keys: impl Fn() -> [String; N] + Send + Sync + 'static,
    ask: impl Fn([String; N]) -> Fut + Send + Sync + 'static,
) -> PageData<T>
where
    Fut: Future<Output = Result<Packed<T>>> + Send + 'static,
    T: 'static,
{
    PageData { answer: fetched(Arc::new(move || keys().into()), erased(ask)), of: PhantomData }
}

fn erased<T, Fut, const N: usize>(ask: impl Fn([String; N]) -> Fut + Send + Sync + 'static) -> Ask
where
    Fut: Future<Output = Result<Packed<T>>> + Send + 'static,
    T: 'static,
{
    Arc::new(move |keys| {
        let asked = ask(keys.try_into().expect("as many keys as were given"));
        Box::pin(async move { Answer(asked.await.map(|packed| packed.into_text().into())) })
    })
}

fn fetched(keys: Keys, ask: Ask) -> Resource<Answer, FromToStringCodec> {
    Resource::new_str(move || keys(), move |keys| ask(keys))
}

/// Shows a page's data: a waiting line until it is here, its view, or the error's own page. While it is fetched again, what
/// was there stays.
pub fn load<T, V>(data: PageData<T>, show: impl Fn(T) -> V + Send + Sync + 'static) -> AnyView
where
    T: DeserializeOwned + 'static,
    V: IntoView + 'static,
{
    load_any(data.answer, opened(show))
}

fn opened<T, V>(show: impl Fn(T) -> V + Send + Sync + 'static) -> Show
where
    T: DeserializeOwned + 'static,
    V: IntoView + 'static,
{
    Arc::new(move |text| match wire::open(text) {
        Ok(value) => show(value).into_any(),
        Err(error) => view! { <ErrorPage error /> }.into_any(),
    })
}

/// [`page_data`] and [`load`] for a page that is most often the first that a phone opens: what came with it is there at once, so the
/// browser needs none of the code that waits for several answers at a time.
pub fn load_sent<T, V, Fut, const N: usize>(
    keys: impl Fn() -> [String; N] + Send + Sync + 'static,
    ask: impl Fn([String; N]) -> Fut + Send + Sync + 'static,
    show: impl Fn(T) -> V + Send + Sync + 'static,
) -> AnyView
where
    Fut: Future<Output = Result<Packed<T>>> + Send + 'static,
    T: DeserializeOwned + 'static,
    V: IntoView + 'static,
{
    #[cfg(feature = "ssr")]
    let page = load(page_data(keys, ask), show);
    #[cfg(not(feature = "ssr"))]
    let page = sent::load(Arc::new(move || keys().into()), erased(ask), opened(show));
    page
}

#[cfg(not(feature = "ssr"))]
mod sent {
    use leptos::{prelude::*, task::spawn_local};

    use super::{Answer, Ask, Busy, Keys, Show, Waiting};
    use crate::ui::ErrorPage;

    /// An `Option`, though there is always something, because the server's view of what it waited for is one.
    pub fn load(keys: Keys, ask: Ask, show: Show) -> AnyView {
        let answer = RwSignal::new(with_the_page());
        let pending = use_context::<Busy>().unwrap_or_default().asking;
        let questions = StoredValue::new(0);
        Effect::new(move |before: Option<Vec<String>>| {
            let now = keys();
            let answered = if before.is_some() { before.as_ref() == Some(&now) } else { answer.with_untracked(Option::is_some) };
            if !answered {
                questions.update_value(|questions| *questions += 1);
                let (question, asked) = (questions.get_value(), ask(now.clone()));
                pending.set(true);
                spawn_local(async move {
                    let came = asked.await;
                    // The page may be left, and another question may have been asked.
                    if questions.try_get_value().is_none_or(|last| last == question) {
                        pending.set(false);
                        answer.try_set(Some(came));
                    }
                });
            }
            now
        });
        let shown = move || {
            Some(match answer.get() {
                Some(Answer(Ok(text))) => show(&text),
                Some(Answer(Err(error))) => view! { <ErrorPage error /> }.into_any(),
                None => view! { <Waiting /> }.into_any(),
            })
        };
        shown.into_any()
    }

    fn with_the_page() -> Option<Answer> {
        let page = Owner::current_shared_context()?;
        page.read_data(&page.next_id())?.parse().ok()
    }
}

fn load_any(answer: Resource<Answer, FromToStringCodec>, show: Show) -> AnyView {
    let shown = move || {
        let show = show.clone();
        Suspend::new(async move {
            match answer.await.0 {
                Ok(text) => show(&text),
                Err(error) => view! { <ErrorPage error /> }.into_any(),
            }
        })
    };
    let waiting = || view! { <Waiting /> };
    // Nobody waits on the server, and an effect there would panic if another thread wrote the signal just then.
    #[cfg(feature = "ssr")]
    let page = view! { <Transition fallback=waiting>{shown}</Transition> };
    #[cfg(not(feature = "ssr"))]
    let page = {
        let pending = use_context::<Busy>().unwrap_or_default().asking;
        view! { <Transition fallback=waiting set_pending=pending>{shown}</Transition> }
    };
    page.into_any()
}

/// What the browser waits for.
#[derive(Clone, Copy, Default)]
pub struct Busy {
    /// The next page.
    pub leaving: RwSignal<bool>,
    /// The same page, with other content.
    pub asking: RwSignal<bool>,
}

/// A line along the top of every page while something is on its way. It shows itself, and is said, after 400 ms only.
#[component]
pub fn Progress(busy: Busy) -> impl IntoView {
    // The server waits until a page is whole: what it sends waits for nothing.
    let waits = move || cfg!(not(feature = "ssr")) && (busy.leaving.get() || busy.asking.get());
    view! { <div role="status">{move || waits().then(|| view! { <p class="busy">{tr!(app.waiting)}</p> })}</div> }
}

/// In the place of what is on its way. It shows itself after 400 ms only.
#[component]
pub fn Waiting() -> impl IntoView {
    view! { <p class="waiting" role="status">{tr!(app.waiting)}</p> }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_answer_survives_the_page_and_brings_no_tag_into_it(text in "[^!](.|[<\u{1}01])*") {
            let answer = Answer(Ok(text.into()));
            let carried = answer.to_string();
            prop_assert!(!carried.contains('<'));
            prop_assert_eq!(carried.parse(), Ok(answer));
        }
    }

    #[test]
    fn an_error_survives_the_page() {
        let answer = Answer(Err(AppError::NotFound));
        assert_eq!(answer.to_string().parse(), Ok(answer));
        assert_eq!("!something newer".parse(), Ok(Answer(Err(AppError::Outdated))));
    }
}
