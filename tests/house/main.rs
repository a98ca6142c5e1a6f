//! Does the tree keep its own rules? No circle of imports, small files and functions, few files in a folder, documents
//! that agree with the code.

mod modules;
mod imports;
mod methods;
mod circles;
mod sizes;
mod sources;
mod widths;
mod unsafe_code;
mod manifests;
mod fixtures;
mod references;

use std::path::Path;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
