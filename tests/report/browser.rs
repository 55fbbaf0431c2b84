//! Chromium, driven by its own driver: W3C WebDriver, as far as it is needed, and its log of what the network was asked.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// A browser with one page.
pub struct Browser {
    driver: Child,
    session: String,
    agent: ureq::Agent,
    _profile: TempDir,
}

/// What it starts with: no window, no calls of its own, and no sandbox, which root has none of.
const ARGS: &[&str] = &[
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
];

impl Browser {
    pub fn start() -> Browser {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver is not installed: `make test-report` does it");
        let mut out = BufReader::new(driver.stdout.take().unwrap());
        let port = port(&mut out);
        // It goes on printing: nobody reads it, but it must not be stopped by that.
        std::thread::spawn(move || std::io::copy(&mut out, &mut std::io::sink()));
        let profile = tempfile::tempdir().unwrap();
        let agent = ureq::Agent::new_with_config(
            ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(60))).build(),
        );
        let mut browser =
            Browser { driver, session: format!("http://127.0.0.1:{port}/session"), agent, _profile: profile };
        let args: Vec<String> = ARGS
            .iter()
            .map(|a| a.to_string())
            .chain([format!("--user-data-dir={}", browser._profile.path().display())])
            .collect();
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": {"args": args},
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}
        }}});
        let made = browser.post("", &wanted);
        let id = made["sessionId"].as_str().unwrap_or_else(|| panic!("no session: {made}")).to_string();
        browser.session = format!("{}/{id}", browser.session);
        browser
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        let sent =
            self.agent.post(format!("{}{path}", self.session)).header("content-type", "application/json");
        let mut reply = sent.send(body.to_string()).unwrap_or_else(|e| panic!("{path} {body}: {e}"));
        let text = reply.body_mut().read_to_string().unwrap();
        serde_json::from_str::<Value>(&text).unwrap()["value"].clone()
    }

    /// A command of the DevTools protocol.
    fn devtools(&self, command: &str, params: Value) -> Value {
        self.post("/goog/cdp/execute", &json!({"cmd": command, "params": params}))
    }

    pub fn open(&self, url: &str) {
        self.post("/url", &json!({"url": url}));
    }

    /// As wide as that, in this theme.
    pub fn looks(&self, width: u32, theme: &str) {
        let size = json!({"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600});
        self.devtools("Emulation.setDeviceMetricsOverride", size);
        let features = json!([{"name": "prefers-color-scheme", "value": theme}]);
        self.devtools("Emulation.setEmulatedMedia", json!({"features": features}));
    }

    /// The value of an expression. It is asked for by the driver: what the page forbids its own scripts does not matter.
    pub fn value(&self, expression: &str) -> Value {
        let params = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let done = self.devtools("Runtime.evaluate", params);
        assert!(done["exceptionDetails"].is_null(), "{expression:.200}: {done}");
        done["result"]["value"].clone()
    }

    /// Presses a key, as a person does.
    pub fn press(&self, key: &str) {
        let code = match key {
            "Tab" => 9,
            _ => 13,
        };
        for event in ["rawKeyDown", "char", "keyUp"].iter().filter(|e| **e != "char" || key == "Enter") {
            let text = if *event == "char" { "\r" } else { "" };
            let params =
                json!({"type": event, "key": key, "code": key, "windowsVirtualKeyCode": code, "text": text});
            self.devtools("Input.dispatchKeyEvent", params);
        }
    }

    fn log(&self, kind: &str) -> Vec<Value> {
        self.post("/se/log", &json!({"type": kind})).as_array().cloned().unwrap_or_default()
    }

    /// What the console has said since it was asked last.
    pub fn console(&self) -> Vec<String> {
        self.log("browser")
            .iter()
            .map(|entry| entry["message"].as_str().unwrap_or_default().to_string())
            .collect()
    }

    /// The addresses that were asked for since it was asked last.
    pub fn requests(&self) -> Vec<String> {
        let entries = self.log("performance").into_iter();
        let messages = entries.filter_map(|e| serde_json::from_str::<Value>(e["message"].as_str()?).ok());
        let sent = messages.filter(|m| m["message"]["method"] == "Network.requestWillBeSent");
        sent.filter_map(|m| Some(m["message"]["params"]["request"]["url"].as_str()?.to_string())).collect()
    }

    /// What is seen from the top of the page, at most so high.
    pub fn picture(&self, file: &Path, most: u64) {
        let size = |what: &str| self.value(what).as_u64().unwrap_or(800);
        let (width, height) = (size("innerWidth"), size("document.documentElement.scrollHeight").min(most));
        let clip = json!({"x": 0, "y": 0, "width": width, "height": height, "scale": 1});
        let params = json!({"format": "png", "captureBeyondViewport": true, "clip": clip});
        let shot = self.devtools("Page.captureScreenshot", params);
        let bytes = base64::Engine::decode(
            &base64::engine::general_purpose::STANDARD,
            shot["data"].as_str().unwrap_or_default(),
        );
        std::fs::write(file, bytes.unwrap()).unwrap();
    }
}

/// The port that the driver has taken, as it says.
fn port(out: &mut impl BufRead) -> u16 {
    let mut line = String::new();
    while out.read_line(&mut line).unwrap() > 0 {
        if let Some(port) = line
            .split("successfully on port ")
            .nth(1)
            .and_then(|rest| rest.trim().trim_end_matches('.').parse().ok())
        {
            return port;
        }
        line.clear();
    }
    panic!("chromedriver ended before it said where it listens");
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver ends its browser with the session; what does not is its child.
        drop(self.agent.delete(&self.session).call());
        drop(self.driver.kill());
        drop(self.driver.wait());
    }
}
