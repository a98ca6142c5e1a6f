//! The payload of a group: its components with their method bytes (`docs/format.md`, *Groups*).
//!
//! In: encoded components, or the bytes of a payload. Out: the other one.

use crate::container::CodingMethod;
use crate::container::varint::{self, Cursor};
use crate::image::sample_format::ColorType;
use crate::tiles::component::Component;

/// One component of a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Coded<T> {
    pub(crate) coder: CodingMethod,
    pub(crate) bytes: T,
}

/// The payload of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Payload<T> {
    /// Colour, then alpha if there is one.
    Apart {
        color: Coded<T>,
        alpha: Option<Coded<T>>,
    },
    /// Colour and alpha in one stream of the general coder.
    Joint(T),
}

/// The coder byte of [`Payload::Joint`].
const JOINT: u8 = 5;

impl<T> Payload<T> {
    /// Coders of colour and alpha.
    pub(crate) fn coders(&self) -> (CodingMethod, Option<CodingMethod>) {
        match self {
            Payload::Apart { color, alpha } => {
                (color.coder, alpha.as_ref().map(|alpha| alpha.coder))
            }
            Payload::Joint(_) => (CodingMethod::General, Some(CodingMethod::General)),
        }
    }
}

impl Payload<Vec<u8>> {
    /// Bytes of colour and alpha without their coder bytes; those of a joint stream count as colour.
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
            Payload::Joint(bytes) => return [&[JOINT][..], bytes].concat(),
        };
        let mut out = vec![color.coder.code()];
        if alpha.is_some() {
            varint::write(&mut out, color.bytes.len() as u64);
        }
        out.extend_from_slice(&color.bytes);
        if let Some(alpha) = alpha {
            out.push(alpha.coder.code());
            out.extend_from_slice(&alpha.bytes);
        }
        out
    }
}

impl<'a> Payload<&'a [u8]> {
    /// Takes a payload apart, or says what is wrong with it.
    pub(crate) fn read(payload: &'a [u8], color: ColorType) -> Result<Self, &'static str> {
        if let Some((&JOINT, bytes)) = payload.split_first()
            && color.has_alpha()
        {
            return Ok(Payload::Joint(bytes));
        }
        let mut cursor = Cursor::new(payload);
        let color_method = coder(&mut cursor)?;
        if !color.has_alpha() {
            let color = coded(color_method, &mut cursor);
            return Ok(Payload::Apart { color, alpha: None });
        }
        let problem = "the length of the colour component is not legal";
        let length = cursor.varint("color_length").map_err(|_| problem)?;
        let bytes = cursor.take("color", length).map_err(|_| problem)?;
        let alpha = coder(&mut cursor)?;
        if alpha.needs_model() {
            return Err("the alpha component cannot have a coder that needs a model");
        }
        Ok(Payload::Apart {
            color: Coded {
                coder: color_method,
                bytes,
            },
            alpha: Some(coded(alpha, &mut cursor)),
        })
    }
}

impl<'a> Payload<&'a [u8]> {
    /// What is coded, and how.
    pub(crate) fn components(self) -> impl Iterator<Item = (Component, Coded<&'a [u8]>)> {
        let coder = CodingMethod::General;
        let (first, second) = match self {
            Payload::Apart { color, alpha } => ((Component::Color, color), alpha),
            Payload::Joint(bytes) => ((Component::All, Coded { coder, bytes }), None),
        };
        [Some(first), second.map(|alpha| (Component::Alpha, alpha))]
            .into_iter()
            .flatten()
    }
}

fn coder(cursor: &mut Cursor<'_>) -> Result<CodingMethod, &'static str> {
    let code = cursor
        .byte("coder")
        .map_err(|_| "the coder byte is missing")?;
    CodingMethod::from_code(code).ok_or(
        "the coder byte is not 0 (stored), 1 (network), 2 (adaptive), 3 (refined) or 4 (general)",
    )
}

fn coded<'a>(coder: CodingMethod, cursor: &mut Cursor<'a>) -> Coded<&'a [u8]> {
    let rest = cursor.remaining();
    Coded {
        coder,
        bytes: cursor.take("component", rest).unwrap_or_default(),
    }
}
