mod recorded;

use self::recorded::{RECORDED, RECORDED_UNPRINTABLE, STRICTER, STRICTER_UNPRINTABLE};
use super::*;

fn trusting(pattern: &str) -> TrustedOrigins {
    trusting_all([pattern])
}

fn trusting_all<const N: usize>(patterns: [&str; N]) -> TrustedOrigins {
    let base = Url::parse("https://base.invalid/api/auth").unwrap();
    TrustedOrigins::new(&base, patterns).unwrap()
}

/// The rows of a table as pattern, mark and target.
fn rows(table: &str) -> Vec<(&str, char, &str)> {
    let mut pattern = "";
    let mut rows = Vec::new();
    for line in table.lines() {
        if let Some(targets) = line.strip_prefix("  ") {
            let (mark, targets) = targets.split_at(1);
            let mark = mark.chars().next().unwrap();
            rows.extend(targets.split_whitespace().map(|target| (pattern, mark, target)));
        } else {
            pattern = line;
        }
    }
    assert!(rows.len() > 20, "the table was read");
    rows
}

#[test]
fn answers_as_better_auth_does_for_honest_callers() {
    for (pattern, mark, target) in rows(RECORDED) {
        let trusted = trusting(pattern);
        let expected = mark == '+';
        assert_eq!(trusted.trusts_redirect(target), expected, "redirect to {target} under {pattern}");
        if !target.starts_with('/') {
            assert_eq!(trusted.trusts_origin(target), expected, "origin {target} under {pattern}");
        }
    }
    for (target, expected) in RECORDED_UNPRINTABLE {
        assert_eq!(trusting("https://good.com").trusts_redirect(target), expected, "{target:?}");
    }
}

#[test]
fn refuses_ambiguous_targets_that_better_auth_trusts() {
    for (pattern, _, target) in rows(STRICTER) {
        assert!(!trusting(pattern).trusts_redirect(target), "{target} under {pattern}");
    }
    for target in STRICTER_UNPRINTABLE {
        assert!(!trusting("https://good.com").trusts_redirect(target), "{target:?}");
    }
}

#[test]
fn row_2_a_relative_redirect_never_leaves_the_site() {
    let trusted = trusting_all([]);
    let corpus = [
        "//e",
        "//relative.invalid/e",
        "/\\e",
        "\\\\e",
        "/%2f/e",
        "/\t/e",
        "https:e",
        "https:///e",
        "http://good@e",
        "javascript:alert(1)",
        "data:text/html,x",
        "/x\r\nLocation: //e",
        "/\u{0}",
        "/.//e",
        "/%2e//e",
        "/a/..//e",
        "/%5C/e",
        "",
        "e",
    ];
    for target in corpus {
        assert!(!trusted.trusts_redirect(target), "{target:?}");
    }
}

#[test]
fn row_3_a_wildcard_admits_subdomains_and_no_look_alikes() {
    let look_alikes = [
        "evilgood.com",
        "good.com.evil",
        "x.good.com:443@evil",
        "x.good.com.",
        "good.com",
        "x.xn--god-1na.com",
        "x.g\u{43e}od.com",
        "x.good.com.evil",
        "x-good.com",
        "x.good.com%2eevil",
        "x.good.com\\.evil",
        "x.good.comevil",
    ];
    for pattern in ["*.good.com", "https://*.good.com", "http*://*.good.com"] {
        let trusted = trusting(pattern);
        assert!(trusted.trusts_origin("https://x.good.com"), "{pattern}");
        for host in look_alikes {
            let origin = format!("https://{host}");
            assert!(!trusted.trusts_origin(&origin), "{origin} under {pattern}");
            assert!(!trusted.trusts_redirect(&origin), "{origin} under {pattern}");
        }
    }
}

#[test]
fn row_40_only_the_loopback_host_itself_is_the_loopback_host() {
    let trusted =
        trusting_all(["http://localhost:*", "http://127.0.0.1:*", "http://127.0.0.1", "*.localhost"]);
    let look_alikes = [
        "evil-localhost.com",
        "localhost.evil",
        "127.0.0.1.nip.io",
        "[::ffff:127.0.0.1]",
        "0.0.0.0",
        "127.0.0.2",
    ];
    for origin in look_alikes.iter().flat_map(|host| {
        [format!("http://{host}"), format!("http://{host}:80"), format!("http://{host}:3000")]
    }) {
        assert!(!trusted.trusts_origin(&origin), "{origin}");
    }
    assert!(trusted.trusts_origin("http://127.0.0.1:3000"));
}

#[test]
fn row_67_userinfo_is_not_a_trusted_host() {
    let trusted = trusting_all(["http://localhost:80?0", "http://localhost:*", "localhost:*", "myapp://"]);
    for target in ["http://localhost:80@evil", "http://localhost:8080@evil:8080", "myapp://localhost@evil"] {
        assert!(!trusted.trusts_origin(target) && !trusted.trusts_redirect(target), "{target}");
    }
}

#[test]
fn the_path_of_a_referer_does_not_matter() {
    let trusted = trusting("https://good.com");
    for referer in ["https://good.com/a%2Fb?c=\\d", "https://good.com/%5c", "https://good.com/a\\b"] {
        assert!(trusted.trusts_origin(referer), "{referer}");
    }
}

#[test]
fn a_relative_origin_is_never_trusted() {
    let trusted = trusting("https://good.com");
    for origin in ["/", "/a", "//good.com", "", "null", "good.com"] {
        assert!(!trusted.trusts_origin(origin), "{origin:?}");
    }
}

#[test]
fn the_origin_of_the_base_url_is_trusted_without_its_path() {
    let trusted = trusting_all([]);
    assert!(trusted.trusts_origin("https://base.invalid"));
    assert!(trusted.trusts_redirect("https://base.invalid/elsewhere"));
    assert!(!trusted.trusts_origin("http://base.invalid"));
    let app = Url::parse("myapp://base").unwrap();
    assert!(TrustedOrigins::new(&app, [""; 0]).unwrap_err().to_string().contains("https://"));
}

#[test]
fn a_pattern_that_cannot_match_or_is_dangerous_is_refused_with_its_remedy() {
    let cases = [
        ("", "leave it out"),
        (" https://a.com", "trimmed"),
        ("https://a.com,https://b.com ", "one pattern at a time"),
        ("https://a.com\u{0}", "trimmed"),
        ("https://user@a.com", "remove it"),
        ("https://a.com\\", "remove it"),
        ("myapp://a#b", "remove it"),
        ("example.com", "`https://example.com`"),
        ("localhost:3000", "`https://localhost:3000`"),
        ("null", "`https://null`"),
        ("/path", "`scheme://host`"),
        ("//good.com", "`scheme://host`"),
        ("https://a.com/", "`https://a.com`"),
        ("https://A.com", "`https://a.com`"),
        ("https://a.com:443", "`https://a.com`"),
        ("http://a.com:80", "`http://a.com`"),
        ("https://b\u{fc}cher.example", "`https://xn--bcher-kva.example`"),
        ("https://a.com/app", "`https://a.com`"),
        ("https://", "`scheme://host`"),
        ("https:///a.com", "`scheme://host`"),
        ("https://a b", "trimmed"),
        ("my_app://", "`scheme://host`"),
        ("://a.com", "`scheme://host`"),
        ("javascript:", "`javascript`"),
        ("JavaScript://*", "`javascript`"),
        ("data:", "`data`"),
        ("blob:", "`blob`"),
        ("vbscript:/x", "`vbscript`"),
        ("file://", "`file`"),
        ("myapp://h/%zz", "without escapes"),
        ("myapp://h/%252e", "without escapes"),
        ("*", "`*.example.com`"),
        ("**", "`*.example.com`"),
        ("http*", "`*.example.com`"),
        ("https://*", "`*.example.com`"),
        ("*://*", "`*.example.com`"),
        ("https://**", "`*.example.com`"),
        ("*:3000", "`*.example.com`"),
        ("https://*.com", "`*.example.com`"),
        ("*.com", "`*.example.com`"),
        ("https://example.*", "`*.example.com`"),
        ("https://example.com*", "`*.example.com`"),
        ("https://*example.com", "`*.example.com`"),
        ("https://exa?ple.com", "`*.example.com`"),
        ("https://app-*.com", "`*.example.com`"),
        ("http://localhost*", "`*.example.com`"),
        ("*.1", "`10.*`"),
        ("1*", "`10.*`"),
        ("https://*.example.com/**", "`https://*.example.com`"),
        ("*.example.com/", "`*.example.com`"),
        ("https://*.Example.com", "`https://*.example.com`"),
        ("https://*.example.com:443", "`https://*.example.com`"),
        ("ht*p6://a.com", "`https://a.com`"),
        ("https://*.b\u{fc}cher.example", "`scheme://host`"),
        ("https://*.example.com:", "`scheme://host`"),
        ("https://a.com:8x*", "`scheme://host`"),
        ("http://[fd00::*]", "`scheme://host`"),
    ];
    let base = Url::parse("https://base.invalid").unwrap();
    for (pattern, remedy) in cases {
        let error = TrustedOrigins::new(&base, ["https://good.com", pattern])
            .map(|_| panic!("{pattern:?} was taken"))
            .unwrap_err();
        assert_eq!(error.pattern(), pattern);
        assert!(error.to_string().contains(remedy), "{error}");
    }
}
