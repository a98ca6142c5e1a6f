//! What a caller can rely on: images come back from every format that holds them, and errors have the right kind.

use pxc_codec::{BitDepth, ColorType, SampleFormat};
use pxc_jpeg::profiles::{exif_chunk, icc_chunk, xmp_chunk};
use pxc_picture::exact::{self, ExactFile, Source};
use pxc_picture::{
    Error, ErrorKind, Image, InputFormat, Limits, MetadataChunk, OutputFormat, Picture,
    ReadOptions, WrittenPicture, read_picture, write_picture,
};

fn image(color: ColorType) -> Image {
    let samples = (0..5 * 3 * color.channels() as u32).map(|n| (n * 37) as u8);
    Image::new(5, 3, color, samples.collect()).expect("a legal image")
}

fn gamma() -> MetadataChunk {
    MetadataChunk {
        tag: *b"gAMA",
        data: vec![0, 0, 0xb1, 0x8f],
    }
}

fn written(image: Image, format: OutputFormat) -> WrittenPicture {
    write_picture(image, &[gamma()], format).expect("a format that holds it")
}

fn read(bytes: &[u8]) -> Picture {
    read_picture(bytes, &ReadOptions::default()).expect("an image file")
}

#[test]
fn images_come_back_from_every_format_that_holds_them() {
    for (color, formats) in [
        (ColorType::Gray, "png pgm pnm pam tiff bmp"),
        (ColorType::GrayAlpha, "png pam tiff"),
        (ColorType::Rgb, "png ppm pnm pam tiff webp qoi bmp"),
        (ColorType::Rgba, "png pam tiff webp qoi bmp"),
    ] {
        for name in formats.split(' ') {
            let format = OutputFormat::of_name(format!("image.{name}").as_ref()).expect("a name");
            let file = written(image(color), format);
            assert_eq!(
                file.dropped.is_empty(),
                format == OutputFormat::Png,
                "{name}"
            );
            let back = read(&file.bytes);
            let bmp_gray = format == OutputFormat::Bmp && color == ColorType::Gray;
            if !bmp_gray {
                assert_eq!(back.image, image(color), "{name}");
            }
            assert_eq!(back.metadata.len(), usize::from(file.dropped.is_empty()));
        }
    }
}

#[test]
fn a_format_that_cannot_hold_an_image_refuses_it() {
    let error = write_picture(image(ColorType::Rgba), &[], OutputFormat::Ppm);
    let error = error.expect_err("PPM has no alpha");
    assert!(matches!(error, Error::Capacity { .. }), "{error}");
    assert_eq!(error.kind(), ErrorKind::Argument);
}

#[test]
fn errors_tell_damage_from_limits_and_unknown_files() {
    let png = written(image(ColorType::Rgb), OutputFormat::Png).bytes;
    let kind = |bytes: &[u8], options: &ReadOptions| {
        let error = read_picture(bytes, options).expect_err("not readable");
        error.kind()
    };
    let options = ReadOptions::default();
    assert_eq!(kind(&png[..png.len() - 20], &options), ErrorKind::BadData);
    assert_eq!(kind(b"", &options), ErrorKind::BadData);
    assert_eq!(kind(b"\xff\xd8\xff\xe0", &options), ErrorKind::Argument);
    let small = ReadOptions::new(Limits::default().with_max_pixels(14));
    assert_eq!(kind(&png, &small), ErrorKind::Limit);
}

#[test]
fn tiff_files_keep_the_orientation() {
    let chunk = |tag: &[u8; 4], data: &[u8]| MetadataChunk {
        tag: *tag,
        data: data.to_vec(),
    };
    let alone = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    let long = b"II*\0\x08\0\0\0\x01\0\x12\x01\x04\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    let xmp = b"XML:com.adobe.xmp\0\0\0\0\0<a tiff:Orientation=\"6\"/>";
    for (chunk, dropped, kept) in [
        (chunk(b"eXIf", alone), &[][..], 1),
        (chunk(b"eXIf", long), &["eXIf"], 1),
        (chunk(b"iTXt", xmp), &[], 2),
    ] {
        let file = write_picture(image(ColorType::Rgba), &[chunk], OutputFormat::Tiff);
        let file = file.expect("holds RGBA");
        assert_eq!(file.dropped, dropped);
        let back = read(&file.bytes);
        assert_eq!(back.image, image(ColorType::Rgba));
        assert_eq!((back.metadata.len(), back.dropped.len()), (kept, 0));
        assert_eq!(back.metadata[kept - 1].data, alone);
    }
}

fn profile() -> MetadataChunk {
    let mut profile = vec![7; 131];
    profile[16..20].copy_from_slice(b"RGB ");
    icc_chunk(&profile).expect("memory")
}

#[test]
fn formats_keep_what_they_have_room_for() {
    let chunk = |tag: &[u8; 4], data: &[u8]| MetadataChunk {
        tag: *tag,
        data: data.to_vec(),
    };
    let density = chunk(b"pHYs", &[0, 0, 0x2e, 0x23, 0, 0, 0x0b, 0x13, 1]);
    let odd_density = chunk(b"pHYs", &[0, 0, 0x2e, 0x24, 0, 0, 0x0b, 0x13, 1]);
    let aspect = chunk(b"pHYs", &[0, 0, 0, 2, 0, 0, 0, 1, 0]);
    let comment = chunk(b"iTXt", b"Comment\0\0\0\0\0mine");
    let (exif, xmp) = (exif_chunk(b"MM\0*"), xmp_chunk(b"<xmp/>"));
    let (tiff, webp, bmp) = (OutputFormat::Tiff, OutputFormat::WebP, OutputFormat::Bmp);
    for (format, chunk, is_kept) in [
        (tiff, profile(), true),
        (tiff, xmp.clone(), true),
        (tiff, density.clone(), true),
        (tiff, odd_density.clone(), true),
        (tiff, aspect.clone(), true),
        (tiff, exif.clone(), false),
        (tiff, comment.clone(), false),
        (webp, profile(), true),
        (webp, xmp.clone(), true),
        (webp, exif.clone(), true),
        (webp, density.clone(), false),
        (webp, comment.clone(), false),
        (bmp, profile(), true),
        (bmp, density.clone(), true),
        (bmp, odd_density, true),
        (bmp, aspect, false),
        (bmp, xmp.clone(), false),
        (bmp, exif.clone(), false),
        (OutputFormat::Qoi, profile(), false),
        (OutputFormat::Pam, density.clone(), false),
    ] {
        for color in [ColorType::Rgb, ColorType::Rgba] {
            let file = write_picture(image(color), std::slice::from_ref(&chunk), format);
            let file = file.expect("a format that holds it");
            let back = read(&file.bytes);
            let what = format!("{format:?} {color:?} {chunk:?}");
            assert_eq!(back.image, image(color), "{what}");
            assert!(back.dropped.is_empty(), "{what}: {:?}", back.dropped);
            let name = String::from_utf8_lossy(&chunk.tag).into_owned();
            let (kept, dropped) = match is_kept {
                true => (vec![chunk.clone()], vec![]),
                false => (vec![], vec![name]),
            };
            assert_eq!((back.metadata, file.dropped), (kept, dropped), "{what}");
        }
    }
    // All of them, and text beside XMP.
    let all = [profile(), exif, comment, xmp, density];
    for (format, dropped, kept) in [
        (tiff, &["eXIf", "iTXt"][..], 3),
        (webp, &["iTXt", "pHYs"], 3),
        (bmp, &["eXIf", "iTXt"], 2),
    ] {
        let file = write_picture(image(ColorType::Rgb), &all, format).expect("holds it");
        assert_eq!(file.dropped, dropped, "{format:?}");
        let back = read(&file.bytes);
        assert_eq!((back.metadata.len(), back.dropped.len()), (kept, 0));
        assert!(back.metadata.iter().all(|chunk| all.contains(chunk)));
    }
}

/// The written file is like the picture's own: the same bits and channels, and the same profile, even an unusual one.
#[test]
fn tiff_files_keep_samples_and_profiles_as_they_are() {
    for bits in [1, 2, 4, 16] {
        let depth = BitDepth::from_bits(bits).expect("legal");
        let format = SampleFormat {
            color: ColorType::Gray,
            depth,
        };
        let samples = (0..7 * 3 * bits.div_ceil(8)).map(|n| n * 37 % (1 << bits.min(7)));
        let gray = Image::with_format(7, 3, format, samples.collect()).expect("legal");
        let file = write_picture(gray.clone(), &[profile()], OutputFormat::Tiff);
        let file = file.expect("holds gray");
        assert!(file.dropped.is_empty(), "{:?}", file.dropped);
        let back = read(&file.bytes);
        assert_eq!((back.image, back.metadata), (gray, vec![profile()]));
    }
}

/// A bitmap of gray has a palette, which is RGB.
#[test]
fn a_gray_bitmap_keeps_a_profile_for_rgb() {
    let gray = image(ColorType::Gray);
    let file = write_picture(gray.clone(), &[profile()], OutputFormat::Bmp).expect("holds gray");
    let back = read(&file.bytes);
    assert_eq!(back.metadata, [profile()]);
    assert_eq!(back.image.samples(), gray.samples());
    let colors = back.image.palette().expect("a palette").colors();
    assert_eq!((colors.len(), colors[200]), (256, [200; 3]));
}

#[test]
fn lossy_files_need_permission() {
    let options = ReadOptions::default();
    let error = read_picture(b"\xff\xd8\xff\xe0", &options).expect_err("JPEG is lossy");
    assert!(matches!(error, Error::Lossy { .. }), "{error}");
    let options = options.with_allow_lossy(true);
    let error = read_picture(b"\xff\xd8\xff\xe0", &options).expect_err("four bytes");
    assert!(matches!(error, Error::Truncated { .. }), "{error}");
}

#[test]
fn an_exact_file_comes_back_byte_for_byte() {
    let png = written(image(ColorType::Rgb), OutputFormat::Png).bytes;
    let picture = read(&png);
    assert_eq!(picture.source, InputFormat::Png);
    let limits = Limits::default();
    let chunk = exact::describe(&png, &picture, usize::MAX, &limits).expect("a description");
    let chunks = [gamma(), chunk];
    let description = exact::find(&chunks).expect("the chunk");
    let file =
        ExactFile::parse(description.data, &picture.image, &chunks, &limits).expect("parses");
    let deflate = match file.source() {
        Source::Known(stream) => stream.make(|| true).expect("memory").expect("time"),
        other => panic!("pxc writes with zlib-ng, found {other:?}"),
    };
    assert_eq!(file.assemble(&deflate).expect("a file"), png);
    let error = file.assemble(&deflate[1..]).expect_err("another stream");
    assert_eq!(error.kind(), ErrorKind::BadData);
}
