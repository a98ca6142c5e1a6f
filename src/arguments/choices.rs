//! Arguments with a fixed set of values.

use clap::builder::{EnumValueParser, PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgGroup, ArgMatches, Args, Command, Error, FromArgMatches, ValueEnum};
use pxc_picture::OutputFormat;
use pxc_runtime::{Backend, Effort};

/// `--strip`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum StripChoice {
    /// All metadata
    All,
    /// Metadata that does not change how the image looks
    Safe,
}

/// `--exact-file`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExactFileChoice {
    /// Always for BMP, PNM, PAM and QOI files, and for files that would otherwise lose something; for others if it adds
    /// at most 1 % or 256 bytes, whichever is larger
    Auto,
    /// Whenever pxc can rebuild the file
    Always,
    /// Keep only pixels and metadata, not how the file packs them: interlacing, filters, compression
    Never,
    /// Fail if pxc cannot rebuild the file
    Require,
}

/// The values of `--format`, and what each format holds.
const FORMATS: [(OutputFormat, &str); 10] = [
    (OutputFormat::Png, "Any image, with its metadata"),
    (OutputFormat::Pbm, "1-bit gray"),
    (OutputFormat::Pgm, "Gray"),
    (OutputFormat::Ppm, "RGB"),
    (OutputFormat::Pnm, "Gray or RGB"),
    (OutputFormat::Pam, "Gray or RGB, with or without alpha"),
    (OutputFormat::Tiff, "Gray or RGB, with or without alpha"),
    (OutputFormat::WebP, "8-bit RGB or RGBA"),
    (OutputFormat::Qoi, "8-bit RGB or RGBA"),
    (OutputFormat::Bmp, "8-bit gray, RGB or RGBA"),
];

/// Reads the value of `--format`.
pub(crate) fn format_parser() -> impl TypedValueParser<Value = OutputFormat> {
    let values = FORMATS.map(|(format, held)| PossibleValue::new(format.extension()).help(held));
    PossibleValuesParser::new(values).map(|name| {
        let mut formats = FORMATS.into_iter().map(|(format, _)| format);
        let named = formats.find(|format| format.extension() == name);
        named.expect("clap accepts no other value")
    })
}

/// `--effort`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum EffortChoice {
    /// The network alone
    Fast,
    /// The network, refined by adaptive statistics
    Default,
    /// Many more statistics and larger tiles: takes several times as long, and uses fewer threads on small images
    Max,
}

impl From<EffortChoice> for Effort {
    fn from(choice: EffortChoice) -> Effort {
        match choice {
            EffortChoice::Fast => Effort::Fast,
            EffortChoice::Default => Effort::Default,
            EffortChoice::Max => Effort::Max,
        }
    }
}

/// The name of `--effort`.
const EFFORT: &str = "effort";
/// What users of other compressors type instead: `-1` to `-9`.
const LEVELS: [(&str, EffortChoice); 9] = [
    ("1", EffortChoice::Fast),
    ("2", EffortChoice::Fast),
    ("3", EffortChoice::Fast),
    ("4", EffortChoice::Default),
    ("5", EffortChoice::Default),
    ("6", EffortChoice::Default),
    ("7", EffortChoice::Default),
    ("8", EffortChoice::Max),
    ("9", EffortChoice::Max),
];

/// The effort, by `--effort` or by `-1` to `-9`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EffortArgument(pub(crate) EffortChoice);

impl Args for EffortArgument {
    fn augment_args(command: Command) -> Command {
        let effort = Arg::new(EFFORT)
            .long(EFFORT)
            .value_name("EFFORT")
            .value_parser(EnumValueParser::<EffortChoice>::new())
            .default_value("default")
            .help("Trade time for size; -1 to -3 mean fast, -4 to -7 default, -8 and -9 max");
        let levels = LEVELS.map(|(level, _)| {
            let digits = level.chars().next();
            let flag = Arg::new(level).action(ArgAction::SetTrue).hide(true);
            flag.short(digits).conflicts_with(EFFORT)
        });
        let group = ArgGroup::new("level").args(LEVELS.map(|(level, _)| level));
        command.arg(effort).args(levels).group(group)
    }

    fn augment_args_for_update(command: Command) -> Command {
        EffortArgument::augment_args(command)
    }
}

impl FromArgMatches for EffortArgument {
    fn from_arg_matches(matches: &ArgMatches) -> Result<EffortArgument, Error> {
        let level = LEVELS.iter().find(|(level, _)| matches.get_flag(level));
        let named = || matches.get_one(EFFORT).copied();
        let missing = || Error::new(ErrorKind::MissingRequiredArgument);
        let effort = level.map(|&(_, effort)| effort).or_else(named);
        effort.map(EffortArgument).ok_or_else(missing)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = EffortArgument::from_arg_matches(matches)?;
        Ok(())
    }
}

/// `--backend`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum BackendChoice {
    /// Same as tract
    Auto,
    /// tract on the CPU; needs no setup
    Tract,
    /// ONNX Runtime on the CPU
    Onnxruntime,
    /// ONNX Runtime on an NVIDIA GPU
    Cuda,
}

impl From<BackendChoice> for Backend {
    fn from(choice: BackendChoice) -> Backend {
        match choice {
            BackendChoice::Auto => Backend::Auto,
            BackendChoice::Tract => Backend::Tract,
            BackendChoice::Onnxruntime => Backend::OnnxRuntime,
            BackendChoice::Cuda => Backend::Cuda,
        }
    }
}
