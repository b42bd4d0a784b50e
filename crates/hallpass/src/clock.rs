//! Time, in the precision of the wire and of every store: whole milliseconds.

use std::fmt::{self, Debug, Display};
use std::sync::Arc;
use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A moment in time: milliseconds since the Unix epoch, UTC.
///
/// Its text form is JavaScript's `Date.toISOString()`, `2026-11-22T08:21:27.378Z`, on the wire and in
/// the text layout of better-auth's databases. A moment written and read back is the same moment,
/// which nanoseconds would not allow.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

/// Years 0000 to 9999, the span that ISO text of four-digit years can carry.
const EARLIEST: i64 = -62_167_219_200_000;
const LATEST: i64 = 253_402_300_799_999;

impl Timestamp {
    /// From milliseconds since the Unix epoch; a value outside the years 0000 to 9999 is brought to
    /// the nearest that is inside.
    pub const fn from_millis(millis: i64) -> Self {
        Self(if millis < EARLIEST {
            EARLIEST
        } else if millis > LATEST {
            LATEST
        } else {
            millis
        })
    }

    /// Milliseconds since the Unix epoch.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// This moment and `span` more. Stops at the end of the year 9999.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        let millis = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
        Self::from_millis(self.0.saturating_add(millis))
    }

    /// This moment less `span`. Stops at the year 0000.
    #[must_use]
    pub fn minus(self, span: Duration) -> Self {
        let millis = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
        Self::from_millis(self.0.saturating_sub(millis))
    }

    /// How long until `later`; zero when it has passed.
    pub fn until(self, later: Self) -> Duration {
        Duration::from_millis(u64::try_from(later.0.saturating_sub(self.0)).unwrap_or(0))
    }

    /// As in `2026-11-22T08:21:27.378Z`.
    fn written(self) -> [u8; 24] {
        let t = OffsetDateTime::from(self);
        let mut text = *b"0000-00-00T00:00:00.000Z";
        for (at, places, mut number) in [
            (0, 4, t.year().unsigned_abs()),
            (5, 2, u8::from(t.month()).into()),
            (8, 2, t.day().into()),
            (11, 2, t.hour().into()),
            (14, 2, t.minute().into()),
            (17, 2, t.second().into()),
            (20, 3, t.millisecond().into()),
        ] {
            for digit in text.iter_mut().skip(at).take(places).rev() {
                *digit += (number % 10) as u8;
                number /= 10;
            }
        }
        text
    }

    /// Reads an ISO 8601 / RFC 3339 text such as `2026-11-22T08:21:27.378Z`; anything finer than a
    /// millisecond is cut off.
    pub fn parse(text: &str) -> Option<Self> {
        OffsetDateTime::parse(text, &Rfc3339).ok().map(Self::from)
    }
}

impl From<OffsetDateTime> for Timestamp {
    fn from(moment: OffsetDateTime) -> Self {
        // Whole seconds are those before the moment, also before 1970. No date of `time`'s is near the ends of i64.
        let millis = i64::from(moment.millisecond());
        Self::from_millis(moment.unix_timestamp().saturating_mul(1000).saturating_add(millis))
    }
}

impl From<Timestamp> for OffsetDateTime {
    fn from(moment: Timestamp) -> Self {
        let (seconds, millis) = (moment.0.div_euclid(1000), moment.0.rem_euclid(1000));
        Self::from_unix_timestamp(seconds)
            .map_or(Self::UNIX_EPOCH, |whole| whole + Duration::from_millis(millis.unsigned_abs()))
    }
}

impl Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(str::from_utf8(&self.written()).unwrap_or_default())
    }
}

impl Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(self, f)
    }
}

impl serde::Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(str::from_utf8(&self.written()).unwrap_or_default())
    }
}

impl<'de> serde::Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not an ISO 8601 moment"))
    }
}

/// Tells the time. Everything that expires asks here, so that a test can move it.
///
/// # Contract
/// Two calls give moments in the order of the calls as far as the system's clock allows; an
/// implementation must not block.
pub trait Clock: Debug + Send + Sync + 'static {
    /// The present moment.
    fn now(&self) -> Timestamp;
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> Timestamp {
        (**self).now()
    }
}

/// The system's wall clock. Not for wasm32, where the platform's adapter brings its own.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the system")]
    fn now(&self) -> Timestamp {
        OffsetDateTime::now_utc().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_what_javascript_writes() {
        for (millis, text) in [
            (1_795_335_687_378, "2026-11-22T08:21:27.378Z"),
            (0, "1970-01-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (LATEST, "9999-12-31T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
        ] {
            assert_eq!(Timestamp::from_millis(millis).to_string(), text);
            assert_eq!(Timestamp::parse(text), Some(Timestamp::from_millis(millis)));
        }
    }

    #[test]
    fn arithmetic_stops_at_the_ends_of_the_calendar() {
        assert_eq!(Timestamp::from_millis(i64::MAX).plus(Duration::MAX), Timestamp::from_millis(LATEST));
        assert_eq!(Timestamp::from_millis(5).minus(Duration::MAX), Timestamp::from_millis(EARLIEST));
        assert_eq!(Timestamp::from_millis(5).until(Timestamp::from_millis(3)), Duration::ZERO);
        assert_eq!(Timestamp::from_millis(5).until(Timestamp::from_millis(8)), Duration::from_millis(3));
    }

    #[test]
    fn finer_than_a_millisecond_is_cut_off_and_other_offsets_are_brought_to_utc() {
        let cut = Timestamp::parse("2026-11-22T09:21:27.378999+01:00");
        assert_eq!(cut, Some(Timestamp::from_millis(1_795_335_687_378)));
        assert_eq!(Timestamp::parse("2026-11-22"), None);
    }
}
