//! Models of two scales: is every pixel coded once, are thumbnails the first pixels of blocks, and are models that do
//! not fit refused?

use std::sync::Arc;

use pxc_codec::{
    DecodeOptions, Error, ErrorKind, KeptMaps, Predictor, TileSize, Tiling, decode_thumbnail,
    encode,
};
use pxc_test_predictors::images::noise_of_levels;
use pxc_test_predictors::map_model::{MapModel, models, network};

#[test]
fn models_of_coarse_images_that_do_not_fit_are_refused() {
    type Edit = fn(&mut MapModel);
    let edits: [Edit; 9] = [
        |model| model.small = None,
        |model| model.spec.ratio = None,
        |model| model.spec.ratio = Some(1),
        |model| model.spec.ratio = Some(17),
        |model| small(model).spec.ratio = Some(2),
        |model| small(model).spec.levels = 2,
        |model| small(model).small = Some(Box::new(MapModel::new(1, 256, KeptMaps::Pixel))),
        |model| {
            small(model).spec.tile = Some(TileSize {
                width: 4,
                height: 4,
            });
        },
        |model| model.spec.tile = None,
    ];
    for (index, edit) in edits.into_iter().enumerate() {
        let mut model = MapModel::new(1, 256, KeptMaps::Pixel).with_coarse(2);
        edit(&mut model);
        let error = encode(
            &noise_of_levels(9, 7, 1, 256),
            &[],
            Some(&model),
            &network(1),
        )
        .unwrap_err();
        assert!(matches!(error, Error::ModelSpec { .. }), "{index}: {error}");
    }
}

fn small(model: &mut MapModel) -> &mut MapModel {
    model.small.as_mut().expect("a coarse image")
}

#[test]
fn thumbnails_are_the_first_pixels_of_blocks() {
    for model in models() {
        let model = Arc::new(model);
        let (channels, levels) = (model.spec.channels(), model.spec.levels);
        let image = noise_of_levels(40, 23, channels, levels);
        let mut options = network(1);
        options.tiling = Some(Tiling {
            tile_width: 8,
            tile_height: 4,
            tiles_per_group: 7,
        });
        let (bytes, _) = encode(&image, &[], Some(&*model), &options).unwrap();
        model.take_counts();
        let resolve = |_| Ok(Some(model.clone() as Arc<dyn Predictor>));
        let thumbnail = decode_thumbnail(&bytes, &resolve, &DecodeOptions::default());
        let Some(ratio) = model.spec.ratio else {
            let error = thumbnail.unwrap_err();
            assert_eq!(
                (&error, error.kind()),
                (&Error::NoThumbnail, ErrorKind::Argument)
            );
            continue;
        };
        assert_eq!(model.take_counts().0, 0, "the large model is not asked");
        let found = thumbnail.unwrap().image;
        let size = (40_u32.div_ceil(ratio as u32), 23_u32.div_ceil(ratio as u32));
        assert_eq!((found.width(), found.height()), size);
        let pixels = (0..23).step_by(ratio);
        let pixels = pixels.flat_map(|y| (0..40).step_by(ratio).map(move |x| y * 40 + x));
        let expected = pixels.flat_map(|at| &image.samples()[at * channels..][..channels]);
        assert!(expected.eq(found.samples()), "ratio {ratio}");
    }
}

/// If all symbols are equally likely, every sample of a bilevel image takes one bit, in the coarse image or not.
#[test]
fn every_pixel_is_coded_once() {
    let image = noise_of_levels(9, 7, 1, 2);
    let plain = || MapModel::new(1, 2, KeptMaps::None);
    for mut model in [plain(), plain().with_coarse(2), plain().with_coarse(3)] {
        model.equal_logits = true;
        model
            .small
            .iter_mut()
            .for_each(|small| small.equal_logits = true);
        let (_, stats) = encode(&image, &[], Some(&model), &network(1)).unwrap();
        let bytes: u64 = stats.groups.iter().map(|group| group.color_bytes).sum();
        assert_eq!(bytes, (9 * 7_u64).div_ceil(8));
    }
}
