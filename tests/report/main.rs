//! The report in a real browser: `make test-report`. Chromium without a window, driven over WebDriver on loopback, and a checker
//! that other sites are checked with too.

#[path = "../stage/mod.rs"]
#[allow(dead_code)]
mod stage;

mod browser;
mod site;
mod stories;
