//! TIFF bytes → [`Picture`]: the first page, and the names of everything else.

use pxc_codec::{ColorType, Image, Limits, Palette};

use crate::error::{Error, Result};
use crate::formats::input::InputFormat;
use crate::formats::raster;
use crate::formats::tiff::compression::scheme::Compression;
use crate::formats::tiff::fields::Fields;
use crate::formats::tiff::file::damaged;
use crate::formats::tiff::layout::Layout;
use crate::formats::tiff::metadata::metadata;
use crate::formats::tiff::segments::read_segments;
use crate::formats::tiff::tags::{COLOR_MAP, ICC_PROFILE, XMP};
use crate::ledger::Ledger;
use crate::picture::Picture;

/// Gaps of fewer zero bytes than this may align what follows.
const ALIGNMENT: usize = 16;

/// Reads the first page.
pub(crate) fn read_tiff(bytes: &[u8], allow_lossy: bool, limits: &Limits) -> Result<Picture> {
    let mut fields = Fields::open(bytes)?;
    let kept = 2 * fields.bytes(ICC_PROFILE)?.map_or(0, <[u8]>::len)
        + fields.bytes(XMP)?.map_or(0, <[u8]>::len);
    let limits = &limits.reserve(kept as u64).map_err(Error::limit)?;
    let layout = Layout::read(&mut fields, limits)?;
    let image = if layout.compression == Compression::Lossy {
        lossy_image(bytes, allow_lossy, &layout, limits, &mut fields)?
    } else {
        image(&layout, &mut fields)?
    };
    let metadata = metadata(&mut fields)?;
    let mut ledger = fields.ledger;
    claim_alignment(bytes, &mut ledger);
    let end = ledger.end();
    ledger.name_tail(end, "the last part of the file");
    ledger.name_rest("bytes that no field points to");
    Ok(Picture {
        metadata,
        dropped: ledger.lost(),
        ..Picture::plain(InputFormat::Tiff, image)
    })
}

fn image(layout: &Layout, fields: &mut Fields<'_>) -> Result<Image> {
    let (width, height, format) = (
        layout.width as u32,
        layout.height as u32,
        layout.page_format.samples,
    );
    let palette = match format.color {
        ColorType::Palette => Some(palette(1 << format.depth.bits(), fields)?),
        _ => None,
    };
    let samples = read_segments(layout, fields)?;
    let image = match palette {
        Some(palette) => Image::with_palette(width, height, format.depth, palette, samples),
        None => Image::with_format(width, height, format, samples),
    };
    image.map_err(|error| Error::undecodable("TIFF", "its first page", error))
}

/// Reads pixels with JPEG compression, with another decoder.
fn lossy_image(
    bytes: &[u8],
    allow_lossy: bool,
    layout: &Layout,
    limits: &Limits,
    fields: &mut Fields<'_>,
) -> Result<Image> {
    if !allow_lossy {
        return Err(Error::Lossy {
            found: "TIFF with JPEG compression",
        });
    }
    for segment in &layout.segments {
        let name = "the JPEG compression (except the pixels)";
        fields.ledger.name(segment.clone(), name);
        // The decoder reports other errors.
        if let Err(pxc_jpeg::Error::Unsupported { found, source }) =
            pxc_jpeg::check_segments(&bytes[segment.clone()])
        {
            let found = format!("a TIFF with {found}");
            return Err(Error::Unsupported { found, source });
        }
    }
    raster::read_tiff(bytes, limits).map(|picture| picture.image)
}

/// Reads the colour map: all reds, all greens, all blues, each of 16 bits. Refuses colours that 8 bits cannot
/// represent.
fn palette(count: usize, fields: &mut Fields<'_>) -> Result<Palette> {
    let map = fields.required_numbers(COLOR_MAP)?;
    if map.len() != 3 * count {
        return Err(damaged(format!(
            "ColorMap (320): expected {} numbers, found {}",
            3 * count,
            map.len()
        )));
    }
    if map.iter().any(|value| value % 257 != 0 || *value > 0xffff) {
        return Err(Error::unsupported(
            "a TIFF with a palette of 16-bit colours",
        ));
    }
    let color = |index| [0, 1, 2].map(|channel| (map[channel * count + index] / 257) as u8);
    let colors = (0..count).map(color).collect();
    Palette::new(colors, Vec::new())
        .map_err(|error| Error::undecodable("TIFF", "ColorMap (320)", error))
}

/// Claims gaps of zeros that end where a number of 2, 4, 8 or 16 bytes may begin.
fn claim_alignment(bytes: &[u8], ledger: &mut Ledger) {
    for gap in ledger.gaps() {
        let is_aligned = gap.end % (gap.len() + 1).next_power_of_two() == 0;
        let is_zero = bytes[gap.clone()].iter().all(|&byte| byte == 0);
        if gap.len() < ALIGNMENT && is_aligned && is_zero && gap.end < bytes.len() {
            ledger.claim(gap);
        }
    }
}
