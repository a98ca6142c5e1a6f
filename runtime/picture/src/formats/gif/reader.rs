//! GIF → [`Picture`] with a palette: the first frame, transparent where it does not cover the canvas.

use std::ops::Range;

use pxc_codec::{Image, Limits};

use crate::error::{Error, Result};
use crate::formats::gif::blocks::{ColorTable, GifCursor, damaged};
use crate::formats::gif::extensions::Extensions;
use crate::formats::gif::frame::{Canvas, Descriptor, read_frame};
use crate::formats::input::InputFormat;
use crate::ledger::Ledger;
use crate::picture::Picture;

/// The most parts with frames after the first that get names of their own.
const MOST_PARTS: usize = 1 << 12;
const SIGNATURE: usize = 6;
/// Bits of the flags. The three others say how many bits the colours had elsewhere, and nothing about this file.
const HAS_PALETTE: u8 = 0x80;
const SORT_FLAG: u8 = 8;
const PALETTE_SIZE: u8 = 7;
const EXTENSION: u8 = 0x21;
const FRAME: u8 = 0x2c;
const TRAILER: u8 = 0x3b;

/// Reads a whole file.
pub(crate) fn read_gif(bytes: &[u8], limits: &Limits) -> Result<Picture> {
    let mut reader = GifReader {
        bytes: GifCursor {
            file: bytes,
            at: SIGNATURE,
        },
        ledger: Ledger::new(bytes),
        extensions: Extensions::default(),
        image: None,
        frames: 1,
        further: Vec::new(),
    };
    let (canvas, global) = reader.screen(limits)?;
    reader.blocks(canvas, global.as_ref())?;
    let GifReader {
        bytes,
        mut ledger,
        extensions,
        image,
        frames,
        further,
    } = reader;
    let name = match frames {
        2 => "frame 2 of the animation".to_owned(),
        count => format!("frames 2 to {count} of the animation"),
    };
    for part in further {
        ledger.name(part, name.clone());
    }
    ledger.name_tail(bytes.at, "the trailer");
    let image = image.ok_or_else(|| damaged("expected an image, found none".into()))?;
    Ok(Picture {
        metadata: extensions.metadata,
        dropped: ledger.lost(),
        drops_images: frames > 1,
        ..Picture::plain(InputFormat::Gif, image)
    })
}

struct GifReader<'a> {
    bytes: GifCursor<'a>,
    ledger: Ledger,
    extensions: Extensions,
    image: Option<Image>,
    /// The number of frames.
    frames: usize,
    /// The ranges of the frames after the first. Neighbours are one range.
    further: Vec<Range<usize>>,
}

impl GifReader<'_> {
    /// Counts a frame after the first.
    fn frame_after(&mut self, range: Range<usize>) {
        self.frames += 1;
        // The ledger names no more parts than that.
        let has_room = self.further.len() < MOST_PARTS;
        match self.further.last_mut() {
            Some(last) if last.end == range.start => last.end = range.end,
            _ if has_room => self.further.push(range),
            _ => {}
        }
    }

    /// The size of the canvas and the palette of all frames.
    fn screen(&mut self, limits: &Limits) -> Result<(Canvas, Option<ColorTable>)> {
        let (bytes, ledger) = (&mut self.bytes, &mut self.ledger);
        let (width, height) = (bytes.number()?, bytes.number()?);
        let (flags, background, aspect) = (bytes.byte()?, bytes.byte()?, bytes.byte()?);
        if width == 0 || height == 0 {
            return Err(damaged(format!(
                "byte 0x6: expected columns and rows, found {width}×{height}"
            )));
        }
        // Palette indices, the canvas, and a copy of what the file has in sub-blocks.
        limits
            .reserve(bytes.file.len() as u64)
            .and_then(|left| left.check_image(width.into(), height.into(), 2))
            .map_err(Error::limit)?;
        ledger.claim(0..10);
        ledger.claim(10..11);
        if flags & SORT_FLAG != 0 {
            ledger.lose("the sort flag of the palette");
        }
        if flags & HAS_PALETTE == 0 && flags & PALETTE_SIZE != 0 {
            ledger.lose("the size of a palette that is not there");
        }
        ledger.claim_if(background == 0, 11..12, "the background colour");
        ledger.claim_if(aspect == 0, 12..13, "the aspect ratio of the pixels");
        let global = bytes.colors(flags)?;
        if let Some(ColorTable { range, .. }) = &global {
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
    fn blocks(&mut self, canvas: Canvas, global: Option<&ColorTable>) -> Result<()> {
        loop {
            let at = self.bytes.at;
            match self.bytes.byte()? {
                EXTENSION => self.extensions.read(&mut self.bytes, &mut self.ledger)?,
                FRAME if self.image.is_none() => {
                    let (bytes, ledger) = (&mut self.bytes, &mut self.ledger);
                    let transparent = self.extensions.transparent(ledger);
                    self.image = Some(read_frame(bytes, canvas, global, transparent, ledger)?);
                }
                FRAME => {
                    let descriptor = Descriptor::read(&mut self.bytes)?;
                    descriptor.skip(&mut self.bytes)?;
                    let control = self.extensions.control.take();
                    let start = control.filter(|control| control.range.end == at);
                    let start = start.map_or(at, |control| control.range.start);
                    self.frame_after(start..self.bytes.at);
                }
                TRAILER => {
                    self.extensions.end(&mut self.ledger);
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
