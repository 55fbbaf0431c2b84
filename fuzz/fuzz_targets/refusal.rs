//! Any bytes for `entries::refusal`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| entries::refusal(bytes));
