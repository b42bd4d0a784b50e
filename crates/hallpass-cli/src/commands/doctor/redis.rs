//! What may be wrong with Redis.

use std::slice;

use hallpass_redis::{ConnectError, Finding as Setting, RedisBuilder, RedisStorage};

use super::Finding;

const ABOUT: &str = "redis";

/// What is to be said of the server, or of the Cluster, at these addresses.
pub(super) async fn look_over(addresses: &str) -> Vec<Finding> {
    let storage = match connect(&urls(addresses)).await {
        Ok(storage) => storage,
        Err(error) => return vec![refused(&error)],
    };
    match storage.check().await {
        Ok(settings) if settings.is_empty() => {
            vec![Finding::good(ABOUT, "it can be reached, and keeps what it is given")]
        }
        Ok(settings) => settings.iter().map(setting).collect(),
        Err(error) => vec![Finding::problem(ABOUT, error.to_string(), "see that it answers, and ask again")],
    }
}

/// What is between commas; a password may have some too.
fn urls(addresses: &str) -> Vec<String> {
    let mut urls: Vec<String> = Vec::new();
    for part in addresses.split(',') {
        match urls.last_mut() {
            Some(last) if !part.contains("://") => last.extend([",", part]),
            _ => urls.push(part.to_owned()),
        }
    }
    urls
}

/// One address is of a single server or, if that says so, of a node of a Cluster.
async fn connect(urls: &[String]) -> Result<RedisStorage, ConnectError> {
    let [url] = urls else { return RedisBuilder::cluster(urls).connect().await };
    match RedisBuilder::server(url).connect().await {
        Err(ConnectError::IsCluster) => RedisBuilder::cluster(slice::from_ref(url)).connect().await,
        connected => connected,
    }
}

fn refused(error: &ConnectError) -> Finding {
    let remedy = match error {
        ConnectError::TooOld { .. } => "update it",
        ConnectError::Refused(_) => {
            "see what its user may do: docs/redis.md lists the commands that are needed"
        }
        // These messages say what to do.
        _ => "correct it, and ask again",
    };
    Finding::problem(ABOUT, error.to_string(), remedy)
}

fn setting(setting: &Setting) -> Finding {
    match setting {
        Setting::Evicts { .. } => Finding::problem(ABOUT, setting.to_string(), setting.remedy()),
        // Right where the database has all of it too.
        _ => Finding::notice(ABOUT, setting.to_string(), setting.remedy()),
    }
}

#[cfg(test)]
mod tests {
    use super::urls;

    #[test]
    fn nodes_are_between_commas_and_a_password_may_have_one() {
        assert_eq!(urls("redis://a:1,redis://b:2"), ["redis://a:1", "redis://b:2"]);
        assert_eq!(urls("redis://:one,two@a,rediss://b"), ["redis://:one,two@a", "rediss://b"]);
        assert_eq!(urls("nothing"), ["nothing"]);
    }
}
