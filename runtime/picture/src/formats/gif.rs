//! GIF → [`Picture`] with a palette: the first frame, transparent where it does not cover the canvas.

use std::num::NonZeroU64;

use gif::{ColorOutput, DecodeOptions, Decoder, DecodingError, Frame, MemoryLimit};
use pxc_codec::{BitDepth, Image, Limits, MetadataChunk, Palette};

use crate::error::{Error, Result};
use crate::formats::input::InputFormat;
use crate::metadata;
use crate::picture::Picture;

/// Reads a whole file.
pub(crate) fn read_gif(bytes: &[u8], limits: &Limits) -> Result<Picture> {
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::Indexed);
    let most = NonZeroU64::new(limits.max_memory).unwrap_or(NonZeroU64::MIN);
    options.set_memory_limit(MemoryLimit::Bytes(most));
    let mut decoder = options.read_info(bytes).map_err(undecodable)?;
    let (width, height) = (decoder.width(), decoder.height());
    limits
        .check_image(width.into(), height.into(), 1)
        .map_err(Error::limit)?;
    let global = decoder.global_palette().map(<[u8]>::to_vec);
    let Some(frame) = decoder.read_next_frame().map_err(undecodable)? else {
        return Err(damaged("expected an image, found none".into()));
    };
    let image = canvas(frame, global, width, height)?;
    let mut frames = 1;
    while decoder.next_frame_info().map_err(undecodable)?.is_some() {
        frames += 1;
    }
    let animation = match frames {
        1 => None,
        2 => Some("frame 2 of the animation".to_owned()),
        _ => Some(format!("frames 2 to {frames} of the animation")),
    };
    Ok(Picture {
        metadata: profiles(&decoder)?,
        dropped: animation.into_iter().collect(),
        ..Picture::plain(InputFormat::Gif, image)
    })
}

fn profiles(decoder: &Decoder<&[u8]>) -> Result<Vec<MetadataChunk>> {
    let mut chunks = Vec::new();
    if let Some(profile) = decoder.icc_profile() {
        let chunk = metadata::icc_chunk(profile).map_err(|error| damaged(error.to_string()))?;
        chunks.push(chunk);
    }
    chunks.extend(decoder.xmp_metadata().map(metadata::xmp_chunk));
    Ok(chunks)
}

/// The whole canvas as a palette image.
fn canvas(frame: &Frame<'_>, global: Option<Vec<u8>>, width: u16, height: u16) -> Result<Image> {
    let palette = frame.palette.clone().or(global);
    let palette = palette.ok_or_else(|| damaged("expected a palette, found none".into()))?;
    let mut colors = palette.as_chunks::<3>().0.to_vec();
    let is_whole = (frame.left, frame.top, frame.width, frame.height) == (0, 0, width, height);
    let transparent = match frame.transparent {
        None if !is_whole => Some(add_transparent(&mut colors)?),
        transparent => transparent,
    };
    let (width, height) = (width.into(), height.into());
    let samples = match is_whole {
        true => frame.buffer.to_vec(),
        false => placed(frame, width, height, transparent.unwrap_or(0)),
    };
    let alpha = alpha(transparent, colors.len());
    let palette = Palette::new(colors, alpha).map_err(|error| damaged(error.to_string()))?;
    let (width, height) = (width as u32, height as u32);
    Image::with_palette(width, height, BitDepth::Eight, palette, samples)
        .map_err(|error| damaged(error.to_string()))
}

/// Adds an entry for the pixels that the frame does not cover.
fn add_transparent(colors: &mut Vec<[u8; 3]>) -> Result<u8> {
    let index = u8::try_from(colors.len()).map_err(|_| Error::Unsupported {
        found: "a GIF of 256 colours whose first frame does not cover it".into(),
    })?;
    colors.push([0; 3]);
    Ok(index)
}

/// The alpha of the entries up to the transparent one.
fn alpha(transparent: Option<u8>, colors: usize) -> Vec<u8> {
    match transparent {
        Some(index) if usize::from(index) < colors => {
            let mut alpha = vec![u8::MAX; usize::from(index)];
            alpha.push(0);
            alpha
        }
        _ => Vec::new(),
    }
}

/// Puts a frame on a canvas of `background` and cuts what sticks out.
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

fn undecodable(error: DecodingError) -> Error {
    damaged(error.to_string())
}

fn damaged(message: String) -> Error {
    Error::Damaged {
        format: "GIF",
        message,
    }
}
