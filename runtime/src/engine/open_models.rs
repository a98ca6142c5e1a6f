//! The models that an engine has opened: each is opened once, and never while another model has to wait for it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pxc_codec::{ModelId, Predictor};

use crate::error::Result;

/// A model on its backend, once it is open. Threads that need the same model wait at the lock of its slot.
type Slot = Arc<Mutex<Option<Arc<dyn Predictor>>>>;

/// Opened models by id.
#[derive(Default)]
pub(crate) struct OpenModels {
    slots: Mutex<HashMap<ModelId, Slot>>,
}

impl OpenModels {
    /// Returns the open model of an id. If there is none, calls `open`, without a lock that other models need. If that
    /// fails, the next caller tries again.
    pub(crate) fn get_or_open(
        &self,
        id: ModelId,
        open: impl FnOnce() -> Result<Arc<dyn Predictor>>,
    ) -> Result<Arc<dyn Predictor>> {
        let slot = locked(&self.slots).entry(id).or_default().clone();
        let mut opened = locked(&slot);
        match &*opened {
            Some(predictor) => Ok(predictor.clone()),
            None => Ok(opened.insert(open()?).clone()),
        }
    }
}

/// A panic while a lock was held leaves a slot empty or full, never in between.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;
    use std::thread;

    use pxc_codec::{ModelSpec, PredictorError, Session};

    use super::*;
    use crate::error::Error;

    struct Stub(ModelSpec);

    impl Predictor for Stub {
        fn id(&self) -> ModelId {
            ModelId([0; 8])
        }

        fn spec(&self) -> &ModelSpec {
            &self.0
        }

        fn session(&self) -> std::result::Result<Box<dyn Session + '_>, PredictorError> {
            Err(PredictorError::new("a stub"))
        }
    }

    fn stub() -> Result<Arc<dyn Predictor>> {
        Ok(Arc::new(Stub(ModelSpec::photo(vec![0], Vec::new(), 1))))
    }

    const SLOW: ModelId = ModelId([1; 8]);
    const OTHER: ModelId = ModelId([2; 8]);

    #[test]
    fn other_models_do_not_wait() {
        let models = &OpenModels::default();
        let (started, has_started) = mpsc::channel();
        let (finish, may_finish) = mpsc::channel();
        thread::scope(|scope| {
            scope.spawn(move || {
                let slow = || {
                    started.send(()).unwrap();
                    may_finish.recv().unwrap();
                    stub()
                };
                models.get_or_open(SLOW, slow).unwrap();
            });
            has_started.recv().unwrap();
            // Would wait for ever if the slow model held the lock.
            models.get_or_open(OTHER, stub).unwrap();
            finish.send(()).unwrap();
        });
    }

    #[test]
    fn threads_open_a_model_once() {
        let (models, opened) = (OpenModels::default(), AtomicUsize::new(0));
        let open = || {
            opened.fetch_add(1, Ordering::Relaxed);
            thread::sleep(std::time::Duration::from_millis(20));
            stub()
        };
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| models.get_or_open(SLOW, open).unwrap());
            }
        });
        assert_eq!(opened.into_inner(), 1);
    }

    #[test]
    fn a_failure_is_not_kept() {
        let models = OpenModels::default();
        let refused = || Err(Error::backend("stub", "not today"));
        assert!(models.get_or_open(SLOW, refused).is_err());
        assert!(models.get_or_open(SLOW, stub).is_ok());
    }
}
