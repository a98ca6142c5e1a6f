//! Divides the lanes of a step into runs of the sizes that plans are built for, with little padding.

/// A run of `size` lanes, of which `used` are real and start at lane `start` of the step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LaneRun {
    pub(crate) start: usize,
    pub(crate) used: usize,
    pub(crate) size: usize,
}

impl LaneRun {
    /// The step's lanes that are in the run.
    pub(crate) fn range(&self) -> std::ops::Range<usize> {
        self.start..self.start + self.used
    }
}

/// Which run sizes a backend offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sizes {
    /// Any size up to this one.
    #[cfg_attr(
        not(feature = "onnxruntime"),
        allow(dead_code, reason = "tract has fixed sizes")
    )]
    UpTo(usize),
    /// These sizes only, in ascending order. A size costs a plan, which takes as long as a few hundred lanes.
    Fixed(&'static [usize]),
}

impl Sizes {
    /// Divides `lanes` lanes into runs. `built` says whether a plan of a size exists already.
    pub(crate) fn runs(
        self,
        lanes: usize,
        built: impl Fn(usize) -> bool,
    ) -> impl Iterator<Item = LaneRun> {
        let mut start = 0;
        std::iter::from_fn(move || {
            let rest = lanes - start;
            if rest == 0 {
                return None;
            }
            let size = self.size_for(rest, &built);
            let used = rest.min(size);
            let run = LaneRun { start, used, size };
            start += used;
            Some(run)
        })
    }

    /// The size whose self-test stands for this one.
    pub(crate) fn tested(self, size: usize) -> usize {
        match self {
            Sizes::UpTo(limit) => size.next_power_of_two().min(limit),
            Sizes::Fixed(_) => size,
        }
    }

    fn size_for(self, rest: usize, built: &impl Fn(usize) -> bool) -> usize {
        match self {
            Sizes::UpTo(limit) => rest.min(limit),
            Sizes::Fixed(sizes) => fixed_size(sizes, rest, built),
        }
    }
}

/// The smallest size that holds `rest` if little of it is padding; else the largest that `rest` fills.
///
/// Another run costs about as much as 20 lanes, so up to 32 lanes of padding count as little.
fn fixed_size(sizes: &[usize], rest: usize, built: &impl Fn(usize) -> bool) -> usize {
    let smaller = sizes.iter().copied().rfind(|&size| size <= rest);
    let larger = sizes.iter().copied().find(|&size| size >= rest);
    match (smaller, larger) {
        (Some(smaller), Some(larger)) => {
            let much_padding = larger - rest > (larger / 4).max(32);
            let ready = built(smaller) || !built(larger);
            if much_padding && ready {
                smaller
            } else {
                larger
            }
        }
        (None, Some(only)) | (Some(only), None) => only,
        (None, None) => rest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZES: Sizes = Sizes::Fixed(&[32, 64, 128, 256]);

    fn sizes(lanes: usize) -> Vec<usize> {
        SIZES.runs(lanes, |_| true).map(|run| run.size).collect()
    }

    #[test]
    fn little_padding() {
        assert_eq!(sizes(1), [32]);
        assert_eq!(sizes(33), [64]);
        assert_eq!(sizes(90), [64, 32]);
        assert_eq!(sizes(100), [128]);
        assert_eq!(sizes(191), [128, 64]);
        assert_eq!(sizes(256), [256]);
        assert_eq!(sizes(300), [256, 64]);
    }

    #[test]
    fn every_lane_is_in_one_run() {
        for lanes in 0..1000 {
            for sizes in [SIZES, Sizes::UpTo(256)] {
                let mut next = 0;
                for run in sizes.runs(lanes, |size| size % 3 == 0) {
                    assert_eq!(run.start, next);
                    assert!(run.used >= 1 && run.used <= run.size && run.size <= 256);
                    next += run.used;
                }
                assert_eq!(next, lanes);
            }
        }
    }
}
