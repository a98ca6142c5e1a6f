//! Replaces preflate-rs in builds without the feature `preflate`, which neither describe nor make streams of unknown
//! encoders.

use crate::error::{Error, Result};
use crate::exact::reason::Reason;
use crate::exact::stretches::{Predicted, StreamLimits, Stretches};

pub(crate) fn predict(
    _: &[u8],
    _: usize,
    _: StreamLimits,
) -> std::result::Result<Predicted, Reason> {
    Err(Reason::DeflateStream)
}

pub(crate) fn recreate_trusted(_: Stretches<'_>) -> Result<Vec<u8>> {
    Err(Error::DeflateCorrections)
}
