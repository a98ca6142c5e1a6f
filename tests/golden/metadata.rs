//! A golden file with metadata of every usual kind, which are coded with the dictionary.

use std::fs;

use pxc_codec::{ColorType, Limits, MetadataChunk, read_header};
use pxc_runtime::{Backend, CompressOptions, Engine, Registry};
use tempfile::tempdir;

use crate::golden;
use crate::images::calm;
use pxc_test_harness::{PngFile, fixtures, succeed};

const NAME: &str = "metadata-coded";

const XMP: &str = "XML:com.adobe.xmp\0\0\0\0\0<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n\
    <x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n  \
    <rdf:Description rdf:about=\"\"\n    xmlns:tiff=\"http://ns.adobe.com/tiff/1.0/\">\n   \
    <tiff:Orientation>1</tiff:Orientation>\n  </rdf:Description>\n </rdf:RDF>\n</x:xmpmeta>\n<?xpacket end=\"w\"?>";

/// EXIF with the camera's name and the orientation.
const EXIF: &[u8] = b"MM\0*\0\0\0\x08\0\x02\x01\x0f\0\x02\0\0\0\x06\0\0\0\x26\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0Canon\0";

fn chunks() -> Vec<MetadataChunk> {
    let chunk = |tag: &[u8; 4], data: &[u8]| MetadataChunk {
        tag: *tag,
        data: data.to_vec(),
    };
    vec![
        chunk(b"gAMA", &45455_u32.to_be_bytes()),
        chunk(b"pHYs", b"\0\0\x0b\x13\0\0\x0b\x13\x01"),
        chunk(b"eXIf", EXIF),
        chunk(b"tEXt", b"Software\0Adobe ImageReady"),
        chunk(b"iTXt", XMP.as_bytes()),
    ]
}

#[test]
#[ignore = "writes golden files"]
fn write_missing_metadata_file() {
    let path = golden().join(format!("{NAME}.png"));
    if !path.exists() {
        let image = calm((20, 15), ColorType::Rgb);
        let mut file = PngFile::of(&image);
        file.chunks = chunks()
            .into_iter()
            .map(|chunk| (chunk.tag, chunk.data))
            .collect();
        fs::write(&path, file.bytes()).expect("a written file");
        let registry = Registry::with_directory(Some(fixtures().join("models")));
        let chunks = chunks();
        let options = CompressOptions::default()
            .with_model(Some("tiny-rgb"))
            .with_metadata(&chunks)
            .with_threads(1);
        let compressed = Engine::new(registry, Backend::Tract).compress(&image, &options);
        let (bytes, _) = compressed.expect("a compressed image");
        fs::write(path.with_extension("pxc"), bytes).expect("a written file");
        println!("written: {}", path.display());
    }
}

#[test]
fn coded_metadata_comes_back() {
    let bytes = fs::read(golden().join(format!("{NAME}.pxc"))).expect("a golden file");
    let header = read_header(&bytes, &Limits::default()).expect("a header");
    assert_eq!(header.metadata, chunks());
    let plain: usize = chunks().iter().map(|chunk| chunk.data.len()).sum();
    // Without a dictionary they take half of that.
    assert!(
        header.header_bytes < plain as u64 / 3,
        "{} of {plain} bytes",
        header.header_bytes
    );

    let directory = tempdir().expect("a directory");
    let file = golden().join(format!("{NAME}.pxc")).display().to_string();
    succeed(directory.path(), &["decompress", &file, "-o", "img.png"]);
    let back = fs::read(directory.path().join("img.png")).expect("a file");
    for chunk in chunks() {
        let whole = [&chunk.tag[..], &chunk.data].concat();
        let is_there = back.windows(whole.len()).any(|window| window == whole);
        assert!(is_there, "{:?}", chunk.tag);
    }
}
