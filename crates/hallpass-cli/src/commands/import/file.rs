//! Users from a file: JSON, as a list or an object a line, or CSV with a line of names.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Seek as _, SeekFrom};
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use hallpass::Auth;
use serde_json::{Map, Value};

use super::Read;
use super::record::Names;
use crate::arguments::{Format, Import};

pub(super) fn read(path: &Path, wanted: &Import, auth: &Auth) -> Result<Read> {
    let names = Names::new(auth, &wanted.fields, wanted.ignore_unknown)?;
    let shown = path.display();
    let file = File::open(path).with_context(|| format!("cannot open {shown}"))?;
    let is_csv = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"));
    let format = wanted.format.unwrap_or(if is_csv { Format::Csv } else { Format::Json });
    match format {
        Format::Csv => csv(file, &names),
        Format::Json => json(file, &names),
    }
    .with_context(|| format!("cannot read {shown}"))
}

fn csv(file: File, names: &Names<'_>) -> Result<Read> {
    let mut rows = csv::ReaderBuilder::new().trim(csv::Trim::Headers).from_reader(BufReader::new(file));
    let head: Vec<String> = rows.headers()?.iter().map(str::to_owned).collect();
    ensure!(head.iter().any(|name| !name.is_empty()), "there is no line of names");
    // A first line of data would be shown as names that are not known, whatever is in it.
    ensure!(!head.iter().any(|name| name.contains(['@', '$', ':'])), "the first line is no line of names");
    // What is wrong with a name is wrong with every row.
    for name in &head {
        names.of(name)?;
    }
    let mut read = Read::default();
    for row in rows.records() {
        let row = row?;
        let at = format!("line {}", row.position().map_or(0, csv::Position::line));
        let cells = row.iter().map(|cell| Value::from(cell.trim()));
        let record: Map<String, Value> = head.iter().cloned().zip(cells).collect();
        let user = names.read(&at, record);
        read.add(at, user);
    }
    Ok(read)
}

fn json(file: File, names: &Names<'_>) -> Result<Read> {
    let mut file = BufReader::new(file);
    let mut read = Read::default();
    let first = first_sign(&mut file)?;
    let mut add = |at: String, value: Value| {
        let user = match value {
            Value::Object(record) => names.read(&at, record),
            _ => Err(anyhow::anyhow!("this is no object")),
        };
        read.add(at, user);
    };
    if first == Some(b'[') {
        let list: Vec<Value> = serde_json::from_reader(file)?;
        for (place, value) in list.into_iter().enumerate() {
            add(format!("user {}", place + 1), value);
        }
    } else {
        for (place, value) in serde_json::Deserializer::from_reader(file).into_iter().enumerate() {
            add(format!("user {}", place + 1), value?);
        }
    }
    Ok(read)
}

/// The first sign that is no white space, nothing being taken.
fn first_sign(file: &mut BufReader<File>) -> Result<Option<u8>> {
    let first = loop {
        let buffer = file.fill_buf()?;
        if buffer.is_empty() {
            break None;
        }
        if let Some(sign) = buffer.iter().find(|sign| !sign.is_ascii_whitespace()) {
            break Some(*sign);
        }
        let length = buffer.len();
        file.consume(length);
    };
    file.seek(SeekFrom::Start(0))?;
    Ok(first)
}
