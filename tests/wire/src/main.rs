//! hallpass behind the command line that the differential tests drive: better-auth's options in a file, a clock that
//! moves, row counts. For tests only: it listens on loopback and trusts what clients say of their address.

mod clock;
mod control;
mod fields;
mod loopback;
mod mail;
mod names;
mod options;
mod plugins;
mod secondary;
mod server;

use std::path::PathBuf;
use std::process::ExitCode;

use lexopt::prelude::{Long, ValueExt as _};

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
        let options = options::Options::read(&arguments.options)?;
        let app = server::App::new(options, arguments.plain_tokens, arguments.redis.as_deref()).await?;
        control::serve(app, arguments.port, arguments.control_port).await
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

/// Why there is no server.
enum Failure {
    /// The options ask for what hallpass lacks or refuses.
    Refused(String),
    /// Something broke.
    Broken(Box<dyn std::error::Error + Send + Sync>),
}

impl<E: Into<Box<dyn std::error::Error + Send + Sync>>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Broken(error.into())
    }
}
