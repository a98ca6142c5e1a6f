//! In which form an operation is computed.

use candle_core::Device;

/// The form of a network's operations. Both compute the same values and gradients, except for the rounding of float32
/// in training; both compute the same integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Custom operations that pass over memory once. Only for the CPU.
    Fused,
    /// Composed of Candle's own operations, for every device.
    Composed,
}

impl Form {
    /// The faster form on a device.
    pub fn of(device: &Device) -> Form {
        match device.is_cpu() {
            true => Form::Fused,
            false => Form::Composed,
        }
    }
}
