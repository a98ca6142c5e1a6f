//! Which inputs of a model's subgraphs carry which map, at which offset: metadata and graphs in, reads of both passes
//! out (`docs/model.md`, *Maps*).

use std::collections::HashMap;

use pxc_codec::Tap;
use pxc_model::{Graph, MapMetadata, ModelMetadata, map_output, map_row_tap, map_tap};

/// A map, and the values outside the tile.
pub(crate) struct WiredMap {
    pub(crate) channels: usize,
    /// The values outside the tile, one per channel.
    pub(crate) initial: Vec<f32>,
}

/// An input that carries a map at an offset.
pub(crate) struct MapRead {
    pub(crate) slot: usize,
    pub(crate) map: usize,
    /// Index of [`PassReads::offsets`].
    pub(crate) offset: usize,
}

/// The maps that a pass reads.
#[derive(Default)]
pub(crate) struct PassReads {
    /// Each offset once, from the pixel that is evaluated.
    pub(crate) offsets: Vec<Tap>,
    pub(crate) reads: Vec<MapRead>,
}

/// The maps of a model that keeps some.
pub(crate) struct MapWiring {
    pub(crate) maps: Vec<WiredMap>,
    pub(crate) pixel: PassReads,
    pub(crate) row: PassReads,
    /// Steps of the wavefront that a map is kept.
    pub(crate) kept_steps: usize,
    pub(crate) shear: usize,
}

impl MapWiring {
    /// The reads of the two passes' graphs; `None` when the model keeps no maps. `slot` gives an input's slot.
    pub(crate) fn new(
        metadata: &ModelMetadata,
        pixel_pass: &Graph,
        row_pass: Option<&Graph>,
        mut slot: impl FnMut(&str) -> usize,
    ) -> Option<MapWiring> {
        let maps = metadata.maps();
        if maps.is_empty() {
            return None;
        }
        let shear = metadata.shear() as usize;
        let wired = |map: &MapMetadata| WiredMap {
            channels: map.channels,
            initial: map.initial.iter().map(|&value| value as f32).collect(),
        };
        let mut wiring = MapWiring {
            maps: maps.iter().map(wired).collect(),
            pixel: PassReads::default(),
            row: PassReads::default(),
            kept_steps: 1,
            shear,
        };
        for (index, map) in maps.iter().enumerate() {
            let steps = reach(map, shear, row_pass.is_some());
            wiring.kept_steps = wiring.kept_steps.max(steps + 1);
            for (tap, &offset) in map.taps.iter().enumerate() {
                let name = map_tap(index, tap);
                if pixel_pass.find(&name).is_some() {
                    wiring.pixel.push(slot(&name), index, tap_at(offset));
                }
            }
            for (tap, &offset) in map.row_taps.iter().enumerate() {
                let name = map_row_tap(index, tap);
                if row_pass.is_some_and(|graph| graph.find(&name).is_some()) {
                    wiring.row.push(slot(&name), index, tap_at(offset));
                }
            }
        }
        Some(wiring)
    }

    /// Bytes that are kept for a tile with at most `lanes` pixels in a step.
    pub(crate) fn tile_bytes(&self, lanes: usize) -> u64 {
        let channels: u64 = self.maps.iter().map(|map| map.channels as u64).sum();
        let pixels = self.kept_steps as u64 * lanes as u64;
        channels
            .saturating_mul(pixels)
            .saturating_mul(size_of::<f32>() as u64)
    }
}

impl PassReads {
    fn push(&mut self, slot: usize, map: usize, offset: Tap) {
        let known = self.offsets.iter().position(|&other| other == offset);
        let offset = known.unwrap_or_else(|| {
            self.offsets.push(offset);
            self.offsets.len() - 1
        });
        self.reads.push(MapRead { slot, map, offset });
    }
}

fn tap_at([dy, dx]: [i32; 2]) -> Tap {
    Tap { dy, dx }
}

/// How far back, in steps of the wavefront, a map is read.
fn reach(map: &MapMetadata, shear: usize, row_pass: bool) -> usize {
    let pixel = map
        .taps
        .iter()
        .map(|&offset| steps_back(shear, tap_at(offset)));
    // The row pass comes when all steps of its row are over.
    let row = map
        .row_taps
        .iter()
        .map(|&[dy, _]| steps_back(shear, tap_at([dy - 1, 0])));
    let made = usize::from(row_pass) * shear;
    pixel.chain(row).max().unwrap_or(0).max(made)
}

/// Steps from a pixel back to the one at an offset.
fn steps_back(shear: usize, tap: Tap) -> usize {
    let steps = shear as i64 * -i64::from(tap.dy) - i64::from(tap.dx);
    usize::try_from(steps).unwrap_or(0)
}

/// The maps among a subgraph's outputs: the output's index and the map.
pub(crate) fn made_maps(metadata: &ModelMetadata, graph: &Graph) -> Vec<(usize, usize)> {
    let names = graph.outputs().iter().enumerate();
    let indices: HashMap<&str, usize> = names
        .map(|(index, &id)| (graph.tensor(id).name.as_str(), index))
        .collect();
    let maps = 0..metadata.maps().len();
    maps.filter_map(|map| Some((*indices.get(map_output(map).as_str())?, map)))
        .collect()
}
