//! A look at a file's protobuf fields before they are decoded: a hostile file of many empty messages, each two bytes
//! long, would otherwise take a hundred times its size in memory.

use prost::bytes::Buf;
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};

use crate::error::{Error, Result};

/// The largest legal number of fields in the model, its graph, the graph's members and theirs.
pub(crate) const MAX_FIELDS: usize = 1 << 17;

const MODEL_GRAPH: u32 = 7;
const GRAPH_NODE: u32 = 1;
const NODE_ATTRIBUTE: u32 = 5;
const ATTRIBUTE_TENSOR: u32 = 5;

/// Where in the messages a field is; only messages that hold messages are entered.
#[derive(Clone, Copy)]
enum Level {
    Model,
    Graph,
    Node,
    Attribute,
    Leaf,
}

impl Level {
    /// The level of the message in field `tag`, when it is to be entered.
    fn enter(self, tag: u32) -> Option<Level> {
        match (self, tag) {
            (Level::Model, MODEL_GRAPH) => Some(Level::Graph),
            (Level::Model, _) => Some(Level::Leaf),
            (Level::Graph, GRAPH_NODE) => Some(Level::Node),
            (Level::Graph, _) => Some(Level::Leaf),
            (Level::Node, NODE_ATTRIBUTE) => Some(Level::Attribute),
            (Level::Attribute, ATTRIBUTE_TENSOR) => Some(Level::Leaf),
            (Level::Node | Level::Attribute | Level::Leaf, _) => None,
        }
    }
}

/// Refuses bytes whose messages have more than [`MAX_FIELDS`] fields. Malformed messages are left to the decoder.
pub(crate) fn expect_few_fields(bytes: &[u8]) -> Result<()> {
    let mut fields = 0;
    // A malformed message ends the count; the decoder, which reads the same bytes in the same order, stops there too.
    let _ = count(bytes, Level::Model, &mut fields);
    if fields <= MAX_FIELDS {
        return Ok(());
    }
    Err(Error::Limit {
        what: "protobuf fields of a model file".into(),
        limit: MAX_FIELDS as u64,
        found: fields as u64,
    })
}

/// `None` when the message is malformed or the limit is passed.
fn count(mut message: &[u8], level: Level, fields: &mut usize) -> Option<()> {
    while message.has_remaining() {
        *fields += 1;
        if *fields > MAX_FIELDS {
            return None;
        }
        let (tag, wire) = decode_key(&mut message).ok()?;
        match level.enter(tag) {
            Some(inner) if wire == WireType::LengthDelimited => {
                let length = usize::try_from(decode_varint(&mut message).ok()?).ok()?;
                let (part, rest) = message.split_at_checked(length)?;
                message = rest;
                match inner {
                    // Not every length-delimited field is a message; those that are not need no count.
                    Level::Leaf => drop(count(part, inner, fields)),
                    _ => count(part, inner, fields)?,
                }
                if *fields > MAX_FIELDS {
                    return None;
                }
            }
            _ => skip_field(wire, tag, &mut message, DecodeContext::default()).ok()?,
        }
    }
    Some(())
}
