//! The lock between real processes: many of them, killed and replaced as they hold it or wait for it, while its file
//! is taken away and put back under them and holders leave daemons behind. Never two holders, and none stuck.
//!
//! The numbers come from the environment, so that the same test is a minute's work in `make stress`:
//! `STRESS_PROCESSES`, `STRESS_ROUNDS`, `STRESS_SECONDS` (the limit), `STRESS_SEED`.

mod crowd;
mod dice;
mod mischief;
mod referee;
mod worker;

use crowd::{Crowd, Plan};
use worker::Kind;

fn number(var: &str, default: u64) -> u64 {
    std::env::var(var)
        .ok()
        .map_or(default, |text| text.parse().unwrap_or_else(|e| panic!("{var}={text}: {e}")))
}

fn plan(kind: Kind) -> Plan {
    Plan {
        kind,
        processes: number("STRESS_PROCESSES", 16),
        rounds: number("STRESS_ROUNDS", 500),
        seconds: number("STRESS_SECONDS", 120),
        seed: number("STRESS_SEED", dice::by_chance()),
    }
}

#[test]
fn never_two_holders_and_none_stuck() {
    let plan = plan(Kind::Ours);
    let outcome = Crowd::new(&plan).run();
    println!("{plan}: {outcome}");
    assert!(outcome.faults.is_empty(), "{plan}: {outcome}\n{}", outcome.faults.join("\n"));
    // A crowd that nobody disturbed proves nothing.
    assert!(outcome.killed > 0 && outcome.died_holding > 0 && outcome.tampered > 0, "{plan}: {outcome}");
}

/// The referee would notice: without any lock, and with a lock on a file that anybody can replace.
#[test]
fn a_lock_that_does_not_hold_is_noticed() {
    for kind in [Kind::Nothing, Kind::FileAlone] {
        let mut plan = Plan { processes: 8, rounds: 200, ..plan(kind) };
        // By chance of timing, so it may take more than one look.
        let noticed = (0..20).any(|_| {
            plan.seed += 1;
            !Crowd::new(&plan).run().faults.is_empty()
        });
        assert!(noticed, "{plan}: nothing was noticed");
    }
}

/// What each process of the crowd does: this binary again, with its job in the environment.
#[test]
fn worker() {
    if let Some(job) = worker::Job::from_env() {
        job.work();
    }
}
