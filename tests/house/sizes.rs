//! How large files, functions and folders are.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use crate::imports::{attributes, is_for_tests};
use crate::modules::Crate;

/// The folders with more than a number of files, and how many they have.
pub(crate) fn crowded(files: &[PathBuf], most: usize) -> Vec<(PathBuf, usize)> {
    let mut folders: BTreeMap<&Path, usize> = BTreeMap::new();
    for folder in files.iter().filter_map(|file| file.parent()) {
        *folders.entry(folder).or_default() += 1;
    }
    let crowded = folders.into_iter().filter(|(_, count)| *count > most);
    crowded
        .map(|(folder, count)| (folder.to_owned(), count))
        .collect()
}

/// The lines of the middle one of a crate's files.
pub(crate) fn median_file(sources: &Crate) -> usize {
    let lines = sources.sources().map(|source| source.text.lines().count());
    let mut lines: Vec<usize> = lines.collect();
    lines.sort_unstable();
    lines[lines.len() / 2]
}

/// A function and the lines from `fn` to its closing brace.
pub(crate) struct Function {
    pub(crate) place: String,
    pub(crate) lines: usize,
}

/// The functions of a crate that are not for tests.
pub(crate) fn functions(sources: &Crate) -> Vec<Function> {
    let mut functions = Functions::default();
    for source in sources.sources() {
        functions.file.clone_from(&source.path);
        functions.visit_file(&source.syntax);
    }
    functions.found
}

/// Whether nine functions in ten have at most so many lines; else the longer ones.
pub(crate) fn too_long(functions: Vec<Function>, most: usize) -> Vec<Function> {
    let count = functions.len();
    let long: Vec<Function> = functions
        .into_iter()
        .filter(|function| function.lines > most)
        .collect();
    match long.len() * 10 > count {
        true => long,
        false => Vec::new(),
    }
}

#[derive(Default)]
struct Functions {
    file: PathBuf,
    found: Vec<Function>,
}

impl Functions {
    fn note(&mut self, signature: &syn::Signature, body: &syn::Block) {
        let first = signature.fn_token.span().start().line;
        let last = body.span().end().line;
        self.found.push(Function {
            place: format!("{}:{first} {}", self.file.display(), signature.ident),
            lines: last + 1 - first,
        });
    }
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if !attributes(item).iter().any(is_for_tests) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.note(&function.sig, &function.block);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        if !function.attrs.iter().any(is_for_tests) {
            self.note(&function.sig, &function.block);
            visit::visit_impl_item_fn(self, function);
        }
    }

    fn visit_trait_item_fn(&mut self, function: &'ast syn::TraitItemFn) {
        if let Some(body) = &function.default {
            self.note(&function.sig, body);
        }
        visit::visit_trait_item_fn(self, function);
    }
}
