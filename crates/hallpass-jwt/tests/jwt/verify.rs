use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hallpass::jwt::{self, Claims, Hs256, JwtError};
use hallpass::types::Secret;
use hallpass_jwt::{JwtOptions, VerifyError};
use serde_json::{Value, json};

use crate::app::{App, part};

fn claims(value: Value) -> Claims {
    serde_json::from_value(value).unwrap()
}

#[tokio::test]
async fn only_what_is_meant_for_here_is_believed() {
    let app = App::new(JwtOptions::default());
    let good = json!({"sub": "someone", "aud": ["elsewhere", "http://localhost:3000"]});
    let token = app.jwt.sign(&app.auth, claims(good)).await.unwrap();
    assert!(app.jwt.verify(&app.auth, &token).await.is_ok());
    for (odd, expected) in [
        (json!({"sub": "someone", "iss": "https://evil.example"}), "another issuer"),
        (json!({"sub": "someone", "iss": ["http://localhost:3000"]}), "another issuer"),
        (json!({"sub": "someone", "iss": null}), "another issuer"),
        (json!({"sub": "someone", "aud": "elsewhere"}), "another audience"),
        (json!({"sub": "someone", "aud": []}), "another audience"),
        (json!({"sub": "someone", "aud": null}), "another audience"),
        (json!({"sub": "someone", "aud": "http://localhost:3000/"}), "another audience"),
        (json!({}), "no subject"),
        (json!({"sub": ""}), "no subject"),
        (json!({"sub": 7}), "no subject"),
        (json!({"sub": "someone", "exp": 1}), "not valid at this time"),
        (json!({"sub": "someone", "exp": "never"}), "not valid at this time"),
        (json!({"sub": "someone", "exp": null}), "not valid at this time"),
        (json!({"sub": "someone", "nbf": 9_999_999_999_i64}), "not valid at this time"),
        (json!({"sub": "someone", "iat": "yesterday"}), "not valid at this time"),
    ] {
        let token = app.jwt.sign(&app.auth, claims(odd.clone())).await.unwrap();
        let refused = app.jwt.verify(&app.auth, &token).await.unwrap_err().to_string();
        assert!(refused.contains(expected), "{odd}: {refused}");
    }
}

#[tokio::test]
async fn a_token_is_good_for_as_long_as_it_says() {
    let app = App::new(JwtOptions { expires_in: Duration::from_secs(60), ..JwtOptions::default() });
    let token = app.jwt.sign(&app.auth, claims(json!({"sub": "someone"}))).await.unwrap();
    app.clock.advance(Duration::from_millis(59_999));
    assert!(app.jwt.verify(&app.auth, &token).await.is_ok());
    app.clock.advance(Duration::from_millis(1));
    let refused = app.jwt.verify(&app.auth, &token).await;
    assert!(matches!(refused, Err(VerifyError::Token(JwtError::NotValidNow))), "{refused:?}");
}

#[tokio::test]
async fn the_header_chooses_neither_algorithm_nor_key_nor_kind() {
    let app = App::new(JwtOptions::default());
    let token = app.jwt.sign(&app.auth, claims(json!({"sub": "someone"}))).await.unwrap();
    let kid = part(&token, 0)["kid"].as_str().unwrap().to_owned();
    let rest = token.split_once('.').unwrap().1;
    let (payload, _) = rest.split_once('.').unwrap();
    for header in [
        json!({"alg": "none", "kid": kid}),
        json!({"alg": "HS256", "kid": kid}),
        json!({"alg": "ES256", "kid": kid}),
        json!({"alg": "eddsa", "kid": kid}),
        json!({"alg": "EdDSA"}),
        json!({"alg": "EdDSA", "kid": ""}),
        json!({"alg": "EdDSA", "kid": null}),
        json!({"alg": "EdDSA", "kid": format!("{kid} ")}),
        json!({"alg": "EdDSA", "kid": kid.to_uppercase()}),
        json!({"alg": "EdDSA", "kid": kid, "typ": "better-auth.session-cache+jwt"}),
        json!({"alg": "EdDSA", "kid": kid, "crit": []}),
    ] {
        let header = URL_SAFE_NO_PAD.encode(header.to_string());
        for forged in [format!("{header}.{rest}"), format!("{header}.{payload}.")] {
            assert!(app.jwt.verify(&app.auth, &forged).await.is_err(), "{forged}");
        }
    }
    // The public key as an HMAC secret: what libraries fall for that ask the header for the algorithm.
    let jwks = app.json("/jwks", "").await;
    for secret in [jwks["keys"][0]["x"].as_str().unwrap().to_owned(), jwks["keys"][0].to_string()] {
        let header = URL_SAFE_NO_PAD.encode(json!({"alg": "HS256", "kid": kid}).to_string());
        let signer = Hs256::new(&Secret::from(secret.as_str()));
        let made = jwt::encode(&signer, &claims(part(&token, 1))).await.unwrap();
        let forged = format!("{header}.{}", made.split_once('.').unwrap().1);
        assert!(app.jwt.verify(&app.auth, &forged).await.is_err());
    }
}

#[tokio::test]
async fn a_token_of_another_server_or_of_a_mail_is_not_believed() {
    let (app, other) = (App::new(JwtOptions::default()), App::new(JwtOptions::default()));
    let about = || claims(json!({"sub": "someone"}));
    let foreign = other.jwt.sign(&other.auth, about()).await.unwrap();
    app.jwt.sign(&app.auth, about()).await.unwrap();
    let refused = app.jwt.verify(&app.auth, &foreign).await;
    assert!(matches!(refused, Err(VerifyError::UnknownKey)), "{refused:?}");
    let mailed = claims(part(&foreign, 1));
    let mailed = jwt::encode(app.auth.hs256(), &mailed).await.unwrap();
    assert!(matches!(app.jwt.verify(&app.auth, &mailed).await, Err(VerifyError::UnknownKey)));
    // And the other way round: what the plugin signs proves no mailbox.
    assert!(jwt::decode(app.auth.hs256(), &foreign, app.auth.now()).await.is_err());
}

#[tokio::test]
async fn what_is_no_token_is_refused() {
    let app = App::new(JwtOptions::default());
    let token = app.jwt.sign(&app.auth, claims(json!({"sub": "someone"}))).await.unwrap();
    for at in 0..token.len() {
        let mut changed = token.clone().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        assert!(app.jwt.verify(&app.auth, &changed).await.is_err(), "byte {at}");
    }
    for text in ["", ".", "..", "...", "a.b.c", "\u{0}", &format!("{token}."), &format!("{token}=")] {
        assert!(app.jwt.verify(&app.auth, text).await.is_err(), "{text}");
    }
}
