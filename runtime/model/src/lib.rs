//! ONNX messages, the pxc model contract, and the proof that a model is integer-exact.
//!
//! A pxc model is one ONNX file that `docs/model.md` describes. The exporter builds a [`Graph`], combines it with
//! [`ModelMetadata`] into a [`ModelFile`], proves and writes it; the runtime reads and proves the same file, splits it
//! into stages and lowers it for the current processor.
//!
//! ```
//! use pxc_model::{Element, Graph, Matrix, ModelFile, ModelMetadata};
//!
//! // Logits that depend on one feature: the west neighbour's difference to the base.
//! let mut graph = Graph::new();
//! let context = graph.input("context", Element::F32, 2)?;
//! let weight = Matrix::new(256, 2, [0.25, 0.0].repeat(256))?;
//! let sum = graph.conv("sum", context, weight, vec![100.0; 256])?;
//! let clipped = graph.clip("clipped", sum, 0.0, 255.0)?;
//! let rounded = graph.round("rounded", clipped)?;
//! let logits = graph.cast("logits_0", rounded, Element::U8)?;
//! graph.output(logits)?;
//!
//! let metadata = ModelMetadata::from_json(
//!     r#"{"version": 1, "family": "photo", "name": "tiny", "channels": 1, "order": [0], "taps": [[0, -1]],
//!         "shear": 1, "context": "median-differences", "prediction": "carry"}"#,
//! )?;
//! let model = ModelFile::new(metadata, graph)?;
//! let bounds = model.prove()?;
//! assert_eq!((bounds[0].node.as_str(), bounds[0].largest), ("sum", 655.0)); // (0.25 · 255 + 100) · 4
//! assert_eq!(ModelFile::from_bytes(&model.to_bytes()?)?, model);
//! # Ok::<(), pxc_model::Error>(())
//! ```

#[doc(hidden)] // For tests, which write what no writer would.
pub mod messages;
pub mod contract;
mod graph;
pub mod proof;
pub mod reference;
pub mod stages;
pub mod lowering;
mod file;
mod error;

pub use contract::maps::{MapMetadata, Pass};
pub use contract::metadata::ModelMetadata;
pub use contract::paper::{CoarseMetadata, PaperMetadata};
pub use contract::photo::PhotoMetadata;
pub use contract::{map_output, map_row_tap, map_tap};
pub use error::{Error, Result};
pub use file::{MAX_MODEL_BYTES, ModelFile};
pub use graph::operators::{Element, Matrix, Node, Op, ROUND, Tensor, TensorId};
pub use graph::power_of_two::grid;
pub use graph::typed_graph::Graph;
pub use graph::writer::{ConvForm, Lanes};
pub use proof::bound::Bound;
pub use stages::Stage;

pub use pxc_codec::{ErrorKind, full_message};
