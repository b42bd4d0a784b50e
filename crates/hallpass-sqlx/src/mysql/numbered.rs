//! From numbered parameters to MySQL's, which have none and stand once each.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// How many texts are known at once. The core has some thirty; an app that makes ever new ones must not fill memory.
const KNOWN: usize = 512;

/// What was made of each text.
#[derive(Default)]
pub(super) struct Numbered {
    known: RwLock<HashMap<Arc<str>, Arc<Text>>>,
}

/// A text as MySQL takes it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Text {
    pub(super) sql: Arc<str>,
    /// For each `?`, which parameter it is, from 0 on.
    pub(super) parameters: Vec<usize>,
}

impl Numbered {
    pub(super) fn text(&self, numbered: &Arc<str>) -> Arc<Text> {
        if let Some(text) = self.known.read().unwrap_or_else(PoisonError::into_inner).get(numbered) {
            return Arc::clone(text);
        }
        let text = Arc::new(Text::of(numbered));
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KNOWN {
            known.clear();
        }
        known.insert(Arc::clone(numbered), Arc::clone(&text));
        text
    }
}

impl Text {
    /// A `?` without a number is the parameter after the last one.
    fn of(numbered: &str) -> Self {
        let mut sql = String::with_capacity(numbered.len());
        let mut parameters = Vec::new();
        let mut rest = numbered;
        while let Some((before, after)) = rest.split_once('?') {
            sql.push_str(before);
            sql.push('?');
            let digits = after.bytes().take_while(u8::is_ascii_digit).count();
            let (number, after) = after.split_at(digits);
            let next = parameters.last().map_or(0, |last| last + 1);
            parameters.push(number.parse::<usize>().map_or(next, |number| number.saturating_sub(1)));
            rest = after;
        }
        sql.push_str(rest);
        Self { sql: sql.into(), parameters }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_stands_wherever_its_number_does() {
        let text = Text::of("SELECT ?2 WHERE (a = ?1 AND CAST(a AS binary) = CAST(?1 AS binary)) OR b = ?12");
        assert_eq!(&*text.sql, "SELECT ? WHERE (a = ? AND CAST(a AS binary) = CAST(? AS binary)) OR b = ?");
        assert_eq!(text.parameters, [1, 0, 0, 11]);
        assert_eq!(Text::of("VALUES (?, ?)").parameters, [0, 1]);
    }

    #[test]
    fn known_texts_do_not_grow_without_bound() {
        let numbered = Numbered::default();
        for number in 0..3 * KNOWN {
            numbered.text(&format!("SELECT ?1 + {number}").into());
        }
        assert!(numbered.known.read().unwrap().len() <= KNOWN);
    }
}
