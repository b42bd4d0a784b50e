//! Bringing users in: read whole and checked first, written after that, so that a file with a mistake changes nothing.

mod database;
mod file;
mod record;

use std::collections::{BTreeMap, HashMap};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, Result, bail};
use futures_util::{StreamExt as _, stream};
use hallpass::endpoint::Client;
use hallpass::model::{Account, Session, User};
use hallpass::password::{HashForm, PasswordHash};
use hallpass::schema::ExtraField;
use hallpass::store::Store;
use hallpass::{Auth, Error};
use serde::Serialize;
use serde_json::Value;

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
    let skipped = check(&mut read, &store, &auth, wanted.skip_existing, &progress).await?;
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

/// Looks for users who are there already, and for what two of them would share. How many are left out because they
/// are there.
async fn check(
    read: &mut Read,
    store: &impl Store,
    auth: &Auth,
    skips_existing: bool,
    progress: &Progress,
) -> Result<u64> {
    let bar = progress.begin("checking", read.users.len());
    let mut claims = Claims::of(&read.users, auth);
    let mut skipped = 0;
    for incoming in std::mem::take(&mut read.users) {
        bar.inc(1);
        let (at, email) = (incoming.at.clone(), incoming.user.email.as_str().to_owned());
        let is_there = store.user_by_email(&incoming.user.email).await?.is_some();
        let mistake = if is_there && skips_existing {
            skipped += 1;
            continue;
        } else if is_there {
            Some(format!("{email} is there already; --skip-existing leaves such users as they are"))
        } else if let Some(shared) = claims.shared(&incoming) {
            Some(shared)
        } else {
            taken(&incoming, store, auth).await?
        };
        match mistake {
            None => read.users.push(incoming),
            Some(mistake) => read.mistakes.push(Mistake { at, mistake }),
        }
    }
    bar.finish_and_clear();
    Ok(skipped)
}

/// What the database has already of what must be this user's alone.
async fn taken(incoming: &Incoming, store: &impl Store, auth: &Auth) -> Result<Option<String>> {
    let user = &incoming.user;
    if store.user(&user.id).await?.is_some() {
        return Ok(Some(format!("another user has the id {:?}", user.id.as_str())));
    }
    for field in unique(auth) {
        if let Some(value) = user.extra.get(field).and_then(Value::as_str)
            && store.user_by_field(field, value).await?.is_some()
        {
            return Ok(Some(format!("another user has the {field} {value:?}")));
        }
    }
    for account in &incoming.accounts {
        if store.account_by_provider(&account.provider_id, &account.account_id).await?.is_some() {
            return Ok(Some(format!("another user has this account of {:?}", account.provider_id)));
        }
    }
    Ok(None)
}

fn unique(auth: &Auth) -> impl Iterator<Item = &str> {
    auth.schema().user_fields().iter().filter(|field| field.column().is_unique()).map(ExtraField::name)
}

/// How many users of an import claim the same address, id, unique field, account or session. Of those that do none comes
/// in: which of them is meant is not for the order of a file to say.
struct Claims<'a> {
    auth: &'a Auth,
    counts: HashMap<(String, String), u32>,
}

impl<'a> Claims<'a> {
    fn of(users: &[Incoming], auth: &'a Auth) -> Self {
        let mut claims = Self { auth, counts: HashMap::new() };
        for incoming in users {
            for claim in claims.made(incoming) {
                *claims.counts.entry(claim).or_default() += 1;
            }
        }
        claims
    }

    fn made(&self, incoming: &Incoming) -> Vec<(String, String)> {
        let Incoming { user, accounts, sessions, .. } = incoming;
        let mut made = vec![
            ("email".to_owned(), user.email.as_str().to_owned()),
            ("id".to_owned(), user.id.as_str().to_owned()),
        ];
        let extra = unique(self.auth).filter_map(|field| Some((field, user.extra.get(field)?.as_str()?)));
        made.extend(extra.map(|(field, value)| (field.to_owned(), value.to_owned())));
        made.extend(accounts.iter().map(|account| ("account's id".to_owned(), account.id.to_string())));
        made.extend(
            accounts
                .iter()
                .map(|account| (format!("account of {:?}", account.provider_id), account.account_id.clone())),
        );
        made.extend(sessions.iter().map(|session| ("session's id".to_owned(), session.id.to_string())));
        made
    }

    fn shared(&mut self, incoming: &Incoming) -> Option<String> {
        let mut made = self.made(incoming).into_iter();
        let (what, value) = made.find(|claim| self.counts.get(claim).is_some_and(|count| *count > 1))?;
        Some(match what.as_str() {
            "email" => format!("{value} comes more than once"),
            _ => format!("another user of this import has the same {what}"),
        })
    }
}

/// Writes each user whole. After a failure those that have been begun are ended, and no more are.
async fn write(auth: &Auth, store: &impl Store, users: Vec<Incoming>, progress: &Progress) -> Result<u64> {
    let bar = progress.begin("importing", users.len());
    let has_failed = AtomicBool::new(false);
    let mut running = stream::iter(users)
        .map(async |incoming: Incoming| {
            if has_failed.load(Ordering::Relaxed) {
                return Ok(());
            }
            let at = incoming.at.clone();
            let written = write_one(auth, store, incoming).await;
            match written {
                Ok(()) => bar.inc(1),
                Err(_) => has_failed.store(true, Ordering::Relaxed),
            }
            written.context(at)
        })
        .buffer_unordered(AT_ONCE);
    let mut failure = None;
    while let Some(written) = running.next().await {
        failure = failure.or(written.err());
    }
    drop(running);
    let count = bar.position();
    bar.finish_and_clear();
    match failure {
        None => Ok(count),
        Some(error) => Err(error.context(format!(
            "stopped after {count} users, who are there; --skip-existing goes on with the others"
        ))),
    }
}

/// Writes a user, or nothing of them.
async fn write_one(auth: &Auth, store: &impl Store, incoming: Incoming) -> Result<()> {
    let Incoming { user, mut accounts, sessions, .. } = incoming;
    let others = accounts.split_off(accounts.len().min(1));
    let id = user.id.clone();
    auth.create_user(user, accounts.pop(), &Client::default(), None).await?;
    let rest = async {
        for account in others {
            auth.add_account(account).await?;
        }
        for session in sessions {
            store.create_session(&session).await?;
        }
        Ok::<_, Error>(())
    };
    if let Err(error) = rest.await {
        // Half a user would be passed over when the import goes on.
        auth.delete_user(&id).await.context("and the half of the user that was written is there still")?;
        return Err(error.into());
    }
    Ok(())
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
