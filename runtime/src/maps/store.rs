//! The maps of a component's tiles: tensors of a step's lanes in, tensors at the offsets that later steps ask for out
//! (`docs/model.md`, *Maps*).
//!
//! A pixel (y, x) is kept until step `x + s·y + kept`. A step has at most `R` pixels of a tile, of consecutive rows,
//! so the pixel has the column `tile · R + y mod R` of the kept step `(x + s·y) mod kept`, which is
//! `[channels][columns]` for each map. An offset leads all lanes of a step to one kept step, and lanes side by side
//! mostly to columns side by side: values are copied in runs.

use std::ops::Range;

use pxc_codec::{LanePosition, Tap, TileSize};

use crate::maps::wiring::{MapWiring, PassReads};

/// Lanes side by side whose pixels at an offset are columns side by side, or all outside their tiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stretch {
    first: usize,
    lanes: usize,
    /// The first lane's column; nothing outside the tile.
    column: Option<usize>,
}

/// The maps of the tiles of a component.
pub(crate) struct MapStore<'a> {
    wiring: &'a MapWiring,
    tiles: Vec<TileSize>,
    /// `R`: the most pixels of a tile in a step.
    rows: usize,
    values: Vec<Vec<f32>>,
}

/// The most bytes that the maps of a component may take.
const MAX_BYTES: u64 = 1 << 32;

/// The maps of a component would take more than [`MAX_BYTES`].
#[derive(Debug)]
pub(crate) struct TooLarge {
    pub(crate) bytes: u64,
}

/// The columns that a step's lanes, or a run of them, read at one offset.
pub(crate) struct Source {
    /// Index of the kept step.
    step_index: usize,
    stretches: Vec<Stretch>,
}

impl<'a> MapStore<'a> {
    /// A store without tiles.
    pub(crate) fn new(wiring: &'a MapWiring) -> Self {
        MapStore {
            wiring,
            tiles: Vec::new(),
            rows: 0,
            values: wiring.maps.iter().map(|_| Vec::new()).collect(),
        }
    }

    /// Starts over with these tiles. Fails when their maps take more than [`MAX_BYTES`].
    pub(crate) fn begin(&mut self, tiles: &[TileSize]) -> Result<(), TooLarge> {
        let wiring = self.wiring;
        let lanes = tiles.iter().map(|&tile| tile.most_lanes(wiring.shear));
        let rows = lanes.max().unwrap_or(0);
        let bytes = wiring.tile_bytes(rows).saturating_mul(tiles.len() as u64);
        if bytes > MAX_BYTES {
            return Err(TooLarge { bytes });
        }
        self.tiles = tiles.to_vec();
        self.rows = rows;
        let pixels = wiring.kept_steps * self.columns();
        for (map, values) in wiring.maps.iter().zip(&mut self.values) {
            values.resize(map.channels * pixels, 0.0);
        }
        Ok(())
    }

    pub(crate) fn tiles(&self) -> &[TileSize] {
        &self.tiles
    }

    fn columns(&self) -> usize {
        self.tiles.len() * self.rows
    }

    fn step(&self, position: &LanePosition) -> usize {
        position.x + self.wiring.shear * position.y
    }

    /// Whether the positions are pixels of the tiles, all of one step.
    pub(crate) fn holds(&self, positions: &[LanePosition]) -> bool {
        let inside = |position: &LanePosition| {
            let tile = self.tiles.get(position.tile);
            tile.is_some_and(|tile| position.y < tile.height && position.x < tile.width)
        };
        let step = positions.first().map(|position| self.step(position));
        positions
            .iter()
            .all(|position| inside(position) && Some(self.step(position)) == step)
    }

    /// Where these `lanes` of a step, which [`holds`](Self::holds) them all, find each offset of a pass.
    pub(crate) fn sources(
        &self,
        pass: &PassReads,
        positions: &[LanePosition],
        lanes: Range<usize>,
    ) -> Vec<Source> {
        let positions = &positions[lanes];
        let sources = pass
            .offsets
            .iter()
            .map(|&offset| self.source(offset, positions));
        sources.collect()
    }

    /// The columns of a step's own lanes.
    pub(crate) fn targets(&self, positions: &[LanePosition], lanes: Range<usize>) -> Source {
        self.source(Tap { dy: 0, dx: 0 }, &positions[lanes])
    }

    fn source(&self, tap: Tap, positions: &[LanePosition]) -> Source {
        let mut stretches: Vec<Stretch> = Vec::new();
        for (lane, position) in positions.iter().enumerate() {
            let column = self.column(tap, position);
            match stretches.last_mut() {
                Some(last) if last.column.map(|first| first + last.lanes) == column => {
                    last.lanes += 1;
                }
                _ => stretches.push(Stretch {
                    first: lane,
                    lanes: 1,
                    column,
                }),
            }
        }
        let step = positions.first().map_or(0, |position| self.step(position));
        let step = step as i64 + i64::from(tap.dx) + self.wiring.shear as i64 * i64::from(tap.dy);
        Source {
            step_index: step.rem_euclid(self.wiring.kept_steps as i64) as usize,
            stretches,
        }
    }

    fn column(&self, tap: Tap, position: &LanePosition) -> Option<usize> {
        let y = position.y.checked_add_signed(tap.dy as isize)?;
        let x = position.x.checked_add_signed(tap.dx as isize)?;
        let tile = self.tiles[position.tile];
        (x < tile.width && y < tile.height).then(|| position.tile * self.rows + y % self.rows)
    }

    /// Fills a tensor `[channels, size]` with a map at a source; padding lanes have the values outside the tile.
    pub(crate) fn read(&self, map: usize, source: &Source, size: usize, tensor: &mut [f32]) {
        let (columns, initial) = (self.columns(), &self.wiring.maps[map].initial);
        let step = &self.values[map][source.step_index * initial.len() * columns..];
        let rows = tensor.chunks_exact_mut(size).zip(initial);
        for (channel, (row, &outside)) in rows.enumerate() {
            let kept = &step[channel * columns..][..columns];
            let mut end = 0;
            for stretch in &source.stretches {
                end = stretch.first + stretch.lanes;
                let row = &mut row[stretch.first..end];
                match stretch.column {
                    Some(column) => row.copy_from_slice(&kept[column..][..stretch.lanes]),
                    None => row.fill(outside),
                }
            }
            row[end..].fill(outside);
        }
    }

    /// Stores a map from a tensor `[channels, size]`.
    pub(crate) fn write(&mut self, map: usize, targets: &Source, size: usize, tensor: &[f32]) {
        let (columns, channels) = (self.columns(), self.wiring.maps[map].channels);
        let step = &mut self.values[map][targets.step_index * channels * columns..];
        for (channel, row) in tensor.chunks_exact(size).take(channels).enumerate() {
            let kept = &mut step[channel * columns..][..columns];
            for stretch in &targets.stretches {
                if let Some(column) = stretch.column {
                    let values = &row[stretch.first..][..stretch.lanes];
                    kept[column..][..stretch.lanes].copy_from_slice(values);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::maps::wiring::WiredMap;

    fn wiring(shear: usize, kept_steps: usize) -> MapWiring {
        MapWiring {
            maps: vec![WiredMap {
                channels: 2,
                initial: vec![-1.0, -2.0],
            }],
            pixel: PassReads {
                offsets: [[0, -1], [-1, 0], [-1, 1], [-2, -1]]
                    .map(|[dy, dx]| Tap { dy, dx })
                    .into(),
                reads: Vec::new(),
            },
            row: PassReads::default(),
            kept_steps,
            shear,
        }
    }

    /// The value that stands for a pixel; its second channel is half more.
    fn value(position: &LanePosition) -> f32 {
        (position.tile * 10_000 + position.y * 100 + position.x) as f32
    }

    fn pixels_of_step(tiles: &[TileSize], shear: usize, step: usize) -> Vec<LanePosition> {
        let pixels = tiles.iter().enumerate().flat_map(|(tile, size)| {
            let rows = (0..size.height)
                .filter(move |y| (shear * y..shear * y + size.width).contains(&step));
            rows.map(move |y| LanePosition {
                tile,
                y,
                x: step - shear * y,
            })
        });
        pixels.collect()
    }

    /// What a lane reads at an offset; a padding lane, which is no pixel, reads what is outside the tile.
    fn expected(tiles: &[TileSize], pixel: Option<&LanePosition>, tap: Tap) -> [f32; 2] {
        let read = pixel.and_then(|pixel| {
            let y = pixel.y.checked_add_signed(tap.dy as isize)?;
            let x = pixel.x.checked_add_signed(tap.dx as isize)?;
            let tile = pixel.tile;
            (x < tiles[tile].width).then_some(LanePosition { tile, y, x })
        });
        read.map_or([-1.0, -2.0], |read| [value(&read), value(&read) + 0.5])
    }

    /// Keeps the value of every pixel, and reads it at every offset in the steps that follow.
    fn check(shear: usize, kept: usize, tiles: &[TileSize]) {
        const SIZE: usize = 8;
        let wiring = wiring(shear, kept);
        let mut maps = MapStore::new(&wiring);
        maps.begin(tiles).expect("few bytes");
        let steps = tiles.iter().map(|tile| tile.width + shear * tile.height);
        for step in 0..steps.max().unwrap_or(0) {
            let pixels = pixels_of_step(tiles, shear, step);
            assert!(maps.holds(&pixels));
            for start in (0..pixels.len()).step_by(5) {
                let lanes = start..pixels.len().min(start + 5);
                let sources = maps.sources(&wiring.pixel, &pixels, lanes.clone());
                for (source, &offset) in sources.iter().zip(&wiring.pixel.offsets) {
                    let mut tensor = [0.0; 2 * SIZE];
                    maps.read(0, source, SIZE, &mut tensor);
                    for lane in 0..SIZE {
                        let pixel = pixels[lanes.clone()].get(lane);
                        let found = [tensor[lane], tensor[SIZE + lane]];
                        assert_eq!(found, expected(tiles, pixel, offset));
                    }
                }
                let mut tensor = [0.0; 2 * SIZE];
                for (lane, pixel) in pixels[lanes.clone()].iter().enumerate() {
                    tensor[lane] = value(pixel);
                    tensor[SIZE + lane] = value(pixel) + 0.5;
                }
                let targets = maps.targets(&pixels, lanes);
                maps.write(0, &targets, SIZE, &tensor);
            }
        }
    }

    #[test]
    fn what_was_written_is_read_at_every_offset() {
        let tile = |width, height| TileSize { width, height };
        check(2, 6, &[tile(9, 7)]);
        check(
            2,
            6,
            &[tile(9, 7), tile(9, 7), tile(4, 7), tile(9, 2), tile(1, 1)],
        );
        check(
            9,
            20,
            &[tile(9, 7), tile(9, 7), tile(4, 7), tile(9, 2), tile(1, 1)],
        );
    }
}
