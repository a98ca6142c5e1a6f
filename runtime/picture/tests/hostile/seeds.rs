//! Small files of every coding method, to start from.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder};
use pxc_codec::{
    BitDepth, CodingMethod, ColorType, EncodeOptions, Image, Limits, MetadataChunk, Palette,
    Predictor, SampleFormat, Tiling, coded_format, encode,
};
use pxc_picture::{OutputFormat, ReadOptions, compress_jpeg, exact, read_picture, write_picture};
use pxc_test_predictors::images::{drawing, gradient, noise_of_levels};
use pxc_test_predictors::named::all as models;

/// The names and bytes of all seeds.
pub(crate) fn all() -> Vec<(String, Vec<u8>)> {
    let files = without_model().into_iter().chain(photos());
    files
        .chain(maps())
        .chain([exact_file()])
        .chain(jpeg_files())
        .collect()
}

fn file(
    image: &Image,
    chunks: &[MetadataChunk],
    model: Option<&dyn Predictor>,
    method: CodingMethod,
    tiling: Option<Tiling>,
) -> Vec<u8> {
    let options = EncodeOptions::default()
        .with_method(Some(method))
        .with_tiling(tiling)
        .with_threads(1);
    encode(image, chunks, model, &options).expect("a file").0
}

/// Two groups, of two tiles and one.
fn tiles(method: CodingMethod) -> Option<Tiling> {
    let per_group = if method == CodingMethod::Stored { 1 } else { 2 };
    Some(Tiling {
        tile_width: 7,
        tile_height: 8,
        tiles_per_group: per_group,
    })
}

/// An image of any format, of 13 × 8 pixels.
fn any_format(color: ColorType, depth: BitDepth) -> Image {
    let format = SampleFormat { color, depth };
    let count = 13 * 8 * format.pixel_bytes();
    let largest = (depth.largest() as usize).min(255) + 1;
    let samples = (0..count).map(|at| (at * at / 5 % largest.min(11)) as u8);
    let samples = samples.collect();
    let image = match color {
        ColorType::Palette => {
            let colors = (0..largest.min(11)).map(|entry| [entry as u8 * 9, 7, 200]);
            let palette = Palette::new(colors.collect(), vec![0, 128]).expect("legal");
            Image::with_palette(13, 8, depth, palette, samples)
        }
        _ => Image::with_format(13, 8, format, samples),
    };
    image.expect("legal samples")
}

fn without_model() -> Vec<(String, Vec<u8>)> {
    use BitDepth::{Eight, Four, One, Sixteen, Two};
    let mut files = Vec::new();
    for (color, depth) in [
        (ColorType::Gray, One),
        (ColorType::Gray, Four),
        (ColorType::Gray, Eight),
        (ColorType::Gray, Sixteen),
        (ColorType::GrayAlpha, Eight),
        (ColorType::Rgb, Eight),
        (ColorType::Rgb, Sixteen),
        (ColorType::Palette, Two),
        (ColorType::Palette, Eight),
        (ColorType::Rgba, Eight),
        (ColorType::Rgba, Sixteen),
    ] {
        let image = any_format(color, depth);
        for method in [
            CodingMethod::Stored,
            CodingMethod::Adaptive,
            CodingMethod::General,
            CodingMethod::Deep,
        ] {
            if !method.codes(coded_format(&image)) {
                continue;
            }
            let name = format!("{method:?}-{color:?}-{}", depth.bits()).to_lowercase();
            files.push((name, file(&image, &[], None, method, tiles(method))));
        }
    }
    let mapped = (0..40 * 30).map(|n: u32| (n * n % 251 * 257) as u16);
    let samples: Vec<u16> = mapped.collect();
    let image = Image::from_u16(40, 30, ColorType::Gray, &samples).expect("as many samples");
    files.push((
        "mapped-gray".into(),
        file(&image, &[], None, CodingMethod::General, None),
    ));
    let samples: Vec<u16> = (0..40 * 30)
        .map(|n: u16| n.wrapping_mul(977) % 7001)
        .collect();
    let image = Image::from_u16(40, 30, ColorType::Gray, &samples).expect("as many samples");
    files.push((
        "deep-gray".into(),
        file(
            &image,
            &[],
            None,
            CodingMethod::Deep,
            tiles(CodingMethod::Deep),
        ),
    ));
    let image = drawing(40, 30, ColorType::Rgb);
    files.push((
        "general-drawing".into(),
        file(&image, &[], None, CodingMethod::General, None),
    ));
    files
}

fn photos() -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let text = MetadataChunk {
        tag: *b"tEXt",
        data: b"Software\0Adobe Photoshop, Adobe Photoshop".to_vec(),
    };
    for (index, model) in models()[..6].iter().enumerate() {
        for method in [
            CodingMethod::Network,
            CodingMethod::Refined,
            CodingMethod::Thorough,
        ] {
            let colors = if model.spec().channels() == 1 {
                [ColorType::Gray, ColorType::GrayAlpha]
            } else {
                [ColorType::Rgb, ColorType::Rgba]
            };
            let image = gradient(13, 8, colors[index % 2]);
            let chunks = [text.clone()];
            let chunks = if index % 3 == 0 { &chunks[..] } else { &[] };
            let bytes = file(&image, chunks, Some(&**model), method, tiles(method));
            files.push((format!("{method:?}-{index}").to_lowercase(), bytes));
        }
    }
    files
}

fn maps() -> Vec<(String, Vec<u8>)> {
    let named = models()[6..].iter().enumerate().map(|(index, model)| {
        let spec = model.spec();
        let image = noise_of_levels(10, 8, spec.channels(), spec.levels);
        let bytes = file(&image, &[], Some(&**model), CodingMethod::Network, None);
        (format!("maps-{index}"), bytes)
    });
    named.collect()
}

fn exact_file() -> (String, Vec<u8>) {
    let image = gradient(20, 9, ColorType::Rgb);
    let png = write_picture(image, &[], OutputFormat::Png).expect("a PNG");
    let picture = read_picture(&png.bytes, &ReadOptions::default()).expect("a picture");
    let chunk = exact::describe(&png.bytes, &picture, usize::MAX, &Limits::default())
        .expect("a description");
    let bytes = file(&picture.image, &[chunk], None, CodingMethod::General, None);
    ("exact".into(), bytes)
}

fn jpeg_files() -> Vec<(String, Vec<u8>)> {
    let files = [
        ("jpeg-gray", ColorType::Gray, ExtendedColorType::L8),
        ("jpeg-rgb", ColorType::Rgb, ExtendedColorType::Rgb8),
    ];
    let files = files.map(|(name, color, kind)| {
        let image = gradient(21, 12, color);
        let mut jpeg = Cursor::new(Vec::new());
        let encoder = JpegEncoder::new_with_quality(&mut jpeg, 70);
        let written = encoder.write_image(image.samples(), 21, 12, kind);
        written.expect("a JPEG file");
        let (bytes, _) =
            compress_jpeg(&jpeg.into_inner(), &Limits::default(), None).expect("codes");
        (name.to_owned(), bytes)
    });
    files.into()
}
