//! Does every image come back, with every method, tiling and number of threads?

mod seeded;

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};

use proptest::prelude::*;
use pxc_codec::{
    CodingMethod, ColorType, DecodeOptions, EncodeOptions, Error, ErrorKind, Image, Limits,
    MetadataChunk, ModelId, Predictor, Tiling, decode, encode, read_header,
};
use pxc_test_predictors::hashing_model::{HashingModel, NO_MODEL, resolve};
use pxc_test_predictors::images::{COLOR_TYPES, constant, draw, drawing, gradient, noise};

const SIZES: [(u32, u32); 12] = [
    (1, 1),
    (1, 2),
    (2, 1),
    (2, 2),
    (1, 40),
    (40, 1),
    (3, 5),
    (17, 9),
    (9, 17),
    (64, 33),
    (33, 64),
    (70, 70),
];
const PICTURES: [fn(u32, u32, ColorType) -> Image; 4] = [constant, gradient, noise, drawing];

fn check(
    image: &Image,
    chunks: &[MetadataChunk],
    model: Option<&HashingModel>,
    options: &EncodeOptions<'_>,
) -> Vec<u8> {
    let predictor = model.map(|model| model as &dyn Predictor);
    let (bytes, stats) = encode(image, chunks, predictor, options).expect("encodes");
    let decoded = decode(&bytes, &resolve, &DecodeOptions::default()).expect("decodes");
    assert_eq!(decoded.image, *image);
    assert!(decoded.image.samples() == image.samples());
    assert_eq!(decoded.header.metadata, chunks);
    let payloads: u64 = decoded.header.groups.iter().map(|group| group.length).sum();
    assert_eq!(
        bytes.len() as u64,
        stats.header_bytes + stats.preview_bytes + payloads
    );
    let methods: Vec<_> = stats
        .groups
        .iter()
        .map(|group| (Some(group.color_method), group.alpha_method))
        .collect();
    let read: Vec<_> = decoded
        .header
        .groups
        .iter()
        .map(|group| (group.color_method, group.alpha_method))
        .collect();
    assert_eq!(methods, read);
    bytes
}

#[test]
fn every_picture_with_every_method() {
    for color in COLOR_TYPES {
        let model = HashingModel::new(color.color_planes());
        for (width, height) in SIZES {
            for picture in PICTURES {
                let image = picture(width, height, color);
                for method in [
                    None,
                    Some(CodingMethod::Stored),
                    Some(CodingMethod::Network),
                    Some(CodingMethod::Adaptive),
                    Some(CodingMethod::Refined),
                    Some(CodingMethod::Thorough),
                    Some(CodingMethod::General),
                ] {
                    check(
                        &image,
                        &[],
                        Some(&model),
                        &EncodeOptions::default().with_method(method),
                    );
                }
                check(&image, &[], None, &EncodeOptions::default());
            }
        }
    }
}

#[test]
fn every_shear() {
    let image = gradient(40, 31, ColorType::Rgb);
    for shear in 1..4 {
        let model = HashingModel::with_shear(3, shear);
        for method in [
            CodingMethod::Network,
            CodingMethod::Refined,
            CodingMethod::Thorough,
        ] {
            check(
                &image,
                &[],
                Some(&model),
                &EncodeOptions::default().with_method(method),
            );
        }
    }
}

#[test]
fn every_tiling() {
    let image = gradient(50, 37, ColorType::Rgba);
    let model = HashingModel::new(3);
    for (tile_width, tile_height) in [(50, 37), (50, 1), (1, 37), (7, 7), (16, 12), (49, 36)] {
        for tiles_per_group in [1, 2, 5, 1000] {
            let tiling = Some(Tiling {
                tile_width,
                tile_height,
                tiles_per_group,
            });
            for method in [
                CodingMethod::Stored,
                CodingMethod::Network,
                CodingMethod::Adaptive,
                CodingMethod::Refined,
                CodingMethod::Thorough,
                CodingMethod::General,
            ] {
                check(
                    &image,
                    &[],
                    Some(&model),
                    &EncodeOptions::default()
                        .with_tiling(tiling)
                        .with_method(method),
                );
            }
        }
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let image = gradient(90, 83, ColorType::Rgba);
    let model = HashingModel::new(3);
    let tiling = Some(Tiling {
        tile_width: 20,
        tile_height: 16,
        tiles_per_group: 3,
    });
    let encoded: Vec<_> = [1, 2, 7]
        .map(|threads| {
            let options = EncodeOptions::default()
                .with_tiling(tiling)
                .with_threads(threads)
                .with_method(CodingMethod::Network);
            check(&image, &[], Some(&model), &options)
        })
        .into();
    assert!(encoded.windows(2).all(|pair| pair[0] == pair[1]));
    for threads in [1, 2, 7] {
        let options = DecodeOptions::default().with_threads(threads);
        assert!(
            decode(&encoded[0], &resolve, &options)
                .expect("decodes")
                .image
                == image
        );
    }
}

#[test]
fn the_default_tiling_of_a_larger_image() {
    let image = gradient(300, 260, ColorType::Gray);
    let bytes = check(
        &image,
        &[],
        Some(&HashingModel::new(1)),
        &EncodeOptions::default()
            .with_method(CodingMethod::Network)
            .with_threads(2),
    );
    let header = read_header(&bytes, &Limits::default()).expect("a header");
    assert_eq!(
        header.tiling,
        Tiling {
            tile_width: 300,
            tile_height: 130,
            tiles_per_group: 1
        }
    );
    assert_eq!(header.groups.len(), 2);
    assert_eq!(header.model, Some(HashingModel::new(1).id()));
}

#[test]
fn metadata_comes_back_verbatim() {
    let chunks = [
        MetadataChunk {
            tag: *b"eXIf",
            data: vec![1, 2, 3],
        },
        MetadataChunk {
            tag: *b"iCCP",
            data: Vec::new(),
        },
        MetadataChunk {
            tag: *b"tEXt",
            data: (0..=255).cycle().take(70_000).collect(),
        },
    ];
    check(
        &gradient(5, 4, ColorType::Rgb),
        &chunks,
        None,
        &EncodeOptions::default(),
    );
}

#[test]
fn metadata_that_readers_must_know_is_refused() {
    for tag in [b"PLTE", b"iC P", b"1abc"] {
        let result = encode(
            &gradient(2, 2, ColorType::Gray),
            &[MetadataChunk {
                tag: *tag,
                data: vec![],
            }],
            None,
            &EncodeOptions::default(),
        );
        assert_eq!(
            result.map(drop).map_err(|error| error.kind()),
            Err(ErrorKind::Argument)
        );
    }
}

#[test]
fn a_file_with_one_group_has_at_most_45_bytes_around_the_pixels() {
    let image = noise(200, 200, ColorType::Rgb);
    let options = EncodeOptions::default().with_method(CodingMethod::Network);
    let (bytes, stats) =
        encode(&image, &[], Some(&HashingModel::new(3)), &options).expect("encodes");
    assert_eq!(stats.groups.len(), 1);
    assert!(bytes.len() as u64 - stats.groups[0].color_bytes <= 45);
}

#[test]
fn constant_planes_are_almost_free() {
    let image = constant(1024, 1024, ColorType::Rgba);
    let (bytes, _) = encode(
        &image,
        &[],
        Some(&HashingModel::new(3)),
        &EncodeOptions::default(),
    )
    .expect("encodes");
    assert!(bytes.len() < 160, "{} bytes", bytes.len());
}

#[test]
fn noise_is_stored() {
    let image = noise(64, 64, ColorType::Rgba);
    let (bytes, stats) = encode(&image, &[], None, &EncodeOptions::default()).expect("encodes");
    assert_eq!(stats.groups[0].color_method, CodingMethod::Stored);
    assert!(bytes.len() < image.samples().len() + 45);
}

#[test]
fn the_payload_is_as_long_as_the_model_says() {
    let image = gradient(256, 250, ColorType::Gray);
    let model = HashingModel::new(1);
    let (_, stats) = encode(
        &image,
        &[],
        Some(&model),
        &EncodeOptions::default().with_method(CodingMethod::Network),
    )
    .expect("encodes");
    let ideal = ideal_bits(&image, &model);
    let real = stats
        .groups
        .iter()
        .map(|group| group.color_bytes as f64 * 8.0)
        .sum::<f64>();
    println!(
        "ideal {ideal:.0} bits, real {real:.0} bits, overhead {:.4} %",
        100.0 * (real / ideal - 1.0)
    );
    assert!(real < ideal * 1.0005 + 64.0);
}

/// The cross-entropy of a gray image of one tile, from contexts gathered pixel by pixel.
fn ideal_bits(image: &Image, model: &HashingModel) -> f64 {
    let (width, height) = (image.width() as i32, image.height() as i32);
    let at = |y: i32, x: i32| {
        let inside = (0..width).contains(&x) && (0..height).contains(&y);
        inside.then(|| i16::from(image.samples()[(y * width + x) as usize]))
    };
    let mut session = model.session().expect("a session");
    let mut bits = 0.0;
    for y in 0..height {
        for x in 0..width {
            let base = match (at(y, x - 1), at(y - 1, x), at(y - 1, x - 1)) {
                (Some(w), Some(n), Some(nw)) if nw >= w.max(n) => w.min(n),
                (Some(w), Some(n), Some(nw)) if nw <= w.min(n) => w.max(n),
                (Some(w), Some(n), Some(nw)) => w + n - nw,
                (west, north, _) => west.or(north).unwrap_or(128),
            };
            let taps = model.spec().taps.iter();
            let mut context: Vec<i16> = taps
                .map(|tap| at(y + tap.dy, x + tap.dx).map_or(0, |sample| sample - base))
                .collect();
            context.push(base - 128);
            let mut logits = [0; 256];
            session
                .first_logits(1, &context, &mut logits)
                .expect("logits");
            let frequency = |logit: u8| f64::from(pxc_codec::EXP2[usize::from(logit)]);
            let total: f64 = logits.iter().map(|&logit| frequency(logit)).sum();
            let symbol = (at(y, x).expect("inside") - base) as u8;
            bits += (total / frequency(logits[usize::from(symbol)])).log2();
        }
    }
    bits
}

#[test]
fn progress_reaches_the_end_and_can_stop_the_work() {
    let image = gradient(300, 300, ColorType::Gray);
    let model = HashingModel::new(1);
    let furthest = AtomicU64::new(0);
    let watch = |progress: pxc_codec::Progress| {
        assert_eq!(progress.total, 90_000);
        furthest.fetch_max(progress.done, Ordering::Relaxed);
        ControlFlow::Continue(())
    };
    let stop = |_: pxc_codec::Progress| ControlFlow::Break(());
    let options = EncodeOptions::default()
        .with_method(CodingMethod::Network)
        .with_threads(2);
    let (bytes, _) =
        encode(&image, &[], Some(&model), &options.with_progress(&watch)).expect("encodes");
    assert_eq!(furthest.swap(0, Ordering::Relaxed), 90_000);
    decode(
        &bytes,
        &resolve,
        &DecodeOptions::default().with_progress(&watch),
    )
    .expect("decodes");
    assert_eq!(furthest.load(Ordering::Relaxed), 90_000);
    let stopped = encode(&image, &[], Some(&model), &options.with_progress(&stop));
    assert_eq!(stopped.map(drop), Err(Error::Cancelled));
    let stopped = decode(
        &bytes,
        &resolve,
        &DecodeOptions::default().with_progress(&stop),
    );
    assert_eq!(stopped.map(drop), Err(Error::Cancelled));
}

#[test]
fn the_general_coder_tells_how_far_it_is_and_can_be_stopped_within_a_group() {
    let image = draw(300, 200, ColorType::Rgba, |x, y, c| (x * y / (c + 3)) as u8);
    let stop_at = AtomicU64::new(u64::MAX);
    let seen = AtomicU64::new(0);
    let watch = |progress: pxc_codec::Progress| {
        let before = seen.fetch_max(progress.done, Ordering::Relaxed);
        assert!(before <= progress.done && progress.done <= progress.total);
        match progress.done < stop_at.load(Ordering::Relaxed) {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        }
    };
    let method = Some(CodingMethod::General);
    let encoding = EncodeOptions::default()
        .with_method(method)
        .with_progress(&watch);
    let decoding = DecodeOptions::default().with_progress(&watch);
    let (bytes, _) = encode(&image, &[], None, &encoding).expect("encodes");
    assert_eq!(seen.swap(0, Ordering::Relaxed), 60_000);
    decode(&bytes, NO_MODEL, &decoding).expect("decodes");
    assert_eq!(seen.swap(0, Ordering::Relaxed), 60_000);
    for limit in [1, 30_000] {
        stop_at.store(limit, Ordering::Relaxed);
        let stopped = encode(&image, &[], None, &encoding).map(drop);
        assert_eq!(stopped, Err(Error::Cancelled));
        assert!((limit..limit + 20_000).contains(&seen.swap(0, Ordering::Relaxed)));
        let stopped = decode(&bytes, NO_MODEL, &decoding).map(drop);
        assert_eq!(stopped, Err(Error::Cancelled));
        assert!((limit..limit + 20_000).contains(&seen.swap(0, Ordering::Relaxed)));
    }
}

#[test]
fn a_model_that_is_missing_or_does_not_fit_is_named() {
    let image = gradient(6, 6, ColorType::Rgb);
    let options = EncodeOptions::default().with_method(CodingMethod::Network);
    let (bytes, _) = encode(&image, &[], Some(&HashingModel::new(3)), &options).expect("encodes");
    let missing = decode(&bytes, NO_MODEL, &DecodeOptions::default())
        .map(drop)
        .expect_err("no model");
    assert_eq!(
        missing,
        Error::UnknownModel {
            id: HashingModel::new(3).id()
        }
    );
    assert_eq!(missing.kind(), ErrorKind::MissingModel);
    assert_eq!(
        missing.to_string(),
        "the file needs model 0302030405060708, which is not available"
    );
    let wrong = |_| resolve(HashingModel::new(1).id());
    let wrong = decode(&bytes, &wrong, &DecodeOptions::default())
        .map(drop)
        .expect_err("wrong model");
    assert!(matches!(
        wrong,
        Error::WrongModel {
            found: ModelId([1, ..]),
            ..
        }
    ));
    let gray = encode(&image, &[], Some(&HashingModel::new(1)), &options).map(drop);
    assert!(matches!(
        gray,
        Err(Error::ModelChannels {
            expected: 3,
            found: 1,
            ..
        })
    ));
    assert_eq!(
        encode(&image, &[], None, &options).map(drop),
        Err(Error::NoPredictor {
            method: CodingMethod::Network
        })
    );
}

proptest! {
    #![proptest_config(seeded::cases(48))]
    #[test]
    fn any_image_comes_back(
        width in 1u32..40, height in 1u32..40, kind in 0usize..4, levels in 1u8..=255,
        (tile_width, tile_height, tiles_per_group) in (1u32..40, 1u32..40, 1u32..5),
        method in 0usize..4, threads in 1usize..4, seed: u64,
    ) {
        let color = COLOR_TYPES[kind];
        let mut state = seed;
        let image = draw(width, height, color, |x, _, channel| {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (((state >> 33) % u64::from(levels)) as u8).wrapping_add((x * channel) as u8 % 3)
        });
        let tiling = Some(Tiling { tile_width: tile_width.min(width), tile_height: tile_height.min(height), tiles_per_group });
        let method = [None, Some(CodingMethod::Stored), Some(CodingMethod::Network), Some(CodingMethod::Adaptive)][method];
        check(&image, &[], Some(&HashingModel::new(color.color_planes())), &EncodeOptions::default().with_tiling(tiling).with_method(method).with_threads(threads));
    }
}

#[test]
fn files_tell_the_name_of_their_model() {
    let options = EncodeOptions::default().with_method(CodingMethod::Network);
    let header_of = |side, name| {
        let (image, model) = (noise(side, side, ColorType::Rgb), HashingModel::new(3));
        let bytes = check(&image, &[], Some(&model.called(name)), &options);
        read_header(&bytes, &Limits::default()).expect("a header")
    };
    let name_in = |side, name| header_of(side, name).model_name;
    assert_eq!(name_in(40, "some-1.2_B"), Some("some-1.2_B".to_owned()));
    // More than one percent, and names that models cannot have.
    assert_eq!(name_in(8, "some-1.2_B"), None);
    for name in ["", "some one", "é", &"a".repeat(65).leak()[..]] {
        assert_eq!(name_in(70, name), None, "{name:?}");
    }
    let longest = &*"a".repeat(64).leak();
    assert_eq!(name_in(70, longest).as_deref(), Some(longest));
    let plain = EncodeOptions::default().with_method(CodingMethod::Stored);
    let model = HashingModel::new(3).called("some");
    let bytes = check(&noise(40, 40, ColorType::Rgb), &[], Some(&model), &plain);
    let header = read_header(&bytes, &Limits::default()).expect("a header");
    assert_eq!((header.model, header.model_name), (None, None));
}

#[test]
fn names_that_models_cannot_have_are_damage() {
    let options = EncodeOptions::default().with_method(CodingMethod::Network);
    let (image, model) = (noise(40, 40, ColorType::Rgb), HashingModel::new(3));
    let (bytes, _) = encode(&image, &[], Some(&model.called("some")), &options).expect("encodes");
    let end = read_header(&bytes, &Limits::default())
        .expect("a header")
        .header_bytes as usize
        - 4;
    let at = bytes
        .windows(4)
        .position(|four| four == b"some")
        .expect("the name");
    let refused = |at: usize, byte| {
        let mut bytes = bytes.clone();
        bytes[at] = byte;
        let checksum = crc32fast::hash(&bytes[..end]).to_le_bytes();
        bytes[end..end + 4].copy_from_slice(&checksum);
        let error = read_header(&bytes, &Limits::default()).expect_err("an illegal name");
        assert_eq!(error.kind(), ErrorKind::BadData);
        error.to_string()
    };
    let said = format!(
        "byte {:#x}: model_name: expected one of a-z A-Z 0-9 . _ -, found 10",
        at + 2
    );
    assert_eq!(refused(at + 2, b'\n'), said);
    let said = format!(
        "byte {:#x}: model_name_length: expected 1 to 64, found 0",
        at - 1
    );
    assert_eq!(refused(at - 1, 0), said);
}

#[test]
fn tiles_have_a_size() {
    let image = draw(8, 8, ColorType::Gray, |x, y, _| (x + y) as u8);
    let whole = [8, 8, 1];
    for (index, field) in ["tile_width", "tile_height", "tiles_per_group"]
        .iter()
        .enumerate()
    {
        let mut sizes = whole;
        sizes[index] = 0;
        let tiling = Tiling {
            tile_width: sizes[0],
            tile_height: sizes[1],
            tiles_per_group: sizes[2],
        };
        let options = EncodeOptions::default().with_tiling(Some(tiling));
        match encode(&image, &[], None, &options) {
            Err(Error::TilingRange {
                field: named,
                found: 0,
                ..
            }) => assert_eq!(named, *field),
            other => panic!("{field}: {other:?}"),
        }
    }
}
