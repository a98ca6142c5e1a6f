//! Runs a known encoder.

use libdeflater::{CompressionLvl, Compressor};
use zlib_rs::{Deflate, DeflateConfig, DeflateFlush, Method, Status};

use crate::exact::known::encoder::{Encoder, Manner, Parameters, Strategy};
use crate::exact::known::zlib::{Step, Zlib};

/// How classic zlib is called. Its output does not depend on it.
const ANY: Manner = Manner {
    by_rows: true,
    buffer_bits: 16,
};

/// Compresses `plain`, whose rows have `rows` bytes, and gives the stream to `take`, piece by piece. Stops when `take` returns
/// `false`. `None` if it stopped, or if memory ran out.
pub(crate) fn compress(
    encoder: Encoder,
    plain: &[u8],
    rows: &[usize],
    mut take: impl FnMut(&[u8]) -> bool,
) -> Option<()> {
    match encoder {
        Encoder::Zlib(parameters) => {
            let mut zlib = Zlib::new(parameters)?;
            let step = |input: &[u8], output: &mut [u8], finish| zlib.step(input, output, finish);
            stream(plain, rows, ANY, step, take)
        }
        Encoder::ZlibNg(parameters, manner) => {
            let mut deflate = Deflate::new_with_config(config(parameters));
            let step = |input: &[u8], output: &mut [u8], finish| {
                let before = (deflate.total_in(), deflate.total_out());
                let flush = match finish {
                    true => DeflateFlush::Finish,
                    false => DeflateFlush::NoFlush,
                };
                let status = deflate.compress(input, output, flush).ok()?;
                Some(Step {
                    read: (deflate.total_in() - before.0) as usize,
                    written: (deflate.total_out() - before.1) as usize,
                    is_done: status == Status::StreamEnd,
                })
            };
            stream(plain, rows, manner, step, take)
        }
        Encoder::Libdeflate { level } => {
            let made = libdeflate(level, plain)?;
            take(&made).then_some(())
        }
    }
}

fn libdeflate(level: u8, plain: &[u8]) -> Option<Vec<u8>> {
    let mut compressor = Compressor::new(CompressionLvl::new(level.into()).ok()?);
    let mut made = vec![0; compressor.deflate_compress_bound(plain.len())];
    let length = compressor.deflate_compress(plain, &mut made).ok()?;
    made.truncate(length);
    Some(made)
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

/// Calls zlib as programs do: all input first, then, without input, to finish; the buffer is emptied when it is full.
fn stream(
    plain: &[u8],
    rows: &[usize],
    manner: Manner,
    mut step: impl FnMut(&[u8], &mut [u8], bool) -> Option<Step>,
    mut take: impl FnMut(&[u8]) -> bool,
) -> Option<()> {
    let mut buffer = vec![0; 1 << manner.buffer_bits];
    let mut filled = 0;
    let mut give = |mut input: &[u8], finish: bool| loop {
        let Step {
            read,
            written,
            is_done,
        } = step(input, &mut buffer[filled..], finish)?;
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
    let mut rest = plain;
    let all = [plain.len()];
    for &length in if manner.by_rows { rows } else { &all } {
        let (row, tail) = rest.split_at_checked(length)?;
        give(row, false)?;
        rest = tail;
    }
    give(&[], true)
}
