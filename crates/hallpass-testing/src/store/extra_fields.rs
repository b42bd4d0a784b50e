//! Additional fields of users and sessions, as [`SchemaStore`](hallpass::store::SchemaStore) has them declared.

use hallpass::model::{Extra, User};
use hallpass::schema::{ExtraField, FieldKind, Schema};
use hallpass::store::UserChange;
use serde_json::{Value, json};

use crate::StoreFixture;
use crate::sample::{at, email, user};

/// A field of every kind, and one that is unique, of users and of sessions.
fn schema() -> Schema {
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
fn values() -> Extra {
    let Value::Object(values) = json!({
        "nickName": crate::sample::UNICODE,
        "motto": "",
        "age": 36,
        "score": -0.5,
        "admin": true,
        "paid": false,
        "bornAt": "1815-12-10T00:00:00.000Z",
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
    let (store, fields) = (fixture.store(), values());
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
