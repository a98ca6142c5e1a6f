//! The two components of a tile, colour and alpha, as buffers of their own, and the frame that joins them in a payload.
//!
//! In: an image and a rectangle, or a payload. Out: samples of one component, or its coder and bytes
//! (`docs/format.md`, *Groups*).

use std::ops::Range;

use crate::container::CodingMethod;
use crate::container::varint::{self, Cursor};
use crate::entropy::range_coder::InvalidStream;
use crate::error::Error;
use crate::image::sample_format::{BitDepth, ColorType, SampleFormat};
use crate::tiles::tiling::Rect;

/// Why a component could not be decoded.
pub(crate) enum Failure {
    /// What is wrong with the bytes.
    Content(&'static str),
    /// The model failed, or the work was cancelled.
    Error(Error),
}

impl From<InvalidStream> for Failure {
    fn from(_: InvalidStream) -> Failure {
        Failure::Content("the entropy-coded stream does not come from an encoder")
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::Error(error)
    }
}

/// Colour planes, the alpha plane, or all of them together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Component {
    Color,
    Alpha,
    All,
}

impl Component {
    /// Which samples of a pixel belong to it.
    fn samples(self, color: ColorType) -> Range<usize> {
        match self {
            Component::Color => 0..color.color_planes(),
            Component::Alpha => color.color_planes()..color.channels(),
            Component::All => 0..color.channels(),
        }
    }

    /// Samples per pixel.
    pub(crate) fn planes(self, color: ColorType) -> usize {
        self.samples(color).len()
    }

    /// Which bytes of a pixel belong to it.
    fn bytes(self, format: SampleFormat) -> Range<usize> {
        let (samples, bytes) = (self.samples(format.color), format.depth.sample_bytes());
        samples.start * bytes..samples.end * bytes
    }

    /// Copies the component of a rectangle out of an image of `width` columns: interleaved, row after row.
    pub(crate) fn extract(
        self,
        format: SampleFormat,
        samples: &[u8],
        width: usize,
        rect: Rect,
    ) -> Vec<u8> {
        let own = self.bytes(format);
        let mut out = Vec::with_capacity(rect.pixels() * own.len());
        for row in rows(format, width, rect) {
            for pixel in samples[row].chunks_exact(format.pixel_bytes()) {
                out.extend_from_slice(&pixel[own.clone()]);
            }
        }
        out
    }

    /// The reverse of [`extract`](Component::extract): copies what lies in `window`, the part of the image that `samples` holds.
    pub(crate) fn insert(
        self,
        format: SampleFormat,
        component: &[u8],
        rect: Rect,
        samples: &mut [u8],
        window: Rect,
    ) {
        let Some(part) = rect.intersection(&window) else {
            return;
        };
        let own = self.bytes(format);
        for y in part.y..part.y + part.height {
            let source = (y - rect.y) * rect.width + part.x - rect.x;
            let target = (y - window.y) * window.width + part.x - window.x;
            let pixels = component[source * own.len()..].chunks_exact(own.len());
            let targets =
                samples[target * format.pixel_bytes()..].chunks_exact_mut(format.pixel_bytes());
            for (target, pixel) in targets.zip(pixels).take(part.width) {
                target[own.clone()].copy_from_slice(pixel);
            }
        }
    }
}

fn rows(format: SampleFormat, width: usize, rect: Rect) -> impl Iterator<Item = Range<usize>> {
    let bytes = format.pixel_bytes();
    (rect.y..rect.y + rect.height).map(move |y| {
        let start = (y * width + rect.x) * bytes;
        start..start + rect.width * bytes
    })
}

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

/// One component of a tile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tile {
    pub(crate) width: usize,
    pub(crate) height: usize,
    /// Samples per pixel.
    pub(crate) planes: usize,
    pub(crate) depth: BitDepth,
    /// Interleaved, row after row, in the bytes of [`Image::samples`](crate::Image::samples).
    pub(crate) samples: Vec<u8>,
}

impl Tile {
    /// An empty tile, to be decoded.
    pub(crate) fn empty(rect: Rect, planes: usize, depth: BitDepth) -> Tile {
        Tile {
            width: rect.width,
            height: rect.height,
            planes,
            depth,
            samples: vec![0; rect.pixels() * planes * depth.sample_bytes()],
        }
    }

    /// Where the samples of a plane are that belong to the given rows of step `t`.
    pub(crate) fn step(
        &self,
        t: usize,
        shear: usize,
        rows: Range<usize>,
        plane: usize,
    ) -> impl Iterator<Item = usize> + use<> {
        let (width, planes) = (self.width, self.planes);
        rows.map(move |y| (y * width + t - shear * y) * planes + plane)
    }
}
