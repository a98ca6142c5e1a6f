//! Typed [`Graph`] in, `GraphProto` out, in the form that [`crate::graph::reader`] reads.
//!
//! A node and its constants are named after its result: a constant of tensor `t` is `t.part`, followed by as many
//! underscores as make it unique. Every intermediate tensor has its shape written down.

use std::collections::HashSet;

use crate::contract::names::{IR_VERSION, OPSET};
use crate::graph::operators::{Element, Matrix, Node, Op, ROUND, Tensor, TensorId};
use crate::graph::power_of_two::pow2;
use crate::graph::typed_graph::Graph;
use crate::messages::{
    AttributeProto, DimensionProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto,
    TensorProto, TensorShapeProto, TensorTypeProto, TypeProto, ValueInfoProto, attribute_type,
    data_type,
};

const ROUND_NAME: &str = "pxc-round";
const ONE_NAME: &str = "pxc-one";
const ZERO_U8_NAME: &str = "pxc-zero";

/// The last dimension of every tensor of a written graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lanes {
    /// The symbol `N`.
    Symbolic,
    /// A fixed number, for runtimes that plan for one.
    Fixed(usize),
}

/// The operators that a `Conv` is written as. Both compute the same sums.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ConvForm {
    /// `Conv`, as in a model file.
    #[default]
    Conv,
    /// `MatMul` and `Add`, for runtimes whose convolutions may transform their operands.
    MatMul,
}

impl Graph {
    /// Writes the graph as an ONNX model without metadata, for a runtime.
    pub fn to_model_proto(&self, lanes: Lanes, form: ConvForm) -> ModelProto {
        ModelProto {
            ir_version: Some(IR_VERSION),
            producer_name: Some("pxc".into()),
            producer_version: Some(env!("CARGO_PKG_VERSION").into()),
            graph: Some(self.to_proto(lanes, form)),
            opset_import: vec![OperatorSetIdProto {
                domain: Some(String::new()),
                version: Some(OPSET),
            }],
            metadata_props: Vec::new(),
        }
    }

    /// Writes the graph as an ONNX graph.
    pub fn to_proto(&self, lanes: Lanes, form: ConvForm) -> GraphProto {
        let mut writer = Writer {
            graph: self,
            lanes,
            form,
            proto: GraphProto {
                name: Some("pxc".into()),
                ..GraphProto::default()
            },
            constants: HashSet::new(),
            tables: Vec::new(),
        };
        writer.proto.input = writer.infos(self.inputs());
        writer.proto.output = writer.infos(self.outputs());
        self.nodes().iter().for_each(|node| writer.node(node));
        writer.proto
    }
}

struct Writer<'a> {
    graph: &'a Graph,
    lanes: Lanes,
    form: ConvForm,
    proto: GraphProto,
    constants: HashSet<String>,
    tables: Vec<Table<'a>>,
}

/// The values of a written table and the name of their constant.
struct Table<'a> {
    values: &'a [f32],
    constant: String,
}

impl<'a> Writer<'a> {
    fn infos(&self, ids: &[TensorId]) -> Vec<ValueInfoProto> {
        let infos = ids.iter().map(|&id| self.info_of(self.graph.tensor(id)));
        infos.collect()
    }

    fn info_of(&self, tensor: &Tensor) -> ValueInfoProto {
        self.info(&tensor.name, element_type(tensor.element), tensor.channels)
    }

    fn info(&self, name: &str, element: i32, channels: usize) -> ValueInfoProto {
        let last = match self.lanes {
            Lanes::Symbolic => DimensionProto {
                dim_value: None,
                dim_param: Some("N".into()),
            },
            Lanes::Fixed(lanes) => dimension(lanes),
        };
        let shape = TensorShapeProto {
            dim: vec![dimension(1), dimension(channels), last],
        };
        ValueInfoProto {
            name: Some(name.to_owned()),
            r#type: Some(TypeProto {
                tensor_type: Some(TensorTypeProto {
                    elem_type: Some(element),
                    shape: Some(shape),
                }),
            }),
        }
    }

    fn node(&mut self, node: &'a Node) {
        match &node.op {
            Op::Conv {
                input,
                weight,
                bias,
            } => self.conv(node, *input, weight, bias),
            Op::QLinearConv {
                input,
                weight,
                bias,
                shifts,
            } => self.qlinear_conv(node, *input, weight, bias, shifts),
            Op::Add { inputs } => self.plain(node, "Add", &self.names(inputs), vec![]),
            Op::AddConst { input, values } => self.add_const(node, *input, values),
            Op::Mul { inputs } => self.plain(node, "Mul", &self.names(inputs), vec![]),
            Op::Scale { input, exponent } => {
                let factor = self.floats(&self.part(node, "factor"), &[], &[pow2(*exponent)]);
                self.plain(node, "Mul", &[self.name(*input), factor], vec![]);
            }
            Op::Table { input, values } => self.table(node, *input, values),
            Op::Clip { input, low, high } => self.clip(node, *input, *low, *high),
            Op::Round { input } => self.round(node, *input),
            Op::Cast { input, to } => {
                let to = integer("to", i64::from(element_type(*to)));
                self.plain(node, "Cast", &[self.name(*input)], vec![to]);
            }
            Op::Concat { inputs } => {
                self.plain(
                    node,
                    "Concat",
                    &self.names(inputs),
                    vec![integer("axis", 1)],
                );
            }
        }
        let tensor = self.graph.tensor(node.output);
        if !self.graph.outputs().contains(&node.output) {
            let info = self.info_of(tensor);
            self.proto.value_info.push(info);
        }
    }

    fn conv(&mut self, node: &Node, input: TensorId, weight: &Matrix<f32>, bias: &[f32]) {
        let (rows, columns) = (weight.rows(), weight.columns());
        let part = |what: &str| self.part(node, what);
        let (weight_name, bias_name, product) = (part("weight"), part("bias"), part("product"));
        if self.form == ConvForm::Conv {
            let weight = self.floats(&weight_name, &[rows, columns, 1], weight.values());
            let bias = self.floats(&bias_name, &[rows], bias);
            self.plain(node, "Conv", &[self.name(input), weight, bias], pointwise());
            return;
        }
        let weight = self.floats(&weight_name, &[rows, columns], weight.values());
        let bias = self.floats(&bias_name, &[1, rows, 1], bias);
        let factors = vec![weight, self.name(input)];
        self.inner(node, &product, data_type::FLOAT, "MatMul", factors, vec![]);
        self.plain(node, "Add", &[product, bias], vec![]);
    }

    fn qlinear_conv(
        &mut self,
        node: &Node,
        input: TensorId,
        weight: &Matrix<i8>,
        bias: &[i32],
        shifts: &[u32],
    ) {
        let rows = weight.rows();
        let one = self.floats(&self.shared(ONE_NAME), &[], &[1.0]);
        let zero = self.constant(&self.shared(ZERO_U8_NAME), data_type::UINT8, &[], vec![0]);
        let dims = [rows, weight.columns(), 1];
        let bytes = weight.values().iter().map(|&value| value as u8).collect();
        let weight = self.constant(&self.part(node, "weight"), data_type::INT8, &dims, bytes);
        let scales: Vec<f32> = shifts.iter().map(|&shift| pow2(-(shift as i32))).collect();
        let scales = self.floats(&self.part(node, "scale"), &[rows], &scales);
        let weight_zero = self.constant(
            &self.part(node, "zero"),
            data_type::INT8,
            &[rows],
            vec![0; rows],
        );
        let bytes = bias.iter().flat_map(|value| value.to_le_bytes()).collect();
        let bias = self.constant(&self.part(node, "bias"), data_type::INT32, &[rows], bytes);
        let input = self.name(input);
        let inputs = [
            input,
            one.clone(),
            zero.clone(),
            weight,
            scales,
            weight_zero,
            one,
            zero,
            bias,
        ];
        self.plain(node, "QLinearConv", &inputs, pointwise());
    }

    fn add_const(&mut self, node: &Node, input: TensorId, values: &[f32]) {
        let dims = match values.len() {
            1 => vec![],
            channels => vec![1, channels, 1],
        };
        let value = self.floats(&self.part(node, "value"), &dims, values);
        self.plain(node, "Add", &[self.name(input), value], vec![]);
    }

    fn clip(&mut self, node: &Node, input: TensorId, low: f32, high: f32) {
        let low = self.floats(&self.part(node, "low"), &[], &[low]);
        let high = self.floats(&self.part(node, "high"), &[], &[high]);
        self.plain(node, "Clip", &[self.name(input), low, high], vec![]);
    }

    fn round(&mut self, node: &Node, input: TensorId) {
        let constant = self.floats(&self.shared(ROUND_NAME), &[], &[ROUND]);
        let sum = self.part(node, "sum");
        let terms = vec![self.name(input), constant.clone()];
        self.inner(node, &sum, data_type::FLOAT, "Add", terms, vec![]);
        self.plain(node, "Sub", &[sum, constant], vec![]);
    }

    /// Tables of equal values share one constant, named after the first.
    fn table(&mut self, node: &Node, input: TensorId, values: &'a [f32]) {
        let equal = |table: &&Table| same_bits(table.values, values);
        let constant = match self.tables.iter().find(equal) {
            Some(table) => table.constant.clone(),
            None => {
                let constant = self.floats(&self.part(node, "values"), &[values.len()], values);
                self.tables.push(Table {
                    values,
                    constant: constant.clone(),
                });
                constant
            }
        };
        let index = self.part(node, "index");
        let to = integer("to", i64::from(data_type::INT32));
        let input = vec![self.name(input)];
        self.inner(node, &index, data_type::INT32, "Cast", input, vec![to]);
        self.plain(node, "Gather", &[constant, index], vec![integer("axis", 0)]);
    }

    /// A node whose result, of the shape of `node`'s, only `node` reads.
    fn inner(
        &mut self,
        node: &Node,
        result: &str,
        element: i32,
        operator: &str,
        input: Vec<String>,
        attribute: Vec<AttributeProto>,
    ) {
        self.proto.node.push(NodeProto {
            input,
            output: vec![result.to_owned()],
            name: Some(result.to_owned()),
            op_type: Some(operator.to_owned()),
            attribute,
            domain: None,
        });
        let channels = self.graph.tensor(node.output).channels;
        let info = self.info(result, element, channels);
        self.proto.value_info.push(info);
    }

    fn plain(
        &mut self,
        node: &Node,
        operator: &str,
        inputs: &[String],
        attribute: Vec<AttributeProto>,
    ) {
        self.proto.node.push(NodeProto {
            input: inputs.to_vec(),
            output: vec![self.name(node.output)],
            name: Some(self.name(node.output)),
            op_type: Some(operator.to_owned()),
            attribute,
            domain: None,
        });
    }

    /// A name for a constant of `node` that no tensor of the graph has. `what` has no dot and no underscore.
    fn part(&self, node: &Node, what: &str) -> String {
        let mut name = format!("{}.{what}", self.graph.tensor(node.output).name);
        while self.graph.find(&name).is_some() {
            name.push('_');
        }
        name
    }

    /// A name for a constant of many nodes. `name` has no dot and no underscore.
    fn shared(&self, name: &str) -> String {
        let mut name = name.to_owned();
        while self.graph.find(&name).is_some() {
            name.push('_');
        }
        name
    }

    fn name(&self, id: TensorId) -> String {
        self.graph.tensor(id).name.clone()
    }

    fn names(&self, ids: &[TensorId]) -> Vec<String> {
        ids.iter().map(|&id| self.name(id)).collect()
    }

    fn floats(&mut self, name: &str, dims: &[usize], values: &[f32]) -> String {
        let bytes = values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        self.constant(name, data_type::FLOAT, dims, bytes)
    }

    /// Adds an initializer unless it is there; returns its name.
    fn constant(&mut self, name: &str, data_type: i32, dims: &[usize], bytes: Vec<u8>) -> String {
        if self.constants.insert(name.to_owned()) {
            self.proto.initializer.push(TensorProto {
                dims: dims.iter().map(|&dim| dim as i64).collect(),
                data_type: Some(data_type),
                name: Some(name.to_owned()),
                raw_data: Some(bytes),
                ..TensorProto::default()
            });
        }
        name.to_owned()
    }
}

/// Equality that tells −0 from 0, so that a file reads back as it was.
fn same_bits(left: &[f32], right: &[f32]) -> bool {
    let mut pairs = left.iter().zip(right);
    left.len() == right.len() && pairs.all(|(left, right)| left.to_bits() == right.to_bits())
}

fn dimension(value: usize) -> DimensionProto {
    DimensionProto {
        dim_value: Some(value as i64),
        dim_param: None,
    }
}

fn element_type(element: Element) -> i32 {
    match element {
        Element::F32 => data_type::FLOAT,
        Element::U8 => data_type::UINT8,
    }
}

fn pointwise() -> Vec<AttributeProto> {
    vec![integers("kernel_shape", vec![1]), integer("group", 1)]
}

fn integer(name: &str, value: i64) -> AttributeProto {
    AttributeProto {
        name: Some(name.to_owned()),
        i: Some(value),
        r#type: Some(attribute_type::INT),
        ..AttributeProto::default()
    }
}

fn integers(name: &str, values: Vec<i64>) -> AttributeProto {
    AttributeProto {
        name: Some(name.to_owned()),
        ints: values,
        r#type: Some(attribute_type::INTS),
        ..AttributeProto::default()
    }
}
