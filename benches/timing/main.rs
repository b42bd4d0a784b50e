//! Whether the time of an answer tells who is a user: pairs of requests that must look alike, interleaved, compared.
//!
//! The library is asked directly, without a network in between whose noise would hide what an attacker who is close
//! enough, or patient enough, could see. The store is a SQLite file, as durable as in production.

mod pairs;
mod server;
mod statistics;

use std::time::Instant;

use anyhow::{Result, ensure};
use lexopt::prelude::*;

use crate::pairs::{PAIRS, Pair};
use crate::server::Server;
use crate::statistics::Comparison;

const HELP: &str = "\
timing [--samples N] [--only TEXT]

  --samples N   how many answers of each kind on routes that hash no password (2000);
                a tenth of that where one is hashed
  --only TEXT   only the pairs whose name has this in it
";

fn main() -> Result<()> {
    let (mut samples, mut only) = (2000, String::new());
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("samples") => samples = arguments.value()?.parse()?,
            Long("only") => only = arguments.value()?.string()?,
            Short('h') | Long("help") => {
                print!("{HELP}");
                return Ok(());
            }
            other => return Err(other.unexpected().into()),
        }
    }
    ensure!(samples >= 100, "`--samples` takes 100 or more");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    println!(
        "{:<46} {:>8} {:>10} {:>10} {:>8} {:>14}  verdict",
        "pair", "samples", "first µs", "second µs", "differ", "told apart by"
    );
    let mut is_alike = true;
    for pair in PAIRS.iter().filter(|pair| pair.name.contains(&only)) {
        let samples = if pair.hashes { samples / 10 } else { samples };
        let comparison = runtime.block_on(compare(pair, samples))?;
        is_alike &= comparison.is_alike();
        println!(
            "{:<46} {samples:>8} {:>10.1} {:>10.1} {:>7.2}% {:>13.2}%  {}",
            pair.name,
            comparison.medians[0],
            comparison.medians[1],
            comparison.difference() * 100.0,
            comparison.chance() * 100.0,
            if comparison.is_alike() { "alike" } else { "TOLD APART" }
        );
    }
    println!(
        "\n\"told apart by\" is how often a guess by one answer's time is right: 50 % is a coin. Alike: medians within\n\
         2 % or 1 ms, and no better than a coin by more than chance explains (4 standard errors)."
    );
    ensure!(is_alike, "some pairs can be told apart");
    Ok(())
}

/// Asks in pairs, so that whatever else the machine does meets both alike.
async fn compare(pair: &Pair, samples: usize) -> Result<Comparison> {
    let server = Server::start(pair).await?;
    let (mut first, mut second) = (Vec::with_capacity(samples), Vec::with_capacity(samples));
    // No two have one address, so that what one leaves behind has no say in another's time.
    let mut asked = 0;
    // A tenth more, ahead of them, warms everything up.
    let warming = samples / 10;
    for round in 0..samples + warming {
        // Which of the two is asked first changes irregularly.
        let is_first_first = (round * 7 + round / 3) % 5 < 2;
        for is_first in [is_first_first, !is_first_first] {
            // What was asked last leaves the machine warmer or colder, and the other kind is asked last more often
            // than not. So one that is not measured comes ahead of each, always of the second kind.
            asked += 1;
            server.auth.handle((pair.request)(&server, false, asked)?).await;
            server.settle().await;
            asked += 1;
            let request = (pair.request)(&server, is_first, asked)?;
            let start = now();
            let response = server.auth.handle(request).await;
            let took = start.elapsed().as_secs_f64() * 1e6;
            ensure!(response.status().as_u16() == pair.status, "{}: {}", pair.name, response.status());
            if round >= warming {
                if is_first { &mut first } else { &mut second }.push(took);
            }
            server.settle().await;
        }
    }
    Ok(Comparison::of([first, second]))
}

#[expect(clippy::disallowed_methods, reason = "real time is what is measured; there is nothing to inject")]
fn now() -> Instant {
    Instant::now()
}
