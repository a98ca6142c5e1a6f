//! Does the tool speak as promised? Exact output, exit codes, names of outputs, help texts.

mod harness;

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};

use harness::{
    PngFile, decode_png, fixtures, names, outcome, photo, pxc, run, succeed, text, write_png,
};
use pxc_codec::ColorType;
use tempfile::{TempDir, tempdir};

/// A directory with a small RGB image, `img.png`.
fn workshop() -> TempDir {
    let directory = tempdir().expect("a directory");
    write_png(
        &directory.path().join("img.png"),
        &photo(40, 30, ColorType::Rgb),
    );
    directory
}

#[test]
fn compress_and_decompress_stand_beside_their_inputs_and_say_nothing() {
    let directory = workshop();
    let original = fs::read(directory.path().join("img.png")).expect("an image");
    assert_eq!(succeed(directory.path(), &["compress", "img.png"]), "");
    assert_eq!(names(directory.path()), ["img.png", "img.pxc"]);
    assert_eq!(
        succeed(directory.path(), &["decompress", "img.pxc", "-f"]),
        ""
    );
    let decoded = fs::read(directory.path().join("img.png")).expect("an image");
    assert!(decode_png(&decoded) == decode_png(&original));
}

#[test]
fn aliases_do_the_same() {
    let directory = workshop();
    succeed(directory.path(), &["c", "img.png", "-o", "a.pxc"]);
    succeed(
        directory.path(),
        &["compress", "img.png", "--output", "b.pxc"],
    );
    let read = |name: &str| fs::read(directory.path().join(name)).expect("a file");
    assert_eq!(read("a.pxc"), read("b.pxc"));
    succeed(directory.path(), &["d", "a.pxc", "-o", "a.png"]);
    assert!(decode_png(&read("a.png")) == decode_png(&read("img.png")));
    let info = |command: &str| succeed(directory.path(), &[command, "a.pxc"]);
    assert_eq!(info("i"), info("info"));
}

#[test]
fn existing_files_are_not_overwritten_without_force() {
    let directory = workshop();
    fs::write(directory.path().join("img.pxc"), "precious").expect("a file");
    let refusal = (
        2,
        String::new(),
        "img.pxc: already exists (overwrite with --force)\n".into(),
    );
    assert_eq!(outcome(directory.path(), &["compress", "img.png"]), refusal);
    assert_eq!(
        fs::read(directory.path().join("img.pxc")).expect("a file"),
        b"precious"
    );
    succeed(directory.path(), &["compress", "img.png", "--force"]);
    let (code, _, stderr) = outcome(directory.path(), &["decompress", "img.pxc"]);
    assert_eq!(
        (code, stderr.as_str()),
        (2, "img.png: already exists (overwrite with --force)\n")
    );
    assert_eq!(names(directory.path()), ["img.png", "img.pxc"]);
}

#[test]
fn the_input_is_removed_only_after_success() {
    let directory = workshop();
    fs::write(directory.path().join("img.pxc"), "precious").expect("a file");
    assert_eq!(
        run(directory.path(), &["compress", "--rm", "img.png"])
            .status
            .code(),
        Some(2)
    );
    assert_eq!(names(directory.path()), ["img.png", "img.pxc"]);
    succeed(
        directory.path(),
        &["compress", "--rm", "--force", "img.png"],
    );
    assert_eq!(names(directory.path()), ["img.pxc"]);
    succeed(directory.path(), &["decompress", "--rm", "img.pxc"]);
    assert_eq!(names(directory.path()), ["img.png"]);
}

#[test]
fn standard_streams_carry_data() {
    let directory = workshop();
    let image = fs::read(directory.path().join("img.png")).expect("an image");
    let compressed = pxc()
        .args(["compress", "-"])
        .write_stdin(image.clone())
        .output()
        .expect("an output");
    assert_eq!(
        (compressed.status.code(), text(&compressed.stderr)),
        (Some(0), String::new())
    );
    succeed(directory.path(), &["compress", "img.png"]);
    assert_eq!(
        compressed.stdout,
        fs::read(directory.path().join("img.pxc")).expect("a file")
    );
    let decoded = pxc()
        .args(["decompress", "-"])
        .write_stdin(compressed.stdout)
        .output()
        .expect("an output");
    assert!(decode_png(&decoded.stdout) == decode_png(&image));
    let to_stdout = run(directory.path(), &["decompress", "img.pxc", "-o", "-"]);
    assert_eq!(to_stdout.stdout, decoded.stdout);
    assert_eq!(names(directory.path()), ["img.png", "img.pxc"]);
}

#[test]
fn a_closed_pipe_is_success() {
    let directory = tempdir().expect("a directory");
    write_png(
        &directory.path().join("noise.png"),
        &photo(600, 600, ColorType::Rgba),
    );
    let mut child = Command::new(env!("CARGO_BIN_EXE_pxc"))
        .args(["compress", "noise.png", "-o", "-"])
        .current_dir(directory.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    drop(child.stdout.take());
    let mut stderr = String::new();
    child
        .stderr
        .take()
        .expect("a pipe")
        .read_to_string(&mut stderr)
        .expect("UTF-8");
    assert_eq!(
        (child.wait().expect("an exit").code(), stderr.as_str()),
        (Some(0), "")
    );
}

#[test]
fn verify_and_verbose_say_what_happened() {
    let directory = workshop();
    let (code, stdout, stderr) =
        outcome(directory.path(), &["compress", "--verify", "-v", "img.png"]);
    assert_eq!((code, stdout.as_str()), (0, ""));
    assert!(
        stderr.starts_with("img.png → img.pxc: 3600 samples, "),
        "{stderr}"
    );
    for word in [
        "bits per sub-pixel",
        "MB/s",
        "network",
        "frequencies",
        "entropy coder",
        "rest",
    ] {
        assert!(stderr.contains(word), "{word} is missing: {stderr}");
    }
}

#[test]
fn test_decodes_without_writing() {
    let directory = workshop();
    succeed(directory.path(), &["compress", "img.png"]);
    let (code, stdout, stderr) = outcome(directory.path(), &["test", "img.pxc"]);
    assert_eq!(
        (code, stdout.as_str(), stderr.as_str()),
        (0, "", "img.pxc: sound\n")
    );
    assert_eq!(succeed(directory.path(), &["test", "-q", "img.pxc"]), "");
    assert_eq!(names(directory.path()), ["img.png", "img.pxc"]);
}

#[test]
fn test_speaks_to_machines() {
    let directory = workshop();
    succeed(directory.path(), &["compress", "img.png"]);
    let whole = fs::read(directory.path().join("img.pxc")).expect("a file");
    fs::write(directory.path().join("cut.pxc"), &whole[..whole.len() - 1]).expect("a file");
    let arguments = ["test", "-q", "--json", "-j1", "img.pxc", "cut.pxc"];
    let (code, stdout, stderr) = outcome(directory.path(), &arguments);
    assert_eq!(code, 1);
    let lines: Vec<serde_json::Value> = stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let [sound, cut] = lines.as_slice() else {
        panic!("expected two lines, found {stdout}");
    };
    assert_eq!(
        (&sound["file"], &sound["sound"]),
        (&"img.pxc".into(), &true.into())
    );
    assert_eq!(
        (&sound["width"], &sound["height"]),
        (&40.into(), &30.into())
    );
    assert_eq!(sound["file_bytes"], whole.len());
    assert_eq!(
        (&cut["file"], &cut["sound"]),
        (&"cut.pxc".into(), &false.into())
    );
    assert_eq!(stderr.trim_end(), cut["error"].as_str().expect("an error"));
}

#[test]
fn bench_compares_and_says_what_is_missing() {
    let directory = workshop();
    succeed(directory.path(), &["compress", "img.png"]);
    let compressed = directory
        .path()
        .join("img.pxc")
        .metadata()
        .expect("a file")
        .len();
    let alone = |arguments: &[&str]| {
        let output = pxc()
            .current_dir(directory.path())
            .env("PATH", directory.path())
            .args(arguments)
            .output()
            .expect("the command starts");
        assert_eq!(output.status.code(), Some(0));
        let notes = text(&output.stderr);
        for tool in ["oxipng", "cwebp", "cjxl"] {
            let note = format!("note: {tool} is not on the PATH: no ");
            assert!(notes.lines().any(|line| line.starts_with(&note)), "{notes}");
        }
        text(&output.stdout)
    };
    let human = alone(&["bench", "img.png", "img.png"]);
    assert!(human.starts_with("img.png: 40×30, 8-bit rgb, "), "{human}");
    assert!(human.contains("total of 2 files\n"), "{human}");
    let machine = alone(&["bench", "--json", "img.png", "img.png"]);
    let lines: Vec<serde_json::Value> = machine
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[0]["samples"], 3600);
    assert_eq!(lines[0]["results"][0]["name"], "pxc");
    assert_eq!(lines[0]["results"][0]["bytes"], compressed);
    assert_eq!(lines[2]["results"][0]["bytes"], 2 * compressed);
}

#[test]
fn shells_and_man_are_served() {
    let directory = workshop();
    for (shell, sign) in [
        ("bash", "complete -F _pxc"),
        ("zsh", "#compdef pxc"),
        ("fish", "complete -c pxc"),
        ("powershell", "Register-ArgumentCompleter"),
        ("elvish", "edit:completion:arg-completer"),
    ] {
        let script = succeed(directory.path(), &["completions", shell]);
        assert!(script.contains(sign), "{shell}: {script}");
    }
    let page = succeed(directory.path(), &["man"]);
    for sign in [".TH pxc 1", "pxc\\-compress", "\\-\\-exact\\-file"] {
        assert!(page.contains(sign), "{sign} is missing");
    }
}

#[test]
fn info_speaks_to_people_and_to_machines() {
    let directory = workshop();
    succeed(directory.path(), &["compress", "img.png"]);
    let human = succeed(directory.path(), &["info", "img.pxc"]);
    assert!(
        human.starts_with(
            "img.pxc\n  version         1\n  width           40\n  height          30\n"
        ),
        "{human}"
    );
    let machine = succeed(directory.path(), &["info", "--json", "img.pxc", "img.pxc"]);
    assert_eq!(machine.lines().count(), 2);
    for line in machine.lines() {
        let object: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let length = fs::metadata(directory.path().join("img.pxc"))
            .expect("a file")
            .len();
        assert_eq!(object["width"], 40);
        assert_eq!(object["color"], "rgb");
        assert_eq!(object["file_bytes"], length);
        assert_eq!(object["groups"].as_array().map(Vec::len), Some(1));
    }
}

#[test]
fn models_lists_the_models_directory() {
    let listed = pxc().arg("models").output().expect("an output");
    let models = harness::files_with_suffix(&fixtures().join("models"), "onnx");
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

#[test]
fn every_bit_depth_palettes_and_transparent_colours_come_back() {
    let palette = PngFile {
        width: 5,
        height: 2,
        color: png::ColorType::Indexed,
        depth: png::BitDepth::Two,
        palette: Some(vec![1, 2, 3, 250, 251, 252, 9, 8, 7]),
        transparency: None,
        rows: vec![0b0001_1000, 0b0100_0000, 0b1001_0001, 0b1000_0000],
        chunks: Vec::new(),
    };
    let see_through = PngFile {
        transparency: Some(vec![0, 128]),
        depth: png::BitDepth::Eight,
        rows: vec![0, 1, 2, 1, 0, 2, 2, 2, 1, 0],
        palette: palette.palette.clone(),
        chunks: Vec::new(),
        ..palette
    };
    let gray = photo(9, 7, ColorType::Gray);
    let transparent_gray = PngFile {
        transparency: Some(vec![0, gray.samples()[0]]),
        ..PngFile::of(&gray)
    };
    let sixteen_bit = PngFile {
        depth: png::BitDepth::Sixteen,
        rows: (0..6 * 4 * 2)
            .map(|at| at * 41 % 256)
            .map(|byte: u32| byte as u8)
            .collect(),
        width: 6,
        ..PngFile::of(&photo(4, 4, ColorType::Gray))
    };
    let two_bit = PngFile {
        depth: png::BitDepth::Two,
        rows: vec![0x1b; 4],
        ..PngFile::of(&photo(4, 4, ColorType::Gray))
    };
    for file in [palette, see_through, transparent_gray, sixteen_bit, two_bit] {
        let directory = tempdir().expect("a directory");
        let original = file.bytes();
        fs::write(directory.path().join("img.png"), &original).expect("a file");
        succeed(directory.path(), &["compress", "--verify", "img.png"]);
        succeed(
            directory.path(),
            &["decompress", "img.pxc", "-o", "back.png"],
        );
        let back = fs::read(directory.path().join("back.png")).expect("a file");
        assert!(decode_png(&back) == decode_png(&original));
    }
}

#[test]
fn an_interrupted_command_leaves_no_file() {
    let directory = tempdir().expect("a directory");
    let image = photo(2000, 1500, ColorType::Rgb);
    write_png(&directory.path().join("img.png"), &image);
    let mut child = Command::new(env!("CARGO_BIN_EXE_pxc"))
        .args(["compress", "img.png", "--threads", "1"])
        .current_dir(directory.path())
        .spawn()
        .expect("the command starts");
    std::thread::sleep(std::time::Duration::from_millis(60));
    let killed = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .expect("kill");
    assert!(killed.success());
    // Done before the signal came, or 130.
    match child.wait().expect("an exit").code() {
        Some(0) => assert_eq!(names(directory.path()), ["img.png", "img.pxc"]),
        code => {
            assert_eq!(code, Some(130));
            assert_eq!(names(directory.path()), ["img.png"]);
        }
    }
}

#[test]
fn usage_errors_exit_with_2() {
    let directory = workshop();
    for arguments in [
        &["compress"][..],
        &["shrink", "img.png"],
        &["compress", "img.png", "--threads", "0"],
    ] {
        let (code, stdout, stderr) = outcome(directory.path(), arguments);
        assert_eq!((code, stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(stderr.starts_with("error: "), "{stderr}");
    }
    let (code, _, stderr) = outcome(directory.path(), &["decompress", "img.zip"]);
    assert_eq!(
        (code, stderr.as_str()),
        (
            2,
            "img.zip: the name does not end in .pxc: give the output with --output\n"
        )
    );
}

/// `tests/help/NAME.txt` hold the help texts. `PXC_UPDATE_HELP=1` writes them anew.
#[test]
fn help_texts_are_as_committed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/help");
    for (name, arguments) in [
        ("pxc", &["-h"][..]),
        ("compress", &["compress", "-h"]),
        ("compress_long", &["compress", "--help"]),
        ("decompress", &["decompress", "-h"]),
        ("decompress_long", &["decompress", "--help"]),
        ("thumbnail", &["thumbnail", "-h"]),
        ("info", &["info", "-h"]),
        ("test", &["test", "-h"]),
        ("bench", &["bench", "-h"]),
        ("models", &["models", "-h"]),
    ] {
        let found = succeed(&folder, arguments);
        let path = folder.join(format!("{name}.txt"));
        if std::env::var_os("PXC_UPDATE_HELP").is_some() {
            fs::write(&path, &found).expect("a written file");
        }
        let expected =
            fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(
            found, expected,
            "{name}: PXC_UPDATE_HELP=1 cargo test --test command_line writes tests/help anew"
        );
    }
}
