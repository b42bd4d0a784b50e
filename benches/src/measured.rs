//! What is measured everywhere alike: the machine, and how long answers took.

use std::fs;
use std::num::NonZeroUsize;
use std::thread;
use std::time::Duration;

use serde::Serialize;

/// Where it ran.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct Machine {
    /// Its processors.
    pub processor: String,
    /// How many.
    pub cores: usize,
    /// The load average of the minute before the run: with more than a little, others were at work too.
    pub load_before: f64,
}

impl Machine {
    /// As the kernel describes it.
    pub fn read() -> Self {
        let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = cpus.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        Self {
            processor: model.map_or("unknown processor", |(_, name)| name.trim()).to_owned(),
            cores: thread::available_parallelism().map_or(1, NonZeroUsize::get),
            load_before: load.split(' ').next().and_then(|load| load.parse().ok()).unwrap_or_default(),
        }
    }
}

/// How long answers took.
#[derive(Debug, Default)]
pub struct Latencies(Vec<Duration>);

impl Latencies {
    /// Adds one.
    pub fn push(&mut self, one: Duration) {
        self.0.push(one);
    }

    /// Adds those of others.
    pub fn add(&mut self, mut others: Self) {
        self.0.append(&mut others.0);
    }

    /// How many.
    pub fn count(&self) -> u64 {
        self.0.len() as u64
    }

    /// For each of `shares` (0 to 1) the time in milliseconds within which that share of the answers came;
    /// 0 if there was none.
    pub fn quantiles<const N: usize>(&mut self, shares: [f64; N]) -> [f64; N] {
        self.0.sort_unstable();
        shares.map(|share| {
            let rank = (share * self.0.len() as f64).ceil() as usize;
            self.0.get(rank.saturating_sub(1)).map_or(0.0, |one| one.as_secs_f64() * 1e3)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_the_time_within_which_that_share_was_answered() {
        let mut latencies = Latencies((1..=200).rev().map(Duration::from_millis).collect());
        assert_eq!(latencies.quantiles([0.5, 0.99, 1.0, 0.0]), [100.0, 198.0, 200.0, 1.0]);
        assert_eq!(Latencies::default().quantiles([0.5]), [0.0]);
    }
}
