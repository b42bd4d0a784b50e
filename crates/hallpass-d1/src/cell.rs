//! Rows as D1 gives them, by the binding or over HTTP: objects, by the names of their columns.

use std::fmt;

use hallpass_sql::{Columns, Rows, Value};
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// The largest whole number up to which JavaScript has all of them.
const LARGEST: u64 = 1 << 53;

/// Whether JavaScript has this number.
pub(crate) fn is_exact(number: i64) -> bool {
    number.unsigned_abs() <= LARGEST
}

/// A row: its columns in their order.
#[derive(Debug)]
pub(crate) struct Record(Vec<(String, Cell)>);

/// A value.
#[derive(Debug)]
struct Cell(Value);

/// The rows of one statement.
pub(crate) fn rows(records: Vec<Record>, affected: u64) -> Rows {
    let columns: Columns = match records.first() {
        Some(Record(first)) => first.iter().map(|(name, _)| name.as_str()).collect(),
        None => Columns::default(),
    };
    let values = records.into_iter().flat_map(|Record(cells)| cells).map(|(_, Cell(value))| value).collect();
    Rows::new(columns, values, affected)
}

impl<'de> Deserialize<'de> for Record {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Cells;

        impl<'de> Visitor<'de> for Cells {
            type Value = Record;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a row")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Record, A::Error> {
                let mut cells = Vec::with_capacity(map.size_hint().unwrap_or_default());
                while let Some(cell) = map.next_entry()? {
                    cells.push(cell);
                }
                Ok(Record(cells))
            }
        }

        deserializer.deserialize_map(Cells)
    }
}

impl<'de> Deserialize<'de> for Cell {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Cell;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value of SQLite")
            }

            fn visit_unit<E: Error>(self) -> Result<Cell, E> {
                Ok(Cell(Value::Null))
            }

            fn visit_bool<E: Error>(self, truth: bool) -> Result<Cell, E> {
                Ok(Cell(Value::Bool(truth)))
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Cell, E> {
                Ok(Cell(Value::Integer(number)))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Cell, E> {
                i64::try_from(number).map(|number| Cell(Value::Integer(number))).map_err(E::custom)
            }

            fn visit_f64<E: Error>(self, number: f64) -> Result<Cell, E> {
                Ok(Cell(Value::Real(number)))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Cell, E> {
                Ok(Cell(Value::Text(text.to_owned())))
            }

            fn visit_string<E: Error>(self, text: String) -> Result<Cell, E> {
                Ok(Cell(Value::Text(text)))
            }

            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Cell, E> {
                Ok(Cell(Value::Blob(bytes.to_vec())))
            }

            // Bytes are a list of numbers.
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Cell, A::Error> {
                let mut bytes = Vec::with_capacity(list.size_hint().unwrap_or_default());
                while let Some(byte) = list.next_element()? {
                    bytes.push(byte);
                }
                Ok(Cell(Value::Blob(bytes)))
            }
        }

        deserializer.deserialize_any(Any)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_by_name_and_in_the_kind_that_they_have() {
        let text = r#"[{"a":1,"b":1.5,"c":"x","d":null,"e":[1,255],"f":-9007199254740991},
            {"a":2,"b":2.5,"c":"","d":"y","e":[],"f":0}]"#;
        let mut rows = rows(serde_json::from_str(text).unwrap(), 3);
        assert_eq!((rows.len(), rows.affected()), (2, 3));
        let mut shown = Vec::new();
        for mut row in rows.iter_mut() {
            for name in ["f", "e", "d", "c", "b", "a"] {
                shown.push(row.take(name).unwrap());
            }
        }
        assert_eq!(
            shown,
            [
                Value::Integer(-9_007_199_254_740_991),
                Value::Blob(vec![1, 255]),
                Value::Null,
                Value::Text("x".to_owned()),
                Value::Real(1.5),
                Value::Integer(1),
                Value::Integer(0),
                Value::Blob(Vec::new()),
                Value::Text("y".to_owned()),
                Value::Text(String::new()),
                Value::Real(2.5),
                Value::Integer(2),
            ]
        );
    }

    #[test]
    fn what_is_no_value_of_sqlite_is_an_error() {
        for text in [r#"[{"a":{}}]"#, r#"[{"a":[256]}]"#, r#"[{"a":["x"]}]"#, r#"[1]"#] {
            assert!(serde_json::from_str::<Vec<Record>>(text).is_err(), "{text}");
        }
    }
}
