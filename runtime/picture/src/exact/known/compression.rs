//! Runs a known encoder.

use std::iter;

use fdeflate::Compressor as Fdeflate;
#[cfg(not(target_family = "wasm"))]
use libdeflater::{CompressionLvl, Compressor};
use zlib_rs::{Deflate, DeflateConfig, DeflateFlush, Method, Status};

use crate::exact::known::encoder::{Encoder, Parameters, Strategy};
use crate::exact::known::miniz::Miniz;
use crate::exact::known::zlib::levels::deflate;

/// Bytes of zlib's header.
const HEADER: usize = 2;
/// Bytes of zlib's checksum.
const CHECKSUM: usize = 4;

/// Compresses `plain`, whose rows have `rows` bytes, and gives the stream to `take`, piece by piece. Stops when `take`
/// returns `false`. `None` if it stopped, or if memory ran out.
pub(crate) fn compress(
    encoder: Encoder,
    plain: &[u8],
    rows: &[usize],
    mut take: impl FnMut(&[u8]) -> bool,
) -> Option<()> {
    match encoder {
        Encoder::Zlib(parameters, is_far) => deflate(parameters, is_far, plain, take),
        Encoder::ZlibNg(parameters, calls) => {
            let mut zlib = Deflate::new_with_config(config(parameters));
            let call = |input: &[u8], output: &mut [u8], finish| {
                let before = (zlib.total_in(), zlib.total_out());
                let flush = match finish {
                    true => DeflateFlush::Finish,
                    false => DeflateFlush::NoFlush,
                };
                let status = zlib.compress(input, output, flush).ok()?;
                Some(CallResult {
                    read: (zlib.total_in() - before.0) as usize,
                    written: (zlib.total_out() - before.1) as usize,
                    is_done: status == Status::StreamEnd,
                })
            };
            let buffer_bits = calls.buffer_bits;
            match calls.by_rows {
                true => stream(by_rows(plain, rows), buffer_bits, call, take),
                false => stream([plain], buffer_bits, call, take),
            }
        }
        Encoder::Libdeflate { level } => {
            let made = libdeflate(level, plain)?;
            take(&made).then_some(())
        }
        Encoder::Miniz { level, is_flushed } => {
            Miniz::new(level).make(split_rows(plain, rows), is_flushed, &mut take)
        }
        Encoder::Fdeflate => {
            let made = fdeflate(plain, rows)?;
            take(made.get(HEADER..made.len() - CHECKSUM)?).then_some(())
        }
    }
}

/// Compresses with fdeflate; the stream has zlib's header and checksum.
fn fdeflate(plain: &[u8], rows: &[usize]) -> Option<Vec<u8>> {
    let mut compressor = Fdeflate::new(Vec::new()).ok()?;
    for piece in split_rows(plain, rows) {
        compressor.write_data(piece).ok()?;
    }
    compressor.finish().ok()
}

#[cfg(not(target_family = "wasm"))]
fn libdeflate(level: u8, plain: &[u8]) -> Option<Vec<u8>> {
    let mut compressor = Compressor::new(CompressionLvl::new(level.into()).ok()?);
    let mut made = vec![0; compressor.deflate_compress_bound(plain.len())];
    let length = compressor.deflate_compress(plain, &mut made).ok()?;
    made.truncate(length);
    Some(made)
}

/// libdeflate is not in this build.
#[cfg(target_family = "wasm")]
fn libdeflate(_: u8, _: &[u8]) -> Option<Vec<u8>> {
    None
}

fn config(parameters: Parameters) -> DeflateConfig {
    DeflateConfig {
        level: parameters.level.into(),
        method: Method::Deflated,
        window_bits: -i32::from(parameters.window_bits),
        mem_level: parameters.memory_level.into(),
        strategy: match parameters.strategy {
            Strategy::Default => zlib_rs::Strategy::Default,
            Strategy::Filtered => zlib_rs::Strategy::Filtered,
            Strategy::HuffmanOnly => zlib_rs::Strategy::HuffmanOnly,
            Strategy::RunLengths => zlib_rs::Strategy::Rle,
            Strategy::Fixed => zlib_rs::Strategy::Fixed,
        },
    }
}

/// Splits `plain` into rows.
fn by_rows<'a>(plain: &'a [u8], rows: &[usize]) -> impl Iterator<Item = &'a [u8]> {
    let mut rest = plain;
    rows.iter().map_while(move |&length| {
        let (row, tail) = rest.split_at_checked(length)?;
        rest = tail;
        Some(row)
    })
}

/// Splits `plain` into the filter of each row and its bytes.
fn split_rows<'a>(plain: &'a [u8], rows: &[usize]) -> impl Iterator<Item = &'a [u8]> {
    by_rows(plain, rows).flat_map(|row| {
        let (filter, bytes) = row.split_at(1.min(row.len()));
        iter::once(filter).chain(iter::once(bytes))
    })
}

/// The result of a call of zlib-ng.
struct CallResult {
    read: usize,
    written: usize,
    is_done: bool,
}

/// Calls zlib-ng as programs do: first with all pieces of the input, then without input, to finish. The buffer is
/// emptied when it is full.
fn stream<'a>(
    pieces: impl IntoIterator<Item = &'a [u8]>,
    buffer_bits: u8,
    mut call: impl FnMut(&[u8], &mut [u8], bool) -> Option<CallResult>,
    mut take: impl FnMut(&[u8]) -> bool,
) -> Option<()> {
    let mut buffer = vec![0; 1 << buffer_bits];
    let mut filled = 0;
    let mut give = |mut input: &[u8], finish: bool| loop {
        let CallResult {
            read,
            written,
            is_done,
        } = call(input, &mut buffer[filled..], finish)?;
        input = &input[read..];
        filled += written;
        let is_full = filled == buffer.len();
        if is_full || is_done {
            if !take(&buffer[..filled]) {
                return None;
            }
            filled = 0;
        }
        if is_done || (!finish && input.is_empty() && !is_full) {
            return Some(());
        }
    };
    for piece in pieces {
        give(piece, false)?;
    }
    give(&[], true)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::exact::bytes::Bytes;

    /// 400 rows of 251 bytes, with noise and repetitions.
    pub(crate) fn plain() -> (Vec<u8>, Vec<usize>) {
        let mut state = 1u32;
        let mut plain = Vec::new();
        for y in 0..400u32 {
            plain.push((y % 5) as u8);
            for x in 0..250u32 {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let smooth = x * x / (y + 9) + (state >> 30);
                plain.push(if state >> 28 & 3 != 0 {
                    smooth as u8
                } else {
                    7
                });
            }
        }
        (plain, vec![251; 400])
    }

    pub(crate) fn encoder(bytes: &[u8]) -> Encoder {
        Encoder::read(bytes[0], &mut Bytes(&bytes[1..])).expect("a sound encoder")
    }

    pub(crate) fn made(encoder: Encoder, plain: &[u8], rows: &[usize]) -> Vec<u8> {
        let mut made = Vec::new();
        let take = |piece: &[u8]| {
            made.extend_from_slice(piece);
            true
        };
        compress(encoder, plain, rows, take).expect("memory");
        made
    }

    /// Lengths and CRCs of the streams that zlib 1.2.13, zlib-ng 2.3.3, libdeflate 1.26, miniz_oxide 0.9.1 and fdeflate
    /// 0.3.7 make, called from other programs.
    #[test]
    fn the_encoders_make_the_golden_streams() {
        let (plain, rows) = plain();
        assert_eq!(crc32fast::hash(&plain), 0x7530_691a);
        let golden: &[(&[u8], usize, u32)] = &[
            (&[1, 1, 0, 9, 15], 70607, 0xf22d_21f3),
            (&[1, 2, 0, 8, 15], 69075, 0x0395_974a),
            (&[1, 3, 0, 8, 14], 69386, 0xfade_d3e6),
            (&[1, 4, 0, 8, 15], 71105, 0xa305_fc2b),
            (&[1, 5, 1, 9, 15], 79680, 0x232c_efb5),
            (&[1, 6, 0, 8, 15], 70626, 0x1b18_ad64),
            (&[1, 6, 1, 9, 15], 79647, 0xe386_ce59),
            (&[1, 7, 1, 8, 12], 81044, 0x8d70_8d63),
            (&[1, 8, 0, 8, 15], 70604, 0xd75e_0f69),
            (&[1, 9, 1, 9, 15], 79644, 0xfec2_a651),
            (&[1, 1, 2, 8, 15], 81232, 0x01ab_3ff0),
            (&[1, 1, 3, 8, 15], 81273, 0x613f_5d00),
            (&[1, 6, 4, 8, 15], 81986, 0xd2ff_acb6),
            (&[2, 1, 0, 8, 15, 1, 13], 88424, 0xbc6c_dcfe),
            (&[2, 1, 0, 8, 15, 0, 15], 88436, 0xe2d9_66a6),
            (&[2, 2, 0, 8, 15, 1, 13], 72018, 0x53b1_49b8),
            (&[2, 3, 0, 8, 15, 1, 13], 71523, 0x9009_86cf),
            (&[2, 4, 0, 8, 15, 1, 13], 71479, 0x5f25_db6c),
            (&[2, 5, 0, 8, 15, 1, 13], 71489, 0xa885_d888),
            (&[2, 6, 0, 8, 15, 1, 13], 71484, 0xa1f8_efa5),
            (&[2, 6, 0, 9, 15, 1, 16], 71804, 0x475c_bc7e),
            (&[2, 6, 0, 8, 15, 0, 15], 71471, 0x4cb6_7564),
            (&[2, 7, 1, 8, 14, 1, 13], 80237, 0xf630_40e2),
            (&[2, 8, 0, 8, 15, 1, 13], 71472, 0x30e7_d627),
            (&[2, 9, 1, 9, 15, 1, 16], 79644, 0xfec2_a651),
            (&[2, 1, 2, 8, 15, 1, 13], 81232, 0x01ab_3ff0),
            (&[2, 1, 3, 8, 15, 1, 13], 81273, 0x613f_5d00),
            (&[3, 1], 72415, 0xc702_961b),
            (&[3, 2], 71032, 0x1391_3aaa),
            (&[3, 3], 71011, 0xbbc9_2f2a),
            (&[3, 4], 71011, 0x58cf_88f6),
            (&[3, 5], 69847, 0x5344_767e),
            (&[3, 6], 69850, 0x86ba_ef30),
            (&[3, 7], 69848, 0x0317_83d0),
            (&[3, 8], 69989, 0xa5ed_68a4),
            (&[3, 9], 69989, 0xa5ed_68a4),
            (&[3, 10], 64963, 0x23e4_15fa),
            (&[3, 11], 64837, 0x968a_265f),
            (&[3, 12], 64834, 0xbb31_b33a),
            (&[4, 1, 0], 78454, 0x30ca_6813),
            (&[4, 2, 0], 71753, 0x0791_40a8),
            (&[4, 3, 0], 70245, 0x5b78_eb04),
            (&[4, 4, 0], 70276, 0xb0af_bca2),
            (&[4, 5, 0], 70040, 0xa13c_785a),
            (&[4, 6, 0], 69877, 0x0e9a_201e),
            (&[4, 7, 0], 69864, 0x3713_07e3),
            (&[4, 8, 0], 69853, 0xaad8_eaae),
            (&[4, 9, 0], 69848, 0xfec5_7736),
            (&[4, 10, 0], 69847, 0x71f8_f61d),
            (&[5], 116345, 0xac8a_504e),
        ];
        for &(bytes, length, crc) in golden {
            let made = made(encoder(bytes), &plain, &rows);
            let found = (made.len(), crc32fast::hash(&made));
            assert_eq!(found, (length, crc), "{bytes:?}");
        }
    }

    /// Bytes and CRCs of what zlib 1.2.13 makes of noise: nothing and next to nothing, stored blocks, windows that are
    /// shorter than blocks, and the shortest blocks.
    #[test]
    fn zlib_is_followed_to_its_limits() {
        let noise = |(count, shift): (usize, u32)| -> Vec<u8> {
            let next = |state: &mut u32, _| {
                *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                Some((*state >> shift) as u8)
            };
            (0..count).scan(7u32, next).collect()
        };
        for (input, bytes, length, crc) in [
            ((0, 24), [1, 6, 0, 8, 15], 2, 0x6af4_413c),
            ((1, 24), [1, 9, 1, 9, 15], 3, 0x452e_6d1e),
            ((3, 24), [1, 1, 0, 8, 15], 5, 0x6ceb_b540),
            ((70000, 24), [1, 6, 0, 9, 15], 70015, 0x894f_8fe4),
            ((70000, 24), [1, 3, 0, 8, 9], 70183, 0xec14_80d3),
            ((20000, 30), [1, 9, 0, 8, 9], 6314, 0x4c5c_89f4),
            ((40000, 31), [1, 8, 1, 1, 10], 7139, 0xe7bb_882f),
            ((60000, 30), [1, 4, 0, 7, 12], 18459, 0x2eb8_727c),
            ((300000, 29), [1, 5, 4, 3, 11], 203512, 0x032d_5980),
            ((90000, 31), [1, 2, 3, 9, 9], 16218, 0xb189_ef12),
            ((70000, 25), [1, 6, 2, 9, 9], 61376, 0x51ec_8d90),
            ((200000, 28), [1, 9, 0, 2, 13], 120376, 0xa198_02ad),
        ] {
            let made = made(encoder(&bytes), &noise(input), &[input.0]);
            let found = (made.len(), crc32fast::hash(&made));
            assert_eq!(found, (length, crc), "{input:?} {bytes:?}");
        }
    }

    #[test]
    fn a_run_stops_when_it_is_told_to() {
        let (plain, rows) = plain();
        for bytes in [
            &[1, 6, 0, 8, 15][..],
            &[2, 6, 0, 8, 15, 1, 13],
            &[3, 6],
            &[4, 6, 0],
            &[5],
        ] {
            let mut pieces = 0;
            let stopped = compress(encoder(bytes), &plain, &rows, |_| {
                pieces += 1;
                false
            });
            assert_eq!((stopped, pieces), (None, 1));
        }
    }
}
