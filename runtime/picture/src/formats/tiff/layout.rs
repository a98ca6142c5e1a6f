//! How a page stores its pixels: strips or tiles, interleaved or plane by plane, compressed or not.

use std::ops::Range;

use pxc_codec::Limits;

use crate::error::{Error, Result};
use crate::formats::tiff::compression::scheme::Compression;
use crate::formats::tiff::fields::Fields;
use crate::formats::tiff::file::damaged;
use crate::formats::tiff::page_format::PageFormat;
use crate::formats::tiff::tags::{
    COMPRESSION, FILL_ORDER, GROUP4_OPTIONS, IMAGE_LENGTH, IMAGE_WIDTH, PLANAR_CONFIGURATION,
    PREDICTOR, ROWS_PER_STRIP, STRIP_BYTE_COUNTS, STRIP_OFFSETS, TILE_BYTE_COUNTS, TILE_LENGTH,
    TILE_OFFSETS, TILE_WIDTH, field_name,
};

/// Bytes that a strip or tile takes while the list of them is made: two numbers and a range, in lists that grow.
const SEGMENT_BYTES: usize = 64;

/// How the pixels are stored.
pub(crate) struct Layout {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) page_format: PageFormat,
    pub(crate) compression: Compression,
    /// Whether a sample is stored as its difference from the pixel to the left.
    pub(crate) is_predicted: bool,
    /// Whether the first pixel of a byte is in its lowest bits.
    pub(crate) is_reversed: bool,
    /// Whether each plane has segments of its own.
    pub(crate) is_planar: bool,
    pub(crate) is_tiled: bool,
    /// Columns and rows of a segment.
    pub(crate) columns: usize,
    pub(crate) rows: usize,
    /// Where the segments are, in the order of rows, plane by plane.
    pub(crate) segments: Vec<Range<usize>>,
}

impl Layout {
    /// Reads the fields of the first page.
    pub(crate) fn read(fields: &mut Fields<'_>, limits: &Limits) -> Result<Layout> {
        let side = |fields: &mut Fields<'_>, tag| nonzero(tag, fields.required(tag)?);
        let (width, height) = (side(fields, IMAGE_WIDTH)?, side(fields, IMAGE_LENGTH)?);
        let page_format = PageFormat::read(fields)?;
        let pixel_bytes = page_format.samples.pixel_bytes();
        let check = |width, height| {
            limits
                .check_image(width, height, pixel_bytes)
                .map_err(Error::limit)
        };
        check(width, height)?;
        let compression = Compression::of_number(fields.number(COMPRESSION)?.unwrap_or(1))?;
        if compression == Compression::Group4 && pixel_bits(&page_format) != 1 {
            return Err(damaged("expected 1 bit per pixel for group 4, found more"));
        }
        if compression == Compression::Group4 && fields.view(GROUP4_OPTIONS)? == Some(vec![0]) {
            fields.claim(GROUP4_OPTIONS);
        }
        let is_planar = one_of(fields, PLANAR_CONFIGURATION)?;
        let is_tiled = fields.contains(TILE_OFFSETS);
        let (columns, rows) = if is_tiled {
            let tile = (side(fields, TILE_WIDTH)?, side(fields, TILE_LENGTH)?);
            check(tile.0, tile.1)?;
            tile
        } else {
            let rows = fields.number(ROWS_PER_STRIP)?.unwrap_or(height.into());
            (width, nonzero(ROWS_PER_STRIP, rows.min(height.into()))?)
        };
        let mut layout = Layout {
            width: width as usize,
            height: height as usize,
            compression,
            is_predicted: is_predicted(fields, compression, &page_format)?,
            is_reversed: one_of(fields, FILL_ORDER)?,
            is_planar,
            is_tiled,
            columns: columns as usize,
            rows: rows as usize,
            segments: Vec::new(),
            page_format,
        };
        let held = layout.check_memory(limits)?;
        layout.segments = layout.find_segments(fields)?;
        let longest = layout.segments.iter().map(Range::len).max();
        let copy = longest.filter(|_| layout.is_reversed).unwrap_or(0);
        held.reserve(copy as u64).map_err(Error::limit)?;
        Ok(layout)
    }

    /// Counts the samples, the rows of a segment and the list of the segments. Returns what remains.
    fn check_memory(&self, limits: &Limits) -> Result<Limits> {
        let format = self.page_format.samples;
        let samples = (self.width * self.height) as u64 * format.pixel_bytes() as u64;
        let bits =
            self.columns as u64 * self.segment_planes() as u64 * u64::from(format.depth.bits());
        let unpacked = match self.compression {
            Compression::None => 0,
            _ => (self.rows as u64).saturating_mul(bits.div_ceil(8)),
        };
        let list = (self.segments_expected() * SEGMENT_BYTES) as u64;
        let held = samples.saturating_add(unpacked).saturating_add(list);
        limits.reserve(held).map_err(Error::limit)
    }

    fn segments_expected(&self) -> usize {
        self.per_plane() * self.planes() / self.segment_planes()
    }

    /// Segments beside each other.
    pub(crate) fn across(&self) -> usize {
        self.width.div_ceil(self.columns)
    }

    /// Segments of a plane.
    pub(crate) fn per_plane(&self) -> usize {
        self.across() * self.height.div_ceil(self.rows)
    }

    /// Planes of the pixels in a segment.
    pub(crate) fn segment_planes(&self) -> usize {
        if self.is_planar { 1 } else { self.planes() }
    }

    pub(crate) fn planes(&self) -> usize {
        self.page_format.samples.color.channels()
    }

    fn find_segments(&self, fields: &mut Fields<'_>) -> Result<Vec<Range<usize>>> {
        let (offset_tag, count_tag) = match self.is_tiled {
            true => (TILE_OFFSETS, TILE_BYTE_COUNTS),
            false => (STRIP_OFFSETS, STRIP_BYTE_COUNTS),
        };
        let expected = self.segments_expected();
        for tag in [offset_tag, count_tag] {
            let found = fields.count(tag);
            if found.is_some_and(|found| found != expected as u64) {
                return Err(damaged(format!(
                    "{}: expected {expected} strips or tiles, found {}",
                    field_name(tag),
                    found.unwrap_or_default()
                )));
            }
        }
        let offsets = fields.required_numbers(offset_tag)?;
        let counts = fields.required_numbers(count_tag)?;
        let size = fields.file.bytes.len() as u64;
        let segments = offsets.into_iter().zip(counts).map(|(offset, count)| {
            let end = offset.checked_add(count).filter(|&end| end <= size);
            let end = end.ok_or(Error::Truncated { format: "TIFF" })?;
            Ok(offset as usize..end as usize)
        });
        segments.collect()
    }
}

fn nonzero(tag: u16, number: u64) -> Result<u32> {
    match u32::try_from(number) {
        Ok(number) if number > 0 => Ok(number),
        _ => Err(damaged(format!(
            "{}: expected 1 to {}, found {number}",
            field_name(tag),
            u32::MAX
        ))),
    }
}

fn pixel_bits(page_format: &PageFormat) -> usize {
    page_format.samples.color.channels() * usize::from(page_format.samples.depth.bits())
}

/// Whether a field that may be 1 (the default) or 2 is 2.
fn one_of(fields: &mut Fields<'_>, tag: u16) -> Result<bool> {
    match fields.number(tag)? {
        None | Some(1) => Ok(false),
        Some(2) => Ok(true),
        Some(found) => Err(damaged(format!(
            "{}: expected 1 or 2, found {found}",
            field_name(tag)
        ))),
    }
}

fn is_predicted(
    fields: &mut Fields<'_>,
    compression: Compression,
    page_format: &PageFormat,
) -> Result<bool> {
    match fields.number(PREDICTOR)? {
        None | Some(1) => Ok(false),
        Some(2) if compression.has_predictor() && page_format.samples.depth.bits() >= 8 => Ok(true),
        Some(3) => Err(Error::unsupported(
            "a TIFF with the predictor of floating-point samples",
        )),
        Some(found) => Err(damaged(format!(
            "{}: expected 1, or 2 with LZW or deflate and 8 or 16 bits, found {found}",
            field_name(PREDICTOR)
        ))),
    }
}
