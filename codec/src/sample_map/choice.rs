//! Whether an image is coded with a sample map, and with which. Only the encoder asks, and the format does not depend
//! on the answer.

use crate::error::Error;
use crate::image::raster::Image;
use crate::image::sample_format::{BitDepth, ColorType, SampleFormat};
use crate::sample_map::grid::ValueGrid;
use crate::sample_map::image_plane::ImagePlane;
use crate::sample_map::map::{FEW, PlaneMap, SampleMap};
use crate::work_meter::Monitor;

/// A map of samples of 8 bits is tried only if it saves one in this many bits.
const WORTH_A_TRIAL: u64 = 64;

/// What is known about an image before it is coded.
pub(crate) enum Choice {
    /// Its samples are coded.
    Samples,
    /// The indices of a map are coded.
    Indices(SampleMap),
    /// Both are tried.
    Either(SampleMap),
}

/// The format in which an image is coded: that of its samples, or of the indices of their values. The model of a file
/// must suit this format.
///
/// ```
/// use pxc_codec::{BitDepth, ColorType, Image, coded_format};
///
/// let samples: Vec<u16> = (0..4096).map(|n: u32| (n * n % 251 * 257) as u16).collect();
/// let image = Image::from_u16(64, 64, ColorType::Gray, &samples)?;
/// assert_eq!(coded_format(&image).depth, BitDepth::Eight);
/// # Ok::<(), pxc_codec::Error>(())
/// ```
pub fn coded_format(image: &Image) -> SampleFormat {
    if image.depth() < BitDepth::Sixteen {
        return image.format();
    }
    match choose(image, &Monitor::silent()) {
        Ok(Choice::Indices(map)) => SampleFormat {
            color: image.color(),
            depth: map.depth(),
        },
        _ => image.format(),
    }
}

/// Whether an image is coded with a map.
///
/// # Errors
/// [`Error::Cancelled`] when the caller asks to stop.
pub(crate) fn choose(image: &Image, monitor: &Monitor<'_>) -> Result<Choice, Error> {
    let format = image.format();
    if format.color == ColorType::Palette || format.depth < BitDepth::Eight {
        return Ok(Choice::Samples);
    }
    let values = ImagePlane::all(image).map(|plane| plane.values(monitor));
    let values: Vec<Vec<u16>> = values.collect::<Result<_, Error>>()?;
    if !values.iter().any(|values| has_gaps(values, format.depth)) {
        return Ok(Choice::Samples);
    }
    let are_few = values.iter().all(|values| values.len() <= FEW);
    let (mut planes, mut mapped, mut plain) = (Vec::new(), 0, 0);
    for (plane, values) in ImagePlane::all(image).zip(&values) {
        let (map, cost) = cheapest(plane, values, are_few, monitor)?;
        planes.push(map);
        mapped += cost;
        plain += plane.cost(|sample| sample, monitor)?;
    }
    let map = SampleMap { planes };
    let mapped = mapped + bits(&map, format);
    Ok(match format.depth {
        BitDepth::Sixteen if mapped < plain => Choice::Indices(map),
        BitDepth::Eight if mapped + plain / WORTH_A_TRIAL < plain => Choice::Either(map),
        _ => Choice::Samples,
    })
}

/// Whether a plane leaves out values between its smallest and its largest, or most of those of 16 bits.
fn has_gaps(values: &[u16], depth: BitDepth) -> bool {
    let range = values.last().zip(values.first()).map_or(0, |(b, a)| b - a);
    let is_few = depth == BitDepth::Sixteen && values.len() <= FEW;
    is_few || usize::from(range) >= values.len()
}

/// The cheapest map of a plane, of at most 256 values if there `are_few`, and what it costs.
fn cheapest(
    plane: ImagePlane<'_>,
    values: &[u16],
    are_few: bool,
    monitor: &Monitor<'_>,
) -> Result<(PlaneMap, u64), Error> {
    let cost = |map: &PlaneMap| {
        let indices = map.indices();
        plane.cost(|sample| indices[usize::from(sample)], monitor)
    };
    let grid = ValueGrid::of(values);
    let on_grid = PlaneMap::of_grid(grid);
    let is_legal = on_grid.values.len() <= FEW || !are_few;
    let by_list = PlaneMap {
        grid,
        values: values.to_vec(),
    };
    if is_legal && !by_list.has_gaps() {
        let cost = cost(&on_grid)?;
        return Ok((on_grid, cost));
    }
    let map = SampleMap {
        planes: vec![by_list.clone()],
    };
    let gray = SampleFormat {
        color: ColorType::Gray,
        depth: BitDepth::Sixteen,
    };
    let (list, without) = (cost(&by_list)?, cost(&on_grid)?);
    Ok(match is_legal && without <= list + bits(&map, gray) {
        true => (on_grid, without),
        false => (by_list, list),
    })
}

/// The bits of a map, in sixteenths.
fn bits(map: &SampleMap, format: SampleFormat) -> u64 {
    16 * 8 * (map.encode(format).len() as u64 + 1)
}
