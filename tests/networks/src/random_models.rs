//! Small deterministic models: random weights within the contract, in float32 and with int8 layers.

use pxc_model::{Element, Graph, Matrix, ModelFile, PhotoMetadata, Result, TensorId};

/// A reproducible stream of numbers (SplitMix64).
pub struct Random(pub u64);

impl Random {
    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number in `low..=high`.
    pub fn within(&mut self, low: i64, high: i64) -> i64 {
        low + (self.bits() % (high - low + 1) as u64) as i64
    }
}

/// The metadata of a model for gray or RGB images.
pub fn metadata(channels: usize) -> PhotoMetadata {
    PhotoMetadata {
        version: 1,
        family: "photo".into(),
        name: format!("random-{channels}"),
        channels,
        order: if channels == 3 {
            vec![1, 0, 2]
        } else {
            vec![0]
        },
        taps: vec![[0, -1], [-1, 0], [-1, -1], [-1, 1], [0, -2], [-2, 1]],
        shear: 2,
        context: "median-differences".into(),
        prediction: "carry".into(),
        training: serde_json::Value::Null,
    }
}

struct Layers {
    random: Random,
    graph: Graph,
}

impl Layers {
    /// Begins a model: returns its first layer, clipped at `high`, and the own channels.
    fn begin(
        seed: u64,
        channels: usize,
        width: usize,
        high: f32,
    ) -> Result<(Layers, TensorId, Vec<TensorId>)> {
        let graph = Graph::new();
        let random = Random(seed);
        let mut layers = Layers { random, graph };
        let (context, own) = layers.inputs(&metadata(channels))?;
        let first = layers.conv("first", context, width, 6, 16)?;
        let first = layers.quantize("h0", first, high)?;
        Ok((layers, first, own))
    }

    fn channels(&self, id: TensorId) -> usize {
        self.graph.tensor(id).channels
    }

    /// Conv with weights that are multiples of 2^-bits, up to `largest` of them.
    fn conv(
        &mut self,
        name: &str,
        input: TensorId,
        rows: usize,
        bits: i32,
        largest: i64,
    ) -> Result<TensorId> {
        let columns = self.channels(input);
        let unit = (-f64::from(bits)).exp2() as f32;
        let mut value = |largest: i64| self.random.within(-largest, largest) as f32 * unit;
        let weight = (0..rows * columns).map(|_| value(largest)).collect();
        let bias = (0..rows).map(|_| value(largest * 64)).collect();
        let weight = Matrix::new(rows, columns, weight)?;
        self.graph.conv(name, input, weight, bias)
    }

    /// Clip and round to 0..=high.
    fn quantize(&mut self, name: &str, input: TensorId, high: f32) -> Result<TensorId> {
        let clipped = self.graph.clip(&format!("{name}.clip"), input, 0.0, high)?;
        self.graph.round(name, clipped)
    }

    fn qlinear_conv(&mut self, name: &str, input: TensorId, rows: usize) -> Result<TensorId> {
        let columns = self.channels(input);
        let random = &mut self.random;
        let weight = (0..rows * columns)
            .map(|_| random.within(-64, 64) as i8)
            .collect();
        let bias = (0..rows)
            .map(|_| random.within(-20_000, 20_000) as i32)
            .collect();
        let shifts = (0..rows).map(|_| random.within(5, 9) as u32).collect();
        let weight = Matrix::new(rows, columns, weight)?;
        self.graph.qlinear_conv(name, input, weight, bias, shifts)
    }

    fn inputs(&mut self, metadata: &PhotoMetadata) -> Result<(TensorId, Vec<TensorId>)> {
        let context = self
            .graph
            .input("context", Element::F32, metadata.features())?;
        let own = (0..metadata.channels - 1)
            .map(|k| self.graph.input(&format!("own_{k}"), Element::F32, 1));
        Ok((context, own.collect::<Result<_>>()?))
    }
}

/// A model with all operators in float32: Conv, AddConst, Add, Clip, Round, Concat, Cast.
pub fn wide(seed: u64, channels: usize, width: usize) -> Result<ModelFile> {
    let (mut layers, first, own) = Layers::begin(seed, channels, width, 1023.0)?;
    let second = layers.conv("second", first, width, 8, 12)?;
    let shifted = layers.graph.add_const("shifted", second, vec![0.5])?;
    let hidden = layers.quantize("h1", shifted, 255.0)?;
    for channel in 0..channels {
        let known = [&[hidden][..], &own[..channel]].concat();
        let joined = layers.graph.concat(&format!("joined_{channel}"), known)?;
        let head = layers.conv(&format!("head_{channel}"), joined, width, 7, 24)?;
        let residual = layers
            .graph
            .add(&format!("residual_{channel}"), head, hidden)?;
        let head = layers.quantize(&format!("activation_{channel}"), residual, 255.0)?;
        let sum = layers.conv(&format!("sum_{channel}"), head, 256, 6, 64)?;
        let rounded = layers.quantize(&format!("rounded_{channel}"), sum, 255.0)?;
        let logits = layers
            .graph
            .cast(&format!("logits_{channel}"), rounded, Element::U8)?;
        layers.graph.output(logits)?;
    }
    ModelFile::new(metadata(channels), layers.graph)
}

/// A model with a float32 first layer and then int8 layers, some of which end in float32 and some in the logits
/// themselves.
pub fn int8(seed: u64, channels: usize, width: usize) -> Result<ModelFile> {
    let (mut layers, first, own) = Layers::begin(seed, channels, width, 255.0)?;
    let bytes = layers.graph.cast("h0_u8", first, Element::U8)?;
    let hidden = layers.qlinear_conv("h1", bytes, width)?;
    let hidden = layers.qlinear_conv("h2", hidden, width)?;
    for channel in 0..channels {
        let mut known = vec![hidden];
        for (k, &own) in own[..channel].iter().enumerate() {
            let wide = layers.conv(&format!("own_{k}_for_{channel}"), own, 8, 1, 3)?;
            let wide = layers.quantize(&format!("own_{k}_clipped_for_{channel}"), wide, 255.0)?;
            known.push(layers.graph.cast(
                &format!("own_{k}_u8_for_{channel}"),
                wide,
                Element::U8,
            )?);
        }
        let joined = layers.graph.concat(&format!("joined_{channel}"), known)?;
        let head = layers.qlinear_conv(&format!("head_{channel}"), joined, width)?;
        let name = format!("logits_{channel}");
        let logits = if channel == 1 {
            layers.qlinear_conv(&name, head, 256)?
        } else {
            let carried = layers
                .graph
                .cast(&format!("carried_{channel}"), head, Element::F32)?;
            let sum = layers.conv(&format!("sum_{channel}"), carried, 256, 6, 64)?;
            let rounded = layers.quantize(&format!("rounded_{channel}"), sum, 255.0)?;
            layers.graph.cast(&name, rounded, Element::U8)?
        };
        layers.graph.output(logits)?;
    }
    ModelFile::new(metadata(channels), layers.graph)
}
