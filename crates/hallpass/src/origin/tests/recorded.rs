//! What better-auth trusts, as recorded, and where hallpass is stricter.

/// A pattern a line; under it, `+` is trusted and `-` is not. Values recorded from better-auth 1.7.25, whose
/// `matchesOriginPattern` was called with `allowRelativePaths`.
pub(super) const RECORDED: &str = r"
https://good.com
  + https://good.com https://good.com/ https://good.com/a/b?next=%2Fhome#x https://good.com:443/a
  + HTTPS://GOOD.com/a https://good.com/a//b https://good.com/a/../b https://good.com/café / /a /a/b?x=1#y
  + /a?next=//evil.com /a?u=%2f%2fevil.com /a#/%2f /café /a//b /a/../b /.well-known/x /%2e%2e/a /@evil.com
  + /https://evil.com /a;b=c
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
pub(super) const RECORDED_UNPRINTABLE: [(&str, bool); 10] = [
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
pub(super) const STRICTER: &str = r"
https://good.com
  ! https:good.com https:/good.com https:///good.com https:\\good.com https://user@good.com
  ! https://user:pw@good.com/a https://@good.com https://good.com\@evil.com https://good.com\a
  ! https://good.com/a?b=\c https://go%6fd.com https://good.com/%2f/e https://good.com/%2F%2Fe
  ! https://good.com/a%5cb /.//e /a/..//e /%2e//e /%09/e /a%0d%0ab /%7f
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

pub(super) const STRICTER_UNPRINTABLE: [&str; 7] = [
    " https://good.com",
    "https://good.com ",
    "https://go\tod.com",
    "https://good.com/a\r\nX: y",
    "https://good.com/a\0",
    "https://good.com/a\u{85}b",
    "ht\ntps://good.com",
];
