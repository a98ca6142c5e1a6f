//! Reports damage for `decompress --partial`, group by group.

use std::fmt::{self, Display};

use pxc_picture::{OutputFormat, exact};
use pxc_runtime::{DamagedGroup, Limits, MetadataChunk, Partial, read_header};

use crate::error::Error;
use crate::files::location::Paths;
use crate::terminal::console::say;

/// Most groups that are named.
const MOST_GROUPS: usize = 64;

/// Reports what is missing of an output. `None` if the file is undamaged. Fails if nothing of it is undamaged.
pub(crate) fn report_damage(paths: Paths<'_>, partial: &Partial) -> Result<Option<Error>, Error> {
    let location = paths.input;
    for group in partial.damaged.iter().take(MOST_GROUPS) {
        say(format_args!(
            "{location}: {}; missing: {}",
            group.reason,
            MissingAreas(group)
        ));
    }
    let more = partial.damaged.len().saturating_sub(MOST_GROUPS);
    if more > 0 {
        say(format_args!("{location}: and {more} more damaged groups"));
    }
    for warning in &partial.warnings {
        say(format_args!("{location}: {warning}"));
    }
    let (damaged, groups) = (partial.damaged.len(), partial.header.groups.len());
    let location = location.clone();
    if damaged == groups {
        return Err(Error::NothingIntact { location });
    }
    let is_intact = damaged == 0 && partial.warnings.is_empty();
    Ok((!is_intact).then(|| Error::Partial {
        location,
        damaged,
        groups,
        output: paths.output.clone(),
        without: lost_with_file(&partial.header.metadata),
    }))
}

/// What a damaged image lacks of the file that the .pxc file describes, in words.
fn lost_with_file(metadata: &[MetadataChunk]) -> &'static str {
    match exact::find(metadata).map(|described| described.format) {
        Some(OutputFormat::Tiff) => ", without the original file and any pages after its first",
        Some(_) => ", without the original file",
        None => "",
    }
}

/// Bytes of a file without those that follow its end, and how many these are.
pub(crate) fn without_surplus(mut bytes: Vec<u8>, limits: &Limits) -> (Vec<u8>, u64) {
    let found = bytes.len() as u64;
    let end = read_header(&bytes, limits).map_or(found, |header| header.file_bytes());
    bytes.truncate(usize::try_from(end).unwrap_or(usize::MAX));
    (bytes, found.saturating_sub(end))
}

/// The pixels of a damaged group, as `columns 0–767, rows 256–511`.
struct MissingAreas<'a>(&'a DamagedGroup);

impl Display for MissingAreas<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, area) in self.0.areas.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            let (right, bottom) = (area.x + area.width - 1, area.y + area.height - 1);
            write!(
                f,
                "{separator}columns {}–{right}, rows {}–{bottom}",
                area.x, area.y
            )?;
        }
        Ok(())
    }
}
