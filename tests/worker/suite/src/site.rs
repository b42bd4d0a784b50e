//! A site of the kind that apps have: its mails stay in a letter box, `GET /mails`.

use std::sync::{Arc, OnceLock};

use hallpass::plugins::MagicLink;
use hallpass::{Auth, EmailPassword};
use hallpass_d1::{D1, D1Store};
use hallpass_testing::StubMailer;
use worker::{Env, HttpRequest, Response, Result};

/// For the isolate, as apps are told to have it.
static SITE: OnceLock<Site> = OnceLock::new();

struct Site {
    auth: Auth,
    mailer: Arc<StubMailer>,
}

/// Answers what is under `/api/auth`.
pub(crate) async fn handle(env: &Env, request: HttpRequest) -> Result<Response> {
    hallpass_workers::handle(&site(env)?.auth, request).await
}

/// The tokens of the mails that were sent, as `[ADDRESS, TOKEN]`.
pub(crate) fn mails(env: &Env) -> Result<Response> {
    let mails = site(env)?.mailer.take().into_iter();
    Response::from_json(&mails.map(|mail| (mail.to.to_string(), mail.token)).collect::<Vec<_>>())
}

fn site(env: &Env) -> Result<&'static Site> {
    if let Some(site) = SITE.get() {
        return Ok(site);
    }
    let mailer = Arc::new(StubMailer::new());
    let auth = hallpass_workers::builder(D1Store::new(D1::new(env.d1("DB")?)))
        .secret("tests-and-development-only-0123456789abcdef")
        .base_url("http://localhost:8787")
        .email_password(EmailPassword::default())
        .mailer(Arc::clone(&mailer))
        .plugin(MagicLink::new())
        .danger_without_rate_limit()
        .build()
        .map_err(|error| error.to_string())?;
    Ok(SITE.get_or_init(|| Site { auth, mailer }))
}
