//! Does the network match its training? Every backend repeats the logits of the trainer's rounded network, to the last bit.

mod random_models;
mod test_backends;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use pxc_runtime::{Model, open};
use test_backends::{Inputs, backends, staged_logits, whole_logits};

/// Tensors of a safetensors file: their bytes, by name.
struct Vectors {
    tensors: HashMap<String, Vec<u8>>,
}

impl Vectors {
    fn read(path: &Path) -> Self {
        let bytes = std::fs::read(path).unwrap();
        let (length, rest) = bytes.split_first_chunk::<8>().unwrap();
        let (header, data) = rest.split_at(u64::from_le_bytes(*length) as usize);
        let header: serde_json::Map<String, serde_json::Value> =
            serde_json::from_slice(header).unwrap();
        let entries = header
            .into_iter()
            .filter(|(name, _)| name != "__metadata__");
        let tensors = entries.map(|(name, entry)| {
            let offset = |index: usize| entry["data_offsets"][index].as_u64().unwrap() as usize;
            (name, data[offset(0)..offset(1)].to_vec())
        });
        Self {
            tensors: tensors.collect(),
        }
    }

    /// A float32 tensor of integers.
    fn integers(&self, name: &str) -> Vec<i16> {
        let (words, rest) = self.tensors[name].as_chunks::<4>();
        assert!(rest.is_empty());
        let values = words.iter().map(|&word| f32::from_le_bytes(word));
        values
            .map(|value| {
                assert_eq!(value, value.round());
                value as i16
            })
            .collect()
    }
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/models")
}

#[test]
fn logits_are_the_trainers() {
    let mut models = 0;
    let entries = std::fs::read_dir(fixtures())
        .unwrap()
        .map(|entry| entry.unwrap().path());
    for path in entries.filter(|path| {
        path.extension()
            .is_some_and(|extension| extension == "onnx")
    }) {
        models += 1;
        let vectors = Vectors::read(&path.with_extension("safetensors"));
        let model =
            Model::from_bytes(&path.display().to_string(), &std::fs::read(&path).unwrap()).unwrap();
        let channels = model.spec().channels();
        let context = vectors.integers("context");
        let inputs = Inputs {
            lanes: context.len() / model.spec().features(),
            context,
            own: (0..channels - 1)
                .flat_map(|k| vectors.integers(&format!("own_{k}")))
                .collect(),
        };
        let expected =
            (0..channels).flat_map(|k| vectors.tensors[&format!("logits_{k}")].iter().copied());
        let expected: Vec<u8> = expected.collect();
        for backend in backends() {
            let predictor = open(&model, &backend.options).unwrap();
            for logits in [
                whole_logits(&*predictor, &inputs).unwrap(),
                staged_logits(&*predictor, &inputs).unwrap(),
            ] {
                let pairs = logits.iter().zip(&expected);
                let largest = pairs.map(|(a, b)| a.abs_diff(*b)).max();
                println!(
                    "{}, {}: largest difference {largest:?}",
                    model.name(),
                    backend.name
                );
                assert!(logits == expected, "{}, {}", path.display(), backend.name);
            }
        }
    }
    assert!(models > 0, "no models in {}", fixtures().display());
}
