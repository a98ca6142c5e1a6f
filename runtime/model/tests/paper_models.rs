//! Models of version 2: are they read as they were written, cut into passes and stages, and refused when they break a
//! rule?

use pxc_model::{
    CoarseMetadata, Element, Error, Graph, MapMetadata, Matrix, ModelFile, ModelMetadata,
    PaperMetadata, Pass, Result, TensorId, stages,
};

fn map(name: &str, high: i32, pass: Pass) -> MapMetadata {
    MapMetadata {
        name: name.into(),
        channels: 2,
        low: 0,
        high,
        initial: vec![0, high],
        pass,
        taps: vec![],
        row_taps: vec![],
    }
}

/// Two pixel maps (hidden and cell) and a row map, for RGB.
fn metadata() -> PaperMetadata {
    let mut hidden = map("hidden", 255, Pass::Pixel);
    hidden.taps = vec![[0, -1], [-1, 1]];
    hidden.row_taps = vec![[0, 0]];
    let mut cell = map("cell", 1023, Pass::Pixel);
    cell.taps = vec![[0, -1]];
    let mut right = map("right", 255, Pass::Row);
    right.taps = vec![[-1, 3]];
    right.row_taps = vec![[0, 1], [-1, 2]];
    PaperMetadata {
        version: 2,
        family: "diagonal-bilstm".into(),
        name: "tiny".into(),
        channels: 3,
        levels: 256,
        tile: [8, 6],
        order: vec![1, 0, 2],
        taps: vec![[0, -1], [-1, 0]],
        shear: 8,
        context: "centred".into(),
        prediction: "none".into(),
        maps: vec![hidden, cell, right],
        coarse: None,
        training: serde_json::Value::Null,
    }
}

struct Layers(Graph);

impl Layers {
    fn conv(&mut self, name: &str, input: TensorId, rows: usize, weight: f32) -> Result<TensorId> {
        let columns = self.0.tensor(input).channels;
        let weight = Matrix::new(rows, columns, vec![weight; rows * columns])?;
        self.0.conv(name, input, weight, vec![1.0; rows])
    }

    fn quantize(&mut self, name: &str, input: TensorId, high: f32) -> Result<TensorId> {
        let clipped = self.0.clip(&format!("{name}.clip"), input, 0.0, high)?;
        self.0.round(name, clipped)
    }
}

const TABLE: usize = 256;

fn table() -> Vec<f32> {
    (0..TABLE).map(|index| (index / 2) as f32).collect()
}

fn inputs(graph: &mut Graph, metadata: &PaperMetadata) -> Result<()> {
    graph.input("context", Element::F32, metadata.features())?;
    for k in 0..metadata.channels - 1 {
        graph.input(&format!("own_{k}"), Element::F32, 1)?;
    }
    for (j, map) in metadata.maps.iter().enumerate() {
        for i in 0..map.taps.len() {
            graph.input(&format!("map_{j}_tap_{i}"), Element::F32, map.channels)?;
        }
        for i in 0..map.row_taps.len() {
            graph.input(&format!("map_{j}_row_tap_{i}"), Element::F32, map.channels)?;
        }
    }
    Ok(())
}

/// A cell with gates from a table; hidden depends on own_0; the row map on the finished row.
fn graph(metadata: &PaperMetadata) -> Result<Graph> {
    let mut layers = Layers(Graph::new());
    inputs(&mut layers.0, metadata)?;
    let find = |layers: &Layers, name: &str| layers.0.find(name).expect("a tensor");
    let read = [
        find(&layers, "context"),
        find(&layers, "map_0_tap_0"),
        find(&layers, "map_0_tap_1"),
        find(&layers, "map_2_tap_0"),
    ];
    let read = layers.0.concat("read", read.to_vec())?;
    let gate = layers.conv("gate.sum", read, 2, 0.0625)?;
    let gate = layers.quantize("gate.index", gate, 255.0)?;
    let gate = layers.0.table("gate", gate, table())?;
    let kept = layers.0.mul("kept", gate, find(&layers, "map_1_tap_0"))?;
    let gate_again = layers.0.table("gate_again", gate, table())?;
    let sum = layers.0.add("cell.sum", kept, gate_again)?;
    let scaled = layers.0.scale("cell.scaled", sum, -8)?;
    layers.quantize("map_1", scaled, 1023.0)?;
    let known = vec![find(&layers, "map_1"), find(&layers, "own_0")];
    let known = layers.0.concat("known", known)?;
    let hidden = layers.conv("hidden", known, 2, 0.125)?;
    layers.quantize("map_0", hidden, 255.0)?;
    for k in 0..3 {
        let source = if k == 0 { "map_1" } else { "map_0" };
        let logits = layers.conv(&format!("logits_{k}.sum"), find(&layers, source), 256, 0.25)?;
        let logits = layers.quantize(&format!("logits_{k}.rounded"), logits, 255.0)?;
        layers.0.cast(&format!("logits_{k}"), logits, Element::U8)?;
    }
    let row = ["map_0_row_tap_0", "map_2_row_tap_0", "map_2_row_tap_1"];
    let row = row.map(|name| find(&layers, name)).to_vec();
    let row = layers.0.concat("row", row)?;
    let row = layers.conv("row.sum", row, 2, 0.25)?;
    layers.quantize("map_2", row, 255.0)?;
    for name in [
        "logits_0", "logits_1", "logits_2", "map_0", "map_1", "map_2",
    ] {
        let id = find(&layers, name);
        layers.0.output(id)?;
    }
    Ok(layers.0)
}

fn model() -> ModelFile {
    let metadata = metadata();
    let graph = graph(&metadata).expect("a graph");
    ModelFile::new(metadata, graph).expect("a model")
}

fn names(graph: &Graph, ids: &[TensorId]) -> Vec<String> {
    let names = ids.iter().map(|&id| graph.tensor(id).name.clone());
    names.collect()
}

#[test]
fn files_read_back() {
    let model = model();
    let bounds = model.prove().unwrap();
    let kept = bounds.iter().find(|bound| bound.node == "kept").unwrap();
    assert_eq!((kept.operator, kept.largest), ("Mul", 127.0 * 1023.0));
    let bytes = model.to_bytes().unwrap();
    assert_eq!(ModelFile::from_bytes(&bytes).unwrap(), model);
    let values = 4 * TABLE;
    assert!(bytes.len() < 2 * values + 20_000, "tables are written once");
}

#[test]
fn passes_and_stages() {
    let model = model();
    let (graph, metadata) = (model.graph(), model.metadata());
    let stages = stages::split(graph, metadata).unwrap();
    let outputs = stages
        .iter()
        .map(|stage| names(&stage.graph, stage.graph.outputs()));
    let outputs: Vec<_> = outputs.collect();
    assert_eq!(outputs[0], ["logits_0", "map_1"]);
    assert_eq!(outputs[1], ["logits_1", "map_0", "logits_2.rounded"]);
    assert_eq!(outputs[2], ["logits_2"]);
    let whole = stages::pixel_pass(graph, metadata).unwrap();
    assert_eq!(whole.find("map_0_row_tap_0"), None);
    assert_eq!(whole.outputs().len(), 5);
    let row = stages::row_pass(graph, metadata).unwrap().unwrap();
    assert_eq!(names(&row, row.outputs()), ["map_2"]);
    let inputs = ["map_0_row_tap_0", "map_2_row_tap_0", "map_2_row_tap_1"];
    assert_eq!(names(&row, row.inputs()), inputs);
}

#[test]
fn json_of_version_1_is_as_it_was() {
    let json = r#"{"version":1,"family":"photo","name":"tiny","channels":1,"order":[0],"taps":[[0,-1]],"shear":1,"context":"median-differences","prediction":"carry","training":{"a":[2.5],"b":1}}"#;
    let metadata = ModelMetadata::from_json(json).unwrap();
    assert_eq!(metadata.to_json().unwrap(), json);
    let json = ModelMetadata::from(self::metadata()).to_json().unwrap();
    assert!(json.starts_with(r#"{"version":2,"family":"diagonal-bilstm","name":"tiny","channels":3,"levels":256,"tile":[8,6],"#));
    assert!(json.contains(r#"{"name":"cell","channels":2,"low":0,"high":1023,"initial":[0,1023],"pass":"pixel","taps":[[0,-1]],"row_taps":[]}"#), "{json}");
}

#[test]
fn illegal_metadata() {
    type Edit = fn(&mut PaperMetadata);
    let edits: [(&str, Edit); 20] = [
        ("version", |m| m.version = 1),
        ("family", |m| m.family = "photo".into()),
        ("levels", |m| m.levels = 2),
        ("levels", |m| m.levels = 16),
        ("tile", |m| m.tile = [65, 8]),
        ("tile", |m| m.tile = [8, 0]),
        ("shear", |m| m.shear = 65),
        ("shear", |m| m.shear = 7),
        ("taps", |m| m.taps = vec![[-1, 8]]),
        ("maps", |m| m.maps[1].name = "hidden".into()),
        ("maps", |m| {
            m.maps = (0..257)
                .map(|j| map(&format!("m{j}"), 1, Pass::Pixel))
                .collect()
        }),
        ("map cell, taps", |m| m.maps[1].taps = vec![[0, 0]]),
        ("map cell, taps", |m| m.maps[1].taps = vec![[-65, 0]]),
        ("map cell, taps", |m| m.maps[1].taps = vec![[0, -1]; 65]),
        ("map cell, channels", |m| m.maps[1].channels = 0),
        ("map cell, initial", |m| m.maps[1].initial = vec![0]),
        ("map cell, initial", |m| m.maps[1].initial = vec![0, 1024]),
        ("map cell, low and high", |m| m.maps[1].high = 1 << 24),
        ("map right, taps", |m| m.maps[2].taps = vec![[0, -1]]),
        ("map right, row_taps", |m| m.maps[2].row_taps = vec![[0, 0]]),
    ];
    for (name, edit) in edits {
        let mut edited = metadata();
        edit(&mut edited);
        match ModelMetadata::from(edited).check() {
            Err(Error::Metadata { field, .. }) => assert_eq!(field, name),
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn row_taps_need_a_row_pass() {
    let mut edited = metadata();
    edited.maps[2].pass = Pass::Pixel;
    edited.maps[2].row_taps.clear();
    edited.maps[2].taps.clear();
    let error = ModelMetadata::from(edited).check().unwrap_err();
    assert!(
        matches!(&error, Error::Metadata { field, .. } if field == "map hidden, row_taps"),
        "{error}"
    );
}

#[test]
fn passes_that_mix() {
    let swapped = |from: &str, to: &str| {
        let metadata = metadata();
        let built = graph(&metadata).unwrap();
        let tensors = [from, to].map(|name| built.find(name).unwrap());
        let mut mixed = Graph::new();
        for &id in built.inputs() {
            let tensor = built.tensor(id);
            mixed
                .input(&tensor.name, tensor.element, tensor.channels)
                .unwrap();
        }
        for node in built.nodes() {
            let op = node
                .op
                .map_inputs(|id| if id == tensors[0] { tensors[1] } else { id });
            mixed
                .push_as(&node.name, &built.tensor(node.output).name, op)
                .unwrap();
        }
        for name in [
            "logits_0", "logits_1", "logits_2", "map_0", "map_1", "map_2",
        ] {
            mixed.output(mixed.find(name).unwrap()).unwrap();
        }
        ModelFile::new(metadata, mixed).map(drop).unwrap_err()
    };
    match swapped("map_0_tap_0", "map_0_row_tap_0") {
        Error::WrongPass { pass, input, .. } => {
            assert_eq!((pass, input.as_str()), ("pixel", "map_0_row_tap_0"));
        }
        other => panic!("{other}"),
    }
    match swapped("map_2_row_tap_0", "map_2_tap_0") {
        Error::WrongPass {
            output,
            pass,
            input,
        } => {
            let found = (output.as_str(), pass, input.as_str());
            assert_eq!(found, ("map_2", "row", "map_2_tap_0"));
        }
        other => panic!("{other}"),
    }
}

#[test]
fn results_that_are_not_exact() {
    type Edit = fn(&mut PaperMetadata);
    let edits: [(&str, Edit); 4] = [
        ("kept", |m| m.maps[1].high = 1 << 20),
        ("map_0", |m| {
            m.maps[0].high = 100;
            m.maps[0].initial = vec![0, 0];
        }),
        ("map_2", |m| {
            m.maps[2].low = 1;
            m.maps[2].initial = vec![1, 1];
        }),
        ("map_1", |m| {
            m.maps[1].low = 1;
            m.maps[1].initial = vec![1, 1];
        }),
    ];
    for (name, edit) in edits {
        let mut metadata = metadata();
        edit(&mut metadata);
        let graph = graph(&metadata).unwrap();
        match ModelFile::new(metadata, graph).unwrap().prove() {
            Err(Error::NotExact { node, .. }) => assert_eq!(node, name),
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn tables_hold_every_index() {
    let mut graph = Graph::new();
    let input = graph.input("context", Element::F32, 1).unwrap();
    let outside = graph.table("outside", input, vec![0.0; 256]);
    assert!(outside.is_ok());
    let metadata = ModelMetadata::from(PaperMetadata {
        channels: 1,
        order: vec![0],
        maps: vec![],
        taps: vec![[0, -1]],
        ..metadata()
    });
    let error = pxc_model::proof::prove(&graph, &metadata).unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("outside") && text.contains("integers in 0..=255"),
        "{text}"
    );
    assert!(graph.table("empty", input, vec![]).is_err());
    assert!(graph.scale("far", input, 65).is_err());
}

/// Two networks in one file: [`model`] with a coarse image of 4 × 3 pixels, and the network of that image.
fn two_networks(edit: impl Fn(&mut PaperMetadata, &mut Graph)) -> Result<ModelFile> {
    let mut metadata = metadata();
    let mut coarse = metadata.clone();
    coarse.tile = [4, 3];
    metadata.version = 3;
    metadata.coarse = Some(Box::new(CoarseMetadata {
        ratio: 2,
        model: coarse.clone(),
    }));
    let mut large = Graph::new();
    let plain = graph(&coarse)?;
    for &id in plain.inputs() {
        let tensor = plain.tensor(id);
        if tensor.name == "map_0_tap_0" {
            large.input("coarse", Element::F32, 9 * 3 * 4)?;
        }
        large.input(&tensor.name, tensor.element, tensor.channels)?;
    }
    for node in plain.nodes() {
        let find = |id| large.find(&plain.tensor(id).name).expect("a tensor");
        let op = node.op.map_inputs(find);
        large.push_as(&node.name, &plain.tensor(node.output).name, op)?;
    }
    for &id in plain.outputs() {
        let id = large.find(&plain.tensor(id).name).expect("a tensor");
        large.output(id)?;
    }
    large.append("coarse.", &plain)?;
    edit(&mut metadata, &mut large);
    ModelFile::new(metadata, large)
}

#[test]
fn files_of_two_networks_read_back() {
    let model = two_networks(|_, _| {}).unwrap();
    let coarse = model.coarse().expect("a second network");
    assert_eq!(coarse.graph(), self::model().graph());
    assert_eq!(coarse.coarse(), None);
    let bounds = model.prove().unwrap();
    let named = |name: &str| bounds.iter().filter(|bound| bound.node == name).count();
    assert_eq!((named("kept"), named("coarse.kept")), (1, 1));
    let bytes = model.to_bytes().unwrap();
    assert_eq!(ModelFile::from_bytes(&bytes).unwrap(), model);
}

#[test]
fn networks_that_do_not_fit_are_refused() {
    type Edit = fn(&mut PaperMetadata);
    let edits: [(&str, Edit); 8] = [
        ("version", |metadata| metadata.version = 2),
        ("version", |metadata| metadata.coarse = None),
        ("coarse, ratio", |metadata| coarse(metadata).ratio = 1),
        ("coarse, ratio", |metadata| coarse(metadata).ratio = 17),
        ("coarse, tile", |metadata| coarse(metadata).ratio = 3),
        ("coarse, order", |metadata| {
            coarse(metadata).model.order = vec![0, 1, 2]
        }),
        ("coarse, version", |metadata| {
            coarse(metadata).model.version = 3
        }),
        ("coarse, model", |metadata| {
            let inner = Box::new(coarse(metadata).clone());
            coarse(metadata).model.coarse = Some(inner);
        }),
    ];
    for (expected, edit) in edits {
        match two_networks(|metadata, _| edit(metadata)) {
            Err(Error::Metadata { field, .. }) => assert_eq!(field, expected),
            other => panic!("{expected}: {other:?}"),
        }
    }
    let foreign = |_: &mut PaperMetadata, graph: &mut Graph| {
        let gate = graph.find("gate").expect("a tensor");
        graph.scale("coarse.foreign", gate, 1).expect("a node");
    };
    match two_networks(foreign) {
        Err(Error::WrongNetwork { output, input }) => {
            assert_eq!((&*output, &*input), ("coarse.foreign", "gate"));
        }
        other => panic!("{other:?}"),
    }
}

fn coarse(metadata: &mut PaperMetadata) -> &mut CoarseMetadata {
    metadata.coarse.as_mut().expect("a second network")
}
