use serde_json::json;

use super::*;
use crate::error::Error;

fn sign_up() -> Shape {
    Shape::new()
        .field("name", Kind::String)
        .field("email", Kind::Email)
        .text_of_at_least("password", Kind::Password, 1)
        .optional("rememberMe", Kind::Boolean)
}

fn message(shape: &Shape, input: Option<Value>) -> String {
    Error::Invalid(shape.check(Part::Body, input).unwrap_err()).wire().message().unwrap().to_owned()
}

#[test]
fn every_issue_is_named_in_the_order_of_the_declaration() {
    assert_eq!(
        message(&sign_up(), Some(json!({"email": "x@example.com"}))),
        "[body.name] Invalid input: expected string, received undefined; \
         [body.password] Invalid input: expected string, received undefined"
    );
    assert_eq!(
        message(&sign_up(), Some(json!({"name": null, "email": "bad", "password": "", "rememberMe": "no"}))),
        "[body.name] Invalid input: expected string, received null; [body.email] Invalid email address; \
         [body.password] Too small: expected string to have >=1 characters; \
         [body.rememberMe] Invalid input: expected boolean, received string"
    );
}

#[test]
fn a_body_that_is_no_object_is_named_as_such() {
    assert_eq!(message(&sign_up(), None), "[body] Invalid input: expected object, received undefined");
    assert_eq!(message(&sign_up(), Some(json!([]))), "[body] Invalid input: expected object, received array");
    assert_eq!(
        message(&sign_up().open(), Some(json!(1))),
        "[body] Invalid input: expected object, received number; \
         [body] Invalid input: expected record, received number"
    );
    assert!(Shape::new().absent_is_empty().check(Part::Body, None).unwrap().is_empty());
}

#[test]
fn unknown_fields_are_dropped_unless_the_shape_is_open() {
    let input = json!({"name": "A", "email": "a@b.co", "password": "p", "role": "admin"});
    assert!(!sign_up().check(Part::Body, Some(input.clone())).unwrap().contains_key("role"));
    assert_eq!(sign_up().open().check(Part::Body, Some(input)).unwrap().get("role"), Some(&json!("admin")));
}

#[test]
fn numbers_records_and_choices_are_told_from_others() {
    let shape = Shape::new()
        .field("type", Kind::OneOf(&["sign-in", "change-email"]))
        .optional("metadata", Kind::Record)
        .optional("count", Kind::Number);
    let good = json!({"type": "sign-in", "metadata": {"a": [1]}, "count": 1.5});
    assert_eq!(Value::Object(shape.check(Part::Body, Some(good.clone())).unwrap()), good);
    let of_type = "[body.type] Invalid option: expected one of \"sign-in\"|\"change-email\"";
    assert_eq!(message(&shape, Some(json!({}))), of_type);
    let wrong = json!({"type": "sign-out", "metadata": [], "count": "1"});
    let rest = "[body.metadata] Invalid input: expected record, received array; \
                [body.count] Invalid input: expected number, received string";
    assert_eq!(message(&shape, Some(wrong)), format!("{of_type}; {rest}"));
}

#[test]
fn a_flag_is_false_only_when_it_is_empty() {
    let shape = Shape::new().optional("disableRefresh", Kind::Flag);
    for (given, read) in [(json!("false"), true), (json!(""), false), (json!(["", ""]), true)] {
        let kept = shape.check(Part::Query, Some(json!({"disableRefresh": given}))).unwrap();
        assert_eq!(kept.get("disableRefresh"), Some(&Value::Bool(read)));
    }
}
