//! What a check of a password finds decides in every flow.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hallpass::password::{HashError, Password, PasswordHash, PasswordHasher, Verdict};
use hallpass::plugins::Username;
use http::Method;
use serde_json::json;

use crate::app::{App, Call, PASSWORD, cheap_hasher};

/// A hasher that finds what it is told to find.
#[derive(Debug, Clone)]
struct Finding(Verdict, Arc<AtomicUsize>);

#[async_trait::async_trait]
impl PasswordHasher for Finding {
    async fn hash(&self, password: &Password) -> Result<PasswordHash, HashError> {
        cheap_hasher().hash(password).await
    }

    async fn verify(&self, _: &Password, _: &PasswordHash) -> Result<Verdict, HashError> {
        self.1.fetch_add(1, Ordering::Relaxed);
        Ok(self.0)
    }
}

/// The build fails where a verdict may be left unread: then nothing is expected here.
#[expect(unused_must_use, reason = "this is what the compiler must complain of")]
fn leaves_a_verdict_unread(verdict: fn() -> Verdict) {
    verdict();
}

#[tokio::test]
async fn row_106_every_flow_heeds_what_a_check_of_a_password_finds() {
    leaves_a_verdict_unread(|| Verdict::Wrong);
    // The password that is given is the other way round: what is found counts, and nothing else.
    for (verdict, given) in [
        (Verdict::Wrong, PASSWORD),
        (Verdict::Right, "wrong password"),
        (Verdict::RightButOutdated, "wrong password"),
    ] {
        for (path, body) in [
            ("/sign-in/email", json!({"email": "test@example.com", "password": given})),
            ("/sign-in/username", json!({"username": "test_user", "password": given})),
            ("/verify-password", json!({"password": given})),
            ("/change-password", json!({"currentPassword": given, "newPassword": "another password"})),
            ("/delete-user", json!({"password": given})),
        ] {
            let finding = Finding(verdict, Arc::default());
            let hasher = finding.clone();
            let app = App::with(|builder| {
                builder.plugin(Username::new()).allow_user_deletion().password_hasher(hasher)
            });
            let user = json!({
                "name": "A", "email": "test@example.com", "password": PASSWORD, "username": "test_user"
            });
            let cookie = app.post("/sign-up/email", user).await.cookie();
            finding.1.store(0, Ordering::Relaxed);
            let call = Call::new(Method::POST, path).header("origin", "http://localhost:3000");
            // Where somebody is signed in, signing in is another matter.
            let call = if path.starts_with("/sign-in") { call } else { call.cookie(&cookie) };
            let answer = call.json(&body).send(&app).await;
            let is_granted = answer.status == 200;
            assert_eq!(is_granted, verdict.is_right(), "{path}, {verdict:?}: {answer:?}");
            assert!(finding.1.load(Ordering::Relaxed) > 0, "{path} did not ask");
            assert!(is_granted || (app.rows("user"), app.rows("session")) == (1, 1), "{path}, {verdict:?}");
        }
    }
}
