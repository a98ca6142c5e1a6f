//! Any bytes as a model file. What is accepted is exact in both forms and can be written.

use pxc_model::{MapMetadata, ModelFile, Pass, lowering, proof, stages};

/// Reads, proves and writes a model file.
pub fn model(bytes: &[u8]) {
    let Ok(file) = ModelFile::from_bytes(bytes) else {
        return;
    };
    let Ok(bounds) = file.prove() else {
        return;
    };
    assert!(bounds.iter().all(|bound| bound.head_room_bits() > 0.0));
    let written = file.to_bytes().expect("a legal model can be written");
    let again = ModelFile::from_bytes(&written).expect("and read");
    assert!(again.to_bytes().expect("and written again") == written);
    assert_eq!(again.prove().expect("and proven").len(), bounds.len());
    check_passes(&file);
    if let Some(coarse) = file.coarse() {
        check_passes(coarse);
    }
}

/// The passes of a network are apart, and its stages are as many in both forms.
fn check_passes(file: &ModelFile) {
    let metadata = file.metadata();
    let Ok(whole) = stages::pixel_pass(file.graph(), metadata) else {
        return;
    };
    let row_pass = stages::row_pass(file.graph(), metadata).expect("passes are apart");
    let has_rows = |map: &MapMetadata| map.pass == Pass::Row;
    assert_eq!(row_pass.is_some(), metadata.maps().iter().any(has_rows));
    let Ok(lowered) = lowering::lower(&whole) else {
        return;
    };
    if proof::prove(&lowered, metadata).is_ok() {
        let staged = stages::split(&whole, metadata).map(|stages| stages.len());
        let lowered = stages::split(&lowered, metadata).map(|stages| stages.len());
        assert_eq!(staged.ok(), lowered.ok());
    }
}
