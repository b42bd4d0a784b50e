//! A letter box.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use hallpass::mailer::{Mail, MailError, Mailer};
use hallpass::types::Email;

use super::lock;

/// Sends nothing and keeps every mail, oldest first.
#[derive(Debug, Default)]
pub struct StubMailer {
    mails: Mutex<Vec<Mail>>,
    refuses: AtomicBool,
}

impl StubMailer {
    /// With no mail yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// From now on refuses every mail, or takes them again.
    pub fn refuse(&self, refuses: bool) {
        self.refuses.store(refuses, Ordering::SeqCst);
    }

    /// The mails taken so far, oldest first.
    pub fn mails(&self) -> Vec<Mail> {
        lock(&self.mails).clone()
    }

    /// The newest mail to `address`.
    pub fn last_to(&self, address: &Email) -> Option<Mail> {
        lock(&self.mails).iter().rfind(|mail| mail.to == *address).cloned()
    }

    /// Takes out the mails, oldest first.
    pub fn take(&self) -> Vec<Mail> {
        std::mem::take(&mut lock(&self.mails))
    }
}

#[async_trait]
impl Mailer for StubMailer {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        if self.refuses.load(Ordering::SeqCst) {
            return Err(MailError::new("refused, as the test wants it"));
        }
        lock(&self.mails).push(mail.clone());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use hallpass::mailer::MailKind;

    use super::*;

    fn mail(to: &str, url: &str) -> Mail {
        Mail::new(Email::parse(to).unwrap(), MailKind::VerifyEmail).link(url, "t")
    }

    fn send(mailer: &StubMailer, mail: &Mail) -> Result<(), MailError> {
        mailer.send(mail).now_or_never().unwrap()
    }

    #[test]
    fn mails_are_kept_oldest_first_and_found_by_address() {
        let mailer = StubMailer::new();
        for (to, url) in [("a@x.co", "1"), ("b@x.co", "2"), ("a@x.co", "3"), ("b@x.co", "4")] {
            send(&mailer, &mail(to, url)).unwrap();
        }
        assert_eq!(mailer.mails().iter().filter_map(|mail| mail.url.as_deref()).collect::<String>(), "1234");
        assert_eq!(mailer.last_to(&Email::parse("a@x.co").unwrap()).unwrap().url.as_deref(), Some("3"));
        assert!(mailer.last_to(&Email::parse("c@x.co").unwrap()).is_none());
        assert_eq!(mailer.take().len(), 4);
        assert!(mailer.mails().is_empty());
    }

    #[test]
    fn a_refused_mail_is_not_kept() {
        let mailer = StubMailer::new();
        mailer.refuse(true);
        assert!(send(&mailer, &mail("a@x.co", "1")).is_err());
        mailer.refuse(false);
        assert!(send(&mailer, &mail("a@x.co", "2")).is_ok());
        assert_eq!(mailer.mails().len(), 1);
    }
}
