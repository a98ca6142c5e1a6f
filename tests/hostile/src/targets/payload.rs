//! Any payload behind a sound header. The first byte chooses colour type and bit depth, and whether a colour set comes
//! first.

use pxc_codec::{DecodeOptions, Error, Predictor, decode_partial};
use pxc_test_predictors::hashing_model::{HashingModel, resolve};

const SIGNATURE_AND_VERSION: &[u8] = b"\x89PXC\r\n\x1a\n\x01";
const HAS_MODEL: u8 = 1;
const HAS_COLOR_SET: u8 = 16;
/// Bytes of a colour set.
const SET_BYTES: usize = 40;

fn varint(out: &mut Vec<u8>, mut value: usize) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Colour type and bit depth, as the header has them.
const FORMATS: [u8; 15] = [
    0x30, 0x32, 0x34, 0x36, 0x00, 0x10, 0x20, 0x40, 0x42, 0x44, 0x46, 0x03, 0x13, 0x23, 0x33,
];
/// Two entries, one of them with alpha, stored.
const PALETTE: [u8; 10] = [2, 1, 0, 1, 2, 3, 4, 5, 6, 7];

fn file(format: u8, colors: Option<&[u8]>, payload: &[u8]) -> Vec<u8> {
    let planes = if format & 3 == 2 { 3 } else { 1 };
    let flags = HAS_MODEL | colors.map_or(0, |_| HAS_COLOR_SET);
    let mut fields = vec![flags, format, 24, 20];
    fields.extend(HashingModel::new(planes).id().0);
    if format & 0x0f == 3 {
        fields.extend(PALETTE);
    }
    if let Some(colors) = colors {
        varint(&mut fields, colors.len());
        fields.extend(colors);
    }
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

/// Decodes a payload.
pub fn payload(bytes: &[u8]) {
    let Some((&choice, payload)) = bytes.split_first() else {
        return;
    };
    let format = FORMATS[usize::from(choice) % FORMATS.len()];
    // Where a colour set is legal and there are bytes for one, every other choice has one.
    let lists = matches!(format, 0x32 | 0x36) && choice >= 128 && payload.len() > SET_BYTES;
    let (colors, payload) = payload.split_at(if lists { SET_BYTES } else { 0 });
    let file = file(format, lists.then_some(colors), payload);
    let decoded = decode_partial(&file, &resolve, &DecodeOptions::default());
    let image = match decoded {
        // A list that is too long; a group that asks the model for samples of another depth.
        Err(Error::ColorSet { .. } | Error::ModelFormat { .. }) => return,
        decoded => decoded.expect("the header is sound").image,
    };
    assert_eq!(image.expanded().pixels(), 24 * 20);
}
