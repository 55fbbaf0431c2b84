//! Any bytes for `entries::small`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| entries::small(bytes));
