//! Evaluates tiles side by side, in the order of the wavefront, as the codec does.

use pxc_codec::{LanePosition, Predictor, PredictorError, Session, TileSize};
use pxc_model::PaperMetadata;

use crate::whole_maps::TileSamples;

/// A step of the wavefront over some tiles.
struct Step<'a> {
    metadata: &'a PaperMetadata,
    tiles: &'a [TileSamples],
    places: Vec<LanePosition>,
}

impl Step<'_> {
    /// A channel-major tensor of the values of `of` for each lane.
    fn tensor(&self, of: impl Fn(&TileSamples, usize, usize) -> Vec<i16>) -> Vec<i16> {
        let lanes = self.places.iter();
        let lanes: Vec<Vec<i16>> = lanes
            .map(|place| of(&self.tiles[place.tile], place.y, place.x))
            .collect();
        let rows = lanes.first().map_or(0, Vec::len);
        let row = |row: usize| lanes.iter().map(move |lane| lane[row]);
        (0..rows).flat_map(row).collect()
    }

    fn logits(&self, session: &mut dyn Session, staged: bool) -> Result<Vec<u8>, PredictorError> {
        let lanes = self.places.len();
        let metadata = self.metadata;
        let context = self.tensor(|tile, y, x| {
            let coarse = tile.coarse(metadata, y, x);
            [tile.context(metadata, y, x), coarse].concat()
        });
        let own = self.tensor(|tile, y, x| tile.own(metadata, y, x));
        let size = metadata.levels * lanes;
        let mut logits = vec![0; metadata.channels * size];
        session.locate(&self.places)?;
        if !staged {
            session.all_logits(lanes, &context, &own, &mut logits)?;
            return Ok(logits);
        }
        let (first, rest) = logits.split_at_mut(size);
        session.first_logits(lanes, &context, first)?;
        for (own, logits) in own.chunks_exact(lanes).zip(rest.chunks_exact_mut(size)) {
            session.next_logits(own, logits)?;
        }
        Ok(logits)
    }
}

/// Evaluates all tiles side by side, in the order of the wavefront: the logits of each, as the oracle has them.
pub(crate) fn side_by_side(
    predictor: &dyn Predictor,
    metadata: &PaperMetadata,
    tiles: &[TileSamples],
    staged: bool,
) -> Result<Vec<Vec<u8>>, PredictorError> {
    let shear = metadata.shear as usize;
    let mut session = predictor.session()?;
    let sizes: Vec<TileSize> = tiles
        .iter()
        .map(|tile| TileSize {
            width: tile.width,
            height: tile.height,
        })
        .collect();
    session.begin(&sizes)?;
    let pixel = metadata.channels * metadata.levels;
    let mut found: Vec<Vec<u8>> = tiles
        .iter()
        .map(|tile| vec![0; tile.width * tile.height * pixel])
        .collect();
    let steps = sizes
        .iter()
        .map(|tile| tile.width + shear * (tile.height - 1));
    for t in 0..steps.max().unwrap_or(0) {
        if metadata.has_row_pass() && t > 0 && t % shear == 0 {
            session.finish_row(t / shear - 1)?;
        }
        let places = sizes.iter().enumerate().flat_map(|(tile, size)| {
            let x = move |y: usize| t.checked_sub(shear * y).filter(|&x| x < size.width);
            let rows = (0..size.height).filter_map(move |y| x(y).map(|x| (y, x)));
            rows.map(move |(y, x)| LanePosition { tile, y, x })
        });
        let step = Step {
            metadata,
            tiles,
            places: places.collect(),
        };
        let lanes = step.places.len();
        if lanes == 0 {
            continue;
        }
        let logits = step.logits(&mut *session, staged)?;
        for (lane, place) in step.places.iter().enumerate() {
            let at = (place.y * sizes[place.tile].width + place.x) * pixel;
            for (level, row) in logits.chunks_exact(lanes).enumerate() {
                found[place.tile][at + level] = row[lane];
            }
        }
    }
    Ok(found)
}
