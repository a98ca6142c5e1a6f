//! GIF → [`Picture`] with a palette: the first frame, transparent where it does not cover the canvas.

use std::ops::Range;

use pxc_codec::{Image, Limits};

use crate::error::{Error, Result};
use crate::formats::gif::blocks::{Bytes, Table, damaged};
use crate::formats::gif::extensions::Extensions;
use crate::formats::gif::frame::{Canvas, Descriptor, read_frame};
use crate::formats::input::InputFormat;
use crate::ledger::Ledger;
use crate::picture::Picture;

const SIGNATURE: usize = 6;
const EXTENSION: u8 = 0x21;
const FRAME: u8 = 0x2c;
const TRAILER: u8 = 0x3b;

/// Reads a whole file.
pub(crate) fn read_gif(bytes: &[u8], limits: &Limits) -> Result<Picture> {
    let mut reader = Reader {
        bytes: Bytes {
            file: bytes,
            at: SIGNATURE,
        },
        ledger: Ledger::new(bytes),
        extensions: Extensions::default(),
        image: None,
        further: Vec::new(),
    };
    let (canvas, global) = reader.screen(limits)?;
    reader.blocks(canvas, global.as_ref())?;
    let Reader {
        bytes,
        mut ledger,
        extensions,
        image,
        further,
    } = reader;
    let name = match further.len() {
        1 => "frame 2 of the animation".to_owned(),
        count => format!("frames 2 to {} of the animation", count + 1),
    };
    for frame in further {
        ledger.name(frame, name.clone());
    }
    ledger.name_tail(bytes.at, "the trailer");
    let image = image.ok_or_else(|| damaged("expected an image, found none".into()))?;
    Ok(Picture {
        metadata: extensions.metadata,
        dropped: ledger.lost(),
        ..Picture::plain(InputFormat::Gif, image)
    })
}

struct Reader<'a> {
    bytes: Bytes<'a>,
    ledger: Ledger,
    extensions: Extensions,
    image: Option<Image>,
    /// Where the frames after the first are.
    further: Vec<Range<usize>>,
}

impl Reader<'_> {
    /// The size of the canvas and the palette of all frames.
    fn screen(&mut self, limits: &Limits) -> Result<(Canvas, Option<Table>)> {
        let (bytes, ledger) = (&mut self.bytes, &mut self.ledger);
        let (width, height) = (bytes.number()?, bytes.number()?);
        let (flags, background, aspect) = (bytes.byte()?, bytes.byte()?, bytes.byte()?);
        if width == 0 || height == 0 {
            return Err(damaged(format!(
                "byte 0x6: expected columns and rows, found {width}×{height}"
            )));
        }
        limits
            .check_image(width.into(), height.into(), 1)
            .map_err(Error::limit)?;
        ledger.claim(0..10);
        ledger.claim_if(flags & 8 == 0, 10..11, "the sort flag of the palette");
        ledger.claim_if(background == 0, 11..12, "the background colour");
        ledger.claim_if(aspect == 0, 12..13, "the aspect ratio of the pixels");
        let global = bytes.colors(flags)?;
        if let Some((_, range)) = &global {
            ledger.name(
                range.clone(),
                "the file's palette, which the frame does not use",
            );
        }
        let canvas = Canvas {
            width: width.into(),
            height: height.into(),
        };
        Ok((canvas, global))
    }

    /// Extensions and frames up to the trailer.
    fn blocks(&mut self, canvas: Canvas, global: Option<&Table>) -> Result<()> {
        loop {
            let at = self.bytes.at;
            match self.bytes.byte()? {
                EXTENSION => self.extensions.read(&mut self.bytes, &mut self.ledger)?,
                FRAME if self.image.is_none() => {
                    let transparent = self.extensions.transparent.take();
                    let (bytes, ledger) = (&mut self.bytes, &mut self.ledger);
                    self.image = Some(read_frame(bytes, canvas, global, transparent, ledger)?);
                }
                FRAME => {
                    let descriptor = Descriptor::read(&mut self.bytes)?;
                    descriptor.skip(&mut self.bytes)?;
                    self.further.push(at..self.bytes.at);
                }
                TRAILER => {
                    self.ledger.claim(at..self.bytes.at);
                    return Ok(());
                }
                other => {
                    return Err(damaged(format!(
                        "byte {at:#x}: expected an extension, a frame or the trailer, found 0x{other:02x}"
                    )));
                }
            }
        }
    }
}
