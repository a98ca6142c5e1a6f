//! Tests from C: JPEG files are stored, they and exact files come back, and all limits can be set.

#![allow(unsafe_code)] // The interface is for C.

use std::fs;
use std::path::Path;
use std::ptr::{null, null_mut};

use image::ExtendedColorType;
use image::codecs::jpeg::JpegEncoder;
use pxc::*;

fn jpeg() -> Vec<u8> {
    let samples: Vec<u8> = (0..300 * 200_u32).map(|n| ((n * n) >> 9) as u8).collect();
    let mut file = Vec::new();
    let mut encoder = JpegEncoder::new(&mut file);
    let written = encoder.encode(&samples, 300, 200, ExtendedColorType::L8);
    written.expect("a JPEG file");
    file
}

fn engine() -> *mut PxcEngine {
    let mut engine = null_mut();
    // SAFETY: the pointer has a place.
    let status = unsafe { pxc_engine_new(false, &mut engine) };
    assert_eq!(status, PxcStatus::Ok);
    engine
}

/// Takes bytes that the library gave, and frees them.
fn taken(bytes: *mut u8, count: usize) -> Vec<u8> {
    // SAFETY: the library gave so many bytes, and nobody else has them.
    unsafe {
        let copy = std::slice::from_raw_parts(bytes, count).to_vec();
        pxc_free(bytes);
        copy
    }
}

#[test]
fn jpeg_files_are_kept_and_decoded() {
    let (engine, jpeg) = (engine(), jpeg());
    let (mut file, mut count) = (null_mut(), 0);
    // SAFETY: every pointer leads to what its function asks for.
    unsafe {
        let kept = pxc_compress_jpeg(
            engine,
            jpeg.as_ptr(),
            jpeg.len(),
            null(),
            &mut file,
            &mut count,
        );
        assert_eq!(kept, PxcStatus::Ok);
        let cut = pxc_compress_jpeg(engine, jpeg.as_ptr(), 500, null(), &mut file, &mut count);
        assert_eq!(cut, PxcStatus::BadData);
    }
    let file = taken(file, count);
    let mut header = empty();
    let (mut original, mut pixels) = (null_mut(), vec![0; 300 * 200]);
    let (mut small, mut width, mut height) = (null_mut(), 0, 0);
    let (data, length) = (file.as_ptr(), file.len());
    // SAFETY: every pointer leads to what its function asks for.
    unsafe {
        assert_eq!(
            pxc_read_header(data, length, null(), &mut header),
            PxcStatus::Ok
        );
        assert!(header.has_original && header.holds_jpeg && header.samples_bytes == pixels.len());
        let restored = pxc_original_file(engine, data, length, null(), &mut original, &mut count);
        assert_eq!(restored, PxcStatus::Ok);
        let target = pixels.as_mut_ptr().cast();
        let decoded = pxc_decompress(engine, data, length, null(), target, pixels.len());
        assert_eq!(decoded, PxcStatus::Ok);
        let mut part = [0_u8; 6];
        let target = part.as_mut_ptr().cast();
        let region = pxc_decompress_region(engine, data, length, null(), 297, 198, 3, 2, target, 6);
        assert_eq!(region, PxcStatus::Ok);
        assert_eq!(part[..3], pixels[198 * 300 + 297..][..3]);
        let thumbnail = pxc_decompress_thumbnail(
            engine,
            data,
            length,
            150,
            null(),
            &mut small,
            &mut width,
            &mut height,
        );
        assert_eq!((thumbnail, width, height), (PxcStatus::Ok, 150, 100));
    }
    assert!(taken(original, count) == jpeg);
    let expected = image::load_from_memory(&jpeg)
        .expect("a sound file")
        .to_luma8();
    assert!(pixels == expected.into_raw());
    assert_eq!(taken(small, 150 * 100).len(), 15_000);
    // SAFETY: nobody uses the engine any more.
    unsafe { pxc_engine_free(engine) };
}

/// Files of fixtures/golden, and whether a library returns them.
const EXACT: [(&str, PxcStatus); 7] = [
    // Its model is not embedded.
    ("exact-zlib.png", PxcStatus::MissingModel),
    ("exact-bmp.bmp", PxcStatus::Ok),
    ("exact-qoi.qoi", PxcStatus::Ok),
    ("exact-tiff.tiff", PxcStatus::Ok),
    ("exact-fast.png", PxcStatus::Ok),
    ("exact-stored.png", PxcStatus::Unsupported),
    ("gray-two-scales.png", PxcStatus::Argument),
];

#[test]
fn exact_files_come_back() {
    let engine = engine();
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/golden/v1");
    for (name, expected) in EXACT {
        let original = golden.join(name);
        let file = fs::read(original.with_extension("pxc")).expect("a golden file");
        let mut header = empty();
        let (mut bytes, mut count) = (null_mut(), 0);
        let (data, length) = (file.as_ptr(), file.len());
        // SAFETY: every pointer leads to what its function asks for.
        let status = unsafe {
            let read = pxc_read_header(data, length, null(), &mut header);
            assert_eq!(read, PxcStatus::Ok);
            pxc_original_file(engine, data, length, null(), &mut bytes, &mut count)
        };
        assert_eq!(status, expected, "{name}");
        let has_original = expected != PxcStatus::Argument;
        assert_eq!(
            (header.has_original, header.holds_jpeg),
            (has_original, false)
        );
        if status == PxcStatus::Ok {
            assert!(
                taken(bytes, count) == fs::read(original).expect("a golden file"),
                "{name}"
            );
        }
    }
    // SAFETY: nobody uses the engine any more.
    unsafe { pxc_engine_free(engine) };
}

#[test]
fn every_limit_holds() {
    let engine = engine();
    // An image like a photograph, so that a model codes it.
    let mut noise = 1_u32;
    let samples = (0..64 * 64 * 3_u32).map(|n| {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (n / 100 + (noise >> 28)) as u8
    });
    let samples: Vec<u8> = samples.collect();
    let image = PxcImage {
        width: 64,
        height: 64,
        color: PXC_RGB,
        bit_depth: 8,
        samples: samples.as_ptr().cast(),
        samples_bytes: samples.len(),
    };
    let none = PxcOptions::default();
    let pixels = PxcOptions {
        max_pixels: 4095,
        ..none
    };
    let memory = PxcOptions {
        max_memory: 10_000,
        ..none
    };
    let work = PxcOptions {
        max_work: 100_000,
        ..none
    };
    let (mut file, mut count) = (null_mut(), 0);
    // SAFETY: every pointer leads to what its function asks for.
    unsafe {
        for options in [pixels, work] {
            let status = pxc_compress(engine, &image, &options, &mut file, &mut count);
            assert_eq!(status, PxcStatus::Limit, "{options:?}");
        }
        assert_eq!(
            pxc_compress(engine, &image, &none, &mut file, &mut count),
            PxcStatus::Ok
        );
        let mut decoded = vec![0_u8; samples.len()];
        for options in [pixels, memory, work] {
            let target = decoded.as_mut_ptr().cast();
            let status = pxc_decompress(engine, file, count, &options, target, decoded.len());
            assert_eq!(status, PxcStatus::Limit, "{options:?}");
        }
        pxc_free(file);
        pxc_engine_free(engine);
    }
}

fn empty() -> PxcHeader {
    PxcHeader {
        width: 0,
        height: 0,
        color: 0,
        bit_depth: 0,
        stored_color: 0,
        stored_bit_depth: 0,
        has_model: false,
        model_id: [0; 8],
        has_preview: false,
        has_original: false,
        holds_jpeg: false,
        orientation: 0,
        samples_bytes: 0,
    }
}
