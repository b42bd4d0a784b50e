/// What broke.
pub(crate) type Broken = Box<dyn std::error::Error + Send + Sync>;

/// Why there is no server.
pub(crate) enum Failure {
    /// The options ask for what hallpass lacks or refuses.
    Refused(String),
    /// Something broke.
    Broken(Broken),
}

impl<E: Into<Broken>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Broken(error.into())
    }
}
