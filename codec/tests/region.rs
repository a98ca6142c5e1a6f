//! Is a part of an image what the whole image has there, with each method, and is nothing else read?

use pxc_codec::{
    CodingMethod, ColorType, DecodeOptions, EncodeOptions, Error, ErrorKind, Image, Limits, Rect,
    Tiling, decode_region, encode, read_header,
};
use pxc_test_predictors::hashing_model::{HashingModel, resolve};
use pxc_test_predictors::images::draw;

const SIZE: (u32, u32) = (31, 23);

fn file(color: ColorType, method: Option<CodingMethod>, tiles_per_group: u32) -> (Image, Vec<u8>) {
    let (width, height) = SIZE;
    let image = draw(width, height, color, |x, y, c| {
        ((x * (c + 1) + y * 3) / 2 + x * y % 3) as u8
    });
    let options = EncodeOptions::default()
        .with_tiling(Tiling {
            tile_width: 12,
            tile_height: 10,
            tiles_per_group,
        })
        .with_method(method);
    let model = HashingModel::new(color.color_planes());
    let (bytes, _) = encode(&image, &[], Some(&model), &options).expect("encodes");
    (image, bytes)
}

fn part(image: &Image, rect: Rect) -> Vec<u8> {
    let channels = image.color().channels();
    let row = |y: usize| {
        let start = (y * image.width() as usize + rect.x) * channels;
        &image.samples()[start..start + rect.width * channels]
    };
    (rect.y..rect.y + rect.height)
        .flat_map(row)
        .copied()
        .collect()
}

fn rect(x: usize, y: usize, width: usize, height: usize) -> Rect {
    Rect {
        x,
        y,
        width,
        height,
    }
}

#[test]
fn parts_are_those_of_the_whole() {
    for (color, method, tiles) in [
        (ColorType::Rgb, Some(CodingMethod::Network), 1),
        (ColorType::Rgba, Some(CodingMethod::Network), 2),
        (ColorType::GrayAlpha, Some(CodingMethod::Adaptive), 5),
        (ColorType::Gray, Some(CodingMethod::Stored), 1),
        (ColorType::Rgb, None, 100),
        (ColorType::Rgb, Some(CodingMethod::General), 1),
        (ColorType::Rgb, Some(CodingMethod::General), 5),
        (ColorType::GrayAlpha, Some(CodingMethod::General), 2),
    ] {
        let (image, bytes) = file(color, method, tiles);
        for rect in [
            rect(0, 0, 31, 23),
            rect(0, 0, 1, 1),
            rect(30, 22, 1, 1),
            rect(11, 9, 2, 2),
            rect(3, 12, 27, 5),
            rect(24, 0, 7, 23),
        ] {
            let options = DecodeOptions::default();
            let decoded = decode_region(&bytes, rect, &resolve, &options).expect("decodes");
            let size = (
                decoded.image.width() as usize,
                decoded.image.height() as usize,
            );
            assert_eq!(size, (rect.width, rect.height));
            assert!(decoded.image.samples() == part(&image, rect), "{rect:?}");
        }
    }
}

#[test]
fn parts_of_a_picture_in_two_values_and_in_few_colours_are_those_of_the_whole() {
    for colors in [2, 5] {
        let image = draw(40, 50, ColorType::Gray, |x, y, _| {
            ((x / 3 + y / 2 + x * y % 7) % colors) as u8 * 40
        });
        let options = EncodeOptions::default().with_method(CodingMethod::General);
        let (bytes, _) = encode(&image, &[], None, &options).expect("encodes");
        for rect in [rect(0, 0, 40, 50), rect(7, 0, 1, 1), rect(9, 11, 20, 30)] {
            let options = DecodeOptions::default();
            let decoded = decode_region(&bytes, rect, &resolve, &options).expect("decodes");
            assert!(decoded.image.samples() == part(&image, rect), "{rect:?}");
        }
    }
}

#[test]
fn damage_elsewhere_does_not_matter() {
    let (image, mut bytes) = file(ColorType::Rgb, Some(CodingMethod::Network), 1);
    let header = read_header(&bytes, &Limits::default()).expect("a header");
    let last = header.groups.last().expect("a group").offset as usize;
    bytes.truncate(last);
    let decoded = |rect| decode_region(&bytes, rect, &resolve, &DecodeOptions::default());
    let sound = rect(0, 0, 24, 20);
    assert!(decoded(sound).expect("decodes").image.samples() == part(&image, sound));
    let error = decoded(rect(20, 18, 11, 5)).expect_err("a missing group");
    assert!(matches!(error, Error::GroupTruncated { .. }), "{error}");
}

#[test]
fn a_part_is_inside_the_image() {
    let (_, bytes) = file(ColorType::Gray, None, 1);
    for wrong in [
        rect(0, 0, 32, 1),
        rect(31, 0, 1, 1),
        rect(0, 0, 0, 1),
        rect(usize::MAX, 0, 2, 2),
    ] {
        let error =
            decode_region(&bytes, wrong, &resolve, &DecodeOptions::default()).expect_err("outside");
        assert_eq!(error.kind(), ErrorKind::Argument, "{error}");
    }
}
