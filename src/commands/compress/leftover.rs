//! `compress --rm` after a run that ended between writing a .pxc file and removing its input: accepts the file on disk
//! if it is proven to hold the input, and if a file written now would hold no more.

use std::path::Path;

use pxc_picture::{JpegFile, Picture, exact};
use pxc_runtime::{SIGNATURE, Times, check_file, read_header};

use super::{Compressor, Held, verify_coded};
use crate::coding::batch_results::Outcome;
use crate::coding::exactness::Exactness;
use crate::commands::verification::promised_file;
use crate::error::Error;
use crate::files::inputs::Job;
use crate::files::location::Location;
use crate::files::naming::kept_extension::NamedFormat;
use crate::files::output;
use crate::files::reading::{Input, read_input};
use crate::files::removal::Removal;
use crate::terminal::console::say;
use crate::terminal::progress::FileMeter;

impl Compressor<'_> {
    /// Removes an input that its output on the disk holds. Fails if it holds something else.
    pub(super) fn finish_left(
        &self,
        job: &Job,
        (target, path): (&Location, &Path),
        meter: &FileMeter<'_>,
    ) -> Result<Outcome, Error> {
        let options = &self.arguments.output;
        let file = output::left(path)?;
        let left = read_input(target, self.coding.limits())?.bytes;
        let held = self.held_in(job, target, &left, meter)?;
        let (input, exactness, lost) = held.ok_or_else(|| Error::NotHeld {
            path: path.to_owned(),
            input: job.input.clone(),
        })?;
        if options.dry_run {
            let output = target.clone();
            return Ok(Outcome::Planned { output });
        }
        let removal = Removal::of(&job.input, &input, options)?;
        output::settle(&file, (&job.input, input.state.as_ref()), options)?;
        removal.map_or(Ok(()), |removal| removal.remove(Some(&file)))?;
        if self.arguments.messages.verbose {
            say(format_args!(
                "{} → {target}: written by an earlier run",
                job.input
            ));
        }
        self.report_exactness(&job.input, &exactness);
        Ok(Outcome::Done {
            output: Some(target.clone()),
            bytes_in: input.bytes.len() as u64,
            bytes_out: left.len() as u64,
            exactness: Some(exactness),
            lost,
            removed: options.remove,
        })
    }

    /// Whether a .pxc file holds the input: the whole file, or pixels and metadata if a file written now would keep no
    /// more. Also returns the names of what is lost.
    fn held_in(
        &self,
        job: &Job,
        target: &Location,
        left: &[u8],
        meter: &FileMeter<'_>,
    ) -> Result<Option<(Input, Exactness, Vec<String>)>, Error> {
        let location = &job.input;
        if !left.starts_with(&SIGNATURE) || check_file(left, self.coding.limits()).is_err() {
            return Ok(None);
        }
        if self.arguments.strip.is_none() {
            let input = read_input(location, self.coding.limits())?;
            let is_promised = self.promises_file((location, target), left);
            if is_promised && self.brings_back(location, &input, left, meter)? {
                return Ok(Some((input, Exactness::Exact(0), Vec::new())));
            }
        }
        let (mut picture, input, held) = self.read(job, target, meter)?;
        if matches!(held, Some(Held::Jpeg(_))) {
            return Ok(None);
        }
        self.check_loss_of(location, &picture, held.as_ref())?;
        let of = (&mut picture, &input);
        let (bytes, _, exactness) = self.code((location, target), of, held, Some(left), meter)?;
        let verified = || verify_coded(&self.coding, location, (&picture, &input), left, meter);
        let is_held = bytes == left && is_true(verified().map(|()| true))?;
        Ok(is_held.then_some((input, exactness, picture.dropped)))
    }

    /// Whether a .pxc file says that it keeps a whole file, under the name of this input.
    fn promises_file(&self, (location, target): (&Location, &Location), left: &[u8]) -> bool {
        let Ok(header) = read_header(left, self.coding.limits()) else {
            return false;
        };
        let format = match exact::find(&header.metadata) {
            _ if JpegFile::is_in(left) => NamedFormat::Jpeg,
            Some(described) => NamedFormat::Other(described.format),
            None => return false,
        };
        let name = self.name_chunk(location, target, Some(format));
        exact::extension(&header.metadata) == exact::extension(name.as_slice())
    }

    fn brings_back(
        &self,
        location: &Location,
        input: &Input,
        left: &[u8],
        meter: &FileMeter<'_>,
    ) -> Result<bool, Error> {
        let found = promised_file(&self.coding, location, left, meter);
        is_true(found.map(|found| found.is_some_and(|file| file == input.bytes)))
    }

    /// Replaces the metadata of a .pxc file by that of a picture.
    pub(super) fn rewritten(
        &self,
        location: &Location,
        left: &[u8],
        picture: &Picture,
        meter: &FileMeter<'_>,
    ) -> Result<(Vec<u8>, Times), Error> {
        let file = self
            .coding
            .rewrite(location, left, &picture.metadata, meter)?;
        let file = file.map_err(|source| Error::Picture {
            location: location.clone(),
            source,
        })?;
        Ok((file, Times::default()))
    }
}

/// The result of a comparison. A file that cannot be decoded holds nothing; only a time limit is an error.
fn is_true(compared: Result<bool, Error>) -> Result<bool, Error> {
    match compared {
        Err(error @ Error::Time { .. }) => Err(error),
        compared => Ok(compared.unwrap_or(false)),
    }
}
