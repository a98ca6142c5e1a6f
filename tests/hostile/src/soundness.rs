//! Checks what must hold for any file: it decodes or fails, in all ways alike, within the limits and without a panic.

use std::sync::Arc;

use pxc_codec::{
    DecodeOptions, Decoded, Error, JpegFile, Limits, ModelId, Partial, Predictor, PredictorError,
    Rect, decode, decode_partial, decode_preview, decode_region, decode_thumbnail, pixel_digest,
};
use pxc_picture::exact::{self, ExactFile, Source};
use pxc_picture::{OutputFormat, ReadOptions, read_picture};
use pxc_test_predictors::named::all;

use crate::parts::Parts;

const LIMITS: Limits = Limits::DEFAULT
    .with_max_pixels(1 << 12)
    .with_max_memory(1 << 26)
    .with_max_metadata(1 << 16);

fn options() -> DecodeOptions<'static> {
    DecodeOptions::default().with_limits(LIMITS).with_threads(1)
}

/// Finds the model of an id, for [`pxc_codec::decode`].
fn resolve(id: ModelId) -> Result<Option<Arc<dyn Predictor>>, PredictorError> {
    Ok(all().iter().find(|model| model.id() == id).cloned())
}

/// Decodes a file in every way.
pub fn check(file: &[u8]) {
    if let Ok(Some(jpeg)) = JpegFile::read(file, &LIMITS) {
        return check_jpeg(file, &jpeg);
    }
    let whole = decode(file, &resolve, &options());
    let partial = decode_partial(file, &resolve, &options());
    drop(decode_thumbnail(file, &resolve, &options()));
    if let Ok(Some(preview)) = decode_preview(file, &options()) {
        assert_eq!(preview.image.format(), preview.header.expanded_format());
    }
    if let Ok(whole) = &whole {
        let partial = partial
            .as_ref()
            .expect("what decodes as a whole decodes in part");
        assert!(partial.damaged.is_empty() && partial.warnings.is_empty());
        assert!(partial.image == whole.image);
    }
    if let Ok(partial) = &partial {
        check_partial(file, partial, whole);
    }
}

fn check_partial(file: &[u8], partial: &Partial, whole: Result<Decoded, Error>) {
    let plain = partial.image.clone().expanded();
    assert_eq!(plain.format(), partial.header.expanded_format());
    check_description(partial);
    let whole = match whole {
        Ok(whole) => whole,
        Err(Error::PixelDigest { .. }) => {
            let mut parts = Parts::of(file).expect("a sound header");
            parts.digest = pixel_digest(&partial.image);
            let whole = decode(&parts.file(), &resolve, &options());
            whole.expect("nothing else was wrong")
        }
        Err(_) => return,
    };
    assert!(whole.image == partial.image);
    check_region(file, &whole);
}

fn check_region(file: &[u8], whole: &Decoded) {
    let (width, height) = (whole.header.width as usize, whole.header.height as usize);
    let region = Rect {
        x: width / 2,
        y: height / 2,
        width: 1,
        height: 1,
    };
    let pixel = decode_region(file, region, &resolve, &options()).expect("a part of the whole");
    let bytes = whole.image.format().pixel_bytes();
    let at = (region.y * width + region.x) * bytes;
    assert_eq!(
        pixel.image.samples(),
        &whole.image.samples()[at..at + bytes]
    );
}

/// Checks that a description leads to a file or an error. Does not run the corrections of PNG files: hostile ones make
/// preflate-rs loop for ever and take all memory, which is why `pxc` leaves them to a process with limits.
fn check_description(partial: &Partial) {
    let metadata = &partial.header.metadata;
    let Some(description) = exact::find(metadata) else {
        return;
    };
    let (data, image) = (description.data, &partial.image);
    if description.format != OutputFormat::Png {
        return drop(exact::restore(data, image, &LIMITS));
    }
    let Ok(file) = ExactFile::parse(data, image, metadata, &LIMITS) else {
        return;
    };
    let mut corrections = Vec::new();
    match file.source() {
        Source::Known(stream) => {
            if let Ok(Some(made)) = stream.make(|| true) {
                drop(file.assemble(&made));
            }
        }
        Source::Stretches(stretches) => {
            for stretch in stretches {
                let Ok(stretch) = stretch else { return };
                corrections.extend_from_slice(stretch.corrections);
            }
            drop(file.assemble(&corrections));
        }
    }
}

fn check_jpeg(file: &[u8], jpeg: &JpegFile<'_>) {
    if let Ok(restored) = pxc_jpeg::restore(file, &LIMITS, None) {
        assert_eq!(JpegFile::digest_of(&restored), jpeg.digest);
        let options = ReadOptions::new(LIMITS).with_allow_lossy(true);
        drop(read_picture(&restored, &options));
    }
}
