//! Which pixels of an image are wanted, and how much of a tile must be decoded to get them.

use crate::error::Error;
use crate::model::fitted::Model;
use crate::tiles::layout::Layout;
use crate::tiles::rect::Rect;

/// Which part of an image is wanted.
#[derive(Clone, Copy)]
pub(super) enum Wanted {
    /// All pixels.
    Image,
    /// The pixels of a rectangle inside the image.
    Region(Rect),
    /// The coarse images of the tiles, side by side.
    Thumbnail,
}

/// What is decoded and where it goes.
#[derive(Clone, Copy)]
pub(super) struct View {
    /// The pixels that are decoded.
    pub(super) window: Rect,
    /// For a thumbnail, the side of the blocks of which only the first pixel is wanted.
    pub(super) ratio: Option<usize>,
    /// Where the tiles, or their coarse images, are.
    pub(super) layout: Layout,
    /// The part of that layout that comes out.
    pub(super) target: Rect,
}

impl View {
    /// # Errors
    /// [`Error::NoThumbnail`] without a model of two scales.
    pub(super) fn new(
        wanted: Wanted,
        layout: Layout,
        model: Option<&Model<'_>>,
    ) -> Result<View, Error> {
        let window = match wanted {
            Wanted::Image => layout.whole(),
            Wanted::Region(region) => region,
            Wanted::Thumbnail => {
                let ratio = model.and_then(|model| model.spec().ratio);
                let ratio = ratio.ok_or(Error::NoThumbnail)?;
                let coarse = layout.coarse(ratio as u32);
                return Ok(View {
                    window: layout.whole(),
                    ratio: Some(ratio),
                    layout: coarse,
                    target: coarse.whole(),
                });
            }
        };
        Ok(View {
            window,
            ratio: None,
            layout,
            target: window,
        })
    }

    /// The rows of each tile that end with the last wanted pixel of the group, for a method that codes tile after tile.
    pub(super) fn rows(&self, tiles: &[Rect]) -> Vec<usize> {
        let parts = tiles.iter().map(|tile| tile.intersection(&self.window));
        let parts: Vec<Option<Rect>> = parts.collect();
        let last = parts.iter().rposition(Option::is_some);
        let rows = |(index, tile): (usize, &Rect)| match (last, parts[index]) {
            (Some(last), _) if index < last => tile.height,
            (_, Some(part)) => part.y + part.height - tile.y,
            _ => 0,
        };
        tiles.iter().enumerate().map(rows).collect()
    }

    /// The steps of the wavefront that end with the last wanted pixel of the group, for a method that codes its tiles
    /// side by side. A thumbnail needs none: the coarse images come before the first step.
    pub(super) fn steps(&self, model: &Model<'_>, tiles: &[Rect]) -> usize {
        if self.ratio.is_some() {
            return 0;
        }
        let steps = |tile: &Rect| {
            let part = tile.intersection(&self.window)?;
            let width = part.x + part.width - tile.x;
            let height = part.y + part.height - tile.y;
            Some(model.schedule.steps(width, height))
        };
        tiles.iter().filter_map(steps).max().unwrap_or(0)
    }
}
