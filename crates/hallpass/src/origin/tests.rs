use super::*;

/// A pattern a line; under it, `+` is trusted and `-` is not. Values recorded from better-auth 1.7.25, whose
/// `matchesOriginPattern` was called with `allowRelativePaths`.
const RECORDED: &str = r"
https://good.com
  + https://good.com https://good.com/ https://good.com/a/b?next=%2Fhome#x https://good.com:443/a
  + HTTPS://GOOD.com/a https://good.com/a//b https://good.com/a/../b https://good.com/café / /a /a/b?x=1#y
  + /a?next=//evil.com /a?u=%2f%2fevil.com /a#/%2f /café /a//b /a/../b /.well-known/x /%2e%2e/a /@evil.com
  + /https://evil.com /a;b=c /%09/e
  - http://good.com https://good.com:8443 https://good.com. https://www.good.com https://good.com.evil.com
  - https://evilgood.com https://evil.com/https://good.com https://evil.com?https://good.com
  - https://evil.com#https://good.com https://good.com@evil.com https://good.com:443@evil.com
  - https://gоod.com https://xn--gd-jlcc.com https://good.com%2eevil.com https://good.comevil good.com
  - good.com/a dashboard ?a=b #a null http:// https:// ftp://good.com myapp://good.com wss://good.com
  - https://evil.com\.good.com https://evil.com\@good.com javascript:alert(1) JavaScript:alert(1)
  - data:text/html,x vbscript:x blob:https://good.com/uuid about:blank //e ///e /\e \\e \/e /%2f/e /%2F/e
  - /a%2fb /%5ce /a%5Cb http:e https:e https:///e http://good@e
http://localhost:3000
  + http://localhost:3000 http://localhost:3000/a
  - http://localhost http://localhost:30000 http://localhost:3000@evil.com http://localhost.evil.com:3000
  - http://127.0.0.1:3000
http://[::1]:3000
  + http://[::1]:3000/a http://[0:0:0:0:0:0:0:1]:3000
  - http://[::2]:3000
https://xn--bcher-kva.example
  + https://bücher.example/a https://xn--bcher-kva.example
  - https://bucher.example
https://*.good.com
  + https://a.good.com https://a.b.good.com/x https://a.good.com:443 https://xn--a-0gb.good.com /a
  - http://a.good.com https://a.good.com:8443 https://good.com https://evilgood.com
  - https://a.good.com.evil.com https://a.good.com. https://evil.com/a.good.com https://evil.com/.good.com
  - https://evil.com?.good.com https://evil.com#.good.com https://a.good.com@evil.com
  - https://x.good.com:443@evil.com https://a.gоod.com https://evil.com\.good.com myapp://a.good.com
  - //a.good.com javascript://a.good.com/%0aalert(1)
*.good.com
  + https://a.good.com http://a.b.good.com/x http://a.good.com:80
  - https://a.good.com:8443 https://good.com https://evilgood.com https://good.com.evil
  - https://x.good.com:443@evil https://a.good.com.evil.com https://a.good.com. https://xn--good-1na.com
  - a.good.com https://evil.com/a.good.com
*.good.com:8080
  + https://a.good.com:8080 http://a.good.com:8080
  - https://a.good.com https://a.good.com:80800
localhost:*
  + http://localhost:3000 https://localhost:8443/a
  - http://localhost http://localhost.evil.com:3000 http://evil.com:3000
http://localhost:*
  + http://localhost:3000 http://localhost:5173/a
  - https://localhost:3000 http://localhost http://localhost.evil.com:80 http://localhost:3000@evil.com
http://localhost:300?
  + http://localhost:3001
  - http://localhost:3010 http://localhost:300
https://*.localhost
  + https://app.localhost
  - https://localhost https://app.localhost.evil.com
https://preview-*.good.com
  + https://preview-1.good.com https://preview-a.b.good.com
  - https://preview.good.com https://x-preview-1.good.com
https://app?.good.com
  + https://app1.good.com
  - https://app.good.com https://app12.good.com https://app/.good.com
http*://*.good.com
  + http://a.good.com https://a.good.com
  - ftp://a.good.com
*://app.good.com
  + http://app.good.com https://app.good.com/x
  - myapp://app.good.com
http?://app.good.com
  + https://app.good.com
  - http://app.good.com
http://192.168.*.*
  + http://192.168.1.10 http://192.168.1.10:3000 http://3232235786 http://0xc0a8010a/
  - http://192.168.attacker.com http://192.168.1.attacker.com http://192.168.1.1.evil.com http://10.0.0.1
10.*
  + http://10.1.2.3 https://10.1.2.3:8443/a
  - http://10.evil.com http://10.1.2.3.nip.io http://110.1.2.3
192.168.*.*:3000
  + http://192.168.1.1:3000
  - http://192.168.1.1:3001 http://192.168.evil.com:3000
myapp://
  + myapp:// myapp://cb myapp://cb/a?x=1#y MyApp://cb myapp:/cb myapp:cb /myapp://
  - myappx://cb notmyapp://cb https://myapp myapp//cb
myapp:
  + myapp://cb myapp:/cb
  - myapp2://cb
com.example.app:/oauth
  + com.example.app:/oauth com.example.app:/oauth/x
  - com.example.app:/oauthx com.example.app:/other com.example.apps:/oauth
chrome-extension://abcdefgh
  + chrome-extension://abcdefgh chrome-extension://abcdefgh/popup.html
  - chrome-extension://abcdefghi moz-extension://abcdefgh
myapp://host/cb
  + myapp://host/cb myapp://HOST/cb myapp://host/cb/ myapp://host/cb/x myapp://host/cb?x=/../y
  + myapp://host/cb#x myapp://host/./cb myapp://host/x/../cb myapp://host/%63b
  - myapp://host/CB myapp://host/cbx myapp://host myapp://host/ myapp://host/cb/../evil
  - myapp://host/cb/%2e%2e/evil myapp://host/cb/%2E./evil myapp://other/cb myapp://host.evil/cb
  - myapp://host:80/cb myapp://user@host/cb myapp:/cb
exp://**
  + exp://192.168.1.5:8081 exp://192.168.1.5:8081/--/cb exp://
  - exps://x https://x
exp://192.168.*.*:*/**
  + exp://192.168.1.5:8081/--/cb exp://192.168.1.5:8081 exp://192.168.1.5:8081/
  - exp://192.168.1.5/--/cb exp://192.168.evil.com:80/x exp://10.0.0.1:8081/x exp://u@192.168.1.5:8081/x
myapp://*/cb
  + myapp://a/cb myapp://a.b/cb myapp:///cb
  - myapp://a/cb/x myapp://a/x
myapp://h/a/*
  + myapp://h/a/x
  - myapp://h/a myapp://h/a/ myapp://h/a/x/y myapp://h/b/x
myapp://h/*
  + myapp://h myapp://h/ myapp://h/x
  - myapp://h/x/y
myapp://h/**
  + myapp://h myapp://h/x myapp://h/x/y
  - myapp://k/x
myapp://h/a/**
  + myapp://h/a myapp://h/a/x myapp://h/a/x/y
  - myapp://h/b
myapp://h/a/**/z
  + myapp://h/a/z myapp://h/a/x/z myapp://h/a/x/y/z
  - myapp://h/a/x myapp://h/az
myapp://h/v?/cb
  + myapp://h/v1/cb
  - myapp://h/v12/cb myapp://h/v/cb
";

/// The same for targets with white space or control characters, for the pattern `https://good.com`.
const RECORDED_UNPRINTABLE: [(&str, bool); 10] = [
    ("https://good.com/a b", true),
    ("", false),
    ("https://good.com evil.com", false),
    ("/a b", true),
    ("/\t/e", false),
    ("/\n/e", false),
    ("/a\r\nSet-Cookie: x", false),
    ("/a\0", false),
    ("/a\u{85}b", false),
    ("\t//e", false),
];

/// What better-auth 1.7.25 trusts (recorded likewise) and hallpass refuses.
const STRICTER: &str = r"
https://good.com
  ! https:good.com https:/good.com https:///good.com https:\\good.com https://user@good.com
  ! https://user:pw@good.com/a https://@good.com https://good.com\@evil.com https://good.com\a
  ! https://good.com/a?b=\c https://go%6fd.com https://good.com/%2f/e https://good.com/%2F%2Fe
  ! https://good.com/a%5cb /.//e /a/..//e /%2e//e
*.good.com
  ! javascript://a.good.com/%0aalert(1) myapp://a.good.com ftp://a.good.com blob://a.good.com/x
  ! https://u@a.good.com https:a.good.com
https://*.good.com
  ! https://u@a.good.com https:/a.good.com https://a.good.com\@evil.com
myapp://
  ! myapp://user@host myapp://h/a%2fb myapp://h/a\b myapp:\\evil
myapp://host/cb
  ! myapp://host/cb/%2e%2e/evil% myapp://host/cb/%252e%252e/evil myapp://host/cb/..;/evil
  ! myapp://host/cb/%0d%0a myapp://host/cb/%c0%ae myapp://host/cb%2fx
myapp://h/a/**
  ! myapp://h/abc
";

const STRICTER_UNPRINTABLE: [&str; 7] = [
    " https://good.com",
    "https://good.com ",
    "https://go\tod.com",
    "https://good.com/a\r\nX: y",
    "https://good.com/a\0",
    "https://good.com/a\u{85}b",
    "ht\ntps://good.com",
];

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
