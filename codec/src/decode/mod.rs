//! The bytes of a `.pxc` file in, the image out: header, model, groups over threads, digest.

pub(crate) mod group;

use std::sync::{Arc, Mutex};

use crate::coders::general;
use crate::coders::refined::Refinement;
use crate::color_set::ColorSet;
use crate::color_set::cube::ColorCube;
use crate::container::header::read_header;
use crate::container::{CodingMethod, GroupEntry, Header};
use crate::decode::group::{GroupDecoder, View, truncated};
use crate::error::{Error, ErrorKind};
use crate::image::Image;
use crate::image::digest::pixel_digest;
use crate::model::fitted::Model;
use crate::model::predictor::{ModelId, Predictor, PredictorError};
use crate::options::{DecodeOptions, DecodeStats, Limits, Times};
use crate::tiles::tile::Tile;
use crate::tiles::tiling::{Layout, Rect};
use crate::work_meter::Monitor;
use crate::workers::{both, each_group};

/// Finds the model of an id: `Ok(None)` when there is none of that id, an error when there is one that cannot be used.
pub type Resolve<'a> = &'a dyn Fn(ModelId) -> Result<Option<Arc<dyn Predictor>>, PredictorError>;

/// Bytes that a colour set takes.
const COLOR_BYTES: u64 = ColorCube::BYTES + ColorSet::BYTES;

/// What [`decode`] gives.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Decoded {
    /// The image, checked against the pixel digest.
    pub image: Image,
    /// What the header says, metadata included.
    pub header: Header,
    /// Where the time went.
    pub stats: DecodeStats,
}

/// What [`decode_partial`] gives.
#[derive(Debug)]
#[non_exhaustive]
pub struct Partial {
    /// The image; the tiles of damaged groups are zero.
    pub image: Image,
    /// What the header says, metadata included.
    pub header: Header,
    /// The groups that could not be decoded. Everything else matches its checksum.
    pub damaged: Vec<DamagedGroup>,
    /// Why the sound part may still be wrong: bytes after the end, or a digest that does not match although no group is damaged.
    pub warnings: Vec<Error>,
    /// Where the time went.
    pub stats: DecodeStats,
}

/// A group that could not be decoded.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DamagedGroup {
    /// Index of the group.
    pub group: u64,
    /// The tiles that are missing.
    pub tiles: Vec<Rect>,
    /// Why.
    pub reason: Error,
}

/// Decodes a file whose every checksum and digest is right.
///
/// `resolve` is asked for the model when the header names one and a group uses it.
///
/// # Errors
/// Of every kind but `Argument`; see [`Error::kind`]. No error leaves pixels behind.
pub fn decode(
    bytes: &[u8],
    resolve: Resolve<'_>,
    options: &DecodeOptions<'_>,
) -> Result<Decoded, Error> {
    let header = read_header(bytes, &options.limits)?;
    check_length(&header, bytes)?;
    let whole = Rect::whole(header.width, header.height);
    let decoded = decode_unchecked(bytes, header, Wanted::Part(whole), resolve, options)?;
    check_digest(&decoded.header, &decoded.image)?;
    Ok(decoded)
}

/// Decodes what is sound in a file whose header is.
///
/// # Errors
/// As [`decode`], but damage behind the header is reported in [`Partial`].
pub fn decode_partial(
    bytes: &[u8],
    resolve: Resolve<'_>,
    options: &DecodeOptions<'_>,
) -> Result<Partial, Error> {
    let header = read_header(bytes, &options.limits)?;
    let whole = Rect::whole(header.width, header.height);
    let wanted = Wanted::Part(whole);
    let (image, damaged, stats) = decode_groups(bytes, &header, wanted, resolve, options, true)?;
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

/// Decodes a part of an image: only the groups with a pixel in it, and of those no more than it needs.
///
/// The image of the result is `region`. The checksums of the groups are compared; the pixel digest, which covers all pixels,
/// cannot be.
///
/// # Errors
/// As [`decode`], and [`Error::Region`] when `region` is empty or not inside the image.
pub fn decode_region(
    bytes: &[u8],
    region: Rect,
    resolve: Resolve<'_>,
    options: &DecodeOptions<'_>,
) -> Result<Decoded, Error> {
    let header = read_header(bytes, &options.limits)?;
    let whole = Rect::whole(header.width, header.height);
    if region.intersection(&whole) != Some(region) {
        return Err(Error::Region {
            region,
            width: header.width,
            height: header.height,
        });
    }
    decode_unchecked(bytes, header, Wanted::Part(region), resolve, options)
}

/// Decodes the thumbnail of an image that was coded with a model of two scales: the coarse images of its tiles, side by side.
///
/// The checksums of the groups are compared; the pixel digest, which covers all pixels, cannot be.
///
/// # Errors
/// As [`decode`], and [`Error::NoThumbnail`] when the image was not coded with such a model.
pub fn decode_thumbnail(
    bytes: &[u8],
    resolve: Resolve<'_>,
    options: &DecodeOptions<'_>,
) -> Result<Decoded, Error> {
    let header = read_header(bytes, &options.limits)?;
    decode_unchecked(bytes, header, Wanted::Thumbnail, resolve, options)
}

/// Decodes what is wanted; its pixels are not compared with the digest.
fn decode_unchecked(
    bytes: &[u8],
    header: Header,
    wanted: Wanted,
    resolve: Resolve<'_>,
    options: &DecodeOptions<'_>,
) -> Result<Decoded, Error> {
    let (image, damaged, stats) = decode_groups(bytes, &header, wanted, resolve, options, false)?;
    match damaged.into_iter().next() {
        Some(damaged) => Err(damaged.reason),
        None => Ok(Decoded {
            image,
            header,
            stats,
        }),
    }
}

/// The payload is read only when all of it is there.
fn check_length(header: &Header, bytes: &[u8]) -> Result<(), Error> {
    let missing = |&(_, entry): &(usize, &GroupEntry)| entry.payload(bytes).is_none();
    match header.groups.iter().enumerate().find(missing) {
        Some((group, entry)) => Err(truncated(group as u64, entry, bytes)),
        None => check_trailing(header, bytes),
    }
}

fn check_trailing(header: &Header, bytes: &[u8]) -> Result<(), Error> {
    let offset = header.file_bytes();
    match (bytes.len() as u64).saturating_sub(offset) {
        0 => Ok(()),
        count => Err(Error::TrailingBytes { offset, count }),
    }
}

fn check_digest(header: &Header, image: &Image) -> Result<(), Error> {
    let (expected, found) = (header.pixel_digest, pixel_digest(image));
    if expected != found {
        return Err(Error::PixelDigest { expected, found });
    }
    Ok(())
}

/// What of an image is wanted.
#[derive(Clone, Copy)]
enum Wanted {
    Part(Rect),
    Thumbnail,
}

impl Wanted {
    fn view(self, layout: Layout, model: Option<&Model<'_>>) -> Result<View, Error> {
        match self {
            Wanted::Part(window) => Ok(View {
                window,
                ratio: None,
                layout,
                target: window,
            }),
            Wanted::Thumbnail => {
                let ratio = model.and_then(|model| model.spec().ratio);
                let ratio = ratio.ok_or(Error::NoThumbnail)?;
                let coarse = layout.coarse(ratio as u32);
                Ok(View {
                    window: layout.whole(),
                    ratio: Some(ratio),
                    layout: coarse,
                    target: coarse.whole(),
                })
            }
        }
    }
}

type Groups = (Image, Vec<DamagedGroup>, DecodeStats);

fn decode_groups(
    bytes: &[u8],
    header: &Header,
    wanted: Wanted,
    resolve: Resolve<'_>,
    options: &DecodeOptions<'_>,
    tolerant: bool,
) -> Result<Groups, Error> {
    let layout = Layout::new(header.tiling, header.width, header.height)?;
    let (cube, predictor) = both(
        options.threads,
        || color_cube(header, &options.limits),
        || resolve_model(header, resolve),
    );
    let (cube, predictor) = (cube?, predictor?);
    let model = check_model(header, predictor.as_deref())?;
    let view = wanted.view(layout, model.as_ref())?;
    let (threads, target) = (options.threads.max(1), view.target);
    options
        .limits
        .check_memory(memory(header, &layout, target, model.as_ref(), threads))?;

    let colors = color_set(cube, model.as_ref())?;
    let wanted = layout.groups_in(&view.window);
    let rects = wanted.iter().flat_map(|&group| layout.rects(group));
    let pixels = rects.map(|rect| rect.pixels() as u64).sum();
    let samples = vec![0; target.pixels() * header.format().pixel_bytes()];
    let monitor = Monitor::new(options.progress, pixels);
    let decoder = GroupDecoder {
        bytes,
        header,
        model,
        colors,
        view,
        samples: Mutex::new(samples),
        monitor: &monitor,
    };
    let outcomes = each_group(
        wanted.len() as u64,
        threads,
        || None,
        |session, index| {
            let group = wanted[index as usize];
            let rects = layout.rects(group);
            match decoder.decode(session, group, &rects) {
                Err(reason) if tolerant && reason.kind() == ErrorKind::BadData => {
                    Ok(Err(DamagedGroup {
                        group,
                        tiles: rects,
                        reason,
                    }))
                }
                other => other.map(Ok),
            }
        },
    )?;

    let (mut times, mut damaged) = (Times::default(), Vec::new());
    for outcome in outcomes {
        match outcome {
            Ok(group) => times += group,
            Err(group) => damaged.push(group),
        }
    }
    let samples = decoder
        .samples
        .into_inner()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    let image = image(header, target, samples)?;
    Ok((image, damaged, DecodeStats { times }))
}

fn image(header: &Header, target: Rect, samples: Vec<u8>) -> Result<Image, Error> {
    let (width, height, format) = (target.width as u32, target.height as u32, header.format());
    let image = match &header.palette {
        Some(palette) => {
            Image::with_palette(width, height, format.depth, palette.clone(), samples)?
        }
        None => Image::with_format(width, height, format, samples)?,
    };
    match header.color_key {
        Some(key) => image.with_color_key(key),
        None => Ok(image),
    }
}

fn resolve_model(
    header: &Header,
    resolve: Resolve<'_>,
) -> Result<Option<Arc<dyn Predictor>>, Error> {
    let Some(id) = header.model.filter(|_| needs_model(header)) else {
        return Ok(None);
    };
    let found = resolve(id).map_err(|source| Error::Predictor { id, source })?;
    found.ok_or(Error::UnknownModel { id }).map(Some)
}

fn needs_model(header: &Header) -> bool {
    let needs = |group: &GroupEntry| group.color_method.is_some_and(CodingMethod::needs_model);
    header.groups.iter().any(needs)
}

fn check_model<'a>(
    header: &Header,
    predictor: Option<&'a dyn Predictor>,
) -> Result<Option<Model<'a>>, Error> {
    let (Some(predictor), Some(expected)) = (predictor, header.model) else {
        return Ok(None);
    };
    let found = predictor.id();
    if found != expected {
        return Err(Error::WrongModel { expected, found });
    }
    let model = Model::new(predictor, header.format())?;
    match model.spec().tile {
        Some(expected) if !model.takes(&header.tiling) => Err(Error::ModelTile {
            id: found,
            expected,
            found: header.tiling,
        }),
        _ => Ok(Some(model)),
    }
}

/// The colours that there are, when the header says and a group uses the model.
fn color_cube(header: &Header, limits: &Limits) -> Result<Option<ColorCube>, Error> {
    let Some(bytes) = header.color_set.as_ref().filter(|_| needs_model(header)) else {
        return Ok(None);
    };
    limits.check_memory(COLOR_BYTES)?;
    let pixels = u64::from(header.width) * u64::from(header.height);
    let cube = ColorCube::decode(bytes, pixels);
    let problem = "it has more colors than the image has pixels";
    cube.map(Some).map_err(|_| Error::ColorSet { problem })
}

fn color_set(
    cube: Option<ColorCube>,
    model: Option<&Model<'_>>,
) -> Result<Option<ColorSet>, Error> {
    let (Some(cube), Some(model)) = (cube, model) else {
        return Ok(None);
    };
    let problem = "it needs a model of version 1 with three channels";
    let order = model.color_order().ok_or(Error::ColorSet { problem })?;
    Ok(Some(ColorSet::new(&cube, order)))
}

/// An upper bound of the bytes that decoding takes.
fn memory(
    header: &Header,
    layout: &Layout,
    target: Rect,
    model: Option<&Model<'_>>,
    threads: usize,
) -> u64 {
    let pixel_bytes = header.format().pixel_bytes() as u64;
    let largest = layout.tile(0);
    let tiles = layout.tiles().min(header.tiling.tiles_per_group.into());
    let per_tile = (largest.pixels() as u64)
        .saturating_mul(pixel_bytes)
        .saturating_add(size_of::<Tile>() as u64 * 2)
        .saturating_add(model.map_or(0, |model| model.tile_bytes(&largest)));
    let busy = (threads as u64).min(layout.groups());
    let learned = match model {
        Some(model) if model.serves(CodingMethod::Refined) => Refinement::BYTES,
        _ => 0,
    };
    let group_pixels = (largest.pixels() as u64).saturating_mul(tiles);
    let uses_general = |group: &GroupEntry| {
        [group.color_method, group.alpha_method].contains(&Some(CodingMethod::General))
    };
    let general = match header.groups.iter().any(uses_general) {
        true => general::memory(group_pixels, header.color.channels() as u64),
        false => 0,
    };
    let working = per_tile
        .saturating_mul(tiles)
        .saturating_add(learned)
        .saturating_add(general)
        .saturating_mul(busy);
    let colors = match header.color_set {
        Some(_) => COLOR_BYTES,
        None => 0,
    };
    let table = size_of::<GroupEntry>() as u64 * header.groups.len() as u64;
    let image = target.pixels() as u64 * pixel_bytes;
    let network = model.map_or(0, |model| model.memory(busy as usize));
    image
        .saturating_add(table)
        .saturating_add(working)
        .saturating_add(colors)
        .saturating_add(network)
}
