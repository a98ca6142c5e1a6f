//! A predictor without a network: its logits hash the context, so that any difference between the encoder's and the decoder's
//! contexts ruins the round trip. Also the pictures that the tests code.

#![allow(dead_code, unreachable_pub)]

use std::sync::Arc;

use pxc_codec::{
    ColorType, Image, ModelId, ModelSpec, Predictor, PredictorError, Resolve, Session, Tap,
};

pub const COLOR_TYPES: [ColorType; 4] = [
    ColorType::Gray,
    ColorType::GrayAlpha,
    ColorType::Rgb,
    ColorType::Rgba,
];

pub struct HashingModel {
    id: ModelId,
    spec: ModelSpec,
}

impl HashingModel {
    pub fn new(channels: usize) -> HashingModel {
        HashingModel::with_shear(channels, 2)
    }

    pub fn with_shear(channels: usize, shear: usize) -> HashingModel {
        let mut taps: Vec<Tap> = (1..4).map(|dx| Tap { dy: 0, dx: -dx }).collect();
        for dy in 1..4 {
            let right = shear as i32 * dy - 1;
            taps.extend((-3..=right).map(|dx| Tap { dy: -dy, dx }));
        }
        let order = if channels == 3 {
            vec![1, 0, 2]
        } else {
            vec![0]
        };
        HashingModel {
            id: ModelId([channels as u8, shear as u8, 3, 4, 5, 6, 7, 8]),
            spec: ModelSpec::photo(order, taps, shear),
        }
    }
}

/// For [`pxc_codec::decode`]: knows the hashing models of shear 1 to 3.
pub fn resolve(id: ModelId) -> Result<Option<Arc<dyn Predictor>>, PredictorError> {
    let known = [1, 3]
        .iter()
        .flat_map(|&k| (1..4).map(move |s| HashingModel::with_shear(k, s)));
    let found = known.into_iter().find(|model| model.id == id);
    Ok(found.map(|model| Arc::new(model) as Arc<dyn Predictor>))
}

/// For [`pxc_codec::decode`]: knows no model.
pub const NO_MODEL: Resolve<'static> = &|_| Ok(None);

impl Predictor for HashingModel {
    fn id(&self) -> ModelId {
        self.id
    }

    fn spec(&self) -> &ModelSpec {
        &self.spec
    }

    fn session(&self) -> Result<Box<dyn Session + '_>, PredictorError> {
        Ok(Box::new(HashingSession {
            model: self,
            hashes: Vec::new(),
        }))
    }
}

struct HashingSession<'a> {
    model: &'a HashingModel,
    hashes: Vec<u64>,
}

fn mix(hash: u64, value: i16) -> u64 {
    assert!(
        (-255..=255).contains(&value),
        "a feature outside its range: {value}"
    );
    (hash ^ value as u16 as u64)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .rotate_left(23)
}

fn mix_rows(hashes: &mut [u64], rows: &[i16]) {
    for row in rows.chunks_exact(hashes.len()) {
        hashes
            .iter_mut()
            .zip(row)
            .for_each(|(hash, &value)| *hash = mix(*hash, value));
    }
}

/// Peaked at 0, with noise from the hash.
fn write_logits(hashes: &[u64], logits: &mut [u8]) {
    for (symbol, row) in logits.chunks_exact_mut(hashes.len()).enumerate() {
        let distance = (symbol as u8 as i8).unsigned_abs() as u64;
        for (logit, &hash) in row.iter_mut().zip(hashes) {
            let noise = hash.rotate_left(symbol as u32) & 31;
            *logit = (200 - distance + noise) as u8;
        }
    }
}

impl Session for HashingSession<'_> {
    fn all_logits(
        &mut self,
        lanes: usize,
        context: &[i16],
        own: &[i16],
        logits: &mut [u8],
    ) -> Result<(), PredictorError> {
        let channels = self.model.spec.channels();
        assert_eq!(own.len(), (channels - 1) * lanes);
        assert_eq!(logits.len(), channels * 256 * lanes);
        let (first, rest) = logits.split_at_mut(256 * lanes);
        self.first_logits(lanes, context, first)?;
        for (own, logits) in own
            .chunks_exact(lanes)
            .zip(rest.chunks_exact_mut(256 * lanes))
        {
            self.next_logits(own, logits)?;
        }
        Ok(())
    }

    fn first_logits(
        &mut self,
        lanes: usize,
        context: &[i16],
        logits: &mut [u8],
    ) -> Result<(), PredictorError> {
        assert_eq!(context.len(), self.model.spec.features() * lanes);
        assert_eq!(logits.len(), 256 * lanes);
        self.hashes.clear();
        self.hashes.resize(lanes, 1);
        mix_rows(&mut self.hashes, context);
        write_logits(&self.hashes, logits);
        Ok(())
    }

    fn next_logits(&mut self, own: &[i16], logits: &mut [u8]) -> Result<(), PredictorError> {
        assert_eq!(own.len(), self.hashes.len());
        mix_rows(&mut self.hashes, own);
        write_logits(&self.hashes, logits);
        Ok(())
    }
}

/// Makes an image from a function of column, row and channel.
pub fn draw(
    width: u32,
    height: u32,
    color: ColorType,
    mut sample: impl FnMut(u32, u32, u32) -> u8,
) -> Image {
    let mut samples = Vec::new();
    for y in 0..height {
        for x in 0..width {
            samples.extend((0..color.channels() as u32).map(|channel| sample(x, y, channel)));
        }
    }
    Image::new(width, height, color, samples).expect("the sample count is right")
}

pub fn constant(width: u32, height: u32, color: ColorType) -> Image {
    draw(width, height, color, |_, _, channel| {
        200 - 60 * channel as u8
    })
}

pub fn gradient(width: u32, height: u32, color: ColorType) -> Image {
    draw(width, height, color, |x, y, channel| {
        ((x * (channel + 1) + y * 3) / 2) as u8
    })
}

pub fn noise(width: u32, height: u32, color: ColorType) -> Image {
    let mut state = u64::from(width) << 32 | u64::from(height);
    draw(width, height, color, |_, _, _| {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (state >> 56) as u8
    })
}

/// Flat areas with sharp edges and one speckle in 64, like a drawing.
pub fn drawing(width: u32, height: u32, color: ColorType) -> Image {
    draw(width, height, color, |x, y, channel| {
        let area = x / 9 % 3 + y / 7 % 2 * 3;
        let speckle = (x * 7 + y * 13) % 64 == 0;
        (area * 40 + channel * 9) as u8 ^ if speckle { 0x55 } else { 0 }
    })
}
