//! Does the tree keep its own rules? No circle of imports, small files and functions, few files in a folder.

mod modules;
mod imports;
mod circles;
mod sizes;
mod sources;
mod manifests;
mod fixtures;
mod references;

use std::path::Path;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
