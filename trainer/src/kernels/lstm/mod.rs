//! LSTMs over a map (paper, sections 3.1 and 3.2): the order of the steps ([`walk`]), the gates' functions and tables
//! ([`activations`]), and the recurrence with its gradient (`scan`).

pub mod walk;
pub mod arithmetic;
pub mod activations;
mod states;
mod forward;
mod backward;
mod composed;
pub(crate) mod scan;
