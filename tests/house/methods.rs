//! Methods of a type that are in another file than the type: where the type's own file calls them, it needs that file,
//! though it does not name it.
//!
//! Goes by the names of types and methods. Code under `#[cfg(test)]` is left out.

use std::collections::{BTreeMap, BTreeSet};

use syn::visit::{self, Visit};
use syn::{Expr, ImplItem, Item, Type};

use crate::imports::{attributes, is_for_tests};
use crate::modules::{Crate, ModulePath};

type Names = BTreeSet<String>;

/// What a file says of types and methods.
#[derive(Default)]
struct Methods {
    /// The types that it defines.
    types: Names,
    /// The methods of each type in its `impl` blocks without a trait.
    own: BTreeMap<String, Names>,
    /// The methods and associated functions that it calls.
    called: Names,
}

/// The files with methods of a file's types, for each file that calls such methods.
pub(crate) fn homes(sources: &Crate) -> BTreeMap<ModulePath, BTreeSet<ModulePath>> {
    let read = sources.files.iter().map(|(module, files)| {
        let mut methods = Methods::default();
        for file in files {
            methods.visit_file(&file.syntax);
        }
        (module.clone(), methods)
    });
    let files: BTreeMap<ModulePath, Methods> = read.collect();
    let homes = files.iter().map(|(module, file)| {
        let others = files.iter().filter(|(other, _)| *other != module);
        let needed = others.filter(|(_, other)| needs(file, other));
        let needed = needed.map(|(other, _)| other.clone()).collect();
        (module.clone(), needed)
    });
    homes.collect()
}

/// Whether a file calls methods that only another file gives to one of its types.
fn needs(file: &Methods, other: &Methods) -> bool {
    let foreign = other.own.iter().filter(|(name, _)| {
        let is_of_file = file.types.contains(*name);
        is_of_file && !other.types.contains(*name)
    });
    let mut methods = foreign.flat_map(|(_, methods)| methods);
    let is_own = |method| file.own.values().any(|own| own.contains(method));
    methods.any(|method| file.called.contains(method) && !is_own(method))
}

impl<'ast> Visit<'ast> for Methods {
    fn visit_item(&mut self, item: &'ast Item) {
        if attributes(item).iter().any(is_for_tests) {
            return;
        }
        match item {
            Item::Struct(item) => drop(self.types.insert(item.ident.to_string())),
            Item::Enum(item) => drop(self.types.insert(item.ident.to_string())),
            Item::Impl(block) if block.trait_.is_none() => {
                let functions = block.items.iter().filter_map(|item| match item {
                    ImplItem::Fn(function) => Some(function.sig.ident.to_string()),
                    _ => None,
                });
                if let Some(name) = name_of(&block.self_ty) {
                    self.own.entry(name).or_default().extend(functions);
                }
            }
            _ => {}
        }
        visit::visit_item(self, item);
    }

    fn visit_expr(&mut self, expression: &'ast Expr) {
        match expression {
            Expr::MethodCall(call) => drop(self.called.insert(call.method.to_string())),
            Expr::Path(path) if path.path.segments.len() > 1 => {
                let last = path.path.segments.last().expect("two segments");
                self.called.insert(last.ident.to_string());
            }
            _ => {}
        }
        visit::visit_expr(self, expression);
    }
}

fn name_of(written: &Type) -> Option<String> {
    match written {
        Type::Path(path) => Some(path.path.segments.last()?.ident.to_string()),
        _ => None,
    }
}
