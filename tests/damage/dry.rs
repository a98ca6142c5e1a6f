//! Streams that run dry: some 50 bytes that claim 2^28 pixels are damage at once, by every coding method.

use std::fs;
use std::time::{Duration, Instant};

use pxc_codec::ColorType;
use tempfile::tempdir;

use crate::crafted::Crafted;
use crate::harness::{outcome, photo, succeed, write_png};

/// 2^14 as a varint.
const SIDE: [u8; 3] = [0x80, 0x80, 0x01];

#[test]
fn few_bytes_make_little_work() {
    let directory = tempdir().expect("a directory");
    let folder = directory.path();
    write_png(&folder.join("img.png"), &photo(200, 100, ColorType::Gray));
    succeed(folder, &["compress", "img.png"]);
    let info = succeed(folder, &["info", "--json", "img.pxc"]);
    let info: serde_json::Value = serde_json::from_str(&info).expect("JSON");
    let id = info["model"].as_str().expect("an id");
    let id = u64::from_str_radix(id, 16).expect("an id").to_be_bytes();
    for method in 0..5 {
        for stream in [&[][..], &[0; 3], &[0x7f, 0xff, 0x31]] {
            let bytes = Crafted {
                width: SIDE.to_vec(),
                height: SIDE.to_vec(),
                model: matches!(method, 1 | 3).then_some(id),
                payload: [&[method][..], stream].concat(),
                ..Crafted::default()
            }
            .bytes();
            assert!(bytes.len() <= 56, "{} bytes", bytes.len());
            fs::write(folder.join("dry.pxc"), bytes).expect("a written file");
            for arguments in [&["test", "dry.pxc"][..], &["decompress", "-f", "dry.pxc"]] {
                let begin = Instant::now();
                let (code, _, said) = outcome(folder, arguments);
                let time = begin.elapsed();
                assert_eq!(code, 1, "method {method}, {stream:?}: {said}");
                assert!(time < Duration::from_secs(3), "method {method}: {time:?}");
            }
        }
    }
    assert!(!folder.join("dry.png").exists());
}
