//! The engine for callers that do not bring their own.

use std::sync::{Arc, OnceLock};

use pxc_runtime::Engine;

/// The embedded models and those of the models directory.
pub(crate) fn shared_engine() -> Arc<Engine> {
    static SHARED: OnceLock<Arc<Engine>> = OnceLock::new();
    SHARED.get_or_init(Arc::default).clone()
}
