//! Measures a network in the paper's units: nats per image and bits per dimension.

use crate::data::image_sets::ImageSet;
use crate::error::Result;
use crate::kernels::lstm::arithmetic::Arithmetic;
use crate::kernels::pointwise::symbol_bits::symbol_bits;
use crate::paper::network::image_batch::ImageBatch;
use crate::paper::network::paper_network::PaperNetwork;
use crate::paper::network::rounding::RoundedPaperNetwork;

/// Images evaluated together.
const BATCH: usize = 32;

/// A measured code length.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Measured {
    /// The sum of the ideal code lengths in bits.
    pub bits: f64,
    /// Images measured.
    pub images: usize,
    /// Sub-pixels in them.
    pub dimensions: usize,
}

impl Measured {
    /// Nats per image.
    pub fn nats_per_image(self) -> f64 {
        self.bits * std::f64::consts::LN_2 / self.images.max(1) as f64
    }

    /// Bits per dimension (sub-pixel).
    pub fn bits_per_dimension(self) -> f64 {
        self.bits / self.dimensions.max(1) as f64
    }
}

/// Measures the code length of all images. Calls `count` with the number of images measured since its last call.
pub fn measure(
    network: &PaperNetwork,
    images: &ImageSet,
    arithmetic: Arithmetic,
    mut count: impl FnMut(usize),
) -> Result<Measured> {
    let rounded = match arithmetic {
        Arithmetic::Real => None,
        Arithmetic::Integer => Some(network.rounded()?),
    };
    let mut total = Measured::default();
    for first in (0..images.len()).step_by(BATCH) {
        let last = (first + BATCH).min(images.len());
        let batch: Vec<&[u8]> = (first..last).map(|index| images.get(index)).collect();
        let batch = ImageBatch::new(&network.config, &batch, network.device())?;
        total.bits += match &rounded {
            None => real_bits(network, &batch)?,
            Some(rounded) => integer_bits(network, rounded, &batch)?,
        };
        total.images += last - first;
        total.dimensions += batch.coded_pixels()? * network.config.channels();
        count(last - first);
    }
    Ok(total)
}

fn real_bits(network: &PaperNetwork, batch: &ImageBatch) -> Result<f64> {
    let lengths: Vec<f32> = network.code_lengths(batch)?.flatten_all()?.to_vec1()?;
    Ok(lengths.into_iter().map(f64::from).sum())
}

/// The code length that the codec's frequencies give the symbols that are not known beforehand.
fn integer_bits(
    network: &PaperNetwork,
    rounded: &RoundedPaperNetwork,
    batch: &ImageBatch,
) -> Result<f64> {
    let logits = network.integer_logits(batch, rounded)?;
    let coded = match &batch.coded {
        Some(coded) => coded.to_vec1::<f32>()?,
        None => vec![1.0; batch.extent.pixels()],
    };
    let levels = network.config.samples.levels();
    let mut bits = 0.0;
    let symbols: Vec<u32> = batch.symbols.to_vec1()?;
    for (channel, logits) in logits.iter().enumerate() {
        let logits = logits.flatten_all()?.to_vec1::<u8>()?;
        let symbols = symbols
            .iter()
            .skip(channel)
            .step_by(network.config.channels());
        let pixels = logits.chunks_exact(levels).zip(symbols).zip(&coded);
        for ((row, symbol), _) in pixels.filter(|(_, coded)| **coded == 1.0) {
            bits += symbol_bits(row, *symbol);
        }
    }
    Ok(bits)
}
