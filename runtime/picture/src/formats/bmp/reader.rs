//! Bitmap bytes → [`Picture`]: palettes stay palettes, and bits mean what the headers say.

use pxc_codec::{BitDepth, ColorType, Image, Limits, Palette};

use crate::error::{Error, Result};
use crate::formats::bmp::color_space;
use crate::formats::bmp::header::{BmpHeader, CORE, Storage, claim_sizes, damaged};
use crate::formats::bmp::masks::Masks;
use crate::formats::bmp::rows::BmpRows;
use crate::formats::bmp::runs::unpack;
use crate::formats::input::InputFormat;
use crate::ledger::Ledger;
use crate::metadata::physical_size_chunk;
use crate::picture::Picture;

/// Reads a whole file.
pub(crate) fn read_bmp(bytes: &[u8], limits: &Limits) -> Result<Picture> {
    let mut ledger = Ledger::new(bytes);
    let header = BmpHeader::parse(bytes, &mut ledger)?;
    let (masks, end) = Masks::read(bytes, &header, &mut ledger)?;
    let profile = color_space::profile(bytes, &header, &mut ledger)?;
    let (palette, end) = palette(bytes, &header, end, &mut ledger)?;
    let Some(gap) = bytes.get(end..header.pixels) else {
        return Err(damaged(format!(
            "byte 0xa: expected the pixels to begin at byte {end:#x} or later, found byte {:#x}",
            header.pixels
        )));
    };
    let is_zero = gap.iter().all(|&byte| byte == 0);
    ledger.claim_if(
        is_zero,
        end..header.pixels,
        "bytes between the headers and the pixels",
    );

    let kept = profile.as_ref().map_or(0, |(chunk, _)| chunk.data.len());
    let pixel_bytes = palette.as_ref().map_or(masks.channels(), |_| 1);
    limits
        .reserve(kept as u64)
        .and_then(|left| left.check_image(header.width, header.height, pixel_bytes))
        .map_err(Error::limit)?;
    let (samples, used) = match header.storage {
        Storage::Runs => runs(bytes, &header, &mut ledger)?,
        _ => {
            let rows = BmpRows::new(bytes, &header)?;
            let samples = match palette {
                Some(_) => rows.indices(&mut ledger),
                None => rows.samples(&masks, &mut ledger),
            };
            (samples, rows.range().len())
        }
    };
    claim_sizes(bytes, &header, used, &mut ledger);
    let end = header.pixels + used;
    let behind = profile
        .as_ref()
        .map_or(end, |(_, profile)| profile.end.max(end));
    ledger.name_tail(behind, "the pixels");
    let density = header.density.map(|(x, y)| physical_size_chunk(x, y));
    Ok(Picture {
        metadata: profile
            .into_iter()
            .map(|(chunk, _)| chunk)
            .chain(density)
            .collect(),
        dropped: ledger.lost(),
        ..Picture::plain(
            InputFormat::Bmp,
            image(&header, palette, masks.channels(), samples)?,
        )
    })
}

/// The palette that begins at `start`, if the pixels have one, and where it ends.
fn palette(
    bytes: &[u8],
    header: &BmpHeader,
    start: usize,
    ledger: &mut Ledger,
) -> Result<(Option<Palette>, usize)> {
    let entry = if header.size == CORE { 3 } else { 4 };
    let most = if header.bits <= 8 {
        1u32 << header.bits
    } else {
        0
    };
    let count = match (header.colors, header.size) {
        // Old files may have fewer entries than the bits allow.
        (0, CORE) => most.min((header.pixels.saturating_sub(start) / entry) as u32),
        (0, _) => most,
        (colors, _) => colors,
    };
    let end = start.saturating_add((count as usize).saturating_mul(entry));
    let Some(table) = bytes.get(start..end) else {
        return Err(Error::Truncated { format: "BMP" });
    };
    if header.bits > 8 {
        ledger.name(start..end, "the palette of a true-colour image");
        return Ok((None, end));
    }
    if !(1..=most).contains(&count) {
        return Err(damaged(format!(
            "byte 0x2e: expected 1 to {most} colours, found {count}"
        )));
    }
    let mut colors = Vec::new();
    for (index, entry) in table.chunks_exact(entry).enumerate() {
        let at = start + index * entry.len();
        ledger.claim(at..at + 3);
        let is_zero = entry[3..] == [0] || entry.len() == 3;
        ledger.claim_if(
            is_zero,
            at + 3..at + entry.len(),
            "the fourth bytes of the palette",
        );
        colors.push([entry[2], entry[1], entry[0]]);
    }
    let palette = Palette::new(colors, Vec::new());
    let palette = palette.map_err(|error| Error::undecodable("BMP", "its palette", error))?;
    Ok((Some(palette), end))
}

/// Palette indices from run lengths, and how many bytes these take.
fn runs(bytes: &[u8], header: &BmpHeader, ledger: &mut Ledger) -> Result<(Vec<u8>, usize)> {
    let data = &bytes[header.pixels..];
    let runs = unpack(
        data,
        header.width as usize,
        header.height as usize,
        header.bits,
    )?;
    ledger.claim(header.pixels..header.pixels + runs.used);
    if runs.has_padding {
        ledger.lose("padding of runs that is not zero");
    }
    if runs.has_excess {
        ledger.lose("pixels beyond the ends of rows");
    }
    Ok((runs.indices, runs.used))
}

fn image(
    header: &BmpHeader,
    palette: Option<Palette>,
    channels: usize,
    mut samples: Vec<u8>,
) -> Result<Image> {
    let (width, height) = (header.width, header.height);
    let unsound = |error| Error::undecodable("BMP", "its image", error);
    let pixel_bytes = if palette.is_some() { 1 } else { channels };
    if !header.is_top_down {
        turn(&mut samples, width as usize * pixel_bytes);
    }
    let Some(palette) = palette else {
        let color = if channels == 4 {
            ColorType::Rgba
        } else {
            ColorType::Rgb
        };
        return Image::new(width, height, color, samples).map_err(unsound);
    };
    let colors = palette.colors().len();
    if let Some(index) = samples.iter().find(|&&index| usize::from(index) >= colors) {
        return Err(damaged(format!(
            "expected indices below {colors}, the number of colours, found {index}"
        )));
    }
    let depth = match header.bits {
        1 => BitDepth::One,
        2 => BitDepth::Two,
        4 => BitDepth::Four,
        _ => BitDepth::Eight,
    };
    Image::with_palette(width, height, depth, palette, samples).map_err(unsound)
}

/// Puts the last row first.
fn turn(samples: &mut [u8], row_bytes: usize) {
    let middle = samples.len() / row_bytes / 2 * row_bytes;
    let (upper, rest) = samples.split_at_mut(middle);
    let lower = rest.rchunks_exact_mut(row_bytes);
    for (upper, lower) in upper.chunks_exact_mut(row_bytes).zip(lower) {
        upper.swap_with_slice(lower);
    }
}
