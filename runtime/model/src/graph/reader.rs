//! `GraphProto` in, typed [`Graph`] out: everything that `docs/model.md`, *Operators*, does not list is refused.

use std::collections::HashMap;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::graph::constants::{self, Constant};
use crate::graph::limits::MAX_NODES;
use crate::graph::node_view::NodeView;
use crate::graph::operators::{Element, MAX_SHIFT, Op, ROUND, TensorId};
use crate::graph::power_of_two;
use crate::graph::typed_graph::Graph;
use crate::messages::{GraphProto, NodeProto, TensorProto, ValueInfoProto, data_type};

impl Graph {
    /// Reads and checks a graph. Every tensor must be `[1, channels, N]`.
    pub fn from_proto(proto: GraphProto) -> Result<Graph> {
        if proto.node.len() > 2 * MAX_NODES {
            return Err(Error::Limit {
                what: "nodes".into(),
                limit: 2 * MAX_NODES as u64,
                found: proto.node.len() as u64,
            });
        }
        let mut reader = Reader {
            graph: Graph::new(),
            constants: constants::read_all(proto.initializer)?,
            halves: HashMap::new(),
            aliases: HashMap::new(),
        };
        for input in &proto.input {
            reader.input(input)?;
        }
        proto.node.iter().try_for_each(|node| reader.node(node))?;
        reader.expect_whole_pairs()?;
        for output in &proto.output {
            reader.output(output)?;
        }
        Ok(reader.graph)
    }
}

struct Reader {
    graph: Graph,
    /// Constants by name; some have several names.
    constants: HashMap<String, Arc<Constant>>,
    /// Results of the first nodes of a pair, with the tensor that the pair reads.
    halves: HashMap<String, Half>,
    /// The operands of nodes that change nothing, by the names of their results.
    aliases: HashMap<String, TensorId>,
}

struct Half {
    kind: HalfKind,
    input: TensorId,
    used: bool,
}

/// Which pair of nodes is one operation of the typed graph.
#[derive(Clone, Copy, PartialEq, Eq)]
enum HalfKind {
    /// `Add 12582912`, then `Sub 12582912`.
    Rounding,
    /// `Cast` to int32, then `Gather`.
    Index,
    /// `Relu`, then `Clip`: a `Clip` from 0 or more.
    Positive,
}

impl HalfKind {
    fn second(self) -> String {
        match self {
            HalfKind::Rounding => format!("a Sub of {ROUND}"),
            HalfKind::Index => "a Gather".into(),
            HalfKind::Positive => "a Clip, which bounds it from above,".into(),
        }
    }
}

impl Reader {
    fn input(&mut self, info: &ValueInfoProto) -> Result<()> {
        let (name, element, channels) = shape_of(info)?;
        self.expect_new(name)?;
        self.graph.input(name, element, channels).map(drop)
    }

    fn output(&mut self, info: &ValueInfoProto) -> Result<()> {
        let (name, element, channels) = shape_of(info)?;
        let what = format!("output {name}");
        let id = self.find_output(name)?;
        let id = id.ok_or_else(|| Error::form(&what, "a node that makes it", "none"))?;
        let tensor = self.graph.tensor(id);
        if (tensor.element, tensor.channels) != (element, channels) {
            let expected = format!("{} of {} channels", tensor.element, tensor.channels);
            let found = format!("{element} of {channels} channels");
            return Err(Error::form(what, expected, found));
        }
        self.graph.output(id)
    }

    fn node(&mut self, proto: &NodeProto) -> Result<()> {
        let node = NodeView::of(proto)?;
        self.expect_new(node.result)?;
        let op = match node.operator {
            "Conv" => self.conv(&node)?,
            "QLinearConv" => self.qlinear_conv(&node)?,
            "Add" => match self.add(&node)? {
                Some(op) => op,
                None => return Ok(()),
            },
            "Sub" => self.sub(&node)?,
            "Mul" | "Div" => self.mul(&node)?,
            "MatMul" => self.matmul(&node)?,
            "Gather" => self.gather(&node)?,
            "Clip" => self.clip(&node)?,
            "Round" => self.round(&node)?,
            "Relu" => return self.relu(&node),
            "Constant" => return self.constant_node(&node),
            "Identity" | "Reshape" => return self.unchanged(&node),
            "Cast" => match self.cast(&node)? {
                Some(op) => op,
                None => return Ok(()),
            },
            "Concat" => self.concat(&node)?,
            _ => return Err(node.unknown_operator()),
        };
        self.graph.push_as(node.name, node.result, op).map(drop)
    }

    fn conv(&self, node: &NodeView) -> Result<Op> {
        node.expect_pointwise()?;
        let [input, weight, bias] = match &node.proto.input[..] {
            [input, weight] => [input, weight, ""],
            _ => node.inputs()?,
        };
        let weight = self.constant(node, weight)?.kernel_f32()?;
        Ok(Op::Conv {
            input: self.tensor(node, input)?,
            bias: match bias {
                "" => vec![0.0; weight.rows()],
                bias => self.constant(node, bias)?.vector_f32()?,
            },
            weight,
        })
    }

    /// Reads constant weights `[M, C]` times a tensor: a convolution without a bias.
    fn matmul(&self, node: &NodeView) -> Result<Op> {
        node.expect_no_attributes()?;
        let [weight, input] = node.inputs()?;
        let weight = match self.constants.get(weight) {
            Some(weight) => weight.matrix_f32()?,
            None => return Err(node.unknown_operator()),
        };
        Ok(Op::Conv {
            input: self.tensor(node, input)?,
            bias: vec![0.0; weight.rows()],
            weight,
        })
    }

    fn qlinear_conv(&self, node: &NodeView) -> Result<Op> {
        node.expect_pointwise()?;
        let [
            input,
            input_scale,
            input_zero,
            weight,
            weight_scale,
            weight_zero,
            scale,
            zero,
            bias,
        ] = node.inputs()?;
        let weight = self.constant(node, weight)?.kernel_i8()?;
        let rows = weight.rows();
        self.constant(node, input_zero)?
            .expect_zero_point("uint8", 1)?;
        self.constant(node, weight_zero)?
            .expect_zero_point("int8", rows)?;
        self.constant(node, zero)?.expect_zero_point("uint8", 1)?;
        let from = self.scale(node, input_scale)?;
        let to = self.scale(node, scale)?;
        let weight_scales = self.constant(node, weight_scale)?.vector_f32()?;
        let shifts = weight_scales.iter().map(|&scale| {
            let shift = to - from - exponent(node, scale)?;
            let shift = u32::try_from(shift)
                .ok()
                .filter(|&shift| shift <= MAX_SHIFT);
            shift.ok_or_else(|| {
                let expected = format!("scales that combine to 2^0 … 2^-{MAX_SHIFT}");
                node.refused(expected, format!("{scale} for a row"))
            })
        });
        Ok(Op::QLinearConv {
            input: self.tensor(node, input)?,
            shifts: shifts.collect::<Result<_>>()?,
            bias: self.constant(node, bias)?.vector_i32()?,
            weight,
        })
    }

    /// Reads an addition; `None` for the first half of a rounding.
    fn add(&mut self, node: &NodeView) -> Result<Option<Op>> {
        node.expect_no_attributes()?;
        let [left, right] = node.inputs()?;
        let (input, constant) = match (self.constants.get(left), self.constants.get(right)) {
            (None, None) => {
                let inputs = [self.tensor(node, left)?, self.tensor(node, right)?];
                return Ok(Some(Op::Add { inputs }));
            }
            (None, Some(constant)) => (self.tensor(node, left)?, constant),
            (Some(constant), None) => (self.tensor(node, right)?, constant),
            (Some(_), Some(_)) => return Err(node.refused("a tensor to add to", "two constants")),
        };
        let values = constant.addend(self.graph.tensor(input).channels)?;
        if values != [ROUND] {
            return Ok(Some(Op::AddConst { input, values }));
        }
        self.half(node, HalfKind::Rounding, input);
        Ok(None)
    }

    fn half(&mut self, node: &NodeView, kind: HalfKind, input: TensorId) {
        let half = Half {
            kind,
            input,
            used: false,
        };
        self.halves.insert(node.result.to_owned(), half);
    }

    fn sub(&mut self, node: &NodeView) -> Result<Op> {
        node.expect_no_attributes()?;
        let [left, right] = node.inputs()?;
        let is_round = self.constant(node, right)?.f32s()? == [ROUND];
        match self.halves.get_mut(left) {
            Some(half) if half.kind == HalfKind::Rounding && is_round => {
                half.used = true;
                Ok(Op::Round { input: half.input })
            }
            _ => {
                let input = self.tensor(node, left)?;
                let constant = self.constant(node, right)?;
                let values = constant.addend(self.graph.tensor(input).channels)?;
                let values = values.into_iter().map(|value| -value).collect();
                Ok(Op::AddConst { input, values })
            }
        }
    }

    fn round(&self, node: &NodeView) -> Result<Op> {
        node.expect_no_attributes()?;
        let [input] = node.inputs()?;
        let input = self.tensor(node, input)?;
        Ok(Op::Round { input })
    }

    /// Reads the first half of a clip.
    fn relu(&mut self, node: &NodeView) -> Result<()> {
        node.expect_no_attributes()?;
        let [input] = node.inputs()?;
        let input = self.tensor(node, input)?;
        self.half(node, HalfKind::Positive, input);
        Ok(())
    }

    fn constant_node(&mut self, node: &NodeView) -> Result<()> {
        let [] = node.inputs()?;
        node.expect_attributes(&["value"])?;
        let mut attributes = node.proto.attribute.iter();
        let tensor = attributes.find_map(|attribute| attribute.t.clone());
        let tensor = tensor.ok_or_else(|| node.refused("a tensor as its value", "none"))?;
        let name = node.result.to_owned();
        let constant = Constant::read(TensorProto {
            name: Some(name.clone()),
            ..tensor
        })?;
        self.constants.insert(name, Arc::new(constant));
        Ok(())
    }

    /// Reads a node whose result is its operand.
    fn unchanged(&mut self, node: &NodeView) -> Result<()> {
        let input = match node.operator {
            "Identity" => {
                node.expect_no_attributes()?;
                let [input] = node.inputs()?;
                input
            }
            _ => {
                node.expect_attributes(&["allowzero"])?;
                let [input, shape] = node.inputs()?;
                let channels = self.graph.tensor(self.tensor(node, input)?).channels as i64;
                let constant = self.constants.get(shape);
                let sizes = constant.map(|constant| constant.sizes()).transpose()?;
                let keeps_zero = node.integer("allowzero")?.unwrap_or(0) == 0;
                let is_same = |size: i64, same: i64| size == same || size == 0 && keeps_zero;
                match sizes {
                    Some(&[one, rows, -1]) if is_same(one, 1) && is_same(rows, channels) => input,
                    Some(&[one, rows, 0])
                        if keeps_zero && is_same(one, 1) && is_same(rows, channels) =>
                    {
                        input
                    }
                    _ => return Err(node.unknown_operator()),
                }
            }
        };
        if let Some(constant) = self.constants.get(input) {
            let constant = constant.clone();
            self.constants.insert(node.result.to_owned(), constant);
            return Ok(());
        }
        let id = self.tensor(node, input)?;
        self.aliases.insert(node.result.to_owned(), id);
        Ok(())
    }

    /// Finds the tensor of an output, and gives it the output's name.
    fn find_output(&mut self, name: &str) -> Result<Option<TensorId>> {
        let Some(&id) = self.aliases.get(name) else {
            return Ok(self.graph.find(name));
        };
        self.graph.rename(id, name)?;
        Ok(Some(id))
    }

    fn mul(&self, node: &NodeView) -> Result<Op> {
        node.expect_no_attributes()?;
        let [left, right] = node.inputs()?;
        let (input, constant) = match (self.constants.get(left), self.constants.get(right)) {
            (None, None) if node.operator == "Div" => {
                return Err(node.refused("a power of two to divide by", "a tensor"));
            }
            (None, None) => {
                let inputs = [self.tensor(node, left)?, self.tensor(node, right)?];
                return Ok(Op::Mul { inputs });
            }
            (None, Some(constant)) => (self.tensor(node, left)?, constant),
            (Some(constant), None) => (self.tensor(node, right)?, constant),
            (Some(_), Some(_)) => return Err(node.refused("a tensor to multiply", "two constants")),
        };
        let exponent = exponent(node, constant.factor()?)?;
        let exponent = match node.operator {
            "Div" if self.constants.contains_key(left) => {
                return Err(node.refused("a tensor to divide", "a constant"));
            }
            "Div" => -exponent,
            _ => exponent,
        };
        Ok(Op::Scale { input, exponent })
    }

    fn gather(&mut self, node: &NodeView) -> Result<Op> {
        node.expect_attributes(&["axis"])?;
        let axis = node.integer("axis")?.unwrap_or(0);
        if axis != 0 {
            return Err(node.refused("axis 0", axis));
        }
        let [values, index] = node.inputs()?;
        let values = self.constant(node, values)?.vector_f32()?;
        match self.halves.get_mut(index) {
            Some(half) if half.kind == HalfKind::Index => {
                half.used = true;
                let input = half.input;
                Ok(Op::Table { input, values })
            }
            _ => Err(node.refused("indices made by a Cast to int32", index)),
        }
    }

    fn clip(&mut self, node: &NodeView) -> Result<Op> {
        node.expect_no_attributes()?;
        let [input, low, high] = node.inputs()?;
        let [low, high] = [low, high].map(|bound| self.constant(node, bound)?.scalar_f32());
        let (low, high) = (low?, high?);
        match self.halves.get_mut(input) {
            Some(half) if half.kind == HalfKind::Positive => {
                half.used = true;
                Ok(Op::Clip {
                    input: half.input,
                    low: low.max(0.0),
                    high: high.max(0.0),
                })
            }
            _ => {
                let input = self.tensor(node, input)?;
                Ok(Op::Clip { input, low, high })
            }
        }
    }

    /// Reads a cast; `None` for the first half of a table.
    fn cast(&mut self, node: &NodeView) -> Result<Option<Op>> {
        let [input] = node.inputs()?;
        // `saturate` is for float8.
        node.expect_attributes(&["to", "saturate"])?;
        let input = self.tensor(node, input)?;
        let to = match node.integer("to")? {
            Some(to) if to == i64::from(data_type::FLOAT) => Element::F32,
            Some(to) if to == i64::from(data_type::UINT8) => Element::U8,
            Some(to) if to == i64::from(data_type::INT32) => {
                self.half(node, HalfKind::Index, input);
                return Ok(None);
            }
            other => {
                let expected = "to = float32, uint8 or int32";
                return Err(node.refused(expected, format!("{other:?}")));
            }
        };
        Ok(Some(Op::Cast { input, to }))
    }

    fn concat(&self, node: &NodeView) -> Result<Op> {
        node.expect_attributes(&["axis"])?;
        let axis = node.integer("axis")?;
        if ![Some(1), Some(-2)].contains(&axis) {
            return Err(node.refused("axis 1", format!("{axis:?}")));
        }
        let inputs = node.proto.input.iter().map(|name| self.tensor(node, name));
        let inputs = inputs.collect::<Result<_>>()?;
        Ok(Op::Concat { inputs })
    }

    fn tensor(&self, node: &NodeView, name: &str) -> Result<TensorId> {
        if let Some(half) = self.halves.get(name) {
            let found = format!("use of {name} before it");
            return Err(node.refused(half.kind.second(), found));
        }
        let id = self.aliases.get(name).copied().or(self.graph.find(name));
        id.ok_or_else(|| node.refused("a tensor made by an earlier node", format!("{name:?}")))
    }

    fn constant(&self, node: &NodeView, name: &str) -> Result<&Constant> {
        let constant = self.constants.get(name);
        let constant = constant.map(|constant| &**constant);
        constant.ok_or_else(|| node.refused("a constant", format!("{name:?}")))
    }

    /// The exponent of a per-tensor scale.
    fn scale(&self, node: &NodeView, name: &str) -> Result<i32> {
        exponent(node, self.constant(node, name)?.scalar_f32()?)
    }

    /// Checks that a name is new: initializers, halves of pairs, aliases and tensors share one name space.
    fn expect_new(&self, name: &str) -> Result<()> {
        let is_known = self.constants.contains_key(name)
            || self.halves.contains_key(name)
            || self.aliases.contains_key(name);
        if is_known {
            let what = format!("tensor {name:?}");
            return Err(Error::form(what, "a unique name", "a name in use"));
        }
        Ok(())
    }

    fn expect_whole_pairs(&self) -> Result<()> {
        match self.halves.iter().find(|(_, half)| !half.used) {
            None => Ok(()),
            Some((name, half)) => {
                let expected = format!("{} after it", half.kind.second());
                Err(Error::form(format!("tensor {name}"), expected, "none"))
            }
        }
    }
}

fn exponent(node: &NodeView, scale: f32) -> Result<i32> {
    let exponent = power_of_two::exponent(scale);
    exponent.ok_or_else(|| node.refused("a scale that is a power of two", scale))
}

/// Name, element type and channels of a declared `[1, channels, N]`.
fn shape_of(info: &ValueInfoProto) -> Result<(&str, Element, usize)> {
    let name = info.name.as_deref().unwrap_or_default();
    let what = || format!("tensor {name:?}");
    let tensor = info
        .r#type
        .as_ref()
        .and_then(|kind| kind.tensor_type.as_ref());
    let tensor = tensor.ok_or_else(|| Error::form(what(), "a tensor type", "none"))?;
    let element = match tensor.elem_type {
        Some(data_type::FLOAT) => Element::F32,
        Some(data_type::UINT8) => Element::U8,
        other => {
            return Err(Error::form(
                what(),
                "float32 or uint8",
                format!("{other:?}"),
            ));
        }
    };
    let dims = tensor.shape.as_ref().map_or(&[][..], |shape| &shape.dim);
    let values: Vec<Option<i64>> = dims.iter().map(|dim| dim.dim_value).collect();
    match values[..] {
        [Some(1), Some(channels), _] if channels > 0 => Ok((name, element, channels as usize)),
        _ => Err(Error::form(
            what(),
            "shape [1, channels, N]",
            format!("{values:?}"),
        )),
    }
}
