//! What is told at once: whoever has a page open learns how many messages they have not read, without asking.
//!
//! A stream says the number when it begins, when alerts are raised by this process, and when a look at the database every few seconds
//! finds another, for there may be other processes. It ends with the session, which it does not keep alive, and when the server stops.

use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{
    extract::{Request, State},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures::stream;
use tokio::sync::{
    broadcast::{self, error::RecvError},
    watch,
};
use uuid::Uuid;

use super::tell;
use crate::{
    account::caller,
    error::{AppError, Result},
    id::EnterpriseId,
    render,
    state::{AppState, Visit},
};

/// So many streams a person may have open, in this process.
pub const MOST: usize = 4;
/// How often a stream looks for what other processes told.
const LOOK: Duration = Duration::from_secs(3);
/// So long it waits after it heard of something: where many declare at once, one look serves for all of them.
const SETTLE: Duration = Duration::from_millis(100);
/// A line that says nothing, so that nobody on the way takes the connection for a dead one.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// What nginx is told, so that it passes on each line as it comes.
const UNBUFFERED: [(&str, &str); 1] = [("x-accel-buffering", "no")];
/// So many may be raised before a stream has heard of the first.
const BEHIND: usize = 64;

/// All streams of this process.
pub struct Live {
    raised: broadcast::Sender<EnterpriseId>,
    stopped: watch::Sender<bool>,
    open: Mutex<HashMap<Uuid, usize>>,
}

impl Default for Live {
    fn default() -> Self {
        Self { raised: broadcast::Sender::new(BEHIND), stopped: watch::Sender::new(false), open: Mutex::default() }
    }
}

impl Live {
    /// Alerts were raised in an enterprise, and are stored.
    pub fn raised(&self, enterprise: EnterpriseId) {
        // Nobody may be listening.
        let _ = self.raised.send(enterprise);
    }

    /// Ends every stream, and each that begins from now on.
    pub fn stop(&self) {
        self.stopped.send_replace(true);
    }

    fn streams(&self) -> MutexGuard<'_, HashMap<Uuid, usize>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(self: &Arc<Self>, viewer: Uuid) -> Option<Place> {
        let mut streams = self.streams();
        let open = streams.entry(viewer).or_default();
        if *open >= MOST {
            return None;
        }
        *open += 1;
        drop(streams);
        Some(Place { live: self.clone(), viewer })
    }
}

/// A person's place for one stream.
struct Place {
    live: Arc<Live>,
    viewer: Uuid,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut streams = self.live.streams();
        if let Some(open) = streams.get_mut(&self.viewer) {
            *open -= 1;
            if *open == 0 {
                streams.remove(&self.viewer);
            }
        }
    }
}

/// `GET /messages/events`
pub async fn events(State(state): State<AppState>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    match Listening::begin(Visit::new(state.clone(), &parts)).await {
        Ok(listening) => {
            let events =
                stream::unfold(listening, async |listening| listening.next().await.map(|(event, on)| (Ok::<_, Infallible>(event), on)));
            (UNBUFFERED, Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))).into_response()
        }
        Err(error) => render::error_page(state, &parts, error).await,
    }
}

/// One stream.
struct Listening {
    visit: Visit,
    /// Where something may be raised that its viewer is told of.
    enterprises: Vec<EnterpriseId>,
    raised: broadcast::Receiver<EnterpriseId>,
    stopped: watch::Receiver<bool>,
    /// What it said last.
    said: Option<u32>,
    _place: Place,
}

impl Listening {
    async fn begin(visit: Visit) -> Result<Self> {
        let live = &visit.state.live;
        let (raised, stopped) = (live.raised.subscribe(), live.stopped.subscribe());
        let viewer = caller::onlooker(&visit).await?;
        let place = live.take(viewer.id()).ok_or(AppError::TooManyRequests)?;
        let enterprises = caller::places(&visit, &viewer).await?.into_iter().map(|place| place.tenant.id()).collect();
        Ok(Self { visit, enterprises, raised, stopped, said: None, _place: place })
    }

    /// The next number that is another one; `None` at the end.
    async fn next(mut self) -> Option<(Event, Self)> {
        loop {
            if *self.stopped.borrow() || self.said.is_some() && !self.waits().await {
                return None;
            }
            match self.unread().await {
                Ok(unread) if self.said == Some(unread) => {}
                Ok(unread) => {
                    self.said = Some(unread);
                    return Some((Event::default().data(unread.to_string()), self));
                }
                Err(AppError::Busy) => tokio::time::sleep(LOOK).await,
                Err(_) => return None,
            }
        }
    }

    /// Until there may be another number. False when the server stops.
    async fn waits(&mut self) -> bool {
        let (raised, enterprises) = (&mut self.raised, &self.enterprises);
        tokio::select! {
            _ = self.stopped.wait_for(|stopped| *stopped) => false,
            () = heard(raised, enterprises) => true,
            () = tokio::time::sleep(LOOK) => true,
        }
    }

    async fn unread(&self) -> Result<u32> {
        let viewer = caller::onlooker(&self.visit).await?;
        Ok(tell::unread(&self.visit.state, &viewer).await?)
    }
}

/// Until alerts were raised in one of these enterprises, and a moment longer.
async fn heard(raised: &mut broadcast::Receiver<EnterpriseId>, enterprises: &[EnterpriseId]) {
    loop {
        match raised.recv().await {
            Ok(enterprise) if !enterprises.contains(&enterprise) => {}
            Ok(_) | Err(RecvError::Lagged(_)) => break,
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
    tokio::time::sleep(SETTLE).await;
    while !matches!(raised.try_recv(), Err(broadcast::error::TryRecvError::Empty | broadcast::error::TryRecvError::Closed)) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_has_four_streams_at_most_and_a_place_is_free_again() {
        let (live, one, other) = (Arc::new(Live::default()), Uuid::from_u128(1), Uuid::from_u128(2));
        let mut places: Vec<Place> = (0..MOST).map(|_| live.take(one).unwrap()).collect();
        assert!(live.take(one).is_none() && live.take(other).is_some());
        places.pop();
        assert!(live.take(one).is_some());
        drop(places);
        assert!(live.streams().is_empty());
    }
}
