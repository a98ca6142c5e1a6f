//! An image in, the bytes of a `.pxc` file out.
//!
//! Plan (method, colours, tiling) → groups over threads → preview → header and payloads.

mod drawing;
mod plan;
mod tiling;
mod memory;
mod streams;
mod component;
mod group;
mod file;

use std::ops::ControlFlow;

use self::drawing::is_drawn;
use self::memory::PayloadMeter;
use self::plan::{EncodePlan, Source, tries_both_color_sets};
use crate::container::header::MetadataChunk;
use crate::container::metadata;
use crate::error::Error;
use crate::image::raster::Image;
use crate::image::sample_format::SampleFormat;
use crate::limits::Limits;
use crate::model::predictor::Predictor;
use crate::options::{EncodeOptions, Progress};
use crate::preview;
use crate::sample_map::map::SampleMap;
use crate::sample_map::{self, Choice};
use crate::stats::EncodeStats;
use crate::tiles::layout::Layout;
use crate::work_meter::Monitor;
use crate::workers::each_group;

/// Images of at most this many pixels are coded with and without their sample map, since what it saves is only
/// estimated.
const SMALL_IMAGE: u64 = 1 << 14;

/// Encodes an image. Without a predictor, no method that needs a model is used.
///
/// The bytes depend on the image, the metadata, the predictor's logits and the options, but not on the number of
/// threads.
///
/// # Errors
/// An error of kind `Argument` for a tiling or a chunk that is not legal, `Backend` when the predictor fails or does
/// not fit the image, `Cancelled` when the callback asks to stop, `Limit` for what takes more than the limits allow,
/// here or in a decoder.
pub fn encode(
    image: &Image,
    metadata: &[MetadataChunk],
    predictor: Option<&dyn Predictor>,
    options: &EncodeOptions<'_>,
) -> Result<(Vec<u8>, EncodeStats), Error> {
    check_limits(image, metadata, &options.limits)?;
    let monitor = Monitor::new(options.progress, image.pixels());
    let metadata = metadata::section(metadata, &monitor)?;
    let encoded = match sample_map::choose(image, &monitor)? {
        Choice::Indices(map) if suits(image, &map, options) => {
            let indices = encode_indices(image, map, &metadata, predictor, options)?;
            match image.pixels() <= SMALL_IMAGE && options.method.is_none() {
                // The model is one for indices.
                true => indices.or_smaller(again(image, options, |options| {
                    encode_source(&Source::samples(image), &metadata, None, options)
                })?),
                false => indices,
            }
        }
        Choice::Either(map) if predictor.is_some() && !is_drawn(image) => {
            let samples = encode_source(&Source::samples(image), &metadata, predictor, options)?;
            samples.or_smaller(again(image, options, |options| {
                encode_indices(image, map, &metadata, predictor, options)
            })?)
        }
        _ => encode_source(&Source::samples(image), &metadata, predictor, options)?,
    };
    Ok((encoded.file, encoded.stats))
}

/// Whether the indices of a map can be coded with the method that was asked for.
fn suits(image: &Image, map: &SampleMap, options: &EncodeOptions<'_>) -> bool {
    let codes = |depth| {
        let color = image.color();
        let format = SampleFormat { color, depth };
        options.method.is_none_or(|method| method.codes(format))
    };
    codes(map.depth()) || !codes(image.depth())
}

/// Encodes the indices of the samples in a map.
fn encode_indices(
    image: &Image,
    map: SampleMap,
    metadata: &[u8],
    predictor: Option<&dyn Predictor>,
    options: &EncodeOptions<'_>,
) -> Result<Encoded, Error> {
    let format = SampleFormat {
        depth: map.depth(),
        ..image.format()
    };
    let indices = image.pixels() * format.pixel_bytes() as u64;
    let needed = indices.saturating_add(map.memory());
    options
        .limits
        .check_memory(needed.saturating_add(image.samples().len() as u64))?;
    let source = Source::indices(image, map)?;
    encode_source(&source, metadata, predictor, options)
}

/// Encodes the source with and without a colour set, if that is not too much work, and takes the smaller result.
fn encode_source(
    source: &Source<'_>,
    metadata: &[u8],
    predictor: Option<&dyn Predictor>,
    options: &EncodeOptions<'_>,
) -> Result<Encoded, Error> {
    let image = source.coded();
    let first = encode_once(source, metadata, predictor, options)?;
    if options.color_set.is_some() || !first.has_color_set || !tries_both_color_sets(image) {
        return Ok(first);
    }
    let second = again(image, options, |options| {
        let without_set = EncodeOptions {
            color_set: Some(false),
            ..*options
        };
        encode_once(source, metadata, predictor, &without_set)
    })?;
    Ok(first.or_smaller(second))
}

/// A second attempt, which reports the end of the first again and again, so that it can be cancelled.
fn again<T>(
    image: &Image,
    options: &EncodeOptions<'_>,
    attempt: impl FnOnce(&EncodeOptions<'_>) -> T,
) -> T {
    let (done, total) = (image.pixels(), image.pixels());
    let report = |_| match options.progress {
        Some(progress) => progress(Progress { done, total }),
        None => ControlFlow::Continue(()),
    };
    attempt(&EncodeOptions {
        progress: Some(&report),
        ..*options
    })
}

/// What a decoder checks before it decodes.
fn check_limits(image: &Image, metadata: &[MetadataChunk], limits: &Limits) -> Result<(), Error> {
    metadata::check_legal(metadata)?;
    limits.check_image(image.width(), image.height(), image.format().pixel_bytes())?;
    limits.check_metadata(metadata::counted(metadata))
}

struct Encoded {
    file: Vec<u8>,
    stats: EncodeStats,
    /// Whether the methods that use the model were restricted to the image's colours.
    has_color_set: bool,
}

impl Encoded {
    /// Takes the smaller of two results.
    fn or_smaller(self, other: Encoded) -> Encoded {
        match other.file.len() < self.file.len() {
            true => other,
            false => self,
        }
    }
}

fn encode_once(
    source: &Source<'_>,
    metadata: &[u8],
    predictor: Option<&dyn Predictor>,
    options: &EncodeOptions<'_>,
) -> Result<Encoded, Error> {
    let image = source.coded();
    let monitor = Monitor::new(options.progress, image.pixels());
    let plan = EncodePlan::new(source, predictor, options)?;
    let work = plan.model.as_ref();
    let work = work.map_or(0, |model| model.work(image.pixels()));
    options.limits.check_work(work)?;
    let tiling = tiling::choose(&plan, options.tiling)?;
    let layout = Layout::new(tiling, image.width(), image.height())?;
    let needed = |threads| memory::needed(&plan, &layout, metadata.len(), threads);
    let payloads = memory::payload_bytes(image.samples().len() as u64);
    let with_payloads = |threads| needed(threads).saturating_add(payloads);
    let threads = (options.limits).affordable_threads(options.threads, with_payloads);
    let payloads = PayloadMeter::new(options.limits, needed(threads))?;
    let groups = each_group(
        layout.groups(),
        threads,
        || None,
        |session, index| {
            let group = group::encode(&plan, session, &layout.rects(index), &monitor)?;
            payloads.add(&group)?;
            Ok(group)
        },
    )?;
    let preview = match options.no_preview {
        true => None,
        false => preview::make(plan.original, file::payload_bytes(&groups), &monitor)?,
    };
    let (file, stats) = file::assemble(&plan, metadata, tiling, &groups, preview);
    Ok(Encoded {
        file,
        stats,
        has_color_set: plan.colors.is_some(),
    })
}
