//! Where the system has no more threads, the work goes on with those that there are: the same bytes, and no panic.

use std::fs;

use crate::harness::{photo, write_png};
use crate::unprivileged::Unprivileged;
use image::codecs::jpeg::JpegEncoder;
use pxc_codec::ColorType;

#[test]
fn fewer_threads_make_the_same_files() {
    let user = Unprivileged::new();
    let picture = photo(400, 300, ColorType::Rgb);
    write_png(&user.join("img.png"), &picture);
    let mut jpeg = Vec::new();
    let encoder = JpegEncoder::new(&mut jpeg);
    let samples = picture.samples();
    image::ImageEncoder::write_image(encoder, samples, 400, 300, image::ExtendedColorType::Rgb8)
        .expect("a JPEG file");
    fs::write(user.join("photo.jpg"), jpeg).expect("a written file");
    for name in ["img.png", "photo.jpg"] {
        user.own(&user.join(name));
    }
    let compress = [
        "compress",
        "-f",
        "-T",
        "4",
        "-j",
        "2",
        "img.png",
        "photo.jpg",
    ];
    let decompress = ["decompress", "-f", "-T", "4", "img.pxc"];
    let test = ["test", "-q", "-T", "4", "img.pxc", "photo.pxc"];
    let read = |name: &str| fs::read(user.join(name)).expect("a file");
    assert_eq!(user.run(&compress), (0, String::new()));
    let expected = ["img.pxc", "photo.pxc"].map(read);
    for threads in 1..4 {
        for arguments in [&compress[..], &decompress, &test] {
            let (code, said) = user.run_with_threads(threads, arguments);
            assert_eq!((code, said.as_str()), (0, ""), "{threads}: {arguments:?}");
        }
        assert!(
            ["img.pxc", "photo.pxc"].map(read) == expected,
            "{threads} threads"
        );
    }
}
