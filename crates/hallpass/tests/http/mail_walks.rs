//! Walks of somebody who does not read the user's mail, over everything that takes what was mailed.

use std::time::Duration;

use hallpass::UserDeletion;
use hallpass::mailer::MailKind;
use hallpass::store::{AccountStore as _, SessionStore as _, UserStore as _};
use hallpass::types::Email;
use http::Method;
use proptest::prelude::*;
use serde_json::json;

use crate::app::{Call, PASSWORD};
use crate::full_app::everything;
use crate::mail_app::MailApp;
use crate::reset_password::reset;

const USER: &str = "test@example.com";
const ATTACKER: &str = "eve@example.com";
/// A user whose address is proven, and whose session is stolen.
const ROBBED: &str = "robbed@example.com";
/// A mailbox of the attacker's own, to which the robbed user's account would be moved.
const THIEF: &str = "thief@example.com";
/// An address that nobody has: its owner might come later.
const FREE: &str = "free@example.com";
const ATTACKERS_PASSWORD: &str = "the attackers password";

/// Whose mail the attacker reads.
const ATTACKERS: &[&str] = &[ATTACKER, THIEF];

/// What a code is for, as a request says it.
const PURPOSES: &[&str] = &["email-verification", "forget-password", "sign-in"];

/// A step; of what is presented, the place among [`guesses`].
#[derive(Debug, Clone)]
enum Step {
    Request,
    Follow(usize),
    Reset(usize),
    ResetByQuery(usize),
    SendVerification,
    Verify(usize),
    SendCode(usize),
    CheckCode(usize, usize),
    VerifyByCode(usize),
    ResetByCode(usize),
    SignInByCode(usize),
    AskToChangeEmail,
    AskToChangeEmailByLink,
    AskToMoveTheRobbed,
    VerifyAsTheRobbed(usize),
    ChangeEmailByCode(usize),
    SendMagicLink,
    FollowMagicLink(usize),
    GenerateOneTimeToken,
    VerifyOneTimeToken(usize),
    ChangePassword,
    DeleteByToken(usize),
    AskToDelete,
    DeleteByLink(usize),
    DeleteTheRobbedByLink(usize),
    SignIn,
    Wait,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let guess = || 0_usize..48;
    let purpose = || 0..PURPOSES.len();
    let links = prop_oneof![
        Just(Step::Request),
        guess().prop_map(Step::Follow),
        guess().prop_map(Step::Reset),
        guess().prop_map(Step::ResetByQuery),
        Just(Step::SendVerification),
        guess().prop_map(Step::Verify),
        Just(Step::SendMagicLink),
        guess().prop_map(Step::FollowMagicLink),
    ];
    let codes = prop_oneof![
        2 => purpose().prop_map(Step::SendCode),
        1 => (purpose(), guess()).prop_map(|(purpose, guess)| Step::CheckCode(purpose, guess)),
        1 => guess().prop_map(Step::VerifyByCode),
        1 => guess().prop_map(Step::ResetByCode),
        1 => guess().prop_map(Step::SignInByCode),
        1 => Just(Step::AskToChangeEmail),
        1 => guess().prop_map(Step::ChangeEmailByCode),
    ];
    let others = prop_oneof![
        Just(Step::GenerateOneTimeToken),
        guess().prop_map(Step::VerifyOneTimeToken),
        Just(Step::ChangePassword),
        guess().prop_map(Step::DeleteByToken),
        Just(Step::SignIn),
        Just(Step::Wait),
    ];
    let stolen = prop_oneof![
        Just(Step::AskToChangeEmailByLink),
        Just(Step::AskToMoveTheRobbed),
        guess().prop_map(Step::VerifyAsTheRobbed),
        Just(Step::AskToDelete),
        guess().prop_map(Step::DeleteByLink),
        guess().prop_map(Step::DeleteTheRobbedByLink),
    ];
    proptest::collection::vec(prop_oneof![3 => links, 3 => codes, 2 => others, 3 => stolen], 1..40)
}

/// What somebody without the mail can come by: what was mailed to another user, the newest first, what stands in the
/// database, what was used, and what is made up.
fn guesses(app: &MailApp, own: &[String]) -> Vec<String> {
    let mut guesses: Vec<String> = own.iter().rev().cloned().collect();
    for row in app.verification_rows() {
        let rest = row.identifier.split_once(':').map_or("", |(_, rest)| rest);
        // A code's row has the code's MAC and a count.
        let kept = row.value.rsplit_once(':').map_or("", |(kept, _)| kept).to_owned();
        let bare = kept.replace("hmac:", "");
        guesses.extend([row.identifier.clone(), rest.to_owned(), rest.replace("sha256:", "")]);
        guesses.extend([row.value, kept, bare]);
    }
    guesses.extend(["", "a", "000000", "aaaaaaaaaaaaaaaaaaaaaaaa", "x.y.z"].map(str::to_owned));
    guesses
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// What has become of the user, and of the robbed one.
#[derive(Debug, Default, PartialEq)]
struct Outcome {
    password_changed: bool,
    proven: bool,
    /// Somebody has a session of the user's beside the user's own.
    signed_in: bool,
    /// The address that nobody had is somebody's.
    taken: bool,
    /// The robbed user has another address.
    moved: bool,
    /// The robbed user is gone.
    deleted: bool,
}

/// Walks, reading the mail of some addresses.
async fn walk(steps: &[Step], reads: &[&str]) -> Outcome {
    let by_mail = UserDeletion { by_mail: true, ..UserDeletion::default() };
    let app = MailApp::with(|builder| everything(builder).0.user_deletion(by_mail));
    app.sign_up().await;
    let id = user(&app).await.id;
    let stolen = robbed(&app).await;
    let users_own = app.store.sessions_of(&id, app.auth.now()).await.unwrap();
    let attacker = json!({"name": "E", "email": ATTACKER, "password": PASSWORD});
    let cookies = app.post("/sign-up/email", attacker).await.cookie();
    let cookie = cookies.split("; ").next().unwrap().to_owned();
    let robbed_id = at(&app, ROBBED).await.unwrap().id;
    app.clock.advance(Duration::from_secs(60));
    let mut own = Vec::new();
    for step in steps {
        take(step, &app, (&cookie, &stolen), &mut own).await;
        let mails = app.mailer.take().into_iter().filter(|mail| reads.contains(&mail.to.as_str()));
        own.extend(mails.filter_map(|mail| mail.token.or(mail.otp)));
    }
    let sessions = app.store.sessions_of(&id, app.auth.now()).await.unwrap();
    let lives = !app.store.accounts_of(&robbed_id).await.unwrap().is_empty();
    let stays = at(&app, ROBBED).await.is_some_and(|robbed| robbed.id == robbed_id);
    Outcome {
        taken: at(&app, FREE).await.is_some(),
        deleted: !lives,
        moved: lives && !stays,
        proven: user(&app).await.email_verified,
        signed_in: sessions.iter().any(|session| users_own.iter().all(|own| own.id != session.id)),
        password_changed: app.sign_in(PASSWORD).await.status != 200
            || app.sign_in(ATTACKERS_PASSWORD).await.code() != "INVALID_EMAIL_OR_PASSWORD",
    }
}

async fn at(app: &MailApp, email: &str) -> Option<hallpass::model::User> {
    app.store.user_by_email(&Email::parse(email).unwrap()).await.unwrap()
}

async fn user(app: &MailApp) -> hallpass::model::User {
    at(app, USER).await.unwrap()
}

/// Signs up whoever is robbed, and proves the address; the session's cookie.
async fn robbed(app: &MailApp) -> String {
    let body = json!({"name": "R", "email": ROBBED, "password": PASSWORD});
    let cookies = app.post("/sign-up/email", body).await.cookie();
    app.mailer.take();
    app.post("/send-verification-email", json!({"email": ROBBED})).await;
    app.get(&format!("/verify-email?token={}", app.token(MailKind::VerifyEmail))).await;
    assert!(at(app, ROBBED).await.unwrap().email_verified);
    cookies.split("; ").next().unwrap().to_owned()
}

async fn take(step: &Step, app: &MailApp, (cookie, stolen): (&str, &str), own: &mut Vec<String>) {
    let guess = |index: &usize| {
        let guesses = guesses(app, own);
        guesses[index % guesses.len()].clone()
    };
    // Asked for both, so that there is something to mix up; the user's own comes last.
    let for_both = async |path: &str, body: serde_json::Value| {
        for email in [ATTACKER, USER] {
            let mut body = body.clone();
            body["email"] = email.into();
            app.post(path, body).await;
        }
    };
    let follow = async |path: &str, index: &usize, cookie: &str| {
        let target = format!("{path}?token={}&callbackURL=/x", encoded(&guess(index)));
        Call::new(Method::GET, &target).cookie(cookie).send(app).await;
    };
    match step {
        Step::Request => for_both("/request-password-reset", json!({"redirectTo": "/x"})).await,
        Step::Follow(index) => {
            app.get(&format!("/reset-password/{}?callbackURL=/x", encoded(&guess(index)))).await;
        }
        Step::Reset(index) => drop(reset(&guess(index), ATTACKERS_PASSWORD).send(app).await),
        Step::ResetByQuery(index) => {
            let path = format!("/reset-password?token={}", encoded(&guess(index)));
            app.post(&path, json!({"newPassword": ATTACKERS_PASSWORD})).await;
        }
        Step::SendVerification => for_both("/send-verification-email", json!({})).await,
        Step::Verify(index) => {
            app.get(&format!("/verify-email?token={}", encoded(&guess(index)))).await;
        }
        Step::SendCode(purpose) => {
            for_both("/email-otp/send-verification-otp", json!({"type": PURPOSES[*purpose]})).await;
        }
        Step::CheckCode(purpose, index) => {
            let body = json!({"email": USER, "type": PURPOSES[*purpose], "otp": guess(index)});
            app.post("/email-otp/check-verification-otp", body).await;
        }
        Step::VerifyByCode(index) => {
            app.post("/email-otp/verify-email", json!({"email": USER, "otp": guess(index)})).await;
        }
        Step::ResetByCode(index) => {
            let body = json!({"email": USER, "otp": guess(index), "password": ATTACKERS_PASSWORD});
            app.post("/email-otp/reset-password", body).await;
        }
        Step::SignInByCode(index) => {
            app.post("/sign-in/email-otp", json!({"email": USER, "otp": guess(index)})).await;
        }
        Step::AskToChangeEmail => {
            app.post_as("/email-otp/request-email-change", cookie, json!({"newEmail": USER})).await;
        }
        Step::ChangeEmailByCode(index) => {
            let body = json!({"newEmail": USER, "otp": guess(index)});
            app.post_as("/email-otp/change-email", cookie, body).await;
        }
        Step::AskToChangeEmailByLink => {
            for email in [USER, FREE] {
                let body = json!({"newEmail": email, "callbackURL": "/x"});
                app.post_as("/change-email", cookie, body).await;
            }
        }
        Step::AskToMoveTheRobbed => {
            app.post_as("/change-email", stolen, json!({"newEmail": THIEF, "callbackURL": "/x"})).await;
        }
        Step::VerifyAsTheRobbed(index) => follow("/verify-email", index, stolen).await,
        // By the stolen session last, so that its mail is the newest.
        Step::AskToDelete => {
            for cookie in [cookie, stolen] {
                app.post_as("/delete-user", cookie, json!({"callbackURL": "/x"})).await;
            }
        }
        Step::DeleteByLink(index) => follow("/delete-user/callback", index, cookie).await,
        Step::DeleteTheRobbedByLink(index) => follow("/delete-user/callback", index, stolen).await,
        Step::SendMagicLink => for_both("/sign-in/magic-link", json!({})).await,
        Step::FollowMagicLink(index) => {
            app.get(&format!("/magic-link/verify?token={}", encoded(&guess(index)))).await;
        }
        Step::GenerateOneTimeToken => {
            let answer = Call::new(Method::GET, "/one-time-token/generate").cookie(cookie).send(app).await;
            own.extend(answer.json()["token"].as_str().map(str::to_owned));
        }
        Step::VerifyOneTimeToken(index) => {
            app.post("/one-time-token/verify", json!({"token": guess(index)})).await;
        }
        Step::ChangePassword => {
            let body = json!({"currentPassword": ATTACKERS_PASSWORD, "newPassword": PASSWORD});
            app.post_as("/change-password", cookie, body).await;
        }
        Step::DeleteByToken(index) => {
            app.post_as("/delete-user", cookie, json!({"token": guess(index)})).await;
        }
        Step::SignIn => drop(app.sign_in(ATTACKERS_PASSWORD).await),
        Step::Wait => app.clock.advance(Duration::from_secs(200)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn row_63_no_walk_sets_a_password_or_proves_an_address_without_the_mailed_secret(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        prop_assert_eq!(runtime.block_on(walk(&steps, ATTACKERS)), Outcome::default());
    }
}

/// So the walks above go where something is to be had.
#[tokio::test]
async fn every_step_that_takes_a_mailed_secret_does_what_it_does_with_the_users() {
    let (changed, proven, changed_and_proven, signed_in) = (
        Outcome { password_changed: true, ..Outcome::default() },
        Outcome { proven: true, ..Outcome::default() },
        Outcome { password_changed: true, proven: true, ..Outcome::default() },
        // The password of who had not proven the address goes too.
        Outcome { password_changed: true, proven: true, signed_in: true, ..Outcome::default() },
    );
    let code = |purpose: &str| Step::SendCode(PURPOSES.iter().position(|known| *known == purpose).unwrap());
    let (moved, deleted, taken) = (
        Outcome { moved: true, ..Outcome::default() },
        Outcome { deleted: true, ..Outcome::default() },
        Outcome { taken: true, ..Outcome::default() },
    );
    let cases = [
        (vec![Step::Request, Step::Reset(0)], &changed),
        (vec![Step::Request, Step::ResetByQuery(0)], &changed),
        (vec![Step::SendVerification, Step::Verify(0)], &proven),
        (vec![code("email-verification"), Step::VerifyByCode(0)], &proven),
        (vec![code("forget-password"), Step::ResetByCode(0)], &changed_and_proven),
        (vec![code("sign-in"), Step::SignInByCode(0)], &signed_in),
        (vec![Step::SendMagicLink, Step::FollowMagicLink(0)], &signed_in),
        // The old address is asked first, and then the new one.
        (vec![Step::AskToMoveTheRobbed, Step::VerifyAsTheRobbed(0), Step::VerifyAsTheRobbed(0)], &moved),
        (vec![Step::AskToMoveTheRobbed, Step::Verify(0), Step::Verify(0)], &moved),
        (vec![Step::AskToDelete, Step::DeleteTheRobbedByLink(0)], &deleted),
        (vec![Step::AskToChangeEmailByLink, Step::Verify(0)], &taken),
    ];
    for (steps, outcome) in cases {
        assert_eq!(walk(&steps, &[USER, ATTACKER, ROBBED, THIEF, FREE]).await, *outcome, "{steps:?}");
        assert_eq!(walk(&steps, ATTACKERS).await, Outcome::default(), "{steps:?}");
    }
}
