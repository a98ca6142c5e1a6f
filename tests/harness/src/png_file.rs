//! Images as PNG files of any kind, written and read by other means than the command's.

use std::fs;
use std::io::Cursor;
use std::path::Path;

use pxc_codec::{ColorType, Image};

/// What a PNG file says about its pixels, by other means than the command's.
#[derive(Debug, PartialEq, Eq)]
pub struct Pixels {
    size: (u32, u32),
    format: (png::ColorType, png::BitDepth),
    palette: Option<Vec<u8>>,
    transparency: Option<Vec<u8>>,
    rows: Vec<u8>,
}

impl Pixels {
    /// The packed rows; the unused bits at their ends are 0.
    pub fn samples(&self) -> &[u8] {
        &self.rows
    }
}

/// Reads a PNG file without changing its samples.
pub fn decode_png(bytes: &[u8]) -> Pixels {
    let mut decoder = png::Decoder::new(Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::IDENTITY);
    let mut reader = decoder.read_info().expect("a PNG file");
    let mut rows = vec![0; reader.output_buffer_size().expect("a size")];
    let frame = reader.next_frame(&mut rows).expect("an image");
    let used = frame.color_type.samples() * frame.bit_depth as usize * frame.width as usize;
    if !used.is_multiple_of(8) {
        for row in rows.chunks_exact_mut(frame.line_size) {
            row[used / 8] &= 0xff00_u16.wrapping_shr(used as u32 % 8) as u8;
        }
    }
    let info = reader.info();
    Pixels {
        size: (frame.width, frame.height),
        format: (frame.color_type, frame.bit_depth),
        palette: info.palette.as_ref().map(|palette| palette.to_vec()),
        transparency: info.trns.as_ref().map(|alpha| alpha.to_vec()),
        rows,
    }
}

/// The parts of a PNG file: header fields, chunks before the pixels, packed rows.
pub struct PngFile {
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// Colour type.
    pub color: png::ColorType,
    /// Bits of a sample.
    pub depth: png::BitDepth,
    /// The bytes of `PLTE`.
    pub palette: Option<Vec<u8>>,
    /// The bytes of `tRNS`.
    pub transparency: Option<Vec<u8>>,
    /// The pixels, without filter bytes.
    pub rows: Vec<u8>,
    /// Tags and bytes.
    pub chunks: Vec<([u8; 4], Vec<u8>)>,
}

impl PngFile {
    /// The PNG file of an image, without metadata.
    pub fn of(image: &Image) -> PngFile {
        let palette = image.palette();
        PngFile {
            width: image.width(),
            height: image.height(),
            color: png::ColorType::from_u8(image.color().code()).expect("PNG has the same codes"),
            depth: png::BitDepth::from_u8(image.depth().bits()).expect("PNG has the same depths"),
            palette: palette.map(|palette| palette.colors().concat()),
            transparency: palette.map(|palette| palette.alpha().to_vec()),
            rows: packed_rows(image),
            chunks: Vec::new(),
        }
    }

    /// The bytes of the file.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, self.width, self.height);
        encoder.set_color(self.color);
        encoder.set_depth(self.depth);
        if let Some(palette) = &self.palette {
            encoder.set_palette(palette.clone());
        }
        if let Some(transparency) = &self.transparency {
            encoder.set_trns(transparency.clone());
        }
        let mut writer = encoder.write_header().expect("a header");
        for (tag, data) in &self.chunks {
            writer
                .write_chunk(png::chunk::ChunkType(*tag), data)
                .expect("a chunk");
        }
        writer.write_image_data(&self.rows).expect("pixels");
        writer.finish().expect("an end");
        bytes
    }
}

/// The rows of an image as PNG packs them: samples of less than 8 bits without gaps, whole bytes for each row.
fn packed_rows(image: &Image) -> Vec<u8> {
    let bits = usize::from(image.depth().bits());
    if bits >= 8 {
        return image.samples().to_vec();
    }
    let pack = |samples: &[u8]| {
        let shifts = (0..8).step_by(bits).rev();
        let pairs = samples.iter().zip(shifts);
        pairs.fold(0, |byte, (sample, shift)| byte | sample << shift)
    };
    let rows = image.samples().chunks_exact(image.width() as usize);
    rows.flat_map(|row| row.chunks(8 / bits).map(pack))
        .collect()
}

/// A smooth image with some noise, the same on every machine.
pub fn photo(width: u32, height: u32, color: ColorType) -> Image {
    let channels = color.channels() as u32;
    let mut state = 0x2545_f491_u32;
    let mut samples = Vec::new();
    for y in 0..height {
        for x in 0..width {
            for channel in 0..channels {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let noise = state >> 29;
                let wave = (x * (3 + channel) + y * 2 + ((x * y) >> 5)) % 400;
                let slope = if wave < 200 { wave } else { 400 - wave };
                let alpha = color.has_alpha() && channel + 1 == channels;
                samples.push(if alpha {
                    if x + y < width {
                        255
                    } else {
                        (slope + 40).min(255) as u8
                    }
                } else {
                    (slope + noise + 20).min(255) as u8
                });
            }
        }
    }
    Image::new(width, height, color, samples).expect("a sound image")
}

/// Writes the PNG file of an image.
pub fn write_png(path: &Path, image: &Image) {
    fs::write(path, PngFile::of(image).bytes()).expect("a written file");
}
