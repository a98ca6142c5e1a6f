//! Changes `.pxc` files inside and corrects their lengths and checksums, and checks what must hold for any such file.
//! Also the fuzz targets, for fuzz/ and for tests that replay the corpora.

mod parts;
mod nested;
mod changes;
mod soundness;
pub mod targets;

pub use changes::{Random, change, change_with};
pub use parts::Parts;
pub use soundness::check;
