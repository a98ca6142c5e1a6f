//! Golden files of the sample formats, with palettes and transparent colours.

use std::fs;

use crate::golden;
use pxc_test_harness::{PngFile, decode_png, succeed};

/// Golden files of the other sample formats: name, colour type, bit depth, bytes of palette and of transparency.
const FORMATS: [(&str, png::ColorType, png::BitDepth, usize, usize); 14] = {
    use png::{BitDepth::*, ColorType::*};
    [
        ("format-gray-1", Grayscale, One, 0, 0),
        ("format-gray-2", Grayscale, Two, 0, 2),
        ("format-gray-4", Grayscale, Four, 0, 0),
        ("format-gray-8", Grayscale, Eight, 0, 2),
        ("format-gray-16", Grayscale, Sixteen, 0, 0),
        ("format-gray-alpha-16", GrayscaleAlpha, Sixteen, 0, 0),
        ("format-rgb-8", Rgb, Eight, 0, 6),
        ("format-rgb-16", Rgb, Sixteen, 0, 6),
        ("format-rgba-8", Rgba, Eight, 0, 0),
        ("format-rgba-16", Rgba, Sixteen, 0, 0),
        ("format-palette-1", Indexed, One, 6, 0),
        ("format-palette-2", Indexed, Two, 9, 1),
        ("format-palette-4", Indexed, Four, 48, 16),
        ("format-palette-8", Indexed, Eight, 300, 7),
    ]
};

/// Flat areas, slopes and some noise, as packed rows.
fn picture(
    color: png::ColorType,
    depth: png::BitDepth,
    palette: usize,
    transparency: usize,
) -> PngFile {
    let (width, height) = (40, 30);
    let row_bytes = (color.samples() * depth as usize * width as usize).div_ceil(8);
    let unused = row_bytes * 8 - color.samples() * depth as usize * width as usize;
    let mut state = 1_u32;
    let mut rows = Vec::new();
    for y in 0..height as usize {
        for x in 0..row_bytes {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let byte = match (x * 3 / row_bytes, y / 10) {
                (0, _) => 0x3c,
                (1, 0) => (x * 5 + y * 3) as u8,
                (_, 1) => (x / 4 * 17) as u8,
                _ => (x * 2 + y) as u8 ^ (state >> 30) as u8,
            };
            let last = x + 1 == row_bytes;
            rows.push(if last { byte >> unused << unused } else { byte });
        }
    }
    let bytes = |count: usize| {
        (0..count)
            .map(|index| (index * 83 + 5) as u8)
            .collect::<Vec<_>>()
    };
    let mut transparency = (transparency > 0).then(|| bytes(transparency));
    if let Some(key) = &mut transparency
        && color != png::ColorType::Indexed
    {
        let largest = u16::MAX >> (16 - depth as u32);
        for sample in key.as_chunks_mut().0 {
            *sample = (u16::from_be_bytes(*sample) & largest).to_be_bytes();
        }
    }
    PngFile {
        width,
        height,
        color,
        depth,
        palette: (palette > 0).then(|| bytes(palette)),
        transparency,
        rows,
        chunks: Vec::new(),
    }
}

#[test]
fn every_sample_format_has_a_golden_file() {
    for (name, color, depth, palette, transparency) in FORMATS {
        let png = picture(color, depth, palette, transparency).bytes();
        let kept = fs::read(golden().join(format!("{name}.png"))).expect("the golden image");
        assert!(decode_png(&kept) == decode_png(&png), "{name}");
    }
}

#[test]
#[ignore = "writes golden files"]
fn write_missing_golden_formats() {
    for (name, color, depth, palette, transparency) in FORMATS {
        let path = golden().join(format!("{name}.png"));
        if !path.exists() {
            let png = picture(color, depth, palette, transparency).bytes();
            fs::write(&path, png).expect("a written file");
            let compressed = format!("{name}.pxc");
            // A model that stays, should the embedded ones change.
            let model = match color.samples() {
                1 | 2 => "tiny-gray",
                _ => "tiny-rgb",
            };
            let original = format!("{name}.png");
            succeed(
                &golden(),
                &[
                    "compress",
                    "-q",
                    "--model",
                    model,
                    &original,
                    "-o",
                    &compressed,
                ],
            );
            println!("written: {}", path.display());
        }
    }
}
