//! Bytes of an `.onnx` file in, a digested, checked and proven [`Model`] out (`docs/model.md`).

use pxc_codec::{
    BitDepth, ColorType, KeptMaps, ModelId, ModelSpec, SampleFormat, SymbolRule, Tap, TileSize,
};
use pxc_model::{Bound, ModelFile, ModelMetadata};

use crate::error::{Error, Result};
use crate::registry::embedded::EMBEDDED;
use crate::session::exact_floats::ExactFloats;

/// A model that pxc may run: well-formed, and proven to be exact.
#[derive(Clone, Debug)]
pub struct Model {
    id: ModelId,
    spec: ModelSpec,
    file: ModelFile,
    file_bytes: usize,
    is_embedded: bool,
    /// The bounds of both networks.
    bounds: Vec<Bound>,
    /// The model of the coarse image, in the same file.
    coarse: Option<Box<Model>>,
}

impl Model {
    /// Reads, checks and proves a model. `name` stands for it in errors: a path, or an embedded model's name.
    pub fn from_bytes(name: &str, bytes: &[u8]) -> Result<Self> {
        let refused = |source| Error::Model {
            name: name.to_owned(),
            source,
        };
        let _exact = ExactFloats::begin();
        let file = ModelFile::from_bytes(bytes).map_err(refused)?;
        let bounds = file.prove().map_err(refused)?;
        let model_of = |file: ModelFile, bounds, coarse| Self {
            id: id_of(bytes),
            spec: spec_of(file.metadata()),
            file,
            file_bytes: bytes.len(),
            is_embedded: EMBEDDED.iter().any(|embedded| embedded.bytes == bytes),
            bounds,
            coarse,
        };
        let coarse = file.coarse().cloned();
        let coarse = coarse.map(|coarse| Box::new(model_of(coarse, Vec::new(), None)));
        Ok(model_of(file, bounds, coarse))
    }

    /// The first 8 bytes of the BLAKE3 digest of the file.
    pub fn id(&self) -> ModelId {
        self.id
    }

    /// What `pxc models` prints.
    pub fn name(&self) -> &str {
        self.file.metadata().name()
    }

    /// The name that files store for readers without the model; `None` for the models in the library.
    pub(crate) fn stored_name(&self) -> Option<String> {
        (!self.is_embedded).then(|| self.name().to_owned())
    }

    /// How the model sees an image.
    pub fn spec(&self) -> &ModelSpec {
        &self.spec
    }

    /// The kind of image that the model codes; of images with alpha it codes the colours.
    pub fn codes(&self) -> SampleFormat {
        SampleFormat {
            color: match self.spec.channels() {
                1 => ColorType::Gray,
                _ => ColorType::Rgb,
            },
            depth: match self.spec.levels {
                2 => BitDepth::One,
                _ => BitDepth::Eight,
            },
        }
    }

    /// What the file says about itself.
    pub fn metadata(&self) -> &ModelMetadata {
        self.file.metadata()
    }

    /// The proof: how much of the exact range each node uses at most.
    pub fn bounds(&self) -> &[Bound] {
        &self.bounds
    }

    /// Bytes of the model's file.
    pub fn file_bytes(&self) -> usize {
        self.file_bytes
    }

    /// Multiplications that the network needs for a pixel with all its channels, including its share of the coarse
    /// image.
    pub fn multiplications_per_pixel(&self) -> u64 {
        let coarse = self.coarse.as_ref();
        let block_pixels = self.spec.ratio.map_or(1, |ratio| (ratio * ratio) as u64);
        let coarse = coarse.map_or(0, |coarse| coarse.multiplications_per_pixel());
        self.file.graph().weights() as u64 + coarse.div_ceil(block_pixels)
    }

    /// The model of the coarse image, in a model of two scales.
    pub(crate) fn coarse(&self) -> Option<&Model> {
        self.coarse.as_deref()
    }

    /// The file: metadata and graph.
    pub fn file(&self) -> &ModelFile {
        &self.file
    }
}

/// The id of a model file: the first 8 bytes of its BLAKE3 digest.
pub fn id_of(bytes: &[u8]) -> ModelId {
    let digest = blake3::hash(bytes);
    let (id, _) = digest
        .as_bytes()
        .split_first_chunk()
        .expect("a digest has 32 bytes");
    ModelId(*id)
}

/// Parses a model id of 16 hexadecimal digits.
pub fn parse_id(text: &str) -> Option<ModelId> {
    let digits = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let value = digits.then(|| u64::from_str_radix(text, 16).ok())??;
    Some(ModelId(value.to_be_bytes()))
}

fn spec_of(metadata: &ModelMetadata) -> ModelSpec {
    let tap = |&[dy, dx]: &[i32; 2]| Tap { dy, dx };
    let photo = ModelSpec::photo(
        metadata.order().to_vec(),
        metadata.taps().iter().map(tap).collect(),
        metadata.shear() as usize,
    );
    match metadata {
        ModelMetadata::Photo(_) => photo,
        ModelMetadata::Paper(paper) => ModelSpec {
            rule: SymbolRule::Centred,
            levels: paper.levels,
            tile: Some(TileSize {
                width: paper.tile[0] as usize,
                height: paper.tile[1] as usize,
            }),
            maps: match paper.has_row_pass() {
                true => KeptMaps::PixelAndRow,
                false if paper.maps.is_empty() => KeptMaps::None,
                false => KeptMaps::Pixel,
            },
            ratio: paper.coarse.as_ref().map(|coarse| coarse.ratio as usize),
            ..photo
        },
    }
}
