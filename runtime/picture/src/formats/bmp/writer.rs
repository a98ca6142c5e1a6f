//! 8-bit gray, RGB or RGBA, a resolution and a colour profile → an uncompressed bitmap, the last row first.

use pxc_codec::{ColorType, Image};

use crate::error::{Error, Result};
use crate::formats::bmp::color_space::{EMBEDDED, IMAGES, SRGB, VERSION_4, VERSION_5};
use crate::formats::bmp::header::{FILE_HEADER, INFO};
use crate::formats::bmp::masks::USUAL;

/// Bytes of the endpoints and the gamma of a colour space.
const CALIBRATION_BYTES: usize = 48;

/// Writes an image that [`OutputFormat::Bmp`](crate::OutputFormat::Bmp) holds. `density` is in pixels per metre.
pub(crate) fn write_bmp(
    image: &Image,
    density: Option<(u32, u32)>,
    profile: Option<&[u8]>,
) -> Result<Vec<u8>> {
    let channels = image.color().channels();
    let has_alpha = image.color() == ColorType::Rgba;
    let size = match (profile, has_alpha) {
        (Some(_), _) => VERSION_5,
        (None, true) => VERSION_4,
        (None, false) => INFO,
    };
    let row_bytes = image.width() as usize * channels;
    let stride = row_bytes.next_multiple_of(4);
    let colors = if channels == 1 { 256 } else { 0 };
    let start = FILE_HEADER + size + 4 * colors;
    let pixel_bytes = stride as u64 * u64::from(image.height());
    let profile = profile.unwrap_or_default();
    let end = start as u64 + pixel_bytes + profile.len() as u64;
    let end =
        u32::try_from(end).map_err(|_| Error::unsupported("a BMP file of more than 4 GiB"))?;
    let pixel_bytes = pixel_bytes as u32;

    let mut file = Vec::with_capacity(end as usize);
    file.extend(b"BM");
    let (x, y) = density.unwrap_or_default();
    let planes_and_bits = 1 | (channels as u32 * 8) << 16;
    let compression = if has_alpha { 3 } else { 0 };
    longs(&mut file, &[end, 0, start as u32]);
    longs(&mut file, &[size as u32, image.width(), image.height()]);
    longs(
        &mut file,
        &[planes_and_bits, compression, pixel_bytes, x, y, 0, 0],
    );
    if size > INFO {
        let masks = if has_alpha { USUAL } else { [0; 4] };
        longs(&mut file, &masks);
        longs(
            &mut file,
            &[if size == VERSION_5 { EMBEDDED } else { SRGB }],
        );
        file.resize(file.len() + CALIBRATION_BYTES, 0);
    }
    if size == VERSION_5 {
        let place = start - FILE_HEADER + pixel_bytes as usize;
        longs(&mut file, &[IMAGES, place as u32, profile.len() as u32, 0]);
    }
    file.extend((0..colors).flat_map(|value| [value as u8, value as u8, value as u8, 0]));
    for row in image.samples().rchunks_exact(row_bytes) {
        let end = file.len() + stride;
        match channels {
            1 => file.extend_from_slice(row),
            _ => file.extend(row.chunks_exact(channels).flat_map(|pixel| {
                [pixel[2], pixel[1], pixel[0], *pixel.last().unwrap_or(&0)]
                    .into_iter()
                    .take(channels)
            })),
        }
        file.resize(end, 0);
    }
    file.extend_from_slice(profile);
    Ok(file)
}

fn longs(file: &mut Vec<u8>, values: &[u32]) {
    file.extend(values.iter().flat_map(|value| value.to_le_bytes()));
}
