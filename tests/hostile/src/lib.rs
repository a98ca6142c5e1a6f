//! Changes `.pxc` files inside and corrects their lengths and checksums, and checks what must hold for any such file.
//! For the tests, and for the fuzz target `decode`.

mod parts;
mod nested;
mod changes;
mod soundness;

pub use changes::{Random, change, change_with};
pub use parts::Parts;
pub use soundness::check;
