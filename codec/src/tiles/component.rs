//! The components of a pixel, colour and alpha, and how they get out of an image and back (`docs/format.md`, *Groups*).
//!
//! In: the samples of an image and a rectangle. Out: the samples of one component, and the reverse.

use std::ops::Range;

use crate::image::sample_format::{ColorType, SampleFormat};
use crate::tiles::rect::Rect;

/// Colour planes, the alpha plane, or all of them together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Component {
    Color,
    Alpha,
    All,
}

impl Component {
    /// Which samples of a pixel belong to it.
    fn samples(self, color: ColorType) -> Range<usize> {
        match self {
            Component::Color => 0..color.color_planes(),
            Component::Alpha => color.color_planes()..color.channels(),
            Component::All => 0..color.channels(),
        }
    }

    /// The index of its first sample in a pixel.
    pub(crate) fn first_plane(self, color: ColorType) -> usize {
        self.samples(color).start
    }

    /// Samples per pixel.
    pub(crate) fn planes(self, color: ColorType) -> usize {
        self.samples(color).len()
    }

    /// Which bytes of a pixel belong to it.
    fn bytes(self, format: SampleFormat) -> Range<usize> {
        let (samples, bytes) = (self.samples(format.color), format.depth.sample_bytes());
        samples.start * bytes..samples.end * bytes
    }

    /// Copies the component of a rectangle out of an image of `width` columns: interleaved, row after row.
    pub(crate) fn extract(
        self,
        format: SampleFormat,
        samples: &[u8],
        width: usize,
        rect: Rect,
    ) -> Vec<u8> {
        let own = self.bytes(format);
        let mut out = Vec::with_capacity(rect.pixels() * own.len());
        for row in rows(format, width, rect) {
            for pixel in samples[row].chunks_exact(format.pixel_bytes()) {
                out.extend_from_slice(&pixel[own.clone()]);
            }
        }
        out
    }

    /// Puts the samples back that [`extract`](Component::extract) took, as far as they lie in `window`, the rectangle
    /// of the image that `samples` holds.
    pub(crate) fn insert(
        self,
        format: SampleFormat,
        component: &[u8],
        rect: Rect,
        samples: &mut [u8],
        window: Rect,
    ) {
        let Some(part) = rect.intersection(&window) else {
            return;
        };
        let own = self.bytes(format);
        for y in part.y..part.y + part.height {
            let source = (y - rect.y) * rect.width + part.x - rect.x;
            let target = (y - window.y) * window.width + part.x - window.x;
            let pixels = component[source * own.len()..].chunks_exact(own.len());
            let targets =
                samples[target * format.pixel_bytes()..].chunks_exact_mut(format.pixel_bytes());
            for (target, pixel) in targets.zip(pixels).take(part.width) {
                target[own.clone()].copy_from_slice(pixel);
            }
        }
    }
}

fn rows(format: SampleFormat, width: usize, rect: Rect) -> impl Iterator<Item = Range<usize>> {
    let bytes = format.pixel_bytes();
    (rect.y..rect.y + rect.height).map(move |y| {
        let start = (y * width + rect.x) * bytes;
        start..start + rect.width * bytes
    })
}
