//! What a graph is made of: tensors, operators with their constants decoded, nodes (`docs/model.md`, *Operators*).

use crate::error::{Error, Result};

/// The largest legal exponent of a `Scale`, and the negative of the smallest.
pub(crate) const MAX_EXPONENT: i32 = 64;
/// The constant whose addition and subtraction round a float32 to the nearest integer, ties to even: 1.5 · 2^23.
pub const ROUND: f32 = 12_582_912.0;
/// The largest legal shift of a `QLinearConv` row.
pub(crate) const MAX_SHIFT: u32 = 24;

/// The element type of a tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Element {
    /// float32 that carries multiples of a power of two.
    F32,
    /// uint8.
    U8,
}

impl std::fmt::Display for Element {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Element::F32 => "float32",
            Element::U8 => "uint8",
        })
    }
}

/// A tensor of one [`Graph`](crate::Graph).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TensorId(pub(crate) usize);

impl TensorId {
    /// The tensor's index in [`Graph::tensors`](crate::Graph::tensors).
    pub fn index(self) -> usize {
        self.0
    }
}

/// Name, element type and channels of a tensor `[1, channels, N]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tensor {
    /// Unique in its graph.
    pub name: String,
    /// float32 or uint8.
    pub element: Element,
    /// The second dimension.
    pub channels: usize,
}

/// Constant weights `[rows, columns]`, row-major: a row per output channel, a column per input channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix<T> {
    rows: usize,
    columns: usize,
    values: Vec<T>,
}

impl<T> Matrix<T> {
    /// Makes a matrix from its values, row by row. Fails unless there are `rows · columns` of them and at least one.
    pub fn new(rows: usize, columns: usize, values: Vec<T>) -> Result<Self> {
        if rows == 0 || columns == 0 || rows.checked_mul(columns) != Some(values.len()) {
            let expected = format!("{rows} × {columns} values, at least one");
            return Err(Error::form("weights", expected, values.len()));
        }
        Ok(Self {
            rows,
            columns,
            values,
        })
    }

    /// Output channels.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Input channels.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// All weights, row by row.
    pub fn values(&self) -> &[T] {
        &self.values
    }

    /// The weights of one output channel. Panics when `row` is not below [`rows`](Self::rows).
    pub fn row(&self, row: usize) -> &[T] {
        &self.values[row * self.columns..][..self.columns]
    }
}

/// What a node computes (`docs/model.md`, *Operators*).
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// float32 `weight · input + bias`.
    Conv {
        /// The float32 operand.
        input: TensorId,
        /// One row per output channel.
        weight: Matrix<f32>,
        /// One value per output channel.
        bias: Vec<f32>,
    },
    /// uint8 `saturate(round((weight · input + bias) · 2^−shift))`, ties to even.
    QLinearConv {
        /// The uint8 operand.
        input: TensorId,
        /// One row per output channel.
        weight: Matrix<i8>,
        /// One value per output channel.
        bias: Vec<i32>,
        /// One shift per output channel, at most 24.
        shifts: Vec<u32>,
    },
    /// The sum of two float32 tensors of equal shape.
    Add {
        /// The operands.
        inputs: [TensorId; 2],
    },
    /// The sum of a float32 tensor and a constant.
    AddConst {
        /// The float32 operand.
        input: TensorId,
        /// One value, or one per channel.
        values: Vec<f32>,
    },
    /// The product of two float32 tensors of equal shape.
    Mul {
        /// The operands.
        inputs: [TensorId; 2],
    },
    /// A float32 tensor times `2^exponent`: `Mul` by a constant.
    Scale {
        /// The float32 operand.
        input: TensorId,
        /// The exponent, at most 64 in magnitude.
        exponent: i32,
    },
    /// `values[input]`: `Cast` to int32 and `Gather`.
    Table {
        /// The float32 operand: integers that are indices of `values`.
        input: TensorId,
        /// 1 to 65,536 values.
        values: Vec<f32>,
    },
    /// A float32 tensor limited to `low..=high`.
    Clip {
        /// The float32 operand.
        input: TensorId,
        /// The smallest value of the result.
        low: f32,
        /// The largest value of the result.
        high: f32,
    },
    /// A float32 tensor rounded to the nearest integers, ties to even: `Add` and `Sub` of [`ROUND`].
    Round {
        /// The float32 operand, a `Clip`'s result.
        input: TensorId,
    },
    /// A float32 tensor of integers in 0..255 as uint8, or a uint8 tensor as float32.
    Cast {
        /// The operand.
        input: TensorId,
        /// The element type of the result.
        to: Element,
    },
    /// Tensors of one element type, their channels after one another.
    Concat {
        /// One or more operands.
        inputs: Vec<TensorId>,
    },
}

impl Op {
    /// The tensors that the node reads.
    pub fn inputs(&self) -> &[TensorId] {
        match self {
            Op::Conv { input, .. }
            | Op::QLinearConv { input, .. }
            | Op::AddConst { input, .. }
            | Op::Scale { input, .. }
            | Op::Table { input, .. }
            | Op::Clip { input, .. }
            | Op::Round { input }
            | Op::Cast { input, .. } => std::slice::from_ref(input),
            Op::Add { inputs } | Op::Mul { inputs } => inputs,
            Op::Concat { inputs } => inputs,
        }
    }

    /// Applies the same operation to other tensors.
    pub fn map_inputs(&self, map: impl Fn(TensorId) -> TensorId) -> Op {
        let mut op = self.clone();
        match &mut op {
            Op::Conv { input, .. }
            | Op::QLinearConv { input, .. }
            | Op::AddConst { input, .. }
            | Op::Scale { input, .. }
            | Op::Table { input, .. }
            | Op::Clip { input, .. }
            | Op::Round { input }
            | Op::Cast { input, .. } => *input = map(*input),
            Op::Add { inputs } | Op::Mul { inputs } => *inputs = inputs.map(map),
            Op::Concat { inputs } => inputs.iter_mut().for_each(|input| *input = map(*input)),
        }
        op
    }

    /// The weights of a convolution, else 0.
    pub fn weights(&self) -> usize {
        match self {
            Op::Conv { weight, .. } => weight.values().len(),
            Op::QLinearConv { weight, .. } => weight.values().len(),
            _ => 0,
        }
    }

    /// The values of a table, else 0.
    pub fn table_values(&self) -> usize {
        match self {
            Op::Table { values, .. } => values.len(),
            _ => 0,
        }
    }

    /// The ONNX operator (for `Round` and `Table`, a pair of them).
    pub fn name(&self) -> &'static str {
        match self {
            Op::Conv { .. } => "Conv",
            Op::QLinearConv { .. } => "QLinearConv",
            Op::Add { .. } | Op::AddConst { .. } => "Add",
            Op::Mul { .. } | Op::Scale { .. } => "Mul",
            Op::Table { .. } => "Gather",
            Op::Clip { .. } => "Clip",
            Op::Round { .. } => "Round",
            Op::Cast { .. } => "Cast",
            Op::Concat { .. } => "Concat",
        }
    }
}

/// An operation and the tensor that it makes.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What errors and tables call the node.
    pub name: String,
    /// The operation and its operands.
    pub op: Op,
    /// The result.
    pub output: TensorId,
}
