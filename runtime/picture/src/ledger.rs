//! Records which bytes of a file a reader understood. Everything that no claim covers is lost, and is reported by name.
//!
//! In: the parts of a file, as its container lists them, and the ranges that a reader checked or keeps. Out: the names
//! of the rest.

use std::collections::HashSet;
use std::ops::Range;
use std::rc::Rc;

/// The parts and claims that every file may have, and the bytes of a file for which it may have one more of each.
/// Further ones stay unnamed and unclaimed, and so count as lost: a file of tiny parts does not take many times its
/// size in memory.
const LEAST_RECORDS: usize = 1 << 12;
const BYTES_PER_RECORD: usize = 1 << 10;
/// Most names of what is lost. The last one stands for all others.
const MOST_NAMES: usize = 1 << 8;

/// What a picture lacks of a file whose rows end in such bits.
pub(crate) const PADDING_BITS: &str = "padding bits of rows that are not zero";

/// A range and its name.
type NamedRange = (Range<usize>, Rc<str>);

/// The record of one file.
pub(crate) struct Ledger {
    length: usize,
    parts: Vec<NamedRange>,
    claims: Vec<Range<usize>>,
    names: HashSet<Rc<str>>,
    losses: Vec<String>,
}

impl Ledger {
    /// Starts the record of a file of which nothing is claimed yet.
    pub(crate) fn new(file: &[u8]) -> Ledger {
        Ledger {
            length: file.len(),
            parts: Vec::new(),
            claims: Vec::new(),
            names: HashSet::new(),
            losses: Vec::new(),
        }
    }

    /// More bytes than the record of a large file takes.
    pub(crate) fn most_bytes(length: usize) -> u64 {
        let record = size_of::<NamedRange>() + size_of::<Range<usize>>();
        // A growing list is in memory twice, the second time at twice the size.
        (length / BYTES_PER_RECORD * record * 3) as u64
    }

    /// How many parts there may be, and how many claims.
    fn most_records(&self) -> usize {
        LEAST_RECORDS + self.length / BYTES_PER_RECORD
    }

    /// Names a part of the file. Parts do not overlap.
    pub(crate) fn name(&mut self, part: Range<usize>, name: impl Into<String>) {
        let name = name.into();
        let has_room = self.parts.len() < self.most_records();
        match self.parts.last_mut() {
            _ if part.is_empty() => {}
            Some((last, known)) if last.end == part.start && **known == *name => {
                last.end = part.end;
            }
            _ if has_room => {
                let name = self.shared(name);
                self.parts.push((part, name));
            }
            _ => {}
        }
    }

    /// One copy of each name.
    fn shared(&mut self, name: String) -> Rc<str> {
        if let Some(known) = self.names.get(name.as_str()) {
            return known.clone();
        }
        let name: Rc<str> = name.into();
        self.names.insert(name.clone());
        name
    }

    /// Names something that is lost although the bytes around it are claimed, such as bits of a compressed stream.
    pub(crate) fn lose(&mut self, name: impl Into<String>) {
        self.losses.push(name.into());
    }

    /// Names what follows the end of the image.
    pub(crate) fn name_tail(&mut self, end: usize, of: &str) {
        let count = self.length.saturating_sub(end);
        let bytes = if count == 1 { "byte" } else { "bytes" };
        self.name(end..self.length, format!("{count} {bytes} after {of}"));
    }

    /// Claims bytes that have the value that the format prescribes, or whose meaning the picture keeps.
    pub(crate) fn claim(&mut self, range: Range<usize>) {
        let has_room = self.claims.len() < self.most_records();
        match self.claims.last_mut() {
            Some(last) if last.end == range.start => last.end = range.end,
            _ if has_room && !range.is_empty() => self.claims.push(range),
            _ => {}
        }
    }

    /// Claims these bytes if `is_kept`, and otherwise names them.
    pub(crate) fn claim_if(&mut self, is_kept: bool, range: Range<usize>, name: impl Into<String>) {
        if is_kept {
            self.claim(range);
        } else {
            self.name(range, name);
        }
    }

    /// Where the last part or claim ends.
    pub(crate) fn end(&self) -> usize {
        let parts = self.parts.iter().map(|(part, _)| part.end);
        let claims = self.claims.iter().map(|claim| claim.end);
        parts.chain(claims).max().unwrap_or(0)
    }

    /// The ranges that belong to no part and no claim.
    pub(crate) fn gaps(&self) -> Vec<Range<usize>> {
        let parts = self.parts.iter().map(|(part, _)| part);
        let mut known: Vec<&Range<usize>> = parts.chain(&self.claims).collect();
        known.sort_by_key(|range| range.start);
        let (mut gaps, mut at) = (Vec::new(), 0);
        for range in known {
            if range.start > at {
                gaps.push(at..range.start);
            }
            at = at.max(range.end);
        }
        if at < self.length {
            gaps.push(at..self.length);
        }
        gaps
    }

    /// Gives one name to everything that belongs to no part and no claim.
    pub(crate) fn name_rest(&mut self, name: &str) {
        for gap in self.gaps() {
            self.name(gap, name);
        }
    }

    /// The names of everything that no claim covers: in file order, each once.
    pub(crate) fn lost(mut self) -> Vec<String> {
        self.claims.sort_by_key(|claim| claim.start);
        self.parts.sort_by_key(|(part, _)| part.start);
        let mut lost = LostNames::default();
        let mut at = 0;
        for claim in &self.claims {
            self.gap(at..claim.start, &mut lost);
            at = at.max(claim.end);
        }
        self.gap(at..self.length, &mut lost);
        for name in &self.losses {
            lost.add(name);
        }
        lost.list
    }

    /// Names the parts that a gap touches, and the rest of the gap.
    fn gap(&self, gap: Range<usize>, lost: &mut LostNames) {
        if gap.is_empty() {
            return;
        }
        let mut at = gap.start;
        let first = self
            .parts
            .partition_point(|(part, _)| part.end <= gap.start);
        for (part, name) in self.parts[first..]
            .iter()
            .take_while(|(part, _)| part.start < gap.end)
        {
            if part.start > at {
                lost.add(&unnamed(at..part.start));
            }
            lost.add(name);
            at = at.max(part.end);
        }
        if at < gap.end {
            lost.add(&unnamed(at..gap.end));
        }
    }
}

/// Names, each once.
#[derive(Default)]
struct LostNames {
    list: Vec<String>,
    known: HashSet<String>,
}

impl LostNames {
    fn add(&mut self, name: &str) {
        if self.list.len() < MOST_NAMES && self.known.insert(name.to_owned()) {
            let is_last = self.list.len() + 1 == MOST_NAMES;
            let name = if is_last {
                "further parts of the file"
            } else {
                name
            };
            self.list.push(name.to_owned());
        }
    }
}

fn unnamed(gap: Range<usize>) -> String {
    format!("bytes {:#x} to {:#x} of the file", gap.start, gap.end - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_claim_covers_is_lost() {
        let mut ledger = Ledger::new(&[0; 100]);
        ledger.name(10..20, "a comment");
        ledger.name(30..40, "a thumbnail");
        ledger.name(40..50, "a comment");
        ledger.name(90..95, "pixels");
        ledger.claim(0..10);
        ledger.claim(90..97);
        ledger.claim(20..25);
        ledger.claim_if(true, 97..98, "a flag");
        let expected = [
            "a comment",
            "bytes 0x19 to 0x1d of the file",
            "a thumbnail",
            "bytes 0x32 to 0x59 of the file",
        ];
        assert_eq!(ledger.lost()[..4], expected);
    }

    #[test]
    fn the_rest_has_one_name() {
        let mut ledger = Ledger::new(&[0; 30]);
        ledger.name(4..8, "a comment");
        ledger.claim(10..12);
        assert_eq!(ledger.gaps(), [0..4, 8..10, 12..30]);
        assert_eq!(ledger.end(), 12);
        ledger.name_rest("the rest");
        assert!(ledger.gaps().is_empty());
        assert_eq!(ledger.lost(), ["the rest", "a comment"]);
    }

    #[test]
    fn a_file_that_is_claimed_whole_lost_nothing() {
        let mut ledger = Ledger::new(&[0; 4]);
        ledger.name_tail(2, "the end");
        ledger.claim(2..4);
        ledger.claim(0..3);
        assert!(ledger.lost().is_empty());
        let mut ledger = Ledger::new(&[0; 3]);
        ledger.claim(0..2);
        ledger.name_tail(2, "the end");
        assert_eq!(ledger.lost(), ["1 byte after the end"]);
    }

    #[test]
    fn a_file_of_tiny_parts_takes_little_memory_and_all_of_it_is_lost() {
        let file = vec![0; 1 << 20];
        let mut ledger = Ledger::new(&file);
        for at in (0..file.len()).step_by(4) {
            ledger.name(at..at + 1, ["odd", "even"][at / 4 % 2]);
            ledger.claim(at + 2..at + 3);
        }
        assert_eq!((ledger.parts.len(), ledger.claims.len()), (5120, 5120));
        assert_eq!(ledger.names.len(), 2);
        let lost = ledger.lost();
        assert_eq!(lost.len(), MOST_NAMES);
        assert_eq!(lost[..2], ["odd", "bytes 0x1 to 0x1 of the file"]);
        assert_eq!(lost[MOST_NAMES - 1], "further parts of the file");
    }

    #[test]
    fn equal_neighbours_are_one_part_and_bits_can_be_lost() {
        let mut ledger = Ledger::new(&[0; 9]);
        for at in 0..9 {
            ledger.name(at..at + 1, "a comment");
        }
        ledger.lose("padding bits");
        assert_eq!(ledger.parts.len(), 1);
        assert_eq!(ledger.lost(), ["a comment", "padding bits"]);
    }
}
