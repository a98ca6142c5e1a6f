//! Small models of versions 2 and 3 with random weights: a PixelCNN, a Row LSTM, a Diagonal BiLSTM and one that sees
//! a coarse image, for bilevel, gray and RGB images.

use pxc_model::{
    CoarseMetadata, Element, Graph, MapMetadata, Matrix, ModelFile, ModelMetadata, PaperMetadata,
    Pass, Result, TensorId,
};

use pxc_test_networks::random_models::Random;

/// What kind of samples a model codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Samples {
    Bilevel,
    Gray,
    Rgb,
}

impl Samples {
    pub(crate) const ALL: [Samples; 3] = [Samples::Bilevel, Samples::Gray, Samples::Rgb];

    fn channels(self) -> usize {
        if self == Samples::Rgb { 3 } else { 1 }
    }

    fn levels(self) -> usize {
        if self == Samples::Bilevel { 2 } else { 256 }
    }
}

/// The maps' width.
const WIDTH: usize = 6;
/// The largest hidden value.
const HIDDEN: i32 = 255;
/// The largest cell.
const CELL: i32 = 1023;
/// Entries of the gates' tables.
const TABLE: usize = 256;

/// Tiles of the models.
pub(crate) const TILE: [u32; 2] = [7, 5];

fn map(name: &str, high: i32, pass: Pass, random: &mut Random) -> MapMetadata {
    let initial = (0..WIDTH).map(|_| random.within(0, high.into()) as i32);
    MapMetadata {
        name: name.into(),
        channels: WIDTH,
        low: 0,
        high,
        initial: initial.collect(),
        pass,
        taps: vec![],
        row_taps: vec![],
    }
}

fn metadata(family: &str, samples: Samples, shear: u32) -> PaperMetadata {
    PaperMetadata {
        version: 2,
        family: family.into(),
        name: format!("{family}-{samples:?}").to_lowercase(),
        channels: samples.channels(),
        levels: samples.levels(),
        tile: TILE,
        order: if samples == Samples::Rgb {
            vec![1, 0, 2]
        } else {
            vec![0]
        },
        taps: vec![[0, -1], [-1, 0], [-1, 1], [-2, -2]],
        shear,
        context: "centred".into(),
        prediction: "none".into(),
        maps: vec![],
        coarse: None,
        training: serde_json::Value::Null,
    }
}

struct Layers {
    random: Random,
    graph: Graph,
}

impl Layers {
    fn new(seed: u64, metadata: &PaperMetadata) -> Result<Self> {
        let mut graph = Graph::new();
        graph.input("context", Element::F32, metadata.features())?;
        for k in 0..metadata.channels - 1 {
            graph.input(&format!("own_{k}"), Element::F32, 1)?;
        }
        if let Some(coarse) = &metadata.coarse {
            let features = 9 * metadata.channels * coarse.block_pixels();
            graph.input("coarse", Element::F32, features)?;
        }
        for (j, map) in metadata.maps.iter().enumerate() {
            for i in 0..map.taps.len() {
                graph.input(&format!("map_{j}_tap_{i}"), Element::F32, map.channels)?;
            }
            for i in 0..map.row_taps.len() {
                graph.input(&format!("map_{j}_row_tap_{i}"), Element::F32, map.channels)?;
            }
        }
        let random = Random(seed);
        Ok(Self { random, graph })
    }

    fn find(&self, name: &str) -> TensorId {
        let id = self.graph.find(name);
        id.unwrap_or_else(|| panic!("no tensor {name}"))
    }

    /// Conv of the joined tensors, with weights that are multiples of 2^-bits, made to fill about 0..=high.
    fn sum(&mut self, name: &str, inputs: &[&str], rows: usize, high: i64) -> Result<TensorId> {
        let ids: Vec<TensorId> = inputs.iter().map(|input| self.find(input)).collect();
        let input = match ids[..] {
            [only] => only,
            _ => self.graph.concat(&format!("{name}.joined"), ids)?,
        };
        let columns = self.graph.tensor(input).channels;
        let mut weight = || self.random.within(-24, 24) as f32 / 64.0;
        let weights = (0..rows * columns).map(|_| weight()).collect();
        let bias = (0..rows).map(|_| self.random.within(0, high) as f32);
        let bias = bias.collect();
        let weights = Matrix::new(rows, columns, weights)?;
        self.graph.conv(name, input, weights, bias)
    }

    fn quantize(&mut self, name: &str, input: TensorId, high: i32) -> Result<TensorId> {
        let clip = format!("{name}.clip");
        let clipped = self.graph.clip(&clip, input, 0.0, high as f32)?;
        self.graph.round(name, clipped)
    }

    fn layer(&mut self, name: &str, inputs: &[&str], rows: usize, high: i32) -> Result<TensorId> {
        let sum = self.sum(&format!("{name}.sum"), inputs, rows, high.into())?;
        self.quantize(name, sum, high)
    }

    /// A gate: a layer's result through a table of rising values up to `high`.
    fn gate(&mut self, name: &str, inputs: &[&str], high: usize) -> Result<TensorId> {
        let index = self.layer(&format!("{name}.index"), inputs, WIDTH, TABLE as i32 - 1)?;
        let values = (0..TABLE).map(|index| (index * high / (TABLE - 1)) as f32);
        self.graph.table(name, index, values.collect())
    }

    /// An LSTM's cell and hidden state, named as the maps are.
    fn cell(&mut self, names: [&str; 2], before: &str, inputs: &[&str]) -> Result<()> {
        let [cell, hidden] = names;
        let forget = self.gate(&format!("{cell}.forget"), inputs, 255)?;
        let write = self.gate(&format!("{cell}.write"), inputs, 255)?;
        let content = self.gate(&format!("{cell}.content"), inputs, CELL as usize)?;
        let open = self.gate(&format!("{cell}.open"), inputs, 255)?;
        let before = self.find(before);
        let kept = self.graph.mul(&format!("{cell}.kept"), forget, before)?;
        let new = self.graph.mul(&format!("{cell}.new"), write, content)?;
        let sum = self.graph.add(&format!("{cell}.sum"), kept, new)?;
        let scaled = self.graph.scale(&format!("{cell}.scaled"), sum, -8)?;
        let made = self.quantize(cell, scaled, CELL)?;
        let shown = self.graph.mul(&format!("{hidden}.shown"), made, open)?;
        let shown = self.graph.scale(&format!("{hidden}.scaled"), shown, -10)?;
        self.quantize(hidden, shown, HIDDEN)?;
        Ok(())
    }

    /// Logits of all channels from a tensor, each with the own channels that it may know.
    fn heads(&mut self, metadata: &PaperMetadata, from: &[&str]) -> Result<()> {
        for k in 0..metadata.channels {
            let own: Vec<String> = (0..k).map(|k| format!("own_{k}")).collect();
            let own = own.iter().map(String::as_str);
            let inputs: Vec<&str> = from[..1.max(from.len().min(k + 1))].to_vec();
            let inputs: Vec<&str> = inputs.into_iter().chain(own).collect();
            let name = format!("logits_{k}");
            let last = self.layer(&format!("{name}.last"), &inputs, metadata.levels, 255)?;
            self.graph.cast(&name, last, Element::U8)?;
        }
        Ok(())
    }

    fn finish(self, metadata: PaperMetadata) -> Result<ModelFile> {
        let graph = self.finished(&metadata)?;
        ModelFile::new(metadata, graph)
    }

    fn finished(mut self, metadata: &PaperMetadata) -> Result<Graph> {
        let logits = (0..metadata.channels).map(|k| format!("logits_{k}"));
        let maps = (0..metadata.maps.len()).map(|j| format!("map_{j}"));
        for name in logits.chain(maps) {
            let id = self.find(&name);
            self.graph.output(id)?;
        }
        Ok(self.graph)
    }
}

/// Two layers of 3×3 convolutions; with RGB the second also knows the first channel. With a residual connection.
pub(crate) fn pixel_cnn(seed: u64, samples: Samples) -> Result<ModelFile> {
    let mut random = Random(seed ^ 77);
    let mut metadata = metadata("pixelcnn", samples, 2);
    for name in ["first", "second"] {
        let mut map = map(name, HIDDEN, Pass::Pixel, &mut random);
        map.taps = vec![[-1, -1], [-1, 0], [-1, 1], [0, -1]];
        metadata.maps.push(map);
    }
    let mut layers = Layers::new(seed, &metadata)?;
    layers.layer("map_0", &["context"], WIDTH, HIDDEN)?;
    let mut around = vec![
        "map_0",
        "map_0_tap_0",
        "map_0_tap_1",
        "map_0_tap_2",
        "map_0_tap_3",
    ];
    if samples == Samples::Rgb {
        around.push("own_0");
    }
    let sum = layers.sum("map_1.sum", &around, WIDTH, 255)?;
    let first = layers.find("map_0");
    let sum = layers.graph.add("map_1.residual", sum, first)?;
    layers.quantize("map_1", sum, HIDDEN)?;
    let around = [
        "map_0",
        "map_1_tap_0",
        "map_1_tap_1",
        "map_1_tap_2",
        "map_1_tap_3",
    ];
    layers.layer("third", &around, WIDTH, HIDDEN)?;
    layers.heads(&metadata, &["third", "map_1"])?;
    layers.finish(metadata)
}

/// A model whose first layer has int8 weights and whose others are as in [`pixel_cnn`], without maps.
pub(crate) fn no_maps(seed: u64, samples: Samples) -> Result<ModelFile> {
    let metadata = metadata("pixelcnn", samples, 3);
    let mut layers = Layers::new(seed, &metadata)?;
    layers.layer("first", &["context"], WIDTH, HIDDEN)?;
    layers.heads(&metadata, &["first"])?;
    layers.finish(metadata)
}

/// A PixelCNN of one int8 layer that reads its own map.
pub(crate) fn int8_cnn(seed: u64, samples: Samples) -> Result<ModelFile> {
    let mut random = Random(seed ^ 78);
    let mut metadata = metadata("pixelcnn", samples, 2);
    let mut map = map("only", HIDDEN, Pass::Pixel, &mut random);
    map.taps = vec![[-1, 0], [-1, 1], [0, -1]];
    metadata.maps.push(map);
    let mut layers = Layers::new(seed, &metadata)?;
    layers.layer("first", &["context"], WIDTH, HIDDEN)?;
    let names = ["first", "map_0_tap_0", "map_0_tap_1", "map_0_tap_2"];
    let ids = names.map(|name| layers.find(name)).to_vec();
    let joined = layers.graph.concat("joined", ids)?;
    let bytes = layers.graph.cast("bytes", joined, Element::U8)?;
    let weights = (0..WIDTH * 4 * WIDTH).map(|_| layers.random.within(-60, 60) as i8);
    let weights = Matrix::new(WIDTH, 4 * WIDTH, weights.collect())?;
    let bias = (0..WIDTH).map(|_| layers.random.within(0, 16_000) as i32);
    let bias = bias.collect();
    let second = layers
        .graph
        .qlinear_conv("second", bytes, weights, bias, vec![6; WIDTH])?;
    layers.graph.cast("map_0", second, Element::F32)?;
    layers.gate("gated", &["map_0"], 255)?;
    layers.heads(&metadata, &["gated"])?;
    layers.finish(metadata)
}

/// One LSTM along the rows: its state comes from the row above.
pub(crate) fn row_lstm(seed: u64, samples: Samples) -> Result<ModelFile> {
    let mut random = Random(seed ^ 99);
    let mut metadata = metadata("row-lstm", samples, 2);
    let mut hidden = map("hidden", HIDDEN, Pass::Pixel, &mut random);
    hidden.taps = vec![[-1, -1], [-1, 0], [-1, 1]];
    let mut cell = map("cell", CELL, Pass::Pixel, &mut random);
    cell.taps = vec![[-1, 0]];
    metadata.maps = vec![hidden, cell];
    let mut layers = Layers::new(seed, &metadata)?;
    layers.layer("first", &["context"], WIDTH, HIDDEN)?;
    let mut inputs = vec!["first", "map_0_tap_0", "map_0_tap_1", "map_0_tap_2"];
    if samples == Samples::Rgb {
        inputs.extend(["own_0", "own_1"]);
    }
    layers.cell(["map_1", "map_0"], "map_1_tap_0", &inputs)?;
    let from: &[&str] = if samples == Samples::Rgb {
        &["first", "first", "map_0"]
    } else {
        &["map_0"]
    };
    layers.heads(&metadata, from)?;
    layers.finish(metadata)
}

/// An LSTM from the left and one from the right, which sees the rows above only; a 3×3 layer on the latter, farther
/// taps.
pub(crate) fn diagonal_bilstm(seed: u64, samples: Samples) -> Result<ModelFile> {
    let mut random = Random(seed ^ 111);
    let mut metadata = metadata("diagonal-bilstm", samples, TILE[0]);
    let mut left = map("left", HIDDEN, Pass::Pixel, &mut random);
    left.taps = vec![[0, -1], [-1, 0]];
    left.row_taps = vec![[0, 0], [-1, 3]];
    let mut left_cell = map("left-cell", CELL, Pass::Pixel, &mut random);
    left_cell.taps = vec![[0, -1]];
    let mut right = map("right", HIDDEN, Pass::Row, &mut random);
    right.taps = vec![[-1, 0], [-1, 2], [-2, -3]];
    right.row_taps = vec![[0, 1], [-1, 0]];
    let mut right_cell = map("right-cell", CELL, Pass::Row, &mut random);
    right_cell.row_taps = vec![[0, 1]];
    metadata.maps = vec![left, left_cell, right, right_cell];
    let mut layers = Layers::new(seed, &metadata)?;
    layers.layer("first", &["context"], WIDTH, HIDDEN)?;
    let inputs = ["first", "map_0_tap_0", "map_0_tap_1"];
    layers.cell(["map_1", "map_0"], "map_1_tap_0", &inputs)?;
    let inputs = [
        "map_0_row_tap_0",
        "map_0_row_tap_1",
        "map_2_row_tap_0",
        "map_2_row_tap_1",
    ];
    layers.cell(["map_3", "map_2"], "map_3_row_tap_0", &inputs)?;
    let both = ["map_0", "map_2_tap_0", "map_2_tap_1", "map_2_tap_2"];
    layers.layer("both", &both, WIDTH, HIDDEN)?;
    layers.heads(&metadata, &["both"])?;
    layers.finish(metadata)
}

/// An LSTM from the right that also sees what was made of the coarse image, and a PixelCNN of the coarse image.
pub(crate) fn two_scales(seed: u64, samples: Samples) -> Result<ModelFile> {
    let mut random = Random(seed ^ 123);
    let coarse = pixel_cnn(seed, samples)?;
    let ModelMetadata::Paper(mut coarse_metadata) = coarse.metadata().clone() else {
        panic!("a model of photos");
    };
    coarse_metadata.tile = TILE.map(|side| side.div_ceil(2));
    let mut metadata = metadata("diagonal-bilstm", samples, TILE[0]);
    metadata.name = format!("two-scales-{samples:?}").to_lowercase();
    metadata.version = 3;
    metadata.coarse = Some(Box::new(CoarseMetadata {
        ratio: 2,
        model: coarse_metadata,
    }));
    let mut left = map("upsampled", HIDDEN, Pass::Pixel, &mut random);
    left.row_taps = vec![[0, 0]];
    let mut right = map("right", HIDDEN, Pass::Row, &mut random);
    right.taps = vec![[-1, 0]];
    right.row_taps = vec![[0, 1], [-1, 0]];
    let mut right_cell = map("right-cell", CELL, Pass::Row, &mut random);
    right_cell.row_taps = vec![[0, 1]];
    metadata.maps = vec![left, right, right_cell];
    let mut layers = Layers::new(seed, &metadata)?;
    layers.layer("map_0", &["coarse"], WIDTH, HIDDEN)?;
    layers.layer("first", &["context"], WIDTH, HIDDEN)?;
    let inputs = ["map_0_row_tap_0", "map_1_row_tap_0", "map_1_row_tap_1"];
    layers.cell(["map_2", "map_1"], "map_2_row_tap_0", &inputs)?;
    layers.layer("both", &["first", "map_0", "map_1_tap_0"], WIDTH, HIDDEN)?;
    layers.heads(&metadata, &["both"])?;
    let mut graph = layers.finished(&metadata)?;
    graph.append("coarse.", coarse.graph())?;
    ModelFile::new(metadata, graph)
}

/// One model of each kind.
pub(crate) fn all() -> Vec<(String, ModelFile)> {
    type Make = fn(u64, Samples) -> Result<ModelFile>;
    let kinds: [(&str, Make); 6] = [
        ("PixelCNN", pixel_cnn),
        ("without maps", no_maps),
        ("int8", int8_cnn),
        ("Row LSTM", row_lstm),
        ("Diagonal BiLSTM", diagonal_bilstm),
        ("two scales", two_scales),
    ];
    let models = kinds.into_iter().flat_map(|(name, make)| {
        Samples::ALL.map(|samples| {
            let file = make(5, samples).unwrap_or_else(|error| panic!("{name}: {error}"));
            (format!("{name}, {samples:?}"), file)
        })
    });
    models.collect()
}
