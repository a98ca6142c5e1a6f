//! Names of outputs: `img.png` → `img.pxc`, `img.bmp` → `img.bmp.pxc` and back, `-` for standard input and output.

mod product;
mod names;
pub(crate) mod kept;
mod renaming;
mod formats;
mod targets;

pub(crate) use product::{Direction, Product};
pub(crate) use targets::Naming;
