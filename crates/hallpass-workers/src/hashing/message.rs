//! What goes to whoever hashes, and what comes back. Both sides are of one version of this crate, deployed at different times: what
//! one does not know is an error on the other.

use std::time::Duration;

use bytes::Bytes;
use hallpass::password::{HashError, Password, PasswordHash, Verdict};
use serde::Deserialize;
use serde_json::{Value, json};

/// What is asked. It has no `Debug`: there is a password in it.
pub(super) enum Question {
    Hash { password: Password },
    Verify { password: Password, hash: PasswordHash },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    password: String,
    hash: Option<String>,
}

impl Question {
    pub(super) fn text(&self) -> Bytes {
        let question = match self {
            Self::Hash { password } => json!({ "password": password.expose() }),
            Self::Verify { password, hash } => {
                json!({ "password": password.expose(), "hash": hash.as_str() })
            }
        };
        question.to_string().into()
    }

    pub(super) fn read(text: &[u8]) -> Option<Self> {
        let Read { password, hash } = serde_json::from_slice(text).ok()?;
        let password = Password::from(password);
        Some(match hash {
            None => Self::Hash { password },
            Some(hash) => Self::Verify { password, hash: PasswordHash::new(hash) },
        })
    }
}

/// What is answered.
pub(super) enum Answer {
    Hash(PasswordHash),
    Verdict(Verdict),
    Busy { retry_after: Duration },
    Malformed,
}

impl Answer {
    pub(super) fn text(&self) -> Bytes {
        let answer = match self {
            Self::Hash(hash) => json!({ "hash": hash.as_str() }),
            Self::Verdict(Verdict::Wrong) => json!({ "verdict": "wrong" }),
            Self::Verdict(Verdict::Right) => json!({ "verdict": "right" }),
            Self::Verdict(Verdict::RightButOutdated) => json!({ "verdict": "outdated" }),
            Self::Busy { retry_after } => json!({ "busy": retry_after.as_secs().max(1) }),
            Self::Malformed => json!({ "malformed": true }),
        };
        answer.to_string().into()
    }

    /// `None` for whatever is no answer: a verdict is never guessed at.
    pub(super) fn read(text: &[u8]) -> Option<Self> {
        let Value::Object(fields) = serde_json::from_slice(text).ok()? else { return None };
        let mut fields = fields.into_iter();
        let (Some((name, value)), None) = (fields.next(), fields.next()) else { return None };
        Some(match (name.as_str(), value) {
            ("hash", Value::String(hash)) => Self::Hash(PasswordHash::new(hash)),
            ("verdict", Value::String(verdict)) => Self::Verdict(match verdict.as_str() {
                "wrong" => Verdict::Wrong,
                "right" => Verdict::Right,
                "outdated" => Verdict::RightButOutdated,
                _ => return None,
            }),
            ("busy", Value::Number(seconds)) => {
                Self::Busy { retry_after: Duration::from_secs(seconds.as_u64()?) }
            }
            ("malformed", Value::Bool(true)) => Self::Malformed,
            _ => return None,
        })
    }

    /// What it is to whoever asked for something else.
    pub(super) fn error(self) -> HashError {
        match self {
            Self::Busy { retry_after } => HashError::Busy { retry_after },
            Self::Malformed => HashError::Malformed,
            Self::Hash(_) | Self::Verdict(_) => HashError::Failed("an answer to another question".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_read_as_it_was_asked() {
        let password = Password::from("pässword \" \\ 🔑");
        let asked = Question::Verify { password: password.clone(), hash: PasswordHash::new("$argon2id$x") };
        let Some(Question::Verify { password: read, hash }) = Question::read(&asked.text()) else {
            panic!("it is read as another question")
        };
        assert_eq!((read.expose(), hash.as_str()), (password.expose(), "$argon2id$x"));
        assert!(matches!(Question::read(&Question::Hash { password }.text()), Some(Question::Hash { .. })));
    }

    #[test]
    fn an_answer_is_read_as_it_was_given() {
        for verdict in [Verdict::Wrong, Verdict::Right, Verdict::RightButOutdated] {
            let Some(Answer::Verdict(read)) = Answer::read(&Answer::Verdict(verdict).text()) else {
                panic!("{verdict:?}")
            };
            assert_eq!(read, verdict);
        }
        let hash = Answer::Hash(PasswordHash::new("$argon2id$x"));
        assert!(
            matches!(Answer::read(&hash.text()), Some(Answer::Hash(hash)) if hash.as_str() == "$argon2id$x")
        );
        assert!(matches!(Answer::read(&Answer::Malformed.text()), Some(Answer::Malformed)));
        let busy = Answer::Busy { retry_after: Duration::from_millis(1) };
        let Some(Answer::Busy { retry_after }) = Answer::read(&busy.text()) else { panic!("it is busy") };
        assert_eq!(retry_after, Duration::from_secs(1));
    }

    #[test]
    fn what_is_no_answer_is_no_verdict() {
        for text in [
            "",
            "true",
            "[]",
            "{}",
            r#""right""#,
            r#"{"verdict":true}"#,
            r#"{"verdict":"Right"}"#,
            r#"{"verdict":null}"#,
            r#"{"verdict":"right","hash":"x"}"#,
            r#"{"right":true}"#,
            r#"{"malformed":false}"#,
            r#"{"busy":-1}"#,
        ] {
            assert!(Answer::read(text.as_bytes()).is_none(), "{text}");
        }
        for text in
            ["", "{}", r#"{"password":1}"#, r#"{"password":"a","hash":1}"#, r#"{"password":"a","other":1}"#]
        {
            assert!(Question::read(text.as_bytes()).is_none(), "{text}");
        }
    }
}
