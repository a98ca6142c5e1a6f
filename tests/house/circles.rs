//! Circles of imports: files that need one another, found as strongly connected components (Tarjan). A file needs those
//! that it names, and those with methods of its types that it calls.

use std::collections::{BTreeMap, BTreeSet};

use crate::imports::imports;
use crate::methods::homes;
use crate::modules::{Crate, ModulePath};

/// Which file needs which.
type Graph = BTreeMap<ModulePath, BTreeSet<ModulePath>>;

/// The circles of a crate, each as a list of what its files need.
pub(crate) fn circles(sources: &Crate) -> Vec<String> {
    let mut graph: Graph = homes(sources);
    for (module, files) in &sources.files {
        let named = files.iter().flat_map(|file| imports(sources, module, file));
        graph.entry(module.clone()).or_default().extend(named);
    }
    let components = components(&graph);
    let circles = components.into_iter().filter(|members| members.len() > 1);
    circles.map(|members| described(&graph, &members)).collect()
}

fn described(graph: &Graph, members: &BTreeSet<ModulePath>) -> String {
    let name = |module: &ModulePath| match module.is_empty() {
        true => "(root)".to_owned(),
        false => module.join("::"),
    };
    let lines = members.iter().map(|module| {
        let inside = graph[module].intersection(members).map(name);
        format!(
            "  {} -> {}",
            name(module),
            inside.collect::<Vec<_>>().join(", ")
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The strongly connected components.
fn components(graph: &Graph) -> Vec<BTreeSet<ModulePath>> {
    let mut search = Search {
        graph,
        order: BTreeMap::new(),
        lowest: BTreeMap::new(),
        open: Vec::new(),
        found: Vec::new(),
    };
    for module in graph.keys() {
        if !search.order.contains_key(module) {
            search.walk(module);
        }
    }
    search.found
}

struct Search<'a> {
    graph: &'a Graph,
    /// The order in which the modules were reached.
    order: BTreeMap<&'a ModulePath, usize>,
    /// The first module that is still open and can be reached from each.
    lowest: BTreeMap<&'a ModulePath, usize>,
    open: Vec<&'a ModulePath>,
    found: Vec<BTreeSet<ModulePath>>,
}

impl<'a> Search<'a> {
    fn walk(&mut self, module: &'a ModulePath) {
        let order = self.order.len();
        self.order.insert(module, order);
        self.lowest.insert(module, order);
        self.open.push(module);
        for next in &self.graph[module] {
            if !self.order.contains_key(next) {
                self.walk(next);
            }
            if self.open.contains(&next) {
                let lowest = self.lowest[next].min(self.lowest[module]);
                self.lowest.insert(module, lowest);
            }
        }
        if self.lowest[module] == order {
            let first = self.open.iter().position(|open| *open == module);
            let members = self.open.split_off(first.expect("it is open"));
            self.found.push(members.into_iter().cloned().collect());
        }
    }
}
