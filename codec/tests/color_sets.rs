//! Does a file that lists its colours give them back, in fewer bytes, and are wrong lists refused?

use pxc_codec::{
    CodingMethod, ColorType, DecodeOptions, EncodeOptions, Error, ErrorKind, Image, Limits, Rect,
    Tiling, decode, decode_region, encode, read_header,
};
use pxc_test_predictors::hashing_model::{HashingModel, resolve};
use pxc_test_predictors::images::draw;

const METHODS: [CodingMethod; 3] = [
    CodingMethod::Network,
    CodingMethod::Refined,
    CodingMethod::Thorough,
];

/// A picture whose blue and red follow from luma and a chroma in coarse steps.
fn lattice(width: usize, height: usize, color: ColorType) -> Image {
    draw(width as u32, height as u32, color, |x, y, c| {
        let luma = 60 + x / 3 + y / 2 + (x * x + 7 * y) % 9;
        let chroma = (x * 5 + y * y) % 5 * 6;
        [luma + chroma, luma, luma + 2 * chroma, 200][c as usize] as u8
    })
}

fn options(method: CodingMethod, color_set: Option<bool>) -> EncodeOptions<'static> {
    EncodeOptions::default()
        .with_method(method)
        .with_color_set(color_set)
}

fn bytes(image: &Image, options: &EncodeOptions<'_>) -> Vec<u8> {
    let model = HashingModel::new(image.color().color_planes());
    encode(image, &[], Some(&model), options)
        .expect("encodes")
        .0
}

fn color_set(bytes: &[u8]) -> Option<Vec<u8>> {
    let header = read_header(bytes, &Limits::default());
    header.expect("a header").color_set
}

#[test]
fn listed_colors_come_back_in_fewer_bytes() {
    for method in METHODS {
        for color in [ColorType::Rgb, ColorType::Rgba] {
            let image = lattice(61, 83, color);
            let listed = bytes(&image, &options(method, Some(true)));
            assert!(color_set(&listed).is_some());
            let decoded = decode(&listed, &resolve, &DecodeOptions::default());
            assert_eq!(decoded.expect("decodes").image, image);
            let plain = bytes(&image, &options(method, Some(false)));
            assert!(color_set(&plain).is_none());
            assert!(listed.len() < plain.len(), "{method:?}, {color:?}");
        }
    }
}

/// The contexts of a list change its bytes, and its reader has the same.
#[test]
fn the_bytes_of_a_list_are_those_of_the_format() {
    let list = |image: &Image| {
        let file = bytes(image, &options(CodingMethod::Network, Some(true)));
        let list = color_set(&file).expect("a list");
        (list.len(), blake3::hash(&list).to_hex()[..16].to_owned())
    };
    let found = list(&lattice(61, 83, ColorType::Rgb));
    assert_eq!(found, (66, "5dafaaa734dd1075".into()));
}

#[test]
fn every_size_and_tiling_comes_back() {
    for (width, height) in [(1, 1), (1, 9), (13, 1), (40, 33)] {
        let image = lattice(width, height, ColorType::Rgb);
        for tiles_per_group in [1, 3] {
            let tiled = options(CodingMethod::Network, Some(true)).with_tiling(Tiling {
                tile_width: 17.min(width as u32),
                tile_height: 10.min(height as u32),
                tiles_per_group,
            });
            let bytes = bytes(&image, &tiled);
            let decoded = decode(&bytes, &resolve, &DecodeOptions::default());
            assert_eq!(decoded.expect("decodes").image, image);
            let region = Rect {
                x: width / 2,
                y: height / 3,
                width: width - width / 2,
                height: height - height / 3,
            };
            let part = decode_region(&bytes, region, &resolve, &DecodeOptions::default());
            let part = part.expect("decodes").image;
            let row = |y: usize| {
                let start = (y * width + region.x) * 3;
                &image.samples()[start..start + region.width * 3]
            };
            let expected: Vec<u8> = (region.y..height).flat_map(row).copied().collect();
            assert_eq!(part.samples(), expected);
        }
    }
}

#[test]
fn only_pictures_that_gain_have_a_list() {
    let noise = draw(64, 64, ColorType::Rgb, |x, y, c| {
        ((x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503_797) ^ (c * 97 + x * y)) >> 5) as u8
    });
    let small = lattice(20, 20, ColorType::Rgb);
    let gray = draw(80, 80, ColorType::Gray, |x, y, _| (x + y) as u8);
    for image in [&noise, &small, &gray] {
        assert!(color_set(&bytes(image, &options(CodingMethod::Network, None))).is_none());
    }
    let image = lattice(120, 90, ColorType::Rgb);
    assert!(color_set(&bytes(&image, &options(CodingMethod::Network, None))).is_some());
    // Coders without a model do not use the set.
    for method in [CodingMethod::Stored, CodingMethod::General] {
        assert!(color_set(&bytes(&image, &options(method, Some(true)))).is_none());
    }
}

/// Changes the flags of a file and corrects the header's checksum.
fn with_flags(bytes: &[u8], change: impl Fn(u8) -> u8) -> Vec<u8> {
    let header = read_header(bytes, &Limits::default()).expect("a header");
    let (mut bytes, end) = (bytes.to_vec(), header.header_bytes as usize - 4);
    let flags = bytes[..end]
        .iter()
        .skip(9)
        .position(|byte| byte & 0x80 == 0);
    let at = 9 + flags.expect("the end of a varint") + 1;
    bytes[at] = change(bytes[at]);
    reseal(&mut bytes, end);
    bytes
}

fn reseal(bytes: &mut [u8], end: usize) {
    let checksum = crc32fast::hash(&bytes[..end]).to_le_bytes();
    bytes[end..end + 4].copy_from_slice(&checksum);
}

#[test]
fn a_list_where_there_can_be_none_is_refused() {
    let gray = draw(8, 8, ColorType::Gray, |x, y, _| (x + y) as u8);
    let bytes = bytes(&gray, &options(CodingMethod::Network, None));
    let listed = with_flags(&bytes, |flags| flags | 16);
    let error = read_header(&listed, &Limits::default()).expect_err("a gray image");
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    assert!(error.to_string().contains("color_set"), "{error}");
    let unknown = with_flags(&bytes, |flags| flags | 32);
    let error = read_header(&unknown, &Limits::default()).expect_err("no JPEG file");
    assert!(error.to_string().contains("bits 0 to 4"), "{error}");
}

#[test]
fn damaged_lists_end_politely() {
    let image = lattice(61, 83, ColorType::Rgb);
    let bytes = bytes(&image, &options(CodingMethod::Network, Some(true)));
    let header = read_header(&bytes, &Limits::default()).expect("a header");
    let set = header.color_set.expect("a colour set");
    let start = bytes.windows(set.len()).position(|window| window == set);
    let start = start.expect("the set is in the header");
    let mut too_many = 0;
    for at in 0..set.len() {
        let mut damaged = bytes.clone();
        damaged[start + at] ^= 0x5a;
        reseal(&mut damaged, header.header_bytes as usize - 4);
        match decode(&damaged, &resolve, &DecodeOptions::default()) {
            // The last bits of a stream may not matter.
            Ok(decoded) => assert!(decoded.image == image && at + 2 > set.len()),
            Err(Error::ColorSet { .. }) => too_many += 1,
            Err(error) => assert_eq!(error.kind(), ErrorKind::BadData, "{at}: {error}"),
        }
    }
    assert!(too_many > 0, "no damage made a list too long");
}
