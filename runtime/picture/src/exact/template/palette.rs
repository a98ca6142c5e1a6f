//! Palettes as BMP files have them.

use pxc_codec::Image;

/// Bytes of an entry, and of one of the oldest files.
pub(crate) const LONG_ENTRY: usize = 4;
pub(crate) const SHORT_ENTRY: usize = 3;

/// Writes blue, green, red and, if there is room, 0 for each entry. Without a palette, writes 2^bits shades of gray.
pub(crate) fn palette(image: &Image, bits: u8, entry_bytes: usize) -> Vec<u8> {
    let entry = |[red, green, blue]: [u8; 3]| [blue, green, red, 0].into_iter().take(entry_bytes);
    match image.palette() {
        Some(palette) => palette.colors().iter().copied().flat_map(entry).collect(),
        None => {
            let most = (1u32 << bits.min(8)) - 1;
            let gray = |value| entry([(value * 255 / most) as u8; 3]);
            (0..=most).flat_map(gray).collect()
        }
    }
}
