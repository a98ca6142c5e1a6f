//! `pxc thumbnail` makes images of the first pixels of blocks from files of models of two scales, of previews, and of
//! whole images.

use std::fs;

use pxc_codec::{CodingMethod, ColorType, Image, Limits, MetadataChunk, read_header};
use pxc_runtime::{Backend, CompressOptions, Engine, Registry};
use pxc_test_harness::{PngFile, decode_png, fixtures, names, outcome, photo, succeed, write_png};

const RATIO: u32 = 2;

fn engine() -> Engine {
    let registry = Registry::with_directory(Some(fixtures().join("models")));
    Engine::new(registry, Backend::Tract)
}

fn network_only() -> CompressOptions<'static> {
    CompressOptions::default().with_method(CodingMethod::Network)
}

fn first_pixels(image: &Image) -> Image {
    let pixel = image.format().pixel_bytes();
    let at = |x: u32, y: u32| (y * image.width() + x) as usize * pixel;
    let rows = (0..image.height()).step_by(RATIO as usize);
    let pixels = rows.flat_map(|y| {
        let columns = (0..image.width()).step_by(RATIO as usize);
        columns.flat_map(move |x| image.samples()[at(x, y)..][..pixel].to_vec())
    });
    let (width, height) = (
        image.width().div_ceil(RATIO),
        image.height().div_ceil(RATIO),
    );
    Image::with_format(width, height, image.format(), pixels.collect()).expect("an image")
}

#[test]
fn thumbnails_are_the_first_pixels_of_blocks() {
    let directory = tempfile::tempdir().expect("a directory");
    let at = directory.path();
    let engine = engine();
    for (model, color) in [
        ("tiny-multiscale-gray", ColorType::Gray),
        ("tiny-multiscale-gray", ColorType::GrayAlpha),
        ("tiny-multiscale-rgb", ColorType::Rgb),
        ("tiny-multiscale-rgb", ColorType::Rgba),
    ] {
        let image = photo(33, 21, color);
        let options = network_only().with_model(model);
        let (file, _) = engine.compress(&image, &options).expect("a file");
        fs::write(at.join("img.pxc"), file).expect("written");
        succeed(at, &["thumbnail", "img.pxc", "-o", "small.png", "--force"]);
        let found = fs::read(at.join("small.png")).expect("a thumbnail");
        let expected = PngFile::of(&first_pixels(&image)).bytes();
        assert!(decode_png(&found) == decode_png(&expected), "{color:?}");
    }
    let (code, _, stderr) = outcome(at, &["thumbnail", "img.pxc", "-o", "small.png"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("already exists"), "{stderr}");
}

#[test]
fn golden_files_have_thumbnails() {
    let directory = tempfile::tempdir().expect("a directory");
    let at = directory.path();
    for name in ["gray-two-scales", "rgb-two-scales"] {
        let file = fixtures().join(format!("golden/v1/{name}.pxc"));
        let file = file.to_str().expect("UTF-8");
        let one = format!("{name}-one.png");
        let seven = format!("{name}-seven.png");
        succeed(at, &["thumbnail", "--threads", "1", file, "-o", &one]);
        succeed(at, &["thumbnail", "--threads", "7", file, "-o", &seven]);
        let read = |name: &str| fs::read(at.join(name)).expect("a thumbnail");
        assert!(read(&one) == read(&seven), "{name}");
    }
}

#[test]
fn images_without_a_preview_are_scaled_down() {
    let directory = tempfile::tempdir().expect("a directory");
    let at = directory.path();
    let image = photo(33, 21, ColorType::Gray);
    write_png(&at.join("img.png"), &image);
    succeed(at, &["compress", "--model", "tiny-gray", "img.png"]);
    for (size, longest) in [("256", 256), ("33", 33), ("32", 32), ("1", 1)] {
        succeed(
            at,
            &["thumbnail", "img.pxc", "-s", size, "-fo", "small.png"],
        );
        let found = fs::read(at.join("small.png")).expect("a thumbnail");
        let expected = PngFile::of(&scaled(&image, longest)).bytes();
        assert!(decode_png(&found) == decode_png(&expected), "{size}");
    }
}

/// Noise on a slope: more than 2^20 pixels.
fn large() -> Image {
    let mut noise = 1_u32;
    let samples = (0..1100 * 1000_u32).map(|at| {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (at / 1100 / 5 + (noise >> 27)) as u8
    });
    Image::new(1100, 1000, ColorType::Gray, samples.collect()).expect("an image")
}

#[test]
fn large_images_have_previews() {
    let directory = tempfile::tempdir().expect("a directory");
    let at = directory.path();
    let options = CompressOptions::default().with_method(CodingMethod::Stored);
    let (mut file, _) = engine().compress(&large(), &options).expect("a file");
    let header = read_header(&file, &Limits::default()).expect("a header");
    let preview = header.preview.expect("a preview");
    fs::write(at.join("img.pxc"), &file).expect("written");
    let mean_difference = |size: &str| {
        succeed(
            at,
            &["thumbnail", "img.pxc", "-s", size, "-fo", "small.png"],
        );
        let found = fs::read(at.join("small.png")).expect("a thumbnail");
        let found = image::load_from_memory(&found)
            .expect("an image")
            .to_luma8();
        let expected = scaled(&large(), found.width());
        let pairs = found.as_raw().iter().zip(expected.samples());
        let sum: u64 = pairs.map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
        (found.width(), sum / expected.pixels())
    };
    for (size, width) in [("256", preview.width), ("128", 128), ("300", 300)] {
        let (found, difference) = mean_difference(size);
        assert_eq!(found, width);
        assert!(difference < 4, "{size}: {difference}");
    }
    succeed(at, &["test", "-q", "img.pxc"]);
    let (_, stdout, _) = outcome(at, &["info", "img.pxc"]);
    let line = format!(
        "  preview            {} × {}, step {}, {} bytes\n",
        preview.width, preview.height, preview.step, preview.length
    );
    assert!(stdout.contains(&line), "{stdout}");

    // A damaged preview: the thumbnail comes from the image.
    file[preview.offset as usize + 9] ^= 1;
    fs::write(at.join("img.pxc"), file).expect("written");
    assert_eq!(mean_difference("200"), (200, 0));
    succeed(at, &["decompress", "img.pxc", "-qo", "back.png"]);
    let (code, _, stderr) = outcome(at, &["test", "img.pxc"]);
    assert_eq!(code, 1);
    assert!(
        stderr.ends_with("(only the preview is damaged)\n"),
        "{stderr}"
    );
}

#[test]
fn previews_can_be_left_out() {
    let directory = tempfile::tempdir().expect("a directory");
    let at = directory.path();
    write_png(&at.join("img.png"), &large());
    let preview_of = |options: &[&str]| {
        succeed(at, &[&["compress", "-1f", "img.png"], options].concat());
        let file = fs::read(at.join("img.pxc")).expect("a file");
        let header = read_header(&file, &Limits::default()).expect("a header");
        (header.preview, file.len() as u64)
    };
    let (preview, bytes) = preview_of(&[]);
    let preview = preview.expect("a preview");
    assert!(
        preview.length * 1000 <= 3 * bytes,
        "{preview:?} of {bytes} bytes"
    );
    let (without, fewer) = preview_of(&["--no-preview"]);
    assert_eq!(without, None);
    assert!(fewer + preview.length < bytes);
}

#[test]
fn thumbnails_of_several_files_go_to_a_directory() {
    let directory = tempfile::tempdir().expect("a directory");
    let at = directory.path();
    fs::create_dir(at.join("small")).expect("a directory");
    let mut command = vec!["thumbnail", "--quiet", "-o", "small"];
    for name in ["gray-two-scales", "rgb-two-scales"] {
        let file = format!("{name}.pxc");
        fs::copy(fixtures().join("golden/v1").join(&file), at.join(file)).expect("a copy");
    }
    command.extend(["gray-two-scales.pxc", "rgb-two-scales.pxc"]);
    succeed(at, &command);
    let made = names(&at.join("small"));
    assert_eq!(
        made,
        [
            "gray-two-scales-thumbnail.png",
            "rgb-two-scales-thumbnail.png"
        ]
    );
    for name in made {
        let single = format!("single-{name}");
        let file = name.replace("-thumbnail.png", ".pxc");
        succeed(at, &["thumbnail", &file, "-o", &single]);
        let read = |path| fs::read(at.join(path)).expect("a thumbnail");
        assert!(read(format!("small/{name}")) == read(single), "{name}");
    }
}

#[test]
fn what_the_format_does_not_keep_is_named() {
    let directory = tempfile::tempdir().expect("a directory");
    let at = directory.path();
    let metadata = [MetadataChunk {
        tag: *b"gAMA",
        data: vec![0, 0, 0xb1, 0x8f],
    }];
    let options = CompressOptions::default()
        .with_model("tiny-multiscale-gray")
        .with_metadata(&metadata)
        .with_method(CodingMethod::Network);
    let image = photo(33, 21, ColorType::Gray);
    let (file, _) = engine().compress(&image, &options).expect("a file");
    fs::write(at.join("img.pxc"), file).expect("written");
    let (code, _, stderr) = outcome(at, &["thumbnail", "img.pxc", "-o", "small.qoi"]);
    let words = "small.qoi: note: the format does not keep gAMA\n";
    assert_eq!((code, stderr.as_str()), (0, words));
}

fn scaled(image: &Image, longest: u32) -> Image {
    let scaled = image
        .clone()
        .thumbnail(longest, &Limits::default(), || true);
    scaled.expect("within the limits")
}

#[test]
fn a_tree_of_files_becomes_a_tree_of_thumbnails() {
    let directory = tempfile::tempdir().expect("a directory");
    let at = directory.path();
    for folder in ["a", "b"] {
        fs::create_dir_all(at.join("in").join(folder)).expect("a directory");
        let name = format!("in/{folder}/x.png");
        write_png(&at.join(&name), &photo(20, 10, ColorType::Gray));
        succeed(at, &["compress", "--rm", "-q", &name]);
    }
    succeed(
        at,
        &["thumbnail", "-q", "-r", "in", "--out-dir", "out", "-s", "8"],
    );
    for folder in ["a", "b"] {
        let found = names(&at.join("out").join(folder));
        assert_eq!(found, ["x-thumbnail.png"]);
    }
}
