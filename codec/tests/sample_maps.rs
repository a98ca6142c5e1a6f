//! Are samples of few values coded as indices, do they come back, and are maps that no encoder writes refused?

mod seeded;

use proptest::prelude::*;
use pxc_codec::{
    BitDepth, CodingMethod, ColorType, DecodeOptions, EncodeOptions, ErrorKind, Image, Limits,
    Palette, Rect, Tiling, coded_format, decode, decode_partial, decode_region, encode,
    read_header,
};
use pxc_test_predictors::hashing_model::{HashingModel, resolve};

const SIZE: (u32, u32) = (40, 30);
const TILES: Tiling = Tiling {
    tile_width: 17,
    tile_height: 13,
    tiles_per_group: 2,
};

/// An image whose samples are `value` of smooth numbers below `numbers`.
fn image(color: ColorType, numbers: u32, value: impl Fn(u32) -> u32) -> Image {
    let (width, height) = SIZE;
    let channels = color.channels() as u32;
    let samples = (0..width * height * channels).map(|at| {
        let (x, y) = (at / channels % width, at / channels / width);
        value((x * 7 + y * 5 + at % channels + x * y % 3) % numbers) as u16
    });
    let samples: Vec<u16> = samples.collect();
    Image::from_u16(width, height, color, &samples).expect("as many samples")
}

fn file(image: &Image, method: Option<CodingMethod>) -> Vec<u8> {
    let options = EncodeOptions::default()
        .with_tiling(Some(TILES))
        .with_method(method);
    let model = HashingModel::new(image.color().color_planes());
    let (bytes, _) = encode(image, &[], Some(&model), &options).expect("encodes");
    bytes
}

/// Whether a file has a map. Checks that the image comes back, as a whole and in part.
fn has_map(image: &Image, bytes: &[u8]) -> bool {
    let options = DecodeOptions::default();
    let decoded = decode(bytes, &resolve, &options).expect("decodes");
    assert!(decoded.image == *image);
    let region = Rect {
        x: 11,
        y: 9,
        width: 13,
        height: 8,
    };
    let part = decode_region(bytes, region, &resolve, &options).expect("decodes");
    assert!(part.image == image.cropped(region).expect("inside"));
    decoded.header.sample_map.is_some()
}

const METHODS: [CodingMethod; 6] = [
    CodingMethod::Stored,
    CodingMethod::Network,
    CodingMethod::Adaptive,
    CodingMethod::Refined,
    CodingMethod::Thorough,
    CodingMethod::General,
];

#[test]
fn eight_bits_in_sixteen_take_the_way_of_eight() {
    for color in [
        ColorType::Gray,
        ColorType::GrayAlpha,
        ColorType::Rgb,
        ColorType::Rgba,
    ] {
        let image = image(color, 200, |number| number * 257);
        assert_eq!(coded_format(&image).depth, BitDepth::Eight);
        for method in METHODS.map(Some).into_iter().chain([None]) {
            assert!(
                has_map(&image, &file(&image, method)),
                "{color:?} {method:?}"
            );
        }
        assert!(!has_map(&image, &file(&image, Some(CodingMethod::Deep))));
    }
}

#[test]
fn more_bits_become_small_numbers() {
    type Scaling = fn(u32) -> u32;
    let scaled: [(&str, Scaling); 4] = [
        ("shifted", |number| number << 4),
        ("repeated", |number| number << 4 | number >> 8),
        ("rounded", |number| (number * 65_535 + 2047) / 4095),
        ("with an offset", |number| 32_768 + number * 3),
    ];
    for (name, value) in scaled {
        let image = image(ColorType::Gray, 4096, value);
        for method in [
            CodingMethod::Stored,
            CodingMethod::General,
            CodingMethod::Deep,
        ] {
            assert!(
                has_map(&image, &file(&image, Some(method))),
                "{name} {method:?}"
            );
        }
    }
}

#[test]
fn eight_bits_with_gaps_have_a_map_that_makes_the_file_smaller() {
    let (width, height) = SIZE;
    let samples = (0..width * height).map(|at| (at * at % 331 % 60 * 4) as u8);
    let image = Image::new(width, height, ColorType::Gray, samples.collect()).expect("fits");
    assert!(has_map(&image, &file(&image, None)));
}

#[test]
fn samples_without_gaps_have_no_map() {
    let image = image(ColorType::Gray, 4096, |number| number + 900);
    assert_eq!(coded_format(&image), image.format());
    assert!(!has_map(&image, &file(&image, None)));
}

#[test]
fn the_numbers_of_a_palette_have_no_map() {
    let (width, height) = SIZE;
    let samples = (0..width * height).map(|at| (at * at % 331 % 60 * 4) as u8);
    let colors = (0..=255).map(|index| [index, 255 - index, 7]).collect();
    let palette = Palette::new(colors, Vec::new()).expect("legal");
    let image = Image::with_palette(width, height, BitDepth::Eight, palette, samples.collect());
    let image = image.expect("fits");
    assert!(!has_map(&image, &file(&image, None)));
}

#[test]
fn few_values_that_are_nearly_all_of_a_grid_are_not_listed() {
    let image = image(ColorType::Gray, 200, |number| (number + number / 199) * 257);
    let (file, limits) = (file(&image, Some(CodingMethod::General)), Limits::default());
    let map = read_header(&file, &limits).expect("a header").sample_map;
    let values: Vec<usize> = map.expect("a map").values().collect();
    assert_eq!(values, [201], "199 is among them, though no sample has it");
}

proptest! {
    #![proptest_config(seeded::cases(64))]

    #[test]
    fn any_values_come_back(
        values in proptest::collection::btree_set(any::<u16>(), 1..400),
        color in prop::sample::select(vec![ColorType::Gray, ColorType::GrayAlpha, ColorType::Rgb, ColorType::Rgba]),
    ) {
        let values: Vec<u16> = values.into_iter().collect();
        let image = image(color, values.len() as u32, |number| values[number as usize].into());
        has_map(&image, &file(&image, None));
    }
}

/// A ramp that rises, and falls three times as fast: hundreds of values, of which a list takes more than all residuals.
#[test]
fn a_small_image_has_a_map_only_if_that_makes_its_file_smaller() {
    let (width, height) = SIZE;
    let ramp = |at: u32| match (at % width * 2304 + at / width * 512) % 87_381 {
        rising @ ..=0xffff => rising as u16,
        falling => (3 * (87_381 - falling)) as u16,
    };
    let samples: Vec<u16> = (0..width * height).map(ramp).collect();
    let image = Image::from_u16(width, height, ColorType::Gray, &samples).expect("as many samples");
    let bytes = file(&image, None);
    assert!(!has_map(&image, &bytes));
    assert!(bytes.len() < 600, "{} bytes", bytes.len());
}

/// Where the map begins in a gray file with tiles, and its length.
fn map_of(bytes: &[u8]) -> (usize, usize) {
    let start = 10;
    let header_length = bytes[9] & 0x80 != 0;
    // Flags, format, width, height and three fields of the tiling, of one byte each.
    let at = start + usize::from(header_length) + 7;
    (at + 1, usize::from(bytes[at]))
}

fn reseal(bytes: &mut [u8], header_bytes: u64) {
    let end = header_bytes as usize - 4;
    let checksum = crc32fast::hash(&bytes[..end]).to_le_bytes();
    bytes[end..end + 4].copy_from_slice(&checksum);
}

#[test]
fn damaged_maps_end_politely() {
    let image = image(ColorType::Gray, 400, |number| number * number % 60_000);
    let bytes = file(&image, Some(CodingMethod::Stored));
    let header = read_header(&bytes, &Limits::default()).expect("a header");
    assert!(header.sample_map.is_some());
    let (start, length) = map_of(&bytes);
    let mut refused = 0;
    for at in start..start + length.min(120) {
        for flip in [1, 0x10, 0xff] {
            let mut damaged = bytes.clone();
            damaged[at] ^= flip;
            reseal(&mut damaged, header.header_bytes);
            match decode_partial(&damaged, &resolve, &DecodeOptions::default()) {
                Ok(partial) => {
                    let whole = partial.damaged.is_empty() && partial.warnings.is_empty();
                    refused += usize::from(!whole);
                }
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::BadData, "{error}");
                    refused += 1;
                }
            }
        }
    }
    assert!(refused > length.min(120), "{refused}");
}

#[test]
fn indices_that_have_no_value_are_refused() {
    let image = image(ColorType::Gray, 200, |number| number * 257);
    let mut bytes = file(&image, Some(CodingMethod::Stored));
    let header = read_header(&bytes, &Limits::default()).expect("a header");
    let group = header.groups[0];
    bytes[group.offset as usize + 5] = 250;
    let payload = &bytes[group.offset as usize..][..group.length as usize];
    let checksum = crc32fast::hash(payload).to_le_bytes();
    let before = group.checksum.to_le_bytes();
    let positions = bytes[..header.header_bytes as usize].windows(4);
    let at = positions
        .clone()
        .position(|bytes| bytes == before)
        .expect("in the table");
    bytes[at..at + 4].copy_from_slice(&checksum);
    reseal(&mut bytes, header.header_bytes);
    let error = decode(&bytes, &resolve, &DecodeOptions::default()).expect_err("no value");
    assert!(
        error.to_string().contains("not in the sample map"),
        "{error}"
    );
    let partial = decode_partial(&bytes, &resolve, &DecodeOptions::default()).expect("the rest");
    assert_eq!(partial.damaged.len(), 1);
    let first = partial.image.to_u16()[0];
    assert_eq!(first, 0, "the samples of a damaged group are 0");
}

#[test]
fn limits_count_a_map() {
    let image = image(ColorType::Gray, 400, |number| number * number % 60_000);
    let bytes = file(&image, Some(CodingMethod::Stored));
    let limits = Limits::default().with_max_memory(50_000);
    let error = read_header(&bytes, &limits).expect_err("a map takes more");
    assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
}

#[test]
fn maps_of_fewer_than_eight_bits_are_refused() {
    let image = image(ColorType::Gray, 200, |number| number * 257);
    let mut bytes = file(&image, None);
    assert!(has_map(&image, &bytes));
    let header = read_header(&bytes, &Limits::default()).expect("a header");
    // Signature, version, length of the header, flags; then the sample format: gray, now of 4 bits.
    assert_eq!(bytes[11], 0x40);
    bytes[11] = 0x20;
    let end = header.header_bytes as usize - 4;
    let checksum = crc32fast::hash(&bytes[..end]).to_le_bytes();
    bytes[end..end + 4].copy_from_slice(&checksum);
    let error = read_header(&bytes, &Limits::default()).expect_err("a map of 4 bits");
    assert!(error.to_string().contains("sample_map"), "{error}");
}
