//! Finds and loads the ONNX Runtime library, once per process.
//!
//! In: the library that the caller names, else `ORT_DYLIB_PATH`, else the usual places. Out: the environment in which
//! sessions are made, or an error that names the places that were searched.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use ort::environment::Environment;

use crate::error::{Error, Result, Source};
use crate::process::process_id;

/// The variable that names the library.
const VARIABLE: &str = "ORT_DYLIB_PATH";
#[cfg(target_os = "windows")]
const FILE_PREFIX: &str = "onnxruntime.dll";
#[cfg(target_os = "macos")]
const FILE_PREFIX: &str = "libonnxruntime.";
#[cfg(not(any(target_os = "windows", target_os = "macos")))]
const FILE_PREFIX: &str = "libonnxruntime.so";

/// The library and environment of this process; the first one that loads is used for good.
static LOADED: Mutex<Option<(PathBuf, Environment)>> = Mutex::new(None);

/// The process that loads or has loaded the library; 0 before.
static LOADING: AtomicU32 = AtomicU32::new(0);

/// The environment of the library that `named` names, or of the one that is found.
pub(crate) fn environment(named: Option<&Path>) -> Result<Environment> {
    let (own, wanted) = (process_id(), named.map(absolute));
    let first = LOADING.compare_exchange(0, own, Ordering::SeqCst, Ordering::SeqCst);
    if first.is_err_and(|process| process != own) {
        let message = "it was loaded before this process was forked, and does not survive that";
        return Err(failed(message, wanted.as_slice()));
    }
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    match &*loaded {
        Some((path, environment)) if wanted.as_ref().is_none_or(|wanted| wanted == path) => {
            Ok(environment.clone())
        }
        Some((path, _)) => {
            let message = format!(
                "{} is already loaded, and a process can load only one",
                path.display()
            );
            Err(failed(message, wanted.as_slice()))
        }
        None => {
            let (path, environment) = load_first(wanted)?;
            Ok(loaded.insert((path, environment)).1.clone())
        }
    }
}

/// The name of the file that is loaded, without links to it.
pub(crate) fn file_name() -> String {
    let loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    let path = loaded.as_ref().map(|(path, _)| absolute(path));
    let name = path.as_deref().and_then(Path::file_name);
    name.unwrap_or_default().to_string_lossy().into_owned()
}

/// Loads the named library, or the first of the usual places that has one.
fn load_first(named: Option<PathBuf>) -> Result<(PathBuf, Environment)> {
    let named = named.or_else(|| std::env::var_os(VARIABLE).map(|path| absolute(Path::new(&path))));
    if let Some(path) = named {
        return load(&path).map(|environment| (path, environment));
    }
    let folders = usual_folders();
    match folders.iter().find_map(|folder| library_in(folder)) {
        Some(path) => load(&path).map(|environment| (path, environment)),
        None => {
            let message = format!("no {FILE_PREFIX} found; set {VARIABLE} to its path");
            Err(failed(message, &folders))
        }
    }
}

fn load(path: &Path) -> Result<Environment> {
    let searched = [path.to_owned()];
    if !path.is_file() {
        return Err(failed("no such file", &searched));
    }
    let builder = ort::init_from(path).map_err(|error| failed(error, &searched))?;
    let environment = builder.with_name("pxc").with_telemetry(false).build();
    environment.map_err(|error| failed(error, &searched))
}

fn absolute(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// The usual folders: the executable's, the system's, and those of Python's packages.
fn usual_folders() -> Vec<PathBuf> {
    let executable = std::env::current_exe().ok();
    let beside = executable
        .iter()
        .filter_map(|path| path.parent())
        .map(Path::to_owned);
    let system = [
        "/usr/local/lib",
        "/usr/lib",
        "/usr/lib64",
        "/usr/lib/x86_64-linux-gnu",
        "/usr/lib/aarch64-linux-gnu",
    ];
    let system = system.iter().map(PathBuf::from);
    beside.chain(system).chain(python_folders()).collect()
}

/// `site-packages/onnxruntime/capi` of the active environment, the user's and the system's Pythons.
fn python_folders() -> Vec<PathBuf> {
    let variables = [
        ("VIRTUAL_ENV", "lib"),
        ("CONDA_PREFIX", "lib"),
        ("HOME", ".local/lib"),
    ];
    let roots = variables.iter().filter_map(|(variable, folder)| {
        let root = std::env::var_os(variable)?;
        Some(PathBuf::from(root).join(folder))
    });
    let roots = roots.chain(["/usr/local/lib", "/usr/lib"].map(PathBuf::from));
    let pythons = roots.flat_map(|root| entries(&root, "python3"));
    let packages = pythons.flat_map(|python| {
        ["site-packages", "dist-packages"]
            .map(|packages| python.join(packages).join("onnxruntime/capi"))
    });
    packages.filter(|folder| folder.is_dir()).collect()
}

/// The library in a folder: `libonnxruntime.so`, or the last of its versions.
fn library_in(folder: &Path) -> Option<PathBuf> {
    let files = entries(folder, FILE_PREFIX);
    let exact = files
        .iter()
        .find(|file| file.file_name().is_some_and(|name| name == FILE_PREFIX));
    exact.or(files.last()).cloned()
}

/// The entries of a folder whose names begin with `prefix`, sorted.
fn entries(folder: &Path, prefix: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let named = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix));
    let mut paths: Vec<PathBuf> = named.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

fn failed(source: impl Into<Source>, searched: &[PathBuf]) -> Error {
    Error::OnnxRuntimeLibrary {
        source: source.into(),
        searched: searched
            .iter()
            .map(|path| path.display().to_string())
            .collect(),
    }
}
