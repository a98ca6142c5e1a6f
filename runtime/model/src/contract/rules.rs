//! Rules that every version of the metadata shares: names, coding order, taps (`docs/model.md`, *Metadata*).

use crate::contract::names::{MAX_TAP_DISTANCE, MAX_TAPS};
use crate::error::{Error, Result};

const MAX_NAME_BYTES: usize = 64;

pub(crate) fn refused(
    field: impl Into<String>,
    expected: impl ToString,
    found: impl ToString,
) -> Error {
    Error::Metadata {
        field: field.into(),
        expected: expected.to_string(),
        found: found.to_string(),
    }
}

pub(crate) fn expect_equal<T>(field: &str, found: &T, expected: &T) -> Result<()>
where
    T: PartialEq + std::fmt::Debug + ?Sized,
{
    if found == expected {
        return Ok(());
    }
    Err(refused(
        field,
        format!("{expected:?}"),
        format!("{found:?}"),
    ))
}

pub(crate) fn check_name(field: &str, name: &str) -> Result<()> {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let length = 1..=MAX_NAME_BYTES;
    if length.contains(&name.len()) && name.bytes().all(legal) {
        return Ok(());
    }
    let expected = format!("1 to {MAX_NAME_BYTES} characters of a-z A-Z 0-9 . _ -");
    Err(refused(field, expected, format!("{name:?}")))
}

pub(crate) fn check_order(channels: usize, order: &[usize]) -> Result<()> {
    if ![1, 3].contains(&channels) {
        return Err(refused("channels", "1 or 3", channels));
    }
    let mut sorted = order.to_vec();
    sorted.sort_unstable();
    if !sorted.iter().copied().eq(0..channels) {
        let expected = format!("a permutation of 0..{channels}");
        return Err(refused("order", expected, format!("{order:?}")));
    }
    Ok(())
}

/// Checks the taps of the context.
pub(crate) fn check_taps(taps: &[[i32; 2]], shear: u32, largest_shear: u32) -> Result<()> {
    if !(1..=largest_shear).contains(&shear) {
        return Err(refused("shear", format!("1 to {largest_shear}"), shear));
    }
    if !(1..=MAX_TAPS).contains(&taps.len()) {
        return Err(refused("taps", format!("1 to {MAX_TAPS} taps"), taps.len()));
    }
    taps.iter()
        .try_for_each(|&tap| check_earlier_step("taps", tap, shear))
}

/// Checks that a tap is near and on an earlier step of the wavefront.
pub(crate) fn check_earlier_step(field: &str, [dy, dx]: [i32; 2], shear: u32) -> Result<()> {
    let causal =
        (dy == 0 && dx < 0) || (dy < 0 && i64::from(dx) < i64::from(shear) * -i64::from(dy));
    let expected = || format!("dy = 0, dx < 0 or dy < 0, dx ≤ {shear}·|dy| − 1");
    expect_tap(field, [dy, dx], causal, expected)
}

/// Checks that a tap is near and keeps a rule.
pub(crate) fn expect_tap(
    field: &str,
    [dy, dx]: [i32; 2],
    keeps_rule: bool,
    rule: impl FnOnce() -> String,
) -> Result<()> {
    let near = |distance: i32| (-MAX_TAP_DISTANCE..=MAX_TAP_DISTANCE).contains(&distance);
    if near(dy) && near(dx) && keeps_rule {
        return Ok(());
    }
    let expected = format!("{}, no further than {MAX_TAP_DISTANCE}", rule());
    Err(refused(field, expected, format!("[{dy}, {dx}]")))
}
