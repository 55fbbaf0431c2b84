//! Any bytes for `entries::phase`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| entries::phase(bytes));
