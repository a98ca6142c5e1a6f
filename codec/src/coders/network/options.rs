//! How the network's frequencies are used.

use crate::coders::method::CodingMethod;
use crate::color_set::set::ColorSet;

/// What an encoder and its decoder must agree on.
#[derive(Clone, Copy)]
pub(crate) struct NetworkOptions<'a> {
    /// Which of the methods that use a model.
    pub(crate) method: CodingMethod,
    /// The colours of the image, if the file lists them.
    pub(crate) color_set: Option<&'a ColorSet>,
}

impl NetworkOptions<'_> {
    /// The frequencies as they are. Coarse images are coded like this.
    pub(crate) const PLAIN: NetworkOptions<'static> = NetworkOptions {
        method: CodingMethod::Network,
        color_set: None,
    };
}
