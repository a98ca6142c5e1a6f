//! Results of several compressors, side by side.

use serde_json::{Value, json};

use crate::commands::bench::tools::Measured;
use crate::files::location::Location;

/// The results for one image, or the sums for all of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Comparison {
    /// Where the image is; `None` for sums.
    pub(crate) location: Option<Location>,
    /// The image, in words.
    pub(crate) title: String,
    /// Samples of the image.
    pub(crate) samples: u64,
    /// Names of compressors, and their results.
    pub(crate) results: Vec<(&'static str, Measured)>,
}

/// Sums over images.
#[derive(Default)]
pub(crate) struct Total {
    /// The number of images.
    pub(crate) files: usize,
    /// The sums over these images.
    pub(crate) comparison: Comparison,
}

impl Total {
    /// Adds the results for an image. Drops compressors that failed on it.
    pub(crate) fn add(&mut self, comparison: &Comparison) {
        let total = &mut self.comparison;
        if self.files == 0 {
            total.results = comparison.results.clone();
        } else {
            total.results.retain_mut(|(name, sum)| {
                let found = comparison.results.iter().find(|(other, _)| other == name);
                if let Some((_, measured)) = found {
                    sum.bytes += measured.bytes;
                    sum.compress_seconds += measured.compress_seconds;
                    let (a, b) = (sum.decompress_seconds, measured.decompress_seconds);
                    sum.decompress_seconds = a.zip(b).map(|(a, b)| a + b);
                }
                found.is_some()
            });
        }
        self.files += 1;
        total.samples += comparison.samples;
        total.title = format!("total of {} files", self.files);
    }
}

impl Comparison {
    /// A table, or a line of JSON.
    pub(crate) fn text(&self, as_json: bool) -> String {
        match as_json {
            true => format!("{}\n", self.object()),
            false => self.table(),
        }
    }

    fn table(&self) -> String {
        let row = |name: &str, [a, b, c, d]: [String; 4]| {
            format!("  {name:<20} {a:>11} {b:>14} {c:>10} {d:>12}\n")
        };
        let heading = ["BYTES", "BITS/SUB-PIXEL", "COMPRESS S", "DECOMPRESS S"];
        let mut text = format!("{}\n", self.title) + &row("", heading.map(str::to_owned));
        for (name, measured) in &self.results {
            let decompress = measured.decompress_seconds;
            text += &row(
                name,
                [
                    measured.bytes.to_string(),
                    format!("{:.3}", self.bits(measured)),
                    format!("{:.3}", measured.compress_seconds),
                    decompress.map_or("–".into(), |seconds| format!("{seconds:.3}")),
                ],
            );
        }
        text
    }

    fn object(&self) -> Value {
        let results = self.results.iter().map(|(name, measured)| {
            json!({
                "name": name,
                "bytes": measured.bytes,
                "bits_per_sub_pixel": self.bits(measured),
                "compress_seconds": measured.compress_seconds,
                "decompress_seconds": measured.decompress_seconds,
            })
        });
        let mut object = json!({
            "image": self.title,
            "samples": self.samples,
            "results": results.collect::<Vec<_>>(),
        });
        if let Some(location) = &self.location {
            location.name_in(&mut object, "file");
        }
        object
    }

    fn bits(&self, measured: &Measured) -> f64 {
        measured.bytes as f64 * 8.0 / self.samples.max(1) as f64
    }
}
