//! What a file says and a picture does not keep has a name; what a reader cannot represent is refused.

use pxc_picture::{ErrorKind, Picture, ReadOptions, read_picture};

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
        ["the linear colour space", "4 bytes behind the end marker"]
    );
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

#[test]
fn a_jpeg_that_ends_early_is_damaged_and_one_of_four_components_unsupported() {
    assert_eq!(kind(b"\xff\xd8\xff\xfe\0\x04hi"), ErrorKind::BadData);
    let frame = b"\xff\xd8\xff\xc0\0\x08\x08\0\x01\0\x01\x04\xff\xd9";
    assert_eq!(kind(frame), ErrorKind::Unsupported);
}
