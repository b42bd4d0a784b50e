//! What becomes of a record's additional fields in a store that keeps them as JSON.

use super::{ExtraField, Schema};
use crate::model::Extra;
use crate::store::{StoreError, StoreErrorKind};

/// The declared fields after a change. One that is not declared is refused in `change`, and left out of `before`:
/// another server may have written it there.
pub(crate) fn merged(fields: &[ExtraField], before: &Extra, change: &Extra) -> Result<Extra, StoreError> {
    if let Some(unknown) = change.keys().find(|name| fields.iter().all(|field| field.name() != *name)) {
        let text = format!("no additional field `{unknown}` is declared");
        return Err(StoreError::new(StoreErrorKind::Unexpected, text));
    }
    let value = |name: &str| change.get(name).or_else(|| before.get(name)).filter(|value| !value.is_null());
    let kept =
        fields.iter().filter_map(|field| Some((field.name().to_owned(), value(field.name())?.clone())));
    Ok(kept.collect())
}

/// The fields of `extra` that are declared.
pub(crate) fn declared(fields: &[ExtraField], extra: &Extra) -> Extra {
    let kept = extra
        .iter()
        .filter(|(name, value)| !value.is_null() && fields.iter().any(|field| field.name() == name.as_str()));
    kept.map(|(name, value)| (name.clone(), value.clone())).collect()
}

impl Schema {
    /// The additional fields of a user who had those `before`, after a change: for a store that keeps them as one value.
    ///
    /// # Errors
    /// One in `change` is not declared: [`StoreErrorKind::Unexpected`].
    pub fn user_extra(&self, before: &Extra, change: &Extra) -> Result<Extra, StoreError> {
        merged(&self.user, before, change)
    }

    /// The same of a session.
    ///
    /// # Errors
    /// As for [`user_extra`](Self::user_extra).
    pub fn session_extra(&self, before: &Extra, change: &Extra) -> Result<Extra, StoreError> {
        merged(&self.session, before, change)
    }

    /// The fields of users that are unique.
    pub fn unique_user_fields(&self) -> impl Iterator<Item = &ExtraField> {
        self.user_fields().iter().filter(|field| field.column().is_unique())
    }
}
