//! What a test needs beyond the checkout: images, ONNX Runtime, Python packages. Also the seeds of random tests.
//!
//! A test without its requirement prints `skipped: …` and returns. Where the environment variable `PXC_REQUIRE` names
//! the requirement, the test fails instead: `PXC_REQUIRE=data,onnxruntime`, or `PXC_REQUIRE=all`.

use std::fmt::Display;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Something that a machine may lack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requirement {
    /// The image collections: the folder `PXC_DATA`, else `../shared/data` beside the checkout.
    Data,
    /// ONNX Runtime's shared library.
    OnnxRuntime,
    /// `python3` with the package `onnx`.
    PythonOnnx,
    /// `python3` with Pillow.
    PythonPillow,
    /// The right to mount file systems, at least in a name space of one's own (`unshare -rm`).
    Mount,
    /// The command `script` of util-linux, which provides a terminal.
    Script,
    /// A file system with extended attributes and access control lists for temporary files.
    ExtendedAttributes,
}

impl Requirement {
    const ALL: [Requirement; 7] = [
        Requirement::Data,
        Requirement::OnnxRuntime,
        Requirement::PythonOnnx,
        Requirement::PythonPillow,
        Requirement::Mount,
        Requirement::Script,
        Requirement::ExtendedAttributes,
    ];

    /// Its name in `PXC_REQUIRE`.
    fn name(self) -> &'static str {
        match self {
            Requirement::Data => "data",
            Requirement::OnnxRuntime => "onnxruntime",
            Requirement::PythonOnnx => "python-onnx",
            Requirement::PythonPillow => "python-pillow",
            Requirement::Mount => "mount",
            Requirement::Script => "script",
            Requirement::ExtendedAttributes => "extended-attributes",
        }
    }

    /// What was found. Without it the caller returns; the reason is printed.
    ///
    /// # Panics
    /// Without it, if `PXC_REQUIRE` names the requirement.
    pub fn of<T, E: Display>(self, found: Result<T, E>) -> Option<T> {
        let required = required(&std::env::var("PXC_REQUIRE").unwrap_or_default());
        match found {
            Ok(found) => Some(found),
            Err(reason) if required.contains(&self) => {
                panic!("PXC_REQUIRE names {}: {reason}", self.name())
            }
            Err(reason) => {
                let test = std::thread::current().name().unwrap_or("?").to_owned();
                // Not by `eprintln!`, whose output the test harness keeps to itself.
                let line = format!("skipped: {test}: {}: {reason}\n", self.name());
                io::stderr()
                    .write_all(line.as_bytes())
                    .expect("standard error");
                None
            }
        }
    }
}

/// The requirements that a list names.
fn required(list: &str) -> Vec<Requirement> {
    let names = list.split(',').map(str::trim);
    names
        .filter(|name| !name.is_empty())
        .flat_map(|name| match name {
            "all" => Requirement::ALL.to_vec(),
            _ => vec![
                Requirement::ALL
                    .into_iter()
                    .find(|requirement| requirement.name() == name)
                    .unwrap_or_else(|| panic!("PXC_REQUIRE: {name} is no requirement")),
            ],
        })
        .collect()
}

/// A folder of the image collections, such as `pngsuite`.
pub fn data(folder: &str) -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let path = std::env::var_os("PXC_DATA")
        .map_or_else(beside, PathBuf::from)
        .join(folder);
    let found = match path.is_dir() {
        true => Ok(path),
        false => Err(format!("no folder {}", path.display())),
    };
    Requirement::Data.of(found)
}

/// `python3` with the package `onnx`, including its checker.
pub fn python_with_onnx() -> Option<Command> {
    Requirement::PythonOnnx.of(python("onnx.checker"))
}

/// `python3` with Pillow.
pub fn python_with_pillow() -> Option<Command> {
    Requirement::PythonPillow.of(python("PIL.Image"))
}

/// `python3` if it can import a module, far from any folder of that name in the checkout.
fn python(module: &str) -> Result<Command, String> {
    let mut command = Command::new("python3");
    command.current_dir(std::env::temp_dir());
    let imports = command.args(["-c", &format!("import {module}")]).output();
    match imports {
        Err(error) => Err(format!("python3: {error}")),
        Ok(output) if !output.status.success() => Err(format!("python3 cannot import {module}")),
        Ok(_) => {
            let mut command = Command::new("python3");
            command.current_dir(std::env::temp_dir());
            Ok(command)
        }
    }
}

/// The seed of a random test: `PXC_SEED`, else another one each time. It is printed when the test fails.
///
/// # Panics
/// If `PXC_SEED` is no number.
pub fn seed() -> u64 {
    let seed = match std::env::var("PXC_SEED") {
        Ok(text) => text.parse().expect("PXC_SEED is a number"),
        Err(_) => RandomState::new().build_hasher().finish(),
    };
    println!("PXC_SEED={seed}");
    seed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_names_requirements() {
        assert_eq!(required(""), []);
        assert_eq!(
            required("data, onnxruntime"),
            [Requirement::Data, Requirement::OnnxRuntime]
        );
        assert_eq!(required("all"), Requirement::ALL);
    }

    #[test]
    #[should_panic(expected = "onnx is no requirement")]
    fn a_misspelled_requirement_is_noticed() {
        required("data,onnx");
    }

    #[test]
    fn what_is_found_is_returned() {
        assert_eq!(Requirement::Data.of(Ok::<_, String>(7)), Some(7));
    }
}
