//! How the network's frequencies are used.

use crate::color_set::set::ColorSet;

/// What an encoder and its decoder must agree on.
#[derive(Clone, Copy)]
pub(crate) struct NetworkOptions<'a> {
    /// Whether the frequencies are refined.
    pub(crate) refined: bool,
    /// The colours of the image, if the file lists them.
    pub(crate) color_set: Option<&'a ColorSet>,
}

impl NetworkOptions<'_> {
    /// The frequencies as they are. Coarse images are coded like this.
    pub(crate) const PLAIN: NetworkOptions<'static> = NetworkOptions {
        refined: false,
        color_set: None,
    };
}
