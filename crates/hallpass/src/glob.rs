//! Patterns with wildcards, as better-auth's options have them.

/// Whether `text` has the shape of `pattern`: `*` is any run of characters, `?` is any one.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    matches_runs(pattern.chars(), text.chars(), |p| *p == '*', |p, c| *p == '?' || p == c)
}

/// The same segment by segment of a path: wildcards stop at `/`, and a segment `**` is any run of segments.
pub(crate) fn matches_path(pattern: &str, path: &str) -> bool {
    matches_runs(pattern.split('/'), path.split('/'), |p| *p == "**", |p, segment| matches(p, segment))
}

/// Wildcard match over any items, in time of pattern × text at worst: after a mismatch only the latest run is
/// lengthened, since what stands before it has matched already.
fn matches_runs<P, T>(
    mut pattern: P,
    mut text: T,
    is_run: impl Fn(&P::Item) -> bool,
    fits: impl Fn(&P::Item, &T::Item) -> bool,
) -> bool
where
    P: Iterator + Clone,
    T: Iterator + Clone,
{
    let mut latest_run: Option<(P, T)> = None;
    loop {
        let (mut next_pattern, mut next_text) = (pattern.clone(), text.clone());
        match (next_pattern.next(), next_text.next()) {
            (None, None) => return true,
            (Some(p), _) if is_run(&p) => {
                pattern = next_pattern;
                latest_run = Some((pattern.clone(), text.clone()));
            }
            (Some(p), Some(t)) if fits(&p, &t) => (pattern, text) = (next_pattern, next_text),
            _ => {
                let Some((after_run, rest)) = &mut latest_run else { return false };
                if rest.next().is_none() {
                    return false;
                }
                (pattern, text) = (after_run.clone(), rest.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_stay_within_a_segment_unless_it_is_two_stars() {
        for (pattern, path, fits) in [
            ("/sign-in/email", "/sign-in/email", true),
            ("/sign-in/*", "/sign-in/email", true),
            ("/sign-*/email", "/sign-in/email", true),
            ("/sign-i?/email", "/sign-in/email", true),
            ("/*", "/sign-in/email", false),
            ("/**", "/sign-in/email", true),
            ("/**/email", "/sign-in/email", true),
            ("/sign-in/email*", "/sign-in/email", true),
            ("/sign-in", "/sign-in/email", false),
            ("/Sign-in/email", "/sign-in/email", false),
        ] {
            assert_eq!(matches_path(pattern, path), fits, "{pattern} {path}");
        }
    }

    #[test]
    fn many_stars_cost_no_more_than_pattern_times_text() {
        assert!(!matches(&"*a".repeat(1000), &"a".repeat(999)));
        assert!(matches(&"*a".repeat(1000), &"ba".repeat(1000)));
    }
}
