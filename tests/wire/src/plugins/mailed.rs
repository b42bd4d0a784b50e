//! Plugins that sign in by what is mailed.

use std::time::Duration;

use hallpass::RateLimit;
use hallpass::plugins::MagicLink;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Limit {
    window: u64,
    max: u64,
}

impl Limit {
    fn read(&self) -> RateLimit {
        RateLimit::new(self.max, Duration::from_secs(self.window))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct MagicLinkOptions {
    expires_in: Option<u64>,
    #[serde(default)]
    disable_sign_up: bool,
    rate_limit: Option<Limit>,
}

pub(super) fn magic_link(options: &MagicLinkOptions) -> MagicLink {
    let mut plugin = MagicLink::new();
    if let Some(seconds) = options.expires_in {
        plugin = plugin.expires_in(Duration::from_secs(seconds));
    }
    if let Some(limit) = &options.rate_limit {
        plugin = plugin.limit(limit.read());
    }
    if options.disable_sign_up { plugin.without_sign_up() } else { plugin }
}
