//! Changes a `.pxc` file somewhere inside, and corrects lengths and checksums.

use pxc_codec::JpegFile;
use pxc_test_predictors::named::all;

use crate::nested::{edit_frame, edit_lepton};
use crate::parts::{Parts, Preview};

/// Colour type and bit depth, as the header has them.
const FORMATS: [u8; 15] = [
    0x30, 0x32, 0x34, 0x36, 0x00, 0x10, 0x20, 0x40, 0x42, 0x44, 0x46, 0x03, 0x13, 0x23, 0x33,
];
/// Numbers at the edges.
const EDGES: [u8; 8] = [0, 1, 2, 5, 0x7f, 0x80, 0xfe, 0xff];

/// A generator of random numbers: xorshift.
pub struct Random(u64);

impl Random {
    /// Starts the generator; any seed will do.
    pub fn new(seed: u64) -> Random {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        random.below(1);
        random
    }

    /// A number below `bound`, or 0.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize % bound.max(1)
    }
}

/// Changes one to three parts of a file.
pub fn change(file: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = Random::new(random.below(usize::MAX) as u64);
    change_with(file, random, &mut |part| scramble(part, &mut bytes))
}

/// Like [`change`], but `edit` changes the bytes. If the file has no sound parts, `edit` gets the whole file.
pub fn change_with(
    file: &[u8],
    random: &mut Random,
    edit: &mut dyn FnMut(&mut Vec<u8>),
) -> Vec<u8> {
    let Some(mut parts) = Parts::of(file) else {
        let mut file = file.to_vec();
        edit(&mut file);
        return file;
    };
    let is_jpeg = JpegFile::is_in(file);
    for _ in 0..=random.below(3) {
        match random.below(9) {
            0..4 => change_payload(&mut parts, is_jpeg, random, edit),
            4 => change_field(&mut parts, random),
            5 => edit(&mut parts.colors),
            6 => change_preview(&mut parts, random, edit),
            _ => change_metadata(&mut parts, random, edit),
        }
    }
    if random.below(4) > 0 {
        parts.fit_groups();
    }
    parts.file()
}

fn change_payload(
    parts: &mut Parts,
    is_jpeg: bool,
    random: &mut Random,
    edit: &mut dyn FnMut(&mut Vec<u8>),
) {
    let count = parts.payloads.len();
    let other = random.below(count);
    let other = parts.payloads.get(other).cloned().unwrap_or_default();
    let chosen = random.below(count);
    let Some(payload) = parts.payloads.get_mut(chosen) else {
        return;
    };
    match random.below(8) {
        0 => *payload = other,
        1 => payload.extend(other),
        2 if !payload.is_empty() => payload[0] = random.below(6) as u8,
        3.. if is_jpeg && edit_lepton(payload, edit).is_some() => {}
        _ => edit(payload),
    }
}

fn change_preview(parts: &mut Parts, random: &mut Random, edit: &mut dyn FnMut(&mut Vec<u8>)) {
    let Some(preview) = &mut parts.preview else {
        // The smallest: a pixel of the darkest level, or another one.
        let fields = vec![
            1,
            1,
            1 + 2 * random.below(2) as u8,
            1 + random.below(64) as u8,
        ];
        let stream = vec![0; random.below(9)];
        parts.preview = Some(Preview { fields, stream });
        return;
    };
    match random.below(4) {
        0 => edit(&mut preview.fields),
        _ => edit(&mut preview.stream),
    }
}

fn change_field(parts: &mut Parts, random: &mut Random) {
    let side = 1 + random.below(24) as u64;
    match random.below(10) {
        0 => parts.size[0] = side,
        1 => parts.size[1] = side,
        2 => parts.format = FORMATS[random.below(FORMATS.len())],
        3 => parts.model = None,
        4 | 5 => parts.model = Some(all()[random.below(all().len())].id().0),
        6 => parts.tiling = None,
        8 => parts.model_name = [&b"\x08some.one"[..], b"\x02\n\n", b""][random.below(3)].to_vec(),
        7 => {
            let sides = parts
                .size
                .map(|size| 1 + random.below(size.min(24) as usize) as u64);
            parts.tiling = Some([sides[0], sides[1], 1 + random.below(4) as u64]);
        }
        _ => parts.flags ^= 1 << random.below(8),
    }
}

fn change_metadata(parts: &mut Parts, random: &mut Random, edit: &mut dyn FnMut(&mut Vec<u8>)) {
    let kind = random.below(6);
    match (kind, parts.chunks(), &mut parts.metadata) {
        (0, _, Some((_, coded))) => edit(coded),
        (1, _, Some((length, _))) => *length = random.below(1 << 12) as u64,
        (2.., Some(mut chunks), _) if !chunks.is_empty() => {
            let chosen = random.below(chunks.len());
            let chunk = &mut chunks[chosen];
            if kind == 2 || edit_frame(&mut chunk.data, edit).is_none() {
                edit(&mut chunk.data);
            }
            parts.store_chunks(&chunks);
            if let (3, Some((_, mut list))) = (kind, parts.metadata.clone()) {
                edit(&mut list);
                parts.store_metadata(list);
            }
        }
        _ => {}
    }
}

/// Changes bytes in one of several ways.
fn scramble(bytes: &mut Vec<u8>, random: &mut Random) {
    if bytes.is_empty() {
        return bytes.push(random.below(256) as u8);
    }
    let at = random.below(bytes.len());
    let length = 1 + random.below(8).min(bytes.len() - at - 1);
    match random.below(7) {
        0 | 1 => bytes[at] ^= 1 << random.below(8),
        2 => bytes[at] = random.below(256) as u8,
        3 => bytes[at] = EDGES[random.below(EDGES.len())],
        4 => bytes.truncate(at),
        5 => drop(bytes.drain(at..at + length)),
        _ => {
            let piece = bytes[at..at + length].to_vec();
            let to = random.below(bytes.len());
            bytes.splice(to..to, piece);
        }
    }
}
