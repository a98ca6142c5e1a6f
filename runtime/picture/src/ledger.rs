//! Records which bytes of a file a reader understood. Everything that no claim covers is lost, and is reported by name.
//!
//! In: the parts of a file, as its container lists them, and the ranges that a reader checked or keeps. Out: the names of the rest.

use std::ops::Range;

/// The record of one file.
pub(crate) struct Ledger {
    length: usize,
    parts: Vec<(Range<usize>, String)>,
    claims: Vec<Range<usize>>,
}

impl Ledger {
    /// Nothing of the file is claimed yet.
    pub(crate) fn new(file: &[u8]) -> Ledger {
        Ledger {
            length: file.len(),
            parts: Vec::new(),
            claims: Vec::new(),
        }
    }

    /// Names a part of the file. Parts do not overlap.
    pub(crate) fn name(&mut self, part: Range<usize>, name: impl Into<String>) {
        if !part.is_empty() {
            self.parts.push((part, name.into()));
        }
    }

    /// Names what follows the end of the image.
    pub(crate) fn name_tail(&mut self, end: usize, of: &str) {
        let count = self.length.saturating_sub(end);
        let bytes = if count == 1 { "byte" } else { "bytes" };
        self.name(end..self.length, format!("{count} {bytes} after {of}"));
    }

    /// These bytes have the value that the format prescribes, or the picture keeps what they say.
    pub(crate) fn claim(&mut self, range: Range<usize>) {
        match self.claims.last_mut() {
            Some(last) if last.end == range.start => last.end = range.end,
            _ if range.is_empty() => {}
            _ => self.claims.push(range),
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
        let mut lost = Vec::new();
        let mut at = 0;
        for claim in std::mem::take(&mut self.claims) {
            self.gap(at..claim.start, &mut lost);
            at = at.max(claim.end);
        }
        self.gap(at..self.length, &mut lost);
        lost
    }

    /// Names the parts that a gap touches, and what of it belongs to no part.
    fn gap(&self, gap: Range<usize>, lost: &mut Vec<String>) {
        if gap.is_empty() {
            return;
        }
        let mut add = |name: String| {
            if !lost.contains(&name) {
                lost.push(name);
            }
        };
        let mut at = gap.start;
        let first = self
            .parts
            .partition_point(|(part, _)| part.end <= gap.start);
        for (part, name) in self.parts[first..]
            .iter()
            .take_while(|(part, _)| part.start < gap.end)
        {
            if part.start > at {
                add(unnamed(at..part.start));
            }
            add(name.clone());
            at = at.max(part.end);
        }
        if at < gap.end {
            add(unnamed(at..gap.end));
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
}
