//! An image → a small image: the means of rectangles of pixels. And a small image → an image of any format.

use crate::error::Error;
use crate::image::expand::expanded_format;
use crate::image::palette::{ColorKey, Palette};
use crate::image::raster::Image;
use crate::image::sample_format::{BitDepth, ColorType, SampleFormat};
use crate::limits::Limits;

/// A small image with samples of 8 bits.
pub(super) struct SmallImage {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) is_gray: bool,
    /// Whether a pixel is not opaque.
    pub(super) has_alpha: bool,
    /// The sample of the large image that becomes 255.
    pub(super) largest: u16,
    /// Red, green, blue and alpha, row after row.
    pub(super) pixels: Vec<[u8; 4]>,
}

/// The size of a small image whose longest side is `side`.
pub(super) fn sized(image: &Image, side: u32) -> (u32, u32) {
    let (width, height) = (u64::from(image.width()), u64::from(image.height()));
    let longest = width.max(height);
    let scaled = |length: u64| {
        let length = (2 * length * u64::from(side) + longest) / (2 * longest);
        length.max(1) as u32
    };
    (scaled(width), scaled(height))
}

impl Image {
    /// The image scaled down so that no side is longer than `longest`, or [`expanded`](Image::expanded) if none is. The
    /// format is the same in both cases. Each pixel is the mean of those that it covers, and has 8 significant bits.
    /// Calls `go_on` after each row.
    ///
    /// # Errors
    /// [`Error::LimitExceeded`] when both images together take more memory than the limits allow; [`Error::Cancelled`]
    /// when `go_on` returns `false`.
    pub fn thumbnail(
        self,
        longest: u32,
        limits: &Limits,
        mut go_on: impl FnMut() -> bool,
    ) -> Result<Image, Error> {
        let format = expanded_format(self.format(), self.palette(), self.color_key());
        let is_small = self.width().max(self.height()) <= longest;
        let (width, height) = match is_small {
            true => (self.width(), self.height()),
            false => sized(&self, longest.max(1)),
        };
        let scaled = if is_small { 0 } else { size_of::<[u8; 4]>() };
        let pixel_bytes = (format.pixel_bytes() + scaled) as u64;
        let needed = u64::from(width) * u64::from(height) * pixel_bytes;
        limits.reserve((self.samples().len() as u64).saturating_add(needed))?;
        if is_small {
            return Ok(self.expanded());
        }
        SmallImage::of(&self, (width, height), &mut || match go_on() {
            true => Ok(()),
            false => Err(Error::Cancelled),
        })?
        .image(format)
    }
}

impl SmallImage {
    /// Scales an image down. Calls `ask` after each row, and stops at its error.
    pub(super) fn of(
        image: &Image,
        (width, height): (u32, u32),
        ask: &mut dyn FnMut() -> Result<(), Error>,
    ) -> Result<SmallImage, Error> {
        let pixels = Pixels::of(image);
        let largest = pixels.largest_color();
        let mut small = Vec::with_capacity((width * height) as usize);
        for y in 0..height {
            let rows = shares(y, height, image.height());
            let means = pixels.means(rows, width, image.width());
            small.extend(
                means
                    .into_iter()
                    .map(|mean| eight_bit(mean, largest, pixels.depth)),
            );
            ask()?;
        }
        let has_alpha = small.iter().any(|&[.., alpha]| alpha != u8::MAX);
        Ok(SmallImage {
            width,
            height,
            is_gray: pixels.is_gray(),
            has_alpha,
            largest,
            pixels: small,
        })
    }

    pub(super) fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// Samples of a pixel.
    pub(super) fn channels(&self) -> usize {
        let colors = if self.is_gray { 1 } else { 3 };
        colors + usize::from(self.has_alpha)
    }

    /// The image in a format of 8 or 16 bits without a palette.
    pub(super) fn image(&self, format: SampleFormat) -> Result<Image, Error> {
        let is_deep = format.depth == BitDepth::Sixteen;
        let colors = format.color.color_planes();
        let deep = |sample: u8, largest: u16| {
            ((u32::from(sample) * u32::from(largest) + 127) / 255) as u16
        };
        let mut samples = Vec::with_capacity(self.pixels.len() * format.pixel_bytes());
        for pixel in &self.pixels {
            let alpha = format.color.has_alpha().then_some((pixel[3], u16::MAX));
            let pixel = pixel[..colors].iter().map(|&sample| (sample, self.largest));
            for (sample, largest) in pixel.chain(alpha) {
                match is_deep {
                    true => samples.extend(deep(sample, largest).to_be_bytes()),
                    false => samples.push(sample),
                }
            }
        }
        Image::with_format(self.width, self.height, format, samples)
    }
}

/// The columns or rows, of `length`, that become the one of `count` with this index, and how much of each does. The
/// shares of one add up to `length`.
fn shares(index: u32, count: u32, length: u32) -> impl Iterator<Item = (usize, u64)> {
    let (index, count, length) = (u64::from(index), u64::from(count), u64::from(length));
    let (start, end) = (index * length, (index + 1) * length);
    (start / count..end.div_ceil(count)).map(move |at| {
        let share = end.min((at + 1) * count) - start.max(at * count);
        (at as usize, share)
    })
}

fn eight_bit(mean: [u64; 4], largest: u16, depth: BitDepth) -> [u8; 4] {
    let largest_alpha = depth.largest().max(u8::MAX.into());
    let scaled = |sample: u64, largest: u16| {
        let largest = u64::from(largest);
        ((sample * 255 + largest / 2) / largest) as u8
    };
    let [red, green, blue, alpha] = mean;
    let [red, green, blue] = [red, green, blue].map(|sample| scaled(sample, largest));
    [red, green, blue, scaled(alpha, largest_alpha)]
}

/// The pixels of an image of any format as red, green, blue and alpha of 8 or 16 bits.
struct Pixels<'a> {
    color: ColorType,
    depth: BitDepth,
    palette: Option<&'a Palette>,
    color_key: Option<ColorKey>,
    samples: &'a [u8],
}

impl<'a> Pixels<'a> {
    fn of(image: &'a Image) -> Pixels<'a> {
        Pixels {
            color: image.color(),
            depth: image.depth(),
            palette: image.palette(),
            color_key: image.color_key(),
            samples: image.samples(),
        }
    }

    fn is_gray(&self) -> bool {
        matches!(self.color, ColorType::Gray | ColorType::GrayAlpha)
    }

    /// Whether all pixels are opaque, whatever their samples are.
    fn is_opaque(&self) -> bool {
        let has_alpha = |palette: &Palette| !palette.alpha().is_empty();
        !self.color.has_alpha() && self.color_key.is_none() && !self.palette.is_some_and(has_alpha)
    }

    /// The largest sample of a colour: 255, or more if the image has larger samples.
    fn largest_color(&self) -> u16 {
        if self.depth < BitDepth::Sixteen {
            return u8::MAX.into();
        }
        let pixel_samples = self.color.channels();
        let pixels = self.samples.as_chunks::<2>().0.chunks_exact(pixel_samples);
        let colors = pixels.flat_map(|pixel| &pixel[..self.color.color_planes()]);
        let largest = colors.map(|&sample| u16::from_be_bytes(sample)).max();
        largest.unwrap_or_default().max(u8::MAX.into())
    }

    /// The means of rows with these shares, as `width` pixels. Colours count as much as they are opaque.
    fn means(
        &self,
        rows: impl Iterator<Item = (usize, u64)>,
        width: u32,
        columns: u32,
    ) -> Vec<[u64; 4]> {
        let (color, depth) = (self.color, self.depth);
        let pixel_bytes = SampleFormat { color, depth }.pixel_bytes();
        let row_bytes = columns as usize * pixel_bytes;
        let (is_opaque, alpha_bits) = (self.is_opaque(), depth.sample_bytes() * 8 - 8);
        let mut sums = vec![[0_u64; 6]; width as usize];
        for (row, share) in rows {
            let row = &self.samples[row * row_bytes..][..row_bytes];
            for (sum, x) in sums.iter_mut().zip(0..) {
                let mut cell = [0_u64; 6];
                for (column, part) in shares(x, width, columns) {
                    let pixel = &row[column * pixel_bytes..][..pixel_bytes];
                    let [red, green, blue, alpha] = self.rgba(pixel).map(u64::from);
                    let weight = if is_opaque {
                        part
                    } else {
                        part * (alpha >> alpha_bits)
                    };
                    cell[0] += red * weight;
                    cell[1] += green * weight;
                    cell[2] += blue * weight;
                    cell[3] += alpha * part;
                    cell[4] += weight;
                    cell[5] += part;
                }
                let parts = sum.iter_mut().zip(cell);
                parts.for_each(|(sum, cell)| *sum += share * cell);
            }
        }
        sums.into_iter()
            .map(|[red, green, blue, alpha, weight, area]| {
                let mean = |sum: u64, weight: u64| (sum + weight / 2) / weight.max(1);
                let [red, green, blue] = [red, green, blue].map(|sum| mean(sum, weight));
                [red, green, blue, mean(alpha, area)]
            })
            .collect()
    }

    /// A pixel.
    #[inline]
    fn rgba(&self, pixel: &[u8]) -> [u16; 4] {
        if let Some(palette) = self.palette {
            return palette.rgba(pixel[0]).map(u16::from);
        }
        let sample = |index: usize| match self.depth {
            BitDepth::Sixteen => u16::from_be_bytes([pixel[2 * index], pixel[2 * index + 1]]),
            _ => pixel[index].into(),
        };
        let factor = 255_u16
            .checked_div(self.depth.largest())
            .unwrap_or(1)
            .max(1);
        let opaque = self.depth.largest().max(u8::MAX.into());
        let [red, green, blue] = match self.is_gray() {
            true => [sample(0) * factor; 3],
            false => [sample(0), sample(1), sample(2)],
        };
        let alpha = match (self.color.has_alpha(), self.color_key) {
            (true, _) => sample(self.color.color_planes()),
            (_, Some(key)) => {
                let mut samples = (0..).zip(key.samples());
                let is_key =
                    samples.all(|(index, &key)| sample(index) == key & self.depth.largest());
                if is_key { 0 } else { opaque }
            }
            _ => opaque,
        };
        [red, green, blue, alpha]
    }
}
