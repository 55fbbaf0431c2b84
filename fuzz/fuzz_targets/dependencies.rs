//! Any bytes for `entries::dependencies`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| entries::dependencies(bytes));
