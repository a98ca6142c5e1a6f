//! `--effort`, and the levels that users of other compressors type instead.

use clap::{Arg, ArgAction, ArgGroup, ArgMatches, Args, Command, Error, FromArgMatches};
use clap::{builder::EnumValueParser, error::ErrorKind};

use crate::arguments::choices::EffortChoice;

const NAME: &str = "effort";
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
        let effort = Arg::new(NAME)
            .long(NAME)
            .value_name("EFFORT")
            .value_parser(EnumValueParser::<EffortChoice>::new())
            .default_value("default")
            .help("Trade time for size; -1 to -3 mean fast, -4 to -7 default, -8 and -9 max");
        let levels = LEVELS.map(|(level, _)| {
            let digits = level.chars().next();
            let flag = Arg::new(level).action(ArgAction::SetTrue).hide(true);
            flag.short(digits).conflicts_with(NAME)
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
        let named = || matches.get_one(NAME).copied();
        let missing = || Error::new(ErrorKind::MissingRequiredArgument);
        let effort = level.map(|&(_, effort)| effort).or_else(named);
        effort.map(EffortArgument).ok_or_else(missing)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = EffortArgument::from_arg_matches(matches)?;
        Ok(())
    }
}
