//! Stopping a server that is at work.

use std::sync::Arc;

use async_trait::async_trait;
use axum::body::Body;
use hallpass::MemoryStore;
use hallpass::password::{HashError, Password, PasswordHash, PasswordHasher, Verdict};
use hallpass_axum::router;
use tokio::sync::Semaphore;

use crate::client::{Client, ada, post};
use crate::server::{self, Server, builder};

/// Says when a verification has begun, and ends none before it is told to.
#[derive(Debug)]
struct SlowHasher {
    begun: Arc<Semaphore>,
    may_end: Arc<Semaphore>,
}

#[async_trait]
impl PasswordHasher for SlowHasher {
    async fn hash(&self, password: &Password) -> Result<PasswordHash, HashError> {
        server::hasher().hash(password).await
    }

    async fn verify(&self, password: &Password, hash: &PasswordHash) -> Result<Verdict, HashError> {
        self.begun.add_permits(1);
        self.may_end.acquire().await.unwrap().forget();
        server::hasher().verify(password, hash).await
    }
}

#[tokio::test]
async fn a_sign_in_that_is_under_way_is_finished() {
    let (begun, may_end) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let hasher = SlowHasher { begun: begun.clone(), may_end: may_end.clone() };
    let auth = builder(Arc::new(MemoryStore::new())).password_hasher(hasher).build().unwrap();
    let server = Server::start(router(auth)).await;
    let mut clients = [Client::http1(server.address).await, Client::http2(server.address).await];
    clients[0].sign_up().await;
    let address = server.address;

    let sign_ins = clients.map(|mut client| {
        tokio::spawn(async move { client.send(post("/api/auth/sign-in/email", &ada()).map(Body::new)).await })
    });
    begun.acquire_many(2).await.unwrap().forget();
    let stopped = server.stop();
    // Nobody new is let in once the listener is closed; then the two may go on.
    while tokio::net::TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(!stopped.is_finished());
    may_end.add_permits(2);
    for sign_in in sign_ins {
        assert_eq!(sign_in.await.unwrap().status(), 200);
    }
    stopped.await.unwrap().unwrap();
}
