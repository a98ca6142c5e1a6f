//! The two headers of a bitmap: sizes, storage and where the pixels are.

use crate::error::{Error, Result};
use crate::ledger::Ledger;

/// Bytes of the file header.
pub(crate) const FILE_HEADER: usize = 14;
/// Bytes of the oldest bitmap header, whose fields are shorter.
pub(crate) const CORE: usize = 12;
/// Bytes of the usual bitmap header.
pub(crate) const INFO: usize = 40;
/// Bytes of the header of OS/2 2.x.
const OS2: usize = 64;

/// How the pixels are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Storage {
    /// Rows of whole pixels.
    Plain,
    /// Run lengths.
    Runs,
    /// Rows of pixels; masks say what a bit means.
    Masks,
    /// Rows of pixels, with a fourth mask after the header.
    AlphaMasks,
}

/// What the headers say.
#[derive(Clone, Copy)]
pub(crate) struct BmpHeader {
    /// Bytes of the bitmap header.
    pub(crate) size: usize,
    /// Columns, at least 1.
    pub(crate) width: u32,
    /// Rows, at least 1.
    pub(crate) height: u32,
    /// Whether the first row of the file is the top one.
    pub(crate) is_top_down: bool,
    /// Bits of a pixel.
    pub(crate) bits: u16,
    /// How the pixels are stored.
    pub(crate) storage: Storage,
    /// Number of palette entries; 0 for the most that the bits allow.
    pub(crate) colors: u32,
    /// Pixels per metre, in both directions.
    pub(crate) density: Option<(u32, u32)>,
    /// Where the pixels begin.
    pub(crate) pixels: usize,
}

/// Little-endian fields of a file, which must be long enough.
pub(crate) fn field(bytes: &[u8], at: usize) -> u32 {
    let field = bytes
        .get(at..at + 4)
        .and_then(|field| field.try_into().ok());
    field.map_or(0, u32::from_le_bytes)
}

fn short(bytes: &[u8], at: usize) -> u16 {
    field(bytes, at) as u16
}

/// The error of a file that does not follow its format.
pub(crate) fn damaged(message: String) -> Error {
    Error::damaged("BMP", message)
}

impl BmpHeader {
    /// Reads and claims both headers, except what follows the first 40 bytes of the second.
    pub(crate) fn parse(bytes: &[u8], ledger: &mut Ledger) -> Result<BmpHeader> {
        let size = field(bytes, FILE_HEADER) as usize;
        if bytes.len() < FILE_HEADER + size {
            return Err(Error::Truncated { format: "BMP" });
        }
        file_header(bytes, ledger);
        let header = match size {
            CORE => core(bytes, ledger),
            _ => info(bytes, size, ledger)?,
        };
        let (width, height) = (header.width, header.height);
        if width == 0 || height == 0 || width > i32::MAX as u32 {
            let width = width as i32;
            return Err(damaged(format!(
                "byte 0x12: expected columns and rows, found {width}×{height}"
            )));
        }
        Ok(header)
    }
}

fn file_header(bytes: &[u8], ledger: &mut Ledger) {
    ledger.claim(0..2);
    let is_right = field(bytes, 2) as usize == bytes.len();
    ledger.claim_if(
        is_right,
        2..6,
        "the file size in the header, which is wrong",
    );
    ledger.claim_if(
        field(bytes, 6) == 0,
        6..10,
        "the reserved fields of the header",
    );
    ledger.claim(10..FILE_HEADER + 4);
}

fn core(bytes: &[u8], ledger: &mut Ledger) -> BmpHeader {
    ledger.claim(18..22);
    ledger.claim_if(
        short(bytes, 22) == 1,
        22..24,
        "the number of planes, which is not 1",
    );
    ledger.claim(24..26);
    BmpHeader {
        size: CORE,
        width: short(bytes, 18).into(),
        height: short(bytes, 20).into(),
        is_top_down: false,
        bits: short(bytes, 24),
        storage: Storage::Plain,
        colors: 0,
        density: None,
        pixels: field(bytes, 10) as usize,
    }
}

fn info(file: &[u8], size: usize, ledger: &mut Ledger) -> Result<BmpHeader> {
    // The header of OS/2 2.x may end after any of its fields: those that it lacks are zero.
    let end = FILE_HEADER + size;
    let mut bytes = file[..end].to_vec();
    bytes.resize(end.max(FILE_HEADER + INFO), 0);
    let claim = |ledger: &mut Ledger, is_kept, range: std::ops::Range<usize>, name: &str| {
        ledger.claim_if(is_kept, range.start.min(end)..range.end.min(end), name);
    };
    let height = field(&bytes, 22) as i32;
    let bits = short(&bytes, 28);
    let (x, y) = (field(&bytes, 38), field(&bytes, 42));
    let density = (x as i32 > 0 && y as i32 > 0).then_some((x, y));
    claim(ledger, true, 18..26, "");
    claim(
        ledger,
        short(&bytes, 26) == 1,
        26..28,
        "the number of planes, which is not 1",
    );
    claim(ledger, true, 28..34, "");
    claim(
        ledger,
        density.is_some() || (x, y) == (0, 0),
        38..46,
        "the resolution (pixels per metre)",
    );
    claim(ledger, true, 46..50, "");
    if size == OS2 {
        let is_zero = bytes[54..end].iter().all(|&byte| byte == 0);
        claim(ledger, is_zero, 54..end, "the fields that only OS/2 has");
    } else if size < 52 && size > INFO {
        return Err(Error::unsupported(format!(
            "a BMP with a header of {size} bytes"
        )));
    }
    Ok(BmpHeader {
        size,
        width: field(&bytes, 18),
        height: height.unsigned_abs(),
        is_top_down: height < 0,
        bits,
        storage: storage(field(&bytes, 30), bits, size, height < 0)?,
        colors: field(&bytes, 46),
        density,
        pixels: field(file, 10) as usize,
    })
}

fn storage(compression: u32, bits: u16, size: usize, is_top_down: bool) -> Result<Storage> {
    match (compression, bits) {
        (0, 1 | 2 | 4 | 8 | 16 | 24 | 32) => Ok(Storage::Plain),
        (1, 8) | (2, 4) if !is_top_down => Ok(Storage::Runs),
        (3, 16 | 32) if size != OS2 => Ok(Storage::Masks),
        (6, 16 | 32) if size == INFO => Ok(Storage::AlphaMasks),
        (4, _) if size != OS2 => Err(Error::unsupported("a JPEG file in a BMP")),
        (5, _) if size != OS2 => Err(Error::unsupported("a PNG file in a BMP")),
        _ => Err(Error::unsupported(format!(
            "a BMP of compression {compression} with {bits} bits per pixel{}",
            if is_top_down { ", top row first" } else { "" }
        ))),
    }
}

/// Claims the fields that depend on the size of the pixels and of the palette.
pub(crate) fn claim_sizes(
    bytes: &[u8],
    header: &BmpHeader,
    pixel_bytes: usize,
    ledger: &mut Ledger,
) {
    if header.size < INFO {
        let end = FILE_HEADER + header.size;
        let is_zero = bytes[30.min(end)..end].iter().all(|&byte| byte == 0);
        ledger.claim_if(
            is_zero,
            34.min(end)..38.min(end),
            "the size of the pixels in the header",
        );
        return;
    }
    let size = field(bytes, 34) as usize;
    let is_usual = size == 0 || size == pixel_bytes;
    ledger.claim_if(
        is_usual,
        34..38,
        "the size of the pixels in the header, which is wrong",
    );
    let important = field(bytes, 50);
    let is_usual = important == 0 || important == header.colors;
    ledger.claim_if(is_usual, 50..54, "the number of important colours");
}
