use std::process::ExitCode;

use anyhow::Result;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hallpass::random::{SecureRandom as _, SystemRandom};
use serde_json::json;

use crate::output::Output;

/// A new secret: 32 bytes of the system's randomness, in base64, as better-auth's own command makes them.
pub(crate) fn secret(output: &Output) -> Result<ExitCode> {
    let mut bytes = [0; 32];
    SystemRandom::default().fill(&mut bytes);
    let secret = STANDARD.encode(bytes);
    output.write(&json!({"secret": secret}), |_| secret.clone())?;
    Ok(ExitCode::SUCCESS)
}
