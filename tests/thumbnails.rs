//! `pxc thumbnail`: the first pixels of blocks come out of files of models of two scales; other files are refused with words.

mod harness;

use std::fs;

use harness::{PngFile, decode_png, fixtures, names, outcome, photo, succeed, write_png};
use pxc_codec::{Coder, ColorType, Image};
use pxc_runtime::{Backend, CompressOptions, Engine, Registry};

const RATIO: u32 = 2;

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
    let registry = Registry::with_directory(Some(fixtures().join("models")));
    let engine = Engine::new(registry, Backend::Tract);
    for (model, color) in [
        ("tiny-multiscale-gray", ColorType::Gray),
        ("tiny-multiscale-gray", ColorType::GrayAlpha),
        ("tiny-multiscale-rgb", ColorType::Rgb),
        ("tiny-multiscale-rgb", ColorType::Rgba),
    ] {
        let image = photo(33, 21, color);
        let options = CompressOptions {
            model: Some(model),
            coder: Some(Coder::Network),
            ..CompressOptions::default()
        };
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
fn files_without_thumbnails_are_named() {
    let directory = tempfile::tempdir().expect("a directory");
    let at = directory.path();
    let image = photo(33, 21, ColorType::Gray);
    write_png(&at.join("img.png"), &image);
    succeed(at, &["compress", "--model", "tiny-gray", "img.png"]);
    let (code, _, stderr) = outcome(at, &["thumbnail", "img.pxc", "-o", "small.png"]);
    let words = "img.pxc: no thumbnail: the image was not coded with a model of two scales\n";
    assert_eq!((code, stderr.as_str()), (2, words));
    assert_eq!(names(at), ["img.png", "img.pxc"]);
}
