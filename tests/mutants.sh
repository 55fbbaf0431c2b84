#!/bin/sh
# Mutation testing of lib/domain: every change that cargo-mutants makes to a decision must break a unit test.
#
#   tests/mutants.sh [arguments of cargo mutants, such as -f landing.rs]
#
# The domain calls nobody else in the package, so a crate made for the purpose holds it alone: building that takes
# seconds. The exploration of the phase table and the tests of speed are left out, since they take longer than all
# others together; what they see has to be seen by smaller tests too. Fails when fewer than 95 % of the changes are noticed, or when
# one is not that tests/mutants.txt does not list.
set -eu
cd "$(dirname "$0")/.."
root=$PWD
made=$root/target/mutants

if ! cargo mutants --version >/dev/null 2>&1; then
    cargo install cargo-mutants --locked --version 27.1.0
fi

jobs=${JOBS:-2}
# What the crates need is built once each and kept.
export PROPTEST_CASES="${PROPTEST_CASES:-64}" RUST_BACKTRACE=0

make_crate() {
    rm -rf "$1"
    mkdir -p "$1/lib"
    cp -R lib/domain "$1/lib/domain"
    rm -r "$1/lib/domain/phase/explore"
    sed -i '/^mod explore;$/s/mod explore;/mod unexplored {}/' "$1/lib/domain/phase/mod.rs"
    cp Cargo.lock rustfmt.toml "$1/"
    printf '//! lib/domain alone.\n#![allow(unused_imports, dead_code)]\npub mod domain;\n' >"$1/lib/lib.rs"
    {
        printf '[package]\nname = "drover"\nversion = "0.1.0"\nedition = "2024"\n\n'
        printf '[lib]\npath = "lib/lib.rs"\n\n[workspace]\n\n'
        # What the domain uses, as our own manifest has it; the lock file gives the versions.
        sed -n '/^\[dependencies\]/,/^\[profile/p' Cargo.toml |
            grep -E '^(\[d|$|(chrono|regex|serde|serde_json|thiserror|proptest) =)'
        printf '[profile.dev]\ndebug = false\n\n[profile.dev.package."*"]\nopt-level = 2\n'
    } >"$1/Cargo.toml"
}

# 2: some were missed; 3: some took too long, which is to notice them.
one_part() {
    part=$1
    shift
    make_crate "$made/crate$part"
    status=0
    CARGO_TARGET_DIR="$made/target$part" cargo mutants --dir "$made/crate$part" --in-place --output "$made/$part" \
        --shard "$part/$jobs" --sharding round-robin --timeout "${TIMEOUT:-150}" --no-shuffle --colors never "$@" \
        -- --lib -- --skip a_megabyte --skip made_to_be_slow --skip in_one_go || status=$?
    case $status in 0 | 2 | 3) ;; *) exit "$status" ;; esac
}

mkdir -p "$made"
part=0
parts=
while [ "$part" -lt "$jobs" ]; do
    (one_part "$part" "$@") &
    parts="$parts $!"
    part=$((part + 1))
done
for pid in $parts; do wait "$pid"; done
exec python3 tests/mutants.py tests/mutants.txt "$made"/[0-9]*/mutants.out
