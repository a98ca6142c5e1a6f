//! The header of a frame: its components, and how many blocks they have.

use pxc_codec::Limits;

use crate::error::{Error, Result};
use crate::segments::Segment;

/// Pixels of a side of a block.
const BLOCK: usize = 8;
const PROGRESSIVE: u8 = 0xc2;

/// A frame.
pub(crate) struct Frame {
    pub(crate) is_progressive: bool,
    pub(crate) components: Vec<Component>,
    /// Units of all components beside each other and below each other.
    pub(crate) units: [usize; 2],
}

/// A component of the image.
pub(crate) struct Component {
    pub(crate) id: u8,
    /// Columns and rows of its blocks in a unit of all components.
    pub(crate) sampling: [usize; 2],
    /// Columns and rows of its blocks that show a part of the image.
    pub(crate) shown: [usize; 2],
    /// Columns of all its blocks.
    pub(crate) columns: usize,
    /// Of a progressive file: a bit for each coefficient of each block that is not zero.
    pub(crate) nonzero: Vec<u64>,
    /// Whether a scan has its blocks.
    pub(crate) is_seen: bool,
}

impl Frame {
    /// Reads the header.
    pub(crate) fn parse(segment: &Segment<'_>, limits: &Limits) -> Result<Frame> {
        let illegal = || Error::damaged("the header of its frame is not legal");
        let (header, fields) = segment.data.split_first_chunk::<6>().ok_or_else(illegal)?;
        let [_, a, b, c, d, count] = *header;
        let sides = [[c, d], [a, b]].map(|side| usize::from(u16::from_be_bytes(side)));
        let fields = fields.get(..3 * usize::from(count)).ok_or_else(illegal)?;
        let factors = |field: &[u8]| [field[1] >> 4, field[1] & 15].map(usize::from);
        let fields: Vec<_> = fields
            .chunks_exact(3)
            .map(|field| (field[0], factors(field)))
            .collect();
        let legal = |factor: &usize| (1..=4).contains(factor);
        let is_legal = fields.iter().all(|(_, factors)| factors.iter().all(legal));
        let most = |side: usize| fields.iter().map(|(_, factors)| factors[side]).max();
        let (Some(across), Some(down), true) = (most(0), most(1), is_legal && !sides.contains(&0))
        else {
            return Err(illegal());
        };
        let most = [across, down];
        let units = [0, 1].map(|side| sides[side].div_ceil(BLOCK * most[side]));
        let is_progressive = segment.marker == PROGRESSIVE;
        let blocks: usize = fields
            .iter()
            .map(|(_, sampling)| units[0] * sampling[0] * units[1] * sampling[1])
            .sum();
        if is_progressive {
            limits.reserve((blocks * size_of::<u64>()) as u64)?;
        }
        let component = |(id, sampling): (u8, [usize; 2])| {
            let [columns, rows] = [0, 1].map(|side| units[side] * sampling[side]);
            Component {
                id,
                sampling,
                shown: [0, 1].map(|side| {
                    (sides[side] * sampling[side])
                        .div_ceil(most[side])
                        .div_ceil(BLOCK)
                }),
                columns,
                nonzero: vec![0; if is_progressive { columns * rows } else { 0 }],
                is_seen: false,
            }
        };
        Ok(Frame {
            is_progressive,
            components: fields.into_iter().map(component).collect(),
            units,
        })
    }

    /// Whether scans have the blocks of all components.
    pub(crate) fn is_complete(&self) -> bool {
        self.components.iter().all(|component| component.is_seen)
    }
}
