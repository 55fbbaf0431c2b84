//! Any bytes for `entries::redact`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| entries::redact(bytes));
