//! `pxc-train tune` makes a model of a folder.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use image::{GrayImage, ImageBuffer, Luma, RgbImage};
use pxc_runtime::{ColorType, CompressOptions, DecompressOptions, Engine, Image};
use tempfile::TempDir;

fn tune(arguments: &[&str], folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pxc-train"));
    command.arg("tune").args(arguments).current_dir(folder);
    command.env("PXC_MODELS", folder.join("none"));
    command
}

fn output(arguments: &[&str], folder: &Path) -> Output {
    tune(arguments, folder).output().expect("pxc-train")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A shade that a network can learn: a wave that the photo networks have not seen.
fn shade(x: u32, y: u32) -> u8 {
    ((x * 5 + y * y / 3) % 61 * 4) as u8
}

/// Gray images in several formats, and files that are not images.
fn mixed_folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let inside = |name: &str| -> PathBuf { folder.path().join("images").join(name) };
    std::fs::create_dir_all(inside("deeper")).expect("a folder");
    for index in 0..12 {
        let image = GrayImage::from_fn(48, 40, |x, y| Luma([shade(x + index, y)]));
        let extension = ["png", "tiff", "pgm"][index as usize % 3];
        image
            .save(inside(&format!("deeper/{index}.{extension}")))
            .expect("an image");
    }
    RgbImage::new(30, 30)
        .save(inside("color.bmp"))
        .expect("an image");
    let deep = ImageBuffer::from_fn(30, 30, |x, y| Luma([(x * 1001 + y * 977) as u16]));
    deep.save(inside("deep.png")).expect("an image");
    let png = std::fs::read(inside("deeper/0.png")).expect("an image");
    std::fs::write(inside("cut.png"), &png[..png.len() / 2]).expect("a file");
    std::fs::write(inside("notes.txt"), "no image").expect("a file");
    folder
}

#[test]
fn a_folder_becomes_a_model() {
    let folder = mixed_folder();
    let arguments = ["images", "-o", "waves.onnx", "--steps", "30", "--keep"];
    let made = output(&arguments, folder.path());
    let said = text(&made.stderr);
    assert!(made.status.success(), "{said}");
    for name in [
        "color.bmp: it is RGB",
        "deep.png: it has 16 bits",
        "cut.png: ",
        "notes.txt: ",
    ] {
        assert!(said.contains(name), "{name}: {said}");
    }
    assert!(
        said.contains("12 gray images, 0.02 megapixels; 1 of them only measure"),
        "{said}"
    );
    let table = text(&made.stdout);
    for row in [
        "PNG",
        "JPEG XL",
        "pxc, photo-gray",
        "pxc, waves",
        "waves compared with photo-gray: ",
    ] {
        assert!(table.contains(row), "{row}: {table}");
    }

    let engine = Engine::default();
    let model = folder.path().join("waves.onnx");
    let model = engine.registry().add_file(&model).expect("a model");
    assert_eq!(model.name(), "waves");
    let samples: Vec<u8> = (0..48 * 40).map(|at| shade(at % 48, at / 48)).collect();
    let image = Image::new(48, 40, ColorType::Gray, samples).expect("an image");
    let id = model.id().to_string();
    let options = CompressOptions::default().with_model(&*id);
    let (file, _) = engine.compress(&image, &options).expect("a file");
    let decoded = engine.decompress(&file, &DecompressOptions::default());
    assert_eq!(decoded.expect("an image").image, image);

    // An existing file stays, and a model can be the start of another.
    let again = output(&arguments, folder.path());
    assert_eq!(again.status.code(), Some(2));
    assert!(
        text(&again.stderr).contains("--force"),
        "{}",
        text(&again.stderr)
    );
    let further = [
        "images",
        "-o",
        "more.onnx",
        "--steps",
        "2",
        "--from",
        "waves.onnx",
        "--keep",
    ];
    let further = output(&further, folder.path());
    assert!(further.status.success(), "{}", text(&further.stderr));
    assert!(
        text(&further.stderr).contains("starting from waves "),
        "{}",
        text(&further.stderr)
    );
}

#[test]
fn a_model_that_is_not_smaller_is_not_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut state = 1_u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    // Every image differs from all others, so nothing can be learned. The lower rows are held out.
    let image = GrayImage::from_fn(160, 160, |_, _| Luma([noise()]));
    image
        .save(folder.path().join("noise.png"))
        .expect("an image");
    let arguments = ["noise.png", "-o", "noise.onnx", "--steps", "1"];
    let refused = output(&arguments, folder.path());
    assert_eq!(refused.status.code(), Some(2), "{}", text(&refused.stdout));
    assert!(
        text(&refused.stderr).contains("--keep"),
        "{}",
        text(&refused.stderr)
    );
    assert!(!folder.path().join("noise.onnx").exists());
    let kept = output(&[&arguments[..], &["--keep"]].concat(), folder.path());
    assert!(kept.status.success(), "{}", text(&kept.stderr));
    assert!(folder.path().join("noise.onnx").exists());
}

#[test]
fn what_cannot_work_is_refused_at_once() {
    let folder = mixed_folder();
    for (arguments, expected) in [
        (&["images", "-o", "model"][..], ".onnx"),
        (&["images", "-o", "photo-gray.onnx"], "built-in"),
        (&["images", "-o", "none/model.onnx"], "directory"),
        (
            &["images", "-o", "model.onnx", "--minutes", "0"],
            "--minutes",
        ),
        (
            &["images", "-o", "model.onnx", "--from", "photo-rgb"],
            "codes RGB",
        ),
        (
            &["images", "-o", "model.onnx", "--from", "nothing"],
            "nothing",
        ),
        (&["images/notes.txt", "-o", "model.onnx"], "pixels"),
        (&["missing", "-o", "model.onnx"], "missing"),
    ] {
        let refused = output(arguments, folder.path());
        let said = text(&refused.stderr);
        assert_eq!(refused.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains(expected), "{arguments:?}: {said}");
    }
}

#[cfg(unix)]
#[test]
fn an_interrupted_tuning_keeps_the_best_model() {
    use std::io::{BufRead, BufReader};
    use std::process::Stdio;

    let folder = mixed_folder();
    let mut command = tune(
        &["images", "-o", "waves.onnx", "--minutes", "60"],
        folder.path(),
    );
    command
        .args(["--keep"])
        .stderr(Stdio::piped())
        .stdout(Stdio::piped());
    let mut child = command.spawn().expect("pxc-train");
    let mut lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
    let is_speed = |line: &std::io::Result<String>| {
        line.as_ref()
            .is_ok_and(|line| line.contains("steps per second"))
    };
    assert!(lines.any(|line| is_speed(&line)), "it says how fast it is");
    let signal = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(signal.expect("kill").success());
    let rest: Vec<String> = lines.map_while(Result::ok).collect();
    let table = child.wait_with_output().expect("an end");
    assert!(table.status.success(), "{rest:?}");
    assert!(
        text(&table.stdout).contains("waves compared with photo-gray"),
        "{rest:?}\n{}",
        text(&table.stdout)
    );
    assert!(
        rest.iter().any(|line| line.contains("model id")),
        "{rest:?}"
    );
    assert!(folder.path().join("waves.onnx").exists());
}
