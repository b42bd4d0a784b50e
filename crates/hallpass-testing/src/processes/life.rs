//! What users do, one after the other, told as it is done.

use hallpass::mailer::MailKind;
use hallpass::plugins::OneTimeToken;
use hallpass::{Error, SignInEmail, SignUpEmail, SignedUp};

use super::site::Site;

/// A step of a user's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    SignUp,
    AskForReset,
    Reset,
    SignIn,
    MakeOneTimeToken,
    UseOneTimeToken,
    SignOut,
    Delete,
}

impl Step {
    /// The whole of a life. Every other user stays.
    pub(super) const ALL: [Self; 8] = [
        Self::SignUp,
        Self::AskForReset,
        Self::Reset,
        Self::SignIn,
        Self::MakeOneTimeToken,
        Self::UseOneTimeToken,
        Self::SignOut,
        Self::Delete,
    ];

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| format!("{step:?}") == name)
    }
}

pub(super) fn email(name: &str) -> String {
    format!("{name}@example.com")
}

pub(super) fn first_password(name: &str) -> String {
    format!("the first of {name}")
}

pub(super) fn second_password(name: &str) -> String {
    format!("the second of {name}")
}

/// What a step comes to when the site refuses what it should do.
const REFUSED: &str = "refused";

/// Lives the life of the user called `name`, and tells of each step before and after it: `try NAME STEP`,
/// `did NAME STEP VALUE`. A step that fails, `not NAME STEP ERROR`, is the last.
pub(super) async fn live(site: &Site, name: &str, stays: bool, tell: impl Fn(String) + Sync) {
    let (mut reset, mut one_time, mut cookie) = (String::new(), String::new(), String::new());
    for step in Step::ALL {
        if step == Step::Delete && stays {
            return;
        }
        tell(format!("try {name} {step:?}"));
        let value = match take(site, name, step, [&reset, &one_time, &cookie]).await {
            Ok(value) => value,
            Err(error) => {
                tell(format!("not {name} {step:?} {}", format!("{error:?}").replace('\n', " ")));
                return;
            }
        };
        tell(format!("did {name} {step:?} {value}"));
        match step {
            Step::AskForReset => reset = value,
            Step::MakeOneTimeToken => one_time = value,
            Step::SignUp | Step::SignIn => cookie = value,
            _ => {}
        }
    }
}

/// Takes a step, and gives what it came to: a token or a cookie.
async fn take(
    site: &Site,
    name: &str,
    step: Step,
    [reset, one_time, cookie]: [&str; 3],
) -> Result<String, Error> {
    let auth = &site.auth;
    let current = async || site.session(cookie).await?.ok_or(Error::Unauthorized);
    let nothing = || "-".to_owned();
    match step {
        Step::SignUp => {
            let input = SignUpEmail::new("A", email(name), first_password(name));
            match auth.sign_up_email(input).await? {
                SignedUp::SignedIn(signed_in) => Ok(site.cookie(&signed_in)),
                _ => Err(Error::Internal(REFUSED)),
            }
        }
        Step::AskForReset => {
            auth.request_password_reset(&email(name), None).await?;
            site.mailed(MailKind::ResetPassword).await.ok_or(Error::Internal(REFUSED))
        }
        Step::Reset => auth.reset_password(reset, &second_password(name).into()).await.map(|()| nothing()),
        Step::SignIn => {
            let signed_in = auth.sign_in_email(SignInEmail::new(email(name), second_password(name))).await?;
            Ok(site.cookie(&signed_in))
        }
        Step::MakeOneTimeToken => {
            Ok(OneTimeToken::new().generate(auth, &current().await?).await?.to_string())
        }
        Step::UseOneTimeToken => OneTimeToken::new().verify(auth, one_time).await.map(|_| nothing()),
        Step::SignOut => match auth.sign_out(&current().await?.token).await? {
            true => Ok(nothing()),
            false => Err(Error::Internal(REFUSED)),
        },
        Step::Delete => {
            let signed_in = auth.sign_in_email(SignInEmail::new(email(name), second_password(name))).await?;
            match auth.delete_user(&signed_in.user.id).await? {
                true => Ok(nothing()),
                false => Err(Error::Internal(REFUSED)),
            }
        }
    }
}
