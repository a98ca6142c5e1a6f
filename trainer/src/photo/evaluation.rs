//! Measures a network in the codec's unit: bits per sub-pixel.

use pxc_codec::EXP2;
use rayon::prelude::*;

use crate::data::crop::Crop;
use crate::data::photo::{Photo, to_gray};
use crate::error::Result;
use crate::kernels::pointwise::symbol_bits::symbol_bits;
use crate::photo::config::PhotoConfig;
use crate::photo::features::Examples;
use crate::photo::fused::pass::Pass;
use crate::photo::fused::step_weights::StepWeights;
use crate::photo::network::PhotoNetwork;

/// Pixels evaluated together.
const CHUNK_ROWS: usize = 64;

/// A measured code length.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct CodeLength {
    /// The sum of the ideal code lengths in bits.
    pub bits: f64,
    /// Sub-pixels coded.
    pub sub_pixels: u64,
}

impl CodeLength {
    /// Bits per sub-pixel.
    pub fn per_sub_pixel(self) -> f64 {
        self.bits / self.sub_pixels.max(1) as f64
    }
}

/// The central `side × side` pixels of a photo (all of it when `side` is 0), with the surroundings that exist.
pub fn central_crop(photo: &Photo, side: usize, config: &PhotoConfig) -> Crop {
    let gray;
    let photo = if config.channels() == 1 && photo.channels == 3 {
        gray = to_gray(photo);
        &gray
    } else {
        photo
    };
    let reach = config.reach as usize;
    let whole = side == 0 || photo.width < side + 2 * reach || photo.height < side + reach;
    let (width, height) = if whole {
        (photo.width, photo.height)
    } else {
        (side + 2 * reach, side + reach)
    };
    let (x0, y0) = ((photo.width - width) / 2, (photo.height - height) / 2);
    let mut samples = Vec::with_capacity(width * height * photo.channels);
    for y in y0..y0 + height {
        for x in x0..x0 + width {
            let pixel = &photo.samples[(y * photo.width + x) * photo.channels..];
            samples.extend(config.order.iter().map(|&plane| pixel[plane]));
        }
    }
    let (margin, top) = if whole { (0, 0) } else { (reach, reach) };
    Crop {
        width,
        height,
        channels: config.channels(),
        samples,
        margin,
        top,
    }
}

/// Measures the code length of all `crops`, with or without rounding, on all cores.
///
/// # Errors
/// When the network is not on the CPU.
pub fn evaluate(network: &PhotoNetwork, crops: &[Crop], rounds: bool) -> Result<CodeLength> {
    let taps = network.config.taps();
    let weights = StepWeights::new(network, rounds)?;
    let strips: Vec<Crop> = crops.iter().flat_map(strips).collect();
    let of_strip = |strip: &Crop| {
        let mut examples = Examples::new(strip.channels);
        examples.push_crop(strip, &network.config, &taps);
        let mut pass = Pass::new(network, &weights);
        let bits = match rounds {
            true => integer_bits(&pass.integer_logits(&examples), &examples.symbols),
            false => pass.code_length(&examples),
        };
        (bits, (examples.pixels * strip.channels) as u64)
    };
    let measured: Vec<_> = strips.par_iter().map(of_strip).collect();
    // Added in their order, so that the number of threads changes no bit.
    let mut total = CodeLength::default();
    for (bits, sub_pixels) in measured {
        total.bits += bits;
        total.sub_pixels += sub_pixels;
    }
    Ok(total)
}

/// Cuts a crop into strips that overlap by the rows their contexts reach.
fn strips(crop: &Crop) -> impl Iterator<Item = Crop> + '_ {
    let row = crop.width * crop.channels;
    (crop.top..crop.height)
        .step_by(CHUNK_ROWS)
        .map(move |start| {
            let end = (start + CHUNK_ROWS).min(crop.height);
            // Enough rows above for any context; a strip at the top of the crop keeps the edge.
            let first = start.saturating_sub(16);
            Crop {
                width: crop.width,
                height: end - first,
                channels: crop.channels,
                samples: crop.samples[first * row..end * row].to_vec(),
                margin: crop.margin,
                top: start - first,
            }
        })
}

/// The code length that the codec's frequencies give all symbols.
fn integer_bits(logits: &[Vec<u8>], symbols: &[Vec<u32>]) -> f64 {
    let mut bits = 0.0;
    for (logits, symbols) in logits.iter().zip(symbols) {
        for (row, &symbol) in logits.chunks_exact(EXP2.len()).zip(symbols) {
            bits += symbol_bits(row, symbol);
        }
    }
    bits
}
