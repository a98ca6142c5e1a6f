//! Is the ONNX of other programs read? Files that say the same in other words are the same model; what cannot be read
//! is refused with advice.

use std::path::Path;

use prost::Message;
use pxc_model::messages::{
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto,
    attribute_type, data_type,
};
use pxc_model::{Error, ModelFile};

/// The models of the fixtures: with float32 and 8-bit layers, tables, maps, two scales.
fn models() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/models");
    let entries = std::fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let models = paths.filter(|path| path.extension().is_some_and(|found| found == "onnx"));
    let models: Vec<Vec<u8>> = models.map(|path| std::fs::read(path).unwrap()).collect();
    assert!(models.len() >= 10, "{}", models.len());
    models
}

fn edited(bytes: &[u8], edit: impl FnOnce(&mut ModelProto)) -> pxc_model::Result<ModelFile> {
    let mut proto = ModelProto::decode(bytes).unwrap();
    edit(&mut proto);
    let file = ModelFile::from_bytes(&proto.encode_to_vec())?;
    file.prove()?;
    Ok(file)
}

fn graph(proto: &mut ModelProto) -> &mut GraphProto {
    proto.graph.as_mut().unwrap()
}

/// Checks that the edit changes every model's file, and none of the models.
fn expect_same(edit: impl Fn(&mut ModelProto) -> usize) {
    let mut changes = 0;
    for bytes in models() {
        let expected = ModelFile::from_bytes(&bytes).unwrap();
        let found = edited(&bytes, |proto| changes += edit(proto)).unwrap();
        assert!(found == expected, "{}", expected.metadata().name());
    }
    assert!(changes > 10, "{changes}");
}

fn node(operator: &str, inputs: &[&str], output: &str) -> NodeProto {
    NodeProto {
        op_type: Some(operator.into()),
        input: inputs.iter().map(|&name| name.into()).collect(),
        output: vec![output.into()],
        ..NodeProto::default()
    }
}

#[test]
fn versions_in_which_operators_mean_the_same() {
    for version in 13..=22 {
        expect_same(|proto| {
            proto.opset_import[0].version = Some(version);
            proto.ir_version = Some(version - 6);
            proto.opset_import.push(OperatorSetIdProto {
                domain: Some("com.example".into()),
                version: Some(1),
            });
            1
        });
    }
    let bytes = &models()[0];
    for version in [12, 23, i64::MIN] {
        let refused = edited(bytes, |proto| proto.opset_import[0].version = Some(version));
        let said = format!("file, operator set: expected one of 13 to 22, found {version}");
        assert_eq!(refused.unwrap_err().to_string(), said);
    }
}

#[test]
fn constants_are_nodes_or_initializers() {
    expect_same(|proto| {
        let graph = graph(proto);
        let constants = std::mem::take(&mut graph.initializer);
        let count = constants.len();
        let nodes = constants.into_iter().map(|tensor| {
            let mut constant = node("Constant", &[], tensor.name.as_deref().unwrap());
            constant.attribute.push(AttributeProto {
                name: Some("value".into()),
                t: Some(TensorProto {
                    name: None,
                    ..tensor
                }),
                r#type: Some(4),
                ..AttributeProto::default()
            });
            constant
        });
        graph.node = nodes.chain(std::mem::take(&mut graph.node)).collect();
        count
    });
}

/// `Round` in place of `Add` and `Sub`.
#[test]
fn rounding_is_an_operator_of_its_own() {
    expect_same(|proto| {
        let nodes = std::mem::take(&mut graph(proto).node);
        let mut changes = 0;
        let mut merged: Vec<NodeProto> = Vec::new();
        for mut node in nodes {
            if node.op_type.as_deref() == Some("Sub") {
                let sum = merged.pop().unwrap();
                assert_eq!(sum.output[0], node.input[0]);
                node.op_type = Some("Round".into());
                node.input = vec![sum.input[0].clone()];
                changes += 1;
            }
            merged.push(node);
        }
        graph(proto).node = merged;
        changes
    });
}

/// `Relu` before `Clip` from 0.
#[test]
fn a_clip_may_begin_with_a_relu() {
    expect_same(|proto| {
        let graph = graph(proto);
        let zero: Vec<String> = graph
            .initializer
            .iter()
            .filter(|tensor| {
                tensor.raw_data.as_deref() == Some(&[0; 4])
                    && tensor.data_type == Some(data_type::FLOAT)
            })
            .map(|tensor| tensor.name.clone().unwrap())
            .collect();
        let mut nodes = Vec::new();
        let mut changes = 0;
        for mut clip in std::mem::take(&mut graph.node) {
            if clip.op_type.as_deref() == Some("Clip") && zero.contains(&clip.input[1]) {
                let positive = format!("{}.positive", clip.output[0]);
                nodes.push(node("Relu", &[&clip.input[0]], &positive));
                clip.input[0] = positive;
                changes += 1;
            }
            nodes.push(clip);
        }
        graph.node = nodes;
        changes
    });
}

/// `Identity` and `Reshape` to the same shape, behind every node but those of a pair, and so before every output.
#[test]
fn nodes_that_change_nothing_are_left_out() {
    for operator in ["Identity", "Reshape"] {
        expect_same(|proto| {
            let graph = graph(proto);
            let shape = TensorProto {
                name: Some("same".into()),
                dims: vec![3],
                data_type: Some(data_type::INT64),
                int64_data: vec![1, 0, -1],
                ..TensorProto::default()
            };
            graph.initializer.push(shape);
            let outputs: Vec<String> = graph
                .output
                .iter()
                .map(|info| info.name.clone().unwrap())
                .collect();
            let mut nodes = Vec::new();
            for mut made in std::mem::take(&mut graph.node) {
                let result = made.output[0].clone();
                if !outputs.contains(&result) {
                    nodes.push(made);
                    continue;
                }
                let before = format!("{result}.before");
                made.output[0].clone_from(&before);
                // An unnamed node has the name of its result.
                made.name.get_or_insert(result.clone());
                nodes.push(made);
                let inputs: &[&str] = if operator == "Identity" {
                    &[&before]
                } else {
                    &[&before, "same"]
                };
                nodes.push(node(operator, inputs, &result));
            }
            graph.node = nodes;
            outputs.len()
        });
    }
}

#[test]
fn casts_may_have_an_attribute_of_floats() {
    expect_same(|proto| {
        let nodes = graph(proto).node.iter_mut();
        let casts = nodes.filter(|node| node.op_type.as_deref() == Some("Cast"));
        casts
            .map(|cast| {
                cast.attribute.push(AttributeProto {
                    name: Some("saturate".into()),
                    i: Some(1),
                    r#type: Some(attribute_type::INT),
                    ..AttributeProto::default()
                });
            })
            .count()
    });
}

#[test]
fn what_is_refused_comes_with_advice() {
    let bytes = models().remove(0);
    let with = |operator: &str| {
        edited(&bytes, |proto| {
            graph(proto).node[0].op_type = Some(operator.into())
        })
        .unwrap_err()
    };
    for (operator, advice) in [
        (
            "Gemm",
            "use a Conv of kernel 1, in PyTorch torch.nn.Conv1d(inputs, outputs, 1)",
        ),
        ("Unsqueeze", "keep all tensors of shape [1, channels, N]"),
        ("Tanh", "use a table: clip, round, Cast to int32, Gather"),
        (
            "Celu",
            "docs/model.md, Operators, lists those that it may use",
        ),
    ] {
        let error = with(operator);
        assert!(matches!(error, Error::Operator { .. }), "{error}");
        let said = format!("a pxc model may not use operator {operator} ({advice})");
        assert!(error.to_string().ends_with(&said), "{error}");
    }
    let half = edited(&bytes, |proto| {
        graph(proto).initializer[0].data_type = Some(10);
    });
    let said = half.unwrap_err().to_string();
    assert!(
        said.ends_with("found float16: convert it to float32"),
        "{said}"
    );
    let lone = edited(&bytes, |proto| {
        let graph = graph(proto);
        let input = graph.input[0].name.clone().unwrap();
        graph.node.insert(0, node("Relu", &[&input], "positive"));
    });
    let said = lone.unwrap_err().to_string();
    assert_eq!(
        said,
        "tensor positive: expected a Clip, which bounds it from above, after it, found none"
    );
}

/// Names are cheap: a file of many names for one constant takes no more memory than the file.
#[test]
fn aliases_of_constants_are_not_copies() {
    let bytes = models().remove(0);
    let refused = edited(&bytes, |proto| {
        let graph = graph(proto);
        graph.initializer.push(TensorProto {
            name: Some("large".into()),
            dims: vec![1 << 22],
            data_type: Some(data_type::FLOAT),
            raw_data: Some(vec![0; 1 << 24]),
            ..TensorProto::default()
        });
        let before = std::mem::take(&mut graph.node);
        let aliases = (0..4000).map(|index| node("Identity", &["large"], &format!("alias{index}")));
        graph.node = aliases.chain(before).collect();
    });
    assert!(refused.is_ok());
}
