//! One group: its payload in, the samples of its tiles out (`docs/format.md`, *Groups*). `encode/group.rs` is its
//! mirror image.

use std::sync::Mutex;

use crate::coders::adaptive;
use crate::coders::deep;
use crate::coders::failure::Failure;
use crate::coders::general;
use crate::coders::method::CodingMethod;
use crate::coders::network::decoder;
use crate::coders::network::options::NetworkOptions;
use crate::coders::stored;
use crate::color_set::set::ColorSet;
use crate::container::payload::{Coded, Payload};
use crate::decode::checks;
use crate::decode::plan::DecodePlan;
use crate::error::Error;
use crate::image::sample_format::BitDepth;
use crate::model::fitted::LazySessions;
use crate::stats::Times;
use crate::tiles::component::Component;
use crate::tiles::rect::Rect;
use crate::tiles::tile::Tile;
use crate::work_meter::{Monitor, WorkMeter};
use crate::workers::lock;

/// Decodes the groups of a file into an image.
pub(super) struct GroupDecoder<'p, 'a> {
    pub(super) bytes: &'p [u8],
    pub(super) plan: &'p DecodePlan<'a>,
    /// The colours that the model is restricted to.
    pub(super) colors: Option<&'p ColorSet>,
    /// The samples of the requested part.
    pub(super) samples: Mutex<Vec<u8>>,
    pub(super) monitor: &'p Monitor<'p>,
}

impl<'a> GroupDecoder<'_, 'a> {
    /// Decodes one group, whose tiles are `rects`.
    pub(super) fn decode(
        &self,
        session: &mut LazySessions<'a>,
        group: u64,
        rects: &[Rect],
    ) -> Result<Times, Error> {
        let header = self.plan.header;
        let content = |problem| Error::GroupContent {
            group,
            offset: header.groups[group as usize].offset,
            problem,
        };
        let payload = checks::payload(header, group, self.bytes)?;
        let payload = Payload::read(payload, header.color).map_err(content)?;
        let components: Vec<_> = payload.components().collect();
        let pixels = rects.iter().map(|rect| rect.pixels() as u64).sum();
        let mut meter = WorkMeter::new(self.monitor, pixels, components.len() as u64);
        for (component, coded) in components {
            let tiles = self.decode_component(session, component, coded, rects, &mut meter);
            let tiles = tiles.map_err(|failure| match failure {
                Failure::Content(problem) => content(problem),
                Failure::Error(error) => error,
            })?;
            self.insert(component, &tiles, group);
        }
        meter.finish()?;
        Ok(meter.times)
    }

    fn decode_component(
        &self,
        session: &mut LazySessions<'a>,
        component: Component,
        coded: Coded<&[u8]>,
        rects: &[Rect],
        meter: &mut WorkMeter<'_>,
    ) -> Result<Vec<Tile>, Failure> {
        let header = self.plan.header;
        let format = header.coded_format();
        let (planes, depth) = (component.planes(header.color), format.depth);
        let empty = |&rect: &Rect| Tile::empty(rect, planes, depth);
        let mut tiles: Vec<Tile> = rects.iter().map(empty).collect();
        if !coded.method.codes(format) {
            return Err(Failure::Content("the method cannot code the sample format"));
        }
        match coded.method {
            CodingMethod::Stored => {
                stored::decode(&mut tiles, coded.bytes).map_err(Failure::Content)?
            }
            CodingMethod::Adaptive => adaptive::decode(&mut tiles, coded.bytes, meter)?,
            CodingMethod::General => {
                let rows = self.plan.view.rows(rects);
                general::decode(&mut tiles, &rows, coded.bytes, meter)?;
            }
            CodingMethod::Deep => {
                let rows = self.plan.view.rows(rects);
                deep::decode(&mut tiles, &rows, coded.bytes, meter)?;
            }
            CodingMethod::Jpeg => {
                return Err(Failure::Content("no component can have this method"));
            }
            CodingMethod::Network | CodingMethod::Refined | CodingMethod::Thorough => {
                self.network(session, &mut tiles, rects, coded, meter)?;
            }
        }
        check_range(&tiles, depth)?;
        let tiles = match self.plan.view.ratio {
            Some(ratio) => tiles.iter().map(|tile| tile.coarse(ratio)).collect(),
            None => tiles,
        };
        self.samples(component, tiles)
    }

    /// The samples of tiles, which may have indices in the sample map.
    fn samples(&self, component: Component, tiles: Vec<Tile>) -> Result<Vec<Tile>, Failure> {
        let header = self.plan.header;
        let Some(map) = &header.sample_map else {
            return Ok(tiles);
        };
        let first = component.first_plane(header.color);
        let samples = tiles
            .iter()
            .map(|tile| map.samples(tile, first, header.bit_depth));
        let samples: Option<Vec<Tile>> = samples.collect();
        samples.ok_or(Failure::Content("a sample is not in the sample map"))
    }

    fn network(
        &self,
        session: &mut LazySessions<'a>,
        tiles: &mut [Tile],
        rects: &[Rect],
        coded: Coded<&[u8]>,
        meter: &mut WorkMeter<'_>,
    ) -> Result<(), Failure> {
        let missing = Failure::Content("a network component in a file without a model id");
        let model = self.plan.model.as_ref().ok_or(missing)?;
        if !model.serves(coded.method) {
            let problem = "a method that needs a prediction with a model whose symbols are samples";
            return Err(Failure::Content(problem));
        }
        let steps = self.plan.view.steps(model, rects);
        let options = NetworkOptions {
            method: coded.method,
            color_set: self.colors,
        };
        let sessions = model.sessions(session)?;
        decoder::decode(model, sessions, coded.bytes, tiles, steps, options, meter)
    }

    fn insert(&self, component: Component, tiles: &[Tile], group: u64) {
        let (format, view) = (self.plan.header.format(), &self.plan.view);
        let mut samples = lock(&self.samples);
        for (tile, rect) in tiles.iter().zip(view.layout.rects(group)) {
            component.insert(format, &tile.samples, rect, &mut samples, view.target);
        }
    }
}

/// Checks that no sample has more bits than the format.
fn check_range(tiles: &[Tile], depth: BitDepth) -> Result<(), Failure> {
    let largest = depth.largest().min(u8::MAX.into()) as u8;
    let fits = |tile: &Tile| tile.samples.iter().all(|&sample| sample <= largest);
    match tiles.iter().all(fits) {
        true => Ok(()),
        false => Err(Failure::Content("a sample has more bits than bit_depth")),
    }
}
