//! Mails in development: they are shown on a page, to whoever asks. In production a mailer of a service takes this one's place.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use hallpass::mailer::{Mail, MailError, Mailer};
use worker::{Request, Response, Result, RouteContext};

use crate::auth::setting;

/// How many are kept, of this isolate.
const KEPT: usize = 50;

static MAILS: Mutex<VecDeque<String>> = Mutex::new(VecDeque::new());

#[derive(Debug)]
pub(crate) struct Outbox;

#[async_trait]
impl Mailer for Outbox {
    async fn send(&self, mail: &Mail) -> std::result::Result<(), MailError> {
        let mut mails = MAILS.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = escaped(&mail.text);
        if let Some(url) = mail.url.as_deref().map(escaped) {
            text = text.replace(&url, &format!("<a href=\"{url}\">{url}</a>"));
        }
        let (to, subject) = (escaped(mail.to.as_str()), escaped(&mail.subject));
        mails.push_front(format!("<article><h2>{subject}</h2><p>to {to}</p><pre>{text}</pre></article>"));
        mails.truncate(KEPT);
        Ok(())
    }
}

/// `GET /outbox`: the newest first; nothing where `OUTBOX` is not `on`.
#[expect(clippy::needless_pass_by_value, reason = "a route's signature")]
pub(crate) fn show(_request: Request, context: RouteContext<()>) -> Result<Response> {
    if setting(&context.env, "OUTBOX").as_deref() != Some("on") {
        return Response::error("Not Found", 404);
    }
    let mails = MAILS.lock().unwrap_or_else(PoisonError::into_inner);
    let mails = mails.iter().map(String::as_str).collect::<String>();
    Response::from_html(format!("{PAGE}{mails}"))
}

const PAGE: &str = "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>\
    <meta name=color-scheme content='light dark'><title>Outbox</title><style>body{font:16px/1.5 system-ui;max-width:40rem;margin:3rem auto;\
    padding:0 1rem}article{border:1px solid #8888;border-radius:12px;padding:1rem 1.5rem;margin:1rem 0}h2{font-size:1.1rem;margin:0}\
    p{margin:0;opacity:.7}pre{font:inherit;white-space:pre-wrap;overflow-wrap:anywhere}</style><h1>Outbox</h1>";

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}
