//! What the benchmarks share.

pub mod chart;
pub mod connection;
pub mod filled;
pub mod measured;
pub mod stopwatch;
