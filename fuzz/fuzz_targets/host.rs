//! Any bytes for `entries::host`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| entries::host(bytes));
