//! Any bytes for `entries::project`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| entries::project(bytes));
