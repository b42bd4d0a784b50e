//! A user as a file says it: a value for each name.

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use hallpass::Auth;
use hallpass::clock::Timestamp;
use hallpass::model::{Account, User};
use hallpass::password::PasswordHash;
use hallpass::schema::{ExtraField, FieldKind};
use hallpass::types::{Email, UserId};
use serde_json::{Map, Value};

use super::Incoming;

/// What a file can say of a user beside the additional fields.
const NAMES: [&str; 8] =
    ["id", "email", "name", "emailVerified", "image", "createdAt", "updatedAt", "password"];

/// What protects a user by more than a password: nothing here would.
const PROTECTIONS: [&str; 2] = ["twofactorenabled", "banned"];

/// A name in whatever case and with or without underscores.
fn plain(name: &str) -> String {
    name.replace('_', "").to_lowercase()
}

/// Which names of a file stand for which fields.
pub(super) struct Names<'a> {
    auth: &'a Auth,
    /// Fields, and what the file calls them.
    renamed: &'a [(String, String)],
    ignores_unknown: bool,
}

impl<'a> Names<'a> {
    pub(super) fn new(
        auth: &'a Auth,
        renamed: &'a [(String, String)],
        ignores_unknown: bool,
    ) -> Result<Self> {
        let names = Self { auth, renamed, ignores_unknown };
        for (field, _) in renamed {
            ensure!(
                names.field(field).is_some(),
                "--field {field}: there is no such field; {}",
                names.known()
            );
        }
        Ok(names)
    }

    /// The field that a name stands for; `None` for one that is left out.
    pub(super) fn of(&self, name: &str) -> Result<Option<&str>> {
        if let Some((field, _)) = self.renamed.iter().find(|(_, column)| column == name) {
            return Ok(self.field(field));
        }
        let field =
            self.field(name).filter(|field| !self.renamed.iter().any(|(renamed, _)| renamed == field));
        ensure!(
            field.is_some() || self.ignores_unknown,
            "{} is no field of a user; {}, or leave such fields out by --ignore-unknown",
            shown(name),
            self.known()
        );
        Ok(field)
    }

    /// The field of this name, in whatever case and with or without underscores.
    fn field(&self, name: &str) -> Option<&str> {
        let wanted = match plain(name).as_str() {
            "passwordhash" => "password".to_owned(),
            wanted => wanted.to_owned(),
        };
        let extra = self.auth.schema().user_fields().iter().map(ExtraField::name);
        NAMES.into_iter().chain(extra).find(|known| plain(known) == wanted)
    }

    fn known(&self) -> String {
        let extra = self.auth.schema().user_fields().iter().map(ExtraField::name);
        format!("known are {}", NAMES.into_iter().chain(extra).collect::<Vec<_>>().join(", "))
    }

    /// The user that a record says.
    pub(super) fn read(&self, at: &str, record: Map<String, Value>) -> Result<Incoming> {
        let mut fields = Map::new();
        for (name, value) in record {
            let protects = PROTECTIONS.contains(&plain(&name).as_str());
            ensure!(
                !protects || is_empty(&value) || boolean(&value) == Some(false),
                "{name} is set: this user would sign in by the password alone"
            );
            if let Some(field) = self.of(&name)?
                && !is_empty(&value)
                && fields.insert(field.to_owned(), value).is_some()
            {
                bail!("{field} is said twice");
            }
        }
        user(self.auth, at, fields)
    }
}

/// A name as it may be shown: what is no plain word may be data, and a secret.
fn shown(name: &str) -> String {
    let is_word = |letter: char| letter.is_ascii_alphabetic() || matches!(letter, '_' | '-' | ' ');
    match name.chars().all(is_word) && name.len() <= 40 {
        true => format!("{name:?}"),
        false => "a name that is no word (is there a line of names?)".to_owned(),
    }
}

fn is_empty(value: &Value) -> bool {
    matches!(value, Value::Null) || value.as_str() == Some("")
}

fn user(auth: &Auth, at: &str, mut fields: Map<String, Value>) -> Result<Incoming> {
    let now = auth.now();
    let email = text(&mut fields, "email")?.context("there is no email")?;
    let email = address(&email)?;
    let id = match text(&mut fields, "id")? {
        Some(id) => {
            ensure!(
                id.len() <= 255 && !id.chars().any(char::is_control),
                "the id is too long, or no plain text"
            );
            UserId::from(id)
        }
        None => auth.new_id(),
    };
    let name = text(&mut fields, "name")?;
    let name = name.unwrap_or_else(|| email.as_str().split('@').next().unwrap_or_default().to_owned());
    let mut user = User::new(id, name, email, now);
    user.email_verified = match fields.remove("emailVerified") {
        None => false,
        Some(value) => boolean(&value).context("emailVerified is neither true nor false")?,
    };
    user.image = text(&mut fields, "image")?;
    let moment = |value: Value, name: &str| {
        moment(&value)
            .with_context(|| format!("{name} is no moment: write 2026-11-22T08:00:00Z, or milliseconds"))
    };
    if let Some(value) = fields.remove("createdAt") {
        user.created_at = moment(value, "createdAt")?;
    }
    user.updated_at = match fields.remove("updatedAt") {
        Some(value) => moment(value, "updatedAt")?,
        None => user.created_at,
    };
    let mut accounts = Vec::new();
    if let Some(hash) = text(&mut fields, "password")? {
        let hash = PasswordHash::new(hash);
        check_hash(&hash)?;
        accounts.push(Account::credential(auth.new_id(), &user.id, hash, user.created_at));
    }
    for (name, value) in fields {
        let field = auth.schema().user_fields().iter().find(|field| field.name() == name);
        let value = field.and_then(|field| of_kind(value, field.column().kind()));
        user.extra.insert(name.clone(), value.with_context(|| format!("{name} is of another kind"))?);
    }
    user.extra = auth.new_user_fields(user.extra)?;
    Ok(Incoming { at: at.to_owned(), user, accounts, sessions: Vec::new() })
}

/// The address in the form in which it is looked for. What is none may be anything, a password too: it is not shown.
pub(super) fn address(text: &str) -> Result<Email> {
    Email::parse(text).map_err(|_| anyhow!("the email is no e-mail address"))
}

/// Refuses what is no hash. It may be a password: it is not shown.
pub(super) fn check_hash(hash: &PasswordHash) -> Result<()> {
    ensure!(
        hash.form().is_some(),
        "the password is no hash that can be verified: argon2, better-auth's or PHC scrypt, PBKDF2 of Django, passlib \
         or PHC, bcrypt"
    );
    Ok(())
}

fn text(fields: &mut Map<String, Value>, name: &str) -> Result<Option<String>> {
    match fields.remove(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        // Ids of other systems are numbers.
        Some(Value::Number(number)) if name == "id" => Ok(Some(number.to_string())),
        Some(_) => bail!("{name} is no text"),
    }
}

fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(*value),
        Value::Number(number) => {
            [(0, false), (1, true)].into_iter().find(|(n, _)| number.as_i64() == Some(*n)).map(|(_, is)| is)
        }
        Value::String(text) => match text.to_lowercase().as_str() {
            "true" | "t" | "yes" | "1" => Some(true),
            "false" | "f" | "no" | "0" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

fn moment(value: &Value) -> Option<Timestamp> {
    match value {
        Value::Number(millis) => millis.as_i64().map(Timestamp::from_millis),
        Value::String(text) => match text.parse() {
            Ok(millis) => Some(Timestamp::from_millis(millis)),
            Err(_) => Timestamp::parse(text),
        },
        _ => None,
    }
}

/// A value as one of this kind: tables of text have nothing else.
fn of_kind(value: Value, kind: FieldKind) -> Option<Value> {
    match (kind, value) {
        (FieldKind::Text, value @ Value::String(_)) | (FieldKind::Number, value @ Value::Number(_)) => {
            Some(value)
        }
        (FieldKind::Boolean, value) => boolean(&value).map(Value::from),
        (FieldKind::Moment, value) => moment(&value).map(|moment| moment.to_string().into()),
        (FieldKind::Text, Value::Number(number)) => Some(number.to_string().into()),
        (FieldKind::Text, _) => None,
        (FieldKind::Number, Value::String(text)) => serde_json::from_str(&text).ok().filter(Value::is_number),
        (FieldKind::Number, _) => None,
        (_, Value::String(text)) => serde_json::from_str(&text).ok(),
        (_, value) => Some(value),
    }
}
