//! Keys and tokens that better-auth 1.7.25 made under [`SECRET`].

use hallpass::clock::Timestamp;
use hallpass_jwt::{JwkStore as _, Jwt, JwtOptions, KeyType, MemoryJwkStore, StoredKey};
use serde_json::{Value, json};

use crate::app::{App, part};

const MADE: &str = include_str!("better-auth-1.7.25.json");

const TYPES: &[(&str, KeyType)] = &[
    ("EdDSA", KeyType::Ed25519),
    ("ES256", KeyType::P256),
    #[cfg(feature = "rs256")]
    ("RS256", KeyType::Rsa { bits: 2048 }),
];

fn stored(key: &Value) -> StoredKey {
    let text = |name: &str| key[name].as_str().map(str::to_owned);
    StoredKey {
        id: text("id").unwrap(),
        public_key: text("publicKey").unwrap(),
        private_key: text("privateKey").unwrap(),
        // Before the test's clock.
        created_at: Timestamp::from_millis(0),
        expires_at: None,
        alg: text("alg"),
        crv: text("crv"),
    }
}

#[tokio::test]
async fn its_keys_are_used_on_its_tokens_believed_and_its_jwks_shown() {
    let made: Value = serde_json::from_str(MADE).unwrap();
    for (alg, key_type) in TYPES {
        let one = made.as_array().unwrap().iter().find(|one| one["key"]["alg"] == *alg).unwrap();
        let keys = MemoryJwkStore::new();
        keys.add_key(&stored(&one["key"]), Timestamp::from_millis(0), alg).await.unwrap();
        let options = JwtOptions { key_type: *key_type, ..JwtOptions::default() };
        let app = App::with(Jwt::new(keys.clone(), options).unwrap(), keys);

        let token = one["token"].as_str().unwrap();
        let claims = app.jwt.verify(&app.auth, token).await.unwrap();
        assert_eq!(claims["sub"], "someone");
        let again = app.jwt.sign(&app.auth, claims).await.unwrap();
        assert_eq!((part(&again, 0), part(&again, 1)), (part(token, 0), part(token, 1)));
        // These two algorithms sign alike every time.
        assert!(*alg == "ES256" || again == token, "{alg}");
        assert_eq!(app.json("/jwks", "").await.to_string(), one["jwks"].to_string());
        assert_eq!(app.keys.keys().await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_row_that_does_not_say_its_algorithm_is_of_the_configured_one() {
    let made: Value = serde_json::from_str(MADE).unwrap();
    let (keys, now) = (MemoryJwkStore::new(), Timestamp::from_millis(0));
    let old = StoredKey { alg: None, crv: None, ..stored(&made[0]["key"]) };
    keys.add_key(&old, now, "EdDSA").await.unwrap();
    let app = App::with(Jwt::new(keys.clone(), JwtOptions::default()).unwrap(), keys);
    assert!(app.jwt.verify(&app.auth, made[0]["token"].as_str().unwrap()).await.is_ok());
    assert_eq!(app.json("/jwks", "").await, made[0]["jwks"]);
    let token = app.jwt.sign(&app.auth, json!({"sub": "x"}).as_object().unwrap().clone()).await.unwrap();
    assert_eq!(part(&token, 0)["kid"], old.id);
}

#[tokio::test]
async fn a_private_key_that_better_auth_left_unsealed_is_read() {
    let jwk = json!({
        "crv": "Ed25519", "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kty": "OKP",
    });
    let public = json!({"crv": "Ed25519", "x": jwk["x"], "kty": "OKP"});
    let (keys, now) = (MemoryJwkStore::new(), Timestamp::from_millis(0));
    let key = StoredKey {
        id: "rfc8037".to_owned(),
        public_key: public.to_string(),
        private_key: jwk.to_string(),
        created_at: now,
        expires_at: None,
        alg: Some("EdDSA".to_owned()),
        crv: Some("Ed25519".to_owned()),
    };
    keys.add_key(&key, now, "EdDSA").await.unwrap();
    let app = App::with(Jwt::new(keys.clone(), JwtOptions::default()).unwrap(), keys);
    let token = app.jwt.sign(&app.auth, json!({"sub": "x"}).as_object().unwrap().clone()).await.unwrap();
    assert_eq!(part(&token, 0)["kid"], "rfc8037");
    assert!(app.jwt.verify(&app.auth, &token).await.is_ok());
}
