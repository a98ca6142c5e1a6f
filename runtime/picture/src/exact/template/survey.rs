//! Where a file has the samples of its image, and how it arranges them. The headers are read by the readers of the
//! formats.

use pxc_codec::{Image, Limits};

use crate::error::{Error, Result};
use crate::exact::reason::Reason;
use crate::exact::template::arrangement::{Arrangement, Samples};
use crate::exact::template::digits;
use crate::exact::template::palette::{LONG_ENTRY, palette};
use crate::exact::template::pieces::SampleCopy;
use crate::exact::template::pixels::{Pixels, gather};
use crate::exact::template::runs::Runs;
use crate::formats::bmp::header::{BmpHeader, CORE, FILE_HEADER, Storage};
use crate::formats::bmp::masks::Masks;
use crate::formats::bmp::rows::BmpRows;
use crate::formats::output::OutputFormat;
use crate::formats::pnm::header::PnmReader;
use crate::formats::tiff::compression::scheme::Compression;
use crate::formats::tiff::fields::Fields;
use crate::formats::tiff::layout::Layout;
use crate::ledger::Ledger;

/// Bytes of QOI's header.
const QOI_HEADER: usize = 14;

/// What a survey of a file finds.
pub(crate) struct Survey {
    pub(crate) format: OutputFormat,
    pub(crate) arrangement: Arrangement,
    /// The matches, in the order of the file.
    pub(crate) matches: Vec<SampleCopy>,
}

impl Survey {
    /// Surveys a file with one run of samples from `start`, at most to its end.
    fn of_one(format: OutputFormat, arrangement: Arrangement, start: usize) -> Survey {
        let matches = vec![SampleCopy {
            file: start,
            rendered: 0,
            length: usize::MAX,
        }];
        Survey {
            format,
            arrangement,
            matches,
        }
    }

    pub(crate) fn qoi() -> Survey {
        Survey::of_one(OutputFormat::Qoi, Arrangement::Qoi, QOI_HEADER)
    }

    pub(crate) fn bmp(bytes: &[u8], image: &Image) -> Result<Survey> {
        let mut ledger = Ledger::new(bytes);
        let header = BmpHeader::parse(bytes, &mut ledger)?;
        let is_bottom_up = !header.is_top_down;
        let mut palette_bytes = 0;
        let arrangement = match header.bits {
            bits if header.storage == Storage::Runs => {
                let data = bytes.get(header.pixels..).unwrap_or_default();
                palette_bytes = palette(image, bits as u8, LONG_ENTRY).len();
                Arrangement::Runs(Runs::of(data, bits as u8, image)?)
            }
            bits @ (1 | 2 | 4 | 8) => {
                let samples = Samples {
                    bits: bits as u8,
                    is_bottom_up,
                    has_palette: true,
                    has_short_entries: header.size == CORE,
                    alignment: 4,
                    ..whole(image)
                };
                palette_bytes = samples.palette(image).len();
                Arrangement::Samples(samples)
            }
            bits => {
                let (masks, _) = Masks::read(bytes, &header, &mut ledger)?;
                let rows = BmpRows::new(bytes, &header)?;
                Arrangement::Pixels(Pixels {
                    bytes: (bits / 8) as u8,
                    is_bottom_up,
                    planes: masks.positions(),
                    rest: gather(rows.pixels(), masks.rest(bits)),
                })
            }
        };
        let palette = SampleCopy {
            file: FILE_HEADER + header.size,
            rendered: 0,
            length: palette_bytes,
        };
        let pixels = SampleCopy {
            file: header.pixels,
            rendered: palette_bytes,
            length: usize::MAX,
        };
        Ok(Survey {
            format: OutputFormat::Bmp,
            arrangement,
            matches: vec![palette, pixels],
        })
    }

    pub(crate) fn pnm(bytes: &[u8], image: &Image) -> Result<Survey> {
        let kind = bytes.get(1).copied().unwrap_or_default();
        let format = match kind {
            b'1' | b'4' => OutputFormat::Pbm,
            b'2' | b'5' => OutputFormat::Pgm,
            b'3' | b'6' => OutputFormat::Ppm,
            _ => OutputFormat::Pam,
        };
        let mut reader = PnmReader::new(bytes);
        reader.header(kind)?;
        let is_bilevel = format == OutputFormat::Pbm;
        let arrangement = match kind {
            b'1'..=b'3' => Arrangement::Digits {
                is_inverted: is_bilevel,
                text: digits::blank(reader.rest(), is_bilevel).ok_or_else(|| {
                    Error::not_described(Reason::other("it has zero bytes among its numbers"))
                })?,
            },
            _ => Arrangement::Samples(Samples {
                bits: match kind {
                    b'4' => 1,
                    _ => image.depth().bits().max(8),
                },
                is_inverted: is_bilevel,
                ..whole(image)
            }),
        };
        Ok(Survey::of_one(format, arrangement, reader.at))
    }

    pub(crate) fn tiff(bytes: &[u8], image: &Image, limits: &Limits) -> Result<Survey> {
        let mut fields = Fields::open(bytes)?;
        let layout = Layout::read(&mut fields, limits)?;
        if layout.compression != Compression::None {
            return Err(Error::not_described(Reason::Compressed));
        }
        let bits = image.depth().bits();
        let row_bits = layout.columns * layout.segment_planes() * usize::from(bits);
        let segment_bytes = row_bits.div_ceil(8) * layout.rows;
        // Strips end with the image.
        let missing = match layout.is_tiled {
            true => 0,
            false => layout.height.next_multiple_of(layout.rows) - layout.height,
        };
        let missing = missing * row_bits.div_ceil(8);
        let mut matches: Vec<SampleCopy> = layout
            .segments
            .iter()
            .enumerate()
            .map(|(number, range)| SampleCopy {
                file: range.start,
                rendered: number * segment_bytes - number / layout.per_plane() * missing,
                length: range.len().min(segment_bytes),
            })
            .collect();
        matches.sort_by_key(|found| found.file);
        let arrangement = Arrangement::Samples(Samples {
            bits,
            is_little: fields.file.is_little,
            is_inverted: layout.page_format.is_inverted,
            is_planar: layout.is_planar,
            is_reversed: layout.is_reversed,
            is_tiled: layout.is_tiled,
            columns: layout.columns,
            rows: layout.rows,
            ..whole(image)
        });
        Ok(Survey {
            format: OutputFormat::Tiff,
            arrangement,
            matches,
        })
    }
}

/// The samples of an image as one segment.
fn whole(image: &Image) -> Samples {
    Samples {
        bits: image.depth().bits(),
        alignment: 1,
        columns: image.width() as usize,
        rows: image.height() as usize,
        ..Samples::default()
    }
}
