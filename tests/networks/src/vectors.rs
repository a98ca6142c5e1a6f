//! Parity vectors that `pxc-export` wrote.

use std::collections::HashMap;
use std::path::Path;

/// Tensors of a safetensors file: their bytes, by name.
pub struct Vectors {
    /// The bytes of each tensor.
    pub tensors: HashMap<String, Vec<u8>>,
}

impl Vectors {
    /// Reads a safetensors file.
    pub fn read(path: &Path) -> Self {
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
    pub fn integers(&self, name: &str) -> Vec<i16> {
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
