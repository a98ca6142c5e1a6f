//! GIF → [`Picture`] with a palette: the first frame, transparent where it does not cover the canvas.

use std::num::NonZeroU64;

use gif::{ColorOutput, DecodeOptions, DecodingError, Frame, MemoryLimit};
use pxc_runtime::{BitDepth, Image, Limits, Palette};

use crate::formats::Source;
use crate::metadata;
use crate::picture::{Picture, SourceError};

/// Reads a whole file.
pub(crate) fn read_gif(bytes: &[u8], limits: &Limits) -> Result<Picture, SourceError> {
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::Indexed);
    let most = NonZeroU64::new(limits.max_memory).unwrap_or(NonZeroU64::MIN);
    options.set_memory_limit(MemoryLimit::Bytes(most));
    let mut decoder = options.read_info(bytes).map_err(damaged)?;
    let (width, height) = (decoder.width(), decoder.height());
    limits
        .check_image(width.into(), height.into(), 1)
        .map_err(SourceError::Limit)?;
    let global = decoder.global_palette().map(<[u8]>::to_vec);
    let Some(frame) = decoder.read_next_frame().map_err(damaged)? else {
        return Err(fault("expected an image, found none".into()));
    };
    let image = canvas(frame, global, width, height)?;
    let mut frames = 1;
    while decoder.next_frame_info().map_err(damaged)?.is_some() {
        frames += 1;
    }
    let mut chunks = Vec::new();
    if let Some(profile) = decoder.icc_profile() {
        let chunk = metadata::icc_chunk(profile).map_err(|error| fault(error.to_string()))?;
        chunks.push(chunk);
    }
    chunks.extend(decoder.xmp_metadata().map(metadata::xmp_chunk));
    Ok(Picture {
        image,
        metadata: chunks,
        left_out: (frames > 1)
            .then(|| format!("frames 2 to {frames} of the animation"))
            .into_iter()
            .collect(),
        source: Source::Gif,
    })
}

/// The indices of the whole canvas.
fn canvas(
    frame: &Frame<'_>,
    global: Option<Vec<u8>>,
    width: u16,
    height: u16,
) -> Result<Image, SourceError> {
    let palette = frame.palette.clone().or(global);
    let palette = palette.ok_or_else(|| fault("expected a palette, found none".into()))?;
    let mut colors = palette.as_chunks::<3>().0.to_vec();
    let mut transparent = frame.transparent;
    let is_whole = (frame.left, frame.top, frame.width, frame.height) == (0, 0, width, height);
    if !is_whole && transparent.is_none() {
        transparent = Some(
            u8::try_from(colors.len()).map_err(|_| SourceError::Unsupported {
                found: "a GIF of 256 colours whose first frame does not cover it".into(),
            })?,
        );
        colors.push([0; 3]);
    }
    let alpha = match transparent {
        Some(index) if usize::from(index) < colors.len() => {
            let mut alpha = vec![u8::MAX; usize::from(index)];
            alpha.push(0);
            alpha
        }
        _ => Vec::new(),
    };
    let samples = match is_whole {
        true => frame.buffer.to_vec(),
        false => placed(frame, width.into(), height.into(), transparent.unwrap_or(0)),
    };
    let palette = Palette::new(colors, alpha).map_err(|error| fault(error.to_string()))?;
    Image::with_palette(
        width.into(),
        height.into(),
        BitDepth::Eight,
        palette,
        samples,
    )
    .map_err(|error| fault(error.to_string()))
}

/// A frame on a canvas of `background`; what sticks out is cut.
fn placed(frame: &Frame<'_>, width: usize, height: usize, background: u8) -> Vec<u8> {
    let mut samples = vec![background; width * height];
    let (left, top) = (usize::from(frame.left), usize::from(frame.top));
    let rows = frame.buffer.chunks_exact(usize::from(frame.width).max(1));
    for (y, row) in rows.enumerate().take(height.saturating_sub(top)) {
        let count = row.len().min(width.saturating_sub(left));
        let start = (top + y) * width + left;
        samples[start..start + count].copy_from_slice(&row[..count]);
    }
    samples
}

fn damaged(error: DecodingError) -> SourceError {
    fault(error.to_string())
}

fn fault(message: String) -> SourceError {
    SourceError::Damaged {
        format: "GIF",
        message,
    }
}
