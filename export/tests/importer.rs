//! tract's own importer reads the models that pxc ships, and its logits are those of pxc; another model's are not.

use std::path::Path;

use pxc_export::importer;
use pxc_model::ModelFile;

#[test]
fn shipped_models_are_what_another_importer_reads() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../runtime/models");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).expect("the models") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|found| found == "onnx") {
            let bytes = std::fs::read(&path).expect("a model");
            let model = ModelFile::from_bytes(&bytes).expect("a model");
            importer::check(&model).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            count += 1;
        }
    }
    assert_eq!(count, 3);
}
