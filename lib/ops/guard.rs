//! The cheap laws, asked once more right before what cannot be undone. What decides keeps them already; should that
//! ever be wrong, nothing happens and a person reads why.

use crate::domain::laws::{self, Breach};
use crate::domain::redact;
use crate::domain::run::Run;
use crate::twin;
use crate::world::World;
use anyhow::{Result, bail};

/// Goes on only if the law holds. Twins go on in any case: they are to be seen breaking it.
pub fn holds(law: Result<(), Breach>) -> Result<()> {
    match law {
        Err(breach) if !twin::any() => {
            bail!(
                "stopped before breaking {breach} (it has changed since it was decided on, or drover has a defect: if \
                 it stays so, please report this line)"
            )
        }
        _ => Ok(()),
    }
}

/// Before others can read a text.
pub fn publish(world: &World, what: &str, text: &str) -> Result<()> {
    let secrets: Vec<String> = world.project.secrets().into_iter().filter(|s| redact::is_known(s)).collect();
    holds(laws::keyless(what, text, &secrets))
}

/// Before a run waits, goes on or ends.
pub fn save(world: &World, run: &Run) -> Result<()> {
    holds(laws::wait_is_written(run))?;
    world.store.save_run(run)
}
