//! Breached passwords at hand.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use super::digest;

/// A list of breached passwords in memory: 8 bytes a password, the beginning of its SHA-1 hash. Of ten million
/// entries one in 10^12 good passwords is taken for a breached one.
#[derive(Clone)]
pub struct OfflineList {
    /// Sorted, each once.
    hashes: Vec<u64>,
}

/// Why a list of hashes could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidOfflineList {
    /// The file cannot be read.
    #[error("the list of breached passwords cannot be read")]
    Io(#[from] io::Error),
    /// A line does not begin with the forty hex digits of a SHA-1 hash.
    #[error("line {0} of the list of breached passwords is no SHA-1 hash")]
    Line(usize),
    /// There are more lines than were allowed for. Of the full list, the first lines by count are of most use.
    #[error("the list of breached passwords has more than {0} lines: give it fewer, or allow more")]
    TooLong(usize),
}

impl OfflineList {
    /// The 500 most common passwords of eight characters and more. No match for a list of millions, but it costs
    /// nothing.
    pub fn common() -> Self {
        Self::from_passwords(common())
    }

    /// These passwords.
    pub fn from_passwords<'a>(passwords: impl IntoIterator<Item = &'a str>) -> Self {
        Self::of(passwords.into_iter().map(|password| beginning(&digest(password))).collect())
    }

    /// The hashes of a file, one a line, as the downloads of Have I Been Pwned have them: forty hex digits, and
    /// whatever follows a colon. They may come in any order. At most `limit` lines, 8 bytes of memory each.
    ///
    /// # Errors
    /// [`InvalidOfflineList`] when there are more, or one is none.
    pub fn from_sha1_file(path: impl AsRef<Path>, limit: usize) -> Result<Self, InvalidOfflineList> {
        Self::from_sha1_lines(BufReader::new(File::open(path)?), limit)
    }

    /// As [`from_sha1_file`](Self::from_sha1_file), from anything that can be read.
    ///
    /// # Errors
    /// Likewise.
    pub fn from_sha1_lines(lines: impl BufRead, limit: usize) -> Result<Self, InvalidOfflineList> {
        let mut hashes = Vec::new();
        for (index, line) in lines.lines().enumerate() {
            if index == limit {
                return Err(InvalidOfflineList::TooLong(limit));
            }
            hashes.push(parse(&line?).ok_or(InvalidOfflineList::Line(index + 1))?);
        }
        Ok(Self::of(hashes))
    }

    fn of(mut hashes: Vec<u64>) -> Self {
        hashes.sort_unstable();
        hashes.dedup();
        hashes.shrink_to_fit();
        Self { hashes }
    }

    /// With what is in `other` too.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.hashes.extend(other.hashes);
        Self::of(self.hashes)
    }

    /// How many passwords are in it.
    pub fn len(&self) -> usize {
        self.hashes.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    /// Whether the password of this hash is in it.
    pub(super) fn has(&self, hash: &[u8; 20]) -> bool {
        self.hashes.binary_search(&beginning(hash)).is_ok()
    }
}

impl fmt::Debug for OfflineList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OfflineList").field("len", &self.len()).finish()
    }
}

/// The built-in list.
fn common() -> impl Iterator<Item = &'static str> {
    include_str!("common.txt").lines().filter(|line| !line.starts_with('#'))
}

fn beginning(hash: &[u8; 20]) -> u64 {
    hash.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

/// The beginning of the hash on a line.
fn parse(line: &str) -> Option<u64> {
    let digits = line.split(':').next()?.trim_end();
    let is_hash = digits.len() == 40 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    u64::from_str_radix(digits.get(..16).filter(|_| is_hash)?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWORD: &str = "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8";

    fn list(lines: &str, limit: usize) -> Result<OfflineList, InvalidOfflineList> {
        OfflineList::from_sha1_lines(lines.as_bytes(), limit)
    }

    #[test]
    fn hashes_are_read_in_any_order_and_case_with_or_without_counts() {
        let lines = format!("{}\n{PASSWORD}:42\r\n{}:1\n", "f".repeat(40), "0".repeat(40));
        for lines in [lines.clone(), lines.to_lowercase()] {
            let list = list(&lines, 3).unwrap();
            assert_eq!(list.len(), 3);
            assert!(list.has(&digest("password")));
            assert!(!list.has(&digest("Password")));
        }
    }

    #[test]
    fn a_list_that_is_too_long_or_no_list_is_refused() {
        let two = format!("{PASSWORD}\n{PASSWORD}\n");
        assert!(matches!(list(&two, 1), Err(InvalidOfflineList::TooLong(1))));
        assert_eq!(list(&two, 2).unwrap().len(), 1);
        for line in
            ["", "password", &PASSWORD[1..], &format!("{PASSWORD}0"), &format!("+{}", &PASSWORD[1..]), "é"]
        {
            let lines = format!("{PASSWORD}\n{line}\n");
            assert!(matches!(list(&lines, 9), Err(InvalidOfflineList::Line(2))), "{line}");
        }
        assert!(matches!(OfflineList::from_sha1_file("/nowhere/at/all", 1), Err(InvalidOfflineList::Io(_))));
    }

    #[test]
    fn the_built_in_list_is_of_passwords_that_are_long_enough_to_be_chosen() {
        let list = OfflineList::common();
        assert_eq!((common().count(), list.len()), (500, 500));
        assert!(common().all(|password| password.len() >= 8));
        for password in ["password", "12345678", "qwertyuiop", "password1"] {
            assert!(list.has(&digest(password)), "{password}");
        }
        assert!(!list.has(&digest("correct horse battery")));
        assert!(list.and(OfflineList::from_passwords(["acme-corp"])).has(&digest("acme-corp")));
    }
}
