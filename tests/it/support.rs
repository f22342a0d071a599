//! What tests share.

use std::path::{Path, PathBuf};

/// A path below `testdata`.
pub(crate) fn testdata(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(path)
}

/// Compares with the recorded text `testdata/golden/NAME`. `UPDATE_EXPECT=1` writes it; a missing one fails.
#[track_caller]
pub(crate) fn golden(name: &str, actual: &str) {
    let path = testdata("golden").join(name);
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, actual).unwrap();
    }
    let expected = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert!(
        expected == actual,
        "{} differs (UPDATE_EXPECT=1 rewrites it); now:\n{actual}",
        path.display()
    );
}
