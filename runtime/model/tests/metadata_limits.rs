//! Do the metadata hold exactly to the limits of `docs/model.md`, *Metadata*: the last legal value passes, the next one
//! is refused?

use pxc_model::{
    CoarseMetadata, Error, MapMetadata, ModelMetadata, PaperMetadata, Pass, PhotoMetadata,
};

fn photo() -> PhotoMetadata {
    PhotoMetadata {
        version: 1,
        family: "photo".into(),
        name: "tiny".into(),
        channels: 3,
        order: vec![1, 0, 2],
        taps: vec![[0, -1]],
        shear: 2,
        context: "median-differences".into(),
        prediction: "carry".into(),
        training: serde_json::Value::Null,
    }
}

/// Metadata with a map of each pass.
fn paper() -> PaperMetadata {
    let map = |name: &str, pass| MapMetadata {
        name: name.into(),
        channels: 1,
        low: 0,
        high: 255,
        initial: vec![0],
        pass,
        taps: vec![],
        row_taps: vec![],
    };
    PaperMetadata {
        version: 2,
        family: "row-lstm".into(),
        name: "tiny".into(),
        channels: 1,
        levels: 256,
        tile: [8, 6],
        order: vec![0],
        taps: vec![[0, -1]],
        shear: 8,
        context: "centred".into(),
        prediction: "none".into(),
        maps: vec![map("pixel", Pass::Pixel), map("row", Pass::Row)],
        coarse: None,
        training: serde_json::Value::Null,
    }
}

/// The field that is refused.
fn refused(metadata: impl Into<ModelMetadata>) -> Option<String> {
    match metadata.into().check() {
        Ok(()) => None,
        Err(Error::Metadata { field, .. }) => Some(field),
        Err(other) => panic!("expected a field, found {other}"),
    }
}

fn refused_photo(edit: impl FnOnce(&mut PhotoMetadata)) -> Option<String> {
    let mut metadata = photo();
    edit(&mut metadata);
    refused(metadata)
}

fn refused_paper(edit: impl FnOnce(&mut PaperMetadata)) -> Option<String> {
    let mut metadata = paper();
    edit(&mut metadata);
    refused(metadata)
}

#[test]
fn names_are_short_and_plain() {
    for name in ["a", "Z9._-", &"n".repeat(64)] {
        assert_eq!(refused_photo(|m| m.name = name.into()), None, "{name}");
    }
    for name in ["", "a b", "a/b", "é", "a\n", &"n".repeat(65)] {
        let found = refused_photo(|m| m.name = name.into());
        assert_eq!(found.as_deref(), Some("name"), "{name}");
    }
    let found = refused_paper(|m| m.maps[0].name = "a/b".into());
    assert_eq!(found.as_deref(), Some("name of a map"));
}

#[test]
fn the_order_has_each_channel_once() {
    let order = |channels, order: &[usize]| {
        let order = order.to_vec();
        refused_photo(|m| (m.channels, m.order) = (channels, order))
    };
    assert_eq!(order(1, &[0]), None);
    assert_eq!(order(3, &[2, 1, 0]), None);
    for illegal in [&[0, 1][..], &[0, 1, 1], &[1, 2, 3], &[0, 1, 2, 3], &[]] {
        assert_eq!(order(3, illegal).as_deref(), Some("order"), "{illegal:?}");
    }
    for channels in [0, 2, 4] {
        let order = order(channels, &Vec::from_iter(0..channels));
        assert_eq!(order.as_deref(), Some("channels"), "{channels}");
    }
}

#[test]
fn taps_are_near_and_on_earlier_steps() {
    let tap = |tap| refused_photo(|m| m.taps = vec![tap]);
    for legal in [[0, -1], [0, -64], [-1, 1], [-2, 3], [-64, 64], [-64, -64]] {
        assert_eq!(tap(legal), None, "{legal:?}");
    }
    for illegal in [
        [0, 0],
        [0, 1],
        [1, -1],
        [-1, 2],
        [-2, 4],
        [0, -65],
        [-65, 0],
        [-64, 65],
        [-64, -65],
    ] {
        assert_eq!(tap(illegal).as_deref(), Some("taps"), "{illegal:?}");
    }
    let count = |count| refused_photo(|m| m.taps = vec![[0, -1]; count]);
    assert_eq!((count(1), count(1024)), (None, None));
    for illegal in [0, 1025] {
        assert_eq!(count(illegal).as_deref(), Some("taps"), "{illegal}");
    }
    let shear = |shear| refused_photo(|m| m.shear = shear);
    assert_eq!((shear(1), shear(16)), (None, None));
    for illegal in [0, 17] {
        assert_eq!(shear(illegal).as_deref(), Some("shear"), "{illegal}");
    }
}

#[test]
fn maps_are_read_where_they_are_known() {
    let tap = |map: usize, tap| refused_paper(|m| m.maps[map].taps = vec![tap]);
    for legal in [[0, -1], [-1, 7], [-64, 64]] {
        assert_eq!(tap(0, legal), None, "{legal:?}");
    }
    for illegal in [[0, 0], [-1, 8], [-65, 0]] {
        let found = tap(0, illegal);
        assert_eq!(found.as_deref(), Some("map pixel, taps"), "{illegal:?}");
    }
    assert_eq!(tap(1, [-1, 64]), None);
    for illegal in [[0, -1], [1, 0], [-1, 65]] {
        let found = tap(1, illegal);
        assert_eq!(found.as_deref(), Some("map row, taps"), "{illegal:?}");
    }
    let count = |count| refused_paper(|m| m.maps[0].taps = vec![[0, -1]; count]);
    assert_eq!(count(64), None);
    assert_eq!(count(65).as_deref(), Some("map pixel, taps"));
    let row_tap = |map: usize, tap| refused_paper(|m| m.maps[map].row_taps = vec![tap]);
    for (map, legal) in [(0, [0, 64]), (0, [-1, 0]), (1, [0, 1]), (1, [-1, -64])] {
        assert_eq!(row_tap(map, legal), None, "{legal:?}");
    }
    for (map, illegal) in [(0, [1, 0]), (0, [0, 65]), (1, [0, 0]), (1, [1, 1])] {
        let field = ["map pixel, row_taps", "map row, row_taps"][map];
        let found = row_tap(map, illegal);
        assert_eq!(found.as_deref(), Some(field), "{illegal:?}");
    }
}

#[test]
fn values_of_maps_are_exact_and_in_order() {
    let range = |low, high, initial| {
        refused_paper(|m| {
            let map = &mut m.maps[0];
            (map.low, map.high, map.initial) = (low, high, vec![initial]);
        })
    };
    let last = (1 << 24) - 1;
    for (low, high, initial) in [(7, 7, 7), (-last, last, -last), (-last, last, last)] {
        assert_eq!(range(low, high, initial), None, "{low}..={high}");
    }
    for (low, high) in [(8, 7), (-last - 1, 7), (7, last + 1)] {
        let found = range(low, high, 7);
        let field = Some("map pixel, low and high");
        assert_eq!(found.as_deref(), field, "{low}..={high}");
    }
    for initial in [-1, 8] {
        let found = range(0, 7, initial);
        assert_eq!(found.as_deref(), Some("map pixel, initial"), "{initial}");
    }
}

#[test]
fn a_model_has_at_most_256_maps() {
    let count = |count: usize| {
        refused_paper(|m| {
            let maps = (0..count).map(|index| MapMetadata {
                name: format!("map-{index}"),
                ..m.maps[0].clone()
            });
            m.maps = maps.collect();
        })
    };
    assert_eq!((count(0), count(256)), (None, None));
    assert_eq!(count(257).as_deref(), Some("maps"));
}

#[test]
fn sizes_follow_from_the_metadata() {
    let mut photo = photo();
    assert_eq!(photo.features(), 6);
    photo.taps = vec![[0, -1], [-1, 0], [-1, 1]];
    assert_eq!(photo.features(), 12);
    let coarse = CoarseMetadata {
        ratio: 4,
        model: paper(),
    };
    assert_eq!(coarse.block_pixels(), 16);
}

#[test]
fn a_map_of_the_row_pass_is_found() {
    let mut paper = paper();
    assert!(paper.has_row_pass());
    paper.maps.pop();
    assert!(!paper.has_row_pass());
}

#[test]
fn json_is_read_up_to_its_limit() {
    let mut json = ModelMetadata::from(photo()).to_json().expect("legal");
    json.push_str(&" ".repeat((1 << 20) - json.len()));
    assert!(ModelMetadata::from_json(&json).is_ok());
    json.push(' ');
    match ModelMetadata::from_json(&json) {
        Err(Error::Limit { limit, found, .. }) => {
            assert_eq!((limit, found), (1 << 20, (1 << 20) + 1));
        }
        other => panic!("expected a refusal, found {other:?}"),
    }
}

#[test]
fn both_kinds_of_metadata_answer() {
    let training = serde_json::json!({"steps": 7});
    let (mut photo, mut paper) = (photo(), paper());
    (photo.training, paper.training) = (training.clone(), training.clone());
    let (photo, paper) = (ModelMetadata::from(photo), ModelMetadata::from(paper));
    for (found, family, order, shear) in [
        (&photo, "photo", &[1, 0, 2][..], 2),
        (&paper, "row-lstm", &[0], 8),
    ] {
        assert_eq!((found.family(), found.name()), (family, "tiny"));
        assert_eq!((found.order(), found.shear()), (order, shear));
        assert_eq!(found.training(), &training);
    }
}
