//! A predictor without a network: its logits hash the context, so that any difference between the encoder's and the
//! decoder's contexts ruins the round trip.

use std::sync::Arc;

use pxc_codec::{ModelId, ModelSpec, Predictor, PredictorError, Resolve, Session, Tap};

/// A model of photos.
pub struct HashingModel {
    id: ModelId,
    name: Option<&'static str>,
    spec: ModelSpec,
}

impl HashingModel {
    /// A model of shear 2.
    pub fn new(channels: usize) -> HashingModel {
        HashingModel::with_shear(channels, 2)
    }

    /// A model of 1 or 3 channels with some shear.
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
            name: None,
            id: ModelId([channels as u8, shear as u8, 3, 4, 5, 6, 7, 8]),
            spec: ModelSpec::photo(order, taps, shear),
        }
    }
}

impl HashingModel {
    /// Gives the model a name, which files store.
    pub fn called(self, name: &'static str) -> HashingModel {
        let name = Some(name);
        HashingModel { name, ..self }
    }
}

/// Finds the hashing models of shear 1 to 3, for [`pxc_codec::decode`].
pub fn resolve(id: ModelId) -> Result<Option<Arc<dyn Predictor>>, PredictorError> {
    let known = [1, 3]
        .iter()
        .flat_map(|&k| (1..4).map(move |s| HashingModel::with_shear(k, s)));
    let found = known.into_iter().find(|model| model.id == id);
    Ok(found.map(|model| Arc::new(model) as Arc<dyn Predictor>))
}

/// Finds no model, for [`pxc_codec::decode`].
pub const NO_MODEL: Resolve<'static> = &|_| Ok(None);

impl Predictor for HashingModel {
    fn id(&self) -> ModelId {
        self.id
    }

    fn name(&self) -> Option<&str> {
        self.name
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

/// Writes logits with a peak at 0, and noise from the hash.
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
