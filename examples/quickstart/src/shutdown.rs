//! How the server ends.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// What requests that have begun may still take once the process is told to end.
const GRACE: Duration = Duration::from_secs(10);

/// Ends at SIGINT (Ctrl-C) or SIGTERM, which from the call on, not only from the first poll, no longer end
/// the process by themselves.
#[cfg(unix)]
pub(crate) fn told() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
    })
}

/// Ends at Ctrl-C, which from the call on no longer ends the process by itself.
#[cfg(windows)]
pub(crate) fn told() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move { drop(interrupt.recv().await) })
}

/// Serves until `told` ends. Requests that have begun are then finished; after ten seconds the process ends
/// all the same, for a client that never sends the rest of its request would hold it for ever.
pub(crate) async fn serve(
    listener: TcpListener,
    app: Router,
    told: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    if serve_within(GRACE, listener, app, told).await? == Ended::Cut {
        eprintln!("quickstart: requests were still open {} seconds after the signal", GRACE.as_secs());
        // To return would be to wait for the runtime, which waits for passwords that are being hashed.
        std::process::exit(0);
    }
    Ok(())
}

#[derive(Debug, PartialEq)]
enum Ended {
    Finished,
    Cut,
}

async fn serve_within(
    grace: Duration,
    listener: TcpListener,
    app: Router,
    told: impl Future<Output = ()> + Send + 'static,
) -> io::Result<Ended> {
    let (stopping, stopped) = oneshot::channel::<()>();
    let told = async move {
        told.await;
        drop(stopping);
    };
    let deadline = async {
        drop(stopped.await);
        tokio::time::sleep(grace).await;
    };
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    tokio::select! {
        served = axum::serve(listener, app).with_graceful_shutdown(told) => served.map(|()| Ended::Finished),
        () = deadline => Ok(Ended::Cut),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpStream;
    use std::sync::Arc;

    use axum::body::{Body, to_bytes};
    use axum::routing::post;
    use tokio::sync::Notify;
    use tokio::time::Instant;

    use super::*;

    /// How a server ends that is told to while it waits for the rest of a request, of which the client then
    /// sends `rest`; and what the client has read at the end.
    async fn told_within_a_request(grace: Duration, rest: &'static str) -> (Ended, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        client.write_all(b"POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 4\r\n\r\nha").unwrap();

        let begun = Arc::new(Notify::new());
        let begins = begun.clone();
        let echo = async move |body: Body| {
            begins.notify_one();
            to_bytes(body, 4).await.unwrap()
        };
        let mut sender = client.try_clone().unwrap();
        let told = async move {
            begun.notified().await;
            sender.write_all(rest.as_bytes()).unwrap();
        };
        let ended = serve_within(grace, listener, Router::new().route("/", post(echo)), told).await.unwrap();

        let mut answer = String::new();
        if ended == Ended::Finished {
            client.read_to_string(&mut answer).unwrap();
        }
        (ended, answer)
    }

    #[tokio::test]
    async fn a_request_that_has_begun_is_answered() {
        let (ended, answer) = told_within_a_request(Duration::MAX, "lf").await;
        assert_eq!(ended, Ended::Finished);
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("half"), "{answer}");
    }

    /// On tokio's own clock, which leaps when there is nothing else to do.
    #[tokio::test(start_paused = true)]
    async fn a_client_that_never_sends_the_rest_holds_it_for_ten_seconds() {
        let start = Instant::now();
        let (ended, _) = told_within_a_request(GRACE, "").await;
        assert_eq!((ended, start.elapsed().as_secs()), (Ended::Cut, 10));
    }
}
