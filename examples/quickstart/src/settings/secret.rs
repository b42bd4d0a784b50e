//! The secret that is kept in a file.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::Path;

use anyhow::ensure;
use hallpass::random::{SystemRandom, alphanumeric};

/// The fewest characters that hallpass takes.
const SHORTEST: usize = 32;

#[derive(Debug)]
pub(super) struct Kept {
    pub(super) secret: String,
    pub(super) is_new: bool,
}

/// The secret in the file, which is made with what `secret` gives if it is missing, readable by its owner
/// alone.
///
/// # Errors
///
/// The file cannot be read or made, is open to others than its owner, or holds too little.
pub(super) fn keep(path: &Path, secret: impl FnOnce() -> String) -> anyhow::Result<Kept> {
    match File::open(path) {
        Ok(file) => read(file),
        Err(error) if error.kind() == ErrorKind::NotFound => match publish(path, secret) {
            Ok(secret) => Ok(Kept { secret, is_new: true }),
            // Another process was first: its secret is that of both.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => read(File::open(path)?),
            Err(error) => Err(error.into()),
        },
        Err(error) => Err(error.into()),
    }
}

fn read(mut file: File) -> anyhow::Result<Kept> {
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(&file.metadata()?.permissions()) & 0o777;
        ensure!(
            mode & 0o077 == 0,
            "others than its owner can open it (mode {mode:03o}): if nobody has, `chmod 600` it; \
             else delete it, which signs everyone out"
        );
    }
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    let secret = text.trim();
    let length = secret.chars().count();
    ensure!(
        length >= SHORTEST,
        "it has {length} characters, and must have {SHORTEST} or more: put the secret back, or delete it \
         for a new one, which signs everyone out"
    );
    Ok(Kept { secret: secret.to_owned(), is_new: false })
}

/// Makes the file whole or not at all: a draft beside it gets its name once it is on the disk. A link,
/// unlike a rename, never replaces a file. A crash in between leaves a draft that nobody reads.
fn publish(path: &Path, secret: impl FnOnce() -> String) -> io::Result<String> {
    let draft = path.with_extension(format!("{}.secret", alphanumeric(&SystemRandom::default(), 16)));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    let secret = secret();
    let published = file
        .write_all(secret.as_bytes())
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::hard_link(&draft, path));
    fs::remove_file(&draft)?;
    published.map(|()| secret)
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use tempfile::tempdir;

    use super::*;

    const MINE: &str = "my own secret, of more than thirty-two characters";
    const OTHERS: &str = "the secret of the other process, as long as mine";

    #[test]
    fn a_crash_before_the_secret_is_written_leaves_the_next_start_a_free_place() {
        let directory = tempdir().unwrap();
        let path = directory.path().join("quickstart.secret");
        catch_unwind(AssertUnwindSafe(|| keep(&path, || panic!("the crash")))).unwrap_err();
        let kept = keep(&path, || MINE.to_owned()).unwrap();
        assert!(kept.is_new && kept.secret == MINE, "{kept:?}");
    }

    #[test]
    fn of_two_processes_that_start_at_once_both_take_the_secret_of_the_first() {
        let directory = tempdir().unwrap();
        let path = directory.path().join("quickstart.secret");
        let second = keep(&path, || {
            let first = keep(&path, || OTHERS.to_owned()).unwrap();
            assert!(first.is_new && first.secret == OTHERS, "{first:?}");
            MINE.to_owned()
        });
        let second = second.unwrap();
        assert!(!second.is_new && second.secret == OTHERS, "{second:?}");
        assert_eq!(fs::read_to_string(&path).unwrap(), OTHERS);
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 1, "no draft is left");
    }

    #[cfg(unix)]
    #[test]
    fn a_secret_that_others_can_open_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempdir().unwrap();
        let path = directory.path().join("quickstart.secret");
        keep(&path, || MINE.to_owned()).unwrap();
        for mode in [0o644, 0o640, 0o620] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let refusal = keep(&path, || OTHERS.to_owned()).unwrap_err().to_string();
            assert!(refusal.contains(&format!("mode {mode:o}")), "{refusal}");
        }
        for mode in [0o600, 0o400] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(keep(&path, || OTHERS.to_owned()).unwrap().secret, MINE);
        }
    }

    #[test]
    fn a_secret_of_32_characters_is_taken_and_a_shorter_one_refused() {
        let directory = tempdir().unwrap();
        let path = directory.path().join("quickstart.secret");
        keep(&path, || MINE.to_owned()).unwrap();
        for (length, is_taken) in [(0, false), (31, false), (32, true)] {
            fs::write(&path, format!("{}\n", "é".repeat(length))).unwrap();
            let kept = keep(&path, || OTHERS.to_owned());
            assert_eq!(kept.is_ok(), is_taken, "{kept:?}");
        }
    }
}
