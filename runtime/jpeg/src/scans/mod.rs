//! The entropy-coded data of a JPEG file, code by code: whether it has all blocks of all components.
//!
//! Decoders fill in what is missing and go on after wrong codes, so that is checked here.

mod bits;
mod blocks;
mod frame;
mod huffman;

use pxc_codec::Limits;

use crate::error::{Error, Result};
use crate::scans::bits::Bits;
use crate::scans::blocks::Scan;
use crate::scans::frame::Frame;
use crate::scans::huffman::{Huffman, Tables};
use crate::segments::{END_OF_IMAGE, START_OF_SCAN, Segments};

const DEFINED_TABLES: u8 = 0xc4;
const DEFINED_RESTARTS: u8 = 0xdd;

/// Fails unless the data of each scan follow the codes up to the last block, and each component has a scan. `jpeg` has
/// passed [`check_segments`](crate::check_segments).
///
/// # Errors
/// [`Error::Damaged`], and of kind `Limit`.
pub fn check_scans(jpeg: &[u8], limits: &Limits) -> Result<()> {
    let mut state = State::default();
    let mut segments = Segments::new(jpeg);
    loop {
        let segment = segments.next_segment()?;
        match segment.marker {
            END_OF_IMAGE => return state.check_complete(),
            0xc0..=0xc2 => state.frame = Some(Frame::parse(&segment, limits)?),
            DEFINED_TABLES => state.define_tables(segment.data).ok_or_else(tables)?,
            DEFINED_RESTARTS => {
                let interval = segment.data.first_chunk().ok_or_else(tables)?;
                state.restart_interval = u16::from_be_bytes(*interval).into();
            }
            START_OF_SCAN => {
                let start = segments.position();
                let end = state.scan(segment.data, &jpeg[start..])?;
                segments.skip_to(start + end);
            }
            _ => {}
        }
    }
}

/// What the segments up to here define.
#[derive(Default)]
struct State {
    frame: Option<Frame>,
    tables: Tables,
    /// Units between restart markers; 0 for none.
    restart_interval: usize,
}

impl State {
    fn define_tables(&mut self, data: &[u8]) -> Option<()> {
        let mut rest = data;
        while let Some((&class_and_number, tail)) = rest.split_first() {
            let (table, bytes) = Huffman::parse(tail)?;
            let tables = match class_and_number >> 4 {
                0 => &mut self.tables.dc,
                1 => &mut self.tables.ac,
                _ => return None,
            };
            *tables.get_mut(usize::from(class_and_number & 15))? = Some(table);
            rest = &tail[bytes..];
        }
        Some(())
    }

    /// Goes through the data of a scan. Returns how many bytes they take.
    fn scan(&mut self, header: &[u8], data: &[u8]) -> Result<usize> {
        let frame = self
            .frame
            .as_mut()
            .ok_or_else(|| Error::damaged("a scan before its frame"))?;
        let scan = Scan::parse(header, frame)
            .ok_or_else(|| Error::damaged("the header of a scan is not legal"))?;
        let units = scan.units(frame);
        let mut bits = Bits::new(data);
        let mut run = 0;
        for unit in 0..units {
            let is_restarted =
                self.restart_interval > 0 && unit > 0 && unit % self.restart_interval == 0;
            let step = match is_restarted {
                true if run > 0 => None,
                true => bits.restart(unit / self.restart_interval - 1),
                false => Some(()),
            };
            step.and_then(|()| scan.unit(unit, frame, &self.tables, &mut bits, &mut run))
                .ok_or_else(|| {
                    Error::damaged(format!(
                        "a scan: expected {units} units of blocks, found {unit} and a wrong code"
                    ))
                })?;
        }
        let end = bits.end().filter(|_| run == 0);
        end.ok_or_else(|| {
            Error::damaged("a scan: expected a marker after its last block, found more data")
        })
    }

    fn check_complete(&self) -> Result<()> {
        let has_all = self.frame.as_ref().is_some_and(Frame::is_complete);
        has_all
            .then_some(())
            .ok_or_else(|| Error::damaged("expected a scan for each component, found fewer"))
    }
}

fn tables() -> Error {
    Error::damaged("its tables are not legal")
}
