//! Any bytes for `entries::pull`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| entries::pull(bytes));
