//! Does the proof hold exactly to the limits of `docs/model.md`, *Operators*: the last value inside passes, the next
//! one is refused?

use pxc_model::proof::{magnitudes, prove};
use pxc_model::{Bound, Element, Error, Graph, Matrix, ModelMetadata, Result, TensorId};

/// A model whose context has two features, a difference in −255..=255 and a base less 128.
fn metadata() -> ModelMetadata {
    ModelMetadata::from_json(
        r#"{"version": 1, "family": "photo", "name": "tiny", "channels": 1, "order": [0], "taps": [[0, -1]],
            "shear": 1, "context": "median-differences", "prediction": "carry"}"#,
    )
    .expect("legal metadata")
}

/// Builds a graph behind the context and proves it.
fn proven(build: impl FnOnce(&mut Graph, TensorId) -> Result<TensorId>) -> Result<Vec<Bound>> {
    let mut graph = Graph::new();
    let context = graph.input("context", Element::F32, 2)?;
    build(&mut graph, context)?;
    prove(&graph, &metadata())
}

/// The node that the proof refuses.
fn refused(build: impl FnOnce(&mut Graph, TensorId) -> Result<TensorId>) -> String {
    match proven(build) {
        Err(Error::NotExact { node, .. }) => node,
        other => panic!("expected a refusal, found {other:?}"),
    }
}

/// `weight · difference + bias`, one channel.
fn sum(
    graph: &mut Graph,
    name: &str,
    context: TensorId,
    weight: f32,
    bias: f32,
) -> Result<TensorId> {
    graph.conv(
        name,
        context,
        Matrix::new(1, 2, vec![weight, 0.0])?,
        vec![bias],
    )
}

/// Integers of a magnitude of at least 255.
fn of_magnitude(
    graph: &mut Graph,
    name: &str,
    context: TensorId,
    magnitude: f32,
) -> Result<TensorId> {
    sum(graph, name, context, 1.0, magnitude - 255.0)
}

const LIMIT: f32 = 16_777_216.0;

#[test]
fn features_have_their_ranges() {
    for (weights, largest) in [
        ([1.0, 0.0], 255.0),
        ([0.0, 1.0], 128.0),
        ([-2.0, 3.0], 894.0),
    ] {
        let bounds = proven(|graph, context| {
            graph.conv(
                "sum",
                context,
                Matrix::new(1, 2, weights.to_vec())?,
                vec![0.0],
            )
        });
        assert_eq!(bounds.expect("exact")[0].largest, largest);
    }
}

#[test]
fn sums_stay_below_their_limit() {
    let with = |weight: f32, bias: f32| {
        move |graph: &mut Graph, context| sum(graph, "sum", context, weight, bias)
    };
    let bounds = proven(with(1.0, LIMIT - 256.0)).expect("one below the limit");
    assert_eq!(
        (bounds[0].largest, bounds[0].limit),
        (16_777_215.0, 16_777_216.0)
    );
    assert!(bounds[0].fraction() < 1.0 && bounds[0].head_room_bits() > 0.0);
    assert_eq!(refused(with(1.0, LIMIT - 255.0)), "sum");
    // The sum in halves, the unit of a sum whose weight is a half.
    assert!(proven(with(0.5, LIMIT / 2.0 - 128.0)).is_ok());
    assert_eq!(refused(with(0.5, LIMIT / 2.0 - 127.5)), "sum");
    // The sign of a term does not matter.
    assert!(proven(with(-1.0, -(LIMIT - 256.0))).is_ok());
    assert_eq!(refused(with(-1.0, -(LIMIT - 255.0))), "sum");
    for not_finite in [f32::INFINITY, f32::NEG_INFINITY, f32::NAN] {
        assert_eq!(refused(with(not_finite, 0.0)), "sum");
        assert_eq!(refused(with(1.0, not_finite)), "sum");
    }
}

#[test]
fn additions_and_products_stay_below_the_limit() {
    let added = |right: f32| {
        move |graph: &mut Graph, context| {
            let left = of_magnitude(graph, "left", context, LIMIT / 2.0)?;
            let right = of_magnitude(graph, "right", context, right)?;
            graph.add("added", left, right)
        }
    };
    assert!(proven(added(LIMIT / 2.0 - 1.0)).is_ok());
    assert_eq!(refused(added(LIMIT / 2.0)), "added");

    let added = |constant: f32| {
        move |graph: &mut Graph, context| {
            let left = of_magnitude(graph, "left", context, LIMIT / 2.0)?;
            graph.add_const("added", left, vec![constant])
        }
    };
    assert!(proven(added(1.0 - LIMIT / 2.0)).is_ok());
    assert_eq!(refused(added(-LIMIT / 2.0)), "added");

    let product = |left: f32, right: f32| {
        move |graph: &mut Graph, context| {
            let left = of_magnitude(graph, "left", context, left)?;
            let right = of_magnitude(graph, "right", context, right)?;
            graph.mul("product", left, right)
        }
    };
    let bounds = proven(product(4095.0, 4097.0)).expect("one below the limit");
    assert_eq!(bounds[2].largest, 16_777_215.0);
    assert_eq!(refused(product(4096.0, 4096.0)), "product");
}

#[test]
fn a_constant_is_added_to_each_channel() {
    let bounds = proven(|graph, context| graph.add_const("added", context, vec![1.0, 200.0]));
    assert_eq!(bounds.expect("exact")[0].largest, 328.0);
    let bounds = proven(|graph, context| graph.add_const("added", context, vec![7.0]));
    assert_eq!(bounds.expect("exact")[0].largest, 262.0);
}

/// Clips, rounds and casts to bytes.
fn byte(low: f32, high: f32) -> impl FnOnce(&mut Graph, TensorId) -> Result<TensorId> {
    move |graph, context| {
        let wide = of_magnitude(graph, "wide", context, 6_000_000.0)?;
        let clipped = graph.clip("clipped", wide, low, high)?;
        let rounded = graph.round("rounded", clipped)?;
        graph.cast("byte", rounded, Element::U8)
    }
}

#[test]
fn bytes_are_integers_from_0_to_255() {
    assert!(proven(byte(0.0, 255.0)).is_ok());
    // Ties are rounded to even numbers.
    assert!(proven(byte(-0.5, 254.5)).is_ok());
    assert_eq!(refused(byte(0.0, 255.5)), "byte");
    assert_eq!(refused(byte(-1.0, 255.0)), "byte");
    assert_eq!(refused(byte(0.0, 256.0)), "byte");
    let not_rounded = refused(|graph, context| {
        let half = sum(graph, "half", context, 0.5, 0.0)?;
        let clipped = graph.clip("clipped", half, 0.0, 255.0)?;
        graph.cast("byte", clipped, Element::U8)
    });
    assert_eq!(not_rounded, "byte");
}

#[test]
fn bounds_of_a_clip_are_finite_and_in_order() {
    assert!(proven(byte(7.0, 7.0)).is_ok());
    for (low, high) in [
        (7.0, 6.0),
        (0.0, f32::INFINITY),
        (f32::NEG_INFINITY, 9.0),
        (f32::NAN, 9.0),
    ] {
        assert_eq!(refused(byte(low, high)), "clipped");
    }
}

#[test]
fn what_is_rounded_was_clipped_to_the_range_that_rounds_correctly() {
    let rounded = |limit: f32| {
        move |graph: &mut Graph, context| {
            let wide = of_magnitude(graph, "wide", context, 6_000_000.0)?;
            let clipped = graph.clip("clipped", wide, -limit, limit)?;
            graph.round("rounded", clipped)
        }
    };
    let bounds = proven(rounded(4_194_304.0)).expect("the last magnitude");
    assert_eq!(bounds.last().expect("a bound").largest, 4_194_304.0);
    assert_eq!(refused(rounded(4_194_305.0)), "rounded");
    let not_clipped = refused(|graph, context| {
        let halves = sum(graph, "halves", context, 0.5, 0.0)?;
        graph.round("rounded", halves)
    });
    assert_eq!(not_clipped, "rounded");
    assert_eq!(
        refused(|graph, context| graph.round("rounded", context)),
        "rounded"
    );
}

#[test]
fn grids_are_far_from_the_ends_of_float32() {
    let scaled = |first: i32, second: i32| {
        move |graph: &mut Graph, context| {
            let first = graph.scale("first", context, first)?;
            graph.scale("second", first, second)
        }
    };
    assert!(proven(scaled(-32, -32)).is_ok());
    assert_eq!(refused(scaled(-32, -33)), "second");
    assert!(proven(scaled(16, 16)).is_ok());
    assert_eq!(refused(scaled(16, 17)), "second");
    // A product has the sum of the grids.
    let product = |exponent: i32| {
        move |graph: &mut Graph, context| {
            let scaled = graph.scale("scaled", context, exponent)?;
            graph.mul("product", scaled, scaled)
        }
    };
    assert!(proven(product(-32)).is_ok());
    assert_eq!(refused(product(-33)), "product");
}

/// A table behind an index in `low..=high`.
fn looked_up(
    low: f32,
    high: f32,
    values: Vec<f32>,
) -> impl FnOnce(&mut Graph, TensorId) -> Result<TensorId> {
    move |graph, context| {
        let clipped = graph.clip("clipped", context, low, high)?;
        let index = graph.round("index", clipped)?;
        graph.table("table", index, values)
    }
}

#[test]
fn tables_hold_every_index_and_exact_values() {
    let bounds = proven(looked_up(0.0, 2.0, vec![0.5, -3.0, 1.0])).expect("exact");
    assert_eq!(bounds.last().expect("a bound").largest, 6.0);
    assert_eq!(refused(looked_up(0.0, 3.0, vec![0.0; 3])), "table");
    assert_eq!(refused(looked_up(-1.0, 2.0, vec![0.0; 3])), "table");
    assert!(proven(looked_up(0.0, 1.0, vec![0.0, LIMIT - 1.0])).is_ok());
    assert_eq!(refused(looked_up(0.0, 1.0, vec![1.0, LIMIT])), "table");
    assert_eq!(
        refused(looked_up(0.0, 1.0, vec![1.0, 1.0 - LIMIT, 0.5])),
        "table"
    );
    assert_eq!(refused(looked_up(0.0, 1.0, vec![0.0, f32::NAN])), "table");
}

/// An int8 layer of two inputs with the range of a byte.
fn int8(weights: [i8; 2], bias: i32) -> impl FnOnce(&mut Graph, TensorId) -> Result<TensorId> {
    move |graph, context| {
        let clipped = graph.clip("clipped", context, 0.0, 127.0)?;
        let bytes = graph.cast("bytes", clipped, Element::U8)?;
        let weight = Matrix::new(1, 2, weights.to_vec())?;
        graph.qlinear_conv("int8", bytes, weight, vec![bias], vec![0])
    }
}

#[test]
fn int8_layers_stay_within_int16_pairs_and_exact_sums() {
    assert!(proven(int8([127, 1], 0)).is_ok());
    assert_eq!(refused(int8([127, 2], 0)), "int8");
    assert_eq!(refused(int8([-128, -1], 0)), "int8");
    let bounds = proven(int8([-100, 28], -(LIMIT as i32 - 128 * 255 - 1))).expect("exact");
    assert_eq!(bounds.last().expect("a bound").largest, 16_777_215.0);
    assert_eq!(refused(int8([-100, 28], LIMIT as i32 - 128 * 255)), "int8");
}

#[test]
fn magnitudes_are_those_of_integers() {
    let mut graph = Graph::new();
    let context = graph.input("context", Element::F32, 2).expect("a tensor");
    sum(&mut graph, "integers", context, 3.0, -40.0).expect("a tensor");
    sum(&mut graph, "halves", context, 0.5, 0.0).expect("a tensor");
    let found = magnitudes(&graph, &metadata()).expect("exact");
    assert_eq!(found.get("context"), Some(&255));
    assert_eq!(found.get("integers"), Some(&805));
    assert_eq!(found.get("halves"), None);
}

/// A chain of nodes between two convolutions.
fn chain(nodes: usize) -> impl FnOnce(&mut Graph, TensorId) -> Result<TensorId> {
    move |graph, context| {
        let mut last = sum(graph, "first", context, 1.0, 0.0)?;
        for index in 0..nodes {
            last = graph.clip(&format!("clip_{index}"), last, 0.0, 255.0)?;
        }
        let weight = Matrix::new(1, 1, vec![1.0])?;
        last = graph.conv("middle", last, weight, vec![0.0])?;
        graph.clip("last", last, 0.0, 255.0)
    }
}

#[test]
fn chains_without_convolutions_and_tables_are_short() {
    assert!(proven(chain(256)).is_ok());
    match proven(chain(257)) {
        Err(Error::Limit { what, limit, found }) => {
            assert!(what.ends_with("clip_256"), "{what}");
            assert_eq!((limit, found), (256, 257));
        }
        other => panic!("expected a refusal, found {other:?}"),
    }
    // A table ends a chain, too.
    let tables = |graph: &mut Graph, context| {
        let mut last = graph.clip("index", context, 0.0, 1.0)?;
        for index in 0..257 {
            last = graph.table(&format!("table_{index}"), last, vec![0.0, 1.0])?;
        }
        Ok(last)
    };
    assert!(proven(tables).is_ok());
}
