//! The help text of `pxc-export`.

use std::path::Path;

use pxc_test_harness::assert_help;

#[test]
fn help_text_is_as_committed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/help");
    let program = Path::new(env!("CARGO_BIN_EXE_pxc-export"));
    assert_help(program, &folder, &[("pxc-export", &["--help"])]);
}
