//! One group: its payload in, the samples of its tiles out (`docs/format.md`, *Groups*). `group_encoder.rs` is its mirror image.

use std::sync::Mutex;

use crate::coders::adaptive::Learned;
use crate::coders::failure::Failure;
use crate::coders::general;
use crate::coders::network::decoder;
use crate::coders::stored;
use crate::color_set::ColorSet;
use crate::container::payload::{Coded, Payload};
use crate::container::{CodingMethod, GroupEntry, Header};
use crate::entropy::bit_coder::InvalidStream;
use crate::entropy::range_coder::IntervalDecoder;
use crate::error::Error;
use crate::model::fitted::{Model, SessionSlot};
use crate::options::Times;
use crate::tiles::component::Component;
use crate::tiles::tile::Tile;
use crate::tiles::tiling::{Layout, Rect};
use crate::work_meter::{Monitor, WorkMeter};
use crate::workers::lock;

/// What is wanted of an image.
#[derive(Clone, Copy)]
pub(crate) struct View {
    /// The pixels that are decoded.
    pub(crate) window: Rect,
    /// Of tiles only the first pixels of the blocks of this side, if there is one.
    pub(crate) ratio: Option<usize>,
    /// Where the tiles, or what is wanted of them, are.
    pub(crate) layout: Layout,
    /// The part of that layout that comes out.
    pub(crate) target: Rect,
}

/// Decodes the groups of a file into an image.
pub(crate) struct GroupDecoder<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) header: &'a Header,
    pub(crate) model: Option<Model<'a>>,
    /// The colours that the coders that use the model are told.
    pub(crate) colors: Option<ColorSet>,
    pub(crate) view: View,
    /// The samples of what is wanted.
    pub(crate) samples: Mutex<Vec<u8>>,
    pub(crate) monitor: &'a Monitor<'a>,
}

impl<'a> GroupDecoder<'a> {
    /// Decodes one group, whose tiles are `rects`.
    pub(crate) fn decode(
        &self,
        session: &mut SessionSlot<'a>,
        group: u64,
        rects: &[Rect],
    ) -> Result<Times, Error> {
        let offset = self.header.groups[group as usize].offset;
        let content = |problem| Error::GroupContent {
            group,
            offset,
            problem,
        };
        let payload = self.payload(group)?;
        let payload = Payload::read(payload, self.header.color).map_err(content)?;
        let components: Vec<_> = payload.components().collect();
        let pixels = rects.iter().map(|rect| rect.pixels() as u64).sum();
        let mut meter = WorkMeter::new(self.monitor, pixels, components.len() as u64);
        for (component, coded) in components {
            let tiles = self.decode_component(session, component, coded, rects, &mut meter);
            let tiles = tiles.map_err(|failure| named(failure, content))?;
            self.insert(component, &tiles, group);
        }
        meter.finish()?;
        Ok(meter.times)
    }

    /// The payload of a group, checked against its checksum.
    fn payload(&self, group: u64) -> Result<&[u8], Error> {
        let entry = &self.header.groups[group as usize];
        let payload = entry
            .payload(self.bytes)
            .ok_or_else(|| truncated(group, entry, self.bytes))?;
        let (expected, found) = (entry.checksum, crc32fast::hash(payload));
        if expected != found {
            return Err(Error::GroupChecksum {
                group,
                offset: entry.offset,
                expected,
                found,
            });
        }
        Ok(payload)
    }

    fn decode_component(
        &self,
        session: &mut SessionSlot<'a>,
        component: Component,
        coded: Coded<&[u8]>,
        rects: &[Rect],
        meter: &mut WorkMeter<'_>,
    ) -> Result<Vec<Tile>, Failure> {
        let (planes, depth) = (component.planes(self.header.color), self.header.bit_depth);
        let mut tiles: Vec<Tile> = rects
            .iter()
            .map(|&rect| Tile::empty(rect, planes, depth))
            .collect();
        if !coded.coder.codes(self.header.format()) {
            return Err(Failure::Content("the coder cannot code the sample format"));
        }
        match coded.coder {
            CodingMethod::Stored => {
                stored::decode(&mut tiles, coded.bytes).map_err(Failure::Content)?
            }
            CodingMethod::Adaptive => adaptive(&mut tiles, coded.bytes)?,
            CodingMethod::General => {
                general::decode(&mut tiles, &self.rows(rects), coded.bytes, meter)?;
            }
            CodingMethod::Network | CodingMethod::Refined => {
                self.network(session, &mut tiles, rects, coded, meter)?;
            }
        }
        let largest = depth.largest().min(u8::MAX.into()) as u8;
        let fits = |tile: &Tile| tile.samples.iter().all(|&sample| sample <= largest);
        if !tiles.iter().all(fits) {
            return Err(Failure::Content("a sample has more bits than bit_depth"));
        }
        Ok(match self.view.ratio {
            Some(ratio) => tiles.iter().map(|tile| tile.coarse(ratio)).collect(),
            None => tiles,
        })
    }

    fn network(
        &self,
        session: &mut SessionSlot<'a>,
        tiles: &mut [Tile],
        rects: &[Rect],
        coded: Coded<&[u8]>,
        meter: &mut WorkMeter<'_>,
    ) -> Result<(), Failure> {
        let missing = Failure::Content("a network component in a file without a model id");
        let model = self.model.as_ref().ok_or(missing)?;
        if !model.serves(coded.coder) {
            let problem = "the coder refined with a model whose symbols are samples";
            return Err(Failure::Content(problem));
        }
        let steps = rects.iter().map(|rect| self.steps(model, rect));
        let steps = steps.max().unwrap_or(0);
        let part = decoder::Part {
            steps,
            refined: coded.coder == CodingMethod::Refined,
            colors: self.colors.as_ref(),
        };
        decoder::decode(
            model,
            model.sessions(session)?,
            coded.bytes,
            tiles,
            part,
            meter,
        )
    }

    /// Rows of each tile until the last wanted pixel of the group, tile after tile.
    fn rows(&self, rects: &[Rect]) -> Vec<usize> {
        let parts = rects
            .iter()
            .map(|tile| tile.intersection(&self.view.window));
        let parts: Vec<Option<Rect>> = parts.collect();
        let last = parts.iter().rposition(Option::is_some);
        let rows = |(index, tile): (usize, &Rect)| match (last, parts[index]) {
            (Some(last), _) if index < last => tile.height,
            (_, Some(part)) => part.y + part.height - tile.y,
            _ => 0,
        };
        rects.iter().enumerate().map(rows).collect()
    }

    /// Steps until the last wanted pixel of a tile; the coarse image takes none.
    fn steps(&self, model: &Model<'_>, tile: &Rect) -> usize {
        let part = tile.intersection(&self.view.window);
        let Some(part) = part.filter(|_| self.view.ratio.is_none()) else {
            return 0;
        };
        let width = part.x + part.width - tile.x;
        let height = part.y + part.height - tile.y;
        model.schedule.steps(width, height)
    }

    fn insert(&self, component: Component, tiles: &[Tile], group: u64) {
        let (format, view) = (self.header.format(), &self.view);
        let mut samples = lock(&self.samples);
        for (tile, rect) in tiles.iter().zip(view.layout.rects(group)) {
            component.insert(format, &tile.samples, rect, &mut samples, view.target);
        }
    }
}

fn named(problem: Failure, content: impl Fn(&'static str) -> Error) -> Error {
    match problem {
        Failure::Content(problem) => content(problem),
        Failure::Error(error) => error,
    }
}

fn adaptive(tiles: &mut [Tile], bytes: &[u8]) -> Result<(), InvalidStream> {
    match tiles.first().map(|tile| tile.planes) {
        Some(3) => adaptive_pixels::<3>(tiles, bytes),
        _ => adaptive_pixels::<1>(tiles, bytes),
    }
}

fn adaptive_pixels<const N: usize>(tiles: &mut [Tile], bytes: &[u8]) -> Result<(), InvalidStream> {
    let mut coder = IntervalDecoder::new(bytes);
    let mut learned = Learned::<N>::start(&mut coder, false)?;
    for tile in tiles {
        let (pixels, _) = tile.samples.as_chunks_mut();
        learned.code_tile(&mut coder, tile.width, pixels)?;
    }
    Ok(())
}

/// The error of a group whose payload is not all there.
pub(crate) fn truncated(group: u64, entry: &GroupEntry, bytes: &[u8]) -> Error {
    Error::GroupTruncated {
        group,
        offset: entry.offset,
        needed: entry.length,
        found: (bytes.len() as u64).saturating_sub(entry.offset),
    }
}
