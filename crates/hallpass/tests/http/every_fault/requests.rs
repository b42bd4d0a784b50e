//! A request to each route that does what the route is for.

use hallpass::mailer::MailKind;
use hallpass::model::Account;
use hallpass::password::PasswordHash;
use hallpass::store::UserChange;
use hallpass::types::{AccountId, Email};
use http::Method;
use serde_json::{Value, json};

use super::Place;
use crate::app::{Call, PASSWORD};
use crate::mail_app::path_of;

/// What the password may have become.
const NEW_PASSWORD: &str = "another password";
/// And the address.
const NEW_EMAIL: &str = "new@example.com";

/// Every route.
pub(super) const ROUTES: &[&str] = &[
    "/ok",
    "/error",
    "/sign-up/email",
    "/sign-in/email",
    "/sign-out",
    "/get-session",
    "/list-sessions",
    "/revoke-session",
    "/revoke-sessions",
    "/revoke-other-sessions",
    "/list-accounts",
    "/unlink-account",
    "/update-user",
    "/update-session",
    "/change-email",
    "/change-password",
    "/verify-password",
    "/request-password-reset",
    "/reset-password",
    "/reset-password/:token",
    "/send-verification-email",
    "/verify-email",
    "/delete-user",
    "/delete-user/callback",
    "/sign-in/magic-link",
    "/magic-link/verify",
    "/one-time-token/generate",
    "/one-time-token/verify",
    "/multi-session/list-device-sessions",
    "/multi-session/set-active",
    "/multi-session/revoke",
    "/email-otp/send-verification-otp",
    "/email-otp/check-verification-otp",
    "/email-otp/verify-email",
    "/sign-in/email-otp",
    "/email-otp/request-password-reset",
    "/forget-password/email-otp",
    "/email-otp/reset-password",
    "/email-otp/request-email-change",
    "/email-otp/change-email",
    "/sign-in/username",
    "/is-username-available",
    "/sign-in/anonymous",
    "/delete-anonymous-user",
    "/open-api/generate-schema",
    "/reference",
    "/token",
    "/jwks",
];

/// Those whose request is good once.
pub(super) const ONCE: &[&str] = &[
    "/sign-up/email",
    "/unlink-account",
    "/change-password",
    "/reset-password",
    "/delete-user",
    "/delete-user/callback",
    "/magic-link/verify",
    "/one-time-token/verify",
    "/email-otp/verify-email",
    "/sign-in/email-otp",
    "/email-otp/reset-password",
    "/email-otp/request-email-change",
    "/email-otp/change-email",
    "/delete-anonymous-user",
];

impl Place {
    /// The user as the user now is, with address, password and a new session; `None` if the user is gone.
    async fn user(&self) -> Option<(&'static str, &'static str, String)> {
        for email in ["test@example.com", NEW_EMAIL] {
            for password in [PASSWORD, NEW_PASSWORD] {
                let body = json!({"email": email, "password": password});
                let answer = self.app.post("/sign-in/email", body).await;
                if answer.status == 200 {
                    let cookie = answer.cookie();
                    return Some((email, password, cookie));
                }
            }
        }
        None
    }

    /// Changes the user otherwise than by a route.
    async fn change(&self, email: &str, change: UserChange) {
        let store = self.app.auth.store();
        let user = store.user_by_email(&Email::parse(email).unwrap()).await.unwrap().unwrap();
        let change = UserChange { updated_at: user.updated_at, ..change };
        store.update_user(&user.id, &change).await.unwrap();
    }

    async fn code(&self, email: &str, of_type: &str, kind: MailKind) -> String {
        self.app.mailer.take();
        self.app.post("/email-otp/send-verification-otp", json!({"email": email, "type": of_type})).await;
        self.app.mail(kind).otp.unwrap()
    }
}

fn post(path: &str, cookie: &str, body: &Value) -> Call {
    let call = Call::new(Method::POST, path).header("origin", "http://localhost:3000");
    let call = if cookie.is_empty() { call } else { call.cookie(cookie) };
    call.json(body)
}

fn get(path: &str, cookie: &str) -> Call {
    Call::new(Method::GET, path).cookie(cookie)
}

/// The first cookie alone: the session's.
fn session_cookie(cookie: &str) -> &str {
    cookie.split("; ").find(|pair| pair.starts_with("better-auth.session_token=")).unwrap()
}

fn proven(is_proven: bool) -> UserChange {
    UserChange { email_verified: Some(is_proven), ..UserChange::default() }
}

/// A request to a route, for which all is made ready; `None` if its user is gone.
pub(super) async fn request(place: &Place, route: &str) -> Option<Call> {
    let app = &place.app;
    let (email, password, cookie) = place.user().await?;
    let cookie = cookie.as_str();
    let store = app.auth.store();
    app.mailer.take();
    Some(match route {
        "/sign-up/email" => {
            let body =
                json!({"name": "B", "email": "other@example.com", "password": PASSWORD, "username": "other"});
            post(route, "", &body)
        }
        "/sign-in/email" => post(route, "", &json!({"email": email, "password": password})),
        "/get-session" => {
            app.clock.advance(std::time::Duration::from_secs(2 * 86_400));
            get(route, session_cookie(cookie))
        }
        "/sign-out" | "/revoke-sessions" | "/revoke-other-sessions" => post(route, cookie, &json!({})),
        "/revoke-session" => {
            let other = place.user().await?.2;
            let shown = get("/get-session", session_cookie(&other)).send(app).await.json();
            post(route, cookie, &json!({"token": shown["session"]["token"]}))
        }
        "/unlink-account" => {
            let user = store.user_by_email(&Email::parse(email).unwrap()).await.unwrap().unwrap();
            let account = Account {
                provider_id: "github".to_owned(),
                account_id: "1".to_owned(),
                password: None,
                ..Account::credential(
                    AccountId::from("github"),
                    &user.id,
                    PasswordHash::new(""),
                    user.created_at,
                )
            };
            drop(store.add_account(&account).await);
            post(route, cookie, &json!({"providerId": "github"}))
        }
        "/update-user" => post(route, cookie, &json!({"name": "C", "username": "somebody"})),
        "/update-session" => post(route, cookie, &json!({"note": "a note"})),
        "/change-email" => {
            let to = if email == NEW_EMAIL { "test@example.com" } else { NEW_EMAIL };
            post(route, cookie, &json!({"newEmail": to}))
        }
        "/change-password" => {
            let to = if password == PASSWORD { NEW_PASSWORD } else { PASSWORD };
            let body = json!({"currentPassword": password, "newPassword": to, "revokeOtherSessions": true});
            post(route, cookie, &body)
        }
        "/verify-password" => post(route, cookie, &json!({"password": password})),
        "/request-password-reset" | "/email-otp/request-password-reset" | "/forget-password/email-otp" => {
            post(route, "", &json!({"email": email, "redirectTo": "/x"}))
        }
        "/reset-password" | "/reset-password/:token" => {
            app.clock.advance(std::time::Duration::from_secs(1));
            app.post("/request-password-reset", json!({"email": email, "redirectTo": "/x"})).await;
            let mail = app.mail(MailKind::ResetPassword);
            match route {
                "/reset-password" => {
                    post(route, "", &json!({"token": mail.token, "newPassword": NEW_PASSWORD}))
                }
                _ => get(&path_of(&mail), cookie),
            }
        }
        "/send-verification-email" => {
            place.change(email, proven(false)).await;
            post(route, cookie, &json!({"email": email}))
        }
        "/verify-email" => {
            place.change(email, proven(false)).await;
            app.post_as("/send-verification-email", cookie, json!({"email": email})).await;
            get(&path_of(&app.mail(MailKind::VerifyEmail)), cookie)
        }
        "/delete-user" | "/delete-user/callback" => {
            app.post_as("/delete-user", cookie, json!({})).await;
            let mail = app.mail(MailKind::DeleteAccount);
            match route {
                "/delete-user" => post(route, cookie, &json!({"token": mail.token})),
                _ => get(&path_of(&mail), cookie),
            }
        }
        "/sign-in/magic-link" => post(route, "", &json!({"email": email})),
        "/magic-link/verify" => {
            place.change(email, proven(true)).await;
            app.post("/sign-in/magic-link", json!({"email": email})).await;
            Call::new(Method::GET, &path_of(&app.mail(MailKind::MagicLink)))
        }
        "/one-time-token/verify" => {
            let token = get("/one-time-token/generate", cookie).send(app).await.json();
            post(route, "", &json!({"token": token["token"]}))
        }
        "/multi-session/set-active" | "/multi-session/revoke" => {
            let shown = get("/get-session", session_cookie(cookie)).send(app).await.json();
            post(route, cookie, &json!({"sessionToken": shown["session"]["token"]}))
        }
        "/email-otp/send-verification-otp" => post(route, "", &json!({"email": email, "type": "sign-in"})),
        "/email-otp/check-verification-otp" => {
            let code = place.code(email, "sign-in", MailKind::SignInCode).await;
            post(route, "", &json!({"email": email, "type": "sign-in", "otp": code}))
        }
        "/email-otp/verify-email" => {
            place.change(email, proven(false)).await;
            let code = place.code(email, "email-verification", MailKind::VerifyEmailCode).await;
            post(route, "", &json!({"email": email, "otp": code}))
        }
        "/sign-in/email-otp" => {
            place.change(email, proven(true)).await;
            let code = place.code(email, "sign-in", MailKind::SignInCode).await;
            post(route, "", &json!({"email": email, "otp": code}))
        }
        "/email-otp/reset-password" => {
            app.clock.advance(std::time::Duration::from_secs(1));
            place.change(email, proven(true)).await;
            let code = place.code(email, "forget-password", MailKind::ResetPasswordCode).await;
            post(route, "", &json!({"email": email, "otp": code, "password": NEW_PASSWORD}))
        }
        "/email-otp/request-email-change" | "/email-otp/change-email" => {
            let to = if email == NEW_EMAIL { "test@example.com" } else { NEW_EMAIL };
            let code = place.code(email, "email-verification", MailKind::VerifyEmailCode).await;
            let ask = post("/email-otp/request-email-change", cookie, &json!({"newEmail": to, "otp": code}));
            if route == "/email-otp/request-email-change" {
                return Some(ask);
            }
            ask.send(app).await;
            let code = app.mail(MailKind::ChangeEmailCode).otp.unwrap();
            post(route, cookie, &json!({"newEmail": to, "otp": code}))
        }
        "/sign-in/username" => {
            let named = json!({"username": "somebody", "name": "C"});
            app.post_as("/update-user", cookie, named).await;
            post(route, "", &json!({"username": "somebody", "password": password}))
        }
        "/is-username-available" => post(route, "", &json!({"username": "nobody_yet"})),
        "/sign-in/anonymous" => post(route, "", &json!({})),
        "/delete-anonymous-user" => {
            let anonymous = app.post("/sign-in/anonymous", json!({})).await.cookie();
            post(route, &anonymous, &json!({}))
        }
        _ => get(route, cookie),
    })
}
