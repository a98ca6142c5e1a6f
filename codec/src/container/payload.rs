//! The payload of a group: its components with their method bytes (`docs/format.md`, *Groups*).
//!
//! In: encoded components, or the bytes of a payload. Out: the other one.

use std::fmt;
use std::sync::LazyLock;

use crate::coders::method::CodingMethod;
use crate::container::cursor::Cursor;
use crate::container::varint;
use crate::image::sample_format::ColorType;
use crate::tiles::component::Component;

/// One component of a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Coded<T> {
    pub(crate) method: CodingMethod,
    pub(crate) bytes: T,
}

/// The payload of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Payload<T> {
    /// Colour, then alpha if the image has it.
    Apart {
        color: Coded<T>,
        alpha: Option<Coded<T>>,
    },
    /// Colour and alpha in one stream of the general method.
    Joint(T),
}

/// What a method byte says about the bytes after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum MethodByte {
    /// They are one component.
    Component(CodingMethod),
    /// They are colour and alpha in one stream of the general method.
    Joint,
}

impl MethodByte {
    /// The meaning of each value.
    const MEANINGS: [MethodByte; 8] = [
        MethodByte::Component(CodingMethod::Stored),
        MethodByte::Component(CodingMethod::Network),
        MethodByte::Component(CodingMethod::Adaptive),
        MethodByte::Component(CodingMethod::Refined),
        MethodByte::Component(CodingMethod::General),
        MethodByte::Joint,
        MethodByte::Component(CodingMethod::Deep),
        MethodByte::Component(CodingMethod::Thorough),
    ];

    fn value(self) -> u8 {
        let value = MethodByte::MEANINGS.iter().position(|&each| each == self);
        value.map_or(u8::MAX, |value| value as u8)
    }

    /// Reads the first method byte of a payload.
    fn read_first(cursor: &mut Cursor<'_>, has_alpha: bool) -> Result<MethodByte, &'static str> {
        match MethodByte::read(cursor)? {
            Some(method) if has_alpha || method != MethodByte::Joint => Ok(method),
            _ if has_alpha => Err(&NOT_A_METHOD_WITH_ALPHA),
            _ => Err(&NOT_A_METHOD),
        }
    }

    /// Reads the method byte of the alpha component.
    fn read_alpha(cursor: &mut Cursor<'_>) -> Result<CodingMethod, &'static str> {
        match MethodByte::read(cursor)? {
            Some(MethodByte::Component(method)) if method.needs_model() => {
                Err("the alpha component cannot have a method that needs a model")
            }
            Some(MethodByte::Component(method)) => Ok(method),
            _ => Err(&NOT_A_METHOD),
        }
    }

    fn read(cursor: &mut Cursor<'_>) -> Result<Option<MethodByte>, &'static str> {
        let value = cursor.byte("method");
        let value = value.map_err(|_| "the method byte is missing")?;
        Ok(MethodByte::MEANINGS.get(usize::from(value)).copied())
    }
}

impl fmt::Display for MethodByte {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MethodByte::Component(method) => write!(f, "{} ({})", self.value(), method.name()),
            MethodByte::Joint => write!(f, "{} (general for colour and alpha)", self.value()),
        }
    }
}

/// What is wrong with a byte that is not the method of one component.
static NOT_A_METHOD: LazyLock<String> =
    LazyLock::new(|| none_of(|&meaning| meaning != MethodByte::Joint));
/// What is wrong with the first method byte of an image with alpha.
static NOT_A_METHOD_WITH_ALPHA: LazyLock<String> = LazyLock::new(|| none_of(|_| true));

fn none_of(is_legal: impl Fn(&MethodByte) -> bool) -> String {
    let legal = MethodByte::MEANINGS.into_iter().filter(is_legal);
    let mut legal: Vec<String> = legal.map(|meaning| meaning.to_string()).collect();
    let last = legal.pop().unwrap_or_default();
    format!("the method byte is not {} or {last}", legal.join(", "))
}

impl<T> Payload<T> {
    /// The methods of colour and alpha.
    pub(crate) fn methods(&self) -> (CodingMethod, Option<CodingMethod>) {
        match self {
            Payload::Apart { color, alpha } => {
                (color.method, alpha.as_ref().map(|alpha| alpha.method))
            }
            Payload::Joint(_) => (CodingMethod::General, Some(CodingMethod::General)),
        }
    }
}

impl Payload<Vec<u8>> {
    /// Bytes of colour and alpha without their method bytes; those of a joint stream count as colour.
    pub(crate) fn sizes(&self) -> (u64, u64) {
        match self {
            Payload::Apart { color, alpha } => (
                color.bytes.len() as u64,
                alpha.as_ref().map_or(0, |alpha| alpha.bytes.len() as u64),
            ),
            Payload::Joint(bytes) => (bytes.len() as u64, 0),
        }
    }

    /// The bytes of the payload.
    pub(crate) fn write(&self) -> Vec<u8> {
        let (color, alpha) = match self {
            Payload::Apart { color, alpha } => (color, alpha),
            Payload::Joint(bytes) => return [&[MethodByte::Joint.value()][..], bytes].concat(),
        };
        let mut out = vec![MethodByte::Component(color.method).value()];
        if alpha.is_some() {
            varint::write(&mut out, color.bytes.len() as u64);
        }
        out.extend_from_slice(&color.bytes);
        if let Some(alpha) = alpha {
            out.push(MethodByte::Component(alpha.method).value());
            out.extend_from_slice(&alpha.bytes);
        }
        out
    }
}

impl<'a> Payload<&'a [u8]> {
    /// Splits a payload into its parts, or returns what is wrong with it.
    pub(crate) fn read(payload: &'a [u8], color: ColorType) -> Result<Self, &'static str> {
        let mut cursor = Cursor::new(payload);
        let method = match MethodByte::read_first(&mut cursor, color.has_alpha())? {
            MethodByte::Joint => return Ok(Payload::Joint(cursor.rest())),
            MethodByte::Component(method) => method,
        };
        if !color.has_alpha() {
            let bytes = cursor.rest();
            return Ok(Payload::Apart {
                color: Coded { method, bytes },
                alpha: None,
            });
        }
        let problem = "the length of the colour component is not legal";
        let length = cursor.varint("color_length").map_err(|_| problem)?;
        let bytes = cursor.take("color", length).map_err(|_| problem)?;
        let alpha = Coded {
            method: MethodByte::read_alpha(&mut cursor)?,
            bytes: cursor.rest(),
        };
        Ok(Payload::Apart {
            color: Coded { method, bytes },
            alpha: Some(alpha),
        })
    }

    /// What is coded, and how.
    pub(crate) fn components(self) -> impl Iterator<Item = (Component, Coded<&'a [u8]>)> {
        let method = CodingMethod::General;
        let (first, second) = match self {
            Payload::Apart { color, alpha } => ((Component::Color, color), alpha),
            Payload::Joint(bytes) => ((Component::All, Coded { method, bytes }), None),
        };
        [Some(first), second.map(|alpha| (Component::Alpha, alpha))]
            .into_iter()
            .flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads_come_back() {
        let coded = |method, bytes| Coded { method, bytes };
        let color = coded(CodingMethod::Network, vec![1, 2, 3]);
        let alpha = coded(CodingMethod::Adaptive, vec![4]);
        for (payload, kind, expected) in [
            (
                Payload::Apart {
                    color: color.clone(),
                    alpha: None,
                },
                ColorType::Rgb,
                &[1, 1, 2, 3][..],
            ),
            (
                Payload::Apart {
                    color,
                    alpha: Some(alpha),
                },
                ColorType::Rgba,
                &[1, 3, 1, 2, 3, 2, 4],
            ),
            (Payload::Joint(vec![7, 8]), ColorType::GrayAlpha, &[5, 7, 8]),
        ] {
            let bytes = payload.write();
            assert_eq!(bytes, expected);
            let read = Payload::read(&bytes, kind).expect("legal");
            assert_eq!(read.methods(), payload.methods());
            let sizes: Vec<usize> = read.components().map(|(_, c)| c.bytes.len()).collect();
            assert_eq!(sizes[0] as u64, payload.sizes().0);
        }
    }

    #[test]
    fn what_no_encoder_writes_is_refused() {
        let read = |bytes: &[u8], kind| Payload::read(bytes, kind).map(|_| ());
        let not_a_method = "the method byte is not 0 (stored), 1 (network), 2 (adaptive), 3 (refined), 4 (general), 6 (deep) or 7 (thorough)";
        assert_eq!(read(&[5, 1], ColorType::Rgb), Err(not_a_method));
        assert_eq!(read(&[0, 1, 9, 5, 1], ColorType::Rgba), Err(not_a_method));
        for (bytes, kind) in [
            (&[][..], ColorType::Gray),
            (&[8], ColorType::Gray),
            (&[8], ColorType::Rgba),
            (&[0, 2, 9], ColorType::Rgba),
            (&[0, 1, 9], ColorType::Rgba),
            (&[0, 1, 9, 1], ColorType::Rgba),
            (&[0, 1, 9, 3], ColorType::Rgba),
            (&[0, 1, 9, 7], ColorType::Rgba),
        ] {
            assert!(read(bytes, kind).is_err(), "{bytes:?}");
        }
        assert!(read(&[5], ColorType::Rgba).is_ok());
    }
}
