//! Any bytes for `entries::shown`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| entries::shown(bytes));
