//! HTTP to the fakes of providers: a Worker's own.

pub(crate) use hallpass_workers::Fetch as Loopback;
