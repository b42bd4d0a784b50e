//! Additional fields of users and sessions, as [`SchemaStore`](hallpass::store::SchemaStore) has them declared.

use std::slice;

use hallpass::clock::Timestamp;
use hallpass::model::{Extra, Session, User};
use hallpass::schema::{ExtraField, FieldKind, Schema};
use hallpass::store::{Store, StoreErrorKind, UserChange};
use serde_json::{Value, json};

use crate::StoreFixture;
use crate::sample::{
    at, credential, earliest, email, forms, is_signed_in, session, sign_in, sign_up, token, user,
};

/// A field of every kind, and one that is unique, of users and of sessions.
pub(crate) fn schema() -> Schema {
    let kinds = [
        ("nickName", FieldKind::Text),
        ("motto", FieldKind::Text),
        ("age", FieldKind::Number),
        ("score", FieldKind::Number),
        ("admin", FieldKind::Boolean),
        ("paid", FieldKind::Boolean),
        ("bornAt", FieldKind::Moment),
        ("seenAt", FieldKind::Moment),
        ("settings", FieldKind::Json),
        ("note", FieldKind::Json),
        ("tags", FieldKind::TextList),
        ("marks", FieldKind::NumberList),
    ];
    let of_users = kinds
        .iter()
        .fold(Schema::new(), |schema, (name, kind)| schema.user_field(ExtraField::new(*name, *kind)));
    kinds
        .iter()
        .fold(of_users, |schema, (name, kind)| schema.session_field(ExtraField::new(*name, *kind)))
        .user_field(ExtraField::text("handle").unique())
}

/// A value for every field of [`schema`] but the unique one.
fn values(fixture: &StoreFixture) -> Extra {
    let born_at = Timestamp::parse("1815-12-10T00:00:00.000Z").unwrap();
    let Value::Object(values) = json!({
        "nickName": crate::sample::UNICODE,
        "motto": "",
        "age": 36,
        "score": -0.5,
        "admin": true,
        "paid": false,
        "bornAt": born_at.max(fixture.earliest()).to_string(),
        "seenAt": "2026-11-22T08:21:27.378Z",
        "settings": {"theme": "dark", "panes": [1, 2.5, null, {"": "\""}]},
        "note": "null",
        "tags": ["", "a,b", crate::sample::UNICODE],
        "marks": [0, -1, 1.5],
    }) else {
        unreachable!()
    };
    values
}

/// `UserChange::extra`: additional fields to set; the others stay as they are.
pub async fn additional_fields_are_set_beside_the_others(fixture: &StoreFixture) {
    fixture.declare(&schema()).await;
    let (store, fields) = (fixture.store(), values(fixture));
    let mut ada = User { extra: fields.clone(), ..user("ada") };
    store.create_user(&ada, None).await.unwrap();
    store.create_user(&User { extra: fields.clone(), ..user("bob") }, None).await.unwrap();
    assert_eq!(store.user(&ada.id).await.unwrap().as_ref(), Some(&ada));

    // Each field gets the value of another of its kind, and all the others must keep theirs.
    for field in schema().user_fields() {
        let name = field.name();
        let Some(value) = fields.get(name) else { continue };
        let same_kind = |other: &&ExtraField| other.column().kind() == field.column().kind();
        let schema = schema();
        let mut others =
            schema.user_fields().iter().filter(same_kind).filter_map(|other| fields.get(other.name()));
        let other = others.rfind(|other| *other != value).unwrap_or(value).clone();
        let mut change = UserChange { updated_at: at(50), ..UserChange::default() };
        change.extra.insert(name.to_owned(), other.clone());
        ada.extra.insert(name.to_owned(), other);
        ada.updated_at = at(50);
        assert_eq!(store.update_user(&ada.id, &change).await.unwrap().as_ref(), Some(&ada), "{name}");
    }
    let bob = store.user_by_email(&email("bob")).await.unwrap();
    assert_eq!(bob.map(|bob| bob.extra), Some(fields));
}

pub(crate) fn fields(fields: Value) -> Extra {
    serde_json::from_value(fields).unwrap()
}

/// A user with the id `name`, who has `handle` in the unique field.
pub(crate) fn with_handle(name: &str, handle: &str) -> User {
    User { extra: fields(json!({ "handle": handle })), ..user(name) }
}

fn change(extra: Value) -> UserChange {
    UserChange { extra: fields(extra), updated_at: at(50), ..UserChange::default() }
}

/// Declared fields of every kind are kept exactly, and come back on every way on which a record is read.
pub async fn declared_fields_are_kept_exactly(fixture: &StoreFixture) {
    fixture.declare(&schema()).await;
    let store = fixture.store();
    let ada = User { extra: values(fixture), ..user("ada") };
    store.create_user(&ada, Some(&credential("ada"))).await.unwrap();
    assert_eq!(store.user(&ada.id).await.unwrap().as_ref(), Some(&ada));
    assert_eq!(store.user_by_email(&ada.email).await.unwrap().as_ref(), Some(&ada));
    assert_eq!(store.credential_by_email(&ada.email).await.unwrap().unwrap().0, ada);

    let session = Session { extra: values(fixture), ..session("ada", "one") };
    assert!(store.create_session(&session).await.unwrap());
    assert_eq!(store.session(&forms("one")).await.unwrap(), Some((session.clone(), ada)));
    assert_eq!(store.sessions_of(&"ada".into(), earliest()).await.unwrap(), [session]);
}

/// Setting a field to `null` takes it away, at creation too: a record that is read has no nulls.
pub async fn a_field_set_to_null_is_taken_away(fixture: &StoreFixture) {
    fixture.declare(&schema()).await;
    let store = fixture.store();
    let nulls: Extra = values(fixture).into_iter().map(|(name, _)| (name, Value::Null)).collect();
    for (name, extra) in [("ada", values(fixture)), ("bob", nulls.clone())] {
        store.create_user(&User { extra: extra.clone(), ..user(name) }, None).await.unwrap();
        assert!(store.create_session(&Session { extra, ..session(name, name) }).await.unwrap());
    }
    assert_eq!(store.user(&"bob".into()).await.unwrap(), Some(user("bob")));
    assert_eq!(store.session(&forms("bob")).await.unwrap().unwrap().0.extra, Extra::new());

    let taken = UserChange { extra: nulls.clone(), updated_at: at(50), ..UserChange::default() };
    let ada = store.update_user(&"ada".into(), &taken).await.unwrap();
    assert_eq!(ada, Some(User { updated_at: at(50), ..user("ada") }));
    assert_eq!(store.user(&"ada".into()).await.unwrap(), ada);
    let updated = store.update_session(&token("ada"), &nulls, at(50)).await.unwrap();
    assert_eq!(updated.unwrap().extra, Extra::new());
    assert_eq!(store.session(&forms("ada")).await.unwrap().unwrap().0.extra, Extra::new());
}

/// What is not declared is refused, before and after a declaration, and nothing is written.
pub async fn undeclared_fields_are_refused_whole(fixture: &StoreFixture) {
    let store = fixture.store();
    sign_up(store, &["ada"]).await;
    sign_in(store, "ada", &["one"]).await;
    for is_declared in [false, true] {
        if is_declared {
            fixture.declare(&schema()).await;
        }
        let extra = if is_declared { json!({"nickName": "x", "rank": 1}) } else { json!({"nickName": "x"}) };
        let unexpected = Some(StoreErrorKind::Unexpected);
        let bob = User { extra: fields(extra.clone()), ..user("bob") };
        let refused = store.create_user(&bob, Some(&credential("bob"))).await;
        assert_eq!(refused.err().map(|error| error.kind()), unexpected);
        assert_eq!(store.user(&bob.id).await.unwrap(), None);
        let renamed = UserChange { name: Some("x".to_owned()), ..change(extra.clone()) };
        let refused = store.update_user(&"ada".into(), &renamed).await;
        assert_eq!(refused.err().map(|error| error.kind()), unexpected);
        let two = Session { extra: fields(extra.clone()), ..session("ada", "two") };
        assert_eq!(store.create_session(&two).await.err().map(|error| error.kind()), unexpected);
        assert!(!is_signed_in(store, "two").await);
        let refused = store.update_session(&token("one"), &fields(extra), at(50)).await;
        assert_eq!(refused.err().map(|error| error.kind()), unexpected);
        assert_eq!(store.session(&forms("one")).await.unwrap(), Some((session("ada", "one"), user("ada"))));
    }
}

/// A store is declared one schema: the same again changes nothing, another one is refused. What was there
/// before stays.
pub async fn a_schema_is_declared_once(fixture: &StoreFixture) {
    let store = fixture.store();
    sign_up(store, &["ada"]).await;
    sign_in(store, "ada", &["one"]).await;
    fixture.declare(&schema()).await;
    fixture.declare(&schema()).await;
    let another = schema().user_field(ExtraField::text("more"));
    let refused = store.declare(&another).err().map(|error| error.kind());
    assert_eq!(refused, Some(StoreErrorKind::Unexpected));
    assert_eq!(store.migrate().await.unwrap(), [""; 0], "migrated a second time");

    assert_eq!(store.session(&forms("one")).await.unwrap(), Some((session("ada", "one"), user("ada"))));
    let named = store.update_user(&"ada".into(), &change(json!({"nickName": "x"}))).await.unwrap();
    assert_eq!(named.unwrap().extra, fields(json!({"nickName": "x"})));
}

/// `user_by_field`: the user whose unique field holds just this text, and nobody else.
pub async fn a_user_is_found_by_a_unique_field(fixture: &StoreFixture) {
    fixture.declare(&schema()).await;
    let store = fixture.store();
    let ada = with_handle("ada", "a_a");
    for user in [&with_handle("bob", "axa"), &ada, &user("eve")] {
        store.create_user(user, None).await.unwrap();
    }
    assert_eq!(store.user_by_field("handle", "a_a").await.unwrap(), Some(ada));
    for nobody in ["A_A", "a_a ", "a%", "", "eve"] {
        assert_eq!(store.user_by_field("handle", nobody).await.unwrap(), None, "{nobody}");
    }
    for field in ["nickName", "email", "unknown"] {
        let refused = store.user_by_field(field, "x").await.err().map(|error| error.kind());
        assert_eq!(refused, Some(StoreErrorKind::Unexpected), "{field}");
    }
}

/// A unique field is unique where users have it: the second writer gets Conflict and leaves nothing.
pub async fn a_taken_unique_field_is_refused_whole(fixture: &StoreFixture) {
    fixture.declare(&schema()).await;
    let store = fixture.store();
    for user in [with_handle("ada", "ada"), with_handle("bob", "bob"), user("cai"), user("dee")] {
        store.create_user(&user, None).await.unwrap();
    }
    let conflict = Some(StoreErrorKind::Conflict);
    let late = store.create_user(&with_handle("eve", "ada"), Some(&credential("eve"))).await;
    assert_eq!(late.err().map(|error| error.kind()), conflict);
    assert_eq!(store.user(&"eve".into()).await.unwrap(), None);
    assert_eq!(store.accounts_of(&"eve".into()).await.unwrap(), []);

    let renamed = UserChange { name: Some("x".to_owned()), ..change(json!({"handle": "ada", "age": 1})) };
    let late = store.update_user(&"bob".into(), &renamed).await;
    assert_eq!(late.err().map(|error| error.kind()), conflict);
    assert_eq!(store.user(&"bob".into()).await.unwrap(), Some(with_handle("bob", "bob")));
    // One's own is no conflict, and what was given up is free.
    store.update_user(&"ada".into(), &change(json!({"handle": "ada"}))).await.unwrap();
    store.update_user(&"ada".into(), &change(json!({"handle": null}))).await.unwrap();
    assert!(store.update_user(&"bob".into(), &renamed).await.unwrap().is_some());
    assert_eq!(store.user_by_field("handle", "ada").await.unwrap().unwrap().id.as_str(), "bob");
    assert_eq!(store.user_by_field("handle", "bob").await.unwrap(), None);
}

/// A unique field is unique where users have it, and an empty text is one that they have; a missing one is not.
pub async fn an_empty_text_of_a_unique_field_is_a_text(fixture: &StoreFixture) {
    fixture.declare(&schema()).await;
    let store = fixture.store();
    for user in [with_handle("ada", ""), user("bob"), user("cai")] {
        store.create_user(&user, None).await.unwrap();
    }
    let conflict = Some(StoreErrorKind::Conflict);
    let late = store.create_user(&with_handle("eve", ""), None).await;
    assert_eq!(late.err().map(|error| error.kind()), conflict);
    let late = store.update_user(&"bob".into(), &change(json!({"handle": ""}))).await;
    assert_eq!(late.err().map(|error| error.kind()), conflict);
    assert_eq!(store.user_by_field("handle", "").await.unwrap(), Some(with_handle("ada", "")));
    assert_eq!(store.user(&"bob".into()).await.unwrap(), Some(user("bob")));
}

/// `update_session`: sets additional fields of one session, and nothing else.
pub async fn an_update_of_a_session_changes_its_fields_only(fixture: &StoreFixture) {
    fixture.declare(&schema()).await;
    let store = fixture.store();
    sign_up(store, &["ada"]).await;
    sign_in(store, "ada", &["one", "two"]).await;
    let mut expected = Session { updated_at: at(50), ..session("ada", "one") };
    for (name, value) in values(fixture) {
        let extra = Extra::from_iter([(name.clone(), value.clone())]);
        expected.extra.insert(name, value);
        let updated = store.update_session(&token("one"), &extra, at(50)).await.unwrap();
        assert_eq!(updated.as_ref(), Some(&expected));
        assert_eq!(store.session(&forms("one")).await.unwrap(), Some((expected.clone(), user("ada"))));
    }
    assert_eq!(store.session(&forms("two")).await.unwrap(), Some((session("ada", "two"), user("ada"))));
    assert!(store.touch_session(&token("one"), at(2_000), at(60)).await.unwrap());
    let touched = Session { expires_at: at(2_000), updated_at: at(60), ..expected };
    assert_eq!(store.sessions_of(&"ada".into(), at(1_500)).await.unwrap(), slice::from_ref(&touched));
}

/// `update_session`: `None`, and nothing written, if the session is gone: it does not insert.
pub async fn an_update_of_a_session_does_not_insert(fixture: &StoreFixture) {
    fixture.declare(&schema()).await;
    let store: &dyn Store = fixture.store();
    sign_up(store, &["ada"]).await;
    sign_in(store, "ada", &["deleted", "swept"]).await;
    assert!(store.delete_session(&forms("deleted")).await.unwrap());
    assert_eq!(store.delete_sessions_of(&"ada".into(), None).await.unwrap(), 1);
    for name in ["deleted", "swept", "never-there"] {
        let updated = store.update_session(&token(name), &values(fixture), at(50)).await.unwrap();
        assert_eq!(updated, None, "{name}");
        assert!(!is_signed_in(store, name).await, "{name} was revived");
    }
}
