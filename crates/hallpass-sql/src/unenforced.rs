//! What better-auth enforces at sign-in, and this version of hallpass does not: two-factor and bans.

/// What a store does about users whom better-auth would not let in by their password alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Unenforced {
    /// They get no session, and migrating fails, so that the operator hears of it.
    #[default]
    Refuse,
    /// They get no session.
    KeepOut,
    /// They get sessions as everybody does.
    LetIn,
}

/// A boolean column of `user` that is true for such users, and what that means.
pub(crate) const COLUMNS: [(&str, &str); 2] = [("twoFactorEnabled", "two-factor on"), ("banned", "a ban")];

/// A table of one row in which these columns are NULL. Where `user` has no such column, its name means
/// this one, so that one statement serves databases with and without them.
pub(crate) const ABSENT: &str = "(SELECT NULLIF(FALSE, FALSE) AS [user.twoFactorEnabled], NULLIF(FALSE, FALSE) AS [user.banned]) AS {absent}";

/// Whether a row of `user`, read inside of a SELECT from [`ABSENT`], is such a user's in no respect.
/// Anything but false and NULL counts as true.
pub(crate) const NONE: &str =
    "COALESCE([user.twoFactorEnabled], FALSE) = FALSE AND COALESCE([user.banned], FALSE) = FALSE";
