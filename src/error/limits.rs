//! What to do about a limit that an input exceeds: the options that raise it.

use pxc_runtime::{CodecError, Limits, full_message};

/// Bytes that a pixel takes in memory, all in all.
const PIXEL_BYTES: u64 = 16;
/// More memory than anybody has.
const MOST_MEMORY: u64 = 1 << 44;
/// Bytes that a model takes while it codes.
const MODEL_BYTES: u64 = 64 << 20;

/// Why a file is not described, with what to do.
pub(crate) fn message_of(error: &pxc_picture::Error) -> String {
    full_message(error) + &limit_of(error).map_or_else(String::new, limit_advice)
}

/// The options that raise the limit which kept a file from being described, if one did.
pub(crate) fn options_against(error: &pxc_picture::Error) -> Option<String> {
    limit_of(error).and_then(raising_options)
}

/// What to do about a limit; nothing about other errors.
pub(crate) fn limit_advice(error: &CodecError) -> String {
    raising_options(error).map_or_else(String::new, |options| {
        format!(" (raise it with {options} or more)")
    })
}

/// The options that raise a limit.
fn raising_options(error: &CodecError) -> Option<String> {
    let CodecError::LimitExceeded { limit, needed, .. } = error else {
        return None;
    };
    Some(match *limit {
        "max_memory" => format!("--max-memory {}", memory_for(*needed)),
        "max_pixels" => {
            let bytes = needed.saturating_mul(PIXEL_BYTES);
            let is_much = (Limits::DEFAULT.max_memory..MOST_MEMORY).contains(&bytes);
            let memory = match is_much {
                true => format!(" and --max-memory {}", handy(bytes)),
                false => String::new(),
            };
            format!("--max-pixels {needed}{memory}")
        }
        limit => format!("--{} {needed}", limit.replace('_', "-")),
    })
}

/// Memory that is enough for a file of which one step needs so many bytes: later ones need more, and the model.
fn memory_for(needed: u64) -> String {
    handy(
        needed
            .saturating_add(needed / 2)
            .saturating_add(MODEL_BYTES),
    )
}

/// A number as an option takes it: the next power of two of M, or three quarters of it.
fn handy(bytes: u64) -> String {
    let mebibytes = bytes.div_ceil(1 << 20).max(1);
    let power = mebibytes.next_power_of_two();
    let less = power / 4 * 3;
    format!("{}M", if less >= mebibytes { less } else { power })
}

/// The limit error inside `error`, if there is one.
pub(crate) fn limit_of(error: &pxc_picture::Error) -> Option<&CodecError> {
    match error {
        pxc_picture::Error::Limit { source } => Some(source),
        pxc_picture::Error::Unproved { source } => limit_of(source),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_is_enough_for_what_follows() {
        let advice = |limit, needed| {
            limit_advice(&CodecError::LimitExceeded {
                limit,
                allowed: 1,
                needed,
            })
        };
        for (limit, needed, options) in [
            ("max_memory", 30_000, "--max-memory 96M"),
            ("max_memory", 70 << 20, "--max-memory 192M"),
            ("max_memory", (1 << 31) + 1, "--max-memory 4096M"),
            ("max_pixels", 600, "--max-pixels 600"),
            (
                "max_pixels",
                1 << 29,
                "--max-pixels 536870912 and --max-memory 8192M",
            ),
            ("max_pixels", u64::MAX, "--max-pixels 18446744073709551615"),
            ("max_work", 7, "--max-work 7"),
        ] {
            assert_eq!(
                advice(limit, needed),
                format!(" (raise it with {options} or more)")
            );
        }
    }
}
