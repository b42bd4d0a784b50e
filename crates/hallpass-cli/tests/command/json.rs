//! `--json` of every command that has it: one value, with these fields and no other, and nothing beside it.

use std::fs;

use serde_json::{Value, json};

use crate::common::{EMAIL, Site, run};

/// The names of an object's fields, or of those of the first of a list.
fn fields(value: &Value) -> Vec<&str> {
    let object = value.as_array().and_then(|list| list.first()).unwrap_or(value);
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test]
async fn every_command_writes_one_value() {
    let site = Site::new().await;
    let json = |arguments: &[&str]| {
        let run = site.run(&[&["--json"], arguments].concat());
        assert_eq!((run.code, run.err.as_str()), (0, ""), "{arguments:?}: {run:?}");
        serde_json::from_str::<Value>(&run.out).unwrap()
    };
    let secret = json(&["secret"]);
    assert_eq!((fields(&secret), secret["secret"].as_str().unwrap().len()), (vec!["secret"], 44));

    assert_eq!(json(&["migrate"]), json!({"applied": []}));
    let planned = json(&["migrate", "--dry-run", "--plugin", "username"]);
    assert_eq!((fields(&planned), fields(&planned["planned"])), (vec!["planned"], vec!["id", "sql"]));
    let applied = json(&["migrate", "--plugin", "username"]);
    let ids: Vec<_> = planned["planned"].as_array().unwrap().iter().map(|step| step["id"].clone()).collect();
    assert_eq!(applied, json!({"applied": ids}));

    let generated = json(&["generate", "--for", "sqlite"]);
    assert_eq!(fields(&generated), ["sql"]);
    assert!(generated["sql"].as_str().unwrap().contains("create table"));
    assert_eq!(json(&["generate", "--for", "sqlite", "-o", "0001.sql"]), json!({"file": "0001.sql"}));

    let found = json(&["users", "find", "ada"]);
    let user = ["id", "name", "email", "emailVerified", "image", "createdAt", "updatedAt"];
    let mut shown = fields(&found);
    shown.sort_unstable();
    assert_eq!(shown, {
        let mut user = user;
        user.sort_unstable();
        user
    });
    assert_eq!(json(&["users", "find", "nobody"]), json!([]));
    let verified = json(&["users", "verify", EMAIL]);
    assert_eq!((&verified["email"], &verified["emailVerified"]), (&json!(EMAIL), &json!(true)));
    assert_eq!(fields(&json(&["users", "export", EMAIL])), ["user", "accounts", "sessions"]);

    let sessions = json(&["sessions", "list", EMAIL]);
    assert_eq!(fields(&sessions), ["id", "createdAt", "expiresAt", "ipAddress", "userAgent"]);
    let id = sessions[0]["id"].as_str().unwrap();
    assert_eq!(json(&["sessions", "revoke", EMAIL, id]), json!({"revoked": 1}));
    assert_eq!(json(&["users", "revoke", EMAIL]), json!({"revoked": 1}));
    assert_eq!(json(&["sessions", "sweep"]), json!({"sessions": 0, "verifications": 0, "entries": 0}));

    fs::write(site.folder.path().join("users.json"), r#"{"email": "grace@example.com"}"#).unwrap();
    let report = ["imported", "importable", "skipped", "passwords", "mistakes"];
    assert_eq!(fields(&json(&["import", "users.json", "--dry-run"])), report);
    assert_eq!(fields(&json(&["import", "users.json"])), report);
    assert_eq!(json(&["users", "delete", EMAIL, "--yes"]), json!({"deleted": true}));
}

#[tokio::test]
async fn the_doctor_and_whatever_fails_write_one_value_too() {
    let site = Site::new().await;
    let json = |arguments: &[&str]| {
        let run = site.run(&[&["--json"], arguments].concat());
        assert_eq!((run.code, run.err.as_str()), (1, ""), "{arguments:?}: {run:?}");
        serde_json::from_str::<Value>(&run.out).unwrap()
    };
    // There is no secret here.
    site.sql("DROP INDEX \"session_userId_idx\"").await;
    let findings = json(&["doctor"]);
    for finding in findings.as_array().unwrap() {
        let state = finding["state"].as_str().unwrap();
        assert!(["good", "notice", "problem"].contains(&state), "{finding}");
        assert!(finding["about"].is_string() && finding["found"].is_string(), "{finding}");
        assert_eq!(finding["remedy"].is_string(), state != "good", "{finding}");
    }
    let index = findings.as_array().unwrap().iter().find(|finding| finding["about"] == "indexes").unwrap();
    assert_eq!(index["state"], "problem");

    for arguments in [
        &["users", "verify", "nobody@example.com"][..],
        &["users", "delete", EMAIL],
        &["sessions", "revoke", EMAIL, "no-session"],
        &["sessions", "list", "nobody"],
        &["import", "missing.json"],
        &["import", "--from", "sqlite:missing.db"],
        &["generate", "--for", "d1", "-o", "missing/0001.sql"],
    ] {
        let error = json(arguments);
        assert!(fields(&error) == ["error"] && error["error"].is_string(), "{arguments:?}: {error}");
    }
    let mistakes = {
        fs::write(site.folder.path().join("users.json"), r#"{"name": "Grace"}"#).unwrap();
        json(&["import", "users.json"])
    };
    assert_eq!(fields(&mistakes["mistakes"]), ["at", "mistake"]);
    let outside = run(site.folder.path(), &["--json", "doctor"]);
    assert!(outside.code == 1 && serde_json::from_str::<Value>(&outside.out).unwrap().is_array());
}
