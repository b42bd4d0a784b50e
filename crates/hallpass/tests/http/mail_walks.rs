//! Walks of somebody who does not read the user's mail.

use std::time::Duration;

use hallpass::store::UserStore as _;
use hallpass::types::Email;
use proptest::prelude::*;
use serde_json::json;

use crate::app::PASSWORD;
use crate::mail_app::MailApp;
use crate::reset_password::reset;

/// A step of somebody who does not read the user's mail.
#[derive(Debug, Clone)]
enum Step {
    Request,
    Follow(usize),
    Reset(usize),
    ResetByQuery(usize),
    SendVerification,
    Verify(usize),
    ChangePassword,
    DeleteByToken(usize),
    SignIn,
    Wait,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        Just(Step::Request),
        (0_usize..12).prop_map(Step::Follow),
        (0_usize..12).prop_map(Step::Reset),
        (0_usize..12).prop_map(Step::ResetByQuery),
        Just(Step::SendVerification),
        (0_usize..12).prop_map(Step::Verify),
        Just(Step::ChangePassword),
        (0_usize..12).prop_map(Step::DeleteByToken),
        Just(Step::SignIn),
        Just(Step::Wait),
    ];
    proptest::collection::vec(step, 1..30)
}

/// What somebody without the mail can come by: what stands in the database, what was mailed to another user, what
/// was mailed and then used, and what is made up.
fn guesses(app: &MailApp, own: &[String]) -> Vec<String> {
    let mut guesses: Vec<String> = Vec::new();
    for row in app.verification_rows() {
        let rest = row.identifier.split_once(':').map_or("", |(_, rest)| rest);
        guesses.extend([row.identifier.clone(), rest.to_owned(), rest.replace("sha256:", ""), row.value]);
    }
    guesses.extend(own.iter().cloned());
    guesses.extend(["", "a", "aaaaaaaaaaaaaaaaaaaaaaaa", "x.y.z"].map(str::to_owned));
    guesses
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

async fn walk(steps: Vec<Step>) {
    let app = MailApp::new();
    app.sign_up().await;
    let attacker = json!({"name": "E", "email": "eve@example.com", "password": PASSWORD});
    let cookie = app.post("/sign-up/email", attacker).await.cookie();
    app.clock.advance(Duration::from_secs(60));
    let mut own = Vec::new();
    for step in steps {
        let guess = |index: usize| {
            let guesses = guesses(&app, &own);
            guesses[index % guesses.len()].clone()
        };
        match step {
            Step::Request => {
                for email in ["test@example.com", "eve@example.com"] {
                    app.post("/request-password-reset", json!({"email": email, "redirectTo": "/x"})).await;
                }
            }
            Step::Follow(index) => {
                let token = encoded(&guess(index));
                app.get(&format!("/reset-password/{token}?callbackURL=/x")).await;
            }
            Step::Reset(index) => drop(reset(&guess(index), "the attackers password").send(&app).await),
            Step::ResetByQuery(index) => {
                let token = encoded(&guess(index));
                let path = format!("/reset-password?token={token}");
                app.post(&path, json!({"newPassword": "the attackers password"})).await;
            }
            Step::SendVerification => {
                app.post("/send-verification-email", json!({"email": "test@example.com"})).await;
                app.post("/send-verification-email", json!({"email": "eve@example.com"})).await;
            }
            Step::Verify(index) => {
                drop(app.get(&format!("/verify-email?token={}", encoded(&guess(index)))).await)
            }
            Step::ChangePassword => {
                let body = json!({"currentPassword": "the attackers password", "newPassword": PASSWORD});
                app.post_as("/change-password", &cookie, body).await;
            }
            Step::DeleteByToken(index) => {
                app.post_as("/delete-user", &cookie, json!({"token": guess(index)})).await;
            }
            Step::SignIn => drop(app.sign_in("the attackers password").await),
            Step::Wait => app.clock.advance(Duration::from_secs(600)),
        }
        // The attacker reads the attacker's own mail.
        own.extend(
            app.mailer
                .take()
                .into_iter()
                .filter(|mail| mail.to.as_str() == "eve@example.com")
                .filter_map(|mail| mail.token),
        );
    }
    assert_eq!(app.sign_in(PASSWORD).await.status.as_u16(), 200, "the password is the user's own");
    app.sign_in("the attackers password").await.is(401, "INVALID_EMAIL_OR_PASSWORD");
    let email = Email::parse("test@example.com").unwrap();
    assert!(!app.store.user_by_email(&email).await.unwrap().unwrap().email_verified);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn row_63_no_walk_sets_a_password_or_proves_an_address_without_the_mailed_secret(steps in steps()) {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(walk(steps));
    }
}
