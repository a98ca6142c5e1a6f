//! Does a C program get what the header promises, from the shared and from the static library? Is the header up to
//! date?
//!
//! `cargo test --test c_program -- --ignored` writes the header anew after it was deleted.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use pxc_runtime::{Backend, DecompressOptions, Engine, Registry};
use tempfile::TempDir;

/// What a program needs beside the static library, according to `rustc --print native-static-libs`. Objects of tract do
/// not say that their stack need not be executable.
const SYSTEM_LIBRARIES: [&str; 5] = ["-lpthread", "-ldl", "-lm", "-lgcc_s", "-Wl,-z,noexecstack"];

fn package() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Where Cargo puts the libraries of this package: beside this test.
fn libraries() -> PathBuf {
    let test = std::env::current_exe().expect("a path");
    let folder = test.parent().expect("a folder").to_owned();
    for name in ["libpxc.so", "libpxc.a"] {
        assert!(folder.join(name).is_file(), "{name} is not beside the test");
    }
    folder
}

fn run(command: &mut Command) -> Output {
    // Cargo's search path may have an older library before the one beside this test.
    let output = command
        .env_remove("LD_LIBRARY_PATH")
        .output()
        .expect("the program runs");
    let said = [&output.stdout[..], &output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(output.status.success(), "{command:?}: {said}");
    output
}

fn compile(source: &Path, directory: &TempDir, link: &[&str]) -> PathBuf {
    let program = directory.path().join("program");
    let strict = ["-std=c11", "-Wall", "-Wextra", "-Werror", "-pedantic"];
    let mut cc = Command::new("cc");
    cc.args(strict).arg("-I").arg(package().join("include"));
    build(cc.arg(source).args(link).arg("-o").arg(&program));
    assert_stack_is_data(&program);
    program
}

/// Runs a compiler or a shell that does, which must not warn.
fn build(command: &mut Command) {
    let output = run(command);
    let warnings = String::from_utf8_lossy(&output.stderr);
    assert!(warnings.is_empty(), "{command:?}: {warnings}");
}

/// No part of a program or library asks for a stack that can be executed.
fn assert_stack_is_data(file: &Path) {
    let output = run(Command::new("readelf").arg("-lW").arg(file));
    let said = String::from_utf8_lossy(&output.stdout);
    let stack = said.lines().find(|line| line.contains("GNU_STACK"));
    let stack = stack.expect("it says what its stack is");
    assert!(
        stack.contains(" RW ") && !stack.contains("RWE"),
        "{file:?}: {stack}"
    );
}

/// Runs lines that build programs, as they are printed, where they look for `runtime` and `target/release`.
fn build_as_printed(lines: &str, directory: &TempDir) {
    let at = |name: &str| directory.path().join(name);
    let links = [
        (package().join(".."), at("runtime")),
        (libraries(), at("target/release")),
    ];
    fs::create_dir(at("target")).expect("a folder");
    for (target, link) in links {
        std::os::unix::fs::symlink(target, link).expect("a link");
    }
    let mut shell = Command::new("sh");
    build(shell.args(["-ec", lines]).current_dir(directory.path()));
}

fn compile_shared(source: &Path, directory: &TempDir) -> PathBuf {
    let folder = libraries().display().to_string();
    let (search, find) = (format!("-L{folder}"), format!("-Wl,-rpath,{folder}"));
    compile(source, directory, &[&search, &find, "-l:libpxc.so"])
}

fn compile_static(source: &Path, directory: &TempDir) -> PathBuf {
    let library = libraries().join("libpxc.a").display().to_string();
    let link = [&[library.as_str()][..], &SYSTEM_LIBRARIES].concat();
    compile(source, directory, &link)
}

fn run_example(program: &Path) {
    let model = package().join("../../fixtures/models/tiny-rgb.onnx");
    assert_example_is_done(&run(Command::new(program).arg(model)));
}

fn assert_example_is_done(output: &Output) {
    let stdout = String::from_utf8_lossy(&output.stdout);
    let version = concat!("pxc ", env!("CARGO_PKG_VERSION"), "\n");
    assert!(stdout.starts_with(version), "{stdout}");
    assert!(stdout.ends_with("\ndone\n"), "{stdout}");
}

#[test]
fn the_thumbnail_is_the_first_pixel_of_each_block() {
    let directory = tempfile::tempdir().expect("a directory");
    let program = compile_shared(&package().join("examples/thumbnail.c"), &directory);
    let fixtures = package().join("../../fixtures");
    let file = fixtures.join("golden/v1/gray-two-scales.pxc");
    let model = fixtures.join("models/tiny-multiscale-gray.onnx");
    let output = run(Command::new(program).arg(&model).arg(&file));

    let registry = Registry::with_directory(None);
    registry.add_file(&model).expect("a legal model");
    let engine = Engine::new(registry, Backend::Tract);
    let file = fs::read(file).expect("a file");
    let whole = engine.decompress(&file, &DecompressOptions::default());
    let image = whole.expect("a sound file").image;
    let (width, height) = (image.width() as usize, image.height() as usize);
    let mut expected =
        format!("P5\n{} {}\n255\n", width.div_ceil(2), height.div_ceil(2)).into_bytes();
    for (y, x) in (0..height)
        .step_by(2)
        .flat_map(|y| (0..width).step_by(2).map(move |x| (y, x)))
    {
        expected.push(image.samples()[y * width + x]);
    }
    assert!(output.stdout == expected);
}

#[test]
fn the_shared_library_has_no_executable_stack() {
    assert_stack_is_data(&libraries().join("libpxc.so"));
}

#[test]
fn the_example_runs_as_it_says() {
    let source = package().join("examples/roundtrip.c");
    let source = fs::read_to_string(source).expect("the example");
    let printed = source
        .lines()
        .filter_map(|line| line.strip_prefix(" *     "));
    let lines: Vec<&str> = printed.collect();
    assert!(lines.len() >= 2 && lines[0].starts_with("cc "), "{lines:?}");
    let (start, compile) = lines.split_last().expect("lines");
    let directory = tempfile::tempdir().expect("a directory");
    build_as_printed(&compile.join("\n"), &directory);
    assert_stack_is_data(&directory.path().join("roundtrip"));
    let mut shell = Command::new("sh");
    let output = run(shell.args(["-c", start]).current_dir(directory.path()));
    assert_example_is_done(&output);
}

#[test]
fn the_example_runs_with_the_shared_library() {
    let directory = tempfile::tempdir().expect("a directory");
    let source = package().join("examples/roundtrip.c");
    run_example(&compile_shared(&source, &directory));
}

#[test]
fn the_example_runs_with_the_static_library() {
    let directory = tempfile::tempdir().expect("a directory");
    let source = package().join("examples/roundtrip.c");
    run_example(&compile_static(&source, &directory));
}

#[test]
fn the_example_is_clean_under_the_sanitizers() {
    let directory = tempfile::tempdir().expect("a directory");
    let source = package().join("examples/roundtrip.c");
    let library = libraries().join("libpxc.a").display().to_string();
    let sanitizers = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
    let link = [&sanitizers[..], &[&library], &SYSTEM_LIBRARIES].concat();
    run_example(&compile(&source, &directory, &link));
}

#[test]
fn the_rounding_mode_of_the_caller_changes_nothing() {
    let directory = tempfile::tempdir().expect("a directory");
    let source = package().join("tests/rounding.c");
    let folder = libraries().display().to_string();
    let (search, find) = (format!("-L{folder}"), format!("-Wl,-rpath,{folder}"));
    let link = [&search, &find, "-l:libpxc.so", "-lm", "-frounding-math"];
    run(&mut Command::new(compile(&source, &directory, &link)));
}

/// Builds and runs the program in `docs/embedding.md` as printed there, with both libraries.
#[test]
fn the_program_of_the_guide_runs() {
    let guide = fs::read_to_string(package().join("../../docs/embedding.md")).expect("the guide");
    let (_, rest) = guide.split_once("```c\n").expect("a C program");
    let (program, _) = rest.split_once("```").expect("its end");
    let commands: Vec<&str> = guide
        .lines()
        .filter(|line| line.starts_with("cc program.c "))
        .collect();
    assert_eq!(commands.len(), 2, "the shared and the static library");
    for command in commands {
        let directory = tempfile::tempdir().expect("a directory");
        let built = directory.path().join("program");
        fs::write(built.with_extension("c"), program).expect("a written file");
        build_as_printed(command, &directory);
        assert_stack_is_data(&built);
        run(&mut Command::new(built));
    }
}

fn header() -> String {
    let mut builder = cbindgen::Builder::new();
    let config = cbindgen::Config::from_file(package().join("cbindgen.toml")).expect("legal");
    for name in [
        "status.rs",
        "image_types.rs",
        "option_types.rs",
        "engine.rs",
        "header.rs",
        "compress.rs",
        "decompress.rs",
        "memory.rs",
    ] {
        builder = builder.with_src(package().join("src").join(name));
    }
    let bindings = builder.with_config(config).generate().expect("bindings");
    let mut header = Vec::new();
    bindings.write(&mut header);
    String::from_utf8(header).expect("UTF-8")
}

fn header_path() -> PathBuf {
    package().join("include/pxc.h")
}

#[test]
fn the_header_is_up_to_date() {
    let found = fs::read_to_string(header_path()).expect("a header");
    assert_eq!(found, header());
}

#[test]
#[ignore = "writes the header"]
fn write_missing_header() {
    if !header_path().exists() {
        fs::write(header_path(), header()).expect("a written file");
    }
}
