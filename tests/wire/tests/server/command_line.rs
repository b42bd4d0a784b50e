//! What the server refuses to start with, and that it says why.

use std::process::Command;

use serde_json::json;

use crate::process::{options, write_options};

fn refusal(change: impl FnOnce(&mut serde_json::Value)) -> (Option<i32>, String) {
    let directory = tempfile::tempdir().unwrap();
    let mut options = options(&directory.path().join("refused.db"));
    change(&mut options);
    let output = Command::new(env!("CARGO_BIN_EXE_wire-server"))
        .arg("--options")
        .arg(write_options(directory.path(), &options))
        .output()
        .unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn an_option_that_hallpass_lacks_is_named_and_ends_with_code_2() {
    for (path, value) in [
        ("socialProviders", json!({})),
        ("session.nonsense", json!({"enabled": true})),
        ("advanced.disableCSRFCheck", json!(true)),
        ("emailAndPassword.nonsense", json!(true)),
        ("plugins", json!([{"id": "passkey"}])),
        ("plugins", json!([{}])),
    ] {
        let (code, text) = refusal(|options| {
            let mut parent = options;
            let mut keys = path.split('.').peekable();
            while let Some(key) = keys.next() {
                parent = &mut parent[key];
                if keys.peek().is_none() {
                    *parent = value.clone();
                }
            }
        });
        assert_eq!(code, Some(2), "{path}: {text}");
        assert!(text.contains(path), "{path}: {text}");
    }
}

#[test]
fn an_option_of_a_plugin_that_hallpass_lacks_is_named() {
    let (code, text) = refusal(|options| options["plugins"] = json!([{"id": "bearer", "nonsense": 1}]));
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("option plugins.bearer.nonsense: "), "{text}");
    let (code, text) =
        refusal(|options| options["plugins"] = json!([{"id": "bearer", "requireSignature": 1}]));
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("option plugins.bearer.requireSignature: "), "{text}");
}

#[test]
fn what_cannot_be_safe_is_refused_by_the_name_of_its_option() {
    for (name, value) in [
        ("secret", json!("short")),
        ("trustedOrigins", json!(["*"])),
        ("database", json!("oracle://x")),
        ("baseURL", json!("localhost")),
    ] {
        let (code, text) = refusal(|options| options[name] = value.clone());
        assert_eq!(code, Some(2), "{name}: {text}");
        assert!(text.contains(&format!("option {name}: ")), "{name}: {text}");
    }
}

#[test]
fn a_command_line_that_is_none_gets_the_usage() {
    let output = Command::new(env!("CARGO_BIN_EXE_wire-server")).arg("--nonsense").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("usage: wire-server"));
}
