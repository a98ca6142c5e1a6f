//! Crops to integer features: the plain, pixel-by-pixel form of `docs/model.md`, *Context* and *Prediction*.

use pxc_codec::model::prediction::{OUTSIDE, base, carry};

use crate::data::crop::Crop;
use crate::photo::config::PhotoConfig;

/// The features and symbols of many pixels, all integers carried in float32.
#[derive(Default)]
pub struct Examples {
    /// Pixels.
    pub pixels: usize,
    /// `pixels × F` context features.
    pub context: Vec<f32>,
    /// The differences `x_k − base_k` of the pixels, for each channel but the last.
    pub own: Vec<Vec<f32>>,
    /// The symbols 0..255 of the pixels, for each channel.
    pub symbols: Vec<Vec<u32>>,
}

impl Examples {
    /// Starts without pixels, for a network of `channels` channels.
    pub fn new(channels: usize) -> Self {
        Self {
            own: vec![Vec::new(); channels - 1],
            symbols: vec![Vec::new(); channels],
            ..Self::default()
        }
    }

    /// Appends the pixels of `crop` inside its margins.
    pub fn push_crop(&mut self, crop: &Crop, network: &PhotoConfig, taps: &[(i32, i32)]) {
        debug_assert_eq!(crop.channels, network.channels());
        for y in crop.top..crop.height {
            for x in crop.margin..crop.width - crop.margin {
                self.push_pixel(crop, taps, y, x);
            }
        }
    }

    fn push_pixel(&mut self, crop: &Crop, taps: &[(i32, i32)], y: usize, x: usize) {
        let channels = crop.channels;
        let mut bases = [0_i16; 3];
        for (c, base) in bases[..channels].iter_mut().enumerate() {
            *base = sample_base(crop, y, x, c);
        }
        for &(dy, dx) in taps {
            let (ny, nx) = (y as i32 + dy, x as i32 + dx);
            if ny < 0 || nx < 0 || nx >= crop.width as i32 {
                self.context.extend(std::iter::repeat_n(0.0, channels));
                continue;
            }
            let start = (ny as usize * crop.width + nx as usize) * channels;
            let neighbour = &crop.samples[start..start + channels];
            let differences = neighbour.iter().zip(bases);
            self.context
                .extend(differences.map(|(&n, b)| f32::from(i16::from(n) - b)));
        }
        self.context
            .extend(bases[..channels].iter().map(|b| f32::from(b - 128)));
        self.push_symbols(crop, &bases, (y * crop.width + x) * channels);
        self.pixels += 1;
    }

    fn push_symbols(&mut self, crop: &Crop, bases: &[i16; 3], start: usize) {
        let mut own = [0_i16; 3];
        for c in 0..crop.channels {
            let sample = crop.samples[start + c];
            let prediction = carry(c, bases[c], [own[0], own[1]]);
            own[c] = i16::from(sample) - bases[c];
            self.symbols[c].push(u32::from(sample.wrapping_sub(prediction)));
            if c + 1 < crop.channels {
                self.own[c].push(f32::from(own[c]));
            }
        }
    }
}

/// The base of one sample, from the codec's median edge detector.
fn sample_base(crop: &Crop, y: usize, x: usize, c: usize) -> i16 {
    let at = |up: usize, left: usize| match (y.checked_sub(up), x.checked_sub(left)) {
        (Some(y), Some(x)) => i16::from(crop.samples[(y * crop.width + x) * crop.channels + c]),
        _ => OUTSIDE,
    };
    base(at(0, 1), at(1, 0), at(1, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn second_pixel_of_a_row_is_predicted_from_the_first() {
        let network = PhotoConfig::photo(3);
        let crop = Crop {
            width: 2,
            height: 1,
            channels: 3,
            samples: vec![10, 20, 30, 13, 19, 40],
            margin: 0,
            top: 0,
        };
        let mut examples = Examples::new(3);
        examples.push_crop(&crop, &network, &network.taps());
        assert_eq!(examples.own[0], [10.0 - 128.0, 3.0]);
        // e0 = 3, so channel 1 is predicted as 20 + 3; e1 = −1, so channel 2 as 30 + (3 − 1) / 2.
        assert_eq!(examples.symbols[1][1], (19_i32 - 23).rem_euclid(256) as u32);
        assert_eq!(examples.symbols[2][1], 40 - 31);
        assert_eq!(examples.context.len(), 2 * network.features());
    }
}
