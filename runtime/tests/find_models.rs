//! Are models found, by id and by name, and does a missing one say where it was looked for?

use pxc_runtime::{ErrorKind, ModelId, Origin, Registry, full_message, id_of, is_path, parse_id};
use pxc_test_networks::random_models;

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn model(seed: u64) -> Vec<u8> {
    random_models::wide(seed, 1, 8)
        .and_then(|file| file.to_bytes())
        .unwrap()
}

#[test]
fn files_of_the_directory_are_found() -> Outcome {
    let directory = tempfile::tempdir()?;
    let bytes = model(1);
    std::fs::write(directory.path().join("mine.onnx"), &bytes)?;
    std::fs::write(directory.path().join("broken.onnx"), &bytes[..100])?;
    let registry = Registry::with_directory(Some(directory.path().to_owned()));
    assert_eq!(registry.by_id(id_of(&bytes))?.id(), id_of(&bytes));
    assert_eq!(registry.by_name("mine")?.id(), id_of(&bytes));
    assert_eq!(registry.by_name("random-1")?.id(), id_of(&bytes));
    assert_eq!(
        registry.by_name(&id_of(&bytes).to_string())?.id(),
        id_of(&bytes)
    );

    let (models, errors) = registry.list();
    let path = directory.path().join("mine.onnx");
    assert!(
        models
            .iter()
            .any(|entry| entry.origin == Origin::File { path: path.clone() })
    );
    assert_eq!(errors.len(), 1);
    assert!(
        errors[0].to_string().contains("broken.onnx"),
        "{}",
        errors[0]
    );
    Ok(())
}

#[test]
fn files_and_bytes_can_be_added() -> Outcome {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("elsewhere.onnx");
    std::fs::write(&path, model(2))?;
    let registry = Registry::with_directory(None);
    let added = registry.add_file(&path)?;
    let named = registry.by_name(path.to_str().ok_or("path")?)?;
    assert!(std::sync::Arc::ptr_eq(&added, &named));
    assert_eq!(registry.add_bytes(&model(3))?.id(), id_of(&model(3)));
    assert_eq!(registry.by_id(id_of(&model(3)))?.id(), id_of(&model(3)));
    Ok(())
}

/// Otherwise a file in the working directory would change what `photo-rgb` means.
#[test]
fn a_path_has_a_separator_or_ends_in_onnx() {
    for path in ["./model", "a/b", "model.onnx", "/model.onnx"] {
        assert!(is_path(path), "{path}");
    }
    for name in ["", "photo-rgb", "Cargo.toml", "0123456789abcdef"] {
        assert!(!is_path(name), "{name}");
    }
    // Tests run in the folder of their crate.
    let error = Registry::with_directory(None).by_name("Cargo.toml");
    assert_eq!(error.unwrap_err().kind(), ErrorKind::MissingModel);
}

#[test]
fn missing_models_say_where() {
    let directory = tempfile::tempdir().unwrap();
    let registry = Registry::with_directory(Some(directory.path().to_owned()));
    let id = ModelId([0xab; 8]);
    let error = registry.by_id(id).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MissingModel);
    let said = error.to_string();
    assert!(said.contains("abababababababab"), "{said}");
    assert!(said.contains(directory.path().to_str().unwrap()), "{said}");
    let error = registry.by_name("nobody").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MissingModel);
    assert!(error.to_string().contains("\"nobody\""), "{error}");
}

/// More files than were once searched, and the one that is needed is the last of them.
#[test]
fn any_number_of_files_is_searched() -> Outcome {
    let directory = tempfile::tempdir()?;
    for index in 0..400 {
        std::fs::write(
            directory.path().join(format!("{index:03}.onnx")),
            "no model",
        )?;
    }
    let bytes = model(4);
    let registry = Registry::with_directory(Some(directory.path().to_owned()));
    assert!(registry.by_id(id_of(&bytes)).is_err());
    std::fs::write(directory.path().join("zzz.onnx"), &bytes)?;
    assert_eq!(registry.by_id(id_of(&bytes))?.id(), id_of(&bytes));
    assert_eq!(registry.list().1.len(), 400);
    Ok(())
}

/// Every file is read once, and afterwards only its length and time are compared.
#[test]
fn five_thousand_models_are_searched_in_a_moment() -> Outcome {
    let directory = tempfile::tempdir()?;
    let bytes = model(8);
    for index in 0..5000_u32 {
        // Each has an id of its own.
        let other = [&bytes[..], &index.to_be_bytes()].concat();
        std::fs::write(directory.path().join(format!("{index:04}.onnx")), other)?;
    }
    std::fs::write(directory.path().join("zzz.onnx"), &bytes)?;
    let registry = Registry::with_directory(Some(directory.path().to_owned()));
    let timed = |what: &str, id| {
        let begin = std::time::Instant::now();
        let found = registry.by_id(id).is_ok();
        println!("{what}: {:?}", begin.elapsed());
        (found, begin.elapsed())
    };
    let (found, first) = timed("the last of 5,001 models", id_of(&bytes));
    assert!(found && first < std::time::Duration::from_secs(10));
    let (found, missing) = timed("a model that is not there", ModelId([7; 8]));
    assert!(!found && missing < std::time::Duration::from_secs(2));
    // From now on no file is read: what they hold is gone, their length and time are not.
    let path = directory.path().join("0000.onnx");
    let modified = std::fs::metadata(&path)?.modified()?;
    std::fs::write(&path, vec![0; bytes.len() + 4])?;
    std::fs::File::options()
        .write(true)
        .open(&path)?
        .set_modified(modified)?;
    assert!(registry.by_id(id_of(&vec![0; bytes.len() + 4])).is_err());
    Ok(())
}

#[test]
fn a_changed_file_is_read_again() -> Outcome {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("model.onnx");
    let (old, new) = (model(5), model(6));
    std::fs::write(&path, [&old[..], b"\0"].concat())?;
    let registry = Registry::with_directory(Some(directory.path().to_owned()));
    assert!(registry.by_id(id_of(&new)).is_err());
    std::fs::write(&path, &new)?;
    assert_eq!(registry.by_id(id_of(&new))?.id(), id_of(&new));
    Ok(())
}

/// Opening a pipe would wait for its writer for ever.
#[test]
#[cfg(unix)]
fn pipes_folders_and_dead_links_are_reported_and_not_opened() -> Outcome {
    let directory = tempfile::tempdir()?;
    let at = |name: &str| directory.path().join(name);
    let made = std::process::Command::new("mkfifo")
        .arg(at("pipe.onnx"))
        .status()?;
    assert!(made.success());
    std::fs::create_dir(at("folder.onnx"))?;
    std::os::unix::fs::symlink("/nowhere", at("link.onnx"))?;
    std::os::unix::fs::symlink("/dev/zero", at("zeros.onnx"))?;
    std::os::unix::fs::symlink(at("loop.onnx"), at("loop.onnx"))?;
    let bytes = model(7);
    std::fs::write(at("mine.onnx"), &bytes)?;
    let registry = Registry::with_directory(Some(directory.path().to_owned()));
    assert_eq!(registry.by_id(id_of(&bytes))?.id(), id_of(&bytes));
    assert_eq!(registry.by_name("random-1")?.id(), id_of(&bytes));

    let (_, errors) = registry.list();
    let said: Vec<String> = errors.iter().map(|error| full_message(error)).collect();
    for (said, (name, reason)) in said.iter().zip([
        ("folder.onnx", "expected a regular file, found a directory"),
        (
            "link.onnx",
            "cannot be read: No such file or directory (os error 2)",
        ),
        (
            "loop.onnx",
            "cannot be read: Too many levels of symbolic links (os error 40)",
        ),
        ("pipe.onnx", "expected a regular file, found a named pipe"),
        ("zeros.onnx", "expected a regular file, found a device"),
    ]) {
        assert_eq!(*said, format!("{}: {reason}", at(name).display()));
    }
    assert_eq!(said.len(), 5);

    let by_id = registry.by_id(ModelId([1; 8])).unwrap_err();
    let by_name = registry.by_name("nobody").unwrap_err();
    for error in [by_id, by_name] {
        assert_eq!(error.kind(), ErrorKind::MissingModel);
        assert!(
            said.iter().all(|said| error.to_string().contains(said)),
            "{error}"
        );
    }
    Ok(())
}

#[test]
fn ids_are_parsed() {
    let id = ModelId([0, 1, 2, 0xaa, 0xbb, 0xcc, 0xfe, 0xff]);
    assert_eq!(parse_id(&id.to_string()), Some(id));
    for text in [
        "",
        "0",
        "00112233445566778",
        "g123456789abcdef",
        "+123456789abcdef",
    ] {
        assert_eq!(parse_id(text), None, "{text}");
    }
}
