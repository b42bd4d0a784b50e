//! Why sessions end, as plugins are told.

use std::num::NonZeroU32;
use std::sync::Arc;

use async_trait::async_trait;
use hallpass::plugin::{Change, Plugin};
use hallpass::store::UserStore as _;
use hallpass::types::Email;
use hallpass::{Auth, Error, SessionOptions};
use serde_json::json;

use crate::app::{App, PASSWORD};
use crate::moments::{Witness, Witnessed};

/// Why sessions ended since the witness was last asked.
fn ends(witness: &Witness) -> Vec<String> {
    let ended = |line: &String| line.starts_with("after delete session");
    witness.take().into_iter().filter(ended).collect()
}

#[tokio::test]
async fn the_proof_of_a_mailbox_and_one_session_too_many_are_told_as_why_sessions_end() {
    let plugin = Witnessed::default();
    let witness = Arc::clone(&plugin.0);
    let two = SessionOptions { max_per_user: NonZeroU32::new(2), ..SessionOptions::default() };
    let app = App::with(|b| b.plugin(plugin).session(two));
    app.sign_up().await;
    app.clock.advance(std::time::Duration::from_secs(1));
    app.sign_in(PASSWORD).await;
    assert!(ends(&witness).is_empty());
    app.clock.advance(std::time::Duration::from_secs(1));
    app.sign_in(PASSWORD).await;
    assert_eq!(ends(&witness), ["after delete session: TooMany"]);
    let email = Email::parse("test@example.com").unwrap();
    let user = app.store.user_by_email(&email).await.unwrap().unwrap();
    app.auth.prove_mailbox(&user.id, &email).await.unwrap().unwrap();
    let ended = ends(&witness);
    assert!(
        !ended.is_empty() && ended.iter().all(|end| end == "after delete sessions: EmailProven"),
        "{ended:?}"
    );
}

/// Takes the user's password away as soon as it has given a session.
#[derive(Debug, Clone, Default)]
struct Robber;

#[async_trait]
impl Plugin for Robber {
    fn id(&self) -> &'static str {
        "robber"
    }

    async fn after_change(&self, auth: &Auth, change: &Change<'_>) -> Result<(), Error> {
        if let Change::CreateSession { user, .. } = change {
            for account in auth.store().accounts_of(&user.id).await? {
                auth.store().delete_account(&account.id).await?;
            }
        }
        Ok(())
    }
}

#[tokio::test]
async fn a_session_that_a_gone_password_gave_is_told_to_be_undone() {
    let plugin = Witnessed::default();
    let witness = Arc::clone(&plugin.0);
    let app = App::with(|b| b.plugin(plugin).plugin(Robber));
    let body = json!({"name": "A", "email": "test@example.com", "password": PASSWORD});
    app.post("/sign-up/email", body).await.is(401, "UNAUTHORIZED");
    assert_eq!(ends(&witness), ["after delete session: Undone"]);
}
