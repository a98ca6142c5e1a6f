//! The first frame: its descriptor, palette and pixels, put on the canvas.

use pxc_codec::{BitDepth, Image, Palette};

use crate::error::{Error, Result};
use crate::formats::gif::blocks::{ColorTable, GifCursor, damaged};
use crate::formats::gif::lzw::unpack;
use crate::ledger::Ledger;

/// Rows of the four passes of an interlaced frame: the first, and their distance.
const PASSES: [[usize; 2]; 4] = [[0, 8], [4, 8], [2, 4], [1, 2]];

/// Bits of a frame's flags, besides that of interlaced frames.
const HAS_PALETTE: u8 = 0x80;
const SORT_FLAG: u8 = 0x20;
const RESERVED: u8 = 0x18;
const PALETTE_SIZE: u8 = 7;

/// The size of the canvas.
#[derive(Clone, Copy)]
pub(crate) struct Canvas {
    /// Columns.
    pub(crate) width: usize,
    /// Rows.
    pub(crate) height: usize,
}

/// Position and size on the canvas, and flags.
pub(crate) struct Descriptor {
    left: usize,
    top: usize,
    width: usize,
    height: usize,
    flags: u8,
}

impl Descriptor {
    /// Reads what follows the byte that announces a frame.
    pub(crate) fn read(bytes: &mut GifCursor<'_>) -> Result<Descriptor> {
        Ok(Descriptor {
            left: bytes.number()?.into(),
            top: bytes.number()?.into(),
            width: bytes.number()?.into(),
            height: bytes.number()?.into(),
            flags: bytes.byte()?,
        })
    }

    fn covers(&self, canvas: Canvas) -> bool {
        (self.left, self.top, self.width, self.height) == (0, 0, canvas.width, canvas.height)
    }

    fn check(&self, canvas: Canvas) -> Result<()> {
        let is_inside =
            self.left + self.width <= canvas.width && self.top + self.height <= canvas.height;
        if !is_inside || self.width == 0 || self.height == 0 {
            return Err(damaged(format!(
                "expected a frame inside the canvas of {}×{}, found {}×{} at {}, {}",
                canvas.width, canvas.height, self.width, self.height, self.left, self.top
            )));
        }
        Ok(())
    }

    /// Passes over the palette and the pixels.
    pub(crate) fn skip(&self, bytes: &mut GifCursor<'_>) -> Result<()> {
        bytes.colors(self.flags)?;
        bytes.byte()?;
        bytes.chain().map(|_| ())
    }
}

/// Reads the frame whose descriptor begins at the position. Claims what it uses, `global` too if it is the frame's
/// palette.
pub(crate) fn read_frame(
    bytes: &mut GifCursor<'_>,
    canvas: Canvas,
    global: Option<&ColorTable>,
    transparent: Option<u8>,
    ledger: &mut Ledger,
) -> Result<Image> {
    let start = bytes.at - 1;
    let descriptor = Descriptor::read(bytes)?;
    descriptor.check(canvas)?;
    ledger.claim(start..bytes.at - 1);
    let is_unused = |bits| descriptor.flags & bits == 0;
    ledger.claim(bytes.at - 1..bytes.at);
    if !is_unused(SORT_FLAG) {
        ledger.lose("the sort flag of the frame");
    }
    if !is_unused(RESERVED) || (is_unused(HAS_PALETTE) && !is_unused(PALETTE_SIZE)) {
        ledger.lose("unused bits in the header of the frame");
    }
    let local = bytes.colors(descriptor.flags)?;
    let table = local.as_ref().or(global);
    let ColorTable { colors, range } =
        table.ok_or_else(|| damaged("expected a palette, found none".into()))?;
    ledger.claim(range.clone());

    let bits = bytes.byte()?;
    let chain = bytes.chain()?;
    let pixels = unpack(&chain.data(), bits, descriptor.width * descriptor.height)?;
    let end = chain.position(pixels.used);
    ledger.claim(chain.range.start - 1..end);
    ledger.name(end..chain.range.end, "bytes after the pixels of the frame");
    if !pixels.has_clean_end {
        ledger.lose("padding bits after the pixels of the frame");
    }
    check_indices(&pixels.indices, colors.len(), transparent)?;
    place(
        &descriptor,
        canvas,
        colors.clone(),
        transparent,
        &pixels.indices,
    )
}

fn check_indices(indices: &[u8], colors: usize, transparent: Option<u8>) -> Result<()> {
    let mut indices = indices.iter();
    match indices.find(|&&index| usize::from(index) >= colors && Some(index) != transparent) {
        Some(index) => Err(damaged(format!(
            "expected indices below {colors}, the number of colours, found {index}"
        ))),
        None => Ok(()),
    }
}

/// Makes the whole canvas a palette image, transparent where the frame does not cover it.
fn place(
    descriptor: &Descriptor,
    canvas: Canvas,
    mut colors: Vec<[u8; 3]>,
    mut transparent: Option<u8>,
    indices: &[u8],
) -> Result<Image> {
    if let Some(index) = transparent {
        // An index beyond the palette is transparent anyway.
        let count = colors.len().max(usize::from(index) + 1);
        colors.resize(count, [0; 3]);
    } else if !descriptor.covers(canvas) {
        let index = u8::try_from(colors.len()).map_err(|_| {
            Error::unsupported("a GIF of 256 colours whose first frame does not cover it")
        })?;
        colors.push([0; 3]);
        transparent = Some(index);
    }
    let mut samples = vec![transparent.unwrap_or(0); canvas.width * canvas.height];
    let rows = row_order(descriptor.height, descriptor.flags & 0x40 != 0);
    for (y, row) in rows.zip(indices.chunks_exact(descriptor.width)) {
        let start = (descriptor.top + y) * canvas.width + descriptor.left;
        samples[start..start + row.len()].copy_from_slice(row);
    }
    let alpha = transparent.map_or(Vec::new(), |index| {
        let mut alpha = vec![u8::MAX; index.into()];
        alpha.push(0);
        alpha
    });
    let unsound = |error| Error::undecodable("GIF", "its first frame", error);
    let palette = Palette::new(colors, alpha).map_err(unsound)?;
    let (width, height) = (canvas.width as u32, canvas.height as u32);
    Image::with_palette(width, height, BitDepth::Eight, palette, samples).map_err(unsound)
}

/// The rows of a frame in the order of the file.
fn row_order(height: usize, is_interlaced: bool) -> impl Iterator<Item = usize> {
    let passes = match is_interlaced {
        true => &PASSES[..],
        false => &[[0, 1]],
    };
    passes
        .iter()
        .flat_map(move |&[first, distance]| (first..height).step_by(distance))
}
