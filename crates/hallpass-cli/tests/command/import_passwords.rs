//! Hashes of every form, from JSON and from CSV: they verify at sign-in, and are replaced by it.

use std::sync::Arc;

use hallpass::SignInEmail;
use hallpass::password::{Argon2id, InlineHasher, PasswordHasher as _, PasswordScheme};
use hallpass::random::SystemRandom;
use hallpass::store::{AccountStore as _, UserStore as _};
use serde_json::{Map, Value, json};

use crate::common::{PASSWORD, Site};
use crate::import::email;

/// As what they are told to be, and the name of whoever made them.
const HASHES: [(&str, &str, &str); 9] = [
    ("bcrypt", "bcrypt", "$2b$05$oZHsoUqXoMJicKEH6JqtYOnigmCpozgIHPTWUUf9o9hBew4K.o62a"),
    ("bcrypt", "php", "$2y$05$oZHsoUqXoMJicKEH6JqtYOnigmCpozgIHPTWUUf9o9hBew4K.o62a"),
    (
        "better-auth",
        "better-auth",
        "00112233445566778899aabbccddeeff:267a33c2ae63f1c2d542f84d50b7d87c68900c8b9475f6a47ade71cf44b234822e0a34af1d226572b5caf52809319d4c486f3d209cc2fd022fb53bb4eaeb35b1",
    ),
    (
        "scrypt",
        "phc-scrypt",
        "$scrypt$ln=8,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$7TO81e0q+YNAtVuVMeQo7bqUrZHtoifw6+nVgo8EDsM",
    ),
    ("pbkdf2", "django", "pbkdf2_sha256$1000$seasalt2$/AgPzJG5e6Yv25JIyxyWfNnB6QXmfp0Y+BEGfC3zoJE="),
    ("pbkdf2", "django-sha1", "pbkdf2_sha1$1000$seasalt2$ZXKgkKtGgMyeFjSN97n9NWVUzUU="),
    (
        "pbkdf2",
        "passlib",
        "$pbkdf2-sha256$1000$XstZy5mT0lrr/V.rdS4lRA$pf6JBjoVY16poisLRKfFxGXymQJoXKVE1XwHjpqUUto",
    ),
    (
        "pbkdf2",
        "phc-pbkdf2",
        "$pbkdf2-sha256$i=1000,l=32$MDEyMzQ1Njc4OWFiY2RlZg$BVALGMmC/K/8ELErc5VgJxyPFApArIZRCQsqjEgZWJ4",
    ),
    (
        "argon2",
        "argon2i",
        "$argon2i$v=19$m=64,t=2,p=1$0Pq/N0boHcMYw3gvxXhvrQ$bCABaU8IkUYj8IfX7vovqTV7rMybvHQ4DLeI1SfCUiY",
    ),
];

/// All of them, and one as the app makes it, but weaker.
async fn hashes() -> Vec<(&'static str, &'static str, String)> {
    let weak = PasswordScheme::Argon2id(Argon2id::danger_weaker_than_owasp(64, 1, 1).unwrap());
    let hasher = InlineHasher::new(weak, Arc::new(SystemRandom::default()));
    let weaker = hasher.hash(&PASSWORD.into()).await.unwrap();
    let mut hashes: Vec<_> = HASHES.map(|(form, name, hash)| (form, name, hash.to_owned())).into();
    hashes.push(("argon2", "argon2id", weaker.as_str().to_owned()));
    hashes
}

#[tokio::test]
async fn a_hash_of_every_form_from_json_and_csv_signs_in_and_is_hashed_anew() {
    let hashes = hashes().await;
    let address = |name: &str| format!("{name}@example.com");
    let lines: Vec<String> = hashes
        .iter()
        .map(|(_, name, hash)| json!({"email": address(name), "passwordHash": hash}).to_string())
        .collect();
    let rows: Vec<String> =
        hashes.iter().map(|(_, name, hash)| format!("{},\"{hash}\"", address(name))).collect();
    let mut forms = Map::new();
    for (form, _, _) in &hashes {
        let count = forms.get(*form).and_then(Value::as_u64).unwrap_or(0);
        forms.insert((*form).to_owned(), json!(count + 1));
    }
    for (file, text) in [
        ("users.json", format!("[{}]", lines.join(","))),
        ("users.jsonl", lines.join("\n")),
        ("users.csv", format!("email,password\n{}\n", rows.join("\n"))),
    ] {
        let site = Site::new().await;
        let done = site.import(file, &text, &["--json"]);
        assert_eq!(done.code, 0, "{file}: {done:?}");
        let report: Value = serde_json::from_str(&done.out).unwrap();
        assert_eq!((&report["imported"], &report["passwords"]), (&json!(hashes.len()), &json!(forms)));
        let store = site.store();
        for (_, name, hash) in &hashes {
            let stored = async || {
                let user = store.user_by_email(&email(&address(name))).await.unwrap().unwrap();
                store.accounts_of(&user.id).await.unwrap().pop().unwrap().password.unwrap()
            };
            assert_eq!(stored().await.as_str(), hash, "{file}: {name}");
            let sign_in = |password: &str| site.auth.sign_in_email(SignInEmail::new(address(name), password));
            assert!(sign_in("correct horse batterx").await.is_err(), "{file}: {name}");
            assert_eq!(stored().await.as_str(), hash, "{file}: {name}: hashed anew by a wrong password");
            sign_in(PASSWORD).await.unwrap_or_else(|error| panic!("{file}: {name}: {error:?}"));
            let anew = stored().await;
            assert!(
                anew.as_str().starts_with("$argon2id$") && anew.as_str() != hash,
                "{file}: {name}: {anew:?}"
            );
            sign_in(PASSWORD).await.unwrap_or_else(|error| panic!("{file}: {name}, again: {error:?}"));
        }
    }
}
