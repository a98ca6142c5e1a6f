//! Takes a session through the steps of a component (`docs/format.md`, *Wavefront order*).
//!
//! In: lanes, step by step. Out: their logits. A session that keeps maps also gets the tiles, the pixels of each step
//! and a call when a row is complete; encoder and decoder make the same calls.

use crate::error::Error;
use crate::model::error::PredictorError;
use crate::model::fitted::Model;
use crate::model::predictor::KeptMaps;
use crate::model::session::{LanePosition, Session, TileSize};
use crate::tiles::tile::Tile;

/// Tile and row of a lane.
pub(crate) type TileRow = (u32, u32);

/// A session in the middle of a component.
pub(crate) struct SessionSteps<'a> {
    model: &'a Model<'a>,
    session: &'a mut dyn Session,
    positions: Vec<LanePosition>,
}

impl<'a> SessionSteps<'a> {
    /// Begins a component of these tiles.
    pub(crate) fn begin(
        model: &'a Model<'a>,
        session: &'a mut dyn Session,
        tiles: &[Tile],
    ) -> Result<SessionSteps<'a>, Error> {
        let mut steps = SessionSteps {
            model,
            session,
            positions: Vec::new(),
        };
        if steps.keeps_maps() {
            let size = |tile: &Tile| TileSize {
                width: tile.width,
                height: tile.height,
            };
            let sizes: Vec<TileSize> = tiles.iter().map(size).collect();
            steps.evaluate(|session| session.begin(&sizes))?;
        }
        Ok(steps)
    }

    /// Whether steps have to be evaluated one after the other.
    pub(crate) fn keeps_maps(&self) -> bool {
        self.model.spec().maps != KeptMaps::None
    }

    /// Begins step `t`, which follows step `t − 1`. With a row pass, a row is complete before the first step of the
    /// next one.
    pub(crate) fn start(&mut self, t: usize) -> Result<(), Error> {
        let spec = self.model.spec();
        let starts_row = t > 0 && t.is_multiple_of(spec.shear);
        if spec.maps == KeptMaps::PixelAndRow && starts_row {
            let row = t / spec.shear - 1;
            return self.evaluate(|session| session.finish_row(row));
        }
        Ok(())
    }

    /// Tells which pixels of step `t` the lanes are.
    pub(crate) fn locate(&mut self, t: usize, rows: &[TileRow]) -> Result<(), Error> {
        if !self.keeps_maps() {
            return Ok(());
        }
        let shear = self.model.spec().shear;
        let positions = rows.iter().map(|&(tile, row)| LanePosition {
            tile: tile as usize,
            y: row as usize,
            x: t - shear * row as usize,
        });
        self.positions.clear();
        self.positions.extend(positions);
        let located = self.session.locate(&self.positions);
        located.map_err(|source| self.model.failed(source))
    }

    /// Calls the session, and names the model in its error.
    pub(crate) fn evaluate(
        &mut self,
        call: impl FnOnce(&mut dyn Session) -> Result<(), PredictorError>,
    ) -> Result<(), Error> {
        call(self.session).map_err(|source| self.model.failed(source))
    }
}
