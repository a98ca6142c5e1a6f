//! What `pxc --version` says: what a report of a defect needs to name a build.

use pxc_runtime::embedded_models;

/// The commit of the build; empty where nobody knows.
const COMMIT: &str = env!("PXC_COMMIT");

/// The version, the commit, the embedded models with their ids, and the features of the build.
pub(crate) fn details() -> String {
    let commit = if COMMIT.is_empty() { "unknown" } else { COMMIT };
    let models = embedded_models();
    let models = models.iter().map(|(name, id)| format!("{name} {id}"));
    let features = [
        ("onnxruntime", cfg!(feature = "onnxruntime")),
        ("cuda", cfg!(feature = "cuda")),
        ("static", cfg!(target_feature = "crt-static")),
    ];
    let features = features.into_iter().filter(|(_, is_on)| *is_on);
    let features = features.map(|(name, _)| name.to_owned());
    format!(
        "{}\ncommit: {commit}\nmodels: {}\nfeatures: {}",
        env!("CARGO_PKG_VERSION"),
        listed(models.collect()),
        listed(features.collect())
    )
}

fn listed(names: Vec<String>) -> String {
    match names.is_empty() {
        true => "none".to_owned(),
        false => names.join(", "),
    }
}
