//! Every route, while the store fails at each of its calls in turn: before the call took effect, after it did, and
//! without ever answering. The same over SQLite, PostgreSQL and MariaDB, at every statement.
//!
//! Whatever happens, nobody is granted what the answer denies, nothing is half there, a token is good once, and who tries
//! again comes to the same end.

mod connection;
mod lagging;
mod requests;
mod servers;
mod sqlite;

use std::future::Future as _;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use async_trait::async_trait;
use hallpass::schema::ExtraField;
use hallpass::store::Store;
use hallpass::types::Email;
use hallpass::{AuthBuilder, ChangeEmail, MemoryStore, UserDeletion};
use hallpass_testing::{DefectiveStore, Fault, FaultyStore, StoreDefect};
use http::Method;
use serde_json::json;

use self::requests::{ONCE, ROUTES, request};
use crate::app::{Answer, Call, PASSWORD};
use crate::full_app::{assert_lists_every_route, everything};
use crate::mail_app::MailApp;

/// Whoever may have come to be a user.
const ADDRESSES: &[&str] = &["test@example.com", "new@example.com", "other@example.com"];

/// What fails, and how.
#[async_trait]
trait Faulty: Send + Sync {
    /// Begins to count anew, with a fault or none.
    fn set(&self, fault: Option<Fault>);
    /// How many calls there were since.
    fn calls(&self) -> usize;
    /// Whether what [hangs](Fault::Hangs) does; else it fails in the midst.
    fn hangs(&self) -> bool;
    /// How many accounts and sessions there are.
    async fn counts(&self) -> [u64; 2];
}

/// A server with everything on, over something that fails.
struct Place {
    app: MailApp,
    faults: Arc<dyn Faulty>,
}

impl Place {
    fn over(store: Arc<dyn Store>, faults: Arc<dyn Faulty>) -> Self {
        Self::with(store, faults, |builder| builder)
    }

    /// With more said to the builder.
    fn with(
        store: Arc<dyn Store>,
        faults: Arc<dyn Faulty>,
        configure: impl FnOnce(AuthBuilder) -> AuthBuilder,
    ) -> Self {
        let app = MailApp::over(store, MemoryStore::new(), |builder| {
            everything(configure(builder))
                .0
                .session_field(ExtraField::text("note").input())
                .change_email(ChangeEmail { confirm_at_old_address: false, ..ChangeEmail::default() })
                .user_deletion(UserDeletion { by_mail: true, ..UserDeletion::default() })
        });
        Self { app, faults }
    }

    /// Over memory, with one of the defects of stores if any.
    async fn in_memory(defect: Option<StoreDefect>) -> Self {
        let memory = MemoryStore::new();
        let faulty = FaultyStore::new(memory.clone());
        // Outermost, so that a fault comes between the steps of what should be one.
        let store = DefectiveStore::new(faulty.clone(), defect);
        let place = Self::over(Arc::new(store), Arc::new(InMemory { store: faulty, memory }));
        place.app.sign_up().await;
        place
    }

    /// How many accounts and sessions there are without their user.
    async fn orphans(&self) -> [u64; 2] {
        let store = self.app.auth.store();
        let [mut accounts, mut sessions] = self.faults.counts().await;
        for address in ADDRESSES {
            let Some(user) = store.user_by_email(&Email::parse(address).unwrap()).await.unwrap() else {
                continue;
            };
            accounts -= store.accounts_of(&user.id).await.unwrap().len() as u64;
            sessions -= store.sessions_of(&user.id, self.app.auth.now()).await.unwrap().len() as u64;
        }
        [accounts, sessions]
    }

    async fn is_signed_in(&self, answer: &Answer) -> bool {
        let cookie = answer.cookie();
        let call = Call::new(Method::GET, "/get-session").cookie(&cookie);
        !cookie.is_empty() && call.send(&self.app).await.text() != "null"
    }
}

/// A store in memory that fails.
struct InMemory {
    store: FaultyStore<MemoryStore>,
    memory: MemoryStore,
}

#[async_trait]
impl Faulty for InMemory {
    fn set(&self, fault: Option<Fault>) {
        match fault {
            Some(fault) => self.store.arm(fault),
            None => self.store.disarm(),
        }
    }

    fn calls(&self) -> usize {
        self.store.calls().len()
    }

    fn hangs(&self) -> bool {
        true
    }

    async fn counts(&self) -> [u64; 2] {
        let counts = self.memory.counts();
        ["account", "session"].map(|table| counts.iter().find(|(name, _)| *name == table).unwrap().1)
    }
}

/// Whether the same came of it.
fn is_as(answer: &Answer, dry: &Answer) -> bool {
    let error = |answer: &Answer| answer.header("location").is_some_and(|to| to.contains("error="));
    answer.status == dry.status && error(answer) == error(dry)
}

/// What is wrong with a route while the call with this number fails.
async fn wrong(place: &Place, route: &'static str, fault: Fault, dry: &Answer) -> Vec<String> {
    let mut wrong = Vec::new();
    let call = request(place, route).await.unwrap();
    place.faults.set(Some(fault));
    let answer = match fault {
        // Nobody waits for what never comes: the client has gone.
        Fault::Hangs(_) if place.faults.hangs() => {
            match pin!(call.clone().send(&place.app)).poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(answer) => Some(answer),
                Poll::Pending => None,
            }
        }
        _ => Some(call.clone().send(&place.app).await),
    };
    place.faults.set(None);
    let mut successes = 0;
    match &answer {
        None => {}
        Some(answer) if answer.status.is_server_error() => {
            let named = br#"{"message":"Failed to get session","code":"FAILED_TO_GET_SESSION"}"#;
            if !answer.body.is_empty() && *answer.body != *named {
                wrong.push(format!("it tells {}", answer.text()));
            }
            if place.is_signed_in(answer).await {
                wrong.push("an error signs in".to_owned());
            }
        }
        // Done all the same: what failed was beside the answer.
        Some(answer) if is_as(answer, dry) => successes += 1,
        Some(answer) => wrong.push(format!("it answers {answer:?}")),
    }
    let is_of_nobody = route.contains("anonymous");
    if !is_of_nobody && place.orphans().await != [0, 0] {
        wrong.push("something is left of nobody".to_owned());
    }
    // The same again, twice.
    for _ in 0..2 {
        let again = call.clone().send(&place.app).await;
        if again.status.is_server_error() {
            wrong.push(format!("tried again, it answers {again:?}"));
        }
        successes += usize::from(is_as(&again, dry));
    }
    if ONCE.contains(&route) && successes > 1 {
        wrong.push(format!("it is good {successes} times"));
    }
    // Or all of it from the beginning, which for who was signed up or deleted comes to what was wanted.
    let anew = match (route, request(place, route).await) {
        _ if successes > 0 => None,
        ("/sign-up/email", _) => {
            let body = json!({"email": "other@example.com", "password": PASSWORD});
            Some(place.app.post("/sign-in/email", body).await)
        }
        (_, Some(call)) => Some(call.send(&place.app).await),
        (_, None) => None,
    };
    if let Some(anew) = anew.filter(|anew| !is_as(anew, dry)) {
        wrong.push(format!("begun anew, it answers {anew:?}"));
    }
    wrong
}

/// What is wrong with every route at every call of what `place` makes.
async fn walk(place: impl AsyncFn() -> Place, faults: &[fn(usize) -> Fault]) -> (Vec<String>, usize) {
    assert_lists_every_route(&place().await.app.auth, &[ROUTES]);
    walk_over(ROUTES, place, faults).await
}

/// The same with some of the routes.
async fn walk_over(
    routes: &[&'static str],
    place: impl AsyncFn() -> Place,
    faults: &[fn(usize) -> Fault],
) -> (Vec<String>, usize) {
    let (mut all, mut tried) = (Vec::new(), 0);
    for route in routes {
        let dry_place = place().await;
        let call = request(&dry_place, route).await.unwrap();
        dry_place.faults.set(None);
        let dry = call.send(&dry_place.app).await;
        if !(dry.status.is_success() || dry.status.is_redirection()) {
            all.push(format!("{route} without a fault: {dry:?}"));
            continue;
        }
        let calls = dry_place.faults.calls();
        for number in 1..=calls {
            for fault in faults {
                let fault = fault(number);
                tried += 1;
                for wrong in wrong(&place().await, route, fault, &dry).await {
                    all.push(format!("{route} {fault:?} of {calls}: {wrong}"));
                }
            }
        }
    }
    (all, tried)
}

/// What can befall a call of a store.
const FAULTS: &[fn(usize) -> Fault] = &[Fault::Before, Fault::After, Fault::Hangs];
/// The same of statements. What is met with a memory store before a call too is left out here.
const AT_STATEMENTS: &[fn(usize) -> Fault] = &[Fault::After, Fault::Hangs];

#[tokio::test]
async fn no_fault_at_any_call_of_a_store_grants_loses_or_halves_anything_on_any_route() {
    let (wrong, tried) = walk(async || Place::in_memory(None).await, FAULTS).await;
    assert!(wrong.is_empty(), "{} of {tried}: {wrong:#?}", wrong.len());
    assert!(tried > 400, "{tried}");
}

#[tokio::test]
async fn a_fault_between_two_steps_of_a_store_is_found() {
    let defect = Some(StoreDefect::CreatesInTwoSteps);
    let (wrong, _) = walk(async || Place::in_memory(defect).await, FAULTS).await;
    assert!(wrong.iter().any(|wrong| wrong.starts_with("/sign-up/email")), "{wrong:#?}");
}
