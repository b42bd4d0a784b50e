//! The JWE form: `dir` with A256CBC-HS512 (RFC 7516; RFC 7518 §4.5 and §5.2.5), under a key made of the secret.

use std::fmt::{self, Debug};
use std::time::Duration;

use aes::Aes256;
use aes::cipher::block_padding::Pkcs7;
use aes::cipher::{BlockModeDecrypt as _, BlockModeEncrypt as _, KeyIvInit as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256, Sha512};
use zeroize::Zeroizing;

use super::jwt::{Dated, dated};
use super::payload::{Payload, Written};
use crate::clock::Timestamp;
use crate::js_json;
use crate::keyring::{Keyring, VersionedSecret, derive};
use crate::random::SecureRandom;

/// better-auth's salt and info for the key of session cookies.
const SALT: &[u8] = b"better-auth-session";
const INFO: &[u8] = b"BetterAuth.js Generated Encryption Key";

const IV_LENGTH: usize = 16;
const TAG_LENGTH: usize = 32;

/// A key for each secret, the current one's first.
pub(super) struct Keys {
    current: Key,
    older: Vec<Key>,
}

/// RFC 7518 §5.2.2.1: the first half is for the MAC, the second for the cipher.
struct Key {
    bytes: Zeroizing<[u8; 64]>,
    /// The thumbprint (RFC 7638), which says which key it is.
    id: String,
}

impl Keys {
    pub(super) fn new(keyring: &Keyring) -> Self {
        let mut keys = keyring.iter().map(Key::of);
        // A keyring is never empty.
        let current = keys.next().unwrap_or_else(|| Key::of(keyring.current()));
        Self { current, older: keys.collect() }
    }

    pub(super) fn seal(
        &self,
        payload: &Written<'_>,
        now: Timestamp,
        age: Duration,
        random: &dyn SecureRandom,
    ) -> Option<String> {
        let claims = js_json::to_string(&Dated::new(payload, now, age, Some(uuid(random))))?;
        self.current.encrypt(&claims, random)
    }

    pub(super) fn open(&self, value: &str) -> Option<(Payload, Timestamp)> {
        dated(self.decrypt(value)?)
    }

    /// Seals claims of any text.
    #[cfg(test)]
    pub(super) fn seal_text(&self, claims: &str) -> Option<String> {
        self.current.encrypt(claims, &crate::random::SystemRandom)
    }

    fn decrypt(&self, value: &str) -> Option<Map<String, Value>> {
        let mut parts = value.split('.');
        // `dir`: there is no encrypted key.
        let (header, "", iv, sealed, tag, None) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next())
        else {
            return None;
        };
        let fields: Map<String, Value> =
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()?;
        let is = |name: &str, value: &str| fields.get(name).and_then(Value::as_str) == Some(value);
        if !is("alg", "dir")
            || !is("enc", "A256CBC-HS512")
            || fields.contains_key("crit")
            || fields.contains_key("zip")
        {
            return None;
        }
        let bytes = |part: &str| URL_SAFE_NO_PAD.decode(part).ok();
        let (iv, sealed, tag) = (bytes(iv)?, bytes(sealed)?, bytes(tag)?);
        let named = fields.get("kid");
        std::iter::once(&self.current)
            .chain(&self.older)
            .filter(|key| named.is_none_or(|id| id.as_str() == Some(&key.id)))
            .find_map(|key| key.decrypt(header, &iv, &sealed, &tag))
    }
}

impl Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys([redacted])")
    }
}

impl Key {
    fn of(secret: &VersionedSecret) -> Self {
        let bytes: Zeroizing<[u8; 64]> = derive(&secret.secret, SALT, INFO);
        let text = Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes.as_slice()));
        let members = Zeroizing::new(format!(r#"{{"k":"{}","kty":"oct"}}"#, *text));
        Self { bytes, id: URL_SAFE_NO_PAD.encode(Sha256::digest(members.as_bytes())) }
    }

    fn halves(&self) -> (&[u8; 32], &[u8; 32]) {
        let (mac, cipher) = self.bytes.split_at(32);
        // Both are 32 bytes of 64.
        (mac.first_chunk().unwrap_or(&[0; 32]), cipher.first_chunk().unwrap_or(&[0; 32]))
    }

    fn encrypt(&self, claims: &str, random: &dyn SecureRandom) -> Option<String> {
        let header = format!(r#"{{"alg":"dir","enc":"A256CBC-HS512","kid":"{}"}}"#, self.id);
        self.encrypt_under(&header, claims, random)
    }

    fn encrypt_under(&self, header: &str, claims: &str, random: &dyn SecureRandom) -> Option<String> {
        let header = URL_SAFE_NO_PAD.encode(header);
        let mut iv = [0; IV_LENGTH];
        random.fill(&mut iv);
        let (_, key) = self.halves();
        let cipher = cbc::Encryptor::<Aes256>::new(key.into(), (&iv).into());
        let sealed = cipher.encrypt_padded_vec::<Pkcs7>(claims.as_bytes());
        let tag = self.mac(&header, &iv, &sealed)?.finalize().into_bytes();
        let tag = tag.first_chunk::<TAG_LENGTH>()?;
        let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        Some(format!("{header}..{}.{}.{}", part(&iv), part(&sealed), part(tag)))
    }

    fn decrypt(&self, header: &str, iv: &[u8], sealed: &[u8], tag: &[u8]) -> Option<Map<String, Value>> {
        let iv: &[u8; IV_LENGTH] = iv.try_into().ok()?;
        if tag.len() != TAG_LENGTH {
            return None;
        }
        // In constant time, and before anything is decrypted.
        self.mac(header, iv, sealed)?.verify_truncated_left(tag).ok()?;
        let (_, key) = self.halves();
        let cipher = cbc::Decryptor::<Aes256>::new(key.into(), iv.into());
        let claims = Zeroizing::new(cipher.decrypt_padded_vec::<Pkcs7>(sealed).ok()?);
        serde_json::from_slice(&claims).ok()
    }

    /// Over the header, the vector, the ciphertext, and the header's length in bits.
    fn mac(&self, header: &str, iv: &[u8], sealed: &[u8]) -> Option<Hmac<Sha512>> {
        let (key, _) = self.halves();
        let mut mac = Hmac::<Sha512>::new_from_slice(key).ok()?;
        let bits = u64::try_from(header.len()).ok()?.checked_mul(8)?;
        for part in [header.as_bytes(), iv, sealed, &bits.to_be_bytes()] {
            mac.update(part);
        }
        Some(mac)
    }
}

/// A random identifier (RFC 9562 §5.4).
fn uuid(random: &dyn SecureRandom) -> String {
    let mut bytes = [0; 16];
    random.fill(&mut bytes);
    let bits = (u128::from_be_bytes(bytes) & !(0xf << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
    let hex = format!("{bits:032x}");
    let groups = [(0, 8), (8, 12), (12, 16), (16, 20), (20, 32)];
    groups.iter().filter_map(|(from, to)| hex.get(*from..*to)).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::random::SystemRandom;
    use crate::types::Secret;

    fn keys(secrets: &[&str]) -> Keys {
        let mut keys =
            secrets.iter().map(|secret| VersionedSecret { version: None, secret: Secret::from(*secret) });
        Keys::new(&Keyring::new(keys.next().unwrap(), keys.collect()))
    }

    const SECRET: &str = "better-auth-golden-secret-0123456789abcdef";
    /// Made by better-auth 1.7.25.
    const SEALED: &str = "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2Q0JDLUhTNTEyIiwia2lkIjoiN2xzNkNNa1FkMjR2UkVXVzZIZ2V1NnNFQmU2bUFabHpfa1B4dWxCSlJ2QSJ9..OkxLp5CsMV2uOSZoo4xowg.BjCdM-Uz9qBtbxWLKqR7zVC7TDlCZK89OO-7GKWrXDKPJsFw_STW_FRoWxG7wrM39vTZ7PNh7R_tinnMFxb8f_6-Fj2aQCwovhW9xuibu6p3Kw43gx-OCg62TZmYmoP0.f87H9bKKqLmshJfD_8bbP405j3eBYOeWRu5hh-WThaI";

    #[test]
    fn what_better_auth_encrypted_is_read_also_under_an_older_secret() {
        for keys in [keys(&[SECRET]), keys(&["another secret", SECRET])] {
            let claims = Value::Object(keys.decrypt(SEALED).unwrap());
            let text =
                r#"{"a":1,"iat":1795336102,"exp":1795336402,"jti":"047fabb0-c166-4c1e-8646-5f8add6ae7d2"}"#;
            assert_eq!(claims.to_string(), text);
        }
        assert!(keys(&["another secret"]).decrypt(SEALED).is_none());
    }

    #[test]
    fn the_key_has_better_auths_name() {
        assert_eq!(keys(&[SECRET]).current.id, "7ls6CMkQd24vREWW6Hgeu6sEBe6mAZlz_kPxulBJRvA");
    }

    #[test]
    fn what_is_encrypted_is_read_and_another_time_looks_otherwise() {
        let keys = keys(&[SECRET]);
        let [one, two] = [(); 2].map(|()| keys.current.encrypt(r#"{"a":"ä"}"#, &SystemRandom).unwrap());
        assert!(one != two);
        assert_eq!(Value::Object(keys.decrypt(&one).unwrap()).to_string(), r#"{"a":"ä"}"#);
    }

    #[test]
    fn no_character_can_be_changed_and_no_other_algorithm_be_named() {
        let keys = keys(&[SECRET]);
        for at in 0..SEALED.len() {
            let mut changed = SEALED.to_owned().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            assert!(keys.decrypt(std::str::from_utf8(&changed).unwrap()).is_none(), "{at}");
        }
        let rest = SEALED.split_once('.').unwrap().1;
        for header in [
            "{}",
            r#"{"alg":"dir","enc":"A128CBC-HS256"}"#,
            r#"{"alg":"A256KW","enc":"A256CBC-HS512"}"#,
            r#"{"alg":"dir","enc":"A256CBC-HS512","zip":"DEF"}"#,
            r#"{"alg":"none"}"#,
        ] {
            assert!(
                keys.decrypt(&format!("{}.{rest}", URL_SAFE_NO_PAD.encode(header))).is_none(),
                "{header}"
            );
        }
        for malformed in ["", ".", "....", &SEALED[1..], &format!("{SEALED}.x")] {
            assert!(keys.decrypt(malformed).is_none(), "{malformed}");
        }
    }

    /// What a header can say of one name.
    fn said(good: &'static [&'static str]) -> impl Strategy<Value = Option<String>> {
        const ODD: &[&str] =
            &["null", "1", "\"\"", "\"none\"", "\"A256CBC-HS512\"", "[\"dir\"]", "\"DIR\"", "{}"];
        let good = prop::sample::select(good).prop_map(|text| Some(format!("\"{text}\"")));
        prop_oneof![8 => good, 1 => Just(None), 1 => prop::sample::select(ODD).prop_map(|text| Some(text.to_owned()))]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_text_is_judged_without_a_panic(text in prop_oneof![
            any::<String>(),
            "[A-Za-z0-9_-]{0,60}(\\.[A-Za-z0-9_-]{0,60}){0,6}",
            // Our header, and parts of any length, the nonce's and the tag's among them.
            "[A-Za-z0-9_-]{0,24}\\.[A-Za-z0-9_-]{0,90}\\.([A-Za-z0-9_-]{43}|[A-Za-z0-9_-]{0,50})"
                .prop_map(|rest| format!("{}..{rest}", SEALED.split_once("..").unwrap().0)),
            "[A-Za-z0-9_-]{22}\\.([A-Za-z0-9_-]{64}){0,2}\\.[A-Za-z0-9_-]{43}"
                .prop_map(|rest| format!("{}..{rest}", SEALED.split_once("..").unwrap().0)),
        ]) {
            prop_assert!(keys(&[SECRET]).decrypt(&text).is_none());
        }

        /// The tag is right, whatever the header says.
        #[test]
        fn of_any_header_with_a_right_tag_only_ours_is_read(
            alg in said(&["dir"]),
            enc in said(&["A256CBC-HS512"]),
            kid in prop_oneof![2 => Just(None), 3 => said(&["CURRENT", "OLDER", "OTHER"])],
            crit in prop_oneof![6 => Just(None), 1 => said(&["exp"])],
            zip in prop_oneof![6 => Just(None), 1 => said(&["DEF"])],
            more in prop::collection::vec(("[a-z0-9]{4}", any::<String>()), 0..3),
            claims in prop_oneof![Just(r#"{"a":[1,"x"]}"#.to_owned()), Just("[1]".to_owned()), ".{0,40}"],
            is_older in any::<bool>(),
        ) {
            let keys = keys(&["another secret", SECRET]);
            let (key, other) = (&keys.older[0], &keys.current);
            let (key, other) = if is_older { (key, other) } else { (other, key) };
            let name = |text: String| text.replace("CURRENT", &key.id).replace("OLDER", &other.id);
            let fields = [("alg", alg), ("enc", enc), ("kid", kid.map(name)), ("crit", crit), ("zip", zip)];
            let mut text: Vec<_> = fields.iter().filter_map(|(name, said)| Some(format!("\"{name}\":{}", said.as_ref()?))).collect();
            text.extend(more.iter().map(|(name, value)| format!("\"{name}\":{}", Value::from(value.as_str()))));
            let sealed = key.encrypt_under(&format!("{{{}}}", text.join(",")), &claims, &SystemRandom).unwrap();
            let [alg, enc, kid, crit, zip] = fields.map(|(_, said)| said);
            let is_ours = alg.as_deref() == Some("\"dir\"")
                && enc.as_deref() == Some("\"A256CBC-HS512\"")
                && kid.is_none_or(|kid| kid == format!("\"{}\"", key.id))
                && crit.is_none()
                && zip.is_none();
            let claims = serde_json::from_str::<Map<String, Value>>(&claims).ok();
            prop_assert_eq!(keys.decrypt(&sealed), claims.filter(|_| is_ours), "{:?}", text);
        }
    }

    #[test]
    fn identifiers_are_uuids_of_version_4() {
        let id = uuid(&SystemRandom);
        let groups: Vec<_> = id.split('-').map(str::len).collect();
        assert_eq!(groups, [8, 4, 4, 4, 12]);
        assert!(id[14..].starts_with('4') && id[19..].starts_with(['8', '9', 'a', 'b']), "{id}");
        assert!(uuid(&SystemRandom) != id);
    }
}
