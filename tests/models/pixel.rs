//! Context features and symbols of a pixel, computed independently from the text of `docs/model.md`.
//!
//! So a test that uses them also shows that the codec gives the network the inputs that the document describes.

use pxc_codec::{Image, ModelSpec};

/// A pixel and its neighbours, as `docs/model.md` sees them.
pub(crate) struct Pixel<'a> {
    image: &'a Image,
    spec: &'a ModelSpec,
    y: i32,
    x: i32,
    bases: Vec<i32>,
}

impl<'a> Pixel<'a> {
    pub(crate) fn new(image: &'a Image, spec: &'a ModelSpec, y: i32, x: i32) -> Pixel<'a> {
        let mut pixel = Pixel {
            image,
            spec,
            y,
            x,
            bases: Vec::new(),
        };
        pixel.bases = (0..spec.channels())
            .map(|channel| pixel.base(channel))
            .collect();
        pixel
    }

    /// The sample at an offset, or `None` outside the image.
    fn sample(&self, channel: usize, dy: i32, dx: i32) -> Option<i32> {
        let (y, x) = (self.y + dy, self.x + dx);
        let inside = (0..self.image.height() as i32).contains(&y)
            && (0..self.image.width() as i32).contains(&x);
        inside.then(|| {
            let at = (y as usize * self.image.width() as usize + x as usize)
                * self.image.color().channels();
            i32::from(self.image.samples()[at + self.spec.order[channel]])
        })
    }

    fn base(&self, channel: usize) -> i32 {
        let at = |dy, dx| self.sample(channel, dy, dx);
        match (at(0, -1), at(-1, 0), at(-1, -1)) {
            (Some(w), Some(n), Some(nw)) if nw >= w.max(n) => w.min(n),
            (Some(w), Some(n), Some(nw)) if nw <= w.min(n) => w.max(n),
            (Some(w), Some(n), Some(nw)) => w + n - nw,
            (Some(w), _, _) => w,
            (None, Some(n), _) => n,
            (None, None, _) => 128,
        }
    }

    pub(crate) fn features(&self) -> Vec<i16> {
        let channels = 0..self.spec.channels();
        let differences = self.spec.taps.iter().flat_map(|tap| {
            let difference = |channel: usize| {
                self.sample(channel, tap.dy, tap.dx)
                    .unwrap_or(self.bases[channel])
                    - self.bases[channel]
            };
            channels.clone().map(difference).collect::<Vec<_>>()
        });
        let bases = self.bases.iter().map(|base| base - 128);
        differences
            .chain(bases)
            .map(|feature| feature as i16)
            .collect()
    }

    fn difference(&self, channel: usize) -> i32 {
        self.sample(channel, 0, 0).expect("the pixel itself") - self.bases[channel]
    }

    pub(crate) fn own(&self) -> Vec<i16> {
        (0..self.spec.channels() - 1)
            .map(|channel| self.difference(channel) as i16)
            .collect()
    }

    pub(crate) fn symbols(&self) -> Vec<u8> {
        let prediction = |channel: usize| match channel {
            0 => self.bases[0],
            1 => self.bases[1] + self.difference(0),
            _ => self.bases[2] + ((self.difference(0) + self.difference(1)) >> 1),
        };
        let symbol = |channel: usize| {
            let value = self.bases[channel] + self.difference(channel);
            (value - prediction(channel).clamp(0, 255)).rem_euclid(256) as u8
        };
        (0..self.spec.channels()).map(symbol).collect()
    }
}
