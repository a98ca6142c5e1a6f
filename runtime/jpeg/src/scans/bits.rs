//! The bits of a scan.

const FIRST_RESTART: u8 = 0xd0;

/// Bits from the highest of each byte on, up to the next marker.
pub(crate) struct Bits<'a> {
    data: &'a [u8],
    at: usize,
    /// The byte whose bits are next, and how many of them are left.
    byte: u8,
    left: u8,
}

impl<'a> Bits<'a> {
    pub(crate) fn new(data: &'a [u8]) -> Bits<'a> {
        Bits {
            data,
            at: 0,
            byte: 0,
            left: 0,
        }
    }

    /// The next bit; `None` at a marker.
    pub(crate) fn bit(&mut self) -> Option<u16> {
        if self.left == 0 {
            self.byte = *self.data.get(self.at)?;
            self.at += 1;
            if self.byte == 0xff {
                // A zero follows a byte that would otherwise begin a marker.
                self.data.get(self.at).filter(|&&next| next == 0)?;
                self.at += 1;
            }
            self.left = 8;
        }
        self.left -= 1;
        Some(u16::from(self.byte >> self.left & 1))
    }

    /// The next bits, 16 at most, as a number.
    pub(crate) fn number(&mut self, count: u8) -> Option<u16> {
        (0..count).try_fold(0, |number, _| Some(number << 1 | self.bit()?))
    }

    /// Where the marker is that follows. Bits that fill the last byte do not count.
    pub(crate) fn end(&self) -> Option<usize> {
        let marker = self.data.get(self.at..self.at + 2)?;
        (marker[0] == 0xff && marker[1] != 0).then_some(self.at)
    }

    /// Goes on after restart marker `number`, counted from 0.
    pub(crate) fn restart(&mut self, number: usize) -> Option<()> {
        let mut at = self.end()?;
        // Any number of bytes 0xff may fill up.
        at += self.data[at..]
            .iter()
            .take_while(|&&byte| byte == 0xff)
            .count();
        (*self.data.get(at)? == FIRST_RESTART + (number % 8) as u8).then_some(())?;
        (self.at, self.left) = (at + 1, 0);
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_end_at_a_marker() {
        let mut bits = Bits::new(&[0xff, 0, 0x50, 0xff, 0xff, 0xd1, 0x80, 0xff, 0xd9]);
        assert_eq!(bits.number(11), Some(0x7fa));
        assert_eq!((bits.restart(0), bits.restart(9)), (None, Some(())));
        assert_eq!((bits.bit(), bits.end()), (Some(1), Some(7)));
        assert_eq!(bits.number(8), None);
    }
}
