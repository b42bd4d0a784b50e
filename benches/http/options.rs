//! The command line.

use anyhow::{Result, bail, ensure};
use lexopt::prelude::*;

use crate::contender::Contender;

/// What `--help` prints.
pub(crate) const HELP: &str = "\
http-comparison [--only NAME] [--seconds N] [--quick] [--connections N]

  --only NAME       measures one alone: hallpass, better-auth, hallpass-postgres
  --seconds N       how long each phase is measured (5)
  --quick           one second a phase: to see that it works, not to quote
  --connections N   how many clients ask for their session at once (16)

The table goes to standard output, progress to standard error; the plot and the figures as JSON
to target/bench/.
";

/// What the command line says.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) only: Option<Contender>,
    pub(crate) seconds: f64,
    /// How many clients ask for their session at once.
    pub(crate) connections: usize,
}

impl Options {
    /// Reads the command line; `None` if it asks for help.
    pub(crate) fn from_arguments() -> Result<Option<Self>> {
        let mut options = Self { only: None, seconds: 5.0, connections: 16 };
        let mut arguments = lexopt::Parser::from_env();
        while let Some(argument) = arguments.next()? {
            match argument {
                Long("only") => {
                    let name = arguments.value()?.string()?;
                    let Some(one) = Contender::ALL.into_iter().find(|one| one.name() == name) else {
                        bail!(
                            "`--only` takes `hallpass`, `better-auth` or `hallpass-postgres`, not `{name}`"
                        );
                    };
                    options.only = Some(one);
                }
                Long("seconds") => options.seconds = arguments.value()?.parse()?,
                Long("quick") => options.seconds = 1.0,
                Long("connections") => options.connections = arguments.value()?.parse()?,
                Short('h') | Long("help") => return Ok(None),
                other => return Err(other.unexpected().into()),
            }
        }
        ensure!((0.1..=600.0).contains(&options.seconds), "`--seconds` takes 0.1 to 600");
        ensure!((1..=512).contains(&options.connections), "`--connections` takes 1 to 512");
        Ok(Some(options))
    }
}
