//! The evaluation of a model on one thread: lanes in, logits out.

use crate::model::error::PredictorError;

/// Columns and rows of a tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TileSize {
    /// Columns, at least 1.
    pub width: usize,
    /// Rows, at least 1.
    pub height: usize,
}

impl TileSize {
    /// The most pixels that a step of a wavefront of this shear can have.
    pub fn most_lanes(self, shear: usize) -> usize {
        self.height.min(self.width.div_ceil(shear))
    }
}

/// Which pixel a lane is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LanePosition {
    /// Index of the tile in the component.
    pub tile: usize,
    /// Row in the tile.
    pub y: usize,
    /// Column in the tile.
    pub x: usize,
}

/// One thread's evaluation of a [`Predictor`](crate::Predictor).
///
/// All tensors are channel-major: feature `f` of lane `i` of `lanes` is at `f * lanes + i`. Any number of lanes is
/// legal; the session cuts them to the sizes that its plans were built for. The logits of a lane never depend on the
/// other lanes.
///
/// If the model keeps maps, the caller says which pixels the lanes are: [`begin`](Session::begin) when a component
/// begins, [`locate`](Session::locate) before each step, whose lanes belong to one step of the wavefront, and
/// [`finish_row`](Session::finish_row). Other models may ignore all three.
pub trait Session {
    /// Begins a component of tiles of these sizes, none of whose pixels are known.
    fn begin(&mut self, _tiles: &[TileSize]) -> Result<(), PredictorError> {
        Ok(())
    }

    /// Sets which pixels the lanes of the next step are, in order.
    fn locate(&mut self, _positions: &[LanePosition]) -> Result<(), PredictorError> {
        Ok(())
    }

    /// Called when row `y` is complete in all tiles that have it, so that the row pass can run.
    fn finish_row(&mut self, _y: usize) -> Result<(), PredictorError> {
        Ok(())
    }

    /// Evaluates all channels of `lanes` pixels whose own channels are known (encoding).
    ///
    /// `context` has [`ModelSpec::features`](crate::ModelSpec::features)` × lanes` features; `own` has
    /// `(K − 1) × lanes` values: differences `x_k − base_k`, or centred samples; `logits` receives
    /// `K × levels × lanes` values.
    fn all_logits(
        &mut self,
        lanes: usize,
        context: &[i16],
        own: &[i16],
        logits: &mut [u8],
    ) -> Result<(), PredictorError>;

    /// Starts a step of `lanes` pixels and evaluates channel 0 (decoding). `logits` receives `levels × lanes` values.
    fn first_logits(
        &mut self,
        lanes: usize,
        context: &[i16],
        logits: &mut [u8],
    ) -> Result<(), PredictorError>;

    /// Evaluates the next channel of the step that [`first_logits`](Session::first_logits) started, given
    /// `own` of the channel `k` decoded last, one per lane. `logits` receives `levels × lanes` values.
    fn next_logits(&mut self, own: &[i16], logits: &mut [u8]) -> Result<(), PredictorError>;
}
