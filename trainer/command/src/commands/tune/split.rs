//! Which images a network learns from, and which only measure it: every tenth file, or the lower end of each of a few.

use pxc_runtime::{Image, MetadataChunk};
use pxc_trainer::data::digest::DataDigest;
use pxc_trainer::data::photo::Photo;

use crate::commands::tune::collection::{Collection, Kind, Sample};
use crate::error::{Error, Result};

/// One file in this many is held out, if there are at least as many files.
const FILES: usize = 10;
/// Otherwise one row in this many of each image.
const ROWS: usize = 8;
/// The fewest pixels to learn from.
const LEAST_PIXELS: usize = 1 << 14;
/// The pixels beyond which more images of the same kind help little in twenty minutes.
const ENOUGH_PIXELS: usize = 4_000_000;

/// An image that is held out.
pub(crate) struct HeldOut {
    pub(crate) image: Image,
    pub(crate) metadata: Vec<MetadataChunk>,
    /// The bytes of the image's own PNG file.
    pub(crate) png_bytes: Option<usize>,
}

/// The images of a tuning.
pub(crate) struct Split {
    pub(crate) kind: Kind,
    pub(crate) training: Vec<Photo>,
    pub(crate) digest: DataDigest,
    pub(crate) held_out: Vec<HeldOut>,
    by_file: bool,
    pixels: usize,
}

impl Split {
    pub(crate) fn of(collection: Collection) -> Result<Split> {
        let Collection { kind, samples, .. } = collection;
        let pixels = samples.iter().map(Sample::pixels).sum();
        if pixels < LEAST_PIXELS {
            return Err(Error::TooFewImages {
                least: LEAST_PIXELS,
                found: format!("{} images with {pixels} pixels", samples.len()),
            });
        }
        let by_file = samples.len() >= FILES;
        let (mut names, mut training, mut held_out) = (Vec::new(), Vec::new(), Vec::new());
        for (index, sample) in samples.into_iter().enumerate() {
            let name = sample.path.to_string_lossy().into_owned();
            if by_file && index % FILES == FILES / 2 {
                held_out.push(HeldOut::whole(sample));
                continue;
            }
            let image = &sample.picture.image;
            let kept = match by_file {
                true => image.height(),
                false => image.height() - image.height() / ROWS as u32,
            };
            names.push(name);
            training.push(planes(image, kept, kind));
            if kept < image.height() {
                held_out.push(HeldOut::below(image, kept)?);
            }
        }
        let digest = DataDigest::of(names.iter().map(String::as_str).zip(&training));
        Ok(Split {
            kind,
            training,
            digest,
            held_out,
            by_file,
            pixels,
        })
    }

    /// Reports how the images are used, on standard error.
    pub(crate) fn report(&self) {
        let how = match self.by_file {
            true => format!("{} of them only measure", self.held_out.len()),
            false => "the lower eighth of each only measures".to_owned(),
        };
        let files = self.training.len() + if self.by_file { self.held_out.len() } else { 0 };
        let megapixels = self.pixels as f64 / 1e6;
        eprintln!(
            "{files} {} images, {megapixels:.2} megapixels; {how}",
            self.kind
        );
        if self.pixels < ENOUGH_PIXELS {
            let enough = ENOUGH_PIXELS / 1_000_000;
            eprintln!(
                "more images of this kind would help: {enough} megapixels or more are enough for a short training"
            );
        }
    }

    /// The images held out, in the form that the network reads.
    pub(crate) fn measured(&self) -> Vec<Photo> {
        let photo = |held: &HeldOut| planes(&held.image, held.image.height(), self.kind);
        self.held_out.iter().map(photo).collect()
    }
}

impl HeldOut {
    fn whole(sample: Sample) -> HeldOut {
        let is_png = sample.picture.source == pxc_picture::InputFormat::Png;
        HeldOut {
            png_bytes: is_png.then_some(sample.file_bytes),
            image: sample.picture.image,
            metadata: sample.picture.metadata,
        }
    }

    /// Cuts the rows from `first` on out of an image.
    fn below(image: &Image, first: u32) -> Result<HeldOut> {
        let rows = first..image.height();
        HeldOut::part(image, 0..image.width(), rows)
    }

    /// Cuts a part out of an image.
    pub(crate) fn part(
        image: &Image,
        columns: std::ops::Range<u32>,
        rows: std::ops::Range<u32>,
    ) -> Result<HeldOut> {
        let bytes = image.format().pixel_bytes();
        let row_bytes = image.width() as usize * bytes;
        let inside = columns.start as usize * bytes..columns.end as usize * bytes;
        let samples = image.samples().chunks_exact(row_bytes);
        let samples = samples.skip(rows.start as usize).take(rows.len());
        let samples: Vec<u8> = samples
            .flat_map(|row| row[inside.clone()].iter().copied())
            .collect();
        let (width, height) = (columns.len() as u32, rows.len() as u32);
        let image = Image::with_format(width, height, image.format(), samples);
        Ok(HeldOut {
            image: image.map_err(pxc_runtime::Error::from)?,
            metadata: Vec::new(),
            png_bytes: None,
        })
    }
}

/// The colour planes of the upper `rows` of an image.
fn planes(image: &Image, rows: u32, kind: Kind) -> Photo {
    let (width, height) = (image.width() as usize, rows as usize);
    let (channels, all) = (kind.channels(), image.color().channels());
    let pixels = image.samples().chunks_exact(all).take(width * height);
    Photo {
        width,
        height,
        channels,
        samples: pixels
            .flat_map(|pixel| &pixel[..channels])
            .copied()
            .collect(),
    }
}
