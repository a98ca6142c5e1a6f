//! Are models found, by id and by name, and does a missing one say where it was looked for?

mod random_models;

use pxc_runtime::{ErrorKind, ModelId, Origin, Registry, id_of, parse_id};

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
