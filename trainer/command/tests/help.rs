//! The help texts of `pxc-train`.

use std::path::Path;

use pxc_test_harness::assert_help;

#[test]
fn help_texts_are_as_committed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/help");
    let cases = [
        ("pxc-train", &["-h"][..]),
        ("tune", &["tune", "-h"]),
        ("photo", &["photo", "-h"]),
        ("paper", &["paper", "--help"]),
        ("eval", &["eval", "-h"]),
        ("sample", &["sample", "-h"]),
        ("complete", &["complete", "-h"]),
    ];
    assert_help(Path::new(env!("CARGO_BIN_EXE_pxc-train")), &folder, &cases);
}
