//! The command line.

use anyhow::{Result, bail, ensure};
use lexopt::prelude::*;

use crate::stores::Store;

/// What `--help` prints.
pub(crate) const HELP: &str = "\
scale [--only sqlite|postgres] [--most N] [--quick]

  --only NAME   measures one of the two
  --most N      users and sessions at the end (1000000); up to 10000000, which takes 12 GB for each
  --quick       up to 10,000 and few requests: to see that it works, not to quote

HALLPASS_BENCH_POSTGRES names an empty PostgreSQL database. The table goes to standard output, progress to standard
error; the plot and the figures as JSON to target/bench/.
";

/// What the command line says.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) only: Option<Store>,
    /// How many users and sessions there are in turn.
    pub(crate) sizes: Vec<u32>,
    /// How many times a session is asked for; a twentieth of that of what writes.
    pub(crate) samples: u32,
}

impl Options {
    /// Reads the command line; `None` if it asks for help.
    pub(crate) fn from_arguments() -> Result<Option<Self>> {
        let (mut only, mut most, mut samples) = (None, 1_000_000, 10_000);
        let mut arguments = lexopt::Parser::from_env();
        while let Some(argument) = arguments.next()? {
            match argument {
                Long("only") => {
                    let name = arguments.value()?.string()?;
                    let Some(one) = Store::ALL.into_iter().find(|one| one.name() == name) else {
                        bail!("`--only` takes `sqlite` or `postgres`, not `{name}`");
                    };
                    only = Some(one);
                }
                Long("most") => most = arguments.value()?.parse()?,
                Long("quick") => (most, samples) = (10_000, 400),
                Short('h') | Long("help") => return Ok(None),
                other => return Err(other.unexpected().into()),
            }
        }
        ensure!((1_000..=10_000_000).contains(&most), "`--most` takes 1000 to 10000000");
        let sizes = std::iter::successors(Some(1_000_u32), |size| size.checked_mul(10));
        Ok(Some(Self { only, sizes: sizes.take_while(|size| *size <= most).collect(), samples }))
    }
}
