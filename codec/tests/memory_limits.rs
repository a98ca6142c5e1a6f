//! Is as much memory counted as decoding takes, and is the limit the last number that is allowed?
//!
//! The sums may change by the size of a structure; each of their terms is larger than that here.

use pxc_codec::{
    BitDepth, CodingMethod, ColorType, DecodeOptions, EncodeOptions, Error, Image, Limits, Rect,
    Tiling, decode, decode_region, encode, read_header,
};
use pxc_test_predictors::hashing_model::{HashingModel, resolve};
use pxc_test_predictors::images::{drawing, gradient};

/// How far a sum may be from the expected one, in bytes.
const SLACK: u64 = 3000;

fn limits(max_memory: u64) -> Limits {
    Limits::default().with_max_memory(max_memory)
}

/// The smallest limit with which `decoded` succeeds: what it says it needs, and not a byte less.
fn needed<T>(decoded: impl Fn(Limits) -> Result<T, Error>) -> u64 {
    let mut allowed = 0;
    loop {
        match decoded(limits(allowed)).map(drop) {
            Err(Error::LimitExceeded {
                limit: "max_memory",
                allowed: named,
                needed,
            }) => {
                assert!(named == allowed && needed > allowed);
                let below = decoded(limits(needed - 1)).map(drop);
                assert!(matches!(below, Err(Error::LimitExceeded { .. })));
                allowed = needed;
            }
            other => {
                other.expect("nothing else goes wrong");
                return allowed;
            }
        }
    }
}

fn file(image: &Image, method: CodingMethod, tile: u32, tiles_per_group: u32) -> Vec<u8> {
    let options = EncodeOptions::default()
        .with_tiling(Tiling {
            tile_width: tile,
            tile_height: tile,
            tiles_per_group,
        })
        .with_method(method);
    let model = HashingModel::new(image.color().color_planes());
    let (bytes, _) = encode(image, &[], Some(&model), &options).expect("encodes");
    bytes
}

fn memory(bytes: &[u8], threads: usize) -> u64 {
    needed(|limits| {
        let options = DecodeOptions::default()
            .with_limits(limits)
            .with_threads(threads);
        decode(bytes, &resolve, &options)
    })
}

fn assert_near(found: u64, expected: u64, what: &str) {
    println!("{what}: {found}");
    assert!(
        found.abs_diff(expected) <= SLACK,
        "{what}: {found}, expected {expected}"
    );
}

/// The bytes of the image and of a group's tiles count. If there is no memory for more threads, fewer work.
#[test]
fn image_and_tiles_are_counted() {
    let image = gradient(256, 256, ColorType::Gray);
    let (whole, tile) = (256 * 256, 128 * 128);
    let apart = file(&image, CodingMethod::Stored, 128, 1);
    assert_near(memory(&apart, 1), whole + tile, "one thread");
    assert_near(memory(&apart, 3), whole + tile, "three threads");
    assert_near(memory(&apart, 9), whole + tile, "nine threads");
    let together = file(&image, CodingMethod::Stored, 128, 3);
    assert_near(
        memory(&together, 1),
        whole + 3 * tile,
        "three tiles in a group",
    );
    let all = file(&image, CodingMethod::Stored, 128, 1000);
    assert_near(memory(&all, 2), whole + 4 * tile, "a group of all tiles");
}

#[test]
fn channels_and_bit_depths_are_counted() {
    let color = gradient(200, 100, ColorType::Rgba);
    let bytes = file(&color, CodingMethod::Stored, 100, 1);
    assert_near(memory(&bytes, 1), 4 * (20_000 + 10_000), "rgba");
    let deep = Image::from_u16(200, 100, ColorType::Gray, &[999; 20_000]).expect("an image");
    assert_eq!(deep.depth(), BitDepth::Sixteen);
    let bytes = file(&deep, CodingMethod::Stored, 100, 1);
    assert_near(memory(&bytes, 1), 2 * (20_000 + 10_000), "16 bits");
}

#[test]
fn a_region_takes_its_own_pixels() {
    let image = gradient(256, 256, ColorType::Gray);
    let bytes = file(&image, CodingMethod::Stored, 128, 1);
    let region = Rect {
        x: 100,
        y: 0,
        width: 120,
        height: 256,
    };
    let found = needed(|limits| {
        let options = DecodeOptions::default().with_limits(limits);
        decode_region(&bytes, region, &resolve, &options)
    });
    // The header alone is refused when the whole image does not fit.
    assert_near(found, 256 * 256, "a region");
}

/// The tables of the general method, of the refinement and of the colour set count; the figures were measured once.
#[test]
fn what_methods_learn_is_counted() {
    let gray = |side: u32| drawing(side, side, ColorType::Gray);
    let general = |side: u32| memory(&file(&gray(side), CodingMethod::General, side, 1), 1);
    assert_near(general(1), GENERAL[0], "general, 1 pixel");
    assert_near(general(64), GENERAL[1], "general, 2^12 pixels");
    assert_near(general(256), GENERAL[2], "general, 2^16 pixels");
    let row = |width: u32| {
        let image = drawing(width, 1, ColorType::Gray);
        let options = EncodeOptions::default().with_method(CodingMethod::General);
        let options = options.with_tiling(Tiling::whole(width, 1));
        memory(&encode(&image, &[], None, &options).expect("encodes").0, 1)
    };
    // Image, tile, numbers, and what is kept for each column.
    assert_near(
        row(20_000) - row(19_000),
        1000 * (1 + 1 + 4 + 25),
        "general, a row",
    );
    let rgb = gradient(64, 64, ColorType::Rgb);
    let joint = gradient(64, 64, ColorType::Rgba);
    assert_near(
        memory(&file(&rgb, CodingMethod::General, 64, 1), 1),
        GENERAL[3],
        "general, rgb",
    );
    assert_near(
        memory(&file(&joint, CodingMethod::General, 64, 1), 1),
        GENERAL[4],
        "general, rgba",
    );

    let refined = file(&rgb, CodingMethod::Refined, 64, 1);
    assert_near(memory(&refined, 1), REFINED, "refined");
    let thorough = file(&rgb, CodingMethod::Thorough, 64, 1);
    assert_near(memory(&thorough, 1), THOROUGH, "thorough");
    let network = file(&rgb, CodingMethod::Network, 64, 1);
    assert_near(memory(&network, 1), REFINED, "network");

    let colors = EncodeOptions::default()
        .with_color_set(true)
        .with_method(CodingMethod::Refined)
        .with_tiling(Tiling::whole(64, 64));
    let (listed, _) = encode(&rgb, &[], Some(&HashingModel::new(3)), &colors).expect("encodes");
    let header = read_header(&listed, &Limits::default()).expect("a header");
    assert!(header.color_set.is_some());
    assert_near(memory(&listed, 1), REFINED + COLORS, "a colour set");
}

const GENERAL: [u64; 5] = [340_647, 1_541_832, 20_715_912, 1_594_056, 1_620_168];
const REFINED: u64 = 20_114_576;
const THOROUGH: u64 = 53_128_856;
const COLORS: u64 = 4_903_888;

#[test]
fn pixels_and_metadata_are_allowed_up_to_the_limit() {
    let image = gradient(20, 10, ColorType::Gray);
    let chunk = |size: usize| pxc_codec::MetadataChunk {
        tag: *b"tEXt",
        data: vec![7; size],
    };
    let options = EncodeOptions::default();
    let (bytes, _) = encode(&image, &[chunk(100), chunk(50)], None, &options).expect("encodes");
    let with = |limits: Limits| read_header(&bytes, &limits).map(drop);
    let pixels = |max_pixels| with(Limits::default().with_max_pixels(max_pixels));
    assert_eq!(pixels(200), Ok(()));
    assert!(matches!(
        pixels(199),
        Err(Error::LimitExceeded {
            limit: "max_pixels",
            needed: 200,
            ..
        })
    ));
    let metadata = |max_metadata| with(Limits::default().with_max_metadata(max_metadata));
    // A chunk counts with the entry that holds it.
    let needed = 100 + 50 + 2 * 32;
    assert_eq!(metadata(needed), Ok(()));
    assert!(matches!(
        metadata(needed - 1),
        Err(Error::LimitExceeded {
            limit: "max_metadata",
            ..
        })
    ));
}

#[test]
fn reserved_memory_is_gone() {
    let left = limits(100).reserve(30).expect("enough");
    assert_eq!(left, limits(70));
    assert_eq!(limits(100).reserve(100), Ok(limits(0)));
    assert!(limits(100).reserve(101).is_err());
    assert_eq!(limits(600).check_image(10, 20, 3), Ok(()));
    assert!(limits(599).check_image(10, 20, 3).is_err());
    let pixels = Limits::default().with_max_pixels(200);
    assert_eq!(pixels.check_image(10, 20, 3), Ok(()));
    assert!(pixels.check_image(3, 67, 3).is_err());
}

/// Encoding is refused before it takes too much, and it never counts less than decoding: a writer makes no file that a
/// reader refuses.
#[test]
fn encoding_is_counted_too() {
    let image = gradient(256, 128, ColorType::Rgb);
    let model = HashingModel::new(3);
    let tiling = |side| Tiling {
        tile_width: side,
        tile_height: side,
        tiles_per_group: 1,
    };
    let encoding = |method, threads, side| {
        needed(|limits| {
            let options = EncodeOptions::default()
                .with_tiling(tiling(side))
                .with_method(method)
                .with_threads(threads)
                .with_limits(limits);
            encode(&image, &[], Some(&model), &options)
        })
    };
    for method in [
        CodingMethod::Stored,
        CodingMethod::General,
        CodingMethod::Network,
        CodingMethod::Refined,
        CodingMethod::Thorough,
    ] {
        let bytes = file(&image, method, 128, 1);
        let (made, read) = (encoding(method, 1, 128), memory(&bytes, 1));
        assert!(made >= read, "{method:?}: {made} and {read}");
        // Image and file, a group with its streams, and what a method learns.
        let (samples, group) = (256 * 128 * 3, 128 * 128 * 3);
        let least = samples + 2 * bytes.len() as u64 + 5 * group;
        let learned = THOROUGH + COLORS + GENERAL[2];
        assert!(
            (least..least + learned).contains(&made),
            "{method:?}: {made}"
        );
    }
    let one = encoding(CodingMethod::Stored, 1, 128);
    let more = [2, 9].map(|threads| encoding(CodingMethod::Stored, threads, 128));
    assert_eq!(
        more,
        [one, one],
        "where memory is short, fewer threads work"
    );
    let small = encoding(CodingMethod::Stored, 1, 16);
    assert!(small < one, "small groups take less");
}
