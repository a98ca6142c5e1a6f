//! Models that keep maps: are the logits those of an oracle without rings, stages or batches, on every backend, and
//! do images come back, with equal files?

mod paper_models;
mod side_by_side;
mod whole_maps;

use std::path::Path;

use pxc_codec::{LanePosition, TileSize};
use pxc_model::{ModelFile, ModelMetadata, PaperMetadata};
use pxc_runtime::{
    BitDepth, CodingMethod, ColorType, CompressOptions, DecompressOptions, Engine, ErrorKind,
    Image, Limits, Model, Predictor, Rect, Registry, SampleFormat, Tiling, open, read_header,
};
#[cfg(feature = "onnxruntime")]
use pxc_test_networks::backends::onnxruntime;
use pxc_test_networks::backends::{TestBackend, tract};
use pxc_test_networks::random_models::Random;
use pxc_test_networks::vectors::Vectors;
use side_by_side::side_by_side;
use whole_maps::TileSamples;

fn paper(model: &ModelFile) -> &PaperMetadata {
    match model.metadata() {
        ModelMetadata::Paper(paper) => paper,
        ModelMetadata::Photo(_) => panic!("a model of photos"),
    }
}

fn tiles(metadata: &PaperMetadata) -> Vec<TileSamples> {
    let mut random = Random(9);
    let sizes = [(7, 5), (7, 5), (3, 5), (7, 2), (1, 1)];
    let tiles = sizes.map(|(width, height)| {
        let count = width * height * metadata.channels;
        let highest = metadata.levels as i64 - 1;
        TileSamples {
            width,
            height,
            samples: (0..count)
                .map(|_| random.within(0, highest) as u8)
                .collect(),
        }
    });
    tiles.into()
}

fn opened(file: &ModelFile) -> Model {
    Model::from_bytes("random", &file.to_bytes().unwrap()).unwrap()
}

#[test]
fn logits_are_the_oracles() {
    check_against_the_oracle(&tract());
}

#[cfg(feature = "onnxruntime")]
#[test]
#[ignore = "needs ONNX Runtime"]
fn logits_of_onnxruntime_are_the_oracles() {
    check_against_the_oracle(&onnxruntime());
}

fn check_against_the_oracle(backends: &[TestBackend]) {
    for (name, file) in paper_models::all() {
        let metadata = paper(&file);
        let tiles = tiles(metadata);
        let expected = tiles
            .iter()
            .map(|tile| whole_maps::logits(&file, metadata, tile));
        let expected: Vec<Vec<u8>> = expected.collect();
        let mut seen = [false; 256];
        let all = expected.iter().flatten();
        all.for_each(|&logit| seen[usize::from(logit)] = true);
        let different = seen.iter().filter(|&&seen| seen).count();
        let least = if metadata.levels == 2 { 3 } else { 20 };
        assert!(
            different > least,
            "{name}: only {different} different logits"
        );
        for backend in backends {
            let predictor = open(&opened(&file), &backend.options).unwrap();
            for staged in [false, true] {
                let found = side_by_side(&*predictor, metadata, &tiles, staged);
                let found =
                    found.unwrap_or_else(|error| panic!("{name}, {}: {error}", backend.name));
                assert!(
                    found == expected,
                    "{name}, {}, staged {staged}",
                    backend.name
                );
            }
        }
    }
}

/// The fixtures' models that keep maps repeat what the trainer's rounded network says about whole images.
#[test]
fn logits_are_the_trainers() {
    check_against_the_trainer(&tract());
}

#[cfg(feature = "onnxruntime")]
#[test]
#[ignore = "needs ONNX Runtime"]
fn logits_of_onnxruntime_are_the_trainers() {
    check_against_the_trainer(&onnxruntime());
}

fn check_against_the_trainer(backends: &[TestBackend]) {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/models");
    let mut families = Vec::new();
    for entry in std::fs::read_dir(fixtures).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "onnx") {
            continue;
        }
        let file = ModelFile::from_bytes(&std::fs::read(&path).unwrap()).unwrap();
        let ModelMetadata::Paper(metadata) = file.metadata() else {
            continue;
        };
        let vectors = Vectors::read(&path.with_extension("safetensors"));
        for backend in backends {
            let predictor = open(&opened(&file), &backend.options).unwrap();
            expect_the_trainers(&*predictor, metadata, &vectors, "", backend.name);
            if let Some(coarse) = &metadata.coarse {
                let predictor = predictor.coarse().unwrap();
                expect_the_trainers(predictor, &coarse.model, &vectors, "coarse.", backend.name);
            }
        }
        let scales = ["", ", two scales"][usize::from(metadata.coarse.is_some())];
        families.push(format!("{}{scales}", metadata.family));
    }
    families.sort();
    families.dedup();
    let expected = [
        "diagonal-bilstm",
        "pixelcnn",
        "row-lstm",
        "row-lstm, two scales",
    ];
    assert_eq!(families, expected);
}

fn expect_the_trainers(
    predictor: &dyn Predictor,
    metadata: &PaperMetadata,
    vectors: &Vectors,
    prefix: &str,
    backend: &str,
) {
    let [width, height] = metadata.tile.map(|side| side as usize);
    let size = width * height * metadata.channels;
    let tiles = vectors.tensors[&format!("{prefix}samples")].chunks_exact(size);
    let tiles = tiles.map(|samples| TileSamples {
        width,
        height,
        samples: samples.to_vec(),
    });
    let tiles: Vec<TileSamples> = tiles.collect();
    let pixels = width * height * metadata.levels;
    let logits = |k: usize| &vectors.tensors[&format!("{prefix}logits_{k}")];
    let logits: Vec<&Vec<u8>> = (0..metadata.channels).map(logits).collect();
    let expected = (0..tiles.len()).map(|tile| {
        let pixel = |pixel: usize| {
            let start = tile * pixels + pixel * metadata.levels;
            let of_channels = logits.iter();
            of_channels.flat_map(move |logits| &logits[start..start + metadata.levels])
        };
        (0..width * height).flat_map(pixel).copied().collect()
    });
    let expected: Vec<Vec<u8>> = expected.collect();
    for staged in [false, true] {
        let found = side_by_side(predictor, metadata, &tiles, staged).unwrap();
        assert!(found == expected, "{}, {backend}", metadata.name);
    }
}

fn image(metadata: &PaperMetadata, width: u32, height: u32) -> Image {
    let mut random = Random(u64::from(width) << 9 | u64::from(height));
    let color = match metadata.channels {
        3 => ColorType::Rgb,
        _ => ColorType::Gray,
    };
    let depth = match metadata.levels {
        2 => BitDepth::One,
        _ => BitDepth::Eight,
    };
    let samples = (0..width * height * metadata.channels as u32).map(|at| {
        let noise = random.within(0, 1) as u32;
        match depth {
            BitDepth::One => ((at / 5 % 2) ^ noise) as u8,
            _ => (at * 3 / 7 + noise) as u8,
        }
    });
    let format = SampleFormat { color, depth };
    Image::with_format(width, height, format, samples.collect()).unwrap()
}

fn network(name: &str) -> CompressOptions<'_> {
    CompressOptions::default()
        .with_model(name)
        .with_method(CodingMethod::Network)
}

fn part(image: &Image, region: Rect) -> Vec<u8> {
    let bytes = image.format().pixel_bytes();
    let row = |y: usize| {
        let start = (y * image.width() as usize + region.x) * bytes;
        image.samples()[start..start + region.width * bytes]
            .iter()
            .copied()
    };
    (region.y..region.y + region.height).flat_map(row).collect()
}

#[test]
fn images_come_back_with_equal_files() {
    check_images(&tract());
}

#[cfg(feature = "onnxruntime")]
#[test]
#[ignore = "needs ONNX Runtime"]
fn images_come_back_with_equal_files_of_both_backends() {
    check_images(&tract().into_iter().chain(onnxruntime()).collect::<Vec<_>>());
}

fn check_images(backends: &[TestBackend]) {
    for (name, file) in paper_models::all() {
        let metadata = paper(&file);
        let bytes = file.to_bytes().unwrap();
        let engines: Vec<Engine> = backends
            .iter()
            .map(|backend| {
                let registry = Registry::with_directory(None);
                registry.add_bytes(&bytes).unwrap();
                Engine::new(registry, backend.options.clone())
            })
            .collect();
        for (width, height) in [(1, 1), (7, 5), (8, 6), (33, 31), (2, 40)] {
            let image = image(metadata, width, height);
            let compressed = engines.iter().map(|engine| {
                let options = network(&metadata.name);
                engine.compress(&image, &options).unwrap().0
            });
            let compressed: Vec<Vec<u8>> = compressed.collect();
            let first = &compressed[0];
            let header = read_header(first, &Limits::default()).unwrap();
            assert_eq!(header.model, Some(opened(&file).id()));
            if width * height > 500 {
                assert!(header.groups.len() > 1, "several groups");
            }
            for (index, engine) in engines.iter().enumerate() {
                let which = format!("{name}, {width} × {height}, {}", backends[index].name);
                assert!(compressed[index] == *first, "{which}");
                for threads in [1, 2] {
                    let options = DecompressOptions::default().with_threads(threads);
                    let decoded = engine.decompress(first, &options).unwrap();
                    assert!(decoded.image == image, "{which}, {threads} threads");
                }
            }
            let region = Rect {
                x: width as usize / 2,
                y: height as usize / 2,
                width: (width as usize)
                    .div_ceil(3)
                    .min(width as usize - width as usize / 2),
                height: 1,
            };
            let decoded =
                engines[0].decompress_region(first, region, &DecompressOptions::default());
            assert!(decoded.unwrap().image.samples() == part(&image, region));
        }
    }
}

#[test]
fn images_that_do_not_fit_are_refused() {
    let file = paper_models::row_lstm(5, paper_models::Samples::Bilevel).unwrap();
    let registry = Registry::with_directory(None);
    registry.add_bytes(&file.to_bytes().unwrap()).unwrap();
    let engine = Engine::new(registry, pxc_runtime::Backend::Tract);
    let gray = Image::new(3, 3, ColorType::Gray, vec![7; 9]).unwrap();
    let error = engine
        .compress(&gray, &network(&paper(&file).name))
        .unwrap_err();
    let expected = "model row-lstm-bilevel codes 1-bit gray images, but this one is 8-bit gray";
    assert_eq!(error.to_string(), expected);
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    let large = network("row-lstm-bilevel").with_tiling(Tiling::whole(8, 3));
    let image = image(paper(&file), 8, 3);
    let error = engine.compress(&image, &large).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Argument, "{error}");
}

/// A step that differs from what was announced, or lies outside the tiles, is an error and no panic.
#[test]
fn sessions_check_what_they_are_told() {
    let file = paper_models::row_lstm(5, paper_models::Samples::Gray).unwrap();
    let options = pxc_runtime::BackendOptions::default();
    let predictor = open(&opened(&file), &options).unwrap();
    let mut session = predictor.session().unwrap();
    let place = |tile, y, x| LanePosition { tile, y, x };
    assert!(session.locate(&[place(0, 0, 0)]).is_err());
    let size = TileSize {
        width: 7,
        height: 5,
    };
    session.begin(&[size]).unwrap();
    assert!(session.locate(&[place(1, 0, 0)]).is_err());
    assert!(session.locate(&[place(0, 0, 7)]).is_err());
    assert!(session.locate(&[place(0, 5, 0)]).is_err());
    assert!(session.locate(&[place(0, 0, 0), place(0, 0, 1)]).is_err());
    session.locate(&[place(0, 0, 2), place(0, 1, 0)]).unwrap();
    let features = predictor.spec().features();
    let mut logits = vec![0; 256];
    let one = session.all_logits(1, &vec![0; features], &[], &mut logits);
    assert!(one.is_err(), "two places, one lane");
    assert!(predictor.tile_memory(size) > 0);
}
