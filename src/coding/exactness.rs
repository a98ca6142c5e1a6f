//! Whether a .pxc file keeps its input byte for byte, and why not.

use std::fmt::{self, Display};

use pxc_picture::exact::Reason;

use crate::error::limits::{message_of, options_against};

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
            Exactness::Pixels(obstacle) => Some(match obstacle.reason {
                Reason::Cost { .. } => format!("{} (use --exact-file=always)", obstacle.reason),
                _ => obstacle.reason.to_string(),
            }),
            Exactness::NotAsked => Some("the options ask for that".into()),
        }
    }
}

impl Display for Exactness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pixels = "the file cannot be rebuilt byte for byte, only its pixels and metadata";
        match (self, self.reason()) {
            (Exactness::Exact(cost), _) => {
                write!(f, "the file comes back byte for byte (costs {cost} bytes)")
            }
            (_, reason) => write!(f, "{pixels}: {}", reason.unwrap_or_default()),
        }
    }
}
