//! hallpass behind the command line that the differential tests drive: better-auth's options in a file, a clock that
//! moves, row counts. For tests only: it listens on loopback and trusts what clients say of their address.

mod app;
mod clock;
mod control;
mod failure;
mod fields;
mod loopback;
mod mail;
mod names;
mod options;
mod plugins;
mod secondary;
mod server;

use std::future::IntoFuture as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use failure::Failure;
use lexopt::prelude::{Long, ValueExt as _};
use tokio::net::TcpListener;

/// What the command line says.
struct Arguments {
    options: PathBuf,
    port: u16,
    control_port: u16,
    /// Has tokens stored as they are, so that better-auth finds them: no option of better-auth's.
    plain_tokens: bool,
    /// The URL of a Redis that takes the place of memory as the secondary storage; of a cluster, of all its masters.
    redis: Option<String>,
}

fn arguments() -> Result<Arguments, lexopt::Error> {
    let (mut options, mut port, mut control_port) = (None, 0, 0);
    let (mut plain_tokens, mut redis) = (false, None);
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("options") => options = Some(parser.value()?.into()),
            Long("port") => port = parser.value()?.parse()?,
            Long("control-port") => control_port = parser.value()?.parse()?,
            Long("plain-tokens") => plain_tokens = true,
            Long("redis") => redis = Some(parser.value()?.string()?),
            other => return Err(other.unexpected()),
        }
    }
    let options = options.ok_or("--options FILE is missing")?;
    Ok(Arguments { options, port, control_port, plain_tokens, redis })
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = match arguments() {
        Ok(arguments) => arguments,
        Err(error) => {
            eprintln!("wire-server: {error}");
            eprintln!(
                "usage: wire-server --options FILE [--port N] [--control-port M] [--plain-tokens] [--redis URL]   (for tests only)"
            );
            return ExitCode::from(2);
        }
    };
    let served = async {
        let options = options::Options::parse(&std::fs::read_to_string(&arguments.options)?)?;
        let app = app::App::new(options, arguments.plain_tokens, arguments.redis.as_deref()).await?;
        serve(app, arguments.port, arguments.control_port).await
    };
    match served.await {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Refused(text)) => {
            eprintln!("wire-server: {text}");
            ExitCode::from(2)
        }
        Err(Failure::Broken(error)) => {
            eprintln!("wire-server: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Listens on both ports, 0 taking a free one, says so, and serves until the process ends.
async fn serve(app: app::App, port: u16, control_port: u16) -> Result<(), Failure> {
    let steered = TcpListener::bind(("127.0.0.1", control_port)).await?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("listening on {}", listener.local_addr()?);
    if control_port == 0 {
        println!("control on {}", steered.local_addr()?);
    }
    let library = control::library(&app).into_make_service_with_connect_info::<SocketAddr>();
    let (library, steering) = (axum::serve(listener, library), axum::serve(steered, control::steering(app)));
    tokio::try_join!(library.into_future(), steering.into_future())?;
    Ok(())
}
