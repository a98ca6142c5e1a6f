//! `pxc list`: one line about each .pxc file.

use pxc_runtime::{CodingMethod, Header, Limits};

use crate::arguments::inspect::ListArguments;
use crate::commands::info::{exact_file, read};
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::files::inputs::Jobs;
use crate::files::location::Location;
use crate::terminal::console::{print, report};
use crate::terminal::figures::Counted;

/// The bytes of files, and of the samples that are in them.
#[derive(Default)]
struct Sum {
    files: usize,
    bytes: u64,
    raw: u64,
    sub_pixels: u64,
}

/// Lists every input.
pub(crate) fn run(arguments: &ListArguments) -> Result<ExitCode, Error> {
    let found = Jobs::coded(&arguments.inputs)?;
    let mut exit_code = found.report_unprocessed(false);
    let mut sum = Sum::default();
    print(
        "       bytes   of raw  bits/sub-pixel         pixels  format         method    exact  file\n",
    )?;
    for job in &found.jobs {
        if let Err(error) = list(&job.input, &arguments.limits.limits(), &mut sum) {
            exit_code = exit_code.max(report(&error));
        }
    }
    if sum.files > 1 {
        print(format!("{}{}\n", sum.numbers(), Counted(sum.files, "file")))?;
    }
    Ok(exit_code)
}

/// Prints the line of a file, and adds the file to the sum. Fails after that if the file has another length than its
/// header says.
fn list(location: &Location, limits: &Limits, sum: &mut Sum) -> Result<(), Error> {
    let (header, found) = read(location, limits)?;
    let (expected, found) = (header.file_bytes(), found as u64);
    let file = Sum::of(&header, found);
    print(line(location, &header, &file))?;
    sum.add(&file);
    if found == expected {
        return Ok(());
    }
    Err(Error::Length {
        location: location.clone(),
        expected,
        found,
    })
}

impl Sum {
    /// What a file takes, and its samples.
    fn of(header: &Header, bytes: u64) -> Sum {
        let pixels = u64::from(header.width) * u64::from(header.height);
        let sub_pixels = pixels * header.color.channels() as u64;
        Sum {
            files: 1,
            bytes,
            raw: sub_pixels * u64::from(header.bit_depth.bits().div_ceil(8)),
            sub_pixels,
        }
    }

    fn add(&mut self, other: &Sum) {
        self.files += other.files;
        self.bytes += other.bytes;
        self.raw += other.raw;
        self.sub_pixels += other.sub_pixels;
    }

    fn numbers(&self) -> String {
        let share = 100.0 * self.bytes as f64 / self.raw as f64;
        let bits = 8.0 * self.bytes as f64 / self.sub_pixels as f64;
        format!("{:>12}  {share:>5.1} %  {bits:>14.3}  ", self.bytes)
    }
}

fn line(location: &Location, header: &Header, file: &Sum) -> String {
    let pixels = format!("{}×{}", header.width, header.height);
    let format = format!("{} {}", header.color.name(), header.bit_depth);
    let exact = exact_file(header).map_or("no", |_| "yes");
    format!(
        "{}{pixels:>13}  {format:<13}  {:<8}  {exact:<5}  {location}\n",
        file.numbers(),
        method(header)
    )
}

/// The method of the first group: nearly always that of all.
fn method(header: &Header) -> &'static str {
    match header.groups.first() {
        _ if header.holds_jpeg => "jpeg",
        Some(group) => group.color_method.map_or("unreadable", CodingMethod::name),
        None => "none",
    }
}
