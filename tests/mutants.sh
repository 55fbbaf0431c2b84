#!/bin/sh
# Mutation testing of lib/domain: every change that cargo-mutants makes to a decision must break a unit test.
#
#   tests/mutants.sh [arguments of cargo mutants, such as -F landing]
#
# The domain calls nobody else in the package, so crates made for the purpose hold it alone, and of its tests those
# of one group of files at a time: building that takes a second. The exploration of the phase table and the tests
# of speed are left out, since they take longer than all others together; what they see has to be seen by smaller
# tests too. Fails when fewer than 95 % of the changes are noticed, or when one is not that tests/mutants.txt does
# not list. JOBS (2) run at once.
set -eu
cd "$(dirname "$0")/.."
made=$PWD/target/mutants
jobs=${JOBS:-2}
groups="phase schedule text rest"
export PROPTEST_CASES="${PROPTEST_CASES:-64}" RUST_BACKTRACE=0

if ! cargo mutants --version >/dev/null 2>&1; then
    cargo install cargo-mutants --locked --version 27.1.0
fi

group_of() {
    case $1 in
    */phase/*) echo phase ;;
    */schedule/* | */landing* | */prompt.rs) echo schedule ;;
    */text* | */excerpt.rs | */redact*) echo text ;;
    *) echo rest ;;
    esac
}

# The domain in the folder $1, with the tests of the group $2 only.
make_crate() {
    rm -rf "$1"
    mkdir -p "$1/lib"
    cp -R lib/domain "$1/lib/domain"
    cp -R lib/prompts "$1/lib/prompts"
    cp lib/twin.rs "$1/lib/"
    rm -r "$1/lib/domain/phase/explore"
    sed -i 's/^mod explore;$/mod unexplored {}/' "$1/lib/domain/phase/mod.rs"
    find "$1/lib/domain" -name '*.rs' | while read -r file; do
        [ "$(group_of "$file")" = "$2" ] || sed -i 's/#\[cfg(test)\]/#[cfg(any())]/' "$file"
    done
    cp Cargo.lock rustfmt.toml "$1/"
    printf '//! lib/domain alone.\n#![allow(unused_imports, dead_code)]\npub mod domain;\npub mod twin;\n' >"$1/lib/lib.rs"
    {
        printf '[package]\nname = "drover"\nversion = "0.1.0"\nedition = "2024"\n\n'
        printf '[lib]\npath = "lib/lib.rs"\n\n[workspace]\n\n'
        # What the domain uses, as our own manifest has it; the lock file gives the versions.
        sed -n '/^\[dependencies\]/,/^\[profile/p' Cargo.toml |
            grep -E '^(\[d|$|(chrono|regex|serde|serde_json|shlex|thiserror|proptest) =)'
        printf '[profile.dev]\ndebug = false\n\n[profile.dev.package."*"]\nopt-level = 2\n'
    } >"$1/Cargo.toml"
}

# Every $jobs-th change to the files of one group. 2: some were missed; 3: some took too long, which is to notice
# them. A session of its own: the kernel shares the machine out among sessions.
one_part() {
    part=$1 group=$2
    shift 2
    crate=$made/crate$part
    make_crate "$crate" "$group"
    files=$(cd "$crate" && find lib/domain -name '*.rs' ! -name '*_tests.rs' | while read -r f; do
        [ "$(group_of "$f")" != "$group" ] || echo "-f $f"
    done)
    status=0
    # shellcheck disable=SC2086
    CARGO_TARGET_DIR="$made/target$part" setsid -w nice -n 10 cargo mutants --dir "$crate" --in-place \
        --output "$made/$group-$part" --shard "$part/$jobs" --sharding round-robin --timeout "${TIMEOUT:-60}" \
        --no-shuffle --colors never $files "$@" -- --lib -- --skip a_megabyte --skip made_to_be_slow \
        --skip in_one_go || status=$?
    case $status in 0 | 2 | 3) ;; *) exit "$status" ;; esac
}

mkdir -p "$made"
rm -rf "$made"/*-[0-9]*
part=0
parts=
while [ "$part" -lt "$jobs" ]; do
    (for group in $groups; do one_part "$part" "$group" "$@"; done) &
    parts="$parts $!"
    part=$((part + 1))
done
for pid in $parts; do wait "$pid"; done
exec python3 tests/mutants.py tests/mutants.txt "$made"/*-[0-9]*/mutants.out
