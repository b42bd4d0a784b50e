//! Things of which there is one, and many who want it.

use std::sync::Arc;

use hallpass::clock::Timestamp;
use hallpass::endpoint::Client;
use hallpass::mailer::MailKind;
use hallpass::model::{Account, User};
use hallpass::password::PasswordHash;
use hallpass::plugins::{
    CodePurpose, EmailOtp, MagicLink, MagicLinkError, OneTimeToken, SendMagicLink, SignInCode,
};
use hallpass::store::UserChange;
use hallpass::types::Email;
use hallpass::{Error, SignUpEmail, SignedUp};

use super::child::Role;
use super::crowd::{self, Crowd, Outcome};
use super::site::Site;
use super::{SharedDatabase, runtime};
use crate::{DefectiveStore, StoreDefect};

/// What a contest finds.
pub(super) const FINDS: [StoreDefect; 5] = [
    StoreDefect::TakesInTwoSteps,
    StoreDefect::AddressIsNotUnique,
    StoreDefect::ReplacesWithoutComparing,
    StoreDefect::DeletesTheLastAccount,
    StoreDefect::KeepsVerifications,
];

/// How many connections consumers in one process are dealt to.
const HANDLES: usize = 4;

/// What one of many gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Prize {
    ResetToken,
    MailedCode,
    MagicLink,
    OneTimeToken,
    DeletionLink,
    /// Of two ways to sign in, one may go.
    Way,
    Address,
    PasswordHash,
}

impl Prize {
    const ALL: [Self; 8] = [
        Self::ResetToken,
        Self::MailedCode,
        Self::MagicLink,
        Self::OneTimeToken,
        Self::DeletionLink,
        Self::Way,
        Self::Address,
        Self::PasswordHash,
    ];

    fn email(self) -> String {
        format!("{self:?}@example.com")
    }

    /// Whose it is, and the user's cookie.
    async fn user(self, site: &Site) -> (User, String) {
        let input = SignUpEmail::new("A", self.email(), "a password");
        let SignedUp::SignedIn(signed_in) = site.auth.sign_up_email(input).await.unwrap() else {
            panic!("not signed in")
        };
        // Proven, so that to prove it anew takes no password away.
        let user = &signed_in.user;
        let change =
            UserChange { email_verified: Some(true), updated_at: user.updated_at, ..UserChange::default() };
        site.auth.store().update_user(&user.id, &change).await.unwrap();
        (user.clone(), site.cookie(&signed_in))
    }

    /// Puts it up, and gives what its consumers have to know.
    async fn put_up(self, site: &Site) -> String {
        if self == Self::Address {
            return "-".to_owned();
        }
        let (user, cookie) = self.user(site).await;
        let auth = &site.auth;
        match self {
            Self::ResetToken => {
                auth.request_password_reset(&self.email(), None).await.unwrap();
                site.mailed(MailKind::ResetPassword).await.unwrap()
            }
            Self::MailedCode => {
                EmailOtp::new().create(auth, &self.email(), CodePurpose::SignIn).await.unwrap()
            }
            Self::MagicLink => {
                MagicLink::new().send(auth, SendMagicLink::new(self.email())).await.unwrap();
                site.mailed(MailKind::MagicLink).await.unwrap()
            }
            Self::OneTimeToken => {
                let current = site.session(&cookie).await.unwrap().unwrap();
                OneTimeToken::new().generate(auth, &current).await.unwrap().to_string()
            }
            Self::DeletionLink => {
                let current = site.session(&cookie).await.unwrap().unwrap();
                auth.request_user_deletion(&current, None).await.unwrap();
                format!("{} {cookie}", site.mailed(MailKind::DeleteAccount).await.unwrap())
            }
            Self::Way => {
                let way = Account {
                    account_id: "1".to_owned(),
                    provider_id: "github".to_owned(),
                    password: None,
                    ..Account::credential(
                        "another-way".into(),
                        &user.id,
                        PasswordHash::new(""),
                        user.created_at,
                    )
                };
                assert!(auth.store().add_account(&way).await.unwrap());
                let accounts = auth.store().accounts_of(&user.id).await.unwrap();
                let ids: Vec<_> = accounts.iter().map(|account| account.id.as_str()).collect();
                format!("{} {}", user.id, ids.join(" "))
            }
            Self::Address => String::new(),
            Self::PasswordHash => {
                let accounts = auth.store().accounts_of(&user.id).await.unwrap();
                let account = accounts.first().unwrap();
                format!("{} {}", account.id, account.password.as_ref().unwrap().as_str())
            }
        }
    }

    /// Whether this consumer gets it.
    async fn is_had(self, site: &Site, prize: &str, number: usize) -> Result<bool, Error> {
        let auth = &site.auth;
        let words: Vec<&str> = prize.split(' ').collect();
        let word = |at: usize| *words.get(at).unwrap();
        match self {
            Self::ResetToken => won(auth.reset_password(prize, &format!("password {number}").into()).await),
            Self::MailedCode => {
                won(EmailOtp::new().sign_in(auth, SignInCode::new(self.email(), prize), None).await)
            }
            Self::MagicLink => match MagicLink::new().verify(auth, prize, &Client::default(), None).await {
                Ok(_) => Ok(true),
                Err(MagicLinkError::Other(error)) => won::<()>(Err(error)),
                Err(_) => Ok(false),
            },
            Self::OneTimeToken => won(OneTimeToken::new().verify(auth, prize).await),
            Self::DeletionLink => match site.session(word(1)).await? {
                Some(current) => won(auth.delete_user_by_token(&current, word(0)).await),
                None => Ok(false),
            },
            Self::Way => won(auth.unlink_account(&word(0).into(), &word(1 + number % 2).into()).await),
            Self::Address => {
                // One address, however it is written.
                let email = if number.is_multiple_of(2) { self.email() } else { self.email().to_uppercase() };
                won(auth.sign_up_email(SignUpEmail::new("A", email, "a password")).await)
            }
            Self::PasswordHash => {
                let (from, to) = (PasswordHash::new(word(1)), PasswordHash::new(format!("$ {number}")));
                let now: Timestamp = auth.now();
                Ok(auth.store().replace_password_hash(&word(0).into(), &from, &to, now).await?)
            }
        }
    }

    /// What is wrong once somebody has it.
    async fn aftermath(self, site: &Site, prize: &str) -> Option<String> {
        let again = self.is_had(site, prize, 0).await;
        if !matches!(again, Ok(false)) {
            return Some(format!("{self:?} is to be had again: {again:?}"));
        }
        let user = site.auth.store().user_by_email(&Email::parse(&self.email()).unwrap()).await.unwrap();
        let accounts = match &user {
            Some(user) => site.auth.store().accounts_of(&user.id).await.unwrap().len(),
            None => 0,
        };
        let expected = usize::from(self != Self::DeletionLink);
        let is_right = (usize::from(user.is_some()), accounts) == (expected, expected);
        (!is_right).then(|| format!("{self:?} left {user:?} with {accounts} accounts"))
    }
}

/// Whether a consumer was the one, or a store failed.
fn won<T>(outcome: Result<T, Error>) -> Result<bool, Error> {
    match outcome {
        Ok(_) => Ok(true),
        Err(error @ (Error::Store(_) | Error::Hash(_) | Error::Busy { .. } | Error::Internal(_))) => {
            Err(error)
        }
        Err(_) => Ok(false),
    }
}

/// The apps of one process.
async fn sites<D: SharedDatabase>(address: &str, defect: Option<StoreDefect>) -> Vec<Arc<Site>> {
    let mut sites = Vec::new();
    for _ in 0..HANDLES {
        let store = DefectiveStore::new(D::open(address).await, defect);
        sites.push(Arc::new(Site::over(Arc::new(store))));
    }
    sites
}

/// What is wrong with what came of it: one of them was to have it.
fn failure(prize: Prize, Outcome { sum, errors }: Outcome) -> Option<String> {
    let is_right = sum == 1 && errors.is_empty();
    (!is_right).then(|| format!("{prize:?} was had by {sum} and denied by {errors:?}"))
}

/// All at once, as tasks.
async fn consume(sites: &[Arc<Site>], prize: Prize, text: &str, consumers: usize) -> Outcome {
    let text: Arc<str> = text.into();
    crowd::consume(sites, consumers, |site, number| {
        let text = Arc::clone(&text);
        async move {
            let is_had = prize.is_had(&site, &text, number).await;
            is_had.map(u64::from).map_err(|error| format!("{error:?}"))
        }
    })
    .await
}

/// What goes wrong when so many consumers of this process want each thing.
pub(super) async fn in_one_process<D: SharedDatabase>(
    consumers: usize,
    defect: Option<StoreDefect>,
) -> Vec<String> {
    let database = D::create().await;
    let sites = sites::<D>(&database.address(), defect).await;
    let site = Site::over(Arc::new(D::open(&database.address()).await));
    let mut failures = Vec::new();
    for prize in Prize::ALL {
        let text = prize.put_up(&site).await;
        failures.extend(failure(prize, consume(&sites, prize, &text, consumers).await));
        failures.extend(prize.aftermath(&site, &text).await);
    }
    if database.orphans().await > 0 {
        failures.push("something is only half there".to_owned());
    }
    failures
}

/// The same, with the consumers dealt to so many processes.
pub(super) fn in_processes<D: SharedDatabase>(
    test: &str,
    processes: usize,
    consumers: usize,
    defect: Option<StoreDefect>,
) -> Vec<String> {
    let runtime = runtime();
    let database = runtime.block_on(D::create());
    let defect = defect.map(|defect| defect.to_string());
    let mut crowd = Crowd::start(test, &database.address(), defect.as_deref(), processes, consumers);
    let site = runtime.block_on(async { Site::over(Arc::new(D::open(&database.address()).await)) });
    let mut failures = Vec::new();
    for prize in Prize::ALL {
        let text = runtime.block_on(prize.put_up(&site));
        failures.extend(failure(prize, crowd.consume(&format!("{prize:?} {text}"))));
        failures.extend(runtime.block_on(prize.aftermath(&site, &text)));
    }
    if runtime.block_on(database.orphans()) > 0 {
        failures.push("something is only half there".to_owned());
    }
    failures
}

/// What another process does: it wants each thing that it is told of.
pub(super) fn consume_as_told<D: SharedDatabase>(role: &Role) {
    let runtime = runtime();
    let sites = runtime.block_on(sites::<D>(&role.address, role.defect_of(&StoreDefect::ALL)));
    crowd::consume_as_told(role, |line, consumers| {
        let (name, text) = line.split_once(' ').unwrap();
        let prize = Prize::ALL.into_iter().find(|prize| format!("{prize:?}") == name).unwrap();
        runtime.block_on(consume(&sites, prize, text, consumers))
    });
}
