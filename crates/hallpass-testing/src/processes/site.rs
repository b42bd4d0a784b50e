//! An app on the shared database.

use std::sync::Arc;

use hallpass::mailer::{Mail, MailKind};
use hallpass::password::{Argon2id, InlineHasher, PasswordScheme};
use hallpass::plugins::{EmailOtp, MagicLink, OneTimeToken};
use hallpass::random::SystemRandom;
use hallpass::store::Store;
use hallpass::{Auth, CurrentSession, EmailPassword, Error, SignedIn, UserDeletion};
use http::HeaderMap;
use http::header::COOKIE;

use crate::{ManualTasks, StubMailer};

/// An [`Auth`] as each process has one, and the mails that it sends.
pub(super) struct Site {
    pub(super) auth: Auth,
    mailer: Arc<StubMailer>,
    tasks: Arc<ManualTasks>,
}

impl Site {
    pub(super) fn over(store: Arc<dyn Store>) -> Self {
        let (mailer, tasks) = (Arc::new(StubMailer::new()), Arc::new(ManualTasks::new()));
        let weak = Argon2id::danger_weaker_than_owasp(8, 1, 1).unwrap();
        let hasher = InlineHasher::new(PasswordScheme::Argon2id(weak), Arc::new(SystemRandom::default()));
        let auth = Auth::builder_over(store)
            .secret("a secret of tests that all processes share")
            .base_url("http://localhost:3000")
            .email_password(EmailPassword::default())
            .danger_without_rate_limit()
            .password_hasher(hasher)
            .mailer(Arc::clone(&mailer))
            .background_tasks(Arc::clone(&tasks))
            .user_deletion(UserDeletion { by_mail: true, ..UserDeletion::default() })
            .plugin(EmailOtp::new().expires_in(super::LIFETIME))
            .plugin(MagicLink::new().expires_in(super::LIFETIME))
            .plugin(OneTimeToken::new().expires_in(super::LIFETIME))
            .build()
            .unwrap();
        Self { auth, mailer, tasks }
    }

    /// The token of the one mail of a kind that was sent since the last look.
    pub(super) async fn mailed(&self, kind: MailKind) -> Option<String> {
        self.tasks.run().await;
        let mail: Option<Mail> = self.mailer.take().into_iter().find(|mail| mail.kind == kind);
        mail?.token
    }

    /// The session of a cookie.
    pub(super) async fn session(&self, cookie: &str) -> Result<Option<CurrentSession>, Error> {
        let headers = HeaderMap::from_iter([(COOKIE, cookie.parse().unwrap())]);
        self.auth.session(&headers).await
    }

    /// The cookie of a session, as a browser would send it back.
    pub(super) fn cookie(&self, signed_in: &SignedIn) -> String {
        let cookies = signed_in.cookies(&self.auth, None);
        let first = cookies.first().and_then(|cookie| cookie.to_str().ok()).unwrap();
        first.split(';').next().unwrap_or_default().to_owned()
    }
}
