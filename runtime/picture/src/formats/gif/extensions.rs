//! Extensions: profiles that a picture keeps, what controls a frame, and what is lost.

use std::ops::Range;

use pxc_codec::MetadataChunk;

use crate::error::{Error, Result};
use crate::formats::gif::blocks::GifCursor;
use crate::ledger::Ledger;
use crate::metadata::{icc_chunk, xmp_chunk};

const PLAIN_TEXT: u8 = 0x01;
const CONTROL: u8 = 0xf9;
const COMMENT: u8 = 0xfe;
const APPLICATION: u8 = 0xff;

/// Bytes of a control extension in one sub-block.
const CONTROL_BYTES: usize = 8;

/// The disposal method that leaves the frame where it is, which is usual in files of one frame.
const NOT_DISPOSED: u8 = 1 << 2;

/// The trailer after XMP, so that readers who take it for sub-blocks find its end: 1, all bytes downwards, and 0.
const XMP_TRAILER: usize = 258;

/// What extensions say about the picture.
#[derive(Default)]
pub(crate) struct Extensions {
    /// Colour profile and XMP.
    pub(crate) metadata: Vec<MetadataChunk>,
    /// What controls the next frame.
    pub(crate) control: Option<Control>,
}

/// A control extension of the right length.
pub(crate) struct Control {
    /// Where it is.
    pub(crate) range: Range<usize>,
    flags: u8,
    delay: u16,
    index: u8,
}

impl Extensions {
    /// Reads the extension that begins before the position. Claims what it keeps and names the rest.
    pub(crate) fn read(&mut self, bytes: &mut GifCursor<'_>, ledger: &mut Ledger) -> Result<()> {
        let start = bytes.at - 1;
        let label = bytes.byte()?;
        let chain = bytes.chain()?;
        let (data, range) = (chain.data(), start..chain.range.end);
        match label {
            CONTROL => self.control(&data, range, ledger),
            APPLICATION => {
                let first = chain.parts().next();
                let first = first.unwrap_or(chain.range.end..chain.range.end);
                let raw = &bytes.file[first.end..chain.range.end];
                let kept = self.profile(&bytes.file[first.clone()], &data[first.len()..], raw)?;
                let is_kept = kept.is_some();
                self.metadata.extend(kept);
                let name = String::from_utf8_lossy(&data[..data.len().min(11)]).into_owned();
                let name = format!("the application extension {}", name.trim_end());
                ledger.claim_if(is_kept, range, name);
                return Ok(());
            }
            COMMENT => ledger.name(range, "a comment"),
            PLAIN_TEXT => ledger.name(range, "a plain text extension"),
            other => ledger.name(range, format!("the extension 0x{other:02x}")),
        }
        Ok(())
    }

    /// Sets what controls the next frame, and replaces what did so before.
    fn control(&mut self, data: &[u8], range: Range<usize>, ledger: &mut Ledger) {
        let control = match *data {
            [flags, low, high, index] if range.len() == CONTROL_BYTES => Control {
                range,
                flags,
                delay: u16::from_le_bytes([low, high]),
                index,
            },
            _ => {
                ledger.name(range, "a control extension whose length is not 4 bytes");
                return;
            }
        };
        if let Some(before) = self.control.replace(control) {
            ledger.name(before.range, "a second control extension of a frame");
        }
    }

    /// The transparent index of the frame that begins. Claims the extension that controls it. Delay and disposal belong
    /// to an animation.
    pub(crate) fn transparent(&mut self, ledger: &mut Ledger) -> Option<u8> {
        let control = self.control.take()?;
        ledger.claim(control.range);
        let is_transparent = control.flags & 1 != 0;
        if control.flags & !(1 | NOT_DISPOSED) != 0 {
            ledger.lose("the disposal method of the frame");
        }
        if control.delay != 0 {
            ledger.lose("the delay of the frame");
        }
        if !is_transparent && control.index != 0 {
            ledger.lose("a transparent index without effect");
        }
        is_transparent.then_some(control.index)
    }

    /// Names what controls no frame.
    pub(crate) fn end(&mut self, ledger: &mut Ledger) {
        if let Some(control) = self.control.take() {
            ledger.name(control.range, "a control extension without a frame");
        }
    }

    /// A colour profile or XMP, if it is the first of its kind. The first sub-block is all of the application's name;
    /// `data` are the sub-blocks after it. XMP is not in sub-blocks but in `raw`.
    fn profile(
        &self,
        application: &[u8],
        data: &[u8],
        raw: &[u8],
    ) -> Result<Option<MetadataChunk>> {
        let chunk = match application {
            b"ICCRGBG1012" => icc_chunk(data).map_err(Error::from)?,
            b"XMP DataXMP" => match raw.split_at_checked(raw.len().saturating_sub(XMP_TRAILER)) {
                Some((xmp, trailer)) if is_xmp_trailer(trailer) => xmp_chunk(xmp),
                _ => return Ok(None),
            },
            _ => return Ok(None),
        };
        let is_first = self.metadata.iter().all(|kept| kept.tag != chunk.tag);
        Ok(is_first.then_some(chunk))
    }
}

fn is_xmp_trailer(trailer: &[u8]) -> bool {
    let expected = std::iter::once(1).chain((0..=u8::MAX).rev()).chain([0]);
    trailer.len() == XMP_TRAILER && trailer.iter().copied().eq(expected)
}
