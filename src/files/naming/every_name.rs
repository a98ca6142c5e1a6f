//! Tests all short names of files: every name comes back, and two names become one only where pxc refuses that.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use pxc_picture::write_picture;
use pxc_picture::{MetadataChunk, OutputFormat, ReadOptions, exact, read_picture, with_metadata};
use pxc_runtime::{ColorType, CompressOptions, Image, Limits, compress};
use tempfile::TempDir;

use crate::files::location::{Location, Paths};
use crate::files::naming::kept_extension::{self, NamedFormat};
use crate::files::naming::renaming::Renaming;
use crate::files::naming::{Direction, OutputKind};

const LETTERS: [&str; 5] = [".", "a", "p", "n", "g"];
const LONGEST: usize = 6;

/// All names of up to six letters except `.` and `..`.
fn all_names() -> Vec<String> {
    let mut all = Vec::new();
    let mut last = vec![String::new()];
    for _ in 0..LONGEST {
        let longer = |name: String| LETTERS.map(|letter| name.clone() + letter);
        last = last.into_iter().flat_map(longer).collect();
        all.extend(
            last.iter()
                .filter(|name| *name != "." && *name != "..")
                .cloned(),
        );
    }
    all
}

fn renamed(direction: Direction, input: &Location, path: &Path) -> PathBuf {
    let kind = OutputKind {
        direction,
        format: None,
        part: None,
    };
    let renaming = Renaming {
        kind: &kind,
        suffix: ".pxc",
    };
    renaming.renamed(input, path).expect("a name")
}

/// .pxc files of one original, one for each chunk that keeps a name.
struct Archive {
    directory: TempDir,
    format: NamedFormat,
    coded: Vec<u8>,
    metadata: Vec<MetadataChunk>,
    files: HashMap<Option<Vec<u8>>, Location>,
}

impl Archive {
    fn new(format: NamedFormat, coded: Vec<u8>, metadata: Vec<MetadataChunk>) -> Archive {
        let directory = tempfile::tempdir().expect("a directory");
        Archive {
            directory,
            format,
            coded,
            metadata,
            files: HashMap::new(),
        }
    }

    /// A .pxc file with the chunk that a name needs.
    fn file(&mut self, name: Option<MetadataChunk>) -> Location {
        let (count, key) = (self.files.len(), name.clone().map(|chunk| chunk.data));
        let found = self.files.entry(key).or_insert_with(|| {
            let metadata: Vec<MetadataChunk> = self.metadata.iter().cloned().chain(name).collect();
            let bytes = with_metadata(&self.coded, &metadata, &Limits::default(), None);
            let path = self.directory.path().join(count.to_string());
            fs::write(&path, bytes.expect("legal")).expect("a file");
            Location::File(path)
        });
        found.clone()
    }

    fn check(&mut self, folder: &str) {
        let mut taken: HashMap<PathBuf, String> = HashMap::new();
        for name in all_names() {
            let path = Path::new(folder).join(&name);
            let input = Location::File(path.clone());
            let output = renamed(Direction::Compress, &input, &path);
            let target = Location::File(output.clone());
            let paths = Paths {
                input: &input,
                output: &target,
            };
            let chunk = kept_extension::chunk(paths, ".pxc", self.format);
            let file = self.file(chunk);
            let back = renamed(Direction::Decompress, &file, &output);
            assert_eq!(
                back.as_os_str(),
                path.as_os_str(),
                "{:?}: {output:?}",
                self.format
            );
            if let Some(other) = taken.insert(output, name.clone()) {
                // Refused: see `conflicts.rs`.
                assert_eq!(name, format!("{other}.png"));
            }
        }
    }
}

fn image() -> Image {
    Image::new(2, 1, ColorType::Rgb, vec![1, 2, 3, 4, 5, 6]).expect("legal")
}

/// The exact file of a format.
fn exact_file(format: OutputFormat) -> Archive {
    let file = write_picture(image(), &[], format).expect("legal").bytes;
    let picture = read_picture(&file, &ReadOptions::new(Limits::default())).expect("legal");
    let chunk = exact::describe(&file, &picture, usize::MAX, &Limits::default());
    let coded = compress(&picture.image, &CompressOptions::default()).expect("legal");
    Archive::new(
        NamedFormat::Other(format),
        coded,
        vec![chunk.expect("a description")],
    )
}

#[test]
fn every_short_name_comes_back() {
    let coded = compress(&image(), &CompressOptions::default()).expect("legal");
    let png = NamedFormat::Other(OutputFormat::Png);
    let golden = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/fixtures/golden/v1/jpeg-baseline.pxc"
    );
    let jpeg = fs::read(golden).expect("a file");
    let mut archives = [
        Archive::new(png, coded, Vec::new()),
        Archive::new(NamedFormat::Jpeg, jpeg, Vec::new()),
        exact_file(OutputFormat::Png),
        exact_file(OutputFormat::Bmp),
        exact_file(OutputFormat::Ppm),
    ];
    for archive in &mut archives {
        archive.check("");
        archive.check("folder.png");
    }
}
