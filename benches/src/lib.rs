//! What the benchmarks share.

pub mod chart;
pub mod filled;
pub mod measured;
pub mod stopwatch;
