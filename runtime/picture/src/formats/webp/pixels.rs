//! The pixels of a WebP file, decoded by libwebp: the decoder that the format's other readers agree with, also where
//! its specification is silent.

#![allow(unsafe_code)]

use std::mem::MaybeUninit;

use libwebp_sys::{
    VP8StatusCode, WEBP_CSP_MODE, WebPBitstreamFeatures, WebPDecode, WebPDecoderConfig,
    WebPGetFeatures, WebPRGBABuffer,
};
use pxc_codec::{BitDepth, ColorType, Image, Limits, SampleFormat};

use crate::error::{Error, Result};
use crate::formats::input::InputFormat;
use crate::picture::Picture;

/// Bytes of a pixel in the decoder: red, green, blue and alpha.
const DECODER_BYTES: usize = 4;

/// What the header of the pixels says.
struct Features {
    width: u32,
    height: u32,
    color: ColorType,
}

/// Decodes a whole file: RGB, or RGBA if its header says so.
pub(crate) fn read_pixels(bytes: &[u8], limits: &Limits) -> Result<Picture> {
    let Features {
        width,
        height,
        color,
    } = features(bytes)?;
    let pixel_bytes = color.channels();
    limits
        .check_image(width, height, pixel_bytes + DECODER_BYTES)
        .map_err(Error::limit)?;
    let row = width as usize * pixel_bytes;
    let mut samples = vec![0; row * height as usize];
    let mode = match color {
        ColorType::Rgba => WEBP_CSP_MODE::MODE_RGBA,
        _ => WEBP_CSP_MODE::MODE_RGB,
    };
    let new = WebPDecoderConfig::new();
    let mut config = new.map_err(|()| Error::unsupported("WebP with this build of libwebp"))?;
    config.output.colorspace = mode;
    config.output.is_external_memory = 1;
    config.output.u.RGBA = WebPRGBABuffer {
        rgba: samples.as_mut_ptr(),
        stride: row as i32,
        size: samples.len(),
    };
    // SAFETY: the decoder reads `bytes` and writes at most `size` bytes of `samples`, both of which outlive the call;
    // with external memory it leaves nothing to be freed.
    let status = unsafe { WebPDecode(bytes.as_ptr(), bytes.len(), &mut config) };
    check(status)?;
    let format = SampleFormat {
        color,
        depth: BitDepth::Eight,
    };
    let image = Image::from_native(width, height, format, samples);
    let image = image.map_err(|error| Error::undecodable("WebP", "its pixels", error))?;
    Ok(Picture::plain(InputFormat::WebP, image))
}

/// Reads the header.
fn features(bytes: &[u8]) -> Result<Features> {
    let mut found = MaybeUninit::<WebPBitstreamFeatures>::zeroed();
    // SAFETY: the function reads `bytes`, and writes plain numbers, for which zeros are legal.
    let (status, found) = unsafe {
        let status = WebPGetFeatures(bytes.as_ptr(), bytes.len(), found.as_mut_ptr());
        (status, found.assume_init())
    };
    check(status)?;
    if found.has_animation != 0 {
        return Err(Error::unsupported("an animated WebP"));
    }
    Ok(Features {
        width: found.width.unsigned_abs(),
        height: found.height.unsigned_abs(),
        color: match found.has_alpha {
            0 => ColorType::Rgb,
            _ => ColorType::Rgba,
        },
    })
}

fn check(status: VP8StatusCode) -> Result<()> {
    match status {
        VP8StatusCode::VP8_STATUS_OK => Ok(()),
        // Its decoder of alpha reports bad data so, too.
        VP8StatusCode::VP8_STATUS_OUT_OF_MEMORY => Err(Error::damaged(
            "WebP",
            "its pixels: the alpha is damaged, or libwebp has too little memory",
        )),
        VP8StatusCode::VP8_STATUS_SUSPENDED | VP8StatusCode::VP8_STATUS_NOT_ENOUGH_DATA => {
            Err(Error::Truncated { format: "WebP" })
        }
        VP8StatusCode::VP8_STATUS_UNSUPPORTED_FEATURE => {
            Err(Error::unsupported("its kind of WebP"))
        }
        other => Err(Error::damaged(
            "WebP",
            format!("its pixels: libwebp reports {other:?}"),
        )),
    }
}
