//! One decoded photo of a data set.

/// One 8-bit image: interleaved samples, row by row.
pub struct Photo {
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
    /// Channels per pixel: 1 or 3.
    pub channels: usize,
    /// `height × width × channels` samples.
    pub samples: Vec<u8>,
}

/// The luma (BT.601, rounded) of an RGB photo.
pub(crate) fn to_gray(photo: &Photo) -> Photo {
    let luma = |p: &[u8]| {
        let weighted = 299 * u32::from(p[0]) + 587 * u32::from(p[1]) + 114 * u32::from(p[2]);
        ((weighted + 500) / 1000) as u8
    };
    Photo {
        width: photo.width,
        height: photo.height,
        channels: 1,
        samples: photo.samples.chunks_exact(3).map(luma).collect(),
    }
}
