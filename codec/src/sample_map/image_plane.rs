//! One plane of an image, without a copy of it.
//!
//! In: an image. Out: the samples of a plane, the values that occur, and about how many bits they take.

use crate::error::Error;
use crate::image::raster::Image;
use crate::model::prediction::median_edge;
use crate::work_meter::Monitor;

/// Samples that are read between two reports of progress.
const BETWEEN_REPORTS: usize = 1 << 16;

/// The samples of an image at `index` in each pixel.
#[derive(Clone, Copy)]
pub(crate) struct ImagePlane<'a> {
    image: &'a Image,
    index: usize,
}

impl<'a> ImagePlane<'a> {
    /// The planes of an image, in the order of a pixel's samples.
    pub(crate) fn all(image: &'a Image) -> impl Iterator<Item = ImagePlane<'a>> {
        (0..image.color().channels()).map(move |index| ImagePlane { image, index })
    }

    fn samples(self) -> impl Iterator<Item = u16> + use<'a> {
        let format = self.image.format();
        let bytes = format.depth.sample_bytes();
        let pixels = self.image.samples().chunks_exact(format.pixel_bytes());
        pixels.map(move |pixel| {
            let sample = &pixel[self.index * bytes..][..bytes];
            sample
                .iter()
                .fold(0, |sample, &byte| sample << 8 | u16::from(byte))
        })
    }

    /// The values that occur, rising.
    ///
    /// # Errors
    /// [`Error::Cancelled`] when the caller asks to stop.
    pub(crate) fn values(self, monitor: &Monitor<'_>) -> Result<Vec<u16>, Error> {
        let mut seen = vec![false; 1 << u16::BITS];
        let mut samples = self.samples().peekable();
        let possible = usize::from(self.image.depth().largest()) + 1;
        while samples.peek().is_some() && seen[..possible].contains(&false) {
            monitor.ask()?;
            let some = samples.by_ref().take(BETWEEN_REPORTS);
            some.for_each(|sample| seen[usize::from(sample)] = true);
        }
        let all = (0..=u16::MAX).zip(seen);
        Ok(all
            .filter_map(|(value, seen)| seen.then_some(value))
            .collect())
    }

    /// The bits of the differences to the median edge detector after every sample is replaced, in sixteenths.
    ///
    /// # Errors
    /// [`Error::Cancelled`] when the caller asks to stop.
    pub(crate) fn cost(
        self,
        replaced: impl Fn(u16) -> u16,
        monitor: &Monitor<'_>,
    ) -> Result<u64, Error> {
        let width = self.image.width() as usize;
        let mut samples = self.samples().map(replaced);
        let (mut above, mut row): (Option<Vec<u16>>, Vec<u16>) = (None, Vec::new());
        let mut sum = 0;
        loop {
            row.clear();
            row.extend(samples.by_ref().take(width));
            if row.is_empty() {
                return Ok(sum);
            }
            monitor.ask()?;
            for x in 0..width {
                let north = above.as_ref().map(|above| above[x]);
                let before = x.checked_sub(1);
                let west = before.map(|x| row[x]);
                let corner = above.as_ref().zip(before).map(|(above, x)| above[x]);
                let base = base(west, north, corner);
                sum += u64::from(bits(base.abs_diff(row[x].into())));
            }
            let empty = above.take().unwrap_or_default();
            above = Some(std::mem::replace(&mut row, empty));
        }
    }
}

/// The median edge detector, where an absent neighbour is like one that is there.
fn base(west: Option<u16>, north: Option<u16>, corner: Option<u16>) -> i32 {
    let w = i32::from(west.or(north).unwrap_or(0));
    let n = i32::from(north.or(west).unwrap_or(0));
    let corner = corner.map_or(n, i32::from);
    median_edge(w, n, corner)
}

/// The bits of a difference, in sixteenths: the logarithm of twice the difference and 1.
fn bits(difference: u32) -> u32 {
    let doubled = 2 * difference + 1;
    let whole = doubled.ilog2();
    16 * whole + ((doubled << 4 >> whole) & 15)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::sample_format::ColorType;

    #[test]
    fn planes_are_apart() {
        let samples = [7, 900, 9, 800, 7, 7];
        let image = Image::from_u16(3, 1, ColorType::GrayAlpha, &samples).expect("fits");
        let planes: Vec<ImagePlane<'_>> = ImagePlane::all(&image).collect();
        let values = |plane: usize| planes[plane].values(&Monitor::silent()).expect("goes on");
        assert_eq!(values(0), [7, 9]);
        assert_eq!(values(1), [7, 800, 900]);
    }

    #[test]
    fn smaller_differences_cost_less() {
        let samples: Vec<u16> = (0..64).map(|x: u16| x * x % 17).collect();
        let image = Image::from_u16(8, 8, ColorType::Gray, &samples).expect("fits");
        let plane = ImagePlane::all(&image).next().expect("a plane");
        let cost = |factor: u16| {
            let cost = plane.cost(|sample| factor * sample, &Monitor::silent());
            cost.expect("goes on")
        };
        assert!(cost(1) < cost(2));
        assert_eq!(cost(0), 0);
        assert_eq!([0, 1, 2, 8].map(bits), [0, 24, 36, 65]);
    }
}
