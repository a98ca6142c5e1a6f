//! Tells a session that keeps maps what it evaluates: tiles, the pixels of a step, complete rows (`docs/format.md`,
//! *Wavefront order*). The encoder and the decoder tell the same.

use crate::error::Error;
use crate::model::fitted::Model;
use crate::model::predictor::{KeptMaps, LanePlace, Session, TileSize};
use crate::tiles::tile::Tile;

/// Tile and row of a lane.
pub(crate) type TileRow = (u32, u32);

/// What a session is told, when its model keeps maps.
pub(crate) struct LaneTeller<'a> {
    model: &'a Model<'a>,
    places: Vec<LanePlace>,
}

impl<'a> LaneTeller<'a> {
    /// Begins a component.
    pub(crate) fn begin(
        model: &'a Model<'a>,
        session: &mut dyn Session,
        tiles: &[Tile],
    ) -> Result<LaneTeller<'a>, Error> {
        let teller = LaneTeller {
            model,
            places: Vec::new(),
        };
        if teller.keeps_maps() {
            let size = |tile: &Tile| TileSize {
                width: tile.width,
                height: tile.height,
            };
            let sizes: Vec<TileSize> = tiles.iter().map(size).collect();
            let begun = session.begin(&sizes);
            begun.map_err(|source| model.failed(source))?;
        }
        Ok(teller)
    }

    /// Whether steps have to be evaluated one after the other.
    pub(crate) fn keeps_maps(&self) -> bool {
        self.model.spec().maps != KeptMaps::None
    }

    /// Begins step `t`, which follows step `t − 1`. With a row pass, a row is complete before the first step of the next one.
    pub(crate) fn start(&self, session: &mut dyn Session, t: usize) -> Result<(), Error> {
        let spec = self.model.spec();
        let starts_row = t > 0 && t.is_multiple_of(spec.shear);
        if spec.maps == KeptMaps::PixelAndRow && starts_row {
            let finished = session.finish_row(t / spec.shear - 1);
            return finished.map_err(|source| self.model.failed(source));
        }
        Ok(())
    }

    /// Says which pixels of step `t` the lanes are.
    pub(crate) fn locate(
        &mut self,
        session: &mut dyn Session,
        t: usize,
        rows: &[TileRow],
    ) -> Result<(), Error> {
        if !self.keeps_maps() {
            return Ok(());
        }
        let shear = self.model.spec().shear;
        let places = rows.iter().map(|&(tile, row)| LanePlace {
            tile: tile as usize,
            y: row as usize,
            x: t - shear * row as usize,
        });
        self.places.clear();
        self.places.extend(places);
        let located = session.locate(&self.places);
        located.map_err(|source| self.model.failed(source))
    }
}
