//! How many operations a training step takes in the form composed of Candle's operations, and how many bytes they
//! write: on a GPU every operation is a launch, and the speed of memory bounds the rest.
//!
//! On the CPU every such operation allocates its result, so an allocator counts them: those of at least
//! [`TENSOR_BYTES`]. The few copies in place of an LSTM's steps ([`COPIES_IN_PLACE`]) allocate nothing.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use candle_core::{Device, Tensor};
use pxc_trainer::Result;
use pxc_trainer::data::samples::Samples;
use pxc_trainer::kernels::form::Form;
use pxc_trainer::paper::config::{Family, PaperConfig};
use pxc_trainer::paper::network::{ImageBatch, PaperNetwork};
use pxc_trainer::paper::presets::{PRESETS, Preset};

/// Smaller allocations are shapes, lists and nodes of the graph.
const TENSOR_BYTES: usize = 512;

/// Copies in place in a step of an LSTM with three taps, forwards and backwards.
const COPIES_IN_PLACE: f64 = 7.0;

/// Operations and their bytes.
struct Counting;

static OPERATIONS: AtomicUsize = AtomicUsize::new(0);
static BYTES: AtomicUsize = AtomicUsize::new(0);

#[expect(unsafe_code, reason = "an allocator that counts")]
// SAFETY: everything is passed on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.size() >= TENSOR_BYTES {
            OPERATIONS.fetch_add(1, Ordering::Relaxed);
            BYTES.fetch_add(layout.size(), Ordering::Relaxed);
        }
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The counters are shared: one count at a time.
static COUNTING: Mutex<()> = Mutex::new(());

#[derive(Clone, Copy, Debug)]
struct Cost {
    operations: f64,
    bytes: f64,
    /// Bytes of all maps that the forward pass makes, and of the gates of LSTMs.
    activations: f64,
}

const BATCH: usize = 8;

fn config(family: Family, layers: usize, (width, height): (usize, usize)) -> PaperConfig {
    let mut config = Preset::find("cifar-row").expect("a preset").network();
    (config.family, config.samples) = (family, Samples::Rgb);
    (config.width, config.height, config.layers) = (width, height, layers);
    (config.hidden, config.head) = (33, 48);
    config
}

/// The cost of the code lengths of a batch and of their gradients.
fn cost(config: &PaperConfig, images: usize) -> Result<Cost> {
    let network = PaperNetwork::new(config, 1, &Device::Cpu)?.with_form(Form::Composed);
    let size = config.width * config.height * config.channels();
    let image: Vec<u8> = (0..size).map(|i| (i * i / 7) as u8).collect();
    let batch = ImageBatch::new(config, &vec![image.as_slice(); images], &Device::Cpu)?;
    let step = || {
        let lengths = network.code_lengths(&batch)?;
        Ok::<_, pxc_trainer::Error>(lengths.mean_all()?.backward()?)
    };
    // Indices are made in the first step.
    step()?;
    let (operations, bytes) = (
        OPERATIONS.load(Ordering::Relaxed),
        BYTES.load(Ordering::Relaxed),
    );
    step()?;
    let operations = OPERATIONS.load(Ordering::Relaxed) - operations;
    let bytes = BYTES.load(Ordering::Relaxed) - bytes;
    let maps = network.maps(&batch)?;
    let elements: usize = maps.iter().map(Tensor::elem_count).sum();
    let pixels = batch.extent.pixels();
    let gates = 4 * config.hidden * scans(config) * pixels;
    let logits = 256 * config.channels() * pixels;
    Ok(Cost {
        operations: operations as f64,
        bytes: bytes as f64,
        activations: (4 * (elements + gates + logits)) as f64,
    })
}

/// Walks of LSTMs over the image.
fn scans(config: &PaperConfig) -> usize {
    match config.family {
        Family::PixelCnn => 0,
        Family::RowLstm => config.layers,
        Family::DiagonalBilstm => 2 * config.layers,
    }
}

/// Steps of one walk.
fn steps(config: &PaperConfig) -> usize {
    match config.family {
        Family::PixelCnn => 0,
        Family::RowLstm => config.height,
        Family::DiagonalBilstm => config.width + config.height - 1,
    }
}

#[test]
fn an_lstm_takes_few_operations_for_a_step_of_its_walk() -> Result<()> {
    let _alone = COUNTING.lock().unwrap_or_else(PoisonError::into_inner);
    for family in [Family::RowLstm, Family::DiagonalBilstm] {
        let (small, large) = (config(family, 2, (12, 12)), config(family, 2, (20, 20)));
        let (few, many) = (cost(&small, BATCH)?, cost(&large, BATCH)?);
        let more_steps = scans(&small) * (steps(&large) - steps(&small));
        let each = (many.operations - few.operations) / more_steps as f64 + COPIES_IN_PLACE;
        println!("{family:?}: {each:.1} operations a step of a walk");
        assert!(each <= 40.0, "{family:?}: {each} operations a step");
        assert!(each >= 20.0, "{family:?}: not all are counted: {each}");
    }
    Ok(())
}

#[test]
fn a_convolution_takes_as_many_operations_for_every_image() -> Result<()> {
    let _alone = COUNTING.lock().unwrap_or_else(PoisonError::into_inner);
    let of_size = |size| cost(&config(Family::PixelCnn, 3, size), BATCH);
    let (small, large) = (of_size((12, 12))?.operations, of_size((24, 24))?.operations);
    // Products have buffers of their own, more of them for large ones.
    println!("PixelCnn: {small} operations, {large} for 4 times the pixels");
    assert!(
        large < 1.1 * small,
        "{small} operations, {large} for 4 times the pixels"
    );
    Ok(())
}

#[test]
fn bytes_grow_with_the_pixels_and_no_faster() -> Result<()> {
    let _alone = COUNTING.lock().unwrap_or_else(PoisonError::into_inner);
    for family in [Family::PixelCnn, Family::RowLstm, Family::DiagonalBilstm] {
        let (small, large) = (
            cost(&config(family, 2, (16, 16)), BATCH)?,
            cost(&config(family, 2, (32, 32)), BATCH)?,
        );
        let growth = large.bytes / small.bytes;
        let share = large.bytes / large.activations;
        println!(
            "{family:?}: {share:.2} times the activations, {growth:.2} times for 4 times the pixels"
        );
        assert!(
            growth < 4.1,
            "{family:?}: {growth} times the bytes for 4 times the pixels"
        );
        assert!(share < 18.0, "{family:?}: {share} times the activations");
    }
    Ok(())
}

/// Seconds to start an operation on a GPU, bytes and multiplications or additions a second: what a large card of 2025
/// states, so that the table of `docs/paper.md` is a projection.
const LAUNCH: f64 = 5e-6;
const MEMORY: f64 = 4e12;
const ARITHMETIC: f64 = 1e15;

/// Prints operations, bytes and arithmetic of a step of every preset. Operations do not depend on the width of a
/// network, and bytes grow linearly with it, so two narrow networks tell those of a wide one.
#[test]
fn presets_take_bounded_steps() -> Result<()> {
    let _alone = COUNTING.lock().unwrap_or_else(PoisonError::into_inner);
    println!("| preset | batch | operations | GB | TFLOP | ms a step |");
    for preset in PRESETS.iter() {
        let mut config = preset.network();
        let (hidden, batch) = (config.hidden as f64, preset.training().batch as f64);
        let multiplications = parameters(&config)? * (config.width * config.height) as f64;
        let of_width = |hidden: usize, config: &mut PaperConfig| {
            config.hidden = hidden;
            cost(config, 1)
        };
        let (narrow, wide) = (of_width(8, &mut config)?, of_width(16, &mut config)?);
        let of_width = |eight: f64, sixteen: f64| eight + (hidden - 8.0) * (sixteen - eight) / 8.0;
        let bytes = batch * of_width(narrow.bytes, wide.bytes);
        // A product and a sum, forwards, and for each of two gradients.
        let arithmetic = batch * 6.0 * multiplications;
        let copies = COPIES_IN_PLACE * (scans(&config) * steps(&config)) as f64;
        let operations = wide.operations + copies;
        let seconds = operations * LAUNCH + bytes / MEMORY + arithmetic / ARITHMETIC;
        println!(
            "| {} | {batch} | {operations:.0} | {:.1} | {:.2} | {:.0} |",
            preset.name,
            bytes / 1e9,
            arithmetic / 1e12,
            seconds * 1e3,
        );
        let diagonals = (scans(&config) * steps(&config)) as f64;
        let elsewhere = 200.0 * (config.layers + 3) as f64;
        assert!(
            operations <= 40.0 * diagonals + elsewhere,
            "{}",
            preset.name
        );
    }
    Ok(())
}

fn parameters(config: &PaperConfig) -> Result<f64> {
    let network = PaperNetwork::new(config, 1, &Device::Cpu)?;
    let count = |(_, var): &(String, &candle_core::Var)| var.elem_count();
    Ok(network.parameters().iter().map(count).sum::<usize>() as f64)
}
