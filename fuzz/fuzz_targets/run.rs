//! Any bytes for `entries::run`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| entries::run(bytes));
