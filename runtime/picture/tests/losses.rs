//! What a file says and a picture does not keep has a name; what a reader cannot represent is refused.

use image::ImageEncoder;
use pxc_codec::ColorType;
use pxc_picture::{
    ErrorKind, Image, OutputFormat, Picture, ReadOptions, read_picture, write_picture,
};

fn read(bytes: &[u8]) -> Picture {
    read_picture(bytes, &ReadOptions::default()).expect("an image file")
}

fn kind(bytes: &[u8]) -> ErrorKind {
    let options = ReadOptions::default().with_allow_lossy(true);
    read_picture(bytes, &options)
        .expect_err("not readable")
        .kind()
}

/// Three pixels: a run, a colour, and the index of the run's pixel.
fn qoi(space: u8, tail: &[u8]) -> Vec<u8> {
    let head = b"qoif\0\0\0\x03\0\0\0\x01\x04";
    let end = [0, 0, 0, 0, 0, 0, 0, 1];
    [&head[..], &[space], b"\xc0\xfe\x0a\x14\x1e\x35", &end, tail].concat()
}

#[test]
fn a_run_enters_the_index_of_qoi_and_its_colour_space_is_lost() {
    let picture = read(&qoi(0, b""));
    assert_eq!(
        picture.image.samples(),
        [0, 0, 0, 255, 10, 20, 30, 255, 0, 0, 0, 255]
    );
    assert!(picture.dropped.is_empty());
    let dropped = read(&qoi(1, b"more")).dropped;
    assert_eq!(
        dropped,
        ["the linear colour space", "4 bytes after the end marker"]
    );
}

#[test]
fn an_alpha_of_qoi_that_no_operation_states_is_lost_in_three_channels() {
    let head = b"qoif\0\0\0\x02\0\0\0\x01";
    let end = [0, 0, 0, 0, 0, 0, 0, 1];
    let file =
        |channels: u8, operations: &[u8]| [&head[..], &[channels, 0], operations, &end].concat();
    // The index of an entry that no pixel wrote, then a run, a small step, or a colour.
    for operations in [&b"\x07\xc0"[..], b"\x07\x7f", b"\x07\xfe\x01\x02\x03"] {
        let dropped = read(&file(3, operations)).dropped;
        assert_eq!(dropped, ["alpha in a file of three channels"]);
        let picture = read(&file(4, operations));
        assert_eq!((picture.image.samples()[7], picture.dropped.len()), (0, 0));
    }
    assert!(read(&file(3, b"\xc0\x7f")).dropped.is_empty());
}

#[test]
fn comments_of_pnm_are_lost_and_unknown_tuples_are_refused() {
    assert_eq!(read(b"P5\n# mine\n1 1\n255\n\x07").dropped, ["a comment"]);
    assert_eq!(
        read(b"P4 3 1\n\xa1").dropped,
        ["padding bits that are not zero"]
    );
    let pam = |kind: &str| {
        format!("P7\nWIDTH 1\nHEIGHT 1\nDEPTH 4\nMAXVAL 255\nTUPLTYPE {kind}\nENDHDR\n1234")
    };
    assert!(read(pam("RGB_ALPHA").as_bytes()).dropped.is_empty());
    assert_eq!(kind(pam("CMYK").as_bytes()), ErrorKind::Unsupported);
    assert_eq!(kind(pam("RGB").as_bytes()), ErrorKind::BadData);
}

/// One pixel of 32 bits.
fn bmp(compression: u8, masks: &[u32], pixel: u32) -> Vec<u8> {
    let offset = 54 + 4 * masks.len() as u32;
    let mut file = b"BM".to_vec();
    for field in [
        offset + 4,
        0,
        offset,
        40,
        1,
        1,
        0x20_0001,
        compression.into(),
        4,
        0,
        0,
        0,
        0,
    ] {
        file.extend(u32::to_le_bytes(field));
    }
    for field in masks.iter().chain([&pixel]) {
        file.extend(field.to_le_bytes());
    }
    file
}

#[test]
fn bits_of_bmp_outside_the_masks_are_lost_and_deep_masks_are_refused() {
    let picture = read(&bmp(0, &[], 0x0a_14_1e));
    assert_eq!(picture.image.samples(), [10, 20, 30]);
    assert!(picture.dropped.is_empty());
    let dropped = read(&bmp(0, &[], 0x800a_141e)).dropped;
    assert_eq!(dropped, ["unused bits of the pixels (a fourth channel)"]);
    let masks = [0x3ff0_0000, 0xf_fc00, 0x3ff];
    assert_eq!(kind(&bmp(3, &masks, 0)), ErrorKind::Unsupported);
}

#[test]
fn a_transparent_index_behind_the_palette_of_a_gif_is_transparent() {
    let control = b"\x21\xf9\x04\x01\0\0\x03\0";
    let frame = b",\0\0\0\0\x01\0\x01\0\0\x02\x02\x5c\x01\0;";
    let head = b"GIF89a\x01\0\x01\0\x80\0\0\x01\x02\x03\x04\x05\x06";
    let comment = b"\x21\xfe\x02hi\0";
    let picture = read(&[&head[..], control, comment, frame].concat());
    assert_eq!(picture.image.samples(), [3]);
    let palette = picture.image.palette().expect("a palette");
    assert_eq!(palette.alpha(), [255, 255, 255, 0]);
    assert_eq!(picture.dropped, ["a comment"]);
    assert_eq!(kind(&[&head[..], frame].concat()), ErrorKind::BadData);
}

/// A pixel with the transparent index 3, and what stands in front of it.
fn gif(extensions: &[u8], change: (usize, u8)) -> Vec<u8> {
    let head = b"GIF89a\x01\0\x01\0\x80\0\0\x01\x02\x03\x04\x05\x06";
    let mut frame = *b",\0\0\0\0\x01\0\x01\0\0\x02\x02\x5c\x01\0";
    frame[change.0] |= change.1;
    [&head[..], extensions, &frame].concat()
}

#[test]
fn control_extensions_of_gif_and_bits_without_meaning_are_lost() {
    let control = |index: u8| [&b"\x21\xf9\x04\x01\0\0"[..], &[index, 0]].concat();
    let whole = |file: Vec<u8>, tail: &[u8]| read(&[&file, tail, b";"].concat());
    let picture = whole(gif(&control(3), (0, 0)), b"");
    assert!(picture.dropped.is_empty(), "{:?}", picture.dropped);
    for (extensions, change, tail, lost) in [
        (
            [control(1), control(3)].concat(),
            (0, 0),
            vec![],
            "a second control extension of a frame",
        ),
        (
            control(3),
            (0, 0),
            control(3),
            "a control extension without a frame",
        ),
        (
            control(3),
            (9, 0x01),
            vec![],
            "unused bits in the header of the frame",
        ),
        (control(3), (9, 0x20), vec![], "the sort flag of the frame"),
        (
            control(3),
            (13, 0x80),
            vec![],
            "padding bits after the pixels of the frame",
        ),
    ] {
        let picture = whole(gif(&extensions, change), &tail);
        assert_eq!(picture.image.samples(), [3], "{lost}");
        assert_eq!(picture.dropped, [lost]);
    }
    let second = [control(3), gif(&[], (0, 0))[19..].to_vec()].concat();
    let picture = whole(gif(&control(3), (0, 0)), &second);
    assert_eq!(picture.dropped, ["frame 2 of the animation"]);
    assert!(picture.drops_images && !whole(gif(&control(3), (0, 0)), b";").drops_images);
}

#[test]
fn profiles_of_gif_whose_first_block_has_more_than_the_name_are_lost() {
    let trailer: Vec<u8> = [1].into_iter().chain((0..=255).rev()).chain([0]).collect();
    let control = b"\x21\xf9\x04\x01\0\0\x03\0";
    for (name, body) in [
        ("XMP DataXMP", [b"<xmp/>", &trailer[..]].concat()),
        ("ICCRGBG1012", b"\x03abc\0".to_vec()),
    ] {
        let file = |surplus: &[u8]| {
            let length = (name.len() + surplus.len()) as u8;
            let extension = [&[0x21, 0xff, length], name.as_bytes(), surplus, &body].concat();
            let file = gif(&[extension, control.to_vec()].concat(), (0, 0));
            read(&[&file[..], b";"].concat())
        };
        let picture = file(b"");
        assert_eq!((picture.metadata.len(), picture.dropped.len()), (1, 0));
        let picture = file(b"surplus");
        let lost = format!("the application extension {name}");
        assert_eq!((picture.metadata.len(), picture.dropped), (0, vec![lost]));
    }
}

/// A gray pixel, with a chunk in front of it and bytes behind it.
fn png(tag: &[u8; 4], data: &[u8], tail: &[u8]) -> Vec<u8> {
    png_row([1, 8], 7, (tag, data), tail)
}

/// A row of one byte: columns and bit depth, the byte, a chunk in front of it and bytes behind it.
fn png_row([columns, depth]: [u8; 2], row: u8, chunk: (&[u8; 4], &[u8]), tail: &[u8]) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let header = [0, 0, 0, columns, 0, 0, 0, 1, depth, 0, 0, 0, 0];
    let checksum = [0, row + 2, 0, row + 1];
    let pixels = [&b"\x78\x01\x01\x02\0\xfd\xff\0"[..], &[row], &checksum].concat();
    for (tag, data) in [
        (b"IHDR", &header[..]),
        chunk,
        (b"IDAT", &pixels),
        (b"IEND", b""),
    ] {
        file.extend((data.len() as u32).to_be_bytes());
        file.extend(tag);
        file.extend(data);
        file.extend(crc32fast::hash(&[&tag[..], data].concat()).to_be_bytes());
    }
    [&file, tail].concat()
}

#[test]
fn chunks_of_png_that_editors_may_not_copy_and_bytes_behind_its_end_are_lost() {
    let picture = read(&png(b"teSt", b"kept", b""));
    assert_eq!(picture.image.samples(), [7]);
    assert_eq!((picture.metadata.len(), picture.dropped.len()), (1, 0));
    let picture = read(&png(b"teST", b"lost", b"more"));
    assert!(picture.metadata.is_empty());
    assert_eq!(picture.dropped, ["teST", "4 bytes after IEND"]);
    let mut wrong = png(b"teSt", b"kept", b"");
    let at = wrong.windows(4).position(|tag| tag == b"kept");
    wrong[at.expect("a chunk")] = b'K';
    assert_eq!(kind(&wrong), ErrorKind::BadData);
    assert_eq!(kind(&png(b"TEST", b"", b"")), ErrorKind::Unsupported);
}

#[test]
fn padding_bits_of_png_rows_are_lost() {
    for (row, is_clean) in [(0xa0, true), (0xa1, false), (0xb0, false)] {
        let picture = read(&png_row([3, 1], row, (b"teSt", b""), b""));
        assert_eq!(picture.image.samples(), [1, 0, 1]);
        let lost: &[&str] = match is_clean {
            true => &[],
            false => &["padding bits of rows that are not zero"],
        };
        assert_eq!(picture.dropped, lost, "{row:#x}");
    }
}

/// Chunks of the container, the pixels of another WebP file among them.
fn webp(chunks: &[(&[u8; 4], &[u8])], tail: &[u8]) -> Vec<u8> {
    let flags = [0x2c, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    extended_webp(&flags, chunks, tail)
}

/// A WebP file whose first chunk has this data.
fn extended_webp(extended: &[u8], chunks: &[(&[u8; 4], &[u8])], tail: &[u8]) -> Vec<u8> {
    let image = Image::new(1, 1, ColorType::Rgb, vec![1, 2, 3]).expect("a pixel");
    let pixels = write_picture(image, &[], OutputFormat::WebP).expect("holds RGB");
    let extended = (b"VP8X", extended);
    let mut body = b"WEBP".to_vec();
    for (tag, data) in [extended].iter().chain(chunks) {
        body.extend(*tag);
        body.extend((data.len() as u32).to_le_bytes());
        body.extend(*data);
        body.resize(body.len().next_multiple_of(2), 0);
    }
    body.extend(&pixels.bytes[12..]);
    let size = (body.len() as u32).to_le_bytes();
    [&b"RIFF"[..], &size, &body, tail].concat()
}

#[test]
fn chunks_of_webp_without_a_place_are_lost() {
    let picture = read(&webp(&[(b"EXIF", b"MM\0*")], b""));
    assert_eq!(picture.image.samples(), [1, 2, 3]);
    assert_eq!((picture.metadata.len(), picture.dropped.len()), (1, 0));
    let chunks: [(&[u8; 4], &[u8]); 3] = [(b"EXIF", b"MM\0*"), (b"JUNK", b"odd"), (b"EXIF", b"")];
    let picture = read(&webp(&chunks, b"more"));
    let expected = [
        "the chunk JUNK",
        "the chunk EXIF",
        "4 bytes after the last chunk",
    ];
    assert_eq!(picture.dropped, expected);
    let flags = [0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 7];
    let expected = [
        "bytes after the canvas in the chunk VP8X",
        "unused flags in the chunk VP8X",
    ];
    assert_eq!(read(&extended_webp(&flags, &[], b"")).dropped, expected);
    let ignored: [(&[u8; 4], &[u8]); 3] = [(b"ICCP", b"ICC"), (b"EXIF", b"MM\0*"), (b"XMP ", b"")];
    let picture = read(&extended_webp(&[0; 10], &ignored, b""));
    let expected = ["the chunk ICCP", "the chunk EXIF", "the chunk XMP"];
    assert!(picture.metadata.is_empty());
    assert_eq!(picture.dropped, expected);
    let picture = read(&webp(&[(b"EXIF", b"Exif\0\0MM\0*")], b""));
    assert_eq!(picture.metadata[0].data, b"MM\0*");
    assert_eq!(picture.dropped, ["the prefix \"Exif\" of EXIF"]);
    assert_eq!(kind(&webp(&[], b"")[..30]), ErrorKind::BadData);
    assert_eq!(kind(&webp(&[(b"ANIM", b"")], b"")), ErrorKind::Unsupported);
}

#[test]
fn alpha_that_the_header_of_webp_calls_unused_is_lost() {
    let file = |alpha: u8| {
        let samples = (0..16).flat_map(|i| [1, 2 * i, i * i, alpha]).collect();
        let image = Image::new(4, 4, ColorType::Rgba, samples).expect("pixels");
        let written = write_picture(image, &[], OutputFormat::WebP).expect("holds RGBA");
        let mut bytes = written.bytes;
        assert_eq!((&bytes[12..16], bytes[24] & 0x10), (&b"VP8L"[..], 0x10));
        bytes[24] &= !0x10;
        bytes
    };
    let samples: Vec<u8> = (0..16).flat_map(|i| [1, 2 * i, i * i]).collect();
    let picture = read(&file(7));
    assert_eq!(picture.image.color(), ColorType::Rgb);
    assert_eq!(picture.image.samples(), samples);
    assert_eq!(picture.dropped, ["alpha that the header calls unused"]);
    let picture = read(&file(255));
    assert_eq!(picture.image.samples(), samples);
    assert!(picture.dropped.is_empty());
}

/// Two pixels in a strip, with further fields and bytes behind the strip.
fn tiff(fields: &[(u16, u16)], channels: u16, tail: &[u8]) -> Vec<u8> {
    let strip = [1, 2, 3, 4, 5, 6, 7, 8];
    let size = 2 * channels;
    let usual = [
        (256, 2),
        (257, 1),
        (258, 8),
        (262, if channels > 2 { 2 } else { 1 }),
        (273, 8),
        (277, channels),
        (279, size),
    ];
    let fields: Vec<(u16, u16)> = usual.iter().chain(fields).copied().collect();
    tiff_of(&fields, &[&strip[..size.into()], tail].concat())
}

/// A page of fields of one number, which `data` precedes.
fn tiff_of(fields: &[(u16, u16)], data: &[u8]) -> Vec<u8> {
    let start = 8 + data.len().next_multiple_of(2) as u32;
    let mut fields = fields.to_vec();
    fields.sort();
    let mut file = b"II*\0".to_vec();
    file.extend(start.to_le_bytes());
    file.extend(data);
    file.resize(start as usize, 0);
    file.extend((fields.len() as u16).to_le_bytes());
    for (tag, value) in fields {
        for number in [tag, 3, 1, 0, value, 0] {
            file.extend(number.to_le_bytes());
        }
    }
    file.extend([0; 4]);
    file
}

#[test]
fn fields_of_tiff_that_no_one_uses_and_bytes_that_none_points_to_are_lost() {
    let picture = read(&tiff(&[], 1, b""));
    assert_eq!(picture.image.samples(), [1, 2]);
    assert!(picture.dropped.is_empty());
    let fields = [(254, 2), (280, 0), (281, 99), (296, 3), (65000, 1)];
    let expected = [
        "bytes that no field points to",
        "TIFF field NewSubfileType (254)",
        "TIFF field MaxSampleValue (281)",
        "TIFF field ResolutionUnit (296)",
        "TIFF field 65000",
        "1 byte after the last part of the file",
    ];
    let file = [tiff(&fields, 1, b"gap!"), vec![9]].concat();
    assert_eq!(read(&file).dropped, expected);
}

/// A field of a type without whole numbers has a meaning, but not the usual one.
#[test]
fn fields_of_tiff_of_unusual_types_are_lost() {
    for (tag, name) in [(274, "Orientation"), (281, "MaxSampleValue")] {
        for kind in [2_u8, 6, 7, 8, 9, 11] {
            let mut file = tiff(&[(tag, 6)], 1, b"");
            let entry = [&tag.to_le_bytes()[..], &[3, 0]].concat();
            let at = file.windows(4).position(|bytes| bytes == entry);
            file[at.expect("the entry") + 2] = kind;
            let dropped = read(&file).dropped;
            assert_eq!(dropped, [format!("TIFF field {name} ({tag})")], "{kind}");
        }
    }
}

/// A picture has whole pixels per metre, which also stand for whole pixels per inch.
#[test]
fn resolutions_of_tiff_that_a_picture_would_round_are_lost() {
    let resolution = |unit: u16, count: u32| {
        let mut file = tiff(&[(282, 0), (283, 0), (296, unit)], 1, b"");
        let at = file.len() as u32;
        file.extend([count.to_le_bytes(), 10_u32.to_le_bytes()].concat());
        for tag in [282_u16, 283] {
            let entry = [&tag.to_le_bytes()[..], &[3, 0]].concat();
            let found = file.windows(4).position(|bytes| bytes == entry);
            let found = found.expect("the entry");
            file[found + 2] = 5;
            file[found + 8..found + 12].copy_from_slice(&at.to_le_bytes());
        }
        read(&file)
    };
    for (unit, count, per_metre) in [(2, 720, 2835), (2, 3000, 11811), (3, 1000, 10_000)] {
        let picture = resolution(unit, count);
        assert!(picture.dropped.is_empty(), "{:?}", picture.dropped);
        let sides = [u32::to_be_bytes(per_metre); 2].concat();
        assert_eq!(picture.metadata[0].data, [&sides[..], &[1]].concat());
    }
    let picture = resolution(2, 3005);
    assert!(picture.metadata.is_empty());
    let names = [
        "XResolution (282)",
        "YResolution (283)",
        "ResolutionUnit (296)",
    ];
    let names = names.map(|name| format!("TIFF field {name}"));
    assert!(names.iter().all(|name| picture.dropped.contains(name)));
    assert_eq!(picture.dropped.len(), names.len(), "{:?}", picture.dropped);
}

/// Thousands of pointers to one directory, from that directory.
#[test]
fn directories_of_tiff_are_read_once() {
    let mut file = tiff(&[], 1, b"");
    let page = file.len() as u32;
    let link = file.len() - 4;
    file[link..].copy_from_slice(&page.to_le_bytes());
    let fields = 90_u16;
    let list = page + 2 + 12 * u32::from(fields) + 4;
    file.extend(fields.to_le_bytes());
    for _ in 0..fields {
        file.extend([330_u16.to_le_bytes(), 4_u16.to_le_bytes()].concat());
        file.extend([1000_u32.to_le_bytes(), list.to_le_bytes()].concat());
    }
    file.extend([0; 4]);
    file.extend(page.to_le_bytes().repeat(1000));
    let begin = std::time::Instant::now();
    assert!(!read(&file).dropped.is_empty());
    assert!(begin.elapsed() < std::time::Duration::from_secs(2));
}

#[test]
fn a_tiff_of_which_a_picture_is_not_all_is_refused() {
    let rgba = read(&tiff(&[(338, 2)], 4, b""));
    assert_eq!(rgba.image.samples(), [1, 2, 3, 4, 5, 6, 7, 8]);
    for (fields, channels) in [
        (&[(338, 0)][..], 4),
        (&[(338, 1)], 4),
        (&[], 4),
        (&[(254, 1)], 1),
        (&[(50706, 1)], 1),
        (&[(259, 2)], 1),
        (&[(339, 2)], 1),
    ] {
        let file = tiff(fields, channels, b"");
        assert_eq!(kind(&file), ErrorKind::Unsupported, "{fields:?}");
    }
    for fields in [[(266, 3)], [(284, 3)], [(317, 2)], [(278, 0)]] {
        assert_eq!(
            kind(&tiff(&fields, 1, b"")),
            ErrorKind::BadData,
            "{fields:?}"
        );
    }
    let reversed = read(&tiff(&[(266, 2)], 1, b""));
    assert_eq!(reversed.image.samples(), [0x80, 0x40]);
}

/// A gray pixel in a JPEG strip, whose image header has this height and these sampling factors; `more` goes in front of
/// its end.
fn tiff_of_jpeg(height: u8, sampling: u8, more: &[u8]) -> Vec<u8> {
    let mut jpeg = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new(&mut jpeg);
    let written = encoder.write_image(&[7], 1, 1, image::ExtendedColorType::L8);
    written.expect("a gray pixel");
    let frame = jpeg.windows(2).position(|pair| pair == [0xff, 0xc0]);
    let frame = frame.expect("a frame");
    jpeg[frame + 6] = height;
    jpeg[frame + 11] = sampling;
    let end = jpeg.len() - 2;
    jpeg.splice(end..end, more.iter().copied());
    let size = jpeg.len() as u16;
    let fields = [
        (256, 1),
        (257, 1),
        (258, 8),
        (259, 7),
        (262, 1),
        (273, 8),
        (277, 1),
        (279, size),
    ];
    tiff_of(&fields, &jpeg)
}

#[test]
fn jpeg_in_tiff_that_its_decoder_cannot_represent_is_unsupported() {
    let options = ReadOptions::default().with_allow_lossy(true);
    let read = |bytes: &[u8]| read_picture(bytes, &options);
    let picture = read(&tiff_of_jpeg(1, 0x11, b"")).expect("one pixel");
    assert!(picture.image.samples()[0].abs_diff(7) < 3);
    for (file, name) in [
        (tiff_of_jpeg(1, 0x31, b""), "the sampling factors 3×1"),
        (
            tiff_of_jpeg(0, 0x11, b"\xff\xdc\0\x04\0\x01"),
            "a height that follows its first scan (DNL)",
        ),
    ] {
        let error = read(&file).expect_err("not readable");
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        let said = format!("a TIFF with a JPEG of {name} is not supported");
        assert_eq!(error.to_string(), said);
    }
    for file in [tiff_of_jpeg(0, 0x11, b""), tiff_of_jpeg(9, 0x11, b"")] {
        assert_eq!(kind(&file), ErrorKind::BadData);
    }
}

#[test]
fn a_jpeg_that_ends_early_is_damaged_and_one_of_four_components_unsupported() {
    assert_eq!(kind(b"\xff\xd8\xff\xfe\0\x04hi"), ErrorKind::BadData);
    let frame = b"\xff\xd8\xff\xc0\0\x08\x08\0\x01\0\x01\x04\xff\xd9";
    assert_eq!(kind(frame), ErrorKind::Unsupported);
}

#[test]
fn files_in_files_are_named() {
    let said = |bytes: &[u8]| {
        let error = read_picture(bytes, &ReadOptions::default()).expect_err("not readable");
        error.to_string()
    };
    for (compression, found) in [(4, "a JPEG file in a BMP"), (5, "a PNG file in a BMP")] {
        let mut bmp = b"BM".to_vec();
        for field in [60, 0, 54, 40, 2, 2, 1, compression, 6, 0, 0, 0, 0] {
            bmp.extend(u32::to_le_bytes(field));
        }
        bmp.extend([0; 6]);
        assert_eq!(said(&bmp), format!("{found} is not supported"));
    }
    let mut tiff = b"II*\0\x08\0\0\0\x05\0".to_vec();
    for (tag, value) in [(256, 1), (257, 1), (259, 7), (262, 6), (277, 3)] {
        tiff.extend(
            [tag, 3, 1, 0, value, 0]
                .into_iter()
                .flat_map(u16::to_le_bytes),
        );
    }
    tiff.extend([0; 4]);
    let found = "a TIFF of YCbCr colours with JPEG compression is not supported";
    assert_eq!(said(&tiff), found);
}
