use super::*;

pub(super) const NOW: Timestamp = Timestamp::from_millis(1_795_335_687_378);

pub(super) fn signer() -> Hs256 {
    Hs256::new(&Secret::from("better-auth-golden-secret-0123456789abcdef"))
}

async fn read(header: &str, claims: &str) -> Result<Claims, JwtError> {
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let signature = signer().sign(message.as_bytes()).await.unwrap();
    decode(&signer(), &format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)), NOW).await
}

#[tokio::test]
async fn a_token_is_valid_from_nbf_until_before_exp() {
    let hs256 = r#"{"alg":"HS256"}"#;
    for (claims, is_valid) in [
        (r#"{}"#, false),
        (r#"{"exp":1795335688}"#, true),
        (r#"{"exp":1795335687.378}"#, false),
        (r#"{"exp":1795335687}"#, false),
        (r#"{"exp":1795335688,"nbf":1795335687}"#, true),
        (r#"{"exp":1795335688,"nbf":1795335688}"#, false),
        (r#"{"exp":1795335688,"nbf":"0"}"#, false),
        (r#"{"exp":1795335688,"nbf":null}"#, false),
    ] {
        let read = read(hs256, claims).await;
        assert_eq!(read.is_ok(), is_valid, "{claims}");
        assert!(is_valid || read == Err(JwtError::NotValidNow), "{claims}");
    }
}

#[tokio::test]
async fn the_header_chooses_nothing() {
    for header in [
        r#"{"alg":"none"}"#,
        r#"{"alg":"HS512"}"#,
        r#"{"alg":"hs256"}"#,
        "{}",
        r#"{"alg":"HS256","crit":["b64"]}"#,
        r#"{"alg":"HS256","crit":null}"#,
        r#"{"alg":"none","alg":"HS256"}"#,
        r#"{"alg":"HS256","typ":"at+jwt"}"#,
    ] {
        assert_eq!(read(header, "{}").await, Err(JwtError::Malformed), "{header}");
    }
}

/// One key of several.
#[derive(Debug)]
pub(super) struct Named(pub(super) Hs256, pub(super) &'static str);

impl JwtKey for Named {
    fn key_id(&self) -> Option<&str> {
        Some(self.1)
    }

    fn algorithm(&self) -> Algorithm {
        Algorithm::Hs256
    }
}

#[async_trait]
impl JwtVerifier for Named {
    async fn verify(&self, message: &[u8], signature: &[u8]) -> Result<bool, JwtError> {
        self.0.verify(message, signature).await
    }
}

#[async_trait]
impl JwtSigner for Named {
    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, JwtError> {
        self.0.sign(message).await
    }
}

#[tokio::test]
async fn a_token_is_of_the_key_and_of_the_kind_that_its_header_names() {
    let claims = Claims::from_iter([("exp".to_owned(), json!(1_795_335_688))]);
    let (one, two) = (Named(signer(), "one"), Named(signer(), "two"));
    let plain = encode(&one, &claims).await.unwrap();
    let typed = encode_as(&one, Some("kind+jwt"), &claims).await.unwrap();
    assert_eq!(Header::of(&typed).unwrap().kid.as_deref(), Some("one"));
    assert_eq!(decode(&one, &plain, NOW).await.as_ref(), Ok(&claims));
    assert_eq!(decode_as(&one, Some("kind+jwt"), &typed, NOW).await.as_ref(), Ok(&claims));
    for (key, typ, token) in [
        (&one, None, &typed),
        (&one, Some("kind+jwt"), &plain),
        (&one, Some("other+jwt"), &typed),
        (&two, None, &plain),
        (&two, Some("kind+jwt"), &typed),
    ] {
        assert_eq!(decode_as(key, typ, token, NOW).await, Err(JwtError::Malformed), "{typ:?}");
    }
    let nameless = encode(&signer(), &claims).await.unwrap();
    assert_eq!(decode(&one, &nameless, NOW).await, Err(JwtError::Malformed));
}

#[tokio::test]
async fn the_signature_is_rfc_7515s() {
    // RFC 7515 appendix A.1: the key is given in base64url and is no text, so it is MACed here as bytes.
    let key = URL_SAFE_NO_PAD
        .decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")
        .unwrap();
    let rfc = Hs256::with(Macs::one(&key));
    let message = b"eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    let signature = URL_SAFE_NO_PAD.decode("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk").unwrap();
    assert_eq!(rfc.sign(message).await.unwrap(), signature);
    assert!(rfc.verify(message, &signature).await.unwrap());
}
