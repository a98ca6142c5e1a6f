//! The source files of a crate as modules: `src/a/mod.rs` and `src/a.rs` are the module `a`, the crate's root is the
//! empty path.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The names of a module and of those around it, from the crate's root.
pub(crate) type ModulePath = Vec<String>;

/// A source file.
pub(crate) struct Source {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
    pub(crate) syntax: syn::File,
}

/// The source files of a crate. A library and a command in one package share the root.
pub(crate) struct Crate {
    pub(crate) files: BTreeMap<ModulePath, Vec<Source>>,
}

impl Crate {
    /// Reads the files below a `src` folder.
    pub(crate) fn read(folder: &Path) -> Crate {
        let mut files: BTreeMap<ModulePath, Vec<Source>> = BTreeMap::new();
        for path in rust_files(folder) {
            let module = module_path(path.strip_prefix(folder).expect("a file of the folder"));
            let text = fs::read_to_string(&path).expect("UTF-8");
            let syntax = syn::parse_file(&text)
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let source = Source { path, text, syntax };
            files.entry(module).or_default().push(source);
        }
        Crate { files }
    }

    pub(crate) fn sources(&self) -> impl Iterator<Item = &Source> {
        self.files.values().flatten()
    }

    /// The longest beginning of a path of names that is a file.
    pub(crate) fn file_of(&self, path: &[String]) -> ModulePath {
        let is_file = |length: &usize| self.files.contains_key(&path[..*length]);
        let length = (0..=path.len()).rev().find(is_file).unwrap_or(0);
        path[..length].to_vec()
    }
}

/// The `.rs` files below a folder, in the order of their names.
pub(crate) fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let entries =
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    let below = paths.into_iter().flat_map(|path| match path.is_dir() {
        true => rust_files(&path),
        false => vec![path],
    });
    below
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}

fn module_path(file: &Path) -> ModulePath {
    let names = file.with_extension("");
    let mut names: ModulePath = names
        .iter()
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    let is_root = names.len() == 1 && ["lib", "main"].contains(&names[0].as_str());
    if is_root || names.last().is_some_and(|name| name == "mod") {
        names.pop();
    }
    names
}
