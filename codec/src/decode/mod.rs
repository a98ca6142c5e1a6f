//! The bytes of a `.pxc` file in, the image out.
//!
//! Each entry point reads the header and then does the same: find what the header refers to, plan, check the memory,
//! run the groups over threads, finish the image.

mod results;
pub(crate) mod checks;
mod references;
mod view;
mod plan;
mod memory;
mod group;
mod run;
mod image;

pub use self::references::Resolve;
pub use self::results::{DamagedGroup, Decoded, Partial};

use self::checks::{check_digest, check_length, check_trailing};
use self::plan::DecodePlan;
use self::references::References;
use self::run::OnDamage;
use self::view::Wanted;
use crate::coders::failure::Failure;
use crate::container::header::Header;
use crate::container::header_reader::read_header_monitored;
use crate::error::Error;
use crate::image::crop::check_region;
use crate::image::raster::Image;
use crate::options::DecodeOptions;
use crate::preview;
use crate::stats::DecodeStats;
use crate::tiles::rect::Rect;
use crate::work_meter::Monitor;

/// Decodes a file; every checksum and digest must match.
///
/// `resolve` is asked for the model when the header names one and a group uses it.
///
/// # Errors
/// Errors of every kind but `Argument`; see [`Error::kind`]. No error leaves pixels behind.
pub fn decode(
    bytes: &[u8],
    resolve: Resolve<'_>,
    options: &DecodeOptions<'_>,
) -> Result<Decoded, Error> {
    let header = header(bytes, options)?;
    check_length(&header, bytes)?;
    let decoded = decode_sound(bytes, header, Wanted::Image, resolve, options)?;
    check_digest(&decoded.header, &decoded.image)?;
    Ok(decoded)
}

/// Decodes the intact groups of a file whose header is intact.
///
/// # Errors
/// The same as [`decode`], but damage after the header is reported in [`Partial`].
pub fn decode_partial(
    bytes: &[u8],
    resolve: Resolve<'_>,
    options: &DecodeOptions<'_>,
) -> Result<Partial, Error> {
    let header = header(bytes, options)?;
    let (wanted, on_damage) = (Wanted::Image, OnDamage::Report);
    let (image, damaged, stats) =
        decode_groups(bytes, &header, wanted, resolve, options, on_damage)?;
    let mut warnings: Vec<Error> = check_trailing(&header, bytes).err().into_iter().collect();
    if damaged.is_empty() {
        warnings.extend(check_digest(&header, &image).err());
    }
    Ok(Partial {
        image,
        header,
        damaged,
        warnings,
        stats,
    })
}

/// Decodes a region of an image. Only the groups with a pixel in the region are read, and of those no more than it
/// needs.
///
/// The image of the result is `region`. The checksums of the groups are compared. The pixel digest is not: it covers
/// all pixels.
///
/// # Errors
/// The same as [`decode`], and [`Error::Region`] when `region` is empty or not inside the image.
pub fn decode_region(
    bytes: &[u8],
    region: Rect,
    resolve: Resolve<'_>,
    options: &DecodeOptions<'_>,
) -> Result<Decoded, Error> {
    let header = header(bytes, options)?;
    check_region(header.width, header.height, region)?;
    decode_sound(bytes, header, Wanted::Region(region), resolve, options)
}

/// Decodes the thumbnail of an image that was coded with a two-scale model: the coarse images of its tiles, side by
/// side.
///
/// The checksums of the groups are compared. The pixel digest is not: it covers all pixels.
///
/// # Errors
/// The same as [`decode`], and [`Error::NoThumbnail`] when the image was not coded with such a model.
pub fn decode_thumbnail(
    bytes: &[u8],
    resolve: Resolve<'_>,
    options: &DecodeOptions<'_>,
) -> Result<Decoded, Error> {
    let header = header(bytes, options)?;
    decode_sound(bytes, header, Wanted::Thumbnail, resolve, options)
}

/// Decodes the preview of a large image; `None` if the file has none. The file may end after the preview, and what
/// follows the preview does not count.
///
/// The image has the preview's size and the format of [`Header::expanded_format`]. It is an approximation.
///
/// # Errors
/// The same as [`read_header`](crate::read_header), and for a preview that is cut off or damaged.
pub fn decode_preview(bytes: &[u8], options: &DecodeOptions<'_>) -> Result<Option<Decoded>, Error> {
    let header = header(bytes, options)?;
    let Some(entry) = &header.preview else {
        return Ok(None);
    };
    let stream = checks::preview(entry, bytes)?;
    options.limits.check_memory(preview::MEMORY)?;
    let monitor = Monitor::preparing(options.progress);
    let image = preview::decode(&header, entry, stream, &monitor);
    let image = image.map_err(|failure| match failure {
        Failure::Content(problem) => Error::PreviewContent {
            offset: entry.offset,
            problem,
        },
        Failure::Error(error) => error,
    })?;
    Ok(Some(Decoded::new(image, header)))
}

fn header(bytes: &[u8], options: &DecodeOptions<'_>) -> Result<Header, Error> {
    let monitor = Monitor::preparing(options.progress);
    read_header_monitored(bytes, &options.limits, &monitor)
}

/// Decodes the requested part and fails at the first damaged group. The pixels are not compared with the digest.
fn decode_sound(
    bytes: &[u8],
    header: Header,
    wanted: Wanted,
    resolve: Resolve<'_>,
    options: &DecodeOptions<'_>,
) -> Result<Decoded, Error> {
    let on_damage = OnDamage::Fail;
    let (image, _, stats) = decode_groups(bytes, &header, wanted, resolve, options, on_damage)?;
    Ok(Decoded {
        image,
        header,
        stats,
    })
}

fn decode_groups(
    bytes: &[u8],
    header: &Header,
    wanted: Wanted,
    resolve: Resolve<'_>,
    options: &DecodeOptions<'_>,
    on_damage: OnDamage,
) -> Result<(Image, Vec<DamagedGroup>, DecodeStats), Error> {
    if header.holds_jpeg {
        return Err(Error::HoldsJpeg);
    }
    let References { predictor, cube } = References::find(header, resolve, options)?;
    let plan = DecodePlan::new(header, predictor.as_deref(), wanted)?;
    let needed = |threads| memory::needed(&plan, threads);
    let threads = (options.limits).affordable_threads(options.threads, needed);
    options.limits.check_memory(needed(threads))?;
    let work = plan.model.as_ref();
    let work = work.map_or(0, |model| model.work(plan.pixels()));
    options.limits.check_work(work)?;
    let colors = plan.color_set(cube)?;
    let options = &DecodeOptions {
        threads,
        ..*options
    };
    let outcome = run::run(bytes, &plan, colors.as_ref(), options, on_damage)?;
    let image = image::from_samples(header, plan.view.target, outcome.samples)?;
    let stats = DecodeStats {
        times: outcome.times,
    };
    Ok((image, outcome.damaged, stats))
}
