//! In a Worker there is no Redis.

use std::sync::Arc;

use hallpass::storage::AtomicStorage;

use crate::failure::{Broken, Failure};

#[derive(Clone)]
pub(crate) enum InRedis {}

pub(crate) type Entry = (String, String, Option<i64>);

impl InRedis {
    pub(crate) async fn connect(_urls: &str) -> Result<Self, Failure> {
        Err(Failure::Refused("a Worker has no Redis".to_owned()))
    }

    pub(crate) fn storage(&self) -> Arc<dyn AtomicStorage> {
        match *self {}
    }

    pub(crate) async fn entries(&self) -> Result<Vec<Entry>, Broken> {
        match *self {}
    }

    pub(crate) async fn pass(&self, _millis: i64) -> Result<(), Broken> {
        match *self {}
    }
}
