//! A prediction from several predictors, each weighed by its errors nearby (`docs/format.md`, *General coder*, *Prediction*).

use super::around_tile::Near;

/// Predictors of a sample.
pub(crate) const PREDICTORS: usize = 11;
/// Predictors that need no other plane.
const ALONE: usize = 8;
/// Largest error that is told apart.
const MOST: u32 = u16::MAX as u32;

type Errors = [u16; PREDICTORS];

/// Errors of the predictors of one plane at the pixels of this row and the one above.
pub(crate) struct Blend {
    /// `errors[x + 1]` is of column x: of this row to the west of the current pixel, else of the row above.
    errors: Vec<Errors>,
    /// Of the pixel to the north-west, which this row has overwritten.
    north_west: Errors,
    guesses: [i32; PREDICTORS],
    used: usize,
}

/// One plane's samples around the current pixel.
#[derive(Clone, Copy)]
pub(crate) struct PlaneNear {
    pub(crate) w: i32,
    pub(crate) n: i32,
    pub(crate) nw: i32,
    pub(crate) ne: i32,
    pub(crate) ww: i32,
    pub(crate) nn: i32,
    pub(crate) nne: i32,
}

impl PlaneNear {
    pub(crate) fn of<const N: usize>(near: &Near<N>, plane: usize) -> PlaneNear {
        PlaneNear {
            w: near.w[plane].into(),
            n: near.n[plane].into(),
            nw: near.nw[plane].into(),
            ne: near.ne[plane].into(),
            ww: near.ww[plane].into(),
            nn: near.nn[plane].into(),
            nne: near.nne[plane].into(),
        }
    }

    fn median(&self) -> i32 {
        let (low, high) = (self.w.min(self.n), self.w.max(self.n));
        (self.w + self.n - self.nw).clamp(low, high)
    }
}

impl Blend {
    pub(crate) fn new() -> Blend {
        Blend {
            errors: Vec::new(),
            north_west: [0; PREDICTORS],
            guesses: [0; PREDICTORS],
            used: 0,
        }
    }

    pub(crate) fn start_tile(&mut self, width: usize) {
        self.errors.clear();
        self.errors.resize(width + 2, [0; PREDICTORS]);
    }

    /// The prediction for column `x`, in `0..=largest`. `before`: an earlier plane's sample and its neighbours.
    pub(crate) fn predict(
        &mut self,
        x: usize,
        near: &PlaneNear,
        before: Option<(i32, &PlaneNear)>,
        largest: i32,
    ) -> i32 {
        self.guess(near, before, largest);
        let [west, north, north_east] = [&self.errors[x], &self.errors[x + 1], &self.errors[x + 2]];
        let (mut sum, mut total) = (0u64, 0u64);
        for index in 0..self.used {
            let errors = [
                west[index],
                north[index],
                north_east[index],
                self.north_west[index],
            ];
            let error: u64 = errors.iter().map(|&error| u64::from(error)).sum::<u64>() + 1;
            let weight = (1 << 40) / (error * error);
            sum += weight * self.guesses[index] as u64;
            total += weight;
        }
        ((sum + total / 2) / total) as i32
    }

    fn guess(&mut self, near: &PlaneNear, before: Option<(i32, &PlaneNear)>, largest: i32) {
        let &PlaneNear {
            w,
            n,
            nw,
            ne,
            ww,
            nn,
            nne,
        } = near;
        let alone = [
            w,
            n,
            w + n - nw,
            near.median(),
            w + ne - n,
            n + ne - nne,
            2 * w - ww,
            2 * n - nn,
        ];
        self.guesses[..ALONE].copy_from_slice(&alone);
        self.used = ALONE;
        if let Some((sample, other)) = before {
            let along = [
                w + sample - other.w,
                n + sample - other.n,
                near.median() + sample - other.median(),
            ];
            self.guesses[ALONE..].copy_from_slice(&along);
            self.used = PREDICTORS;
        }
        for guess in &mut self.guesses[..self.used] {
            *guess = (*guess).clamp(0, largest);
        }
    }

    /// Learns how wrong the predictors were.
    pub(crate) fn note(&mut self, x: usize, sample: i32) {
        let mut errors = [0; PREDICTORS];
        for (error, guess) in errors.iter_mut().zip(&self.guesses[..self.used]) {
            *error = guess.abs_diff(sample).min(MOST) as u16;
        }
        self.store(x, errors);
    }

    /// The pixel of column `x` was known at once.
    pub(crate) fn skip(&mut self, x: usize) {
        self.store(x, [0; PREDICTORS]);
    }

    fn store(&mut self, x: usize, errors: Errors) {
        self.north_west = std::mem::replace(&mut self.errors[x + 1], errors);
        if x + 3 == self.errors.len() {
            self.errors[0] = [0; PREDICTORS];
            self.north_west = [0; PREDICTORS];
        }
    }
}
