//! How mails look.

use std::fmt::Debug;
use std::sync::Arc;

use super::{Mail, MailKind};

/// Renders mails.
///
/// # Contract
/// Whatever goes into HTML is escaped there: names, addresses and links. The same mail gives the same text.
pub trait MailTemplates: Debug + Send + Sync + 'static {
    /// How `mail` looks.
    fn render(&self, mail: &Mail) -> Rendered;
}

impl<T: MailTemplates + ?Sized> MailTemplates for Arc<T> {
    fn render(&self, mail: &Mail) -> Rendered {
        (**self).render(mail)
    }
}

/// A mail's looks.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "templates build it field by field")]
pub struct Rendered {
    /// The subject, in one line.
    pub subject: String,
    /// The body as plain text.
    pub text: String,
    /// The body as HTML.
    pub html: String,
}

/// A few plain sentences in English. No word of them is a user's, not even the name: a stranger who signs up
/// with somebody else's address would choose what that mailbox gets to read.
#[derive(Debug, Clone)]
pub struct PlainTemplates {
    app: String,
}

impl PlainTemplates {
    /// For an app of this name.
    pub fn new(app: impl Into<String>) -> Self {
        Self { app: app.into() }
    }
}

/// What a mail says: its subject, what it is about, what the link does, and what to do if it was not asked for.
struct Words {
    subject: String,
    intro: String,
    action: &'static str,
    otherwise: &'static str,
}

impl PlainTemplates {
    fn words(&self, mail: &Mail) -> Words {
        let app = &self.app;
        match mail.kind {
            MailKind::VerifyEmail => Words {
                subject: format!("Verify your e-mail address for {app}"),
                intro: format!("please confirm that {} is your address at {app}.", mail.to),
                action: "Verify the address",
                otherwise: "If you did not ask for this, you can ignore this mail.",
            },
            MailKind::ResetPassword => Words {
                subject: format!("Reset your password for {app}"),
                intro: format!("somebody, hopefully you, asked for a new password at {app}."),
                action: "Set a new password",
                otherwise: "If it was not you, you can ignore this mail: your password stays as it is.",
            },
            MailKind::ChangeEmail => {
                let to = mail.new_email.as_ref().map(|email| format!(" to {email}")).unwrap_or_default();
                Words {
                    subject: format!("Confirm the change of your e-mail address for {app}"),
                    intro: format!("please confirm that your address at {app} is to change{to}."),
                    action: "Confirm the change",
                    otherwise: "If it was not you, do not follow the link, and change your password: somebody is \
                                signed in as you.",
                }
            }
            MailKind::DeleteAccount => Words {
                subject: format!("Confirm that your account at {app} is to be deleted"),
                intro: format!("please confirm that your account at {app} is to be deleted, for good."),
                action: "Delete the account",
                otherwise: "If it was not you, do not follow the link, and change your password: somebody is \
                            signed in as you.",
            },
            MailKind::ExistingUserSignUp => Words {
                subject: format!("You already have an account at {app}"),
                intro: format!(
                    "somebody, hopefully you, tried to sign up at {app} with this address, which has an account \
                     already. Sign in with it, or ask for a new password."
                ),
                action: "",
                otherwise: "If it was not you, you can ignore this mail: nothing has changed.",
            },
            MailKind::MagicLink => Words {
                subject: format!("Sign in to {app}"),
                intro: format!("you can sign in to {app} by this link."),
                action: "Sign in",
                otherwise: "If you did not ask for this, you can ignore this mail.",
            },
            MailKind::SignInCode => Words {
                subject: format!("Your code to sign in to {app}"),
                intro: format!("you can sign in to {app} by this code. Tell it to nobody."),
                action: "",
                otherwise: "If you did not ask for this, you can ignore this mail.",
            },
            MailKind::VerifyEmailCode => Words {
                subject: format!("Your code to verify your e-mail address for {app}"),
                intro: format!("please confirm by this code that {} is your address at {app}.", mail.to),
                action: "",
                otherwise: "If you did not ask for this, you can ignore this mail.",
            },
            MailKind::ResetPasswordCode => Words {
                subject: format!("Your code to reset your password for {app}"),
                intro: format!("somebody, hopefully you, asked for a new password at {app}."),
                action: "",
                otherwise: "If it was not you, you can ignore this mail: your password stays as it is.",
            },
            MailKind::ChangeEmailCode => Words {
                subject: format!("Your code to change your e-mail address for {app}"),
                intro: format!("this code makes {} the address of an account at {app}.", mail.to),
                action: "",
                otherwise: "If you did not ask for this, you can ignore this mail.",
            },
            MailKind::Plugin(_) => Words {
                subject: format!("A message from {app}"),
                intro: format!("this is what was asked for at {app}."),
                action: "Go on",
                otherwise: "If you did not ask for this, you can ignore this mail.",
            },
        }
    }
}

impl MailTemplates for PlainTemplates {
    fn render(&self, mail: &Mail) -> Rendered {
        let Words { subject, intro, action, otherwise } = self.words(mail);
        let mut text = format!("Hello,\n\n{intro}\n\n");
        let mut html = format!("<p>Hello,</p>\n<p>{}</p>\n", escape(&intro));
        if let Some(code) = &mail.otp {
            text.push_str(&format!("Your code: {code}\n\n"));
            html.push_str(&format!("<p>Your code: <strong>{}</strong></p>\n", escape(code)));
        }
        if let Some(url) = &mail.url {
            let target = escape(url);
            text.push_str(&format!("{action}: {url}\n\n"));
            html.push_str(&format!("<p><a href=\"{target}\">{action}</a></p>\n<p>{target}</p>\n"));
        }
        text.push_str(otherwise);
        text.push('\n');
        html.push_str(&format!("<p>{otherwise}</p>\n"));
        let html = format!("<!doctype html>\n<html lang=\"en\">\n<body>\n{html}</body>\n</html>\n");
        Rendered { subject, text, html }
    }
}

/// `text` as text and attribute values of HTML have it.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Email;

    const KINDS: [MailKind; 11] = [
        MailKind::VerifyEmail,
        MailKind::ResetPassword,
        MailKind::ChangeEmail,
        MailKind::DeleteAccount,
        MailKind::ExistingUserSignUp,
        MailKind::MagicLink,
        MailKind::SignInCode,
        MailKind::VerifyEmailCode,
        MailKind::ResetPasswordCode,
        MailKind::ChangeEmailCode,
        MailKind::Plugin("invitation"),
    ];

    #[test]
    fn row_48_whatever_is_put_in_is_escaped_in_html_and_adds_no_line_to_a_subject() {
        let nasty = "\"><script>alert('1')</script>&\r\nBcc: x@y.zz";
        for kind in KINDS {
            let mut mail = Mail::new(Email::from_stored(nasty.to_owned()), kind).link(nasty, "t").code(nasty);
            mail.new_email = Some(Email::from_stored(nasty.to_owned()));
            let rendered = PlainTemplates::new("<b>App</b>").render(&mail);
            let body = rendered.html.replace("<!doctype html>\n<html lang=\"en\">\n<body>", "");
            assert!(!body.contains("<script") && !body.contains("<b>") && !body.contains("\">\""), "{body}");
            assert!(!rendered.subject.contains(['\r', '\n']), "{kind:?}");
            assert!(rendered.text.contains(nasty), "{kind:?}");
        }
    }
}
