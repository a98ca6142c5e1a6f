//! Which `pxc-train` made a checkpoint or a model.

/// The commit that the program was built from, or its version where the commit is not known.
pub(crate) const COMMIT: &str = env!("PXC_TRAIN_COMMIT");
