//! An [`App`] that sends mail, and a letter box to look into.

use std::ops::Deref;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use hallpass::mailer::{Mail, MailKind};
use hallpass::model::Verification;
use hallpass::plugin::{Change, Plugin};
use hallpass::store::Store;
use hallpass::{Auth, AuthBuilder, Error, MemoryStore};
use hallpass_testing::{ImmediateTasks, StubMailer};

use crate::app::App;

/// An [`App`] whose mails arrive before the answer does.
pub(crate) struct MailApp {
    pub(crate) app: Arc<App>,
    pub(crate) mailer: Arc<StubMailer>,
    verifications: Arc<Mutex<Vec<Verification>>>,
}

/// Looks at what is written.
#[derive(Debug)]
struct Watch(Arc<Mutex<Vec<Verification>>>);

#[async_trait]
impl Plugin for Watch {
    fn id(&self) -> &'static str {
        "watch"
    }

    async fn before_change(&self, _: &Auth, change: &mut Change<'_>) -> Result<(), Error> {
        if let Change::CreateVerification { verification } = change {
            self.0.lock().unwrap().push(verification.clone());
        }
        Ok(())
    }
}

impl Deref for MailApp {
    type Target = App;

    fn deref(&self) -> &App {
        &self.app
    }
}

impl MailApp {
    pub(crate) fn new() -> Self {
        Self::with(|builder| builder)
    }

    /// With more said to the builder.
    pub(crate) fn with(configure: impl FnOnce(AuthBuilder) -> AuthBuilder) -> Self {
        let store = MemoryStore::new();
        Self::over(Arc::new(store.clone()), store, configure)
    }

    /// Over a store that wraps `store`.
    pub(crate) fn over(
        wrapped: Arc<dyn Store>,
        store: MemoryStore,
        configure: impl FnOnce(AuthBuilder) -> AuthBuilder,
    ) -> Self {
        let mailer = Arc::new(StubMailer::new());
        let verifications = Arc::default();
        let app = App::over(wrapped, store, |builder| {
            let watch = Watch(Arc::clone(&verifications));
            configure(
                builder.mailer(Arc::clone(&mailer)).background_tasks(ImmediateTasks::new()).plugin(watch),
            )
        });
        Self { app: Arc::new(app), mailer, verifications }
    }

    /// The verifications that were ever written, as they were written.
    pub(crate) fn verification_rows(&self) -> Vec<Verification> {
        self.verifications.lock().unwrap().clone()
    }

    /// The one mail since the last look.
    pub(crate) fn mail(&self, kind: MailKind) -> Mail {
        let mut mails = self.mailer.take();
        assert_eq!(mails.iter().map(|mail| mail.kind).collect::<Vec<_>>(), [kind]);
        mails.remove(0)
    }

    /// The token of the one mail since the last look.
    pub(crate) fn token(&self, kind: MailKind) -> String {
        self.mail(kind).token.unwrap()
    }
}

/// The path and query of a link, below the base path.
pub(crate) fn path_of(mail: &Mail) -> String {
    let url = mail.url.as_ref().unwrap();
    url.strip_prefix("http://localhost:3000/api/auth").expect("a link of this server").to_owned()
}
