//! Whether the servers keep what they are given.

use std::collections::BTreeMap;
use std::fmt;

use redis::Value;

use crate::error::Failure;
use crate::link::Link;

/// A setting of a server that loses sessions, or brings back what was used up.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finding {
    /// The server throws keys away when its memory is full.
    Evicts {
        /// Its address.
        server: String,
        /// Its `maxmemory-policy`.
        policy: String,
    },
    /// The server keeps nothing on disk: all is gone when it ends.
    KeepsNothing {
        /// Its address.
        server: String,
    },
    /// The server keeps a snapshot now and then: when it ends at once, what was used up or revoked since is back.
    KeepsSnapshotsOnly {
        /// Its address.
        server: String,
    },
    /// The server tells nothing of its settings.
    Unknown {
        /// Its address.
        server: String,
    },
}

impl Finding {
    /// What to set, or to look at.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Evicts { .. } => "set `maxmemory-policy noeviction`",
            Self::KeepsNothing { .. } => "set `appendonly yes`, or keep sessions in the database as well",
            Self::KeepsSnapshotsOnly { .. } => {
                "set `appendonly yes`, or keep verifications and sessions in the database as well"
            }
            Self::Unknown { .. } => {
                "see that its maxmemory-policy is noeviction and that it appends to a file"
            }
        }
    }
}

/// What is lost, without the [remedy](Finding::remedy).
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Evicts { server, policy } => write!(
                f,
                "Redis at {server} throws keys away when its memory is full (maxmemory-policy {policy}): sessions end \
                 and limits are forgotten"
            ),
            Self::KeepsNothing { server } => {
                write!(f, "Redis at {server} keeps nothing on disk: all sessions end when it does")
            }
            Self::KeepsSnapshotsOnly { server } => write!(
                f,
                "Redis at {server} keeps snapshots only: after a crash, tokens that were used and sessions that were \
                 ended since the last one are back"
            ),
            Self::Unknown { server } => {
                write!(f, "Redis at {server} does not say whether it keeps what it is given")
            }
        }
    }
}

/// What a server says of itself.
#[derive(Debug, Default)]
pub(crate) struct Info(BTreeMap<String, String>);

impl Info {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Reads the answer to `INFO`.
    fn of(answer: &Value) -> Self {
        let text = match answer {
            Value::BulkString(bytes) => String::from_utf8_lossy(bytes),
            Value::VerbatimString { text, .. } => text.into(),
            // An app's own connection to a cluster gives one for each node.
            Value::Map(nodes) => {
                return nodes.first().map(|(_, answer)| Self::of(answer)).unwrap_or_default();
            }
            _ => return Self::default(),
        };
        let lines = text.lines().filter_map(|line| line.split_once(':'));
        Self(lines.map(|(name, value)| (name.to_owned(), value.trim_end().to_owned())).collect())
    }

    /// Adds what `CONFIG GET` answers.
    fn add(&mut self, answer: &Value) {
        let text = |value: &Value| match value {
            Value::BulkString(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
            _ => None,
        };
        let pairs: Vec<_> = match answer {
            Value::Array(words) => words
                .chunks_exact(2)
                .filter_map(|pair| Some((text(pair.first()?)?, text(pair.last()?)?)))
                .collect(),
            Value::Map(pairs) => {
                pairs.iter().filter_map(|(name, value)| Some((text(name)?, text(value)?))).collect()
            }
            _ => return,
        };
        self.0.extend(pairs);
    }
}

/// `INFO` of every server that takes writes, with its address; nothing of one that forbids it.
pub(crate) async fn infos(link: &Link) -> Result<Vec<(String, Info)>, Failure> {
    let answers = link.ask_all(&redis::cmd("INFO")).await?;
    let infos = answers.into_iter().map(|(server, answer)| match answer {
        Ok(answer) => Ok((server, Info::of(&answer))),
        Err(Failure::Refused(code)) if code == "NOPERM" || code == "ERR" => Ok((server, Info::default())),
        Err(failure) => Err(failure),
    });
    infos.collect()
}

pub(crate) async fn findings(link: &Link) -> Result<Vec<Finding>, Failure> {
    let mut infos = infos(link).await?;
    let mut question = redis::cmd("CONFIG");
    question.arg("GET").arg("save");
    // Services forbid it.
    for (server, answer) in link.ask_all(&question).await? {
        if let (Ok(answer), Some((_, info))) = (answer, infos.iter_mut().find(|(known, _)| *known == server))
        {
            info.add(&answer);
        }
    }
    Ok(infos.into_iter().flat_map(|(server, info)| of_server(server, &info)).collect())
}

fn of_server(server: String, info: &Info) -> Vec<Finding> {
    let mut findings = Vec::new();
    let (policy, appends) = (info.get("maxmemory_policy"), info.get("aof_enabled"));
    if let Some(policy) = policy.filter(|policy| *policy != "noeviction") {
        findings.push(Finding::Evicts { server: server.clone(), policy: policy.to_owned() });
    }
    match (appends, info.get("save")) {
        (Some("1"), _) if policy.is_some() => {}
        (Some("0"), Some("")) => findings.push(Finding::KeepsNothing { server }),
        (Some("0"), Some(_)) => findings.push(Finding::KeepsSnapshotsOnly { server }),
        _ => findings.push(Finding::Unknown { server }),
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(info: &str, save: Option<&str>) -> Vec<Finding> {
        let mut info = Info::of(&Value::BulkString(info.as_bytes().to_vec()));
        if let Some(save) = save {
            let word = |word: &str| Value::BulkString(word.as_bytes().to_vec());
            info.add(&Value::Array(vec![word("save"), word(save)]));
        }
        of_server("here".to_owned(), &info)
    }

    #[test]
    fn what_loses_sessions_is_found_and_what_keeps_them_is_not() {
        let server = || "here".to_owned();
        let good = "# Memory\r\nmaxmemory_policy:noeviction\r\n# Persistence\r\naof_enabled:1\r\n";
        assert_eq!(found(good, Some("")), []);
        assert_eq!(found(good, None), []);
        for policy in ["allkeys-lru", "volatile-ttl", "allkeys-random"] {
            let evicts = Finding::Evicts { server: server(), policy: policy.to_owned() };
            assert_eq!(found(&good.replace("noeviction", policy), None), [evicts]);
        }
        let without = good.replace("aof_enabled:1", "aof_enabled:0");
        assert_eq!(found(&without, Some("")), [Finding::KeepsNothing { server: server() }]);
        assert_eq!(found(&without, Some("3600 1")), [Finding::KeepsSnapshotsOnly { server: server() }]);
        assert_eq!(found(&without, None), [Finding::Unknown { server: server() }]);
        assert_eq!(found("", None), [Finding::Unknown { server: server() }]);
    }
}
