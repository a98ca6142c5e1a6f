//! `--max-pixels`, `--max-memory` and `--max-metadata`, which are checked before memory is allocated.

use clap::Args;
use pxc_runtime::Limits;

use crate::available::available_memory;

/// Limits on what a file may ask for.
#[derive(Clone, Copy, Debug, Default, Args)]
pub(crate) struct LimitArguments {
    /// Refuse images of more than N pixels; K, M and G stand for 2^10, 2^20 and 2^30 [default: 256M]
    #[arg(long, value_name = "N", value_parser = count)]
    max_pixels: Option<u64>,
    /// Refuse files that need more than N bytes of memory; same suffixes [default: 2G, or less if the system has less
    /// for pxc]
    #[arg(long, value_name = "N", value_parser = count)]
    max_memory: Option<u64>,
    /// Refuse files with more than N bytes of metadata; same suffixes [default: 64M]
    #[arg(long, value_name = "N", value_parser = count)]
    max_metadata: Option<u64>,
}

impl LimitArguments {
    /// The limits with defaults filled in.
    pub(crate) fn limits(&self) -> Limits {
        let defaults = Limits::default();
        let max_memory = self.max_memory;
        let max_memory = max_memory.unwrap_or_else(|| defaults.max_memory.min(available_memory()));
        defaults
            .with_max_pixels(self.max_pixels.unwrap_or(defaults.max_pixels))
            .with_max_memory(max_memory)
            .with_max_metadata(self.max_metadata.unwrap_or(defaults.max_metadata))
    }
}

/// A number, with or without a suffix.
pub(crate) fn count(text: &str) -> Result<u64, String> {
    let (digits, shift) = match text.as_bytes().last() {
        Some(b'K' | b'k') => (&text[..text.len() - 1], 10),
        Some(b'M' | b'm') => (&text[..text.len() - 1], 20),
        Some(b'G' | b'g') => (&text[..text.len() - 1], 30),
        _ => (text, 0),
    };
    let number: u64 = digits.parse().map_err(|_| expected())?;
    number.checked_mul(1 << shift).ok_or_else(expected)
}

fn expected() -> String {
    "expected a number below 2^64, such as 1000000, 100M or 2G".into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suffixes_are_powers_of_two() {
        assert_eq!(count("0"), Ok(0));
        assert_eq!(count("100k"), Ok(100 << 10));
        assert_eq!(count("3M"), Ok(3 << 20));
        assert_eq!(count("2G"), Ok(1 << 31));
        for text in ["", "G", "-1", "1.5G", "1T", "99999999999G", "ä"] {
            assert!(count(text).is_err(), "{text}");
        }
    }
}
