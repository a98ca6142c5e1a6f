//! Small networks with random weights, for tests; the forms of the backends that evaluate them; and the logits that
//! the trainer expects of others.

pub mod random_models;
pub mod backends;
pub mod vectors;
