//! Sizes that the parts of the deep method share.

pub(crate) use crate::coders::mixing::arithmetic::plain::CONTEXTS;

/// Predictors by least squares.
pub(crate) const LEAST_SQUARES: usize = 4;
/// Predictors: the last is the weighted mean of the others.
pub(crate) const PREDICTORS: usize = LEAST_SQUARES + 1;
/// The index of the weighted mean.
pub(crate) const WEIGHTED: usize = LEAST_SQUARES;
/// Decisions of a sample that divide its distribution.
pub(crate) const DEPTH: usize = 3;
/// Nodes of the tree of these decisions; node 0 is not used.
pub(crate) const NODES: usize = 1 << DEPTH;
/// Classes of sums of errors.
pub(crate) const CLASSES: usize = 112;
/// Units of a predicted mean in a sample.
pub(crate) const MEAN_UNIT: i32 = 64;
/// The fewest and the most slots of a table of the rest, as powers of two.
pub(crate) const REST_BITS: (u32, u32) = (10, 16);

/// A number for each predictor.
pub(crate) type ByPredictor<T> = [T; PREDICTORS];
