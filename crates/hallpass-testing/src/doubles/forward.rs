//! A store that passes calls on to the store in it.

/// Implements these parts of [`Store`](hallpass::store::Store) for `$store<S>`: each method is that of `self.inner`,
/// run by `self.pass`, which is given its name. What a part has of its own stands in front, after a `+`.
macro_rules! forward {
    ($store:ident: $($part:ident {
        $(+ { $($own:tt)* })?
        $($method:ident($($name:ident: $type:ty),*) -> $answer:ty;)*
    })*) => {$(
        #[async_trait::async_trait]
        impl<S: Store> $part for $store<S> {
            $($($own)*)?
            $(async fn $method(&self, $($name: $type),*) -> Result<$answer, StoreError> {
                self.pass(stringify!($method), self.inner.$method($($name),*)).await
            })*
        }
    )*};
}

pub(super) use forward;
