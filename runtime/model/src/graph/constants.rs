//! Initializers of a file: `TensorProto` in, shapes and decoded values out, sizes checked against the bytes.

use std::collections::HashMap;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::graph::operators::Matrix;
use crate::messages::{TensorProto, data_type};

/// A constant's shape and values.
pub(crate) struct Constant {
    name: String,
    dims: Vec<usize>,
    values: Values,
}

enum Values {
    F32(Vec<f32>),
    U8(Vec<u8>),
    I8(Vec<i8>),
    I32(Vec<i32>),
    I64(Vec<i64>),
}

impl Values {
    fn len(&self) -> usize {
        match self {
            Values::F32(values) => values.len(),
            Values::U8(values) => values.len(),
            Values::I8(values) => values.len(),
            Values::I32(values) => values.len(),
            Values::I64(values) => values.len(),
        }
    }

    fn element(&self) -> &'static str {
        match self {
            Values::F32(_) => "float32",
            Values::U8(_) => "uint8",
            Values::I8(_) => "int8",
            Values::I32(_) => "int32",
            Values::I64(_) => "int64",
        }
    }
}

/// The constants of a graph, by name.
pub(crate) fn read_all(initializers: Vec<TensorProto>) -> Result<HashMap<String, Arc<Constant>>> {
    let mut constants = HashMap::with_capacity(initializers.len());
    for tensor in initializers {
        let constant = Constant::read(tensor)?;
        let name = constant.name.clone();
        if constants.insert(name.clone(), Arc::new(constant)).is_some() {
            let what = format!("initializer {name:?}");
            return Err(Error::form(what, "a unique name", "a name in use"));
        }
    }
    Ok(constants)
}

impl Constant {
    /// A constant that has the name of its tensor.
    pub(crate) fn read(tensor: TensorProto) -> Result<Self> {
        let name = tensor.name.clone().unwrap_or_default();
        if tensor.data_location.unwrap_or(0) != 0 {
            return Err(refused(&name, "data inside the file", "external data"));
        }
        let dims = tensor.dims.iter().map(|&dim| usize::try_from(dim).ok());
        let dims = dims.collect::<Option<Vec<usize>>>();
        let dims =
            dims.ok_or_else(|| refused(&name, "dimensions ≥ 0", format!("{:?}", tensor.dims)))?;
        let values = decode(&name, tensor)?;
        let count = dims
            .iter()
            .try_fold(1usize, |product, &dim| product.checked_mul(dim));
        if count != Some(values.len()) {
            let expected = format!("values for the shape {dims:?}");
            return Err(refused(&name, expected, values.len()));
        }
        Ok(Self { name, dims, values })
    }

    /// The dimensions that a `Reshape` asks for.
    pub(crate) fn sizes(&self) -> Result<&[i64]> {
        match &self.values {
            Values::I64(values) => Ok(values),
            other => Err(self.wrong_element("int64", other)),
        }
    }

    /// The one float32 of a constant that holds one.
    pub(crate) fn scalar_f32(&self) -> Result<f32> {
        match self.f32s()? {
            &[value] => Ok(value),
            values => Err(refused(&self.name, "one value", values.len())),
        }
    }

    /// The one float32 of a constant that does not add dimensions to a tensor `[1, channels, N]`.
    pub(crate) fn factor(&self) -> Result<f32> {
        if self.dims.len() > 3 {
            let found = format!("shape {:?}", self.dims);
            return Err(refused(&self.name, "at most 3 dimensions", found));
        }
        self.scalar_f32()
    }

    /// float32 values, whatever the shape.
    pub(crate) fn f32s(&self) -> Result<&[f32]> {
        match &self.values {
            Values::F32(values) => Ok(values),
            other => Err(self.wrong_element("float32", other)),
        }
    }

    /// A float32 vector.
    pub(crate) fn vector_f32(&self) -> Result<Vec<f32>> {
        self.expect_rank(1)?;
        Ok(self.f32s()?.to_vec())
    }

    /// An int32 vector.
    pub(crate) fn vector_i32(&self) -> Result<Vec<i32>> {
        self.expect_rank(1)?;
        match &self.values {
            Values::I32(values) => Ok(values.clone()),
            other => Err(self.wrong_element("int32", other)),
        }
    }

    /// A float32 matrix `[M, C]`, to be multiplied from the left.
    pub(crate) fn matrix_f32(&self) -> Result<Matrix<f32>> {
        match self.dims[..] {
            [rows, columns] | [1, rows, columns] => {
                Matrix::new(rows, columns, self.f32s()?.to_vec())
            }
            _ => {
                let found = format!("shape {:?}", self.dims);
                Err(refused(&self.name, "shape [M, C]", found))
            }
        }
    }

    /// A float32 convolution kernel `[M, C, 1]`.
    pub(crate) fn kernel_f32(&self) -> Result<Matrix<f32>> {
        let (rows, columns) = self.kernel_shape()?;
        Matrix::new(rows, columns, self.f32s()?.to_vec())
    }

    /// An int8 convolution kernel `[M, C, 1]`.
    pub(crate) fn kernel_i8(&self) -> Result<Matrix<i8>> {
        let (rows, columns) = self.kernel_shape()?;
        match &self.values {
            Values::I8(values) => Matrix::new(rows, columns, values.clone()),
            other => Err(self.wrong_element("int8", other)),
        }
    }

    /// Float32 values to add to a tensor `[1, channels, N]`: one of any shape, or one per channel.
    pub(crate) fn addend(&self, channels: usize) -> Result<Vec<f32>> {
        let values = self.f32s()?;
        let per_channel = matches!(self.dims[..], [1, rows, 1] | [rows, 1] if rows == channels);
        let single = values.len() == 1 && self.dims.len() <= 3;
        if !per_channel && !single {
            let expected = format!("one value, or shape [1, {channels}, 1]");
            return Err(refused(
                &self.name,
                expected,
                format!("shape {:?}", self.dims),
            ));
        }
        Ok(values.to_vec())
    }

    /// Checks that this is a zero point of 0, of that element type, per tensor or per row.
    pub(crate) fn expect_zero_point(&self, element: &str, rows: usize) -> Result<()> {
        let zeros = match &self.values {
            Values::U8(values) => values.iter().all(|&value| value == 0),
            Values::I8(values) => values.iter().all(|&value| value == 0),
            Values::F32(_) | Values::I32(_) | Values::I64(_) => false,
        };
        let one_or_rows = self.values.len() == 1 || self.values.len() == rows;
        if zeros && one_or_rows && self.dims.len() <= 1 && self.values.element() == element {
            return Ok(());
        }
        let expected = format!("a zero point of 0, {element}");
        let found = format!("{} of shape {:?}", self.values.element(), self.dims);
        Err(refused(&self.name, expected, found))
    }

    fn kernel_shape(&self) -> Result<(usize, usize)> {
        match self.dims[..] {
            [rows, columns, 1] => Ok((rows, columns)),
            _ => Err(refused(
                &self.name,
                "shape [M, C, 1]",
                format!("{:?}", self.dims),
            )),
        }
    }

    fn expect_rank(&self, rank: usize) -> Result<()> {
        if self.dims.len() == rank {
            return Ok(());
        }
        let expected = format!("{rank} dimensions");
        Err(refused(
            &self.name,
            expected,
            format!("shape {:?}", self.dims),
        ))
    }

    fn wrong_element(&self, expected: &str, found: &Values) -> Error {
        refused(&self.name, expected, found.element())
    }
}

fn decode(name: &str, tensor: TensorProto) -> Result<Values> {
    let raw = tensor.raw_data;
    match tensor.data_type.unwrap_or(0) {
        data_type::FLOAT => Ok(Values::F32(match raw {
            Some(raw) => words(name, &raw)?.map(f32::from_le_bytes).collect(),
            None => tensor.float_data,
        })),
        data_type::INT32 => Ok(Values::I32(match raw {
            Some(raw) => words(name, &raw)?.map(i32::from_le_bytes).collect(),
            None => tensor.int32_data,
        })),
        data_type::INT8 => Ok(Values::I8(match raw {
            Some(raw) => raw.into_iter().map(|byte| byte as i8).collect(),
            None => narrow(name, &tensor.int32_data)?,
        })),
        data_type::UINT8 => Ok(Values::U8(match raw {
            Some(raw) => raw,
            None => narrow(name, &tensor.int32_data)?,
        })),
        data_type::INT64 => Ok(Values::I64(match raw {
            Some(raw) => words(name, &raw)?.map(i64::from_le_bytes).collect(),
            None => tensor.int64_data,
        })),
        other => Err(refused(
            name,
            "float32, uint8, int8, int32 or int64",
            data_type_name(other),
        )),
    }
}

fn data_type_name(data_type: i32) -> String {
    match data_type {
        10 => "float16: convert it to float32".into(),
        11 => "float64: convert it to float32".into(),
        16 => "bfloat16: convert it to float32".into(),
        other => format!("data type {other}"),
    }
}

/// The little-endian words of `raw`.
fn words<'a, const BYTES: usize>(
    name: &str,
    raw: &'a [u8],
) -> Result<impl Iterator<Item = [u8; BYTES]> + 'a> {
    let (words, rest) = raw.as_chunks::<BYTES>();
    if !rest.is_empty() {
        let expected = format!("a multiple of {BYTES} bytes");
        return Err(refused(name, expected, raw.len()));
    }
    Ok(words.iter().copied())
}

fn narrow<T: TryFrom<i32>>(name: &str, values: &[i32]) -> Result<Vec<T>> {
    let narrowed = values.iter().map(|&value| T::try_from(value));
    let narrowed = narrowed.collect::<std::result::Result<_, _>>();
    narrowed.map_err(|_| refused(name, "8-bit values", "a larger one"))
}

fn refused(name: &str, expected: impl ToString, found: impl ToString) -> Error {
    Error::form(format!("initializer {name:?}"), expected, found)
}
