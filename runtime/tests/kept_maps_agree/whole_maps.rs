//! The oracle: evaluates a model of version 2 pixel after pixel with fixed-point integers and whole maps, as
//! `docs/model.md` says it, without rings, stages or batches.

use std::collections::HashMap;

use pxc_model::{Element, Graph, ModelFile, Op, PaperMetadata, Pass};

/// Numbers are multiples of 2^-40.
const BITS: u32 = 40;

type Fixed = i128;

fn fixed(value: f32) -> Fixed {
    let scaled = f64::from(value) * (BITS as f64).exp2();
    assert_eq!(scaled.fract(), 0.0);
    scaled as Fixed
}

fn integer(value: i64) -> Fixed {
    Fixed::from(value) << BITS
}

fn to_integer(value: Fixed) -> i64 {
    assert_eq!(value & ((1 << BITS) - 1), 0);
    (value >> BITS) as i64
}

fn times(left: Fixed, right: Fixed) -> Fixed {
    let product = left * right;
    assert_eq!(product & ((1 << BITS) - 1), 0, "finer than the oracle");
    product >> BITS
}

/// Rounds to the nearest integer, ties to even.
fn round(value: Fixed) -> Fixed {
    let below = value >> BITS;
    let rest = value - (below << BITS);
    let half = 1 << (BITS - 1);
    let up = rest > half || (rest == half && below % 2 != 0);
    (below + Fixed::from(up)) << BITS
}

type Values = HashMap<String, Vec<Fixed>>;

/// Computes every tensor that follows from the given ones.
fn run(graph: &Graph, mut values: Values) -> Values {
    for node in graph.nodes() {
        let name = |id| &graph.tensor(id).name;
        let inputs = node.op.inputs().iter().map(|&id| values.get(name(id)));
        let inputs: Option<Vec<&Vec<Fixed>>> = inputs.collect();
        if let Some(inputs) = inputs {
            let result = apply(&node.op, &inputs);
            values.insert(name(node.output).clone(), result);
        }
    }
    values
}

fn apply(op: &Op, inputs: &[&Vec<Fixed>]) -> Vec<Fixed> {
    let each = |map: &dyn Fn(Fixed) -> Fixed| inputs[0].iter().map(|&value| map(value)).collect();
    let pairs = |map: fn(Fixed, Fixed) -> Fixed| {
        let pairs = inputs[0].iter().zip(inputs[1]);
        pairs.map(|(&left, &right)| map(left, right)).collect()
    };
    match op {
        Op::Conv { weight, bias, .. } => {
            let rows = bias.iter().enumerate().map(|(row, &bias)| {
                let terms = weight.row(row).iter().zip(inputs[0]);
                fixed(bias) + terms.map(|(&w, &x)| times(fixed(w), x)).sum::<Fixed>()
            });
            rows.collect()
        }
        Op::QLinearConv {
            weight,
            bias,
            shifts,
            ..
        } => {
            let rows = bias.iter().enumerate().map(|(row, &bias)| {
                let terms = weight.row(row).iter().zip(inputs[0]);
                let sum: Fixed = terms.map(|(&w, &x)| Fixed::from(w) * x).sum();
                let sum = sum + integer(bias.into());
                round(sum >> shifts[row]).clamp(0, integer(255))
            });
            rows.collect()
        }
        Op::Add { .. } => pairs(|left, right| left + right),
        Op::Mul { .. } => pairs(times),
        Op::AddConst { values, .. } => {
            let value = |row: usize| fixed(values[if values.len() == 1 { 0 } else { row }]);
            let rows = inputs[0].iter().enumerate();
            rows.map(|(row, &input)| input + value(row)).collect()
        }
        Op::Scale { exponent, .. } => each(&|value| match exponent {
            0.. => value << exponent,
            _ => {
                let scaled = value >> -exponent;
                assert_eq!(scaled << -exponent, value);
                scaled
            }
        }),
        Op::Table { values, .. } => each(&|value| fixed(values[to_integer(value) as usize])),
        Op::Clip { low, high, .. } => each(&|value| value.clamp(fixed(*low), fixed(*high))),
        Op::Round { .. } => each(&round),
        Op::Cast { to, .. } => each(&|value| {
            assert!(*to == Element::F32 || (0..256).contains(&to_integer(value)));
            value
        }),
        Op::Concat { .. } => inputs
            .iter()
            .flat_map(|input| input.iter().copied())
            .collect(),
    }
}

/// A tile of samples in coding order.
pub(crate) struct TileSamples {
    pub(crate) width: usize,
    pub(crate) height: usize,
    /// `[y][x][k]`.
    pub(crate) samples: Vec<u8>,
}

impl TileSamples {
    /// `2·x − (levels − 1)` of a sample, 0 outside.
    pub(crate) fn centred(&self, levels: usize, y: i64, x: i64, k: usize, channels: usize) -> i16 {
        let inside = (0..self.height as i64).contains(&y) && (0..self.width as i64).contains(&x);
        if !inside {
            return 0;
        }
        let at = (y as usize * self.width + x as usize) * channels + k;
        2 * i16::from(self.samples[at]) - (levels as i16 - 1)
    }

    /// The features of a pixel.
    pub(crate) fn context(&self, metadata: &PaperMetadata, y: usize, x: usize) -> Vec<i16> {
        let channels = metadata.channels;
        let features = metadata.taps.iter().flat_map(|&[dy, dx]| {
            let (y, x) = (y as i64 + i64::from(dy), x as i64 + i64::from(dx));
            (0..channels).map(move |k| self.centred(metadata.levels, y, x, k, channels))
        });
        features.collect()
    }

    /// The features of the coarse image of a pixel: of the first pixels of the blocks around its own, at its place in
    /// the block.
    pub(crate) fn coarse(&self, metadata: &PaperMetadata, y: usize, x: usize) -> Vec<i16> {
        let Some(coarse) = &metadata.coarse else {
            return Vec::new();
        };
        let (channels, ratio) = (metadata.channels, coarse.ratio as usize);
        let mut features = Vec::new();
        for (dy, dx) in (-1..2).flat_map(|dy| (-1..2).map(move |dx| (dy, dx))) {
            let block = ((y / ratio) as i64 + dy, (x / ratio) as i64 + dx);
            let first = (block.0 * ratio as i64, block.1 * ratio as i64);
            for k in 0..channels {
                let pixel = self.centred(metadata.levels, first.0, first.1, k, channels);
                for place in 0..ratio * ratio {
                    let own = place == y % ratio * ratio + x % ratio;
                    features.push(if own { pixel } else { 0 });
                }
            }
        }
        features
    }

    /// `own_0` … of a pixel.
    pub(crate) fn own(&self, metadata: &PaperMetadata, y: usize, x: usize) -> Vec<i16> {
        let channels = metadata.channels;
        let own = (0..channels - 1)
            .map(|k| self.centred(metadata.levels, y as i64, x as i64, k, channels));
        own.collect()
    }
}

/// Whole maps of a tile.
struct Maps<'a> {
    metadata: &'a PaperMetadata,
    width: usize,
    /// `[map][y · width + x]`.
    values: Vec<Vec<Option<Vec<Fixed>>>>,
}

impl Maps<'_> {
    fn at(&self, map: usize, y: i64, x: i64) -> Vec<Fixed> {
        if y < 0 || !(0..self.width as i64).contains(&x) {
            let initial = self.metadata.maps[map].initial.iter();
            return initial.map(|&value| integer(value.into())).collect();
        }
        let value = &self.values[map][y as usize * self.width + x as usize];
        value.clone().expect("evaluated before")
    }

    /// The inputs of a pass at a pixel.
    fn inputs(&self, row_pass: bool, y: usize, x: usize) -> Values {
        let mut values = Values::new();
        for (j, map) in self.metadata.maps.iter().enumerate() {
            let (kind, taps) = match row_pass {
                true => ("row_tap", &map.row_taps),
                false => ("tap", &map.taps),
            };
            for (i, &[dy, dx]) in taps.iter().enumerate() {
                let value = self.at(j, y as i64 + i64::from(dy), x as i64 + i64::from(dx));
                values.insert(format!("map_{j}_{kind}_{i}"), value);
            }
        }
        values
    }

    fn keep(&mut self, pass: Pass, y: usize, x: usize, values: &Values) {
        for (j, map) in self.metadata.maps.iter().enumerate() {
            if map.pass == pass {
                let value = values[&format!("map_{j}")].clone();
                self.values[j][y * self.width + x] = Some(value);
            }
        }
    }
}

/// The logits of every pixel, `[y][x][k][level]`.
pub(crate) fn logits(model: &ModelFile, metadata: &PaperMetadata, tile: &TileSamples) -> Vec<u8> {
    let mut maps = Maps {
        metadata,
        width: tile.width,
        values: vec![vec![None; tile.width * tile.height]; metadata.maps.len()],
    };
    let integers = |values: &[i16]| values.iter().map(|&value| integer(value.into())).collect();
    let mut logits = Vec::new();
    for y in 0..tile.height {
        for x in 0..tile.width {
            let mut inputs = maps.inputs(false, y, x);
            inputs.insert("context".into(), integers(&tile.context(metadata, y, x)));
            inputs.insert("coarse".into(), integers(&tile.coarse(metadata, y, x)));
            for (k, &own) in tile.own(metadata, y, x).iter().enumerate() {
                inputs.insert(format!("own_{k}"), integers(&[own]));
            }
            let values = run(model.graph(), inputs);
            maps.keep(Pass::Pixel, y, x, &values);
            for k in 0..metadata.channels {
                let made = values[&format!("logits_{k}")].iter();
                logits.extend(made.map(|&value| to_integer(value) as u8));
            }
        }
        for x in (0..tile.width).rev() {
            let inputs = maps.inputs(true, y, x);
            if !inputs.is_empty() {
                let values = run(model.graph(), inputs);
                maps.keep(Pass::Row, y, x, &values);
            }
        }
    }
    logits
}
