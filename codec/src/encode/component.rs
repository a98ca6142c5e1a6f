//! The components of a group, each with the method that makes it smallest, or with the requested method.
//!
//! In: the rectangles of a group's tiles. Out: a component, or colour and alpha, joint or apart.

use crate::coders::general;
use crate::coders::method::CodingMethod;
use crate::coders::network::encoder;
use crate::coders::network::options::NetworkOptions;
use crate::container::payload::{Coded, Payload};
use crate::encode::drawing::is_repetitive;
use crate::encode::plan::EncodePlan;
use crate::encode::streams::{adaptive, deep, general, smaller, stored};
use crate::error::Error;
use crate::model::fitted::LazySessions;
use crate::tiles::component::Component;
use crate::tiles::rect::Rect;
use crate::tiles::tile::Tile;
use crate::work_meter::WorkMeter;

/// The adaptive method, which learns faster, is tried on components of up to this many samples.
const TINY: usize = 1 << 13;
/// Colour and alpha of up to this many samples are coded jointly and apart; of more, apart only if the model may gain.
const SMALL_COMPONENT: usize = 1 << 18;

/// Encodes the components of one group.
pub(super) struct ComponentEncoder<'g, 'a, 'm> {
    pub(super) plan: &'g EncodePlan<'a>,
    pub(super) session: &'g mut LazySessions<'a>,
    pub(super) meter: &'g mut WorkMeter<'m>,
}

impl ComponentEncoder<'_, '_, '_> {
    /// The colour component.
    pub(super) fn color(&mut self, rects: &[Rect]) -> Result<Coded<Vec<u8>>, Error> {
        let mut tiles = self.tiles(Component::Color, rects);
        match self.plan.method {
            Some(method) => self.with_method(method, &mut tiles),
            None => self.smallest_color(&mut tiles),
        }
    }

    /// Colour and alpha in one stream, or apart where that is smaller.
    pub(super) fn color_and_alpha(&mut self, rects: &[Rect]) -> Result<Payload<Vec<u8>>, Error> {
        let pixels = rects.iter().map(Rect::pixels).sum::<usize>();
        let joint = match tries_joint(self.plan.method) {
            true => Some(self.joint(rects)?),
            false => None,
        };
        let samples = pixels * self.plan.image.color().channels();
        let joint = match joint {
            Some(joint)
                if samples > SMALL_COMPONENT
                    && self.plan.is_small_without_model(joint.sizes().0, samples) =>
            {
                return Ok(joint);
            }
            joint => joint,
        };
        let apart = Payload::Apart {
            color: self.color(rects)?,
            alpha: Some(self.alpha(rects)?),
        };
        let bytes = |payload: &Payload<Vec<u8>>| {
            payload.write().len() + self.plan.share_of_color_set(payload.methods().0, pixels)
        };
        let smaller = joint.filter(|joint| bytes(joint) <= bytes(&apart));
        Ok(smaller.unwrap_or(apart))
    }

    fn joint(&mut self, rects: &[Rect]) -> Result<Payload<Vec<u8>>, Error> {
        let tiles = self.tiles(Component::All, rects);
        Ok(Payload::Joint(general::encode(&tiles, self.meter)?))
    }

    fn alpha(&mut self, rects: &[Rect]) -> Result<Coded<Vec<u8>>, Error> {
        let mut tiles = self.tiles(Component::Alpha, rects);
        match self.plan.method {
            None | Some(CodingMethod::General | CodingMethod::Deep) => {
                self.smallest_without_model(&mut tiles)
            }
            Some(_) if !CodingMethod::Adaptive.codes(self.plan.image.format()) => {
                Ok(stored(&tiles))
            }
            Some(_) => Ok(smaller(stored(&tiles), adaptive(&mut tiles, self.meter)?)),
        }
    }

    /// Tries the general method first on what repeats itself, then the model, and then the general method on the rest
    /// if it may gain.
    fn smallest_color(&mut self, tiles: &mut [Tile]) -> Result<Coded<Vec<u8>>, Error> {
        let mut best = stored(tiles);
        if self.plan.model.is_none() || tiles.iter().any(is_repetitive) {
            if self.plan.model.is_some() {
                self.meter.expect_another_pass();
            }
            best = self.smallest_without_model(tiles)?;
        }
        if self
            .plan
            .is_small_without_model(best.bytes.len() as u64, samples(tiles))
        {
            return Ok(best);
        }
        let untried = best.method == CodingMethod::Stored;
        let network = self.with_method(self.plan.model_method, tiles)?;
        let pixels = tiles.iter().map(|tile| tile.width * tile.height).sum();
        let share = self.plan.share_of_color_set(network.method, pixels);
        if network.bytes.len() + share < best.bytes.len() {
            best = network;
        }
        // What a colour set saves, the general method would save, too.
        let limit = best.bytes.len() + self.plan.share_of_savings(pixels);
        if untried && self.may_gain_from_general(tiles, limit)? {
            best = smaller(best, self.smallest_without_model(tiles)?);
        }
        Ok(best)
    }

    /// Whether the general method may need no more than `limit` bytes.
    fn may_gain_from_general(&mut self, tiles: &[Tile], limit: usize) -> Result<bool, Error> {
        Ok(samples(tiles) <= TINY || general::estimate(tiles, self.meter)? <= limit)
    }

    /// The smallest form that needs no model.
    fn smallest_without_model(&mut self, tiles: &mut [Tile]) -> Result<Coded<Vec<u8>>, Error> {
        if CodingMethod::Deep.codes(self.plan.image.format()) {
            let best = smaller(stored(tiles), deep(tiles, self.meter)?);
            if samples(tiles) > SMALL_COMPONENT && !tiles.iter().any(is_repetitive) {
                return Ok(best);
            }
            self.meter.expect_another_pass();
            return Ok(smaller(best, general(tiles, self.meter)?));
        }
        let best = smaller(stored(tiles), general(tiles, self.meter)?);
        let codes = CodingMethod::Adaptive.codes(self.plan.image.format());
        match codes && samples(tiles) <= TINY {
            true => Ok(smaller(best, adaptive(tiles, self.meter)?)),
            false => Ok(best),
        }
    }

    fn with_method(
        &mut self,
        method: CodingMethod,
        tiles: &mut [Tile],
    ) -> Result<Coded<Vec<u8>>, Error> {
        match method {
            CodingMethod::Stored => Ok(stored(tiles)),
            CodingMethod::Adaptive => adaptive(tiles, self.meter),
            CodingMethod::General => general(tiles, self.meter),
            CodingMethod::Deep => deep(tiles, self.meter),
            CodingMethod::Network | CodingMethod::Refined | CodingMethod::Thorough => {
                self.network(method, tiles)
            }
            CodingMethod::Jpeg => Err(Error::MethodFormat {
                method,
                format: self.plan.image.format(),
            }),
        }
    }

    fn network(&mut self, method: CodingMethod, tiles: &[Tile]) -> Result<Coded<Vec<u8>>, Error> {
        let model = self
            .plan
            .model
            .as_ref()
            .ok_or(Error::NoPredictor { method })?;
        let options = NetworkOptions {
            method,
            color_set: self.plan.colors.as_ref().map(|colors| &colors.set),
        };
        let sessions = model.sessions(self.session)?;
        let bytes = encoder::encode(model, sessions, tiles, options, self.meter)?;
        Ok(Coded { method, bytes })
    }

    fn tiles(&self, component: Component, rects: &[Rect]) -> Vec<Tile> {
        let (image, width) = (self.plan.image, self.plan.image.width() as usize);
        let tile = |&rect: &Rect| Tile {
            width: rect.width,
            height: rect.height,
            planes: component.planes(image.color()),
            depth: image.depth(),
            samples: component.extract(image.format(), image.samples(), width, rect),
        };
        rects.iter().map(tile).collect()
    }
}

/// Whether colour and alpha are tried in one stream.
pub(super) fn tries_joint(method: Option<CodingMethod>) -> bool {
    matches!(method, None | Some(CodingMethod::General))
}

fn samples(tiles: &[Tile]) -> usize {
    tiles.iter().map(|tile| tile.samples.len()).sum()
}
