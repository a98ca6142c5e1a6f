//! Does the reference calculate what the operators of `docs/model.md` say, with inputs from all of their ranges?

use pxc_model::reference::{LANES, Reference};
use pxc_model::{Element, Graph, Matrix, ModelMetadata, Result};

/// A model whose context has two features, a difference in −255..=255 and a base less 128.
fn metadata() -> ModelMetadata {
    ModelMetadata::from_json(
        r#"{"version": 1, "family": "photo", "name": "tiny", "channels": 1, "order": [0], "taps": [[0, -1]],
            "shear": 1, "context": "median-differences", "prediction": "carry"}"#,
    )
    .expect("legal metadata")
}

/// A graph of half the difference plus a quarter of the base, and of the integers that the sum is rounded to.
fn graph() -> Result<Graph> {
    let mut graph = Graph::new();
    let context = graph.input("context", Element::F32, 2)?;
    let weights = Matrix::new(1, 2, vec![0.5, 0.25])?;
    let sum = graph.conv("sum", context, weights, vec![3.0])?;
    let clipped = graph.clip("clipped", sum, 0.0, 255.0)?;
    let rounded = graph.round("rounded", clipped)?;
    graph.cast("byte", rounded, Element::U8)?;
    Ok(graph)
}

#[test]
fn pinned_inputs_reach_the_ends_of_their_ranges() {
    let (graph, metadata) = (graph().expect("a graph"), metadata());
    let reference = Reference::new(&graph, &metadata).expect("exact");
    let inputs = reference.pinned_inputs();
    let ends = |lanes: &[i32; LANES]| {
        let (low, high) = (lanes.iter().min(), lanes.iter().max());
        (*low.expect("lanes"), *high.expect("lanes"))
    };
    assert_eq!(inputs.len(), 1);
    let found: Vec<(i32, i32)> = inputs[0].iter().map(ends).collect();
    assert_eq!(found, [(-255, 255), (-128, 127)]);
    assert_eq!(inputs, reference.pinned_inputs());
}

#[test]
fn values_are_those_of_the_operators() {
    let (graph, metadata) = (graph().expect("a graph"), metadata());
    let reference = Reference::new(&graph, &metadata).expect("exact");
    let differences = [0, 1, 2, -6, 255, 7, -255, 254];
    let bases = [0, 0, 1, 0, 127, -2, -128, 0];
    let found = reference
        .evaluate(&[vec![differences, bases]])
        .expect("values");
    let of = |name: &str| {
        let mut tensors = graph.tensors().iter();
        let index = tensors.position(|tensor| tensor.name == name);
        &found[index.expect("a tensor")][0]
    };
    // The sum in quarters, its unit.
    assert_eq!(of("sum").grid, 2);
    assert_eq!(of("sum").units, [12, 14, 17, 0, 649, 24, -626, 520]);
    let sums = [3.0, 3.5, 4.25, 0.0, 162.25, 6.0, -156.5, 130.0];
    assert_eq!(of("sum").values(), sums);
    // A half becomes the even neighbour.
    let bytes = [3.0, 4.0, 4.0, 0.0, 162.0, 6.0, 0.0, 130.0];
    assert_eq!(of("byte").values(), bytes);
}

#[test]
fn other_inputs_are_refused() {
    let (graph, metadata) = (graph().expect("a graph"), metadata());
    let reference = Reference::new(&graph, &metadata).expect("exact");
    let lanes = [0; LANES];
    assert!(reference.evaluate(&[vec![lanes; 2]]).is_ok());
    for inputs in [
        vec![],
        vec![vec![lanes]],
        vec![vec![lanes; 3]],
        vec![vec![lanes; 2]; 2],
    ] {
        assert!(reference.evaluate(&inputs).is_err(), "{inputs:?}");
    }
}
