//! What `build()` refuses, and that every refusal says what to do.

use std::time::Duration;

use hallpass::{
    Auth, AuthBuilder, BuildError, ChangeEmail, CookieOptions, EmailPassword, EmailVerification, MemoryStore,
    PasswordReset, RateLimit, RateLimitOptions, RequestLimits, SessionOptions, UserDeletion,
};
use hallpass::{CookieOverride, CookiePatch};

use hallpass_testing::{ImmediateTasks, StubMailer};

use crate::app::SECRET;

fn refusal(configure: impl FnOnce(AuthBuilder) -> AuthBuilder) -> BuildError {
    let builder = Auth::builder(MemoryStore::new()).secret(SECRET).base_url("https://app.example.com");
    configure(builder).build().expect_err("this must be refused")
}

#[test]
fn the_least_that_is_safe_is_accepted() {
    assert!(
        Auth::builder(MemoryStore::new()).secret(SECRET).base_url("https://app.example.com").build().is_ok()
    );
    for local in ["http://localhost:3000", "http://127.0.0.1", "http://[::1]:80", "http://app.localhost"] {
        assert!(Auth::builder(MemoryStore::new()).secret(SECRET).base_url(local).build().is_ok(), "{local}");
    }
}

#[test]
fn row_51_a_missing_or_weak_secret_is_refused() {
    let without = Auth::builder(MemoryStore::new()).base_url("https://app.example.com").build();
    assert!(matches!(without, Err(BuildError::MissingSecret)));
    for weak in ["", "hunter2", "0123456789012345678901234567890", "better-auth-secret-12345678901234567890"]
    {
        let error = refusal(|b| b.secret(weak));
        assert!(matches!(error, BuildError::MissingSecret | BuildError::WeakSecret(_)), "{weak}");
        assert!(weak.is_empty() || !error.to_string().contains(weak), "{error}");
    }
    assert!(matches!(refusal(|b| b.secret("abab".repeat(10))), BuildError::WeakSecret(_)));
}

#[test]
fn every_secret_is_held_to_the_same_bar() {
    let another = "another-secret-of-the-tests-9876543210-zyxwvu";
    for weak in ["hunter2", "better-auth-secret-12345678901234567890", &"abab".repeat(10)] {
        for secrets in [[(2, weak), (1, another)], [(2, another), (1, weak)]] {
            assert!(matches!(refusal(|b| b.secrets(secrets)), BuildError::WeakSecret(_)), "{weak}");
        }
        assert!(matches!(refusal(|b| b.secret(weak).secrets([(1, another)])), BuildError::WeakSecret(_)));
    }
    let twice = refusal(|b| b.secrets([(1, SECRET), (1, another)]));
    assert!(matches!(twice, BuildError::DuplicateSecretVersion(1)), "{twice}");
    let none = Auth::builder(MemoryStore::new()).base_url("https://app.example.com");
    assert!(matches!(none.secrets::<&str>([]).build(), Err(BuildError::MissingSecret)));
    let versions_alone = Auth::builder(MemoryStore::new()).base_url("https://app.example.com");
    assert!(versions_alone.secrets([(0, another)]).build().is_ok());
}

#[test]
fn a_base_url_that_is_none_or_sends_credentials_in_the_clear_is_refused() {
    let without = Auth::builder(MemoryStore::new()).secret(SECRET).build();
    assert!(matches!(without, Err(BuildError::MissingBaseUrl)));
    for bad in [
        "app.example.com",
        "ftp://app.example.com",
        "https://u:p@app.example.com",
        "https://h/?a",
        "https://h/#a",
    ] {
        assert!(matches!(refusal(|b| b.base_url(bad)), BuildError::InvalidBaseUrl(_)), "{bad}");
    }
    for bad in ["http://app.example.com", "http://192.168.1.1", "http://localhost.example.com"] {
        assert!(matches!(refusal(|b| b.base_url(bad)), BuildError::PlainHttp(_)), "{bad}");
    }
    let said_so = Auth::builder(MemoryStore::new()).secret(SECRET).base_url("http://app.internal");
    assert!(said_so.danger_allow_plain_http().build().is_ok());
}

#[test]
fn contradictions_are_refused() {
    let password = |min, max| {
        refusal(|b| {
            b.email_password(EmailPassword {
                min_password_length: min,
                max_password_length: max,
                ..EmailPassword::default()
            })
        })
    };
    for (min, max) in [(0, 10), (11, 10), (8, 5000)] {
        assert!(matches!(password(min, max), BuildError::PasswordLengths { .. }));
    }
    let session = |options| refusal(|b| b.session(options));
    for expires_in in [Duration::ZERO, Duration::from_secs(401 * 86_400)] {
        let error = session(SessionOptions { expires_in, ..SessionOptions::default() });
        assert!(matches!(error, BuildError::SessionLength(_)));
    }
    let late = SessionOptions { update_age: Duration::from_secs(8 * 86_400), ..SessionOptions::default() };
    assert!(matches!(session(late), BuildError::UpdateAge { .. }));
    let nothing = RateLimitOptions {
        default: RateLimit::new(0, Duration::from_secs(1)),
        ..RateLimitOptions::default()
    };
    assert!(matches!(refusal(|b| b.rate_limit(nothing)), BuildError::RateLimit(_)));
    for path in ["auth", "/a//b", "/a/../b", "/a?b", "/a b"] {
        assert!(matches!(refusal(|b| b.base_path(path)), BuildError::InvalidBasePath(_)), "{path}");
    }
}

#[test]
fn cookies_that_browsers_would_drop_or_scripts_could_read_are_refused() {
    let patched =
        |attributes| refusal(|b| b.cookies(CookieOptions { attributes, ..CookieOptions::default() }));
    let readable = CookiePatch { http_only: Some(false), ..CookiePatch::default() };
    let injected = CookiePatch { path: Some("/; HttpOnly".into()), ..CookiePatch::default() };
    let elsewhere = CookiePatch { domain: Some("https://example.com".to_owned()), ..CookiePatch::default() };
    for patch in [readable, injected, elsewhere] {
        assert!(matches!(patched(patch), BuildError::Cookie { .. }));
    }
    let named = refusal(|b| b.cookies(CookieOptions { prefix: "a;b".into(), ..CookieOptions::default() }));
    assert!(matches!(named, BuildError::Cookie { .. }));
}

#[test]
fn what_would_switch_off_or_limit_nothing_is_refused() {
    for path in ["/sign-up/emial", "sign-up/email", "/sign-up/email/", "/sign-up/*"] {
        assert!(matches!(refusal(|b| b.disable_path(path)), BuildError::UnknownPath(_)), "{path}");
    }
    let rule = |pattern: &str| RateLimitOptions {
        rules: vec![(pattern.to_owned(), None)],
        ..RateLimitOptions::default()
    };
    assert!(matches!(refusal(|b| b.rate_limit(rule("/sign-in/emial"))), BuildError::UnknownPath(_)));
    assert!(
        Auth::builder(MemoryStore::new())
            .secret(SECRET)
            .base_url("https://h.example")
            .rate_limit(rule("/sign-*/**"))
            .build()
            .is_ok()
    );
    let overrides = [("session_tokne".into(), CookieOverride::default())].into();
    let named = refusal(|b| b.cookies(CookieOptions { overrides, ..CookieOptions::default() }));
    assert!(matches!(named, BuildError::UnknownCookie(_)));
}

#[test]
fn what_would_send_credentials_in_the_clear_is_refused() {
    let insecure = refusal(|b| b.cookies(CookieOptions { secure: Some(false), ..CookieOptions::default() }));
    assert!(matches!(insecure, BuildError::Cookie { .. }));
    assert!(matches!(refusal(|b| b.trusted_origin("http://app.example.com")), BuildError::PlainHttp(_)));
    for clear in ["http://app.example.com:*", "http://localhost?.example.com", "http*://a.example.com"] {
        let error = refusal(|b| b.trusted_origin(clear));
        assert!(matches!(error, BuildError::PlainHttp(_) | BuildError::InvalidOrigin(_)), "{clear}");
    }
    let local = Auth::builder(MemoryStore::new()).secret(SECRET).base_url("https://app.example.com");
    assert!(local.trusted_origin("http://localhost:5173").build().is_ok());
}

#[test]
fn what_would_limit_nothing_or_everything_is_refused() {
    for limit in [RateLimit::new(1, Duration::from_micros(500)), RateLimit::new(0, Duration::from_secs(1))] {
        let options =
            RateLimitOptions { rules: vec![("/ok".to_owned(), Some(limit))], ..RateLimitOptions::default() };
        assert!(matches!(refusal(|b| b.rate_limit(options)), BuildError::RateLimit(_)));
    }
    let nothing = RequestLimits { body: 0, ..RequestLimits::default() };
    assert!(matches!(refusal(|b| b.request_limits(nothing)), BuildError::RequestLimits));
    let short = EmailPassword { min_password_length: 7, ..EmailPassword::default() };
    assert!(matches!(refusal(|b| b.email_password(short.clone())), BuildError::ShortPasswords(7)));
    let said_so = Auth::builder(MemoryStore::new()).secret(SECRET).base_url("https://app.example.com");
    assert!(said_so.email_password(short).danger_allow_short_passwords().build().is_ok());
    let two = refusal(|b| b.base_url("https://app.example.com/auth").base_path("/api/auth"));
    assert!(matches!(two, BuildError::TwoBasePaths { .. }));
}

#[test]
fn what_would_trust_everyone_is_refused() {
    for pattern in ["*", "https://*", "", "javascript:"] {
        assert!(matches!(refusal(|b| b.trusted_origin(pattern)), BuildError::InvalidOrigin(_)), "{pattern}");
    }
    for page in ["//evil.example", "javascript:alert(1)", "error.html"] {
        assert!(matches!(refusal(|b| b.error_url(page)), BuildError::ErrorUrl(_)), "{page}");
    }
}

#[test]
fn mail_that_would_be_waited_for_or_never_sent_is_refused() {
    let mailer = |b: AuthBuilder| b.mailer(StubMailer::new());
    let sending = |b: AuthBuilder| mailer(b).background_tasks(ImmediateTasks::new());
    let accepted = |configure: fn(AuthBuilder) -> AuthBuilder| {
        let builder = Auth::builder(MemoryStore::new()).secret(SECRET).base_url("https://app.example.com");
        configure(builder).build().is_ok()
    };
    assert!(matches!(refusal(mailer), BuildError::MailerWithoutTasks));
    let required = || EmailPassword { require_email_verification: true, ..EmailPassword::default() };
    let verification = |send_on_sign_up, send_on_sign_in, left_to_app| EmailVerification {
        send_on_sign_up,
        send_on_sign_in,
        left_to_app,
        ..EmailVerification::default()
    };
    let never = [
        refusal(|b| b.email_password(required())),
        refusal(|b| {
            sending(b).email_password(required()).email_verification(verification(Some(false), false, false))
        }),
        refusal(|b| {
            let off = EmailVerification { enabled: false, ..EmailVerification::default() };
            sending(b).email_password(required()).email_verification(off)
        }),
    ];
    for error in never {
        assert!(matches!(error, BuildError::VerificationNeverSent), "{error}");
    }
    for options in [
        verification(None, false, false),
        verification(Some(true), false, false),
        verification(Some(false), true, false),
        verification(Some(false), false, true),
    ] {
        let builder = Auth::builder(MemoryStore::new()).secret(SECRET).base_url("https://app.example.com");
        assert!(sending(builder).email_password(required()).email_verification(options).build().is_ok());
    }
    let builder = Auth::builder(MemoryStore::new()).secret(SECRET).base_url("https://app.example.com");
    let left = verification(None, false, true);
    assert!(builder.email_password(required()).email_verification(left).build().is_ok());
    for error in [
        refusal(|b| b.email_verification(verification(Some(true), false, false))),
        refusal(|b| b.email_verification(verification(None, true, false))),
        refusal(|b| b.change_email(ChangeEmail::default())),
        refusal(|b| b.user_deletion(UserDeletion { by_mail: true, ..UserDeletion::default() })),
    ] {
        assert!(matches!(error, BuildError::MissingMailer(_)), "{error}");
    }
    assert!(accepted(|b| b.change_email(ChangeEmail { update_unverified: true, ..ChangeEmail::default() })));
    assert!(accepted(|b| b.allow_user_deletion()));
}

#[test]
fn links_that_are_good_for_no_time_or_for_ever_and_pages_elsewhere_are_refused() {
    for expires_in in [Duration::ZERO, Duration::from_millis(999), Duration::from_secs(31 * 86_400)] {
        for error in [
            refusal(|b| b.password_reset(PasswordReset { expires_in, ..PasswordReset::default() })),
            refusal(|b| {
                b.email_verification(EmailVerification { expires_in, ..EmailVerification::default() })
            }),
            refusal(|b| b.user_deletion(UserDeletion { expires_in, ..UserDeletion::default() })),
        ] {
            assert!(matches!(error, BuildError::LinkLifetime(_)), "{error}");
        }
    }
    for page in ["https://evil.example", "//evil.example", "new-password", ""] {
        let page = Some(page.to_owned());
        let error = refusal(|b| b.password_reset(PasswordReset { page, ..PasswordReset::default() }));
        assert!(matches!(error, BuildError::ResetPage(_)), "{error}");
    }
}
