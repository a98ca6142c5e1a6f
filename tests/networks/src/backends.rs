//! The forms of the backends, and a model's logits in both ways to evaluate it.

use std::path::PathBuf;
use std::process::Command;

use pxc_codec::PredictorError;
use pxc_model::ModelFile;
use pxc_model::reference::{LANES, Reference};
use pxc_runtime::{Arithmetic, Backend, BackendOptions, ConvForm, Predictor};

use crate::random_models::Random;

/// A backend in one of its forms.
pub struct TestBackend {
    /// What failures call it.
    pub name: &'static str,
    /// How to open models on it.
    pub options: BackendOptions,
}

/// All forms of tract.
pub fn tract() -> Vec<TestBackend> {
    let form = |name, arithmetic| TestBackend {
        name,
        options: BackendOptions::from(Backend::Tract).with_arithmetic(arithmetic),
    };
    vec![
        form("tract", Arithmetic::Integer),
        form("tract, lowered", Arithmetic::Float),
    ]
}

/// All forms of ONNX Runtime.
pub fn onnxruntime() -> Vec<TestBackend> {
    let library = onnxruntime_library();
    let form = |name, arithmetic, conv| TestBackend {
        name,
        options: BackendOptions::from(Backend::OnnxRuntime)
            .with_arithmetic(arithmetic)
            .with_conv_form(conv)
            .with_onnxruntime_library(&library),
    };
    vec![
        form("ONNX Runtime", Arithmetic::Integer, ConvForm::Conv),
        form("ONNX Runtime, lowered", Arithmetic::Float, ConvForm::Conv),
        form(
            "ONNX Runtime, lowered to MatMul",
            Arithmetic::Float,
            ConvForm::MatMul,
        ),
    ]
}

/// `ORT_DYLIB_PATH`, or the library of Python's `onnxruntime`.
fn onnxruntime_library() -> PathBuf {
    std::env::var_os("ORT_DYLIB_PATH")
        .map(PathBuf::from)
        .or_else(python_library)
        .expect("ORT_DYLIB_PATH names ONNX Runtime, or Python's onnxruntime is installed")
}

fn python_library() -> Option<PathBuf> {
    let program = "import onnxruntime, glob, os; \
        print(sorted(glob.glob(os.path.dirname(onnxruntime.__file__) + '/capi/libonnxruntime.so*'))[-1])";
    let output = Command::new("python3")
        // Leaves out the folders of the checkout, one of which may have the module's name.
        .args(["-I", "-c", program])
        .output()
        .ok()?;
    let path = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
    path.is_file().then_some(path)
}

/// Random context and own channels for some lanes.
pub struct Inputs {
    /// The number of lanes.
    pub lanes: usize,
    /// The context, channel-major.
    pub context: Vec<i16>,
    /// The own channels, one after the other.
    pub own: Vec<i16>,
}

impl Inputs {
    /// Random inputs for a model of photos.
    pub fn random(seed: u64, lanes: usize, predictor: &dyn Predictor) -> Self {
        let spec = predictor.spec();
        let mut random = Random(seed);
        let differences = (spec.features() - spec.channels()) * lanes;
        let mut context: Vec<i16> = (0..differences).map(|_| difference(&mut random)).collect();
        context.extend((0..spec.channels() * lanes).map(|_| random.within(-128, 127) as i16));
        let own = (0..(spec.channels() - 1) * lanes)
            .map(|_| difference(&mut random))
            .collect();
        Self {
            lanes,
            context,
            own,
        }
    }
}

/// A random difference: mostly small, sometimes extreme.
fn difference(random: &mut Random) -> i16 {
    let largest = [2, 20, 255][random.within(0, 2) as usize];
    random.within(-largest, largest) as i16
}

/// What the portable reference calculates for a model of photos.
pub fn reference_logits(file: &ModelFile, inputs: &Inputs) -> Vec<u8> {
    let (graph, metadata) = (file.graph(), file.metadata());
    let reference = Reference::new(graph, metadata).expect("a proven model");
    let (lanes, levels) = (inputs.lanes, metadata.levels());
    let mut logits = vec![0; metadata.channels() * levels * lanes];
    for start in (0..lanes).step_by(LANES) {
        let used = LANES.min(lanes - start);
        let pinned = [&inputs.context, &inputs.own].map(|values| {
            let rows = values.chunks_exact(lanes);
            rows.map(|row| {
                let mut taken = [0; LANES];
                let values = row[start..][..used].iter();
                taken
                    .iter_mut()
                    .zip(values)
                    .for_each(|(to, &from)| *to = from.into());
                taken
            })
            .collect::<Vec<[i32; LANES]>>()
        });
        let [context, own] = pinned;
        let own = own.into_iter().map(|channel| vec![channel]);
        let all: Vec<Vec<[i32; LANES]>> = std::iter::once(context).chain(own).collect();
        let tensors = reference.evaluate(&all).expect("legal inputs");
        for channel in 0..metadata.channels() {
            let id = graph.find(&format!("logits_{channel}")).expect("an output");
            for (level, values) in tensors[id.index()].iter().enumerate() {
                let row = &mut logits[(channel * levels + level) * lanes + start..][..used];
                let values = values.values();
                row.iter_mut()
                    .zip(values)
                    .for_each(|(to, from)| *to = from as u8);
            }
        }
    }
    logits
}

/// Evaluates all channels at once.
pub fn whole_logits(predictor: &dyn Predictor, inputs: &Inputs) -> Result<Vec<u8>, PredictorError> {
    let mut session = predictor.session()?;
    let mut logits = vec![0; predictor.spec().channels() * 256 * inputs.lanes];
    let outcome = session.all_logits(inputs.lanes, &inputs.context, &inputs.own, &mut logits);
    outcome?;
    Ok(logits)
}

/// Evaluates channel after channel.
pub fn staged_logits(
    predictor: &dyn Predictor,
    inputs: &Inputs,
) -> Result<Vec<u8>, PredictorError> {
    let mut session = predictor.session()?;
    let mut logits = vec![0; predictor.spec().channels() * 256 * inputs.lanes];
    let mut channels = logits.chunks_exact_mut(256 * inputs.lanes);
    let first = channels.next().unwrap_or_default();
    let outcome = session.first_logits(inputs.lanes, &inputs.context, first);
    outcome?;
    for (own, logits) in inputs.own.chunks_exact(inputs.lanes).zip(channels) {
        session.next_logits(own, logits)?;
    }
    Ok(logits)
}
