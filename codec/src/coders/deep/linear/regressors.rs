//! The regressors of least squares: differences of neighbouring samples (`docs/format.md`, *Regressors*).

use crate::coders::deep::history::rows::PlaneRows;
use crate::coders::deep::history::window::Window;
use crate::coders::linear::sums::REGRESSORS;
use crate::coders::tile_neighbors::{Offset, offset};

/// The neighbours of the plane itself, as far as there is room for them.
const OWN: [Offset; REGRESSORS] = [
    offset(0, -1),
    offset(1, 0),
    offset(1, -1),
    offset(1, 1),
    offset(0, -2),
    offset(2, 0),
    offset(2, -1),
    offset(2, 1),
    offset(1, -2),
    offset(1, 2),
    offset(2, -2),
    offset(2, 2),
    offset(0, -3),
    offset(3, 0),
    offset(1, -3),
    offset(1, 3),
    offset(3, -1),
    offset(3, 1),
    offset(2, -3),
    offset(2, 3),
    offset(3, -2),
    offset(3, 2),
    offset(0, -4),
    offset(4, 0),
];
/// Neighbours in a plane whose own sample is known.
const KNOWN: [Offset; 6] = [
    offset(0, -1),
    offset(1, 0),
    offset(1, 1),
    offset(1, -1),
    offset(0, -2),
    offset(2, 0),
];
/// How many of the plane's own neighbours are used, by the number of planes coded before, of three planes.
const OWN_OF_THREE: [usize; 3] = [18, 14, 10];

/// Numbers from which a predictor makes its mean. Those that are not used are 0.
pub(crate) struct Regressors {
    pub(crate) values: [i32; REGRESSORS],
    pub(crate) used: usize,
    /// What the predictor adds its correction to.
    pub(crate) base: i32,
}

impl Regressors {
    /// Of column `x` of a plane that `earlier` planes are coded before, and `later` ones after.
    #[inline(always)]
    pub(crate) fn gather(
        own: &Window,
        base: i32,
        earlier: &[PlaneRows],
        later: &[PlaneRows],
        x: usize,
    ) -> Regressors {
        let mut regressors = Regressors {
            values: [0; REGRESSORS],
            used: 0,
            base,
        };
        let count = match earlier.len() + later.len() {
            0 => REGRESSORS,
            _ => OWN_OF_THREE[earlier.len().min(2)],
        };
        for &neighbor in &OWN[..count] {
            regressors.push(own.difference(x, neighbor, base));
        }
        for PlaneRows { window, .. } in earlier {
            let sample = window.own(x);
            for neighbor in KNOWN {
                regressors.push(window.difference(x, neighbor, sample));
            }
            regressors.push(sample - base);
        }
        for PlaneRows { window, .. } in later {
            let corner = window.at(x, offset(1, -1));
            for neighbor in [offset(0, -1), offset(1, 0)] {
                regressors.push(corner.map_or(0, |corner| window.difference(x, neighbor, corner)));
            }
        }
        regressors
    }

    #[inline(always)]
    fn push(&mut self, value: i32) {
        if let Some(regressor) = self.values.get_mut(self.used) {
            *regressor = value;
            self.used += 1;
        }
    }
}
