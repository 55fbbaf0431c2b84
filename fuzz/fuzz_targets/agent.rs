//! Any bytes for `entries::agent`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| entries::agent(bytes));
