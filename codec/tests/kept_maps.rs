//! Models that keep maps: does the encoder show them the same pixels in the same order as the decoder, each once, and does the
//! image come back, for every kind of image, size and number of threads?

mod hashing_model;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hashing_model::draw;
use pxc_codec::{
    BitDepth, Coder, ColorType, DecodeOptions, EncodeOptions, Error, ErrorKind, Image, KeptMaps,
    LanePlace, Limits, ModelId, ModelSpec, Predictor, PredictorError, Rect, SampleFormat, Session,
    SymbolRule, Tap, TileSize, Tiling, decode, decode_region, decode_thumbnail, encode,
    read_header,
};

/// Its state of a pixel hashes the states to the west, north and north-east, the context, and a row state above.
struct MapModel {
    spec: ModelSpec,
    lanes: AtomicUsize,
    rows: AtomicUsize,
    tile_bytes: u64,
    small: Option<Box<MapModel>>,
    /// Whether all logits are the same.
    even_odds: bool,
}

impl MapModel {
    fn new(channels: usize, levels: usize, maps: KeptMaps) -> MapModel {
        let tile = TileSize {
            width: 9,
            height: 7,
        };
        let (order, shear) = match (channels, maps) {
            (3, _) => (vec![1, 0, 2], 2),
            _ => (vec![0], 2),
        };
        let shear = if maps == KeptMaps::PixelAndRow {
            9
        } else {
            shear
        };
        let taps = [(0, -1), (-1, 0), (-1, 1), (-2, -1)];
        MapModel {
            spec: ModelSpec {
                order,
                taps: taps.map(|(dy, dx)| Tap { dy, dx }).to_vec(),
                shear,
                rule: SymbolRule::Centred,
                levels,
                tile: Some(tile),
                maps,
                ratio: None,
            },
            lanes: AtomicUsize::new(0),
            rows: AtomicUsize::new(0),
            tile_bytes: 1000,
            small: None,
            even_odds: false,
        }
    }

    /// The same with a coarse image.
    fn with_coarse(mut self, ratio: usize) -> MapModel {
        let mut small = MapModel::new(self.spec.channels(), self.spec.levels, self.spec.maps);
        small.spec.tile = Some(TileSize {
            width: 9_usize.div_ceil(ratio),
            height: 7_usize.div_ceil(ratio),
        });
        self.spec.ratio = Some(ratio);
        self.small = Some(Box::new(small));
        self
    }

    fn take_counts(&self) -> (usize, usize) {
        let take = |count: &AtomicUsize| count.swap(0, Ordering::Relaxed);
        (take(&self.lanes), take(&self.rows))
    }
}

impl Predictor for MapModel {
    fn id(&self) -> ModelId {
        ModelId([8; 8])
    }

    fn spec(&self) -> &ModelSpec {
        &self.spec
    }

    fn small(&self) -> Option<&dyn Predictor> {
        self.small.as_deref().map(|small| small as &dyn Predictor)
    }

    fn tile_memory(&self, _: TileSize) -> u64 {
        self.tile_bytes
    }

    fn session(&self) -> Result<Box<dyn Session + '_>, PredictorError> {
        Ok(Box::new(MapSession {
            model: self,
            tiles: Vec::new(),
            places: Vec::new(),
            hashes: Vec::new(),
            finished: 0,
        }))
    }
}

struct TileStates {
    size: TileSize,
    pixels: Vec<Option<u64>>,
    rows: Vec<Option<u64>>,
}

impl TileStates {
    fn at(&self, states: &[Option<u64>], y: i64, x: i64) -> u64 {
        let inside = (0..self.size.width as i64).contains(&x) && y >= 0;
        match inside {
            true => states[y as usize * self.size.width + x as usize].expect("known by now"),
            false => 77,
        }
    }
}

struct MapSession<'a> {
    model: &'a MapModel,
    tiles: Vec<TileStates>,
    places: Vec<LanePlace>,
    hashes: Vec<u64>,
    finished: usize,
}

fn mix(hash: u64, value: u64) -> u64 {
    (hash ^ value)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .rotate_left(23)
}

impl MapSession<'_> {
    /// What a lane's maps say; nothing when none are kept.
    fn states_around(&self, lane: usize) -> u64 {
        let Some(place) = self.places.get(lane) else {
            return 1;
        };
        let tile = &self.tiles[place.tile];
        let (y, x) = (place.y as i64, place.x as i64);
        let mut hash = 1;
        for (dy, dx) in [(0, -1), (-1, 0), (-1, 1)] {
            hash = mix(hash, tile.at(&tile.pixels, y + dy, x + dx));
        }
        if self.model.spec.maps == KeptMaps::PixelAndRow {
            assert_eq!(self.finished, place.y);
            hash = mix(hash, tile.at(&tile.rows, y - 1, x + 2));
        }
        hash
    }

    fn start(&mut self, lanes: usize, context: &[i16]) {
        let spec = &self.model.spec;
        let located = if spec.maps == KeptMaps::None {
            0
        } else {
            lanes
        };
        assert_eq!(self.places.len(), located);
        assert_eq!(context.len(), spec.features() * lanes);
        self.model.lanes.fetch_add(lanes, Ordering::Relaxed);
        let step = |place: &LanePlace| place.x + spec.shear * place.y;
        let mut steps = self.places.iter().map(step);
        let first = steps.next();
        assert!(steps.all(|step| Some(step) == first));
        let middle = spec.levels as i16 - 1;
        let hashes = (0..lanes).map(|lane| {
            let features = context.iter().skip(lane).step_by(lanes);
            features.fold(self.states_around(lane), |hash, &feature| {
                assert!(feature.abs() <= middle && (feature == 0 || (feature + middle) % 2 == 0));
                mix(hash, feature as u64)
            })
        });
        self.hashes = hashes.collect();
    }

    fn keep(&mut self) {
        for (place, &hash) in self.places.iter().zip(&self.hashes) {
            let tile = &mut self.tiles[place.tile];
            let state = &mut tile.pixels[place.y * tile.size.width + place.x];
            assert_eq!(state.replace(hash), None, "evaluated once");
        }
        self.places.clear();
    }

    fn write(&self, logits: &mut [u8]) {
        if self.model.even_odds {
            return logits.fill(70);
        }
        for (symbol, row) in logits.chunks_exact_mut(self.hashes.len()).enumerate() {
            for (logit, &hash) in row.iter_mut().zip(&self.hashes) {
                *logit = (hash.rotate_left(7 * symbol as u32 % 61) & 127) as u8;
            }
        }
    }
}

impl Session for MapSession<'_> {
    fn begin(&mut self, tiles: &[TileSize]) -> Result<(), PredictorError> {
        let states = |&size: &TileSize| TileStates {
            size,
            pixels: vec![None; size.width * size.height],
            rows: vec![None; size.width * size.height],
        };
        self.tiles = tiles.iter().map(states).collect();
        self.finished = 0;
        Ok(())
    }

    fn locate(&mut self, places: &[LanePlace]) -> Result<(), PredictorError> {
        self.places = places.to_vec();
        Ok(())
    }

    fn finish_row(&mut self, y: usize) -> Result<(), PredictorError> {
        assert_eq!(self.finished, y);
        self.finished += 1;
        self.model.rows.fetch_add(1, Ordering::Relaxed);
        for tile in self.tiles.iter_mut().filter(|tile| tile.size.height > y) {
            let mut hash = 5;
            for x in (0..tile.size.width).rev() {
                let at = y * tile.size.width + x;
                hash = mix(hash, tile.pixels[at].expect("the row is complete"));
                tile.rows[at] = Some(hash);
            }
        }
        Ok(())
    }

    fn all_logits(
        &mut self,
        lanes: usize,
        context: &[i16],
        own: &[i16],
        logits: &mut [u8],
    ) -> Result<(), PredictorError> {
        let size = self.model.spec.levels * lanes;
        assert_eq!(logits.len(), self.model.spec.channels() * size);
        let (first, rest) = logits.split_at_mut(size);
        self.first_logits(lanes, context, first)?;
        for (own, logits) in own.chunks_exact(lanes).zip(rest.chunks_exact_mut(size)) {
            self.next_logits(own, logits)?;
        }
        Ok(())
    }

    fn first_logits(
        &mut self,
        lanes: usize,
        context: &[i16],
        logits: &mut [u8],
    ) -> Result<(), PredictorError> {
        self.start(lanes, context);
        self.write(logits);
        self.keep();
        Ok(())
    }

    fn next_logits(&mut self, own: &[i16], logits: &mut [u8]) -> Result<(), PredictorError> {
        for (hash, &own) in self.hashes.iter_mut().zip(own) {
            assert!((own + 255) % 2 == 0);
            *hash = mix(*hash, own as u64);
        }
        self.write(logits);
        Ok(())
    }
}

fn picture(width: u32, height: u32, channels: usize, levels: usize) -> Image {
    let color = if channels == 3 {
        ColorType::Rgb
    } else {
        ColorType::Gray
    };
    let mut state = 1u64;
    let image = draw(width, height, color, |_, _, _| {
        state = mix(state, 3);
        (state >> 40) as u8 % levels.min(255) as u8
    });
    let depth = if levels == 2 {
        BitDepth::One
    } else {
        BitDepth::Eight
    };
    let format = SampleFormat { color, depth };
    Image::with_format(width, height, format, image.into_samples()).expect("legal samples")
}

fn models() -> Vec<MapModel> {
    [(1, 2), (1, 256), (3, 256)]
        .into_iter()
        .flat_map(|(channels, levels)| {
            [KeptMaps::None, KeptMaps::Pixel, KeptMaps::PixelAndRow].map(|maps| {
                let plain = || MapModel::new(channels, levels, maps);
                [plain(), plain().with_coarse(2), plain().with_coarse(4)]
            })
        })
        .flatten()
        .collect()
}

fn network(threads: usize) -> EncodeOptions<'static> {
    EncodeOptions {
        coder: Some(Coder::Network),
        threads,
        ..Default::default()
    }
}

#[test]
fn images_come_back() {
    for model in models() {
        let model = Arc::new(model);
        for (width, height) in [(1, 1), (9, 7), (10, 8), (40, 23), (3, 30)] {
            let (channels, levels) = (model.spec.channels(), model.spec.levels);
            let image = picture(width, height, channels, levels);
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
                let options = DecodeOptions {
                    threads,
                    ..Default::default()
                };
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
        let image = picture(40, 23, channels, levels);
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
    let gray = picture(9, 9, 1, 256);
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
    let image = picture(9, 9, 1, 2);
    let error = encode(&image, &[], Some(&bilevel), &large).unwrap_err();
    let expected = "tiling: tile_height must be in 1..=7, found 8";
    assert_eq!(error.to_string(), expected);
    let model = MapModel::new(1, 256, KeptMaps::Pixel);
    let mut refined = network(1);
    refined.coder = Some(Coder::Refined);
    let error = encode(&gray, &[], Some(&model), &refined).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Argument, "{error}");
    let mut slow = MapModel::new(1, 256, KeptMaps::PixelAndRow);
    slow.spec.shear = 8;
    let error = encode(&gray, &[], Some(&slow), &network(1)).unwrap_err();
    assert!(matches!(error, Error::ModelSpec { .. }), "{error}");
}

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
        let error = encode(&picture(9, 7, 1, 256), &[], Some(&model), &network(1)).unwrap_err();
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
        let image = picture(40, 23, channels, levels);
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

/// Changed streams under right checksums end in an error, at the latest that of the pixel digest.
#[test]
fn wrong_streams_end_politely() {
    for model in models() {
        let model = Arc::new(model);
        let image = picture(9, 7, model.spec.channels(), model.spec.levels);
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

/// With even odds a sample of a bilevel image takes a bit, whether it is in the coarse image or not.
#[test]
fn every_pixel_is_coded_once() {
    let image = picture(9, 7, 1, 2);
    let plain = || MapModel::new(1, 2, KeptMaps::None);
    for mut model in [plain(), plain().with_coarse(2), plain().with_coarse(3)] {
        model.even_odds = true;
        model
            .small
            .iter_mut()
            .for_each(|small| small.even_odds = true);
        let (_, stats) = encode(&image, &[], Some(&model), &network(1)).unwrap();
        let bytes: u64 = stats.groups.iter().map(|group| group.color_bytes).sum();
        assert_eq!(bytes, (9 * 7_u64).div_ceil(8));
    }
}

#[test]
fn larger_tiles_than_the_models_are_refused() {
    let mut model = MapModel::new(1, 256, KeptMaps::Pixel);
    let image = picture(9, 7, 1, 256);
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
    let image = picture(90, 70, 1, 256);
    let mut model = MapModel::new(1, 256, KeptMaps::Pixel);
    let options = EncodeOptions {
        tiling: Some(Tiling {
            tile_width: 9,
            tile_height: 7,
            tiles_per_group: 100,
        }),
        ..network(1)
    };
    let (bytes, _) = encode(&image, &[], Some(&model), &options).unwrap();
    model.tile_bytes = 1 << 20;
    let model = Arc::new(model);
    let resolve = |_| Ok(Some(model.clone() as Arc<dyn Predictor>));
    let decoded = |max_memory| {
        let options = DecodeOptions {
            limits: Limits {
                max_memory,
                ..Limits::default()
            },
            ..Default::default()
        };
        decode(&bytes, &resolve, &options).map(drop)
    };
    decoded(110 << 20).unwrap();
    let error = decoded(100 << 20).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
}
