//! Decides whether a .pxc file keeps its input byte for byte, once its size is known.

use std::fmt::{self, Display};

use pxc_picture::exact::Reason;
use pxc_picture::{InputFormat, MetadataChunk, Picture};

use crate::arguments::choices::ExactFileChoice;
use crate::coding::engine::{Coding, Rewritten};
use crate::error::Error;
use crate::error::limits::{message_of, options_against};
use crate::files::location::Location;
use crate::terminal::progress::FileMeter;

/// The bytes that a description may always cost, even if nothing would be lost without it. That of an icon takes 60 to
/// 100.
const LEAST: usize = 256;
/// The share of a .pxc file that it may cost.
const SHARE: usize = 100;

/// Whether the input comes back byte for byte.
#[derive(Clone, Debug)]
pub(crate) enum Exactness {
    /// It does; its description takes this many bytes.
    Exact(usize),
    /// It does not, for a reason.
    Pixels(Obstacle),
    /// It does not, as the options ask.
    NotAsked,
}

/// What keeps an input from coming back byte for byte.
#[derive(Clone, Debug)]
pub(crate) struct Obstacle {
    /// What it is.
    pub(crate) reason: Reason,
    /// The options with which it would be none, if there are any.
    pub(crate) options: Option<String>,
}

impl From<Reason> for Obstacle {
    fn from(reason: Reason) -> Obstacle {
        let options = None;
        Obstacle { reason, options }
    }
}

impl From<pxc_picture::Error> for Obstacle {
    fn from(error: pxc_picture::Error) -> Obstacle {
        let options = options_against(&error);
        let reason = match error {
            pxc_picture::Error::NotDescribed { reason } => reason,
            error => Reason::Other {
                message: message_of(&error),
            },
        };
        Obstacle { reason, options }
    }
}

impl Exactness {
    /// Why the input does not come back byte for byte; `None` if it does.
    pub(crate) fn reason(&self) -> Option<String> {
        match self {
            Exactness::Exact(_) => None,
            Exactness::Pixels(obstacle) => Some(obstacle.reason.to_string()),
            Exactness::NotAsked => Some("the options ask for that".into()),
        }
    }
}

impl Display for Exactness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pixels = "the file cannot be restored byte for byte, only its pixels and metadata";
        match (self, self.reason()) {
            (Exactness::Exact(cost), _) => {
                write!(f, "the file comes back byte for byte (costs {cost} bytes)")
            }
            (_, reason) => write!(f, "{pixels}: {}", reason.unwrap_or_default()),
        }
    }
}

/// Puts a description, or the reason why there is none, into the .pxc file of an input.
pub(crate) struct Weighing<'a> {
    /// The input.
    pub(crate) location: &'a Location,
    /// The choice that limits what a description may cost.
    pub(crate) choice: ExactFileChoice,
    /// Limits and time.
    pub(crate) coding: &'a Coding,
    /// The meter that knows how much time the file has taken.
    pub(crate) meter: &'a FileMeter<'a>,
}

impl Weighing<'_> {
    /// Adds a description to a .pxc file and its picture; or the reason why there is none, for example that `auto`
    /// finds it too large.
    pub(crate) fn add_description(
        &self,
        file: Vec<u8>,
        picture: &mut Picture,
        description: MetadataChunk,
    ) -> Result<(Vec<u8>, Exactness), Error> {
        let mut metadata = picture.metadata.clone();
        metadata.push(description);
        let exact = match self.rewritten(&file, &metadata)? {
            Ok(exact) => exact,
            Err(source) if self.choice == ExactFileChoice::Require => {
                return Err(Error::ExactFile {
                    location: self.location.clone(),
                    source,
                });
            }
            Err(error) => return self.add_reason(file, picture, error.into()),
        };
        let cost = exact.len().saturating_sub(file.len());
        if cost > longest(self.choice, file.len(), picture) {
            let bytes = cost as u64;
            return self.add_reason(file, picture, Reason::Cost { bytes }.into());
        }
        picture.metadata = metadata;
        picture.dropped.clear();
        Ok((exact, Exactness::Exact(cost)))
    }

    /// Adds the reason why a .pxc file has no description, if the limits allow it.
    pub(crate) fn add_reason(
        &self,
        file: Vec<u8>,
        picture: &mut Picture,
        obstacle: Obstacle,
    ) -> Result<(Vec<u8>, Exactness), Error> {
        let mut metadata = picture.metadata.clone();
        metadata.push(obstacle.reason.chunk());
        let file = match self.rewritten(&file, &metadata)? {
            Ok(with_reason) => {
                picture.metadata = metadata;
                with_reason
            }
            Err(_) => file,
        };
        Ok((file, Exactness::Pixels(obstacle)))
    }

    fn rewritten(&self, file: &[u8], metadata: &[MetadataChunk]) -> Result<Rewritten, Error> {
        self.coding
            .rewrite(self.location, file, metadata, self.meter)
    }
}

/// The most bytes that a description may cost in a file of this many bytes: any number for BMP files, and if the
/// picture alone would lose something. A .pxc file is hardly ever longer than its input, so the input's bytes are a
/// bound, too.
pub(crate) fn longest(choice: ExactFileChoice, file: usize, picture: &Picture) -> usize {
    let may_go = picture.dropped.is_empty() && picture.source != InputFormat::Bmp;
    match choice {
        ExactFileChoice::Auto if may_go => LEAST.max(file / SHARE),
        _ => usize::MAX,
    }
}
