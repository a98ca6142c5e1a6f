//! `pxc models`: the list, checks, and what is added; which model a name means, and whether it is used.

use std::fs;
use std::path::Path;

use pxc_codec::{BitDepth, ColorType, Image, SampleFormat};
use pxc_runtime::{ModelFile, ModelMetadata};
use serde_json::Value;

use crate::workshop;
use pxc_test_harness::{files_with_suffix, fixtures, names, outcome, photo, pxc, text, write_png};

#[test]
fn models_lists_the_models_directory() {
    let listed = pxc().arg("models").output().expect("an output");
    let models = files_with_suffix(&fixtures().join("models"), "onnx");
    let stdout = text(&listed.stdout);
    assert_eq!(listed.status.code(), Some(0));
    assert!(stdout.starts_with("NAME"), "{stdout}");
    for model in models {
        assert!(
            stdout.contains(&model.display().to_string()),
            "{} is missing: {stdout}",
            model.display()
        );
    }
    let json = pxc()
        .args(["models", "--json"])
        .output()
        .expect("an output");
    assert_eq!(
        text(&json.stdout).lines().count() + 1,
        stdout.lines().count()
    );
}

#[test]
fn unknown_models_are_named_with_the_places_searched() {
    let directory = workshop();
    let (code, _, stderr) = outcome(
        directory.path(),
        &["compress", "--model", "nobody", "img.png"],
    );
    assert_eq!(code, 2);
    assert!(
        stderr.starts_with("no model is named \"nobody\"; looked in "),
        "{stderr}"
    );
    assert_eq!(names(directory.path()), ["img.png"]);
}

/// Runs `pxc` in a folder, whose `models` is the models directory.
fn run(root: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = pxc();
    command.current_dir(root).env("PXC_MODELS", "models");
    let output = command.args(arguments).output().expect("an output");
    let code = output.status.code().expect("an exit code");
    (code, text(&output.stdout), text(&output.stderr))
}

fn model(name: &str) -> String {
    let path = fixtures().join(format!("models/{name}.onnx"));
    path.display().to_string()
}

/// Another model of the same name: only its training record differs.
fn changed(name: &str) -> Vec<u8> {
    let bytes = fs::read(model(name)).expect("a model");
    let file = ModelFile::from_bytes(&bytes).expect("a model");
    let ModelMetadata::Photo(mut metadata) = file.metadata().clone() else {
        panic!("{name} is no model of photos");
    };
    metadata.training = "changed".into();
    let file = ModelFile::new(metadata, file.graph().clone()).expect("a model");
    file.to_bytes().expect("a model")
}

fn id_of(bytes: &[u8]) -> String {
    pxc_runtime::id_of(bytes).to_string()
}

#[test]
fn models_are_checked() {
    let directory = workshop();
    let root = directory.path();
    fs::copy(model("tiny-rgb"), root.join("mine.onnx")).expect("a copy");
    let id = id_of(&fs::read(root.join("mine.onnx")).expect("a file"));
    let (code, stdout, stderr) = run(root, &["models", "check", "mine.onnx"]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    let start = format!(
        "mine.onnx: a model that pxc may run\n  name              tiny-rgb\n  id                {id}\n"
    );
    assert!(stdout.starts_with(&start), "{stdout}");
    assert!(
        stdout.contains("\n  multiplications   14960 per pixel\n"),
        "{stdout}"
    );
    assert!(
        stdout.contains("\n  sums              exact: at most "),
        "{stdout}"
    );
    let (_, json, _) = run(root, &["models", "check", "--json", "mine.onnx"]);
    let object: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(
        (&object["id"], &object["where"]),
        (&id.into(), &"mine.onnx".into())
    );
    let fraction = object["tightest"]["fraction"].as_f64().expect("a number");
    assert!(fraction > 0.5 && fraction < 1.0, "{fraction}");

    let all = ["models", "check", "img.png", "absent.onnx", "mine.onnx"];
    let (code, stdout, stderr) = run(root, &all);
    assert_eq!(
        (code, stdout),
        (2, run(root, &["models", "check", "mine.onnx"]).1)
    );
    let lines: Vec<&str> = stderr.lines().collect();
    assert!(
        lines[0].starts_with("img.png: not a model that pxc may run: "),
        "{stderr}"
    );
    assert!(
        lines[1].starts_with("absent.onnx: cannot be read: No such file"),
        "{stderr}"
    );
    assert_eq!(run(root, &["models", "check", "img.png"]).0, 1);
}

#[test]
fn added_models_are_found_by_name() {
    let directory = workshop();
    let root = directory.path();
    fs::copy(model("tiny-rgb"), root.join("mine.onnx")).expect("a copy");
    let id = id_of(&fs::read(root.join("mine.onnx")).expect("a file"));
    let said = |what: &str| {
        (
            0,
            format!("tiny-rgb, {id}: {what} models/tiny-rgb.onnx\n"),
            String::new(),
        )
    };
    assert_eq!(run(root, &["models", "add", "mine.onnx"]), said("added as"));
    assert_eq!(
        run(root, &["models", "add", "mine.onnx"]),
        said("is already there:")
    );
    assert_eq!(names(&root.join("models")), ["tiny-rgb.onnx"]);
    let compressed = run(root, &["compress", "-q", "--model", "tiny-rgb", "img.png"]);
    assert_eq!(compressed, (0, String::new(), String::new()));
    let (_, json, _) = run(root, &["models", "add", "--json", "mine.onnx"]);
    let object: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(object["where"], "models/tiny-rgb.onnx");

    fs::write(root.join("other.onnx"), changed("tiny-rgb")).expect("a file");
    let refused = format!(
        "other.onnx: another model is also called tiny-rgb: models/tiny-rgb.onnx, {id} \
         (export yours under another name, or remove that file)\n"
    );
    assert_eq!(
        run(root, &["models", "add", "other.onnx"]),
        (2, String::new(), refused)
    );
    let (code, _, stderr) = run(root, &["models", "add", "img.png"]);
    assert_eq!(code, 1);
    assert!(
        stderr.starts_with("img.png: not a model that pxc may run: "),
        "{stderr}"
    );
    // A file of this name that is not a model stays as it is.
    fs::write(root.join("models/tiny-gray.onnx"), "nothing").expect("a file");
    let (code, _, stderr) = run(root, &["models", "add", &model("tiny-gray")]);
    assert_eq!(code, 2);
    assert_eq!(
        stderr,
        "models/tiny-gray.onnx: exists, and is not this model: give it another name, or remove it\n"
    );
    assert_eq!(
        names(&root.join("models")),
        ["tiny-gray.onnx", "tiny-rgb.onnx"]
    );
}

#[test]
fn names_that_two_models_have_are_refused() {
    let directory = workshop();
    let root = directory.path();
    fs::create_dir(root.join("models")).expect("a folder");
    let first = fs::read(model("tiny-rgb")).expect("a model");
    let second = changed("tiny-rgb");
    for (name, bytes) in [("a", &first), ("b", &second), ("c", &second)] {
        fs::write(root.join(format!("models/{name}.onnx")), bytes).expect("a file");
    }
    let ids = [id_of(&first), id_of(&second)];
    let (code, stdout, stderr) = run(root, &["models"]);
    let note = "note: 2 models are called tiny-rgb: choose one by its id or its file\n";
    assert_eq!((code, stderr.as_str()), (0, note));
    assert!(ids.iter().all(|id| stdout.contains(id)), "{stdout}");
    let compress = |model| run(root, &["compress", "-f", "--model", model, "img.png"]);
    let refused = format!(
        "2 models are called tiny-rgb: choose one by its id ({}, {})\n",
        ids[0], ids[1]
    );
    assert_eq!(compress("tiny-rgb"), (2, String::new(), refused));
    for named in ["b", &ids[1]] {
        assert_eq!(compress(named).0, 0, "{named}");
    }
}

#[test]
fn a_model_that_is_not_used_is_said() {
    let directory = workshop();
    let root = directory.path();
    let flat = Image::new(64, 64, ColorType::Rgb, vec![7; 3 * 64 * 64]);
    write_png(&root.join("flat.png"), &flat.expect("an image"));
    let deep = SampleFormat {
        color: ColorType::Gray,
        depth: BitDepth::Sixteen,
    };
    let samples = (0..2 * 64 * 64_u32).map(|n| ((n * n) >> 3) as u8).collect();
    let deep = Image::from_native(64, 64, deep, samples);
    write_png(&root.join("deep.png"), &deep.expect("an image"));
    write_png(&root.join("photo.png"), &photo(64, 64, ColorType::Rgb));
    let compress = |more: &[&str], image: &str| {
        let arguments = ["compress", "-f", "--model", "tiny-rgb"];
        outcome(root, &[&arguments[..], more, &[image]].concat())
    };
    let quiet = (0, String::new(), String::new());
    assert_eq!(compress(&["--require-model"], "photo.png"), quiet);
    for (image, reason) in [
        ("flat", "the file is smaller without it"),
        ("deep", "it does not code 16-bit gray images"),
    ] {
        let (input, output) = (format!("{image}.png"), root.join(format!("{image}.pxc")));
        let reason = format!("tiny-rgb is not used: {reason}\n");
        let noted = format!("{input}: note: {reason}");
        assert_eq!(compress(&[], &input), (0, String::new(), noted));
        assert_eq!(compress(&["-q"], &input), quiet);
        fs::remove_file(&output).expect("a file");
        let refused = format!("{input}: not compressed: --require-model is given, but {reason}");
        assert_eq!(
            compress(&["--require-model"], &input),
            (2, String::new(), refused)
        );
        assert!(!output.exists());
    }
    let (code, _, stderr) = outcome(root, &["compress", "--require-model", "photo.png"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("--model <M>"), "{stderr}");
}
