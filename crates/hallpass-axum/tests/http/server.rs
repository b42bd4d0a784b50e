//! An app on a free port, and what it is made of.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use hallpass::password::{Argon2id, InlineHasher, PasswordScheme};
use hallpass::random::SystemRandom;
use hallpass::store::Store;
use hallpass::{Auth, AuthBuilder, EmailPassword, MemoryStore};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub(crate) const ORIGIN: &str = "http://localhost:3000";

/// Hashes that cost nothing.
pub(crate) fn hasher() -> InlineHasher {
    let weak = Argon2id::danger_weaker_than_owasp(32, 1, 1).unwrap();
    InlineHasher::new(PasswordScheme::Argon2id(weak), Arc::new(SystemRandom::default()))
}

pub(crate) fn builder(store: Arc<dyn Store>) -> AuthBuilder {
    Auth::builder_over(store)
        .secret("kX8vPq2LrT5wYn7JbM3dFh6GcZ9sAe4U")
        .base_url(ORIGIN)
        .email_password(EmailPassword::default())
        .password_hasher(hasher())
}

pub(crate) fn auth() -> Auth {
    builder(Arc::new(MemoryStore::new())).build().unwrap()
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    stop: oneshot::Sender<()>,
    running: JoinHandle<io::Result<()>>,
}

impl Server {
    pub(crate) async fn start(app: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let app = app.into_make_service_with_connect_info::<SocketAddr>();
        let serving = axum::serve(listener, app).with_graceful_shutdown(async {
            if stopped.await.is_err() {
                // Nobody holds the server any more, but clients may: it runs until its test ends.
                std::future::pending().await
            }
        });
        Self { address, stop, running: tokio::spawn(serving.into_future()) }
    }

    /// Begins to shut down; the handle ends when the last answer is out.
    pub(crate) fn stop(self) -> JoinHandle<io::Result<()>> {
        self.stop.send(()).unwrap();
        self.running
    }
}
