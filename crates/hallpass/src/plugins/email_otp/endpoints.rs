//! What is asked for over HTTP.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{CodePurpose, EmailOtp, SignInCode, VerifiedByCode};
use crate::endpoint::{Endpoint, Request, SessionNeed, with};
use crate::error::Error;
use crate::model::Extra;
use crate::reply::Reply;
use crate::schema::{FieldOrder, UserView};
use crate::shape::{Kind, Shape};

const TYPES: &[&str] = &["email-verification", "sign-in", "forget-password", "change-email"];

pub(super) fn of(plugin: &Arc<EmailOtp>) -> Vec<Endpoint> {
    let email = || Shape::new().field("email", Kind::String);
    let with_code = || email().field("otp", Kind::String);
    let change = || Shape::new().field("newEmail", Kind::String);
    let sign_in = with_code().optional("name", Kind::String).optional("image", Kind::String).open();
    let endpoints = [
        Endpoint::post("/email-otp/send-verification-otp", with(plugin, send))
            .summary("Mails a code")
            .body(email().field("type", Kind::OneOf(TYPES)))
            .guards_login(),
        Endpoint::post("/email-otp/check-verification-otp", with(plugin, check))
            .summary("Looks whether a code is right")
            .body(email().field("type", Kind::OneOf(TYPES)).field("otp", Kind::String)),
        Endpoint::post("/email-otp/verify-email", with(plugin, verify_email))
            .summary("Proves an address by a code")
            .body(with_code())
            .guards_login(),
        Endpoint::post("/sign-in/email-otp", with(plugin, sign_in_by_code))
            .summary("Signs in by a code")
            .body(sign_in)
            .guards_login(),
        Endpoint::post("/email-otp/request-password-reset", with(plugin, request_reset))
            .summary("Mails a code to set a new password by")
            .body(email())
            .guards_login(),
        Endpoint::post("/forget-password/email-otp", with(plugin, request_reset))
            .summary("The older name of /email-otp/request-password-reset")
            .body(email())
            .guards_login(),
        Endpoint::post("/email-otp/reset-password", with(plugin, reset_password))
            .summary("Sets a new password by a code")
            .body(with_code().field("password", Kind::Password)),
        Endpoint::post("/email-otp/request-email-change", with(plugin, request_email_change))
            .summary("Mails a code to the address that is to become the user's")
            .body(change().optional("otp", Kind::String))
            .session(SessionNeed::Sensitive),
        Endpoint::post("/email-otp/change-email", with(plugin, change_email))
            .summary("Makes another address the user's by a code")
            .body(change().field("otp", Kind::String))
            .session(SessionNeed::Sensitive),
    ];
    endpoints.map(|endpoint| endpoint.limit(plugin.limit)).into()
}

fn done() -> Reply {
    Reply::json(&json!({"success": true}))
}

#[derive(Deserialize)]
struct Code {
    email: String,
    #[serde(default)]
    r#type: String,
    #[serde(default)]
    otp: String,
    #[serde(default)]
    password: String,
}

impl Code {
    fn purpose(&self) -> Result<CodePurpose, Error> {
        CodePurpose::named(&self.r#type).ok_or(Error::Internal("a purpose that the shape does not know"))
    }
}

async fn send(plugin: Arc<EmailOtp>, mut request: Request) -> Result<Reply, Error> {
    let code: Code = request.body()?;
    plugin.send(&request.auth, &code.email, code.purpose()?).await?;
    Ok(done())
}

async fn check(plugin: Arc<EmailOtp>, mut request: Request) -> Result<Reply, Error> {
    let code: Code = request.body()?;
    plugin.check(&request.auth, &code.email, code.purpose()?, &code.otp).await?;
    Ok(done())
}

#[derive(Serialize)]
struct Verified<'a> {
    status: bool,
    token: Option<&'a str>,
    user: UserView<'a>,
}

async fn verify_email(plugin: Arc<EmailOtp>, mut request: Request) -> Result<Reply, Error> {
    let Code { email, otp, .. } = request.body()?;
    let (auth, headers) = (&request.auth, &request.headers);
    let verified = plugin.verify_email(auth, &email, &otp, &request.client, Some(headers)).await?;
    let VerifiedByCode { user, signed_in } = verified;
    let token = signed_in.as_ref().map(|signed_in| signed_in.token.expose());
    let reply = Reply::json(&Verified { status: true, token, user: user.view(auth.schema()) });
    match signed_in {
        Some(signed_in) => Ok(signed_in.with(reply, auth, headers)),
        None => auth.copy_again(reply, user, headers).await,
    }
}

#[derive(Deserialize)]
struct SignInBody {
    email: String,
    otp: String,
    name: Option<String>,
    image: Option<String>,
    #[serde(flatten)]
    extra: Extra,
}

async fn sign_in_by_code(plugin: Arc<EmailOtp>, mut request: Request) -> Result<Reply, Error> {
    let SignInBody { email, otp, name, image, extra } = request.body()?;
    let (auth, headers) = (&request.auth, &request.headers);
    let input =
        SignInCode { name, image, extra, client: request.client.clone(), ..SignInCode::new(email, otp) };
    let signed_in = plugin.sign_in(auth, input, Some(headers)).await?;
    let reply = Reply::json(&signed_in.answer(auth.schema()));
    Ok(signed_in.with(reply, auth, headers))
}

async fn request_reset(plugin: Arc<EmailOtp>, mut request: Request) -> Result<Reply, Error> {
    let Code { email, .. } = request.body()?;
    plugin.send(&request.auth, &email, CodePurpose::ResetPassword).await?;
    Ok(done())
}

async fn reset_password(plugin: Arc<EmailOtp>, mut request: Request) -> Result<Reply, Error> {
    let Code { email, otp, password, .. } = request.body()?;
    plugin.reset_password(&request.auth, &email, &otp, &password.into()).await?;
    Ok(done())
}

#[derive(Deserialize)]
struct Change {
    #[serde(rename = "newEmail")]
    new: String,
    otp: Option<String>,
}

async fn request_email_change(plugin: Arc<EmailOtp>, mut request: Request) -> Result<Reply, Error> {
    let Change { new, otp } = request.body()?;
    plugin.request_email_change(&request.auth, request.signed_in()?, &new, otp.as_deref()).await?;
    Ok(done())
}

async fn change_email(plugin: Arc<EmailOtp>, mut request: Request) -> Result<Reply, Error> {
    let Change { new, otp } = request.body()?;
    let current = request.signed_in()?;
    let user = plugin.change_to(&request.auth, current, &new, &otp.unwrap_or_default()).await?;
    Ok(current.clone().with_user(user, FieldOrder::Stored).again(done(), &request.auth, &request.headers))
}
