//! Counts, sizes and speeds, as messages show them.

use std::fmt::{self, Display};
use std::time::Duration;

use pxc_runtime::{Image, Times};

/// A number and a noun, which gets an `s` unless the number is 1.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counted(pub(crate) usize, pub(crate) &'static str);

impl Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.0 == 1 { "" } else { "s" };
        write!(f, "{} {}{plural}", self.0, self.1)
    }
}

/// Bytes of an image per byte of its file: three decimals, or three digits if it is small. `None` if there is no file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Ratio(pub(crate) Option<f64>);

impl Ratio {
    /// Divides the bytes of an image by those of its file.
    pub(crate) fn new(image: u64, file: u64) -> Ratio {
        Ratio((file > 0).then(|| image as f64 / file as f64))
    }
}

impl Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => write!(f, "ratio unknown"),
            Some(ratio) => {
                let zeros = if ratio > 0.0 { -ratio.log10() } else { 0.0 };
                let decimals = 3 + zeros.floor().clamp(0.0, 20.0) as usize;
                write!(f, "ratio {ratio:.decimals$}")
            }
        }
    }
}

/// The samples of an image.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Samples {
    /// Number of samples: pixels × channels.
    pub(crate) count: u64,
    /// Bytes in memory: one or two per sample.
    pub(crate) bytes: u64,
}

impl Samples {
    /// Counts the samples of an image.
    pub(crate) fn of(image: &Image) -> Samples {
        Samples {
            count: image.pixels() * image.color().channels() as u64,
            bytes: image.samples().len() as u64,
        }
    }

    /// Describes `count` samples of 8 bits.
    pub(crate) fn eight_bit(count: u64) -> Samples {
        Samples {
            count,
            bytes: count,
        }
    }
}

/// The samples of an image and the size of its file.
pub(crate) struct Sizes {
    /// The samples.
    pub(crate) samples: Samples,
    /// Bytes of the whole .pxc file.
    pub(crate) file: usize,
}

impl Display for Sizes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let samples = self.samples.count;
        let bits = self.file as f64 * 8.0 / samples as f64;
        write!(
            f,
            "{samples} samples, {} bytes, {bits:.3} bits per sub-pixel",
            self.file
        )
    }
}

/// How fast an image was coded, and where the time went.
pub(crate) struct Speed {
    /// The samples of the image.
    pub(crate) samples: Samples,
    /// The time from the start of reading to the complete output.
    pub(crate) elapsed: Duration,
    /// The time of each part, summed over threads.
    pub(crate) times: Times,
}

impl Display for Speed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.elapsed.as_secs_f64();
        let Times {
            network,
            frequencies,
            entropy_coder,
            rest,
            ..
        } = self.times;
        write!(
            f,
            "{seconds:.3} s, {:.2} MB/s; network {:.3} s, frequencies {:.3} s, entropy coder {:.3} s, rest {:.3} s",
            self.samples.bytes as f64 / 1e6 / seconds.max(1e-9),
            network.as_secs_f64(),
            frequencies.as_secs_f64(),
            entropy_coder.as_secs_f64(),
            rest.as_secs_f64()
        )
    }
}

#[cfg(test)]
mod tests {
    use pxc_runtime::ColorType;

    use super::*;

    #[test]
    fn a_sample_of_two_bytes_is_one_sample() {
        let image = Image::from_u16(2, 1, ColorType::Rgb, &[0; 6]).expect("an image");
        let samples = Samples::of(&image);
        let sizes = Sizes { samples, file: 3 };
        assert_eq!(
            sizes.to_string(),
            "6 samples, 3 bytes, 4.000 bits per sub-pixel"
        );
        let speed = Speed {
            samples,
            elapsed: Duration::from_micros(6),
            times: Times::default(),
        };
        assert!(speed.to_string().contains(" 2.00 MB/s"), "{speed}");
    }

    #[test]
    fn small_ratios_are_no_zeros() {
        for (image, file, text) in [
            (3000, 1000, "ratio 3.000"),
            (1, 7, "ratio 0.143"),
            (1, 45, "ratio 0.0222"),
            (1, 90_000, "ratio 0.0000111"),
            (0, 45, "ratio 0.000"),
            (45, 0, "ratio unknown"),
        ] {
            assert_eq!(Ratio::new(image, file).to_string(), text);
        }
    }
}
