//! Arguments of `phase`.

use clap::Parser;

/// Inside a session: say where you stand, ask a person something, or print where you stand
#[derive(Parser)]
#[command(
    name = "phase",
    version,
    after_help = "The same as: echo \"PHASE:word\" > \"$PHASE_FILE\"; ask: echo \"question\" >> \"$QUESTIONS_FILE\"
The answer to a question comes as a message; until then go on, or wait, as you like."
)]
pub struct Args {
    /// awaiting_ci, awaiting_review, escalate, failed, done, or ask; none: print what stands there
    pub word: Option<String>,
    /// Why, for escalate and failed; the question, for ask
    pub reason: Vec<String>,
}
