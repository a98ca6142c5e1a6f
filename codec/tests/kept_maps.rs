//! Models that keep maps: does the encoder show them the same pixels in the same order as the decoder, each once, and
//! does the image come back, for every kind of image, size and number of threads?

use std::sync::Arc;

use pxc_codec::{
    CodingMethod, DecodeOptions, EncodeOptions, Error, ErrorKind, Image, KeptMaps, Limits,
    Predictor, Rect, TileSize, Tiling, decode, decode_region, decode_thumbnail, encode,
    read_header,
};
use pxc_test_predictors::images::noise_of_levels;
use pxc_test_predictors::map_model::{MapModel, models, network};

#[test]
fn images_come_back() {
    for model in models() {
        let model = Arc::new(model);
        for (width, height) in [(1, 1), (9, 7), (10, 8), (40, 23), (3, 30)] {
            let (channels, levels) = (model.spec.channels(), model.spec.levels);
            let image = noise_of_levels(width, height, channels, levels);
            let (bytes, _) = encode(&image, &[], Some(&*model), &network(1)).unwrap();
            let (lanes, _) = model.take_counts();
            assert_eq!(
                lanes,
                (width * height) as usize,
                "each pixel is evaluated once"
            );
            let two = encode(&image, &[], Some(&*model), &network(2)).unwrap();
            assert!(two.0 == bytes, "threads change no byte");
            let tiling = read_header(&bytes, &Limits::default()).unwrap().tiling;
            assert!(tiling.tile_width <= 9 && tiling.tile_height <= 7);
            model.take_counts();
            for threads in [1, 2] {
                let options = DecodeOptions::default().with_threads(threads);
                let resolve = |_| Ok(Some(model.clone() as Arc<dyn Predictor>));
                let decoded = decode(&bytes, &resolve, &options).unwrap();
                assert!(decoded.image == image);
                let (lanes, rows) = model.take_counts();
                assert_eq!(
                    lanes,
                    (width * height) as usize,
                    "each pixel is evaluated once"
                );
                let most = height as usize - 1;
                assert!(rows <= most * 60, "{rows} row passes");
            }
        }
    }
}

#[test]
fn a_region_is_decoded_no_further_than_needed() {
    for model in models() {
        let model = Arc::new(model);
        let (channels, levels) = (model.spec.channels(), model.spec.levels);
        let image = noise_of_levels(40, 23, channels, levels);
        let (bytes, _) = encode(&image, &[], Some(&*model), &network(1)).unwrap();
        let region = Rect {
            x: 11,
            y: 8,
            width: 7,
            height: 3,
        };
        let resolve = |_| Ok(Some(model.clone() as Arc<dyn Predictor>));
        model.take_counts();
        let part = decode_region(&bytes, region, &resolve, &DecodeOptions::default()).unwrap();
        let (lanes, _) = model.take_counts();
        assert!(lanes < 40 * 23, "{lanes}");
        for y in 0..region.height {
            let row = |image: &Image, x: usize, y: usize| {
                let start = (y * image.width() as usize + x) * channels;
                image.samples()[start..start + region.width * channels].to_vec()
            };
            let whole = row(&image, region.x, region.y + y);
            assert_eq!(row(&part.image, 0, y), whole);
        }
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let bilevel = MapModel::new(1, 2, KeptMaps::Pixel);
    let gray = noise_of_levels(9, 9, 1, 256);
    let error = encode(&gray, &[], Some(&bilevel), &EncodeOptions::default()).unwrap_err();
    assert!(
        matches!(error, Error::ModelLevels { expected: 2, .. }),
        "{error}"
    );
    let mut large = network(1);
    large.tiling = Some(Tiling {
        tile_width: 9,
        tile_height: 8,
        tiles_per_group: 1,
    });
    let image = noise_of_levels(9, 9, 1, 2);
    let error = encode(&image, &[], Some(&bilevel), &large).unwrap_err();
    let expected = "tiling: tile_height must be in 1..=7, found 8";
    assert_eq!(error.to_string(), expected);
    let model = MapModel::new(1, 256, KeptMaps::Pixel);
    let mut refined = network(1);
    refined.method = Some(CodingMethod::Refined);
    let error = encode(&gray, &[], Some(&model), &refined).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Argument, "{error}");
    let mut slow = MapModel::new(1, 256, KeptMaps::PixelAndRow);
    slow.spec.shear = 8;
    let error = encode(&gray, &[], Some(&slow), &network(1)).unwrap_err();
    assert!(matches!(error, Error::ModelSpec { .. }), "{error}");
}

/// Changed streams under right checksums end in an error, at the latest that of the pixel digest.
#[test]
fn wrong_streams_end_politely() {
    for model in models() {
        let model = Arc::new(model);
        let image = noise_of_levels(9, 7, model.spec.channels(), model.spec.levels);
        let (bytes, _) = encode(&image, &[], Some(&*model), &network(1)).unwrap();
        let header = read_header(&bytes, &Limits::default()).unwrap();
        let (start, end) = (header.groups[0].offset as usize, bytes.len());
        let resolve = |_| Ok(Some(model.clone() as Arc<dyn Predictor>));
        for at in start + 1..end {
            let mut changed = bytes.clone();
            changed[at] ^= 0x41;
            let checksum = crc32fast::hash(&changed[start..]).to_le_bytes();
            changed[start - 8..start - 4].copy_from_slice(&checksum);
            let checksum = crc32fast::hash(&changed[..start - 4]).to_le_bytes();
            changed[start - 4..start].copy_from_slice(&checksum);
            match decode(&changed, &resolve, &DecodeOptions::default()) {
                Ok(decoded) => assert!(decoded.image == image),
                Err(Error::PixelDigest { .. } | Error::GroupContent { .. }) => {}
                Err(error) => panic!("byte {at}: {error}"),
            }
            match decode_thumbnail(&changed, &resolve, &DecodeOptions::default()) {
                Ok(_) | Err(Error::NoThumbnail | Error::GroupContent { .. }) => {}
                Err(error) => panic!("byte {at}: {error}"),
            }
        }
    }
}

#[test]
fn larger_tiles_than_the_models_are_refused() {
    let mut model = MapModel::new(1, 256, KeptMaps::Pixel);
    let image = noise_of_levels(9, 7, 1, 256);
    let (bytes, _) = encode(&image, &[], Some(&model), &network(1)).unwrap();
    model.spec.tile = Some(TileSize {
        width: 8,
        height: 7,
    });
    let model = Arc::new(model);
    let resolve = |_| Ok(Some(model.clone() as Arc<dyn Predictor>));
    let error = decode(&bytes, &resolve, &DecodeOptions::default()).unwrap_err();
    assert!(matches!(error, Error::ModelTile { .. }), "{error}");
    assert_eq!(error.kind(), ErrorKind::BadData);
}

#[test]
fn memory_of_maps_is_counted_for_each_tile() {
    let image = noise_of_levels(90, 70, 1, 256);
    let mut model = MapModel::new(1, 256, KeptMaps::Pixel);
    let options = network(1).with_tiling(Tiling {
        tile_width: 9,
        tile_height: 7,
        tiles_per_group: 100,
    });
    let (bytes, _) = encode(&image, &[], Some(&model), &options).unwrap();
    model.tile_bytes = 1 << 20;
    let model = Arc::new(model);
    let resolve = |_| Ok(Some(model.clone() as Arc<dyn Predictor>));
    let decoded = |max_memory| {
        let options =
            DecodeOptions::default().with_limits(Limits::default().with_max_memory(max_memory));
        decode(&bytes, &resolve, &options).map(drop)
    };
    decoded(110 << 20).unwrap();
    let error = decoded(100 << 20).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
}
