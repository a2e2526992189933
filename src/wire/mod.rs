//! How server functions are asked and answered.
//!
//! A question is a form, as a browser posts it without JavaScript. An answer is text that is read where it is shown: so fetching
//! it, waiting for it and waking up with it know no page's types, and the browser has their code once for all pages.
//!
//! The text gives values in the order of their fields, without the fields' names: `read` has the grammar. Reading JSON
//! would weigh more in the browser than the form itself, and text that stays as it is compresses together with the page's HTML.
//! A page that is older than the server notices when the shape of a type has changed, and says that it must be loaded anew.

mod read;
#[cfg(feature = "ssr")]
mod write;

use std::marker::PhantomData;

use http::Method;
use leptos::server_fn::{
    Protocol,
    client::Client,
    codec::{Encoding, FromReq, IntoReq, PostUrl},
    error::FromServerFnError,
    redirect::call_redirect_hook,
    response::{ClientRes, TryRes},
    server::Server,
};
use serde::{Serialize, de::DeserializeOwned};

use crate::error::{AppError, Result};

const CONTENT_TYPE: &str = "text/plain; charset=utf-8";

/// A value on its way to where it is shown.
pub struct Packed<T> {
    text: String,
    of: PhantomData<fn() -> T>,
}

impl<T> Packed<T> {
    fn received(text: String) -> Self {
        Self { text, of: PhantomData }
    }

    pub fn into_text(self) -> String {
        self.text
    }
}

#[cfg(feature = "ssr")]
impl<T: Serialize> Packed<T> {
    pub fn of(value: &T) -> Self {
        Self::received(write::write(value).expect("a page shows texts, whole numbers, and lists and choices of them"))
    }
}

impl<T: DeserializeOwned> Packed<T> {
    /// The value; `Outdated` when the server speaks of it in other terms than this page.
    pub fn open(&self) -> Result<T> {
        open(&self.text)
    }
}

/// Reads what [`Packed::into_text`] gave.
pub fn open<T: DeserializeOwned>(text: &str) -> Result<T> {
    read::read(text).map_err(|_| AppError::Outdated)
}

/// What is remembered of a type's shape: FNV-1a over its name and its fields', or over the name of a variant, folded to 16 bits.
fn shape(hash: u32, name: &str) -> u32 {
    name.bytes().chain([0]).fold(hash, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

const NO_SHAPE: u32 = 0x811c_9dc5;

const fn folded(hash: u32) -> u32 {
    (hash >> 16) ^ (hash & 0xffff)
}

/// The protocol of every server function: `#[server(…, protocol = Wire)]`.
pub struct Wire;

impl<Input, Output, C, S> Protocol<Input, Packed<Output>, C, S, AppError> for Wire
where
    Input: Serialize + DeserializeOwned + Send,
    C: Client<AppError>,
    S: Server<AppError>,
{
    const METHOD: Method = PostUrl::METHOD;

    async fn run_server<F, Fut>(request: S::Request, server_fn: F) -> Result<S::Response>
    where
        F: Fn(Input) -> Fut + Send,
        Fut: Future<Output = Result<Packed<Output>>> + Send,
    {
        let input = <Input as FromReq<PostUrl, _, AppError>>::from_req(request).await?;
        let answer = server_fn(input).await?;
        S::Response::try_from_string(CONTENT_TYPE, answer.into_text())
    }

    async fn run_client(path: &str, input: Input) -> Result<Packed<Output>> {
        let request = <Input as IntoReq<PostUrl, _, AppError>>::into_req(input, path, CONTENT_TYPE)?;
        send::<C>(request).await.map(Packed::received)
    }
}

/// Sends a question, and gives the text of its answer.
async fn send<C: Client<AppError>>(request: C::Request) -> Result<String> {
    let response = C::send(request).await?;
    let (status, location, redirected) = (response.status(), response.location(), response.has_redirect());
    if (400..=599).contains(&status) {
        return Err(AppError::de(response.try_into_bytes().await?));
    }
    let text = response.try_into_string().await?;
    if (300..=399).contains(&status) || redirected {
        call_redirect_hook(&location);
    }
    // No answer begins so: a stranger on the line answers with a page of its own.
    if text.starts_with('<') { Err(AppError::Offline) } else { Ok(text) }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct Sheet {
        name: String,
        marks: Vec<Option<i16>>,
        words: BTreeMap<String, Vec<String>>,
        kind: Kind,
        pair: (bool, u64),
        inner: Inner,
        nothing: (),
    }

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct Inner(String);

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    enum Kind {
        Plain,
        One(Inner),
        Two(u32, String),
        Named { of: String, kinds: Vec<Kind> },
    }

    fn kind() -> impl Strategy<Value = Kind> {
        let leaf = prop_oneof![
            Just(Kind::Plain),
            any::<String>().prop_map(|text| Kind::One(Inner(text))),
            any::<(u32, String)>().prop_map(|(number, text)| Kind::Two(number, text)),
        ];
        leaf.prop_recursive(3, 12, 4, |inner| {
            (any::<String>(), prop::collection::vec(inner, 0..4)).prop_map(|(of, kinds)| Kind::Named { of, kinds })
        })
    }

    proptest! {
        #[test]
        fn what_is_packed_is_opened(
            (name, marks, words, pair) in any::<(String, Vec<Option<i16>>, BTreeMap<String, Vec<String>>, (bool, u64))>(),
            kind in kind(),
        ) {
            let sheet = Sheet { inner: Inner(name.clone()), name, marks, words, kind, pair, nothing: () };
            let sheets = vec![sheet.clone(), sheet];
            prop_assert_eq!(Packed::of(&sheets).open(), Ok(sheets));
        }

        #[test]
        fn any_text_is_read_or_refused(text: String) {
            let _ = open::<Vec<Sheet>>(&text);
        }

        #[test]
        fn a_text_that_was_cut_or_changed_never_panics(kind in kind(), cut: prop::sample::Index, with: char) {
            let text: Vec<char> = Packed::of(&kind).into_text().chars().collect();
            let at = cut.index(text.len());
            let _ = open::<Kind>(&text[..at].iter().collect::<String>());
            let _ = open::<Kind>(&text.iter().enumerate().map(|(place, c)| if place == at { with } else { *c }).collect::<String>());
        }
    }

    #[test]
    fn a_type_whose_shape_has_changed_is_outdated() {
        mod newer {
            use serde::Serialize;

            #[derive(Serialize)]
            pub struct Person {
                pub phone: String,
                pub name: String,
            }

            #[derive(Serialize)]
            pub enum Level {
                Face,
                Claimed,
            }
        }
        #[derive(Debug, PartialEq, Deserialize)]
        struct Person {
            name: String,
            phone: String,
        }
        #[derive(Debug, PartialEq, Deserialize)]
        enum Level {
            Claimed,
            Face,
        }
        let person = newer::Person { phone: "139".to_owned(), name: "黄".to_owned() };
        assert_eq!(open::<Person>(&Packed::of(&person).into_text()), Err(AppError::Outdated));
        for level in [newer::Level::Claimed, newer::Level::Face] {
            assert_eq!(open::<Level>(&Packed::of(&level).into_text()), Err(AppError::Outdated));
        }
        assert_eq!(open::<u32>(&Packed::of(&"申报").into_text()), Err(AppError::Outdated));
        assert_eq!(open::<u8>(&Packed::of(&300).into_text()), Err(AppError::Outdated));
        assert_eq!(open::<bool>(&Packed::of(&(true, true)).into_text()), Err(AppError::Outdated), "nothing may be left over");
    }
}
