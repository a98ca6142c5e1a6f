//! Previews of whole files: are they close to the image, small enough, and apart from it?

use crate::coders::method::CodingMethod;
use crate::container::header::MetadataChunk;
use crate::container::header_reader::read_header;
use crate::container::other_metadata::with_metadata;
use crate::decode::checks::check_file;
use crate::decode::{decode, decode_partial, decode_preview, decode_region};
use crate::encode::encode;
use crate::error::Error;
use crate::image::palette::{ColorKey, Palette};
use crate::image::raster::Image;
use crate::image::sample_format::{BitDepth, ColorType, SampleFormat};
use crate::limits::Limits;
use crate::options::{DecodeOptions, EncodeOptions};
use crate::tiles::rect::Rect;

const WIDTH: u32 = 1100;
const HEIGHT: u32 = 1000;

/// Discs on slopes, with noise: samples below 2^bits.
fn scene(bits: u32, channels: u32) -> Vec<u16> {
    let mut noise = 1_u32;
    let mut sample = |x: u32, y: u32, channel: u32| {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let (dx, dy) = ((x % 400).abs_diff(200), (y % 500).abs_diff(250));
        let disc = if dx * dx + dy * dy < 20_000 + 5_000 * channel {
            60
        } else {
            0
        };
        let slope = (x + (channel + 1) * y) * 150 / (WIDTH + 4 * HEIGHT);
        (((slope + disc) << 8) + (noise >> 20)) >> (16 - bits)
    };
    let rows = 0..HEIGHT;
    rows.flat_map(|y| (0..WIDTH).map(move |x| (x, y)))
        .flat_map(|(x, y)| (0..channels).map(move |channel| (x, y, channel)))
        .map(|(x, y, channel)| sample(x, y, channel) as u16)
        .collect()
}

fn eight_bit(color: ColorType) -> Image {
    let samples = scene(8, color.channels() as u32);
    let samples = samples.into_iter().map(|sample| sample as u8).collect();
    Image::new(WIDTH, HEIGHT, color, samples).expect("legal")
}

/// A file whose payloads are as long as the samples.
fn file(image: &Image) -> Vec<u8> {
    let options = EncodeOptions::default().with_method(CodingMethod::Stored);
    encode(image, &[], None, &options).expect("encodes").0
}

fn preview(file: &[u8]) -> Result<Option<Image>, Error> {
    let decoded = decode_preview(file, &DecodeOptions::default())?;
    Ok(decoded.map(|decoded| decoded.image))
}

/// The mean difference of the samples, in thousandths of the largest one.
fn difference(a: &Image, b: &Image) -> u64 {
    assert_eq!(
        (a.width(), a.height(), a.format()),
        (b.width(), b.height(), b.format())
    );
    let (a_samples, b_samples) = (a.to_u16(), b.to_u16());
    let pairs = a_samples.iter().zip(&b_samples);
    let sum: u64 = pairs.map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    let largest = b_samples.iter().max().copied().unwrap_or(1).max(1);
    sum * 1000 / (a_samples.len() as u64 * u64::from(largest))
}

#[test]
fn previews_are_small_and_like_the_image() {
    let image = eight_bit(ColorType::Rgb);
    let file = file(&image);
    let small = preview(&file).expect("sound").expect("a preview");
    let longest = small.width().max(small.height());
    assert!((160..=256).contains(&longest), "{longest}");
    let difference = difference(&small, &scaled(&image, longest));
    assert!(difference < 20, "{difference} thousandths");
    let header = read_header(&file, &Limits::default()).expect("legal");
    let entry = header.preview.expect("a preview");
    assert!(entry.length * 1000 <= 3 * file.len() as u64);
    assert_eq!((entry.width, entry.height), (small.width(), small.height()));
    assert_eq!(entry.offset, header.header_bytes);
    assert_eq!(header.groups[0].offset, header.header_bytes + entry.length);
    assert_eq!(header.file_bytes(), file.len() as u64);

    // The beginning of the file is enough.
    let end = (entry.offset + entry.length) as usize;
    assert_eq!(preview(&file[..end]), Ok(Some(small)));
    let cut = preview(&file[..end - 1]);
    assert!(
        matches!(
            cut,
            Err(Error::Truncated {
                field: "preview",
                ..
            })
        ),
        "{cut:?}"
    );
}

#[test]
fn the_image_does_not_depend_on_the_preview() {
    let image = eight_bit(ColorType::Gray);
    let file = file(&image);
    let (no_model, options) = (|_| Ok(None), DecodeOptions::default());
    assert!(decode(&file, &no_model, &options).is_ok_and(|decoded| decoded.image == image));
    let region = Rect {
        x: 1000,
        y: 900,
        width: 9,
        height: 7,
    };
    let part = decode_region(&file, region, &no_model, &options);
    assert_eq!(part.map(|decoded| decoded.image), image.cropped(region));
    let options_without = EncodeOptions::default()
        .with_method(CodingMethod::Stored)
        .with_no_preview(true);
    let (without, stats) = encode(&image, &[], None, &options_without).expect("encodes");
    assert_eq!((preview(&without), stats.preview_bytes), (Ok(None), 0));
    assert!(file.ends_with(&without[stats.header_bytes as usize..]));

    let chunk = MetadataChunk {
        tag: *b"gAMA",
        data: vec![0, 1, 2, 3],
    };
    let limits = Limits::default();
    let longer = with_metadata(&file, &[chunk], &limits, None).expect("legal");
    assert_eq!(preview(&longer), preview(&file));
    assert_eq!(with_metadata(&longer, &[], &limits, None), Ok(file));
}

#[test]
fn damage_of_the_preview_leaves_the_image_alone() {
    let image = eight_bit(ColorType::Gray);
    let mut file = file(&image);
    let limits = Limits::default();
    let entry = read_header(&file, &limits)
        .expect("legal")
        .preview
        .expect("a preview");
    assert!(check_file(&file, &limits).is_ok());
    file[(entry.offset + entry.length / 2) as usize] ^= 1;
    let damaged = |error: Option<Error>| {
        let expected = (entry.offset, entry.checksum);
        matches!(error, Some(Error::PreviewChecksum { offset, expected: checksum, .. })
            if (offset, checksum) == expected)
    };
    assert!(damaged(preview(&file).err()));
    assert!(damaged(check_file(&file, &limits).err()));
    let (no_model, options) = (|_| Ok(None), DecodeOptions::default());
    assert!(decode(&file, &no_model, &options).is_ok_and(|decoded| decoded.image == image));
    let partial = decode_partial(&file, &no_model, &options).expect("a sound header");
    assert!(partial.image == image && partial.damaged.is_empty() && partial.warnings.is_empty());
}

#[test]
fn small_images_and_small_files_have_none() {
    let small = Image::new(1024, 1024, ColorType::Gray, vec![3; 1 << 20]).expect("legal");
    assert_eq!(preview(&file(&small)), Ok(None));
    let flat = Image::new(1025, 1024, ColorType::Gray, vec![3; 1025 << 10]).expect("legal");
    assert!(preview(&file(&flat)).is_ok_and(|preview| preview.is_some()));
    let (coded, _) = encode(&flat, &[], None, &EncodeOptions::default()).expect("encodes");
    assert!(coded.len() < 1000);
    assert_eq!(preview(&coded), Ok(None));
}

#[test]
fn previews_of_every_format_are_like_the_image() {
    let format = |color, depth| SampleFormat { color, depth };
    let with = |format: SampleFormat, samples: Vec<u16>| {
        let bytes = format.depth.sample_bytes();
        let samples = samples
            .iter()
            .flat_map(|sample| sample.to_be_bytes()[2 - bytes..].to_vec());
        Image::with_format(WIDTH, HEIGHT, format, samples.collect()).expect("legal")
    };
    let sixteen = |color: ColorType, bits| {
        with(
            format(color, BitDepth::Sixteen),
            scene(bits, color.channels() as u32),
        )
    };
    let colors = (0..=255).map(|n| [n, 255 - n, n / 2]).collect();
    let palette = Palette::new(colors, (0..=99).collect()).expect("legal");
    let indices = scene(8, 1).into_iter().map(|sample| sample as u8).collect();
    let images = [
        eight_bit(ColorType::GrayAlpha),
        eight_bit(ColorType::Rgba),
        sixteen(ColorType::Gray, 11),
        sixteen(ColorType::Rgb, 16),
        sixteen(ColorType::Rgba, 12),
        with(format(ColorType::Gray, BitDepth::One), scene(1, 1)),
        with(format(ColorType::Gray, BitDepth::Four), scene(4, 1)),
        Image::with_palette(WIDTH, HEIGHT, BitDepth::Eight, palette, indices).expect("legal"),
        eight_bit(ColorType::Rgb)
            .with_color_key(ColorKey::Rgb([9, 9, 9]))
            .expect("rgb"),
    ];
    for image in images {
        let small = preview(&file(&image)).expect("sound").expect("a preview");
        let longest = small.width().max(small.height());
        let difference = difference(&small, &scaled(&image, longest));
        assert!(difference < 30, "{image:?}: {difference} thousandths");
    }
}

#[test]
fn narrow_images_have_narrow_previews() {
    for (width, height) in [(1, 1_100_000), (1_100_000, 1), (70_000, 17)] {
        let samples = (0..width * height).map(|at| (at / 5000) as u8).collect();
        let image = Image::new(width, height, ColorType::Gray, samples).expect("legal");
        let small = preview(&file(&image)).expect("sound").expect("a preview");
        assert_eq!(small.width().max(small.height()), 256);
        assert_eq!(small.width().min(small.height()), 1);
        assert!(difference(&small, &scaled(&image, 256)) < 20);
    }
}

#[test]
fn thumbnails_are_means() {
    let samples = vec![10, 20, 60, 30, 40, 60];
    let image = Image::new(3, 2, ColorType::Gray, samples).expect("legal");
    assert_eq!(scaled(&image, 3), image);
    // A pixel is three columns of two thirds, and two rows.
    let small = scaled(&image, 2);
    assert_eq!((small.width(), small.height()), (2, 1));
    // (2·(10 + 30) + 20 + 40) / 6, (20 + 40 + 2·(60 + 60)) / 6
    assert_eq!(small.samples(), [23, 50]);
    // Transparent pixels have no colour.
    let image = Image::new(2, 1, ColorType::GrayAlpha, vec![200, 255, 90, 0]).expect("legal");
    assert_eq!(scaled(&image, 1).samples(), [200, 128]);
}

fn scaled(image: &Image, longest: u32) -> Image {
    let scaled = image
        .clone()
        .thumbnail(longest, &Limits::default(), || true);
    scaled.expect("within the limits")
}

#[test]
fn scaling_keeps_to_its_limits() {
    let image = Image::new(64, 64, ColorType::Gray, vec![7; 64 * 64]).expect("an image");
    let limits = Limits::default().with_max_memory(64 * 64 + 32 * 32 * 5);
    let scaled = |longest, go_on| image.clone().thumbnail(longest, &limits, || go_on);
    assert!(scaled(32, true).is_ok());
    let error = scaled(33, true).expect_err("more memory");
    assert!(matches!(error, Error::LimitExceeded { .. }), "{error}");
    assert!(matches!(scaled(32, false), Err(Error::Cancelled)));
}
