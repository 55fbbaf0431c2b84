//! Any bytes for `entries::result`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| entries::result(bytes));
