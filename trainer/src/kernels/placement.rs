//! Where and in which form an operation on maps is computed, and the indices that composed forms gather by.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use candle_core::{Device, Result, Tensor};

use crate::kernels::extent::{Extent, Tap};
use crate::kernels::form::Form;
use crate::kernels::lstm::walk::Walk;

/// The pixels of a batch, and the form in which an operation computes them.
#[derive(Clone, Copy)]
pub(crate) struct Placement<'a> {
    pub(crate) form: Form,
    pub(crate) extent: Extent,
    pub(crate) indices: &'a Indices,
}

/// An order of pixels, and the way back: u32 indices on a device.
pub(crate) struct Gather {
    /// For each row of the result, the row that it comes from.
    pub(crate) there: Tensor,
    /// For each row of the origin, the rows of the result that came from it.
    pub(crate) back: Tensor,
}

/// What an order of pixels depends on.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Key {
    Taps(Extent, Vec<Tap>),
    Walk(Extent, Walk),
}

/// The orders of pixels made so far. Every step of a training needs the same few.
#[derive(Default)]
pub(crate) struct Indices(Mutex<HashMap<Key, Arc<Gather>>>);

impl Indices {
    /// The neighbours of every pixel at `taps`, pixel by pixel, in a map that has a row of zeros before its first
    /// pixel; and, in the map of these neighbours with such a row, where each pixel stands as a neighbour.
    pub(crate) fn of_taps(
        &self,
        extent: Extent,
        taps: &[Tap],
        device: &Device,
    ) -> Result<Arc<Gather>> {
        self.of_key(Key::Taps(extent, taps.to_vec()), device, || {
            let size = extent.pixels() * taps.len();
            let (mut there, mut back) = (vec![0; size], vec![0; size]);
            for (index, &tap) in taps.iter().enumerate() {
                for stretch in extent.stretches(tap) {
                    for (own, neighbour) in stretch.own.zip(stretch.neighbour) {
                        there[own * taps.len() + index] = neighbour as u32 + 1;
                        back[neighbour * taps.len() + index] =
                            (own * taps.len() + index) as u32 + 1;
                    }
                }
            }
            (there, back)
        })
    }

    /// The pixels in the order of a walk, step by step.
    pub(crate) fn of_walk(
        &self,
        extent: Extent,
        walk: Walk,
        device: &Device,
    ) -> Result<Arc<Gather>> {
        self.of_key(Key::Walk(extent, walk), device, || {
            let steps = 0..walk.steps(extent);
            let cells = steps.flat_map(|step| {
                let active = walk.active(extent, step);
                active.map(move |cell| walk.pixel(extent, step, cell))
            });
            let pixels = cells.flat_map(|first| first..first + extent.batch);
            let there: Vec<u32> = pixels.map(|pixel| pixel as u32).collect();
            let mut back = vec![0; there.len()];
            for (index, &pixel) in there.iter().enumerate() {
                back[pixel as usize] = index as u32;
            }
            (there, back)
        })
    }

    fn of_key(
        &self,
        key: Key,
        device: &Device,
        make: impl FnOnce() -> (Vec<u32>, Vec<u32>),
    ) -> Result<Arc<Gather>> {
        let mut made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(gather) = made.get(&key) {
            return Ok(gather.clone());
        }
        let (there, back) = make();
        let size = there.len();
        let gather = Arc::new(Gather {
            there: Tensor::from_vec(there, size, device)?,
            back: Tensor::from_vec(back, size, device)?,
        });
        made.insert(key, gather.clone());
        Ok(gather)
    }
}
