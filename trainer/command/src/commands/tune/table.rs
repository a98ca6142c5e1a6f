//! Measures what the model gains: bytes of whole files of the images held out, as PNG, as JPEG XL, and by pxc with both
//! models.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use indicatif::ProgressBar;
use pxc_picture::{OutputFormat, write_picture};
use pxc_runtime::{CompressOptions, DecompressOptions, Engine};

use crate::commands::tune::split::HeldOut;
use crate::error::{Error, Result};

/// The pixels that are measured: files are taken until there are this many.
const MOST_PIXELS: usize = 2_000_000;
/// The largest side of a measured image; of larger images, only the middle is measured.
const LARGEST_SIDE: u32 = 1024;

/// The sizes of all files together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sizes {
    pub(crate) images: usize,
    pub(crate) samples: usize,
    pub(crate) png: usize,
    /// The bytes of JPEG XL; `None` without `cjxl`.
    pub(crate) jpeg_xl: Option<usize>,
    pub(crate) stock: usize,
    pub(crate) own: usize,
}

/// The models that are compared, by name or id.
pub(crate) struct Models<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) stock: &'a str,
    pub(crate) own: &'a str,
}

/// Chooses the images that are measured, as many as are worth the time.
pub(crate) fn measured(held_out: Vec<HeldOut>) -> Result<Vec<HeldOut>> {
    let mut chosen = Vec::new();
    let mut pixels = 0;
    for held in held_out {
        if pixels >= MOST_PIXELS {
            break;
        }
        let (width, height) = (held.image.width(), held.image.height());
        let held = match width.max(height) > LARGEST_SIDE {
            true => HeldOut::part(&held.image, middle(width), middle(height))?,
            false => held,
        };
        pixels += held.image.width() as usize * held.image.height() as usize;
        chosen.push(held);
    }
    Ok(chosen)
}

fn middle(length: u32) -> std::ops::Range<u32> {
    let side = length.min(LARGEST_SIDE);
    let start = (length - side) / 2;
    start..start + side
}

/// Measures all images; `None` if the user stopped it.
pub(crate) fn measure(
    images: &[HeldOut],
    models: &Models<'_>,
    stop: &AtomicBool,
    bar: &ProgressBar,
) -> Result<Option<Sizes>> {
    let folder = tempfile::tempdir().map_err(|source| Error::Io {
        path: std::env::temp_dir(),
        source,
    })?;
    let mut sizes = Sizes {
        jpeg_xl: Some(0),
        ..Sizes::default()
    };
    for held in images {
        if stop.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let png = write_picture(held.image.clone(), &held.metadata, OutputFormat::Png)?.bytes;
        sizes.images += 1;
        sizes.samples += held.image.samples().len();
        sizes.png += held.png_bytes.unwrap_or(png.len());
        let jpeg_xl = sizes
            .jpeg_xl
            .map(|sum| Some(sum + jpeg_xl(&png, folder.path())?));
        sizes.jpeg_xl = jpeg_xl.flatten();
        sizes.stock += compressed(held, models.engine, models.stock)?.len();
        let own = compressed(held, models.engine, models.own)?;
        sizes.own += own.len();
        // Decoding compares the pixels with their digest.
        models
            .engine
            .decompress(&own, &DecompressOptions::default())?;
        bar.inc(1);
    }
    Ok(Some(sizes))
}

/// Compresses an image to a `.pxc` file.
fn compressed(held: &HeldOut, engine: &Engine, model: &str) -> Result<Vec<u8>> {
    let options = CompressOptions::default()
        .with_model(model)
        .with_metadata(&held.metadata);
    Ok(engine.compress(&held.image, &options)?.0)
}

/// The bytes that `cjxl` makes of a PNG file, at the effort that README.md compares with. `None` if it cannot.
fn jpeg_xl(png: &[u8], folder: &Path) -> Option<usize> {
    let (input, output) = (folder.join("image.png"), folder.join("image.jxl"));
    std::fs::write(&input, png).ok()?;
    let mut command = Command::new("cjxl");
    command
        .arg(&input)
        .arg(&output)
        .args(["-d", "0", "-e", "9"]);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().ok().filter(|status| status.success())?;
    let bytes = std::fs::metadata(&output).ok()?.len();
    Some(bytes as usize)
}

impl Sizes {
    /// Whether the new model makes smaller files.
    pub(crate) fn is_smaller(&self) -> bool {
        self.own < self.stock
    }

    /// Prints the table to standard output.
    pub(crate) fn print(&self, stock: &str, own: &str) {
        println!("{} images held out, whole files", self.images);
        println!("{:<32} {:>12} {:>20}", "", "bytes", "bits per sub-pixel");
        self.print_row("PNG", self.png);
        match self.jpeg_xl {
            Some(bytes) => self.print_row("JPEG XL, effort 9", bytes),
            None => println!("{:<32} {:>12}", "JPEG XL", "no cjxl"),
        }
        self.print_row(&format!("pxc, {stock}"), self.stock);
        self.print_row(&format!("pxc, {own}"), self.own);
        let change = 100.0 * (self.own as f64 / self.stock as f64 - 1.0);
        println!("{own} compared with {stock}: {change:+.1} %");
    }

    fn print_row(&self, name: &str, bytes: usize) {
        let bits = 8.0 * bytes as f64 / self.samples as f64;
        println!("{name:<32} {bytes:>12} {bits:>20.3}");
    }
}
