//! The physical size of a page ↔ `pHYs`, which has whole pixels per metre.

use pxc_codec::MetadataChunk;

use crate::metadata::{PixelSize, aspect_chunk, physical_size_chunk};

/// Units of the field ResolutionUnit.
const NO_UNIT: u16 = 1;
const INCH: u16 = 2;
const CENTIMETRE: u16 = 3;
const INCHES_PER_METRE: f64 = 1.0 / 0.0254;
/// The relative error that a resolution may have: libraries store it with single precision.
const TOLERANCE: f64 = 1.0 / (1 << 22) as f64;
/// The absolute error that it may have: large numbers with a fraction are not whole.
const LARGEST_DIFFERENCE: f64 = 0.01;

/// A numerator and a denominator.
pub(crate) type Rational = (u32, u32);

/// What the fields ResolutionUnit, XResolution and YResolution say.
pub(crate) struct Resolution {
    pub(crate) unit: u16,
    pub(crate) x: Rational,
    pub(crate) y: Rational,
}

impl Resolution {
    /// Chooses pixels per inch if these are whole numbers, as nearly all are; else pixels per centimetre. `pHYs` stores
    /// 72 per inch (2834.6 per metre) as 2835 per metre, so both are written as 72 per inch.
    pub(crate) fn of(size: PixelSize) -> Resolution {
        let PixelSize { x, y, is_metric } = size;
        let whole = |unit, x, y| Resolution {
            unit,
            x: (x, 1),
            y: (y, 1),
        };
        match whole_per_inch(x).zip(whole_per_inch(y)) {
            _ if !is_metric => whole(NO_UNIT, x, y),
            Some((x, y)) => whole(INCH, x, y),
            None => Resolution {
                unit: CENTIMETRE,
                x: (x, 100),
                y: (y, 100),
            },
        }
    }

    /// Makes the chunk; `None` if it would change the resolution.
    pub(crate) fn chunk(&self) -> Option<MetadataChunk> {
        let per_metre = match self.unit {
            NO_UNIT => return Some(aspect_chunk(whole(self.x)?, whole(self.y)?)),
            INCH => INCHES_PER_METRE,
            CENTIMETRE => 100.0,
            _ => return None,
        };
        let [x, y] = [self.x, self.y].map(|side| pixels_per_metre(side, per_metre));
        Some(physical_size_chunk(x?, y?))
    }
}

/// The pixels per inch of which these are the whole pixels per metre, if they are whole, too.
fn whole_per_inch(per_metre: u32) -> Option<u32> {
    let per_inch = (f64::from(per_metre) / INCHES_PER_METRE).round();
    let back = (per_inch * INCHES_PER_METRE).round();
    (back == f64::from(per_metre)).then_some(per_inch as u32)
}

fn whole((count, unit): Rational) -> Option<u32> {
    (count > 0 && count.checked_rem(unit)? == 0).then(|| count / unit)
}

/// Whole pixels per metre, if the resolution is that or whole pixels per inch.
fn pixels_per_metre((count, unit): Rational, per_metre: f64) -> Option<u32> {
    let exact = f64::from(count) / f64::from(unit) * per_metre;
    let is_whole =
        |value: f64| (value - value.round()).abs() <= (value * TOLERANCE).min(LARGEST_DIFFERENCE);
    let is_kept = is_whole(exact) || is_whole(exact / INCHES_PER_METRE);
    let is_legal = exact >= 1.0 && exact < f64::from(u32::MAX);
    (is_legal && is_kept).then(|| exact.round() as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolution(unit: u16, x: Rational) -> Resolution {
        Resolution { unit, x, y: (1, 1) }
    }

    #[test]
    fn whole_resolutions_come_back() {
        for (unit, x, per_metre) in [
            (INCH, (72, 1), 2835),
            (INCH, (144, 2), 2835),
            (INCH, (300, 1), 11811),
            (INCH, (1, 1), 39),
            (INCH, (2_540_000, 10_000), 10_000),
            (CENTIMETRE, (11811, 100), 11811),
            // 28.35 per centimetre become 72 per inch.
            (CENTIMETRE, (2835, 100), 2835),
            (INCH, (4800, 1), 188_976),
            // 299.9994 per inch, with single precision.
            (INCH, (9_830_380, 32_768), 11811),
        ] {
            let chunk = resolution(unit, x).chunk().expect("kept");
            assert_eq!(chunk.data[..4], u32::to_be_bytes(per_metre), "{x:?}");
            let size = PixelSize::find(&[chunk]).expect("a size");
            let back = Resolution::of(size);
            let again = back.chunk().expect("kept");
            assert_eq!(PixelSize::find(&[again]), Some(size));
        }
        let size = |x| PixelSize {
            x,
            y: 2835,
            is_metric: true,
        };
        let written = |x| {
            let Resolution { unit, x, y } = Resolution::of(size(x));
            (unit, x, y)
        };
        assert_eq!(written(11811), (INCH, (300, 1), (72, 1)));
        assert_eq!(written(11812), (CENTIMETRE, (11812, 100), (2835, 100)));
    }

    #[test]
    fn resolutions_between_whole_ones_are_not_kept() {
        for (unit, x) in [
            (INCH, (601, 2)),
            (INCH, (3_000_001, 10_000)),
            (CENTIMETRE, (118_115, 1000)),
            (CENTIMETRE, (1, 1000)),
            (CENTIMETRE, (20_971_525, 1000)),
            (CENTIMETRE, (209_715_225, 1000)),
            (CENTIMETRE, (2_097_152_125, 1000)),
            (INCH, (0, 1)),
            (INCH, (72, 0)),
            (NO_UNIT, (3, 2)),
            (9, (72, 1)),
        ] {
            assert!(resolution(unit, x).chunk().is_none(), "{unit} {x:?}");
        }
    }
}
