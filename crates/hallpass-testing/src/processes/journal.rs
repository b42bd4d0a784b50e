//! What was told of lives, and whether it is so.

use std::collections::BTreeMap;

use hallpass::plugins::OneTimeToken;
use hallpass::types::Email;
use hallpass::{Error, SignInEmail, SignUpEmail};

use super::life::{Step, email, first_password, second_password};
use super::site::Site;

/// What was told.
#[derive(Debug, Default)]
pub(super) struct Journal {
    lives: BTreeMap<String, Life>,
    /// How many steps were acknowledged.
    pub(super) done: usize,
    /// What failed.
    pub(super) errors: Vec<String>,
}

/// One user's.
#[derive(Debug, Default)]
struct Life {
    done: Vec<(Step, String)>,
    /// Begun, and whether it was done is not known.
    begun: Option<Step>,
}

impl Journal {
    /// Notes a line of a [life](super::life::live).
    pub(super) fn note(&mut self, line: &str) {
        let mut words = line.splitn(4, ' ');
        let mut next = || words.next().unwrap_or_default();
        let (verb, name, step, value) = (next(), next(), next(), next());
        let Some(step) = Step::named(step) else { panic!("what is {line:?}?") };
        let life = self.lives.entry(name.to_owned()).or_default();
        match verb {
            "try" => life.begun = Some(step),
            "did" => {
                self.done += 1;
                life.begun = None;
                life.done.push((step, value.to_owned()));
            }
            _ => self.errors.push(line.to_owned()),
        }
    }

    /// How many lives came to an end in the midst of a step.
    pub(super) fn unsure(&self) -> usize {
        self.lives.values().filter(|life| life.begun.is_some()).count()
    }

    /// What is not as it was told.
    pub(super) async fn check(&self, site: &Site) -> Vec<String> {
        let mut failures = Vec::new();
        for (name, life) in &self.lives {
            match life.check(site, name).await {
                Ok(wrong) => {
                    failures
                        .extend(wrong.into_iter().map(|wrong| format!("{name}: {wrong}, after {life:?}")));
                }
                Err(error) => failures.push(format!("{name}: {error:?}, after {life:?}")),
            }
        }
        failures
    }
}

impl Life {
    fn has(&self, step: Step) -> bool {
        self.done.iter().any(|(done, _)| *done == step)
    }

    fn value(&self, step: Step) -> Option<&str> {
        self.done.iter().find(|(done, _)| *done == step).map(|(_, value)| value.as_str())
    }

    /// Whether a step was done, if that is known.
    fn was(&self, step: Step) -> Option<bool> {
        if self.begun == Some(step) { None } else { Some(self.has(step)) }
    }

    async fn check(&self, site: &Site, name: &str) -> Result<Vec<&'static str>, Error> {
        let mut wrong = Vec::new();
        let mut expect = |is_right: bool, otherwise| {
            if !is_right {
                wrong.push(otherwise);
            }
        };
        let auth = &site.auth;
        let address = Email::parse(&email(name)).map_err(|_| Error::InvalidEmail)?;
        let user = auth.store().user_by_email(&address).await?;
        let signs_in = async |password: String| match auth
            .sign_in_email(SignInEmail::new(email(name), password))
            .await
        {
            Ok(_) => Ok(true),
            Err(Error::InvalidCredentials) => Ok(false),
            Err(error) => Err(error),
        };
        let is_live = async |cookie: Option<&str>| match cookie {
            Some(cookie) => Ok::<_, Error>(site.session(cookie).await?.is_some()),
            None => Ok(false),
        };
        let first_session = is_live(self.value(Step::SignUp)).await?;
        let second_session = is_live(self.value(Step::SignIn)).await?;
        let is_used =
            async || OneTimeToken::new().verify(auth, self.value(Step::MakeOneTimeToken)?).await.ok();

        let Some(user) = user else {
            expect(
                self.was(Step::SignUp) != Some(true) || self.was(Step::Delete) != Some(false),
                "the user is lost",
            );
            expect(!first_session && !second_session, "a session of nobody");
            // The address is free.
            auth.sign_up_email(SignUpEmail::new("B", email(name), "another password")).await?;
            return Ok(wrong);
        };
        expect(self.was(Step::Delete) != Some(true), "the user was deleted, and is there");
        let accounts = auth.store().accounts_of(&user.id).await?;
        expect(accounts.len() == 1, "a user without an account");

        // The one-time token first: it is of a session.
        match self.was(Step::UseOneTimeToken) {
            Some(true) => expect(is_used().await.is_none(), "a used one-time token works again"),
            Some(false) if second_session => {
                let is_there = self.has(Step::MakeOneTimeToken);
                expect(is_used().await.is_some() == is_there, "a one-time token is lost");
            }
            _ => drop(is_used().await),
        }
        expect(is_used().await.is_none(), "a one-time token works twice");

        let (first, second) = (signs_in(first_password(name)).await?, signs_in(second_password(name)).await?);
        expect(first != second, "not one password");
        if let Some(was_reset) = self.was(Step::Reset) {
            expect(second == was_reset, "the password is another");
        }
        expect(!(second && first_session), "a session of the old password goes on");
        if first && self.was(Step::Reset) == Some(false) {
            expect(first_session || self.was(Step::SignUp).is_none(), "a session is lost");
        }
        if let Some(was_ended) = self.was(Step::SignOut).filter(|_| self.has(Step::SignIn)) {
            expect(second_session != was_ended, "a session is lost, or was ended and goes on");
        }
        if let Some(token) = self.value(Step::AskForReset) {
            let mut resets = 0;
            for _ in 0..2 {
                resets += usize::from(auth.reset_password(token, &"a third password".into()).await.is_ok());
            }
            match self.was(Step::Reset) {
                Some(true) => expect(resets == 0, "a used token works again"),
                Some(false) => expect(resets == 1, "a token is lost, or works twice"),
                // Used up and nothing done, at worst: there is another mail.
                None => expect(resets <= 1 && !(second && resets > 0), "a token works twice"),
            }
        }
        Ok(wrong)
    }
}
