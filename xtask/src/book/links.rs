//! Links between the pages of the book. mdBook itself leaves a broken one as it is.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result};

/// The book's Markdown files, by their path inside of the book.
#[derive(Debug)]
pub(super) struct Pages {
    texts: BTreeMap<PathBuf, String>,
    /// Everything that a page may link to.
    files: BTreeSet<PathBuf>,
}

const SUMMARY: &str = "SUMMARY.md";

impl Pages {
    pub(super) fn read(docs: &Path) -> Result<Self> {
        let mut pages = Self { texts: BTreeMap::new(), files: BTreeSet::new() };
        let mut folders = vec![docs.to_path_buf()];
        while let Some(folder) = folders.pop() {
            let entries = folder.read_dir().with_context(|| format!("cannot read {}", folder.display()))?;
            for entry in entries {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let inside = path.strip_prefix(docs)?.to_path_buf();
                if path.extension().is_some_and(|extension| extension == "md") {
                    pages.texts.insert(inside.clone(), fs::read_to_string(&path)?);
                }
                pages.files.insert(inside);
            }
        }
        Ok(pages)
    }

    pub(super) fn len(&self) -> usize {
        self.texts.len()
    }

    /// One line for each link that leads nowhere and each page that the summary leaves out.
    pub(super) fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let mut listed = BTreeSet::from([PathBuf::from(SUMMARY)]);
        for (page, text) in &self.texts {
            for target in links(text).into_iter().filter_map(local) {
                match resolve(page, target).filter(|path| self.files.contains(path)) {
                    Some(path) if page == Path::new(SUMMARY) => drop(listed.insert(path)),
                    Some(_) => {}
                    None => problems.push(format!("{}: {target} is not in the book", page.display())),
                }
            }
        }
        let orphans = self.texts.keys().filter(|page| !listed.contains(*page));
        problems.extend(orphans.map(|page| format!("{} is not in {SUMMARY}", page.display())));
        problems
    }
}

/// The targets of `[text](target)` and `[name]: target`, code aside.
fn links(markdown: &str) -> Vec<&str> {
    let mut in_code = false;
    let mut targets = Vec::new();
    for line in markdown.lines() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        } else if !in_code {
            // Every second piece between backticks is code. A link's text may hold code, its target not.
            let prose = line.split('`').step_by(2);
            for piece in prose {
                let starts = piece.split("](").skip(1);
                targets.extend(starts.filter_map(|rest| rest.split([')', ' ']).next()));
            }
            if let Some((_, target)) = line.strip_prefix('[').and_then(|rest| rest.split_once("]: ")) {
                targets.push(target.trim());
            }
        }
    }
    targets
}

/// The file that a link is about, unless it leads out to the web or stays on its page.
fn local(target: &str) -> Option<&str> {
    let elsewhere = ["http://", "https://", "mailto:"].iter().any(|scheme| target.starts_with(scheme));
    let file = target.split('#').next().unwrap_or_default();
    (!elsewhere && !file.is_empty()).then_some(file)
}

/// The path inside of the book; none if it leads out.
fn resolve(page: &Path, target: &str) -> Option<PathBuf> {
    let mut path = page.parent()?.to_path_buf();
    for part in Path::new(target).components() {
        match part {
            Component::Normal(name) => path.push(name),
            Component::CurDir => {}
            Component::ParentDir => path.pop().then_some(())?,
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(pages: &[(&str, &str)]) -> Vec<String> {
        let texts: BTreeMap<PathBuf, String> =
            pages.iter().map(|&(path, text)| (PathBuf::from(path), text.to_owned())).collect();
        let files = texts.keys().cloned().collect();
        Pages { texts, files }.problems()
    }

    #[test]
    fn a_link_to_a_page_that_is_not_there_or_outside_of_the_book_is_a_problem() {
        let text = "See [`one`](two.md#part), [up](../README.md) and [here](#there).\n\n[three]: three.md\n";
        assert_eq!(
            problems(&[("SUMMARY.md", "- [One](one.md)"), ("one.md", text)]),
            [
                "one.md: two.md is not in the book",
                "one.md: ../README.md is not in the book",
                "one.md: three.md is not in the book",
            ]
        );
    }

    #[test]
    fn links_from_a_folder_are_read_from_that_folder() {
        let pages = [
            ("SUMMARY.md", "- [A](guide/a.md)\n- [B](b.md)"),
            ("guide/a.md", "[b](../b.md) and [the web](https://example.com/x.md)"),
            ("b.md", "[a](./guide/a.md)"),
        ];
        assert!(problems(&pages).is_empty(), "{:?}", problems(&pages));
    }

    #[test]
    fn a_page_that_the_summary_leaves_out_is_a_problem() {
        assert_eq!(problems(&[("SUMMARY.md", ""), ("lost.md", "")]), ["lost.md is not in SUMMARY.md"]);
    }

    #[test]
    fn what_looks_like_a_link_in_code_is_none() {
        assert!(links("```rust\nlet a = b[0](x.md);\n```\nand `a[1](y.md)`").is_empty());
    }
}
