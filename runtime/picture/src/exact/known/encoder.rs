//! The known encoders and their parameters, as a description names them.

use crate::error::{Error, Result};
use crate::exact::bytes::Bytes;

const ZLIB: u8 = 1;
const ZLIB_NG: u8 = 2;
const LIBDEFLATE: u8 = 3;
const MINIZ: u8 = 4;
const FDEFLATE: u8 = 5;
const FAR_ZLIB: u8 = 6;

/// An encoder and its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoder {
    /// Classic zlib, and whether it was compiled to keep matches of three bytes at any distance (`TOO_FAR`).
    Zlib(Parameters, bool),
    /// zlib-ng. Its output also depends on the pieces of its input.
    ZlibNg(Parameters, ZlibCalls),
    /// libdeflate.
    Libdeflate {
        /// The level, 1 to 12.
        level: u8,
    },
    /// miniz_oxide.
    Miniz {
        /// The level, 1 to 10.
        level: u8,
        /// Whether the program flushed after the last row.
        is_flushed: bool,
    },
    /// The fast mode of the crate `png`.
    Fdeflate,
}

/// The arguments of `deflateInit2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parameters {
    /// 1 to 9, as in zlib.
    pub(crate) level: u8,
    pub(crate) strategy: Strategy,
    /// 1 to 9, as in zlib.
    pub(crate) memory_level: u8,
    /// 9 to 15.
    pub(crate) window_bits: u8,
}

/// zlib's strategies, under their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strategy {
    Default = 0,
    Filtered = 1,
    HuffmanOnly = 2,
    RunLengths = 3,
    Fixed = 4,
}

/// How a program calls zlib.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ZlibCalls {
    /// It gives one row at a time, not all of them.
    pub(crate) by_rows: bool,
    /// Its buffer for the output has 2 to this power bytes, 8 to 24.
    pub(crate) buffer_bits: u8,
}

impl Encoder {
    /// Appends what [`read`](Encoder::read) reads.
    pub(crate) fn write(self, out: &mut Vec<u8>) {
        match self {
            Encoder::Zlib(parameters, is_far) => {
                out.push(if is_far { FAR_ZLIB } else { ZLIB });
                parameters.write(out);
            }
            Encoder::ZlibNg(parameters, calls) => {
                out.push(ZLIB_NG);
                parameters.write(out);
                out.extend([u8::from(calls.by_rows), calls.buffer_bits]);
            }
            Encoder::Libdeflate { level } => out.extend([LIBDEFLATE, level]),
            Encoder::Miniz { level, is_flushed } => {
                out.extend([MINIZ, level, u8::from(is_flushed)]);
            }
            Encoder::Fdeflate => out.push(FDEFLATE),
        }
    }

    /// Reads the number `kind` and the parameters that follow it.
    pub(crate) fn read(kind: u8, reader: &mut Bytes<'_>) -> Result<Encoder> {
        let encoder = match kind {
            ZLIB | FAR_ZLIB => Encoder::Zlib(Parameters::read(reader)?, kind == FAR_ZLIB),
            ZLIB_NG => {
                let parameters = Parameters::read(reader)?;
                let by_rows = within(reader.byte()?, 0, 1, "a way to give rows")? == 1;
                let buffer_bits = within(reader.byte()?, 8, 24, "a buffer size")?;
                Encoder::ZlibNg(
                    parameters,
                    ZlibCalls {
                        by_rows,
                        buffer_bits,
                    },
                )
            }
            LIBDEFLATE => Encoder::Libdeflate {
                level: within(reader.byte()?, 1, 12, "a level")?,
            },
            MINIZ => Encoder::Miniz {
                level: within(reader.byte()?, 1, 10, "a level")?,
                is_flushed: within(reader.byte()?, 0, 1, "a flush")? == 1,
            },
            FDEFLATE => Encoder::Fdeflate,
            other => return Err(Error::description(format!("an encoder of kind {other}"))),
        };
        match reader.0 {
            [] => Ok(encoder),
            rest => Err(Error::description(format!(
                "expected its end after the encoder, found {} bytes",
                rest.len()
            ))),
        }
    }
}

impl Parameters {
    fn write(self, out: &mut Vec<u8>) {
        let Parameters {
            level,
            strategy,
            memory_level,
            window_bits,
        } = self;
        out.extend([level, strategy as u8, memory_level, window_bits]);
    }

    fn read(reader: &mut Bytes<'_>) -> Result<Parameters> {
        Ok(Parameters {
            level: within(reader.byte()?, 1, 9, "a level")?,
            strategy: match reader.byte()? {
                0 => Strategy::Default,
                1 => Strategy::Filtered,
                2 => Strategy::HuffmanOnly,
                3 => Strategy::RunLengths,
                4 => Strategy::Fixed,
                other => return Err(Error::description(format!("a strategy of {other}"))),
            },
            memory_level: within(reader.byte()?, 1, 9, "a memory level")?,
            window_bits: within(reader.byte()?, 9, 15, "a window size")?,
        })
    }
}

fn within(value: u8, least: u8, most: u8, what: &str) -> Result<u8> {
    match (least..=most).contains(&value) {
        true => Ok(value),
        false => Err(Error::description(format!(
            "{what} of {value}, expected {least} to {most}"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Encoder> {
        let mut reader = Bytes(bytes);
        let kind = reader.byte()?;
        Encoder::read(kind, &mut reader)
    }

    #[test]
    fn encoders_come_back_and_others_are_refused() {
        for sound in [
            &[1, 1, 0, 9, 15][..],
            &[6, 9, 4, 1, 9],
            &[2, 6, 1, 8, 15, 1, 13],
            &[2, 5, 3, 8, 12, 0, 24],
            &[3, 1],
            &[3, 12],
            &[4, 1, 0],
            &[4, 10, 1],
            &[5],
        ] {
            let encoder = read(sound).expect("sound");
            let mut written = Vec::new();
            encoder.write(&mut written);
            assert_eq!(written, sound);
        }
        for wrong in [
            &[0][..],
            &[6, 1],
            &[7, 1],
            &[3, 0],
            &[3, 13],
            &[3, 1, 0],
            &[3],
            &[4, 0, 0],
            &[4, 11, 0],
            &[4, 1, 2],
            &[5, 1],
            &[1, 0, 0, 8, 15],
            &[1, 10, 0, 8, 15],
            &[1, 6, 5, 8, 15],
            &[1, 6, 0, 0, 15],
            &[1, 6, 0, 10, 15],
            &[1, 6, 0, 8, 8],
            &[1, 6, 0, 8, 16],
            &[1, 6, 0, 8],
            &[1, 6, 0, 8, 15, 0],
            &[2, 6, 0, 8, 15, 2, 13],
            &[2, 6, 0, 8, 15, 1, 7],
            &[2, 6, 0, 8, 15, 1, 25],
        ] {
            read(wrong).expect_err("wrong");
        }
    }
}
