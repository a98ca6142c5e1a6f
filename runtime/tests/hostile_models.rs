//! Are bad models refused? Each causes a typed error that names the place; none panics.

use std::fs;
use std::path::{Path, PathBuf};

use prost::Message;
use pxc_model::messages::{AttributeProto, ModelProto, NodeProto, TensorProto};
use pxc_model::{Error, ModelFile};
use pxc_runtime::{
    Backend, CodingMethod, ColorType, CompressOptions, DecompressOptions, Engine, ErrorKind, Image,
    Limits, Model, Registry,
};
use pxc_test_networks::random_models::{self, Random};

type Edit = fn(&mut ModelProto);

fn wide() -> Vec<u8> {
    random_models::wide(1, 3, 8)
        .and_then(|file| file.to_bytes())
        .unwrap()
}

fn int8() -> Vec<u8> {
    random_models::int8(1, 3, 8)
        .and_then(|file| file.to_bytes())
        .unwrap()
}

/// The error of a model after an edit of its messages.
fn refusal(bytes: &[u8], edit: Edit) -> Error {
    let mut proto = ModelProto::decode(bytes).unwrap();
    edit(&mut proto);
    let edited = proto.encode_to_vec();
    let refused = Model::from_bytes("edited", &edited).err();
    assert_eq!(refused.expect("must be refused").kind(), ErrorKind::BadData);
    match ModelFile::from_bytes(&edited) {
        Err(error) => error,
        Ok(file) => file.prove().expect_err("must not be proven"),
    }
}

fn constant<'a>(proto: &'a mut ModelProto, name: &str) -> &'a mut TensorProto {
    let constants = &mut proto.graph.as_mut().unwrap().initializer;
    constants
        .iter_mut()
        .find(|tensor| tensor.name.as_deref() == Some(name))
        .unwrap()
}

fn node<'a>(proto: &'a mut ModelProto, name: &str) -> &'a mut NodeProto {
    let nodes = &mut proto.graph.as_mut().unwrap().node;
    nodes
        .iter_mut()
        .find(|node| node.name.as_deref() == Some(name))
        .unwrap()
}

fn set_float(proto: &mut ModelProto, name: &str, value: f32) {
    let raw = constant(proto, name).raw_data.as_mut().unwrap();
    raw[..4].copy_from_slice(&value.to_le_bytes());
}

fn metadata(proto: &mut ModelProto, from: &str, to: &str) {
    let json = proto.metadata_props[0].value.as_mut().unwrap();
    assert!(json.contains(from), "{json}");
    *json = json.replace(from, to);
}

#[test]
fn unedited_models_are_accepted() {
    Model::from_bytes("wide", &wide()).unwrap();
    Model::from_bytes("int8", &int8()).unwrap();
}

/// Each residual block of a network adds three nodes to the chain of its sums.
#[test]
fn trained_networks_of_many_blocks_are_accepted() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/models");
    let files = |folder: PathBuf| {
        let entries = fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().path())
    };
    let folders = files(folder).filter(|path| path.is_dir());
    let models: Vec<PathBuf> = folders
        .flat_map(files)
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "onnx")
        })
        .collect();
    assert!(models.len() >= 3, "{models:?}");
    for path in models {
        let name = path.display().to_string();
        Model::from_bytes(&name, &fs::read(&path).unwrap()).unwrap();
    }
}

/// Thousands of nodes that calculate nothing would keep runtimes busy for many seconds.
#[test]
fn long_chains_of_nodes_between_convolutions() {
    fn chain(proto: &mut ModelProto, nodes: usize) {
        let graph = proto.graph.as_mut().unwrap();
        graph.initializer.push(TensorProto {
            name: Some("one".into()),
            data_type: Some(1),
            raw_data: Some(1.0_f32.to_le_bytes().into()),
            ..TensorProto::default()
        });
        let name = |index: usize| match index {
            0 => "context".into(),
            index => format!("same_{index}"),
        };
        graph.node.extend((0..nodes).map(|index| NodeProto {
            name: Some(name(index + 1)),
            op_type: Some("Mul".into()),
            input: vec![name(index), "one".into()],
            output: vec![name(index + 1)],
            ..NodeProto::default()
        }));
    }
    let mut accepted = ModelProto::decode(&*wide()).unwrap();
    chain(&mut accepted, 256);
    Model::from_bytes("chained", &accepted.encode_to_vec()).unwrap();
    match refusal(&wide(), |proto| chain(proto, 3500)) {
        Error::Limit { limit, found, .. } => assert_eq!((limit, found), (256, 257)),
        other => panic!("{other}"),
    }
}

#[test]
fn weights_that_are_not_exact() {
    let edits: [(&str, Edit); 8] = [
        ("first", |p| set_float(p, "first.weight", f32::NAN)),
        ("first", |p| set_float(p, "first.bias", f32::INFINITY)),
        ("first", |p| set_float(p, "first.weight", f32::from_bits(1))),
        ("first", |p| set_float(p, "first.weight", 1.0e30)),
        ("second", |p| set_float(p, "second.weight", 0.1)),
        ("h0.clip", |p| set_float(p, "h0.clip.high", f32::NAN)),
        ("h0.clip", |p| set_float(p, "h0.clip.high", -1.0)),
        ("logits_0", |p| set_float(p, "rounded_0.clip.high", 256.0)),
    ];
    for (name, edit) in edits {
        match refusal(&wide(), edit) {
            Error::NotExact { node, .. } => assert_eq!(node, name),
            other => panic!("{name}: {other}"),
        }
    }
    let error = refusal(&wide(), |p| {
        metadata(p, "\"shear\":2", "\"shear\":-1");
    });
    assert!(matches!(error, Error::Json { .. }), "{error}");
}

#[test]
fn int8_layers_that_are_not_exact() {
    fn weights(p: &mut ModelProto, value: u8) {
        constant(p, "h1.weight")
            .raw_data
            .as_mut()
            .unwrap()
            .fill(value);
    }
    let pair = refusal(&int8(), |p| weights(p, 65));
    assert!(
        matches!(&pair, Error::NotExact { node, .. } if node == "h1"),
        "{pair}"
    );
    let bias = refusal(&int8(), |p| {
        let raw = constant(p, "h1.bias").raw_data.as_mut().unwrap();
        raw[..4].copy_from_slice(&i32::MIN.to_le_bytes());
    });
    assert!(
        matches!(&bias, Error::NotExact { node, .. } if node == "h1"),
        "{bias}"
    );
    let edits: [Edit; 4] = [
        |p| set_float(p, "h1.scale", 0.3),
        |p| set_float(p, "h1.scale", 2.0),
        |p| set_float(p, "pxc-one", f32::NAN),
        |p| constant(p, "pxc-zero").raw_data = Some(vec![1]),
    ];
    for (index, edit) in edits.into_iter().enumerate() {
        let error = refusal(&int8(), edit);
        assert!(matches!(error, Error::Form { .. }), "{index}: {error}");
    }
}

#[test]
fn malformed_constants() {
    let edits: [Edit; 9] = [
        |p| {
            constant(p, "first.weight")
                .raw_data
                .as_mut()
                .unwrap()
                .truncate(3)
        },
        |p| constant(p, "first.weight").raw_data = Some(vec![]),
        |p| constant(p, "first.weight").dims[0] = i64::MAX,
        |p| constant(p, "first.weight").dims = vec![i64::MAX, i64::MAX, i64::MAX],
        |p| constant(p, "first.weight").dims[1] = -1,
        |p| constant(p, "first.weight").data_type = Some(7),
        |p| constant(p, "first.weight").data_location = Some(1),
        |p| constant(p, "first.weight").name = Some("other".into()),
        |p| constant(p, "first.weight").name = Some("first.bias".into()),
    ];
    for (index, edit) in edits.into_iter().enumerate() {
        let error = refusal(&wide(), edit);
        assert!(matches!(error, Error::Form { .. }), "{index}: {error}");
    }
}

#[test]
fn malformed_graphs() {
    let edits: [Edit; 13] = [
        |p| node(p, "second").input[0] = "nowhere".into(),
        |p| node(p, "first").input[0] = "h1".into(),
        |p| node(p, "first").input[0] = "first".into(),
        |p| node(p, "second").output[0] = "first".into(),
        |p| node(p, "second").output.clear(),
        |p| node(p, "second").input.truncate(1),
        |p| node(p, "h0").input[0] = "h0.clip".into(),
        |p| node(p, "joined_0").attribute[0].i = Some(2),
        |p| node(p, "logits_0").attribute[0].i = Some(9),
        |p| node(p, "first").attribute[1].i = Some(2),
        |p| p.graph.as_mut().unwrap().output.truncate(2),
        |p| p.graph.as_mut().unwrap().input[0].r#type = None,
        |p| p.opset_import[0].version = Some(12),
    ];
    for (index, edit) in edits.into_iter().enumerate() {
        let error = refusal(&wide(), edit);
        assert!(matches!(error, Error::Form { .. }), "{index}: {error}");
    }
    let operator = refusal(&wide(), |p| node(p, "second").op_type = Some("Gemm".into()));
    assert!(
        matches!(&operator, Error::Operator { node, .. } if node == "second"),
        "{operator}"
    );
    let domain = refusal(&wide(), |p| node(p, "second").domain = Some("evil".into()));
    assert!(domain.to_string().contains("evil.Conv"), "{domain}");
}

#[test]
fn illegal_metadata() {
    let edits: [(&str, Edit); 9] = [
        ("version", |p| metadata(p, "\"version\":1", "\"version\":4")),
        ("family", |p| metadata(p, "photo", "video")),
        ("order", |p| metadata(p, "[1,0,2]", "[1,1,2]")),
        ("channels", |p| {
            metadata(p, "\"channels\":3", "\"channels\":2")
        }),
        ("taps", |p| metadata(p, "[0,-1]", "[0,1]")),
        ("taps", |p| metadata(p, "[-1,1]", "[-1,2]")),
        ("taps", |p| metadata(p, "[-1,1]", "[-2147483648,1]")),
        ("shear", |p| metadata(p, "\"shear\":2", "\"shear\":0")),
        ("entry", |p| p.metadata_props.clear()),
    ];
    for (name, edit) in edits {
        match refusal(&wide(), edit) {
            Error::Metadata { field, .. } => assert_eq!(field, name),
            other => panic!("{name}: {other}"),
        }
    }
}

#[test]
fn logits_that_look_ahead() {
    let bytes = random_models::wide(1, 3, 8).unwrap();
    let mut proto = ModelProto::decode(&bytes.to_bytes().unwrap()[..]).unwrap();
    let node = node(&mut proto, "joined_0");
    node.input.push("own_0".into());
    let weight = constant(&mut proto, "head_0.weight");
    weight.dims[1] = 9;
    weight.raw_data = Some(
        [1.0f32 / 128.0; 72]
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect(),
    );
    let info = &mut proto.graph.as_mut().unwrap().value_info;
    info.clear();
    let model = Model::from_bytes("ahead", &proto.encode_to_vec()).unwrap();
    let refused = pxc_runtime::open(&model, &Backend::Tract.into());
    let error = refused.err().expect("must be refused");
    let said = pxc_runtime::full_message(&error);
    assert!(said.contains("own_0, which is decoded later"), "{said}");
}

/// Two bytes of file for some two hundred bytes of memory, ten million times.
#[test]
fn many_empty_messages() {
    let node = |model: &mut Vec<u8>| model.extend([0x0a, 0x00]);
    let mut graph = Vec::new();
    (0..10_000_000).for_each(|_| node(&mut graph));
    let mut bytes = vec![0x3a];
    prost::encoding::encode_varint(graph.len() as u64, &mut bytes);
    bytes.extend(graph);
    let error = ModelFile::from_bytes(&bytes).unwrap_err();
    assert!(matches!(error, Error::Limit { .. }), "{error}");
}

#[test]
fn too_many_channels_and_nodes() {
    let error = refusal(&wide(), |p| {
        let graph = p.graph.as_mut().unwrap();
        for index in 0..600 {
            graph.node.push(NodeProto {
                input: vec!["logits_0".into(); 64],
                output: vec![format!("wide_{index}")],
                op_type: Some("Concat".into()),
                attribute: vec![AttributeProto {
                    name: Some("axis".into()),
                    i: Some(1),
                    r#type: Some(2),
                    ..AttributeProto::default()
                }],
                ..NodeProto::default()
            });
        }
    });
    assert!(matches!(error, Error::Limit { .. }), "{error}");
}

/// Two megabytes of weights that forty nodes read, each with a copy of its own.
#[test]
fn one_weight_in_many_nodes() {
    const BROAD: i64 = 8192;
    const NARROW: i64 = 64;
    let zeros = |name: &str, dims: &[i64]| TensorProto {
        name: Some(name.into()),
        dims: dims.to_vec(),
        data_type: Some(1),
        raw_data: Some(vec![0; 4 * dims.iter().product::<i64>() as usize]),
        ..TensorProto::default()
    };
    let mut proto = ModelProto::decode(&wide()[..]).unwrap();
    let first = node(&mut proto, "first").clone();
    let conv = |name: &str, input: &str, constants: &str| NodeProto {
        name: Some(name.into()),
        input: vec![
            input.into(),
            format!("{constants}.weight"),
            format!("{constants}.bias"),
        ],
        output: vec![name.into()],
        ..first.clone()
    };
    let rows = constant(&mut proto, "first.weight").dims[0];
    let graph = proto.graph.as_mut().unwrap();
    graph.initializer.extend([
        zeros("broad.weight", &[BROAD, rows, 1]),
        zeros("broad.bias", &[BROAD]),
        zeros("narrow.weight", &[NARROW, BROAD, 1]),
        zeros("narrow.bias", &[NARROW]),
    ]);
    graph.node.push(conv("broad", "first", "broad"));
    graph
        .node
        .extend((0..40).map(|index| conv(&format!("narrow_{index}"), "broad", "narrow")));
    let error = ModelFile::from_bytes(&proto.encode_to_vec()).unwrap_err();
    let message = "weights of all nodes: expected at most 16777216, found ";
    assert!(error.to_string().starts_with(message), "{error}");
}

#[test]
fn truncated_at_every_length() {
    let bytes = int8();
    for length in 0..bytes.len() {
        assert!(
            Model::from_bytes("truncated", &bytes[..length]).is_err(),
            "{length} bytes"
        );
    }
}

/// A changed byte is refused, or gives another model that is well-formed and exact, and then either opens and runs or
/// is refused with a typed error.
#[test]
fn changed_bytes() {
    let mut random = Random(pxc_test_requirements::seed());
    for bytes in [wide(), int8()] {
        let mut opened = 0;
        for _ in 0..20_000 {
            let mut changed = bytes.clone();
            for _ in 0..random.within(1, 3) {
                let place = random.within(0, bytes.len() as i64 - 1) as usize;
                changed[place] = random.bits() as u8;
            }
            let Ok(model) = Model::from_bytes("changed", &changed) else {
                continue;
            };
            let bounds = model.bounds();
            assert!(bounds.iter().all(|bound| bound.head_room_bits() > 0.0));
            if opened < 25 && runs(&model) {
                opened += 1;
            }
        }
        assert_eq!(opened, 25);
    }
}

/// Whether the model opens; then it must run.
fn runs(model: &Model) -> bool {
    let Ok(predictor) = pxc_runtime::open(model, &Backend::Tract.into()) else {
        return false;
    };
    let spec = predictor.spec();
    let (features, channels) = (spec.features(), spec.channels());
    let mut logits = vec![0; 256 * channels];
    let mut session = predictor.session().unwrap();
    let (context, own) = (vec![0; features], vec![0; channels - 1]);
    session.all_logits(1, &context, &own, &mut logits).unwrap();
    true
}

/// What a model takes counts against the limit, before it is taken.
#[test]
fn a_model_counts_against_the_memory_limit() {
    let registry = Registry::with_directory(None);
    let model = registry.add_bytes(&wide()).unwrap();
    let id = model.id().to_string();
    let engine = Engine::new(registry, Backend::Tract);
    let image = Image::new(4, 4, ColorType::Rgb, (0..48).collect()).unwrap();
    let options = CompressOptions::default()
        .with_model(&*id)
        .with_method(CodingMethod::Network);
    let (file, _) = engine.compress(&image, &options).unwrap();
    let decode = |max_memory| {
        let limits = Limits::default().with_max_memory(max_memory);
        let options = DecompressOptions::default()
            .with_limits(limits)
            .with_threads(1);
        engine.decompress(&file, &options)
    };
    assert_eq!(decode(1 << 31).unwrap().image, image);
    let predictor = engine.predictor(&model).unwrap();
    let refused = decode(predictor.memory(1)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Limit);
    assert!(predictor.memory(1) > 4 * model.multiplications_per_pixel());
}
