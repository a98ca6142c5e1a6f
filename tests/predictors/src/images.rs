//! Small images to code.

use pxc_codec::{BitDepth, ColorType, Image, SampleFormat};

/// The colour types without a palette.
pub const COLOR_TYPES: [ColorType; 4] = [
    ColorType::Gray,
    ColorType::GrayAlpha,
    ColorType::Rgb,
    ColorType::Rgba,
];

/// Makes an image from a function of column, row and channel.
pub fn draw(
    width: u32,
    height: u32,
    color: ColorType,
    mut sample: impl FnMut(u32, u32, u32) -> u8,
) -> Image {
    let mut samples = Vec::new();
    for y in 0..height {
        for x in 0..width {
            samples.extend((0..color.channels() as u32).map(|channel| sample(x, y, channel)));
        }
    }
    Image::new(width, height, color, samples).expect("the sample count is right")
}

/// An image of one colour, all of whose channels differ.
pub fn constant(width: u32, height: u32, color: ColorType) -> Image {
    draw(width, height, color, |_, _, channel| {
        200 - 60 * channel as u8
    })
}

/// A gradient that is steeper in each channel.
pub fn gradient(width: u32, height: u32, color: ColorType) -> Image {
    draw(width, height, color, |x, y, channel| {
        ((x * (channel + 1) + y * 3) / 2) as u8
    })
}

/// Noise: no sample says anything about another.
pub fn noise(width: u32, height: u32, color: ColorType) -> Image {
    let mut state = u64::from(width) << 32 | u64::from(height);
    draw(width, height, color, |_, _, _| {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (state >> 56) as u8
    })
}

/// Flat areas with sharp edges and one speckle in 64, like a drawing.
pub fn drawing(width: u32, height: u32, color: ColorType) -> Image {
    draw(width, height, color, |x, y, channel| {
        let area = x / 9 % 3 + y / 7 % 2 * 3;
        let speckle = (x * 7 + y * 13) % 64 == 0;
        (area * 40 + channel * 9) as u8 ^ if speckle { 0x55 } else { 0 }
    })
}

/// Noise of some levels, of one channel or three, at a depth of 1 bit if there are two levels, else 8.
pub fn noise_of_levels(width: u32, height: u32, channels: usize, levels: usize) -> Image {
    let color = if channels == 3 {
        ColorType::Rgb
    } else {
        ColorType::Gray
    };
    let mut state = 1u64;
    let image = draw(width, height, color, |_, _, _| {
        state = (state ^ 3)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .rotate_left(23);
        (state >> 40) as u8 % levels.min(255) as u8
    });
    let depth = if levels == 2 {
        BitDepth::One
    } else {
        BitDepth::Eight
    };
    let format = SampleFormat { color, depth };
    Image::with_format(width, height, format, image.into_samples()).expect("legal samples")
}
