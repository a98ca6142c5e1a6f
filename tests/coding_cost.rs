//! Is the coder honest? Payload bytes against the network's own cross-entropy.
//!
//! The context features and symbols are computed here once more, straight from the words of `docs/model.md`, so the test also
//! says that the codec asks the network what the document says it asks.

mod harness;

use harness::{fixtures, photo};
use pxc_codec::entropy::frequencies::EXP2;
use pxc_codec::{CodingMethod, ColorType, Image, ModelSpec, Predictor, Tiling};
use pxc_runtime::{Backend, CompressOptions, Engine, Registry};

/// Largest part of the payload that may be overhead, in thousandths.
const OVERHEAD_PER_MILLE: f64 = 1.0;

#[test]
fn payload_is_the_cross_entropy_of_the_network() {
    let engine = Engine::new(
        Registry::with_directory(Some(fixtures().join("models"))),
        Backend::Tract,
    );
    for (name, color) in [
        ("tiny-gray", ColorType::Gray),
        ("tiny-rgb", ColorType::Rgb),
        ("tiny-int8", ColorType::Rgb),
    ] {
        let model = engine.registry().by_name(name).expect("a fixture model");
        let predictor = engine.predictor(&model).expect("a backend");
        let image = photo(230, 170, color);
        let options = CompressOptions::default()
            .with_model(name)
            .with_tiling(Tiling::whole(image.width(), image.height()))
            .with_method(CodingMethod::Network);
        let (_, stats) = engine
            .compress(&image, &options)
            .expect("a compressed image");
        let payload = stats.groups[0].color_bytes as f64;
        let ideal = cross_entropy(predictor.as_ref(), &image) / 8.0;
        let overhead = (payload - ideal) / ideal * 1000.0;
        println!(
            "{name}: payload {payload} bytes, cross-entropy {ideal:.1} bytes, overhead {overhead:+.3} ‰"
        );
        assert!(
            overhead.abs() <= OVERHEAD_PER_MILLE,
            "{name}: overhead {overhead:.3} ‰"
        );
    }
}

/// Bits that the network's distributions need for the whole image as one tile.
fn cross_entropy(predictor: &dyn Predictor, image: &Image) -> f64 {
    let spec = predictor.spec();
    let channels = spec.channels();
    let mut session = predictor.session().expect("a session");
    let mut bits = 0.0;
    for y in 0..image.height() as i32 {
        let lanes = image.width() as usize;
        let mut context = vec![0i16; spec.features() * lanes];
        let mut own = vec![0i16; (channels - 1) * lanes];
        let mut symbols = vec![0u8; channels * lanes];
        for x in 0..lanes {
            let pixel = Pixel::new(image, spec, y, x as i32);
            scatter(&pixel.features(), &mut context, lanes, x);
            scatter(&pixel.own(), &mut own, lanes, x);
            scatter(&pixel.symbols(), &mut symbols, lanes, x);
        }
        let mut logits = vec![0u8; channels * 256 * lanes];
        session
            .all_logits(lanes, &context, &own, &mut logits)
            .expect("logits");
        for (channel, logits) in logits.chunks_exact(256 * lanes).enumerate() {
            for lane in 0..lanes {
                bits += cost(logits, lanes, lane, symbols[channel * lanes + lane]);
            }
        }
    }
    bits
}

fn scatter<T: Copy>(values: &[T], rows: &mut [T], lanes: usize, lane: usize) {
    for (row, &value) in values.iter().enumerate() {
        rows[row * lanes + lane] = value;
    }
}

/// Bits of a symbol of frequency `EXP2[logit]`.
fn cost(logits: &[u8], lanes: usize, lane: usize, symbol: u8) -> f64 {
    let frequency = |value: usize| f64::from(EXP2[usize::from(logits[value * lanes + lane])]);
    let total: f64 = (0..256).map(frequency).sum();
    (total / frequency(usize::from(symbol))).log2()
}

/// A pixel and its neighbours, as `docs/model.md` sees them.
struct Pixel<'a> {
    image: &'a Image,
    spec: &'a ModelSpec,
    y: i32,
    x: i32,
    bases: Vec<i32>,
}

impl<'a> Pixel<'a> {
    fn new(image: &'a Image, spec: &'a ModelSpec, y: i32, x: i32) -> Pixel<'a> {
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

    fn features(&self) -> Vec<i16> {
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

    fn own(&self) -> Vec<i16> {
        (0..self.spec.channels() - 1)
            .map(|channel| self.difference(channel) as i16)
            .collect()
    }

    fn symbols(&self) -> Vec<u8> {
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
