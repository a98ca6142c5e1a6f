//! Which files of its crate a file names: in `use`, in paths of expressions and types, and in the tokens of macros.
//!
//! Code under `#[cfg(test)]` is left out, and so are visibilities: `pub(super)` imports nothing.

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, UseTree};

use crate::modules::{Crate, ModulePath, Source};

/// The modules of other files that a file names.
pub(crate) fn imports(sources: &Crate, module: &ModulePath, file: &Source) -> BTreeSet<ModulePath> {
    let mut visitor = Imports {
        sources,
        module: module.clone(),
        found: BTreeSet::new(),
    };
    visitor.visit_file(&file.syntax);
    visitor.found.remove(module);
    visitor.found
}

struct Imports<'a> {
    sources: &'a Crate,
    /// The module that is read: that of the file, or one inside it.
    module: ModulePath,
    found: BTreeSet<ModulePath>,
}

impl Imports<'_> {
    /// Notes the file behind a path as it is written, unless it leads out of the crate.
    fn note(&mut self, written: &[String]) {
        let Some(first) = written.first() else { return };
        let (mut base, rest) = match first.as_str() {
            "crate" => (Vec::new(), &written[1..]),
            "self" | "super" => (self.module.clone(), written),
            child => {
                let path = [&self.module[..], &[child.to_owned()]].concat();
                if !self.sources.files.contains_key(&path) {
                    return;
                }
                (self.module.clone(), written)
            }
        };
        let upward = rest.iter().take_while(|name| is_upward(name)).count();
        let ups = rest[..upward]
            .iter()
            .filter(|name| *name == "super")
            .count();
        base.truncate(base.len() - ups.min(base.len()));
        base.extend_from_slice(&rest[upward..]);
        self.found.insert(self.sources.file_of(&base));
    }

    fn note_use(&mut self, before: &[String], tree: &UseTree) {
        let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        match tree {
            UseTree::Path(path) => self.note_use(&with(&path.ident), &path.tree),
            UseTree::Name(name) => self.note(&with(&name.ident)),
            UseTree::Rename(rename) => self.note(&with(&rename.ident)),
            UseTree::Glob(_) => self.note(before),
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.note_use(before, tree);
                }
            }
        }
    }

    /// Paths in the tokens of a macro: names with `::` between them.
    fn note_tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(name) => {
                    if colons != 2 {
                        self.note_path(&path);
                        path.clear();
                    }
                    path.push(name.to_string());
                    colons = 0;
                }
                TokenTree::Punct(mark) if mark.as_char() == ':' => colons += 1,
                other => {
                    self.note_path(&path);
                    path.clear();
                    colons = 0;
                    if let TokenTree::Group(group) = other {
                        self.note_tokens(group.stream());
                    }
                }
            }
        }
        self.note_path(&path);
    }

    /// A lone name is a variable, or something that was imported.
    fn note_path(&mut self, path: &[String]) {
        if path.len() > 1 {
            self.note(path);
        }
    }
}

fn is_upward(name: &str) -> bool {
    ["self", "super"].contains(&name)
}

impl<'ast> Visit<'ast> for Imports<'_> {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if !attributes(item).iter().any(is_for_tests) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        if !function.attrs.iter().any(is_for_tests) {
            visit::visit_impl_item_fn(self, function);
        }
    }

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if module.content.is_some() {
            self.module.push(module.ident.to_string());
            visit::visit_item_mod(self, module);
            self.module.pop();
        }
    }

    fn visit_item_use(&mut self, import: &'ast syn::ItemUse) {
        self.note_use(&[], &import.tree);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names = path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string());
        self.note_path(&names.collect::<Vec<_>>());
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.note_tokens(call.tokens.clone());
        visit::visit_macro(self, call);
    }

    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}

    fn visit_attribute(&mut self, _: &'ast Attribute) {}
}

/// Whether an attribute is `#[cfg(test)]` or `#[test]`.
pub(crate) fn is_for_tests(attribute: &Attribute) -> bool {
    let condition = || attribute.parse_args::<syn::Path>();
    attribute.path().is_ident("test")
        || attribute.path().is_ident("cfg") && condition().is_ok_and(|path| path.is_ident("test"))
}

pub(crate) fn attributes(item: &syn::Item) -> &[Attribute] {
    use syn::Item;
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
