//! Any bytes as the description of a PNG file, or as the file: `fuzz/run exact_file`. The first byte chooses. A description gives a file or
//! an error; a file that is described comes back.
//!
//! The deflate stream of a description is not made: hostile corrections make preflate-rs loop for ever and take all memory, which is why
//! `pxc` leaves it to a process with limits (`src/deflate_process.rs`). The corrections stand for the stream here.

#![no_main]
#![allow(dead_code, unreachable_pub)]

#[path = "../../src/exact_file.rs"]
mod exact_file;
#[path = "../../src/deflate_stream.rs"]
mod deflate_stream;
#[path = "../../src/formats.rs"]
mod formats;
#[path = "../../src/picture.rs"]
mod picture;
#[path = "../../src/png_reader.rs"]
mod png_reader;
#[path = "../../src/raster_reader.rs"]
mod raster_reader;
#[path = "../../src/tiff_fields.rs"]
mod tiff_fields;
#[path = "../../src/gif_reader.rs"]
mod gif_reader;
#[path = "../../src/pnm.rs"]
mod pnm;
#[path = "../../src/guarded.rs"]
mod guarded;
#[path = "../../src/metadata.rs"]
mod metadata;
#[path = "../../src/png_rows.rs"]
mod png_rows;
#[path = "../../src/png_writer.rs"]
mod png_writer;

use std::io::Write;

use deflate_stream::{Stretches, make_trusted};
use exact_file::RebuildError;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use libfuzzer_sys::fuzz_target;
use picture::read_picture;
use pxc_runtime::{BitDepth, MetadataChunk, ColorType, Image, Limits, SampleFormat};

const LIMITS: Limits = Limits::DEFAULT
    .with_max_pixels(1 << 16)
    .with_max_memory(1 << 27)
    .with_max_metadata(1 << 20);

/// A description whose frame need not be compressed by the fuzzer: a byte that says how long it is, the frame, the stretches.
fn description(bytes: &[u8]) -> Option<Vec<u8>> {
    let (&length, rest) = bytes.split_first()?;
    let (frame, stretches) = rest.split_at_checked(length.into())?;
    let mut packed = DeflateEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(frame).ok()?;
    let packed = packed.finish().ok()?;
    let mut out = vec![0; 8];
    pxc_codec::container::varint::write(&mut out, packed.len() as u64);
    Some([out.as_slice(), &packed, stretches].concat())
}

fn corrections(stretches: Stretches<'_>) -> Result<Vec<u8>, RebuildError> {
    let mut joined = Vec::new();
    for stretch in stretches {
        joined.extend_from_slice(stretch?.corrections);
    }
    Ok(joined)
}

fuzz_target!(|bytes: &[u8]| {
    let Some((&choice, rest)) = bytes.split_first() else {
        return;
    };
    if choice % 2 == 1 {
        let Ok(picture) = read_picture(rest, false, &LIMITS) else {
            return;
        };
        if let Ok(chunk) = exact_file::describe(rest, &picture, &LIMITS) {
            let (image, metadata) = (&picture.image, &picture.metadata);
            let file = exact_file::rebuild(&chunk.data, image, metadata, &LIMITS, make_trusted);
            assert!(file.expect("a description that was checked") == rest);
        }
        return;
    }
    let format = SampleFormat {
        color: ColorType::Gray,
        depth: [BitDepth::One, BitDepth::Four, BitDepth::Eight][usize::from(choice / 2) % 3],
    };
    let samples = (0..5 * 7).map(|sample| sample % 2).collect();
    let image = Image::with_format(5, 7, format, samples).expect("a legal image");
    let metadata = [MetadataChunk {
        tag: *b"gAMA",
        data: vec![0, 0, 0, 1],
    }];
    if let Some(description) = description(rest) {
        drop(exact_file::rebuild(
            &description,
            &image,
            &metadata,
            &LIMITS,
            corrections,
        ));
    }
});
