//! Reports damage for `decompress --partial`, group by group.

use std::fmt::{self, Display};

use pxc_runtime::{DamagedGroup, Partial};

use crate::error::Error;
use crate::files::location::Location;
use crate::terminal::console::say;

/// Reports what is missing. `None` if the file is undamaged.
pub(crate) fn report_damage(location: &Location, partial: &Partial) -> Option<Error> {
    for group in &partial.damaged {
        say(format_args!(
            "{location}: {}; missing: {}",
            group.reason,
            MissingTiles(group)
        ));
    }
    for warning in &partial.warnings {
        say(format_args!("{location}: {warning}"));
    }
    let is_sound = partial.damaged.is_empty() && partial.warnings.is_empty();
    (!is_sound).then(|| Error::Partial {
        location: location.clone(),
        damaged: partial.damaged.len(),
        groups: partial.header.groups.len(),
    })
}

/// The pixels of damaged tiles, as `columns 0–767, rows 256–511`.
struct MissingTiles<'a>(&'a DamagedGroup);

impl Display for MissingTiles<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, rect) in self.0.tiles.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            let (right, bottom) = (rect.x + rect.width - 1, rect.y + rect.height - 1);
            write!(
                f,
                "{separator}columns {}–{right}, rows {}–{bottom}",
                rect.x, rect.y
            )?;
        }
        Ok(())
    }
}
