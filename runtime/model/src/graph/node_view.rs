//! A `NodeProto` in, its name, operands and attributes out, each checked when it is asked for.

use crate::error::{Error, Result};
use crate::graph::advice::advice;
use crate::messages::{NodeProto, attribute_type};

/// The parts of a `NodeProto` that every operator needs.
pub(crate) struct NodeView<'a> {
    pub(crate) proto: &'a NodeProto,
    pub(crate) name: &'a str,
    pub(crate) result: &'a str,
    pub(crate) operator: &'a str,
}

impl<'a> NodeView<'a> {
    pub(crate) fn of(proto: &'a NodeProto) -> Result<Self> {
        let named = proto.name.as_deref().filter(|name| !name.is_empty());
        let operator = proto.op_type.as_deref().unwrap_or_default();
        let [result] = &proto.output[..] else {
            let what = format!("node {}", named.unwrap_or(operator));
            return Err(Error::form(what, "one output", proto.output.len()));
        };
        let name = named.unwrap_or(result);
        let node = Self {
            proto,
            name,
            result,
            operator,
        };
        match is_onnx(proto.domain.as_deref().unwrap_or_default()) {
            true => Ok(node),
            false => Err(node.unknown_operator()),
        }
    }

    pub(crate) fn inputs<const COUNT: usize>(&self) -> Result<[&'a str; COUNT]> {
        let names: Vec<&str> = self.proto.input.iter().map(String::as_str).collect();
        let found = names.len();
        let names = <[&str; COUNT]>::try_from(names);
        names.map_err(|_| self.refused(format!("{COUNT} inputs"), found))
    }

    /// Kernel 1, stride 1, no padding, one group, whether spelled out or by default.
    pub(crate) fn expect_pointwise(&self) -> Result<()> {
        for attribute in &self.proto.attribute {
            let name = attribute.name.as_deref().unwrap_or_default();
            let default = match name {
                "kernel_shape" | "strides" | "dilations" => attribute.ints == [1],
                "pads" => attribute.ints == [0, 0],
                "group" => attribute.i == Some(1),
                "auto_pad" => attribute.s.as_deref() == Some(b"NOTSET"),
                _ => false,
            };
            if !default {
                return Err(self.refused("kernel 1, stride 1, no padding, group 1", name));
            }
        }
        Ok(())
    }

    pub(crate) fn expect_no_attributes(&self) -> Result<()> {
        self.expect_attributes(&[])
    }

    pub(crate) fn expect_attributes(&self, known: &[&str]) -> Result<()> {
        let mut names = self
            .proto
            .attribute
            .iter()
            .map(|attribute| attribute.name.as_deref());
        match names.find(|name| !name.is_some_and(|name| known.contains(&name))) {
            None => Ok(()),
            Some(name) => {
                let found = name.unwrap_or("a nameless one").to_owned();
                Err(self.refused(format!("attributes {known:?}"), found))
            }
        }
    }

    pub(crate) fn integer(&self, name: &str) -> Result<Option<i64>> {
        let mut attributes = self.proto.attribute.iter();
        let attribute = attributes.find(|attribute| attribute.name.as_deref() == Some(name));
        match attribute {
            Some(attribute)
                if attribute.r#type.unwrap_or(attribute_type::INT) != attribute_type::INT =>
            {
                Err(self.refused(format!("an integer {name}"), "another type"))
            }
            other => Ok(other.and_then(|attribute| attribute.i)),
        }
    }

    pub(crate) fn refused(&self, expected: impl ToString, found: impl ToString) -> Error {
        Error::form(
            format!("node {} ({})", self.name, self.operator),
            expected,
            found,
        )
    }

    pub(crate) fn unknown_operator(&self) -> Error {
        let domain = self
            .proto
            .domain
            .as_deref()
            .filter(|domain| !domain.is_empty());
        Error::Operator {
            node: self.name.to_owned(),
            operator: match domain {
                Some(domain) => format!("{domain}.{}", self.operator),
                None => self.operator.to_owned(),
            },
            advice: advice(self.operator),
        }
    }
}

/// Whether a domain is that of ONNX's own operators.
pub(crate) fn is_onnx(domain: &str) -> bool {
    ["", "ai.onnx"].contains(&domain)
}
