//! A predictor that is known to fit the image, with its checked wavefront and one session per thread.

use crate::error::Error;
use crate::predictor::{ModelId, ModelSpec, Predictor, Session};
use crate::wavefront::Schedule;

/// A thread's session, made when it is first needed.
pub(crate) type SessionSlot<'a> = Option<Box<dyn Session + 'a>>;

/// A predictor whose description of itself is checked.
pub(crate) struct Model<'a> {
    predictor: &'a dyn Predictor,
    pub(crate) schedule: Schedule,
}

impl<'a> Model<'a> {
    /// Checks the predictor against the image's number of colour planes.
    pub(crate) fn new(predictor: &'a dyn Predictor, planes: usize) -> Result<Model<'a>, Error> {
        let schedule = Schedule::new(predictor.id(), predictor.spec(), planes)?;
        Ok(Model {
            predictor,
            schedule,
        })
    }

    pub(crate) fn id(&self) -> ModelId {
        self.predictor.id()
    }

    pub(crate) fn spec(&self) -> &ModelSpec {
        self.predictor.spec()
    }

    pub(crate) fn memory(&self, sessions: usize) -> u64 {
        self.predictor.memory(sessions)
    }

    pub(crate) fn session<'s>(
        &'s self,
        slot: &'s mut SessionSlot<'a>,
    ) -> Result<&'s mut (dyn Session + 'a), Error> {
        if slot.is_none() {
            let id = self.id();
            let session = self.predictor.session();
            *slot = Some(session.map_err(|source| Error::Predictor { id, source })?);
        }
        slot.as_deref_mut().ok_or(Error::NoPredictor)
    }
}
