//! Any payload behind a sound header: `cargo +nightly fuzz run payload`. The first byte chooses the colour type.

#![no_main]

#[path = "../../codec/tests/hashing_model/mod.rs"]
mod hashing_model;

use hashing_model::{HashingModel, resolve};
use libfuzzer_sys::fuzz_target;
use pxc_codec::{DecodeOptions, Predictor, decode_partial};

const SIGNATURE_AND_VERSION: &[u8] = b"\x89PXC\r\n\x1a\n\x01";
const HAS_MODEL: u8 = 1;

fn varint(out: &mut Vec<u8>, mut value: usize) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn file(color: u8, payload: &[u8]) -> Vec<u8> {
    let planes = if color & 2 == 0 { 1 } else { 3 };
    let mut fields = vec![HAS_MODEL, 0x30 | color, 24, 20];
    fields.extend(HashingModel::new(planes).id().0);
    fields.extend([0; 8]);
    varint(&mut fields, payload.len());
    fields.extend(crc32fast::hash(payload).to_le_bytes());
    let mut out = SIGNATURE_AND_VERSION.to_vec();
    varint(&mut out, fields.len());
    out.extend(fields);
    out.extend(crc32fast::hash(&out).to_le_bytes());
    out.extend(payload);
    out
}

fuzz_target!(|bytes: &[u8]| {
    let Some((&choice, payload)) = bytes.split_first() else {
        return;
    };
    let file = file(choice % 4 * 2, payload);
    decode_partial(&file, &resolve, &DecodeOptions::default()).expect("the header is sound");
});
