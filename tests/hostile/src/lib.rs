//! `.pxc` files changed inside and sealed again with right lengths and checksums, and what must hold of any such file.
//! For the tests, and for the fuzz target `decode`.

mod parts;
mod nested;
mod changes;
mod soundness;

pub use changes::{Random, change, change_with};
pub use parts::Parts;
pub use soundness::check;
