//! Huffman codes as zlib makes them: which of several codes of the same length it takes depends on the order of its
//! heap.

/// Most bits of a word.
pub(crate) const MOST_BITS: usize = 15;

/// What all codes of a kind have in common.
#[derive(Clone, Copy)]
pub(crate) struct CodeKind {
    /// The longest word.
    pub(crate) longest: u8,
    /// Further bits of the symbols from `first` on.
    pub(crate) further: &'static [u8],
    pub(crate) first: usize,
    /// The length of the words of the fixed code; `None` without one.
    pub(crate) fixed: Option<fn(usize) -> u8>,
}

/// A code, and what it costs.
pub(crate) struct HuffmanCode {
    /// Bits of each symbol's word, up to the last symbol that has one.
    pub(crate) lengths: Vec<u8>,
    /// Bits that the symbols take, the further ones included.
    pub(crate) bits: i64,
    /// Bits that the symbols take with the fixed code.
    pub(crate) fixed_bits: i64,
}

/// Symbols of an unfinished tree, the rarest first.
struct Heap {
    nodes: Vec<usize>,
    frequencies: Vec<u16>,
    depths: Vec<u8>,
}

impl Heap {
    fn is_before(&self, node: usize, other: usize) -> bool {
        let key = |node: usize| (self.frequencies[node], self.depths[node]);
        key(node) <= key(other)
    }

    /// Moves the node at `position`, counted from 0, down to where it belongs.
    fn sift(&mut self, mut position: usize) {
        let node = self.nodes[position];
        loop {
            let mut son = 2 * position + 1;
            let Some(&left) = self.nodes.get(son) else {
                break;
            };
            let right = self.nodes.get(son + 1);
            if right.is_some_and(|&right| self.is_before(right, left)) {
                son += 1;
            }
            if self.is_before(node, self.nodes[son]) {
                break;
            }
            self.nodes[position] = self.nodes[son];
            position = son;
        }
        self.nodes[position] = node;
    }

    /// Takes the first symbol.
    fn pop(&mut self) -> usize {
        let last = self.nodes.len() - 1;
        self.nodes.swap(0, last);
        let first = self.nodes.pop().expect("a heap with nodes");
        if !self.nodes.is_empty() {
            self.sift(0);
        }
        first
    }
}

impl HuffmanCode {
    /// The code of symbols of these frequencies.
    pub(crate) fn of(frequencies: &[u16], kind: CodeKind) -> HuffmanCode {
        let mut heap = Heap {
            nodes: Vec::new(),
            frequencies: frequencies.to_vec(),
            depths: vec![0; frequencies.len()],
        };
        heap.nodes
            .extend((0..frequencies.len()).filter(|&symbol| frequencies[symbol] > 0));
        // A code has at least two words.
        let (mut bits, mut fixed_bits) = (0, 0);
        while heap.nodes.len() < 2 {
            let symbol = match heap.nodes.last() {
                Some(&last) if last >= 2 => 0,
                Some(&last) => last + 1,
                None => 0,
            };
            heap.frequencies[symbol] = 1;
            heap.nodes.push(symbol);
            bits -= 1;
            fixed_bits -= kind.fixed.map_or(0, |length| length(symbol).into());
        }
        let symbols = heap.nodes.iter().max().map_or(0, |&last| last + 1);
        let (order, parents) = tree(&mut heap, frequencies.len());
        let lengths = lengths(&order, &parents, symbols, kind.longest);
        for (symbol, &length) in lengths.iter().enumerate() {
            let further = symbol
                .checked_sub(kind.first)
                .map_or(0, |at| kind.further[at]);
            let count = i64::from(heap.frequencies[symbol]);
            bits += count * i64::from(length + further);
            let fixed = kind.fixed.map_or(0, |length| length(symbol) + further);
            fixed_bits += count * i64::from(fixed);
        }
        HuffmanCode {
            lengths,
            bits,
            fixed_bits,
        }
    }
}

/// The nodes from the root on, the most frequent ones first, and the parent of each.
fn tree(heap: &mut Heap, symbols: usize) -> (Vec<usize>, Vec<usize>) {
    for position in (0..heap.nodes.len() / 2).rev() {
        heap.sift(position);
    }
    let mut order = Vec::new();
    let mut parents = vec![0; symbols];
    parents.resize(symbols + heap.nodes.len(), 0);
    for parent in symbols.. {
        let rarest = heap.pop();
        let Some(&next) = heap.nodes.first() else {
            order.push(rarest);
            break;
        };
        order.extend([rarest, next]);
        heap.frequencies
            .push(heap.frequencies[rarest] + heap.frequencies[next]);
        heap.depths
            .push(heap.depths[rarest].max(heap.depths[next]) + 1);
        (parents[rarest], parents[next]) = (parent, parent);
        heap.nodes[0] = parent;
        heap.sift(0);
    }
    order.reverse();
    (order, parents)
}

/// The lengths of the words of the first `symbols` symbols, none longer than `longest`.
fn lengths(order: &[usize], parents: &[usize], symbols: usize, longest: u8) -> Vec<u8> {
    let mut lengths = vec![0; parents.len()];
    let mut counts = [0i32; MOST_BITS + 1];
    let mut overflow = 0;
    let is_symbol = |node: usize| node < symbols;
    for &node in &order[1..] {
        let length = lengths[parents[node]] + 1;
        overflow += i32::from(length > longest);
        lengths[node] = length.min(longest);
        if is_symbol(node) {
            counts[usize::from(lengths[node])] += 1;
        }
    }
    if overflow > 0 {
        shorten(&mut counts, overflow, longest.into());
        // The rarest symbols get the longest words.
        let mut rarest = order.iter().rev().filter(|&&node| is_symbol(node));
        for length in (1..=longest).rev() {
            let nodes = rarest.by_ref().take(counts[usize::from(length)] as usize);
            nodes.for_each(|&node| lengths[node] = length);
        }
    }
    lengths.truncate(symbols);
    lengths
}

/// Changes the numbers of words of each length, where `overflow` nodes were too deep.
fn shorten(counts: &mut [i32], mut overflow: i32, longest: usize) {
    while overflow > 0 {
        let shorter = (0..longest).rev().find(|&length| counts[length] > 0);
        let shorter = shorter.unwrap_or_default();
        counts[shorter] -= 1;
        counts[shorter + 1] += 2;
        counts[longest] -= 1;
        overflow -= 2;
    }
}

/// The words of a code, with their first bits lowest.
pub(crate) fn words(lengths: &[u8]) -> Vec<u16> {
    let mut next = [0u16; MOST_BITS + 2];
    for &length in lengths.iter().filter(|&&length| length > 0) {
        next[usize::from(length) + 1] += 1;
    }
    for length in 1..next.len() {
        next[length] = (next[length] + next[length - 1]) << 1;
    }
    let word = |&length: &u8| {
        let next = &mut next[usize::from(length)];
        let word = *next;
        *next = next.wrapping_add(1);
        match length {
            0 => 0,
            length => word.reverse_bits() >> (16 - u16::from(length)),
        }
    };
    lengths.iter().map(word).collect()
}
