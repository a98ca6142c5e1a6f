//! Does every sample format come back, with its palette and its transparent colour, and is what is not legal refused?

mod seeded;

use proptest::prelude::*;
use pxc_codec::{
    BitDepth, CodingMethod, ColorKey, ColorType, DecodeOptions, EncodeOptions, Error, ErrorKind,
    Image, Limits, MetadataChunk, Palette, SampleFormat, Tiling, decode, encode,
};

const COLORS: [ColorType; 5] = [
    ColorType::Gray,
    ColorType::GrayAlpha,
    ColorType::Rgb,
    ColorType::Rgba,
    ColorType::Palette,
];
const DEPTHS: [BitDepth; 5] = [
    BitDepth::One,
    BitDepth::Two,
    BitDepth::Four,
    BitDepth::Eight,
    BitDepth::Sixteen,
];
const SIZES: [(u32, u32); 7] = [(1, 1), (1, 2), (2, 1), (1, 19), (19, 1), (3, 5), (20, 13)];

fn formats() -> impl Iterator<Item = SampleFormat> {
    let pairs = COLORS
        .into_iter()
        .flat_map(|color| DEPTHS.map(|depth| SampleFormat { color, depth }));
    pairs.filter(|format| format.is_legal())
}

/// An image whose samples are `sample(index)`, cut to the bit depth.
fn image(
    (width, height): (u32, u32),
    format: SampleFormat,
    sample: impl Fn(usize) -> u16,
) -> Image {
    let count = (width * height) as usize * format.color.channels();
    let values = (0..count).map(|index| sample(index) & format.depth.largest());
    let samples = match format.depth {
        BitDepth::Sixteen => values.flat_map(u16::to_be_bytes).collect(),
        _ => values.map(|value| value as u8).collect(),
    };
    if format.color == ColorType::Palette {
        return Image::with_palette(width, height, format.depth, palette(5, 2), samples)
            .expect("fits");
    }
    Image::with_format(width, height, format, samples).expect("fits")
}

fn palette(entries: u8, alpha: u8) -> Palette {
    let colors = (0..entries).map(|index| [index.wrapping_mul(37), 255 - index, index ^ 0x55]);
    Palette::new(colors.collect(), (0..alpha).collect()).expect("legal")
}

fn check(image: &Image, method: Option<CodingMethod>, tiling: Option<Tiling>) -> Vec<u8> {
    let options = EncodeOptions::default()
        .with_method(method)
        .with_tiling(tiling);
    let (bytes, _) = encode(image, &[], None, &options).expect("encodes");
    let decoded = decode(&bytes, &|_| Ok(None), &DecodeOptions::default()).expect("decodes");
    assert!(decoded.image == *image, "{image:?} {method:?} {tiling:?}");
    assert_eq!(decoded.header.format(), image.format());
    assert_eq!(decoded.header.palette.as_ref(), image.palette());
    assert_eq!(decoded.header.color_key, image.color_key());
    bytes
}

fn methods(format: SampleFormat) -> Vec<Option<CodingMethod>> {
    let all = [
        CodingMethod::Stored,
        CodingMethod::Adaptive,
        CodingMethod::General,
        CodingMethod::Deep,
    ];
    let legal = all.into_iter().filter(|method| method.codes(format));
    legal.map(Some).chain([None]).collect()
}

const TILES: Tiling = Tiling {
    tile_width: 1,
    tile_height: 1,
    tiles_per_group: 3,
};

#[test]
fn every_format_and_size_with_every_method() {
    for format in formats() {
        for size in SIZES {
            let pictures = [
                image(size, format, |_| 3),
                image(size, format, |index| (index as u16).wrapping_mul(977)),
                image(size, format, |index| {
                    (index as u16).wrapping_mul(40503) ^ 0x1234
                }),
                image(size, format, |index| (index as u16 / 7 % 5) << 8),
            ];
            for picture in pictures {
                for method in methods(format) {
                    check(&picture, method, None);
                    check(&picture, method, Some(TILES));
                }
            }
        }
    }
}

#[test]
fn palettes_and_transparent_colours_are_part_of_the_picture() {
    for (entries, alpha) in [(1, 0), (2, 1), (7, 7), (255, 3)] {
        let samples = vec![0, 1, 255, 3];
        let new = |palette| Image::with_palette(2, 2, BitDepth::Eight, palette, samples.clone());
        check(&new(palette(entries, alpha)).expect("fits"), None, None);
    }
    let gray = SampleFormat {
        color: ColorType::Gray,
        depth: BitDepth::Four,
    };
    let keyed = image((3, 3), gray, |index| index as u16)
        .with_color_key(ColorKey::Gray(0x1204))
        .expect("fits");
    let rgb = SampleFormat {
        color: ColorType::Rgb,
        depth: BitDepth::Sixteen,
    };
    let key = ColorKey::Rgb([1, 65535, 3]);
    let keyed_rgb = image((3, 3), rgb, |index| index as u16)
        .with_color_key(key)
        .expect("fits");
    for keyed in [keyed, keyed_rgb] {
        let with = check(&keyed, None, None);
        let plain = Image::with_format(3, 3, keyed.format(), keyed.samples().to_vec());
        let without = check(&plain.expect("fits"), None, None);
        assert_ne!(with, without);
    }
}

#[test]
fn what_is_not_legal_is_refused() {
    let format = |color, depth| SampleFormat { color, depth };
    let three_bit_rgb = format(ColorType::Rgb, BitDepth::Four);
    assert!(matches!(
        Image::with_format(1, 1, three_bit_rgb, vec![0; 3]),
        Err(Error::SampleFormat { .. })
    ));
    assert!(matches!(
        Image::with_format(2, 1, format(ColorType::Gray, BitDepth::Two), vec![3, 4]),
        Err(Error::SampleRange {
            at: 1,
            largest: 3,
            found: 4
        })
    ));
    assert_eq!(
        Image::new(1, 1, ColorType::Palette, vec![0]),
        Err(Error::PaletteMissing)
    );
    assert!(matches!(
        Image::with_format(1, 1, format(ColorType::Gray, BitDepth::Sixteen), vec![0; 3]),
        Err(Error::SampleCount {
            expected: 2,
            found: 3
        })
    ));
    assert!(Palette::new(Vec::new(), Vec::new()).is_err());
    assert!(Palette::new(vec![[0; 3]; 257], Vec::new()).is_err());
    assert!(Palette::new(vec![[0; 3]], vec![0, 0]).is_err());
    let gray = Image::new(1, 1, ColorType::Gray, vec![0]).expect("fits");
    assert!(gray.with_color_key(ColorKey::Rgb([0; 3])).is_err());
    let deep = image((1, 1), format(ColorType::Gray, BitDepth::Sixteen), |_| 1);
    let options = EncodeOptions::default().with_method(CodingMethod::Adaptive);
    let refused = encode(&deep, &[], None, &options).expect_err("refused");
    assert_eq!(refused.kind(), ErrorKind::Argument);
}

#[test]
fn limits_count_the_bytes_of_16_bit_samples() {
    let format = SampleFormat {
        color: ColorType::Rgba,
        depth: BitDepth::Sixteen,
    };
    let bytes = check(&image((50, 50), format, |index| index as u16), None, None);
    let limits = |max_memory| {
        DecodeOptions::default().with_limits(Limits::default().with_max_memory(max_memory))
    };
    let found = decode(&bytes, &|_| Ok(None), &limits(50 * 50 * 8 - 1));
    assert!(matches!(found, Err(Error::LimitExceeded { .. })));
    assert!(decode(&bytes, &|_| Ok(None), &limits(1 << 20)).is_ok());
}

/// docs/format.md counts metadata as part of what a reader allocates.
#[test]
fn the_memory_limit_counts_metadata() {
    let picture = Image::new(8, 8, ColorType::Gray, vec![7; 64]).expect("legal");
    let chunk = MetadataChunk {
        tag: *b"tEXt",
        data: vec![7; 1 << 22],
    };
    let options = EncodeOptions::default();
    let (plain, _) = encode(&picture, &[], None, &options).expect("encodes");
    let (file, _) = encode(&picture, &[chunk], None, &options).expect("encodes");
    let decoded = |file: &[u8], max_memory| {
        let limits = Limits::default().with_max_memory(max_memory);
        decode(
            file,
            &|_| Ok(None),
            &DecodeOptions::default().with_limits(limits),
        )
    };
    assert!(decoded(&plain, 1 << 22).is_ok());
    let found = decoded(&file, 1 << 22).expect_err("too much");
    assert!(matches!(
        found,
        Error::LimitExceeded { limit: "max_memory", needed, .. } if needed > 1 << 22
    ));
    assert!(decoded(&file, 1 << 23).is_ok());
}

proptest! {
    #![proptest_config(seeded::cases(48))]

    #[test]
    fn any_samples_come_back(
        format in 0..15usize,
        width in 1..24u32,
        height in 1..24u32,
        values in proptest::collection::vec(any::<u16>(), 1..64),
        run in 1..9usize,
    ) {
        let legal: Vec<SampleFormat> = formats().collect();
        prop_assert_eq!(legal.len(), 15);
        let picture = image((width, height), legal[format], |index| values[index / run % values.len()]);
        for method in methods(legal[format]) {
            check(&picture, method, None);
        }
    }
}
