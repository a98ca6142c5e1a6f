//! Images of every format that pxc reads and writes: the same colours come back, and what a format cannot hold is
//! refused.

use std::fs;
use std::io::Cursor;
use std::path::Path;

use image::codecs::tiff::TiffEncoder;
use image::codecs::webp::WebPEncoder;
use image::{DynamicImage, ExtendedColorType, ImageDecoder, ImageEncoder, ImageFormat, RgbImage};
use pxc_codec::ColorType;
use pxc_test_harness::{PngFile, decode_png, names, outcome, photo, succeed, write_png};
use tempfile::{TempDir, tempdir};

/// A directory with an image of a colour type, `img.png`.
fn workshop(color: ColorType) -> TempDir {
    let directory = tempdir().expect("a directory");
    write_png(&directory.path().join("img.png"), &photo(21, 13, color));
    directory
}

/// Opens an image with another library.
fn open(path: &Path) -> DynamicImage {
    image::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn files_of_each_format_come_back_under_their_names() {
    for (color, formats) in [
        (ColorType::Gray, &["pgm", "pnm", "pam", "tiff", "bmp"][..]),
        (
            ColorType::Rgb,
            &["ppm", "pnm", "pam", "tiff", "webp", "qoi", "bmp"],
        ),
        (ColorType::Rgba, &["pam", "tiff", "webp", "qoi", "bmp"]),
    ] {
        let directory = workshop(color);
        let root = directory.path();
        let expected = open(&root.join("img.png"));
        succeed(root, &["compress", "img.png"]);
        for format in formats {
            let name = format!("a.{format}");
            succeed(root, &["decompress", "img.pxc", "-o", &name]);
            assert_eq!(
                open(&root.join(&name)).to_rgba16(),
                expected.to_rgba16(),
                "{name}"
            );

            succeed(root, &["compress", "-q", &name]);
            let original = fs::read(root.join(&name)).expect("a file");
            fs::remove_file(root.join(&name)).expect("a file");
            succeed(root, &["decompress", &format!("{name}.pxc")]);
            assert_eq!(
                open(&root.join(&name)).to_rgba16(),
                expected.to_rgba16(),
                "{name}"
            );
            if *format != "bmp" || color != ColorType::Gray {
                assert_eq!(
                    fs::read(root.join(&name)).expect("a file"),
                    original,
                    "{name}"
                );
            }
        }
    }
}

#[test]
fn sixteen_bits_stay_sixteen_bits() {
    let directory = tempdir().expect("a directory");
    let root = directory.path();
    let samples: Vec<u16> = (0..7 * 5 * 3).map(|n| n * 601).collect();
    let image = image::ImageBuffer::<image::Rgb<u16>, _>::from_raw(7, 5, samples).expect("fits");
    image.save(root.join("deep.tiff")).expect("a file");
    succeed(root, &["compress", "deep.tiff"]);
    for name in ["deep.png", "deep.ppm", "deep.pam", "back.tiff"] {
        succeed(root, &["decompress", "deep.tiff.pxc", "-o", name]);
        assert_eq!(open(&root.join(name)).as_rgb16(), Some(&image), "{name}");
    }
    assert_eq!(
        outcome(root, &["decompress", "deep.tiff.pxc", "--format", "webp"]),
        (
            2,
            String::new(),
            "deep.webp: webp cannot hold this 16-bit rgb image exactly \
             (it holds 8-bit rgb and rgba of at most 16384 columns and rows)\n"
                .into()
        )
    );
    assert!(!root.join("deep.webp").exists());
}

#[test]
fn palettes_become_colours_and_alpha_is_never_dropped() {
    let directory = tempdir().expect("a directory");
    let root = directory.path();
    let file = PngFile {
        width: 4,
        height: 2,
        color: png::ColorType::Indexed,
        depth: png::BitDepth::Two,
        palette: Some(vec![1, 2, 3, 250, 251, 252, 9, 8, 7]),
        transparency: None,
        rows: vec![0b0001_1000, 0b1001_0001],
        chunks: Vec::new(),
    };
    fs::write(root.join("img.png"), file.bytes()).expect("a file");
    succeed(root, &["compress", "img.png"]);
    succeed(root, &["decompress", "img.pxc", "-o", "img.ppm"]);
    assert_eq!(
        open(&root.join("img.ppm")),
        DynamicImage::from(open(&root.join("img.png")).to_rgb8())
    );

    let see_through = PngFile {
        transparency: Some(vec![0]),
        ..file
    };
    fs::write(root.join("img.png"), see_through.bytes()).expect("a file");
    succeed(root, &["compress", "-f", "img.png"]);
    assert_eq!(
        outcome(root, &["decompress", "img.pxc", "-o", "no.ppm"]),
        (
            2,
            String::new(),
            "no.ppm: ppm cannot hold this 2-bit palette (with transparent colours) image exactly \
             (it holds 8- and 16-bit rgb)\n"
                .into()
        )
    );
    succeed(root, &["decompress", "img.pxc", "-o", "img.qoi"]);
    assert_eq!(
        open(&root.join("img.qoi")),
        DynamicImage::from(open(&root.join("img.png")).to_rgba8())
    );
}

#[test]
fn content_decides_not_the_name() {
    let directory = workshop(ColorType::Rgb);
    let root = directory.path();
    let image = open(&root.join("img.png"));
    image
        .save_with_format(root.join("liar.png"), ImageFormat::Bmp)
        .expect("a file");
    succeed(root, &["compress", "liar.png"]);
    let file = fs::read(root.join("liar.png")).expect("a file");
    succeed(root, &["decompress", "-f", "liar.pxc"]);
    assert!(fs::read(root.join("liar.png")).expect("a file") == file);
    let arguments = [
        "decompress",
        "liar.pxc",
        "-o",
        "back.png",
        "--format",
        "png",
    ];
    succeed(root, &arguments);
    assert_eq!(open(&root.join("back.png")), image);
    let arguments = [
        "decompress",
        "liar.pxc",
        "-o",
        "strange.dat",
        "--format",
        "qoi",
    ];
    succeed(root, &arguments);
    let bytes = fs::read(root.join("strange.dat")).expect("a file");
    assert!(bytes.starts_with(b"qoif"));
}

#[test]
fn a_gif_is_its_palette_and_of_an_animation_the_first_frame() {
    let directory = tempdir().expect("a directory");
    let root = directory.path();
    let frame = |index: u8| gif::Frame {
        width: 3,
        height: 2,
        buffer: vec![index, 1, 2, 2, 1, 0].into(),
        ..gif::Frame::default()
    };
    let write = |name: &str, frames: &[gif::Frame<'_>]| {
        let file = fs::File::create(root.join(name)).expect("a file");
        let palette = [1, 2, 3, 40, 50, 60, 70, 80, 90, 0, 0, 0];
        let mut encoder = gif::Encoder::new(file, 3, 2, &palette).expect("a header");
        for frame in frames {
            encoder.write_frame(frame).expect("a frame");
        }
    };
    write("still.gif", &[frame(0)]);
    write("moving.gif", &[frame(0), frame(2)]);
    succeed(root, &["compress", "-q", "still.gif"]);
    let refusal = "moving.gif: not compressed: the .pxc file would not keep frame 2 of the animation \
                   (use --allow-loss to do without)\n";
    assert_eq!(
        outcome(root, &["compress", "-q", "moving.gif"]),
        (2, String::new(), refusal.into())
    );
    let planned = outcome(root, &["compress", "-q", "--dry-run", "moving.gif"]);
    assert_eq!(planned, (2, String::new(), refusal.into()));
    for more in ["-v", "--rm", "--dry-run"] {
        let arguments = ["compress", "-r", "-f", ".", "--out-dir", "out", more];
        let (code, _, stderr) = outcome(root, &arguments);
        assert!(
            code == 0 && stderr.contains("1 animated GIF"),
            "{more}: {stderr}"
        );
        assert!(!root.join("out/moving.gif.pxc").exists());
    }
    assert_eq!(names(&root.join("out")), ["still.gif.pxc"]);
    fs::rename(root.join("out/still.gif.pxc"), root.join("still.gif.pxc")).expect("a name");
    let note = "moving.gif: note: the .pxc file does not keep frame 2 of the animation\n";
    assert_eq!(
        outcome(root, &["compress", "-q", "--allow-loss", "moving.gif"]),
        (0, String::new(), note.into())
    );
    for name in ["still", "moving"] {
        succeed(root, &["decompress", &format!("{name}.gif.pxc")]);
        let png = decode_png(&fs::read(root.join(format!("{name}.gif.png"))).expect("a file"));
        assert_eq!(png.samples(), [0, 1, 2, 2, 1, 0]);
    }
    let (code, _, stderr) = outcome(root, &["compress", "-q", "--rm", "-f", "moving.gif"]);
    assert_eq!(code, 2, "{stderr}");
    assert!(
        stderr.contains("(use --allow-loss to remove it anyway)"),
        "{stderr}"
    );
    let allowed = ["compress", "-q", "--rm", "-f", "--allow-loss", "moving.gif"];
    assert_eq!(outcome(root, &allowed), (0, String::new(), note.into()));
}

#[test]
fn lossy_sources_are_taken_only_when_allowed() {
    let directory = workshop(ColorType::Rgb);
    let root = directory.path();
    let image = open(&root.join("img.png"));
    image.save(root.join("photo.jpg")).expect("a file");
    let refusal = "photo.jpg: --strip would change this JPEG file, which pxc keeps as it is (omit --strip, or use \
                   --allow-lossy-source to keep its pixels instead)\n";
    for arguments in [
        &["compress", "--strip=all", "photo.jpg"][..],
        &["compress", "-q", "-j1", "--strip=all", "photo.jpg"],
    ] {
        let refused = (2, String::new(), refusal.into());
        assert_eq!(outcome(root, arguments), refused);
    }
    let original = fs::read(root.join("photo.jpg")).expect("a file");
    let kept = ["compress", "--allow-lossy-source", "photo.jpg"];
    assert_eq!(outcome(root, &kept), (0, String::new(), String::new()));
    succeed(root, &["decompress", "photo.jpg.pxc", "-o", "back.jpg"]);
    assert!(fs::read(root.join("back.jpg")).expect("a file") == original);
    fs::remove_file(root.join("back.jpg")).expect("the file");
    let pixels = [
        "compress",
        "-f",
        "--allow-lossy-source",
        "--strip=all",
        "photo.jpg",
    ];
    let note = "photo.jpg: note: the .pxc file does not keep the JPEG file (except its pixels)\n";
    assert_eq!(outcome(root, &pixels), (0, String::new(), note.into()));
    succeed(root, &["decompress", "photo.jpg.pxc"]);
    assert_eq!(
        names(root),
        ["img.png", "photo.jpg", "photo.jpg.png", "photo.jpg.pxc"]
    );
    let decoded = image::open(root.join("photo.jpg")).expect("an image");
    assert_eq!(open(&root.join("photo.jpg.png")), decoded);
}

/// What Lepton does not code is kept as pixels if that is allowed; what is damaged never.
#[test]
fn unusual_jpeg_files_are_refused_or_kept_as_pixels() {
    let directory = workshop(ColorType::Rgb);
    let root = directory.path();
    let image = open(&root.join("img.png"));
    image.save(root.join("photo.jpg")).expect("a file");
    let sound = fs::read(root.join("photo.jpg")).expect("a file");
    let frame = sound.windows(2).position(|pair| pair == [0xff, 0xc0]);
    let frame = frame.expect("a frame");
    let mut unusual = sound.clone();
    unusual.insert(frame, 0xff);
    fs::write(root.join("photo.jpg"), unusual).expect("a file");
    let (code, _, stderr) = outcome(root, &["compress", "photo.jpg"]);
    assert!(
        code == 2 && stderr.contains("use --allow-lossy-source to keep its pixels"),
        "{stderr}"
    );
    let allowed = ["compress", "-q", "--allow-lossy-source", "photo.jpg"];
    assert_eq!(outcome(root, &allowed), (0, String::new(), String::new()));
    let info = succeed(root, &["info", "photo.jpg.pxc"]);
    assert!(
        info.contains("Lepton does not code this JPEG file"),
        "{info}"
    );

    // The header promises more rows than there are.
    let mut taller = sound;
    taller[frame + 6] += 16;
    fs::write(root.join("photo.jpg"), taller).expect("a file");
    for options in [
        &[][..],
        &["--allow-lossy-source"],
        &["--allow-lossy-source", "--strip=all"],
    ] {
        let arguments = [&["compress", "-f", "photo.jpg"], options].concat();
        let (code, _, stderr) = outcome(root, &arguments);
        assert_eq!(code, 1, "{stderr}");
        assert!(
            stderr.contains("damaged JPEG: a scan: expected "),
            "{stderr}"
        );
        assert!(!stderr.contains("--allow"), "{stderr}");
    }
}

/// A JPEG file comes back byte for byte, whatever it is called, and also as pixels.
#[test]
fn jpeg_files_come_back_byte_for_byte() {
    let directory = workshop(ColorType::Rgb);
    let root = directory.path();
    let image = open(&root.join("img.png"));
    image.save(root.join("photo.jpg")).expect("a file");
    let original = std::fs::read(root.join("photo.jpg")).expect("the file");
    for (name, compressed, restored) in [
        ("photo.jpg", "photo.jpg.pxc", "photo.jpg"),
        ("photo.JPEG", "photo.JPEG.pxc", "photo.JPEG"),
        ("photo", "photo.pxc", "photo"),
        ("shot.png", "shot.pxc", "shot.png"),
    ] {
        std::fs::write(root.join(name), &original).expect("a file");
        succeed(root, &["compress", "--rm", name]);
        assert!(!root.join(name).exists());
        let packed = std::fs::read(root.join(compressed)).expect("the .pxc file");
        assert!(packed.len() < original.len());
        let info = succeed(root, &["info", compressed]);
        assert!(
            info.contains(", jpeg\n") && info.contains("exact_file         jpeg"),
            "{info}"
        );
        succeed(root, &["test", "-q", compressed]);
        succeed(root, &["decompress", "-f", compressed]);
        let found = std::fs::read(root.join(restored)).expect("the file");
        assert!(found == original, "{name}");
        std::fs::remove_file(root.join(restored)).expect("the file");
    }
    let arguments = ["decompress", "photo.jpg.pxc", "-o", "pixels.png"];
    assert_eq!(outcome(root, &arguments).0, 0);
    std::fs::write(root.join("photo.jpg"), &original).expect("a file");
    let decoded = image::open(root.join("photo.jpg")).expect("an image");
    assert_eq!(open(&root.join("pixels.png")), decoded);

    let mut damaged = std::fs::read(root.join("photo.jpg.pxc")).expect("the .pxc file");
    *damaged.last_mut().expect("a byte") ^= 1;
    std::fs::write(root.join("damaged.pxc"), damaged).expect("a file");
    let (code, _, stderr) = outcome(root, &["decompress", "damaged.pxc"]);
    assert_eq!(code, 1);
    assert!(stderr.contains("group 0 checksum"), "{stderr}");
}

fn with_profile(mut encoder: impl ImageEncoder, image: &RgbImage, profile: &[u8]) {
    encoder
        .set_icc_profile(profile.to_vec())
        .expect("a profile");
    let (width, height) = image.dimensions();
    encoder
        .write_image(image, width, height, ExtendedColorType::Rgb8)
        .expect("a file");
}

#[test]
fn profiles_of_other_formats_are_carried() {
    let directory = workshop(ColorType::Rgb);
    let root = directory.path();
    let profile: Vec<u8> = (0..500_u32).map(|n| ((n * n) >> 3) as u8).collect();
    let image = open(&root.join("img.png")).to_rgb8();
    for name in ["a.webp", "a.tiff"] {
        let mut file = Cursor::new(Vec::new());
        match name {
            "a.webp" => with_profile(WebPEncoder::new_lossless(&mut file), &image, &profile),
            _ => with_profile(TiffEncoder::new(&mut file), &image, &profile),
        }
        fs::write(root.join(name), file.into_inner()).expect("a file");
        succeed(root, &["compress", "-q", name]);
        let coded = format!("{name}.pxc");
        succeed(root, &["decompress", "-f", &coded, "-o", "b.tiff"]);
        succeed(root, &["compress", "-q", "-f", "b.tiff"]);
        for (from, back) in [
            (coded.as_str(), "back.png"),
            (coded.as_str(), "back.webp"),
            ("b.tiff.pxc", "again.png"),
        ] {
            succeed(root, &["decompress", "-f", from, "-o", back]);
            let reader = image::ImageReader::open(root.join(back)).expect("a file");
            let mut decoder = reader.into_decoder().expect("a decoder");
            let found = decoder.icc_profile().expect("a profile");
            assert_eq!(found.as_ref(), Some(&profile), "{name} → {back}");
        }
    }
}

#[test]
fn damaged_files_of_each_format_end_politely() {
    let directory = workshop(ColorType::Rgb);
    let root = directory.path();
    succeed(root, &["compress", "img.png"]);
    for format in ["ppm", "pam", "tiff", "webp", "qoi", "bmp"] {
        let name = format!("cut.{format}");
        succeed(root, &["decompress", "-f", "img.pxc", "-o", &name]);
        let whole = fs::read(root.join(&name)).expect("a file");
        for length in [whole.len() / 10, whole.len() / 2, whole.len() - 3] {
            fs::write(root.join(&name), &whole[..length]).expect("a file");
            let (code, stdout, stderr) = outcome(root, &["compress", &name]);
            assert!(
                code != 0 && stdout.is_empty(),
                "{name} of {length} bytes: {stderr}"
            );
            assert!(stderr.starts_with(&format!("{name}: ")), "{stderr}");
            assert_eq!(stderr.lines().count(), 1, "{stderr}");
            assert!(!root.join(format!("{name}.pxc")).exists());
        }
    }
}
