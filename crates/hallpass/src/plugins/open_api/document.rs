//! The document: [OpenAPI 3.1](https://spec.openapis.org/oas/v3.1.1.html) from the declarations of the endpoints.

use std::collections::{BTreeMap, HashSet};

use http::{Method, StatusCode};
use serde_json::{Map, Value, json};

use crate::auth::Auth;
use crate::endpoint::{Endpoint, SessionNeed};
use crate::error::Error;
use crate::pipeline::only_reads;
use crate::shape::{Field, Kind, Shape};
use crate::wire_error::WireError;

/// The document of the endpoints that `auth` answers.
pub(super) fn of(auth: &Auth) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    let mut names = HashSet::new();
    for endpoint in auth.endpoints().filter(|endpoint| endpoint.is_documented) {
        let path = paths.entry(template(endpoint.path())).or_insert_with(|| json!({}));
        for method in endpoint.methods() {
            let mut name = operation_name(endpoint.path());
            if !names.insert(name.clone()) {
                name.push_str(&capitalised(&method.as_str().to_lowercase()));
                names.insert(name.clone());
            }
            if let Some(path) = path.as_object_mut() {
                path.insert(method.as_str().to_lowercase(), operation(endpoint, method, &name));
            }
        }
    }
    let plugins: Vec<_> =
        auth.endpoints().filter(|endpoint| endpoint.is_documented).filter_map(Endpoint::plugin).collect();
    let mut tags = vec![json!({"name": CORE, "description": "What is there without plugins"})];
    for (index, plugin) in plugins.iter().enumerate() {
        if !plugins.iter().take(index).any(|before| before == plugin) {
            tags.push(json!({"name": capitalised(plugin)}));
        }
    }
    let server = auth.url("");
    json!({
        "openapi": "3.1.1",
        "info": {
            "title": "hallpass",
            "description": "Signing up, signing in, sessions and accounts",
            "version": env!("CARGO_PKG_VERSION"),
        },
        "servers": [{"url": server}],
        "tags": tags,
        "paths": paths,
        "components": {
            "securitySchemes": {
                SESSION: {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": auth.session_cookie().name(),
                    "description": "The session's token, signed: the cookie that a sign-in sets",
                },
            },
        },
    })
}

/// The name of the core's tag, as in better-auth.
const CORE: &str = "Default";
const SESSION: &str = "session";

fn operation(endpoint: &Endpoint, method: &Method, name: &str) -> Value {
    let tag = endpoint.plugin().map_or_else(|| CORE.to_owned(), capitalised);
    let mut operation = json!({"tags": [tag], "operationId": name});
    let Some(fields) = operation.as_object_mut() else { return operation };
    if !endpoint.summary.is_empty() {
        fields.insert("summary".to_owned(), endpoint.summary.into());
    }
    if endpoint.session != SessionNeed::None {
        fields.insert("security".to_owned(), json!([{SESSION: []}]));
    }
    let parameters = parameters(endpoint);
    if !parameters.is_empty() {
        fields.insert("parameters".to_owned(), parameters.into());
    }
    if let Some(body) = request_body(endpoint).filter(|_| !only_reads(method)) {
        fields.insert("requestBody".to_owned(), body);
    }
    fields.insert("responses".to_owned(), responses(endpoint, method));
    operation
}

fn parameters(endpoint: &Endpoint) -> Vec<Value> {
    let segments = endpoint.path().split('/').filter_map(|segment| segment.strip_prefix(':'));
    let path = segments
        .map(|name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}));
    let query = endpoint.query.iter().flat_map(Shape::fields).map(|field| {
        let mut parameter = json!({"name": field.name(), "in": "query", "schema": schema(field)});
        if let (true, Some(parameter)) = (field.is_required(), parameter.as_object_mut()) {
            parameter.insert("required".to_owned(), true.into());
        }
        parameter
    });
    path.chain(query).collect()
}

fn request_body(endpoint: &Endpoint) -> Option<Value> {
    let shape = endpoint.body.as_ref()?;
    let schema = object(shape);
    let content: Map<String, Value> =
        endpoint.media.iter().map(|media| ((*media).to_owned(), json!({"schema": schema}))).collect();
    (!content.is_empty()).then(|| json!({"required": !shape.is_optional(), "content": content}))
}

fn object(shape: &Shape) -> Value {
    let properties: Map<String, Value> =
        shape.fields().map(|field| (field.name().to_owned(), schema(field))).collect();
    let required: Vec<_> = shape.fields().filter(|field| field.is_required()).map(Field::name).collect();
    let mut object = json!({"type": "object", "properties": properties});
    if let Some(fields) = object.as_object_mut() {
        if !required.is_empty() {
            fields.insert("required".to_owned(), json!(required));
        }
        if shape.is_open() {
            fields.insert("additionalProperties".to_owned(), true.into());
        }
    }
    object
}

fn schema(field: &Field) -> Value {
    match field.kind() {
        Kind::String | Kind::Password if field.min_length() > 0 => {
            json!({"type": "string", "minLength": field.min_length()})
        }
        Kind::String | Kind::Password | Kind::Flag => json!({"type": "string"}),
        Kind::NullableString => json!({"type": ["string", "null"]}),
        Kind::Email => json!({"type": "string", "format": "email"}),
        Kind::OneOf(texts) => json!({"type": "string", "enum": texts}),
        Kind::Boolean => json!({"type": "boolean"}),
        Kind::Number => json!({"type": "number"}),
        Kind::Record => json!({"type": "object", "additionalProperties": true}),
        Kind::Any => json!({}),
    }
}

/// What may be answered: the good end, what the endpoint names, and what follows from its declaration.
fn responses(endpoint: &Endpoint, method: &Method) -> Value {
    let mut errors: BTreeMap<StatusCode, Vec<WireError>> = BTreeMap::new();
    let implied = [
        (endpoint.body.is_some() || endpoint.query.is_some()).then(|| Error::Invalid(Vec::new())),
        (endpoint.session != SessionNeed::None).then_some(Error::Unauthorized),
        (endpoint.session == SessionNeed::Fresh).then_some(Error::SessionNotFresh),
        (!only_reads(method)).then_some(Error::MissingOrNullOrigin),
        (!only_reads(method)).then_some(Error::InvalidOrigin),
        endpoint.guards_login.then_some(Error::CrossSiteNavigation),
        Some(Error::RateLimited { retry_after: std::time::Duration::ZERO }),
    ];
    for error in
        implied.into_iter().flatten().map(|error| error.wire()).chain(endpoint.errors.iter().cloned())
    {
        errors.entry(error.status()).or_default().push(error);
    }
    let mut responses = Map::new();
    responses.insert("200".to_owned(), json!({"description": "Done", "content": {JSON: {"schema": {}}}}));
    for (status, errors) in errors {
        let texts: Vec<_> = errors.iter().map(describe).collect();
        let codes: Vec<_> = errors.iter().filter_map(WireError::code).collect();
        let mut properties = json!({"message": {"type": "string"}});
        if let (false, Some(properties)) = (codes.is_empty(), properties.as_object_mut()) {
            properties.insert("code".to_owned(), json!({"type": "string", "enum": codes}));
        }
        let schema = json!({"type": "object", "properties": properties});
        let response = json!({"description": texts.join("; "), "content": {JSON: {"schema": schema}}});
        responses.insert(status.as_u16().to_string(), response);
    }
    responses.into()
}

const JSON: &str = "application/json";

fn describe(error: &WireError) -> String {
    match (error.code(), error.message()) {
        (Some("VALIDATION_ERROR"), _) => {
            "VALIDATION_ERROR: a field is missing, or of another type".to_owned()
        }
        (Some(code), message) => format!("{code}: {}", message.unwrap_or_default()),
        (None, Some(message)) => message.to_owned(),
        (None, None) => error.status().canonical_reason().unwrap_or_default().to_owned(),
    }
}

/// `/reset-password/:token` as documents write it: `/reset-password/{token}`.
fn template(path: &str) -> String {
    let segments = path.split('/').map(|segment| match segment.strip_prefix(':') {
        Some(name) => format!("{{{name}}}"),
        None => segment.to_owned(),
    });
    segments.collect::<Vec<_>>().join("/")
}

/// `/sign-in/email` as a name of programs: `signInEmail`.
fn operation_name(path: &str) -> String {
    let mut words = path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| name + &capitalised(word))
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
}
