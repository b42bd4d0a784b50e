//! Mail: what better-auth's options say of it, and the outbox in place of callbacks.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use hallpass::mailer::{Mail, MailError, Mailer};
use hallpass::tasks::{BackgroundTasks, Task};
use hallpass::{AuthBuilder, ChangeEmail, EmailVerification, PasswordReset, UserDeletion};
use serde_json::{Map, Value, json};

use crate::options::Options;

/// Keeps mails and what is done beside answers, and waits for what is still under way.
#[derive(Clone, Default)]
pub(crate) struct Outbox {
    mails: Arc<Mutex<Vec<Value>>>,
    sending: Arc<Mutex<Vec<Begun>>>,
    settling: Arc<futures_util::lock::Mutex<()>>,
}

impl Outbox {
    /// The mails so far, oldest first.
    pub(crate) fn mails(&self) -> Value {
        Value::Array(lock(&self.mails).clone())
    }

    pub(crate) fn empty(&self) {
        lock(&self.mails).clear();
    }

    /// Waits for what is under way, and for what that begins.
    pub(crate) async fn settle(&self) {
        // One after the other: what one waits for, the next must not take for done.
        let _alone = self.settling.lock().await;
        loop {
            let sending = std::mem::take(&mut *lock(&self.sending));
            if sending.is_empty() {
                return;
            }
            for task in sending {
                end(task).await;
            }
        }
    }
}

impl fmt::Debug for Outbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbox").finish_non_exhaustive()
    }
}

#[async_trait]
impl Mailer for Outbox {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let mut entry = Map::new();
        entry.insert("kind".to_owned(), json!(mail.kind.name()));
        entry.insert("to".to_owned(), json!(mail.to.as_str()));
        for (name, value) in [("url", &mail.url), ("token", &mail.token), ("otp", &mail.otp)] {
            if let Some(value) = value {
                entry.insert(name.to_owned(), json!(value));
            }
        }
        for (name, value) in [("subject", &mail.subject), ("text", &mail.text), ("html", &mail.html)] {
            entry.insert(name.to_owned(), json!(value));
        }
        lock(&self.mails).push(Value::Object(entry));
        Ok(())
    }
}

impl BackgroundTasks for Outbox {
    fn spawn(&self, task: Task) {
        lock(&self.sending).push(begin(task));
    }
}

#[cfg(not(target_family = "wasm"))]
type Begun = tokio::task::JoinHandle<()>;

#[cfg(not(target_family = "wasm"))]
fn begin(task: Task) -> Begun {
    tokio::spawn(task)
}

#[cfg(not(target_family = "wasm"))]
async fn end(begun: Begun) {
    if let Err(error) = begun.await {
        eprintln!("wire-server: {error}");
    }
}

/// A Worker has one thread: it begins when it is waited for.
#[cfg(target_family = "wasm")]
type Begun = Task;

#[cfg(target_family = "wasm")]
fn begin(task: Task) -> Begun {
    task
}

#[cfg(target_family = "wasm")]
async fn end(begun: Begun) {
    begun.await;
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Says to the builder what the options say of mail. Where they name no callback for a mail, it is off.
pub(crate) fn configure(builder: AuthBuilder, outbox: &Outbox, options: &Options) -> AuthBuilder {
    let (password, verification) = (&options.email_and_password, &options.email_verification);
    let (change, deletion) = (&options.user.change_email, &options.user.delete_user);
    let seconds = |given: Option<u64>, default: Duration| {
        given.filter(|seconds| *seconds > 0).map_or(default, Duration::from_secs)
    };
    // A plugin can mail something in the place of links, and needs no callback for links then.
    let is_replaced =
        options.plugins.iter().any(|plugin| plugin["overrideDefaultEmailVerification"] == json!(true));
    let is_sent = verification.send_verification_email || is_replaced;
    let (default, reset, delete) =
        (EmailVerification::default(), PasswordReset::default(), UserDeletion::default());
    let mut builder = builder
        .mailer(outbox.clone())
        .background_tasks(outbox.clone())
        .email_verification(EmailVerification {
            enabled: is_sent,
            send_on_sign_up: verification.send_on_sign_up.map(|sends| sends && is_sent),
            send_on_sign_in: verification.send_on_sign_in && is_sent,
            auto_sign_in: verification.auto_sign_in_after_verification,
            expires_in: seconds(verification.expires_in, default.expires_in),
            // As better-auth, which asks for no sender.
            left_to_app: true,
        })
        .password_reset(PasswordReset {
            enabled: password.send_reset_password,
            expires_in: seconds(password.reset_password_token_expires_in, reset.expires_in),
            keeps_sessions: password.revoke_sessions_on_password_reset == Some(false),
            ..reset
        });
    if change.enabled {
        builder = builder.change_email(ChangeEmail {
            confirm_at_old_address: change.send_change_email_confirmation,
            update_unverified: change.update_email_without_verification,
        });
    }
    if options.account.account_linking.allow_unlinking_all {
        builder = builder.allow_unlinking_all();
    }
    if deletion.enabled {
        builder = builder.user_deletion(UserDeletion {
            by_mail: deletion.send_delete_account_verification,
            expires_in: seconds(deletion.delete_token_expires_in, delete.expires_in),
        });
    }
    builder
}
