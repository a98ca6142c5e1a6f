//! A PNG file of two compression levels, which no known encoder makes.

use flate2::{Compress, Compression, FlushCompress};
use pxc_codec::Image;

use crate::png_file::PngFile;

/// A PNG file of an 8-bit image, whose first `rows` rows are compressed at level 1, the rest at level 9.
pub fn two_levels(image: &Image, rows: u32) -> Vec<u8> {
    let row_bytes = image.samples().len() / image.height() as usize;
    let lines = image.samples().chunks_exact(row_bytes);
    let plain: Vec<u8> = lines.flat_map(|line| [&[0], line].concat()).collect();
    let (first, second) = plain.split_at((row_bytes + 1) * rows as usize);
    let mut stream = vec![0x78, 0x01];
    for (part, level, flush) in [
        (first, 1, FlushCompress::Full),
        (second, 9, FlushCompress::Finish),
    ] {
        let mut out = Vec::with_capacity(part.len() + 1000);
        let mut compress = Compress::new(Compression::new(level), false);
        compress
            .compress_vec(part, &mut out, flush)
            .expect("enough room");
        assert_eq!(compress.total_in(), part.len() as u64);
        stream.extend(out);
    }
    let sums = plain.iter().fold((1_u32, 0_u32), |(low, high), &byte| {
        let low = (low + u32::from(byte)) % 65521;
        (low, (high + low) % 65521)
    });
    stream.extend((sums.1 << 16 | sums.0).to_be_bytes());

    let mut file = PngFile::of(image).bytes()[..33].to_vec();
    for (tag, data) in [(b"IDAT", stream.as_slice()), (b"IEND", &[])] {
        file.extend((data.len() as u32).to_be_bytes());
        let body = [tag.as_slice(), data].concat();
        file.extend(&body);
        file.extend(crc32fast::hash(&body).to_be_bytes());
    }
    file
}
