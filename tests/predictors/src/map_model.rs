//! A model that keeps maps, and may have a network of the coarse image: hashes instead of networks, with counts of what
//! it was asked.

use std::sync::atomic::{AtomicUsize, Ordering};

use pxc_codec::{
    CodingMethod, EncodeOptions, KeptMaps, LanePosition, ModelId, ModelSpec, Predictor,
    PredictorError, Session, SymbolRule, Tap, TileSize,
};

/// A model that keeps a state per pixel: a hash of the states to the west, north and north-east, the context, and a row
/// state above.
pub struct MapModel {
    /// The description of the model for the codec.
    pub spec: ModelSpec,
    /// Lanes that were evaluated since the last [`MapModel::take_counts`].
    pub lanes: AtomicUsize,
    /// Rows that were finished since the last [`MapModel::take_counts`].
    pub rows: AtomicUsize,
    /// The bytes that the model says a tile needs.
    pub tile_bytes: u64,
    /// The model of the coarse image.
    pub small: Option<Box<MapModel>>,
    /// Whether all logits are the same.
    pub equal_logits: bool,
}

impl MapModel {
    /// A model without a coarse image.
    pub fn new(channels: usize, levels: usize, maps: KeptMaps) -> MapModel {
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
            equal_logits: false,
        }
    }

    /// Adds a coarse image.
    pub fn with_coarse(mut self, ratio: usize) -> MapModel {
        let mut small = MapModel::new(self.spec.channels(), self.spec.levels, self.spec.maps);
        small.spec.tile = Some(TileSize {
            width: 9_usize.div_ceil(ratio),
            height: 7_usize.div_ceil(ratio),
        });
        self.spec.ratio = Some(ratio);
        self.small = Some(Box::new(small));
        self
    }

    /// The lanes and rows since the last call.
    pub fn take_counts(&self) -> (usize, usize) {
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

    fn coarse(&self) -> Option<&dyn Predictor> {
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
    places: Vec<LanePosition>,
    hashes: Vec<u64>,
    finished: usize,
}

fn mix(hash: u64, value: u64) -> u64 {
    (hash ^ value)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .rotate_left(23)
}

impl MapSession<'_> {
    /// A hash of a lane's maps; 1 if none are kept.
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
        let step = |place: &LanePosition| place.x + spec.shear * place.y;
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
        if self.model.equal_logits {
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

    fn locate(&mut self, places: &[LanePosition]) -> Result<(), PredictorError> {
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

/// Models of two and 256 levels, of one channel and three, with all kinds of maps, each with no coarse image and with
/// two ratios.
pub fn models() -> Vec<MapModel> {
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

/// Options to code with the network.
pub fn network(threads: usize) -> EncodeOptions<'static> {
    EncodeOptions::default()
        .with_method(CodingMethod::Network)
        .with_threads(threads)
}
