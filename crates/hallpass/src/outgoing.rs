//! What leaves the server: mail, work beside the answer, HTTP requests.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;

use crate::auth::Auth;
use crate::error::Error;
use crate::events::SecurityEvent;
use crate::http_client::HttpClient;
use crate::mailer::{Mail, MailKind, MailTemplates, Mailer, Rendered};
use crate::tasks::BackgroundTasks;

/// Who does what leaves the server. `build()` sees to it that where there is a mailer there are tasks.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(crate) mailer: Option<Arc<dyn Mailer>>,
    pub(crate) templates: Arc<dyn MailTemplates>,
    pub(crate) tasks: Option<Arc<dyn BackgroundTasks>>,
    pub(crate) http: Option<Arc<dyn HttpClient>>,
    /// Bounds the work that decides whether a mail is sent.
    pub(crate) deciding: WaitingLimit,
    /// Bounds the mails on their way. They are counted apart: a mail that was decided on must not be dropped because others
    /// are being decided on.
    pub(crate) sending: WaitingLimit,
}

/// How many mails, and how many decisions on mails, wait at once: strangers can ask for both without end, while the store
/// or the mailer is slow. At a few KB each, seldom up to 100 KB, a thousand take little memory, and a mailer that works
/// has fewer.
const MOST_WAITING: usize = 1_000;

/// Bounds how much waits at once.
#[derive(Debug, Default)]
pub(crate) struct WaitingLimit(Arc<AtomicUsize>);

/// Leave to wait, given back when it is dropped: when the task ends, or is dropped before it ran.
#[derive(Debug)]
struct Permit(Arc<AtomicUsize>);

impl WaitingLimit {
    /// `None` when as many wait as may.
    fn permit(&self) -> Option<Permit> {
        let more = |waiting: usize| (waiting < MOST_WAITING).then(|| waiting.saturating_add(1));
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).ok()?;
        Some(Permit(Arc::clone(&self.0)))
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Auth {
    /// Whether there is a mailer.
    pub fn sends_mail(&self) -> bool {
        self.inner().outgoing.mailer.is_some()
    }

    /// The configured HTTP client.
    pub fn http_client(&self) -> Option<&Arc<dyn HttpClient>> {
        self.inner().outgoing.http.as_ref()
    }

    /// Runs `work` beside the answer. `false`, and it is not run, where the app has configured no
    /// [background tasks](crate::AuthBuilder::background_tasks).
    pub fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) -> bool {
        match &self.inner().outgoing.tasks {
            Some(tasks) => {
                tasks.spawn(Box::pin(work));
                true
            }
            None => false,
        }
    }

    /// Renders a mail and sends it, beside the answer: how long that takes and what comes of it changes nothing
    /// for who asked. A failure is logged and told as [`SecurityEvent::MailNotSent`], and so is a mail that is dropped
    /// because 1,000 wait already. `false`, and nothing is sent, where there is no mailer.
    pub fn send_mail(&self, mail: Mail) -> bool {
        self.send_mail_if(true, mail)
    }

    /// Sends `mail` only `if` so; if not, it costs the same and nobody gets it, so that the time does not tell
    /// who is a user.
    pub(crate) fn send_mail_if(&self, is_wanted: bool, mut mail: Mail) -> bool {
        let Some(mailer) = self.inner().outgoing.mailer.clone() else { return false };
        let (kind, user) = (mail.kind, mail.user.as_ref().map(|user| user.id.clone()));
        let Some(permit) = self.inner().outgoing.sending.permit() else {
            tracing::error!(kind = kind.name(), "a mail was not sent: too many wait");
            self.emit(&SecurityEvent::MailNotSent { kind, user });
            return true;
        };
        let auth = self.clone();
        self.spawn(async move {
            let _permit = permit;
            let templates = Arc::clone(&auth.inner().outgoing.templates);
            let sent = contained(async move {
                let Rendered { subject, text, html } = templates.render(&mail);
                (mail.subject, mail.text, mail.html) = (subject, text, html);
                if is_wanted { mailer.send(&mail).await } else { Ok(()) }
            });
            match sent.await {
                Some(Ok(())) => return,
                Some(Err(error)) => {
                    let cause = std::error::Error::source(&error).map(ToString::to_string);
                    tracing::error!(kind = kind.name(), cause, "a mail was not sent");
                }
                None => tracing::error!(kind = kind.name(), "a mail was not sent: the mailer panicked"),
            }
            auth.emit(&SecurityEvent::MailNotSent { kind, user });
        })
    }

    /// Does beside the answer what decides on a mail of this `kind`, and sends it: what is found on the way, such as
    /// whether there is a user, shows neither in the answer nor in its time (OWASP, Forgot Password: "asynchronous
    /// calls"). A failure is logged and told as [`SecurityEvent::MailNotSent`], and so is work that is dropped because
    /// [too much](MOST_WAITING) waits already.
    ///
    /// Rows that are found are slower to read than none, by the pages of the database and by what is made of them, so
    /// no care could make an answer that waits for them take the same time.
    pub(crate) fn mail_beside(
        &self,
        kind: MailKind,
        work: impl Future<Output = Result<(), Error>> + Send + 'static,
    ) {
        let Some(permit) = self.inner().outgoing.deciding.permit() else {
            tracing::error!(kind = kind.name(), "a mail was not made: too many wait");
            self.emit(&SecurityEvent::MailNotSent { kind, user: None });
            return;
        };
        let auth = self.clone();
        self.spawn(async move {
            let _permit = permit;
            match contained(work).await {
                Some(Ok(())) => return,
                Some(Err(error)) => {
                    let cause = std::error::Error::source(&error).map(ToString::to_string);
                    tracing::error!(kind = kind.name(), %error, cause, "a mail was not made");
                }
                None => tracing::error!(kind = kind.name(), "a mail was not made: its making panicked"),
            }
            auth.emit(&SecurityEvent::MailNotSent { kind, user: None });
        });
    }
}

/// What comes of `work`; `None` when it panics.
async fn contained<F: Future>(work: F) -> Option<F::Output> {
    let mut work = Box::pin(work);
    poll_fn(move |context| {
        // What the panic may leave half done is dropped with `work`.
        match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context))) {
            Ok(poll) => poll.map(Some),
            Err(_) => Poll::Ready(None),
        }
    })
    .await
}
