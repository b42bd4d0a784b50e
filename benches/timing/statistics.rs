//! Two samples of times, compared.

/// What two samples say of each other.
#[derive(Debug)]
pub(crate) struct Comparison {
    /// The medians, in µs.
    pub(crate) medians: [f64; 2],
    /// How often a time of the first is greater than one of the second, ties counting half.
    greater: f64,
    /// The standard error of that where both come from one source (Mann and Whitney).
    error: f64,
}

impl Comparison {
    pub(crate) fn of(mut times: [Vec<f64>; 2]) -> Self {
        for sample in &mut times {
            sample.sort_by(f64::total_cmp);
        }
        let [first, second] = &times;
        let (n, m) = (first.len() as f64, second.len() as f64);
        let wins: f64 = first
            .iter()
            .map(|time| {
                let below = second.partition_point(|other| other < time);
                let ties = second.partition_point(|other| other <= time) - below;
                below as f64 + ties as f64 / 2.0
            })
            .sum();
        let median = |sample: &[f64]| sample.get(sample.len() / 2).copied().unwrap_or(f64::NAN);
        Self {
            medians: [median(first), median(second)],
            greater: wins / (n * m),
            error: ((n + m + 1.0) / (12.0 * n * m)).sqrt(),
        }
    }

    /// By how much the medians differ, as a part of the lesser.
    pub(crate) fn difference(&self) -> f64 {
        let [first, second] = self.medians;
        (first - second).abs() / first.min(second)
    }

    /// How often the best guess by one time is right, from 0.5.
    pub(crate) fn chance(&self) -> f64 {
        0.5 + (self.greater - 0.5).abs()
    }

    pub(crate) fn is_alike(&self) -> bool {
        let [first, second] = self.medians;
        let is_close = self.difference() <= 0.02 || (first - second).abs() <= 1000.0;
        is_close && self.chance() - 0.5 <= 4.0 * self.error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(from: f64) -> Vec<f64> {
        (0..1000).map(|n| from + f64::from(n % 97)).collect()
    }

    #[test]
    fn one_source_is_alike_and_two_are_not() {
        assert!(Comparison::of([sample(100.0), sample(100.0)]).is_alike());
        assert!(!Comparison::of([sample(100.0), sample(120.0)]).is_alike());
        assert!(!Comparison::of([sample(2e6), sample(1e6)]).is_alike());
    }
}
