//! The largest images that a caller accepts.
//!
//! In: what a file asks for. Out: [`Error::LimitExceeded`] if that is too much.

use crate::error::Error;

/// The largest images that are accepted, when encoding as when decoding. Checked before memory is taken.
///
/// ```
/// use pxc_codec::Limits;
///
/// let limits = Limits::default().with_max_pixels(1 << 20);
/// assert!(limits.check_image(1024, 1025, 3).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Pixels of the image. Default 2^28.
    pub max_pixels: u64,
    /// Bytes: the image, the working memory of all threads, the model, the metadata and the group table; of an encoder
    /// the payloads, too. Default 2^31.
    pub max_memory: u64,
    /// Bytes of metadata when it is decoded, and 32 more for each chunk. Default 2^26.
    pub max_metadata: u64,
    /// Pixels times the multiplications that the model needs for one. Default 2^46, which is enough for 2^28 pixels
    /// with every embedded model.
    pub max_work: u64,
}

impl Limits {
    /// The default: 2^28 pixels, 2^31 bytes of memory, 2^26 bytes of metadata, 2^46 multiplications.
    pub const DEFAULT: Limits = Limits {
        max_pixels: 1 << 28,
        max_memory: 1 << 31,
        max_metadata: 1 << 26,
        max_work: 1 << 46,
    };
}

impl Default for Limits {
    fn default() -> Limits {
        Limits::DEFAULT
    }
}

impl Limits {
    /// Sets the largest number of pixels.
    pub const fn with_max_pixels(self, max_pixels: u64) -> Limits {
        Limits { max_pixels, ..self }
    }

    /// Sets the most bytes of memory.
    pub const fn with_max_memory(self, max_memory: u64) -> Limits {
        Limits { max_memory, ..self }
    }

    /// Sets the most bytes of metadata.
    pub const fn with_max_metadata(self, max_metadata: u64) -> Limits {
        Limits {
            max_metadata,
            ..self
        }
    }

    /// Sets the most multiplications of the model.
    pub const fn with_max_work(self, max_work: u64) -> Limits {
        Limits { max_work, ..self }
    }

    /// The limits that remain when `bytes` of memory are used for something else, such as a converted copy of the
    /// image.
    ///
    /// # Errors
    /// [`Error::LimitExceeded`] when that exceeds the limit.
    pub fn reserve(self, bytes: u64) -> Result<Limits, Error> {
        self.check_memory(bytes)?;
        Ok(Limits {
            max_memory: self.max_memory - bytes,
            ..self
        })
    }

    /// The error of work within the limits that [`reserve`](Limits::reserve) left of these, with the numbers of these.
    pub fn unreserve(&self, error: Error) -> Error {
        match error {
            Error::LimitExceeded {
                limit: limit @ "max_memory",
                allowed,
                needed,
            } => {
                let reserved = self.max_memory.saturating_sub(allowed);
                Error::LimitExceeded {
                    limit,
                    allowed: self.max_memory,
                    needed: needed.saturating_add(reserved),
                }
            }
            other => other,
        }
    }

    /// Checks an image that does not come from a `.pxc` file, with pixels of `pixel_bytes` bytes.
    ///
    /// # Errors
    /// [`Error::LimitExceeded`] when it has more pixels or takes more memory than is allowed.
    pub fn check_image(&self, width: u32, height: u32, pixel_bytes: usize) -> Result<(), Error> {
        let pixels = u64::from(width) * u64::from(height);
        self.check_pixels(pixels)?;
        self.check_memory(pixels.saturating_mul(pixel_bytes as u64))
    }

    /// The largest number of threads, at most `asked`, that takes no more memory than is allowed; at least 1.
    pub(crate) fn affordable_threads(&self, asked: usize, needed: impl Fn(usize) -> u64) -> usize {
        let fits = |&threads: &usize| self.check_memory(needed(threads)).is_ok();
        (1..=asked).rev().find(fits).unwrap_or(1)
    }

    pub(crate) fn check_pixels(&self, needed: u64) -> Result<(), Error> {
        within("max_pixels", self.max_pixels, needed)
    }

    pub(crate) fn check_memory(&self, needed: u64) -> Result<(), Error> {
        within("max_memory", self.max_memory, needed)
    }

    pub(crate) fn check_work(&self, needed: u64) -> Result<(), Error> {
        within("max_work", self.max_work, needed)
    }

    pub(crate) fn check_metadata(&self, needed: u64) -> Result<(), Error> {
        within("max_metadata", self.max_metadata, needed)
    }
}

fn within(limit: &'static str, allowed: u64, needed: u64) -> Result<(), Error> {
    if needed > allowed {
        return Err(Error::LimitExceeded {
            limit,
            allowed,
            needed,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_the_documented_numbers() {
        let Limits {
            max_pixels,
            max_memory,
            max_metadata,
            max_work,
        } = Limits::default();
        let found = [max_pixels, max_memory, max_metadata, max_work];
        assert_eq!(
            found,
            [268_435_456, 2_147_483_648, 67_108_864, 70_368_744_177_664]
        );
    }

    #[test]
    fn a_limit_allows_its_own_value_and_no_more() {
        let limits = Limits::DEFAULT
            .with_max_pixels(6)
            .with_max_memory(24)
            .with_max_metadata(10)
            .with_max_work(11);
        type Check = fn(&Limits, u64) -> Result<(), Error>;
        let checks: [(&str, u64, Check); 4] = [
            ("max_pixels", 6, Limits::check_pixels),
            ("max_memory", 24, Limits::check_memory),
            ("max_metadata", 10, Limits::check_metadata),
            ("max_work", 11, Limits::check_work),
        ];
        for (name, value, check) in checks {
            assert!(check(&limits, value).is_ok(), "{name}");
            match check(&limits, value + 1) {
                Err(Error::LimitExceeded {
                    limit,
                    allowed,
                    needed,
                }) => assert_eq!((limit, allowed, needed), (name, value, value + 1)),
                other => panic!("{name}: {other:?}"),
            }
        }
    }

    #[test]
    fn an_image_needs_its_pixels_and_their_bytes() {
        let limits = Limits::DEFAULT.with_max_pixels(6).with_max_memory(24);
        assert!(limits.check_image(3, 2, 4).is_ok());
        assert!(limits.check_image(7, 1, 1).is_err(), "pixels");
        assert!(limits.check_image(3, 2, 5).is_err(), "bytes");
        assert!(limits.check_image(u32::MAX, u32::MAX, usize::MAX).is_err());
    }

    #[test]
    fn threads_are_as_many_as_memory_allows() {
        let limits = Limits::DEFAULT.with_max_memory(24);
        let threads =
            |asked, each| limits.affordable_threads(asked, |threads| threads as u64 * each);
        assert_eq!([threads(2, 5), threads(8, 5), threads(8, 25)], [2, 4, 1]);
        assert_eq!(threads(0, 5), 1);
    }

    #[test]
    fn what_is_reserved_is_no_longer_there() {
        let limits = Limits::DEFAULT.with_max_memory(24);
        let rest = limits.reserve(20).expect("within the limit");
        assert_eq!(rest.max_memory, 4);
        assert_eq!(rest.max_pixels, limits.max_pixels);
        assert!(limits.reserve(25).is_err());
        let error = rest.check_memory(5).expect_err("above the limit");
        match limits.unreserve(error) {
            Error::LimitExceeded {
                allowed, needed, ..
            } => assert_eq!((allowed, needed), (24, 25)),
            other => panic!("{other:?}"),
        }
    }
}
