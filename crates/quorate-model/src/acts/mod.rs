//! Acts of one number, their acknowledgements and certificates, and who obeys a revocation.

mod model;
mod properties;
mod state;

pub use model::{Act, Acts, Forgetting, Obeys, Step, Stores, Who};
pub use properties::names;
pub use state::{Signer, State};
