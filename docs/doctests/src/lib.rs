//! The examples of `README.md` and of the book in `docs/`, as doctests: `cargo test --doc -p hallpass-book`.

#[cfg(doctest)]
#[doc = include_str!("../../workers.md")]
mod workers {}

#[cfg(doctest)]
#[doc = include_str!("../../workers-deploy.md")]
mod workers_deploy {}

#[cfg(doctest)]
#[doc = include_str!("../../additional-fields.md")]
mod additional_fields {}

#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
mod readme {}

#[cfg(doctest)]
#[doc = include_str!("../../axum.md")]
mod axum {}

#[cfg(doctest)]
#[doc = include_str!("../../benchmarks.md")]
mod benchmarks {}

#[cfg(doctest)]
#[doc = include_str!("../../command.md")]
mod command {}

#[cfg(doctest)]
#[doc = include_str!("../../compatibility.md")]
mod compatibility {}

#[cfg(doctest)]
#[doc = include_str!("../../configuration.md")]
mod configuration {}

#[cfg(doctest)]
#[doc = include_str!("../../deleting-users.md")]
mod deleting_users {}

#[cfg(doctest)]
#[doc = include_str!("../../email-verification.md")]
mod email_verification {}

#[cfg(doctest)]
#[doc = include_str!("../../events.md")]
mod events {}

#[cfg(doctest)]
#[doc = include_str!("../../introduction.md")]
mod introduction {}

#[cfg(doctest)]
#[doc = include_str!("../../mail.md")]
mod mail {}

#[cfg(doctest)]
#[doc = include_str!("../../moving.md")]
mod moving {}

#[cfg(doctest)]
#[doc = include_str!("../../operations.md")]
mod operations {}

#[cfg(doctest)]
#[doc = include_str!("../../origins.md")]
mod origins {}

#[cfg(doctest)]
#[doc = include_str!("../../password-reset.md")]
mod password_reset {}

#[cfg(doctest)]
#[doc = include_str!("../../passwords.md")]
mod passwords {}

#[cfg(doctest)]
#[doc = include_str!("../../plugins.md")]
mod plugins {}

#[cfg(doctest)]
#[doc = include_str!("../../plugins/anonymous.md")]
mod plugins_anonymous {}

#[cfg(doctest)]
#[doc = include_str!("../../plugins/bearer.md")]
mod plugins_bearer {}

#[cfg(doctest)]
#[doc = include_str!("../../plugins/captcha.md")]
mod plugins_captcha {}

#[cfg(doctest)]
#[doc = include_str!("../../plugins/email-otp.md")]
mod plugins_email_otp {}

#[cfg(doctest)]
#[doc = include_str!("../../plugins/have-i-been-pwned.md")]
mod plugins_have_i_been_pwned {}

#[cfg(doctest)]
#[doc = include_str!("../../plugins/jwt.md")]
mod plugins_jwt {}

#[cfg(doctest)]
#[doc = include_str!("../../plugins/magic-link.md")]
mod plugins_magic_link {}

#[cfg(doctest)]
#[doc = include_str!("../../plugins/username.md")]
mod plugins_username {}

#[cfg(doctest)]
#[doc = include_str!("../../plugins/open-api.md")]
mod plugins_open_api {}

#[cfg(doctest)]
#[doc = include_str!("../../plugins/custom-session.md")]
mod plugins_custom_session {}

#[cfg(doctest)]
#[doc = include_str!("../../plugins/last-login-method.md")]
mod plugins_last_login_method {}

#[cfg(doctest)]
#[doc = include_str!("../../plugins/multi-session.md")]
mod plugins_multi_session {}

#[cfg(doctest)]
#[doc = include_str!("../../plugins/one-time-token.md")]
mod plugins_one_time_token {}

#[cfg(doctest)]
#[doc = include_str!("../../mysql.md")]
mod mysql {}

#[cfg(doctest)]
#[doc = include_str!("../../postgres.md")]
mod postgres {}

#[cfg(doctest)]
#[doc = include_str!("../../quick-start.md")]
mod quick_start {}

#[cfg(doctest)]
#[doc = include_str!("../../rate-limits.md")]
mod rate_limits {}

#[cfg(doctest)]
#[doc = include_str!("../../secondary-storage.md")]
mod secondary_storage {}

#[cfg(doctest)]
#[doc = include_str!("../../redis.md")]
mod redis {}

#[cfg(doctest)]
#[doc = include_str!("../../sessions.md")]
mod sessions {}

#[cfg(doctest)]
#[doc = include_str!("../../signing-in.md")]
mod signing_in {}

#[cfg(doctest)]
#[doc = include_str!("../../sqlite.md")]
mod sqlite {}

#[cfg(doctest)]
#[doc = include_str!("../../stateless.md")]
mod stateless {}

#[cfg(doctest)]
#[doc = include_str!("../../store-contract.md")]
mod store_contract {}

#[cfg(doctest)]
#[doc = include_str!("../../stores.md")]
mod stores {}

#[cfg(doctest)]
#[doc = include_str!("../../testing.md")]
mod testing {}

#[cfg(doctest)]
#[doc = include_str!("../../threat-model.md")]
mod threat_model {}

#[cfg(doctest)]
#[doc = include_str!("../../typed-calls.md")]
mod typed_calls {}

#[cfg(doctest)]
#[doc = include_str!("../../user-and-accounts.md")]
mod user_and_accounts {}

#[cfg(doctest)]
#[doc = include_str!("../../writing-an-adapter.md")]
mod writing_an_adapter {}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    #[test]
    fn no_page_of_the_book_is_left_out() {
        let here = include_str!("lib.rs");
        let docs = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let pages = |folder: &str| -> Vec<String> {
            let entries = fs::read_dir(docs.join(folder)).unwrap();
            entries.map(|entry| format!("{folder}{}", entry.unwrap().file_name().to_str().unwrap())).collect()
        };
        let left_out: Vec<String> = [pages(""), pages("plugins/")]
            .concat()
            .into_iter()
            .filter(|page| page.ends_with(".md") && page != "SUMMARY.md")
            .filter(|page| !here.contains(&format!("include_str!(\"../../{page}\")")))
            .collect();
        assert!(left_out.is_empty(), "{left_out:?}");
    }
}
