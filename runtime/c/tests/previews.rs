//! Tests from C: large images have previews, from which thumbnails are made.

#![allow(unsafe_code)] // The interface is for C.

use std::ptr::{null, null_mut};

use pxc::*;

const WIDTH: usize = 1100;
const HEIGHT: usize = 1000;

/// Noise on a slope.
fn samples() -> Vec<u8> {
    let mut noise = 1_u32;
    let sample = |at: usize| {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (at / WIDTH / 5) as u8 + (noise >> 27) as u8
    };
    (0..WIDTH * HEIGHT).map(sample).collect()
}

/// Compresses the samples, and returns the file and its header.
fn compressed(engine: *mut PxcEngine, options: &PxcOptions) -> (Vec<u8>, PxcHeader) {
    let samples = samples();
    let image = PxcImage {
        width: WIDTH as u32,
        height: HEIGHT as u32,
        color: PXC_GRAY,
        bit_depth: 8,
        samples: samples.as_ptr().cast(),
        samples_bytes: samples.len(),
    };
    let (mut file, mut count) = (null_mut(), 0);
    let mut header = std::mem::MaybeUninit::uninit();
    // SAFETY: every pointer leads to what its function asks for.
    unsafe {
        let status = pxc_compress(engine, &image, options, &mut file, &mut count);
        assert_eq!(status, PxcStatus::Ok);
        let status = pxc_read_header(file, count, null(), header.as_mut_ptr());
        assert_eq!(status, PxcStatus::Ok);
        let copy = std::slice::from_raw_parts(file, count).to_vec();
        pxc_free(file);
        (copy, header.assume_init())
    }
}

#[test]
fn thumbnails_come_from_the_beginning_of_a_file() {
    let mut engine = null_mut();
    // SAFETY: the pointer has a place.
    assert_eq!(unsafe { pxc_engine_new(false, &mut engine) }, PxcStatus::Ok);
    let (file, header) = compressed(engine, &PxcOptions::default());
    assert!(header.has_preview);
    let (mut small, mut width, mut height) = (null_mut(), 0, 0);
    let (data, some) = (file.as_ptr(), 8000);
    // SAFETY: every pointer leads to what its function asks for.
    let thumbnail = unsafe {
        let options = null();
        let status = pxc_decompress_thumbnail(
            engine,
            data,
            some,
            110,
            options,
            &mut small,
            &mut width,
            &mut height,
        );
        assert_eq!((status, width, height), (PxcStatus::Ok, 110, 100));
        let copy = std::slice::from_raw_parts(small, 110 * 100).to_vec();
        pxc_free(small);
        copy
    };
    // The mean of the noise is 15.5.
    let rows = thumbnail.chunks(110).enumerate();
    let errors = rows.flat_map(|(y, row)| {
        row.iter()
            .map(move |&s| u64::from(s).abs_diff(2 * y as u64 + 16))
    });
    assert!(errors.sum::<u64>() < 4 * 110 * 100);

    let options = PxcOptions {
        no_preview: true,
        ..PxcOptions::default()
    };
    let (plain, header) = compressed(engine, &options);
    assert!(!header.has_preview && plain.len() < file.len());
    assert!((file.len() - plain.len()) * 1000 <= 3 * file.len());
    // SAFETY: nobody uses the engine any more.
    unsafe { pxc_engine_free(engine) };
}
