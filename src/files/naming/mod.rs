//! Names of outputs: `img.png` → `img.pxc`, `img.bmp` → `img.bmp.pxc` and back, `-` for standard input and output.

mod output_kind;
mod extensions;
pub(crate) mod kept_extension;
mod renaming;
mod formats;
mod targets;
#[cfg(test)]
mod every_name;

pub(crate) use formats::Formats;
pub(crate) use output_kind::{Direction, OutputKind};
pub(crate) use targets::Naming;
