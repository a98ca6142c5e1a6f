//! Bytes of an `.onnx` file ↔ [`ModelFile`]: metadata and graph, checked against each other (`docs/model.md`).

mod interface;

use prost::Message;

use crate::contract::metadata::ModelMetadata;
use crate::contract::names::{COARSE_PREFIX, KEY, OPSETS};
use crate::error::{Error, Result};
use crate::file::interface::{expect_interface, inputs_of_file, outputs_of_file};
use crate::graph::node_view::is_onnx;
use crate::graph::typed_graph::Graph;
use crate::graph::writer::{ConvForm, Lanes};
use crate::messages::field_count::expect_few_fields;
use crate::messages::{ModelProto, StringStringEntryProto};
use crate::proof::{self, bound::Bound};
use crate::stages;

/// The largest legal model file, in bytes.
pub const MAX_MODEL_BYTES: usize = 64 << 20;

/// A model as `docs/model.md` describes it: metadata, and a graph with the inputs and outputs that they ask for.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelFile {
    metadata: ModelMetadata,
    graph: Graph,
    /// The network of the coarse image, in a model of version 3.
    coarse: Option<Box<ModelFile>>,
}

impl ModelFile {
    /// Joins metadata and the graph of a file. Fails when the metadata are illegal or the graph's inputs and outputs
    /// do not fit them.
    pub fn new(metadata: impl Into<ModelMetadata>, graph: Graph) -> Result<Self> {
        let metadata = metadata.into();
        metadata.check()?;
        expect_interface("inputs", &graph, graph.inputs(), &inputs_of_file(&metadata))?;
        let outputs = outputs_of_file(&metadata);
        expect_interface("outputs", &graph, graph.outputs(), &outputs)?;
        let Some(coarse) = metadata.coarse() else {
            return Self::joined(metadata, graph, None);
        };
        let coarse = ModelMetadata::from(coarse.model.clone());
        let [graph, coarse_graph] = graph.split_off(COARSE_PREFIX)?;
        let coarse = Self::joined(coarse, coarse_graph, None).map_err(Error::in_coarse)?;
        Self::joined(metadata, graph, Some(Box::new(coarse)))
    }

    fn joined(
        metadata: ModelMetadata,
        graph: Graph,
        coarse: Option<Box<ModelFile>>,
    ) -> Result<Self> {
        stages::expect_separate_passes(&graph, &metadata)?;
        Ok(Self {
            metadata,
            graph,
            coarse,
        })
    }

    /// Reads a model file. The result is well-formed; [`prove`](Self::prove) checks whether it is exact.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        if bytes.len() > MAX_MODEL_BYTES {
            return Err(Error::Limit {
                what: "bytes of a model file".into(),
                limit: MAX_MODEL_BYTES as u64,
                found: bytes.len() as u64,
            });
        }
        expect_few_fields(bytes)?;
        let proto = ModelProto::decode(bytes).map_err(|error| Error::NotOnnx {
            source: error.into(),
        })?;
        expect_operator_set(&proto)?;
        let metadata = read_metadata(&proto.metadata_props)?;
        let graph = proto
            .graph
            .ok_or_else(|| Error::form("file", "a graph", "none"))?;
        Self::new(metadata, Graph::from_proto(graph)?)
    }

    /// Writes the model file. Equal models give equal bytes.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut graph = self.graph.clone();
        if let Some(coarse) = &self.coarse {
            graph.append(COARSE_PREFIX, &coarse.graph)?;
        }
        let mut proto = graph.to_model_proto(Lanes::Symbolic, ConvForm::Conv);
        proto.metadata_props.push(StringStringEntryProto {
            key: Some(KEY.to_owned()),
            value: Some(self.metadata.to_json()?),
        });
        Ok(proto.encode_to_vec())
    }

    /// What the file says about itself.
    pub fn metadata(&self) -> &ModelMetadata {
        &self.metadata
    }

    /// The network; in a model of version 3 the one of the whole image.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// The network of the coarse image, which is a model of version 2; only models of version 3 have one.
    pub fn coarse(&self) -> Option<&ModelFile> {
        self.coarse.as_deref()
    }

    /// Proves that every result is exact (`docs/model.md`, *Operators*); one bound per node that sums or rounds.
    pub fn prove(&self) -> Result<Vec<Bound>> {
        let mut bounds = proof::prove(&self.graph, &self.metadata)?;
        if let Some(coarse) = &self.coarse {
            let more = coarse.prove().map_err(Error::in_coarse)?;
            bounds.extend(more.into_iter().map(|bound| Bound {
                node: format!("{COARSE_PREFIX}{}", bound.node),
                ..bound
            }));
        }
        Ok(bounds)
    }
}

/// Checks the version of ONNX's operators. The IR version says how a file is stored, and does not matter. The file may
/// name other sets of operators, since no node may use them.
fn expect_operator_set(proto: &ModelProto) -> Result<()> {
    let imports = proto.opset_import.iter();
    let onnx = imports.filter(|import| is_onnx(import.domain.as_deref().unwrap_or_default()));
    let versions: Vec<Option<i64>> = onnx.map(|import| import.version).collect();
    match versions[..] {
        [Some(version)] if OPSETS.contains(&version) => Ok(()),
        _ => {
            let expected = format!("one of {} to {}", OPSETS.start(), OPSETS.end());
            let found = versions.iter().flatten().map(i64::to_string);
            let found = found.collect::<Vec<_>>().join(" and ");
            let found = if found.is_empty() { "none" } else { &found };
            Err(Error::form("file, operator set", expected, found))
        }
    }
}

fn read_metadata(entries: &[StringStringEntryProto]) -> Result<ModelMetadata> {
    let mut values = entries
        .iter()
        .filter(|entry| entry.key.as_deref() == Some(KEY));
    match (values.next(), values.next()) {
        (Some(entry), None) => ModelMetadata::from_json(entry.value.as_deref().unwrap_or_default()),
        (first, _) => Err(Error::Metadata {
            field: "entry".into(),
            expected: "one in metadata_props".into(),
            found: if first.is_some() { "several" } else { "none" }.into(),
        }),
    }
}
