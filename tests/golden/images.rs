//! Images for golden files of real size, the same on every machine, that PNG files hold in few bytes.

use pxc_codec::{BitDepth, ColorType, Image, Palette, SampleFormat};

/// A pseudo-random number for a position.
fn noise(x: u32, y: u32, channel: u32) -> u32 {
    let mut state = x.wrapping_mul(0x9e37_79b1) ^ y.wrapping_mul(0x85eb_ca6b) ^ channel << 7;
    for _ in 0..3 {
        state = (state ^ state >> 15).wrapping_mul(0x2c1b_3c6d);
    }
    state >> 12
}

/// An image whose samples are a function of column, row and channel; 16-bit ones as two bytes.
fn image(
    (width, height): (u32, u32),
    color: ColorType,
    depth: BitDepth,
    sample: impl Fn(u32, u32, u32) -> u32,
) -> Image {
    let mut samples = Vec::new();
    for y in 0..height {
        for x in 0..width {
            for channel in 0..color.channels() as u32 {
                let sample = sample(x, y, channel).min(depth.largest().into()) as u16;
                let bytes = sample.to_be_bytes();
                samples.extend_from_slice(&bytes[2 - depth.sample_bytes()..]);
            }
        }
    }
    let format = SampleFormat { color, depth };
    Image::with_format(width, height, format, samples).expect("a sound image")
}

/// A wave from 0 to 199.
fn wave(x: u32, y: u32, channel: u32) -> u32 {
    let at = (x * (2 + channel) + y * 2 + ((x * y) >> 7)) % 400;
    at.min(399 - at)
}

/// A mosaic of flat, sloping and noisy blocks, as a photo of little detail.
pub(crate) fn calm(size: (u32, u32), color: ColorType) -> Image {
    image(size, color, BitDepth::Eight, |x, y, channel| {
        if color.has_alpha() && channel + 1 == color.channels() as u32 {
            return if x > y { 255 } else { 55 + wave(x, y, 0) };
        }
        let (column, row) = (x / 31, y / 27);
        match noise(column, row, 8) % 8 {
            0 => wave(x, y, channel) + 20,
            1 => wave(column * 50, row * 30, 0) + 20 + noise(x, y, channel) % 4,
            _ => wave(column * 9 + channel * 3, row * 7, 0) + 20,
        }
    })
}

/// Like [`calm`], with the differences of red and blue to green in steps of sixteen: few colours, which a file lists.
pub(crate) fn coarse_chroma(size: (u32, u32)) -> Image {
    image(size, ColorType::Rgb, BitDepth::Eight, |x, y, channel| {
        let rough = noise(x / 32, y / 32, 6).is_multiple_of(6);
        let green = wave(x / 4, y / 4, 1) + 20 + if rough { noise(x, y, 1) % 2 } else { 0 };
        let step = noise(x / 24, y / 24, channel) % 3 * 16;
        if channel == 1 { green } else { green + step }
    })
}

/// Smooth samples of any format: a wave in all bits, with noise in a few of the pixels.
pub(crate) fn smooth(size: (u32, u32), color: ColorType, depth: BitDepth) -> Image {
    let largest = u32::from(depth.largest());
    image(size, color, depth, |x, y, channel| {
        let rough = noise(x / 8, y / 8, 9).is_multiple_of(3);
        let value = wave(x * 2, y, channel) * largest / 210;
        value
            + if rough {
                noise(x, y, channel) % (largest / 40 + 2)
            } else {
                0
            }
    })
}

/// Like [`smooth`], but every sample is a multiple of `step`: at most half of the values occur.
pub(crate) fn stepped(size: (u32, u32), color: ColorType, depth: BitDepth, step: u32) -> Image {
    image(size, color, depth, |x, y, channel| {
        let value = wave(x * 2, y, channel) * u32::from(depth.largest()) / 210;
        (value / step + noise(x, y, channel) % 2) * step
    })
}

/// A drawing of few colours: rectangles, lines and a dithered area. Similar colours do not have similar numbers.
pub(crate) fn drawing(size: (u32, u32), color: ColorType, depth: BitDepth, colors: u32) -> Image {
    let largest = u32::from(depth.largest());
    image(size, color, depth, |x, y, channel| {
        noise(mark(x, y, colors), 77, channel) % (largest + 1)
    })
}

/// Which of the colours of a drawing a pixel has.
fn mark(x: u32, y: u32, colors: u32) -> u32 {
    let block = noise(x / 17, y / 13, 3) % colors;
    match noise(x / 34, y / 26, 4) % 4 {
        0 => (x + y) % 2 * block,
        1 => noise(x, y, 5) % 3 * block % colors,
        2 => u32::from(x % 17 == y % 17) * block,
        _ => block,
    }
}

/// Text-like strokes of two values.
pub(crate) fn strokes(size: (u32, u32), depth: BitDepth, ink: u32, paper: u32) -> Image {
    image(size, ColorType::Gray, depth, |x, y, _| {
        let glyph = noise(x / 8, y / 12, 1);
        let thin = (glyph >> (x % 8 / 2 * 4 + y % 12 / 3)) & 1 == 1;
        let speck = noise(x, y, 2).is_multiple_of(97);
        if thin ^ speck { ink } else { paper }
    })
}

/// One value everywhere.
pub(crate) fn blank(size: (u32, u32)) -> Image {
    image(size, ColorType::Gray, BitDepth::Eight, |_, _, _| 99)
}

/// A drawing in a palette of which some entries are transparent.
pub(crate) fn palette(size: (u32, u32), depth: BitDepth) -> Image {
    let last = u32::from(depth.largest());
    let color = |index: u32| [0, 1, 2].map(|channel| noise(index, 5, channel) as u8);
    let colors = (0..=last).map(color).collect();
    let palette = Palette::new(colors, vec![0, 128]).expect("a palette");
    let marks = (0..size.1).flat_map(|y| (0..size.0).map(move |x| mark(x, y, last + 1) as u8));
    Image::with_palette(size.0, size.1, depth, palette, marks.collect()).expect("a sound image")
}

/// An image of 8 bits in samples of 16.
pub(crate) fn widened(image: &Image) -> Image {
    let samples: Vec<u16> = image.to_u16().iter().map(|sample| sample * 257).collect();
    Image::from_u16(image.width(), image.height(), image.color(), &samples)
        .expect("as many samples")
}
