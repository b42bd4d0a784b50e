//! The plugin `username`.

use hallpass::plugins::Username;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct UsernameOptions {
    min_username_length: Option<usize>,
    max_username_length: Option<usize>,
    username_normalization: Option<Off>,
    display_username: Option<bool>,
    #[serde(default)]
    immutable_username: bool,
    #[serde(default)]
    validation_order: ValidationOrder,
}

/// Functions cannot be written in a file, and `true` is none.
#[derive(Deserialize)]
#[serde(try_from = "bool")]
struct Off;

impl TryFrom<bool> for Off {
    type Error = &'static str;

    fn try_from(is_on: bool) -> Result<Self, Self::Error> {
        if is_on { Err("not a function") } else { Ok(Self) }
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ValidationOrder {
    username: Option<Order>,
    display_username: Option<Order>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Order {
    PreNormalization,
    PostNormalization,
}

pub(super) fn username(options: &UsernameOptions) -> Username {
    let mut plugin = Username::new();
    // A nought counts as not given, as in JavaScript.
    if let Some(min) = options.min_username_length.filter(|min| *min > 0) {
        plugin = plugin.min_length(min);
    }
    if let Some(max) = options.max_username_length.filter(|max| *max > 0) {
        plugin = plugin.max_length(max);
    }
    if options.username_normalization.is_some() {
        plugin = plugin.without_normalization();
    }
    if options.immutable_username {
        plugin = plugin.immutable();
    }
    if matches!(options.validation_order.username, Some(Order::PostNormalization)) {
        plugin = plugin.validates_normalized();
    }
    if matches!(options.validation_order.display_username, Some(Order::PostNormalization)) {
        plugin = plugin.display_validates_normalized();
    }
    if options.display_username == Some(false) { plugin.without_display_username() } else { plugin }
}
