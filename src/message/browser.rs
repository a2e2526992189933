//! What only a browser can do: hear how many messages were not read.

#[cfg(feature = "hydrate")]
mod real {
    use gloo::timers::callback::Interval;
    use leptos::{prelude::*, task::spawn_local};
    use wasm_bindgen::{JsCast, closure::Closure};
    use web_sys::{EventSource, MessageEvent};

    use crate::{error::AppError, link, message::api};

    /// Where no line stays open, the number is asked for this often.
    const POLL_MILLIS: u32 = 30_000;

    type Heard = RwSignal<Option<u32>>;
    type Polling = StoredValue<Option<Interval>, LocalStorage>;

    /// An open line; to drop it is to close it.
    struct Line {
        source: EventSource,
        _message: Closure<dyn FnMut(MessageEvent)>,
        _error: Closure<dyn FnMut()>,
    }

    impl Drop for Line {
        fn drop(&mut self) {
            self.source.close();
        }
    }

    /// Says it from now on, and as long as whoever calls is shown.
    pub fn follow(heard: Heard) {
        Effect::new(move || {
            let polling: Polling = StoredValue::new_local(None);
            match open(heard, polling) {
                Some(line) => drop(StoredValue::new_local(line)),
                None => poll(heard, polling),
            }
        });
    }

    fn open(heard: Heard, polling: Polling) -> Option<Line> {
        let source = EventSource::new(link::MESSAGE_EVENTS).ok()?;
        let message = Closure::new(move |event: MessageEvent| {
            if let Some(unread) = event.data().as_string().and_then(|text| text.parse().ok()) {
                heard.try_set(Some(unread));
            }
        });
        let own = source.clone();
        // A line that broke is opened again by the browser; one that was refused is not.
        let error = Closure::new(move || {
            if own.ready_state() == EventSource::CLOSED {
                poll(heard, polling);
            }
        });
        source.set_onmessage(Some(message.as_ref().unchecked_ref()));
        source.set_onerror(Some(error.as_ref().unchecked_ref()));
        Some(Line { source, _message: message, _error: error })
    }

    fn poll(heard: Heard, polling: Polling) {
        let ask = move || {
            spawn_local(async move {
                match api::unread().await.and_then(|unread| unread.open()) {
                    Ok(unread) => drop(heard.try_set(Some(unread))),
                    // Whoever is not signed in any more is told nothing.
                    Err(AppError::SignInRequired) => drop(polling.try_set_value(None)),
                    Err(_) => {}
                }
            });
        };
        polling.try_set_value(Some(Interval::new(POLL_MILLIS, ask)));
    }
}

#[cfg(feature = "hydrate")]
pub use real::follow;

/// On the server nothing is followed.
#[cfg(not(feature = "hydrate"))]
pub fn follow(_heard: leptos::prelude::RwSignal<Option<u32>>) {}
