//! Unsigned integers of variable length: seven bits per byte, lowest first, the high bit set on all but the last byte.
//!
//! In: bytes, or an integer. Out: the integer, or its bytes (`docs/format.md`, *Integers*).

use crate::container::cursor::Cursor;

/// Appends `value` in as few bytes as possible.
pub fn write(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Takes an integer from the front of `bytes`. `None` if it is cut off, padded, or not below 2^64.
pub fn read(bytes: &mut &[u8]) -> Option<u64> {
    let mut cursor = Cursor::new(bytes);
    let value = cursor.varint("integer").ok()?;
    *bytes = cursor.rest();
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_come_back() {
        for value in [0, 1, 127, 128, 300, 1 << 21, u64::from(u32::MAX), u64::MAX] {
            let mut bytes = Vec::new();
            write(&mut bytes, value);
            assert_eq!(Cursor::new(&bytes).varint("width"), Ok(value));
            bytes.push(7);
            let mut rest = bytes.as_slice();
            assert_eq!((read(&mut rest), rest), (Some(value), &[7][..]));
        }
    }

    #[test]
    fn padding_overflow_and_truncation_are_refused() {
        for bytes in [&[0x80, 0][..], &[0xff; 10], &[0xff; 11], &[0x80], &[]] {
            assert!(Cursor::new(bytes).varint("width").is_err());
            assert_eq!(read(&mut &bytes[..]), None);
        }
    }
}
