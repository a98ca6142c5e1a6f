//! Why a model is refused: which part of the file, what the contract expects, what was found.

use pxc_codec::ErrorKind;

use crate::contract::names::COARSE_PREFIX;

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Why bytes are not a model that pxc may run, or why a graph cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The bytes are not an ONNX file.
    #[error("not an ONNX model")]
    NotOnnx {
        /// The protobuf reader's error.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The file, or something in it, is larger than a pxc model may be.
    #[error("{what}: expected at most {limit}, found {found}")]
    Limit {
        /// What is too large.
        what: String,
        /// The largest legal figure.
        limit: u64,
        /// The figure found.
        found: u64,
    },
    /// The metadata entry `pxc.model` is absent or illegal (`docs/model.md`, *Metadata*).
    #[error("metadata pxc.model, {field}: expected {expected}, found {found}")]
    Metadata {
        /// The field of the JSON object.
        field: String,
        /// What the contract says.
        expected: String,
        /// What the file says.
        found: String,
    },
    /// The metadata entry `pxc.model` is not JSON, or lacks a field, or has one of another type.
    #[error("metadata pxc.model: expected a JSON object as in docs/model.md")]
    Json {
        /// The JSON reader's error.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A node's operator is not one that a pxc model may use (`docs/model.md`, *Operators*).
    #[error("node {node}: a pxc model may not use operator {operator} ({advice})")]
    Operator {
        /// The node's name.
        node: String,
        /// Its operator, with its domain, if any.
        operator: String,
        /// What to use instead.
        advice: &'static str,
    },
    /// A node, tensor or interface does not have the form that the contract asks for.
    #[error("{what}: expected {expected}, found {found}")]
    Form {
        /// A node, a tensor or a section of the file.
        what: String,
        /// What the contract says.
        expected: String,
        /// What the file holds.
        found: String,
    },
    /// The exactness proof fails at a node.
    #[error("node {node} is not exact: expected {expected}, found {found}")]
    NotExact {
        /// The node's name.
        node: String,
        /// The rule.
        expected: String,
        /// The figures.
        found: String,
    },
    /// A result needs an input that does not exist when it is evaluated.
    #[error("{output}, of the {pass} pass, depends on {input}, which that pass does not have")]
    WrongPass {
        /// The output.
        output: String,
        /// `pixel` or `row`.
        pass: &'static str,
        /// The input.
        input: String,
    },
    /// A result of one of the networks of a model of version 3 depends on the other network.
    #[error("{output} depends on {input}, which belongs to the other network")]
    WrongNetwork {
        /// The output.
        output: String,
        /// The tensor of the other network.
        input: String,
    },
    /// A channel's logits depend on a channel that is decoded later.
    #[error("{output} depends on {input}, which is decoded later")]
    NotCausal {
        /// The output.
        output: String,
        /// The input.
        input: String,
    },
}

impl Error {
    /// What kind of failure this is: whatever rule a model breaks, its data are bad.
    pub fn kind(&self) -> ErrorKind {
        ErrorKind::BadData
    }

    /// Restates the error for the network of a coarse image.
    pub(crate) fn in_coarse(mut self) -> Self {
        match &mut self {
            Error::Metadata { field, .. } => field.insert_str(0, "coarse, "),
            Error::Form { what: name, .. }
            | Error::NotExact { node: name, .. }
            | Error::WrongPass { output: name, .. }
            | Error::NotCausal { output: name, .. } => name.insert_str(0, COARSE_PREFIX),
            _ => {}
        }
        self
    }

    pub(crate) fn form(
        what: impl Into<String>,
        expected: impl ToString,
        found: impl ToString,
    ) -> Self {
        Error::Form {
            what: what.into(),
            expected: expected.to_string(),
            found: found.to_string(),
        }
    }

    pub(crate) fn not_exact(node: &str, expected: impl ToString, found: impl ToString) -> Self {
        Error::NotExact {
            node: node.to_owned(),
            expected: expected.to_string(),
            found: found.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use crate::{ModelFile, ModelMetadata};

    #[test]
    fn readers_errors_are_kept() {
        let error = ModelFile::from_bytes(b"no model").expect_err("no ONNX file");
        let source = error.source().expect("the reader's error");
        assert!(source.is::<prost::DecodeError>(), "{source}");
        let error = ModelMetadata::from_json("{}").expect_err("no version");
        let source = error.source().expect("the reader's error");
        assert!(source.is::<serde_json::Error>(), "{source}");
        let said = "metadata pxc.model: expected a JSON object as in docs/model.md: missing field `version` at line 1 column 2";
        assert_eq!(pxc_codec::full_message(&error), said);
    }
}
