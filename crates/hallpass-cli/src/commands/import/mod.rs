//! Bringing users in: read whole and checked first, written after that, so that a file with a mistake changes nothing.

mod database;
mod file;
mod record;

use std::collections::{BTreeMap, HashMap};
use std::process::ExitCode;

use anyhow::{Result, bail};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use hallpass::endpoint::Client;
use hallpass::model::{Account, Session, User};
use hallpass::password::{HashForm, PasswordHash};
use hallpass::{Auth, Error};
use serde::Serialize;

use crate::arguments::{Database, Import};
use crate::connection::Opened;
use crate::output::Output;
use crate::progress::Progress;

/// How many users are written at once: databases commit them together.
const AT_ONCE: usize = 32;
/// How many mistakes are shown.
const SHOWN: usize = 20;

/// A user who comes in, with everything that belongs to them.
pub(super) struct Incoming {
    /// Where it was read: a line, a place in a list, an id.
    at: String,
    user: User,
    accounts: Vec<Account>,
    sessions: Vec<Session>,
}

/// What is wrong with one of the users.
#[derive(Debug, Serialize)]
pub(super) struct Mistake {
    at: String,
    mistake: String,
}

/// What was read.
#[derive(Default)]
pub(super) struct Read {
    users: Vec<Incoming>,
    mistakes: Vec<Mistake>,
}

impl Read {
    fn add(&mut self, at: String, read: Result<Incoming>) {
        match read {
            Ok(user) => self.users.push(user),
            Err(mistake) => self.mistakes.push(Mistake { at, mistake: mistake.to_string() }),
        }
    }
}

#[derive(Debug, Serialize)]
struct Report {
    /// How many are written now.
    imported: u64,
    /// How many can be, where nothing is to be written.
    importable: Option<u64>,
    /// They were there already.
    skipped: u64,
    /// How many have a password of each form.
    passwords: BTreeMap<&'static str, u64>,
    mistakes: Vec<Mistake>,
}

pub(crate) async fn import(database: &Database, wanted: &Import, output: &Output) -> Result<ExitCode> {
    let Opened { store, auth, .. } = Opened::open_set_up(database).await?;
    let progress = Progress::new(output);
    let mut read = match (&wanted.file, &wanted.from) {
        (Some(path), _) => file::read(path, wanted, &auth)?,
        (None, Some(url)) => database::read(url, wanted, database, &progress).await?,
        (None, None) => bail!("say what to import: a file, or --from with the URL of a database"),
    };
    let skipped = check(&mut read, &store, wanted.skip_existing, &progress).await?;
    let passwords = passwords(&read.users);
    let mut report = Report { imported: 0, importable: None, skipped, passwords, mistakes: read.mistakes };
    let is_wrong = !report.mistakes.is_empty() && !wanted.skip_mistakes;
    if wanted.dry_run {
        report.importable = Some(u64::try_from(read.users.len())?);
    } else if !is_wrong {
        report.imported = write(&auth, &store, read.users, &progress).await?;
    }
    output.write(&report, |report| told(report, is_wrong))?;
    Ok(if report.mistakes.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Looks for users who are there already or come twice. How many are left out because they are there.
async fn check(
    read: &mut Read,
    store: &impl hallpass::store::Store,
    skips_existing: bool,
    progress: &Progress,
) -> Result<u64> {
    let mut seen = HashMap::new();
    let mut skipped = 0;
    let bar = progress.begin("checking", read.users.len());
    let mut kept = Vec::with_capacity(read.users.len());
    for incoming in std::mem::take(&mut read.users) {
        bar.inc(1);
        let (at, email) = (incoming.at.clone(), incoming.user.email.clone());
        let mut wrong = |mistake: String| read.mistakes.push(Mistake { at: at.clone(), mistake });
        if let Some(first) = seen.insert(email.clone(), at.clone()) {
            wrong(format!("{} came before: {first}", email.as_str()));
            continue;
        }
        let there = store.user_by_email(&email).await?.is_some();
        if there && skips_existing {
            skipped += 1;
        } else if there {
            wrong(format!(
                "{} is there already; --skip-existing leaves such users as they are",
                email.as_str()
            ));
        } else if store.user(&incoming.user.id).await?.is_some() {
            wrong(format!("another user has the id {}", incoming.user.id));
        } else {
            kept.push(incoming);
        }
    }
    bar.finish_and_clear();
    read.users = kept;
    Ok(skipped)
}

async fn write(
    auth: &Auth,
    store: &impl hallpass::store::Store,
    users: Vec<Incoming>,
    progress: &Progress,
) -> Result<u64> {
    let bar = progress.begin("importing", users.len());
    let written = stream::iter(users)
        .map(async |incoming: Incoming| {
            let Incoming { at, user, mut accounts, sessions } = incoming;
            let others = accounts.split_off(accounts.len().min(1));
            let failed = |error: Error| anyhow::Error::new(error).context(at.clone());
            auth.create_user(user, accounts.pop(), &Client::default(), None).await.map_err(failed)?;
            for account in others {
                auth.add_account(account).await.map_err(failed)?;
            }
            for session in sessions {
                store.create_session(&session).await.map_err(|error| failed(error.into()))?;
            }
            bar.inc(1);
            Ok::<_, anyhow::Error>(())
        })
        .buffer_unordered(AT_ONCE)
        .try_for_each(async |()| Ok(()))
        .await;
    let count = bar.position();
    bar.finish_and_clear();
    match written {
        Ok(()) => Ok(count),
        Err(error) => Err(error.context(format!(
            "stopped after {count} users, who are there; --skip-existing goes on with the others"
        ))),
    }
}

fn passwords(users: &[Incoming]) -> BTreeMap<&'static str, u64> {
    let mut counts = BTreeMap::new();
    for account in users.iter().flat_map(|incoming| &incoming.accounts) {
        if let Some(form) = account.password.as_ref().and_then(PasswordHash::form) {
            *counts.entry(name(form)).or_default() += 1;
        }
    }
    counts
}

fn name(form: HashForm) -> &'static str {
    match form {
        HashForm::Argon2 => "argon2",
        HashForm::BetterAuth => "better-auth",
        HashForm::Scrypt => "scrypt",
        HashForm::Pbkdf2 => "pbkdf2",
        HashForm::Bcrypt => "bcrypt",
        _ => "another",
    }
}

fn told(report: &Report, is_wrong: bool) -> String {
    let mut text = String::new();
    for Mistake { at, mistake } in report.mistakes.iter().take(SHOWN) {
        text.push_str(&format!("{at}: {mistake}\n"));
    }
    if let Some(more) = report.mistakes.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        text.push_str(&format!("and {more} more\n"));
    }
    let forms: Vec<_> = report.passwords.iter().map(|(form, count)| format!("{count} {form}")).collect();
    let passwords = match forms.is_empty() {
        true => "without passwords".to_owned(),
        false => format!("passwords: {}", forms.join(", ")),
    };
    text.push_str(&match (is_wrong, report.importable) {
        (true, _) => "nothing was changed: mend these, or leave them out by --skip-mistakes\n".to_owned(),
        (false, Some(count)) => format!("{count} users would be imported, {passwords}\n"),
        (false, None) => format!("imported {} users, {passwords}\n", report.imported),
    });
    if report.skipped > 0 {
        text.push_str(&format!("{} were there already\n", report.skipped));
    }
    if report.passwords.contains_key("bcrypt") {
        text.push_str("the app verifies bcrypt with the feature `bcrypt` of hallpass\n");
    }
    text
}
