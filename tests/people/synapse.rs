//! A Synapse of one's own: installed once, started with a configuration and a database in a folder of its own.

use drover::http::{Agent, Credentials, Method, Request, Wire, quoted};
use serde_json::{Value, json};
use std::fs;
use std::hash::BuildHasher;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

const VERSION: &str = "1.163.2";

/// The limits are out of the way but where a story is about them.
const NO_LIMITS: &str = "rc_message: {per_second: 1000, burst_count: 1000}\n";

/// Names the cache.
const CACHE: &str = "PEOPLE_CACHE";

fn venv() -> PathBuf {
    let home = || std::env::var_os("HOME").map(|home| Path::new(&home).join(".cache/drover-people"));
    let cache = std::env::var_os(CACHE).map(PathBuf::from).or(home()).unwrap_or("/var/tmp".into());
    cache.join(format!("synapse-{VERSION}"))
}

fn python() -> Command {
    Command::new(venv().join("bin/python"))
}

fn done(command: &mut Command) -> Result<(), String> {
    let out = command.output().map_err(|e| format!("{command:?}: {e}"))?;
    if out.status.success() {
        return Ok(());
    }
    Err(format!(
        "{command:?}: {}{}",
        String::from_utf8_lossy(&out.stdout),
        String::from_utf8_lossy(&out.stderr)
    ))
}

/// Whether `tests/people/install.sh` has installed it.
pub fn is_there() -> bool {
    venv().join("whole").exists()
}

/// A server that runs, or may be started.
pub struct Synapse {
    folder: TempDir,
    port: u16,
    child: Option<Child>,
}

/// An account.
#[derive(Clone)]
pub struct Account {
    pub id: String,
    pub token: String,
    server: String,
}

impl Synapse {
    /// Starts one; `more` are lines of its configuration.
    pub fn with(more: &str) -> Synapse {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().display();
        let secret = || format!("{:x}", std::collections::hash_map::RandomState::new().hash_one(0));
        fs::write(
            folder.path().join("log.yaml"),
            format!(
                "{{version: 1, formatters: {{p: {{format: '%(message)s'}}}}, handlers: {{f: {{class: logging.FileHandler, \
                 filename: {at}/hs.log, formatter: p}}}}, root: {{level: WARNING, handlers: [f]}}, disable_existing_loggers: false}}"
            ),
        )
        .unwrap();
        let config = format!(
            "server_name: test.local\nreport_stats: false\npid_file: {at}/hs.pid\nsigning_key_path: {at}/signing.key\n\
             media_store_path: {at}/media\nregistration_shared_secret: \"{}\"\nmacaroon_secret_key: \"{}\"\nform_secret: \"{}\"\n\
             suppress_key_server_warning: true\ntrusted_key_servers: []\nurl_preview_enabled: false\n\
             caches: {{sync_response_cache_duration: 0s}}\nlisteners:\n  - {{port: {port}, bind_addresses: ['127.0.0.1'], type: http, \
             tls: false, x_forwarded: false, resources: [{{names: [client], compress: false}}]}}\n\
             database: {{name: sqlite3, args: {{database: {at}/hs.db}}}}\nlog_config: {at}/log.yaml\n\
             rc_login: {{address: {{per_second: 1000, burst_count: 1000}}, account: {{per_second: 1000, burst_count: 1000}}}}\n{more}",
            secret(),
            secret(),
            secret()
        );
        fs::write(folder.path().join("homeserver.yaml"), config).unwrap();
        let mut server = Synapse { folder, port, child: None };
        let keys = ["-m", "synapse.app.homeserver", "-c", "homeserver.yaml", "--generate-keys"];
        done(python().args(keys).current_dir(server.folder.path())).unwrap();
        server.start();
        server
    }

    /// Starts one that sets no limits.
    pub fn new() -> Synapse {
        Synapse::with(NO_LIMITS)
    }

    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn start(&mut self) {
        let child = python()
            .args(["-m", "synapse.app.homeserver", "-c", "homeserver.yaml"])
            .current_dir(self.folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        self.child = Some(child);
        let wire = Agent::new(&self.address(), Credentials::None);
        let health = Request { method: Method::Get, path: "/health".into(), body: None };
        for _ in 0..600 {
            if wire.send(&health).is_ok_and(|answer| answer.status == 200) {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        let log = fs::read_to_string(self.folder.path().join("hs.log")).unwrap_or_default();
        panic!("Synapse did not come up: {log}");
    }

    /// Kills it.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            drop((child.kill(), child.wait()));
        }
    }

    /// Registers somebody and logs them in.
    pub fn account(&self, name: &str) -> Account {
        let password = format!("{name}-{}", std::process::id());
        let words =
            ["-m", "synapse._scripts.register_new_matrix_user", "-c", "homeserver.yaml", "--no-admin"];
        done(
            python()
                .args(words)
                .args(["-u", name, "-p", &password, &self.address()])
                .current_dir(self.folder.path()),
        )
        .unwrap();
        self.again(name)
    }

    /// Logs somebody in once more.
    pub fn again(&self, name: &str) -> Account {
        let password = format!("{name}-{}", std::process::id());
        let nobody = Account { id: String::new(), token: String::new(), server: self.address() };
        let login = json!({"type": "m.login.password", "password": password, "identifier": {"type": "m.id.user", "user": name}});
        let answer = nobody.asks(Method::Post, "login", Some(login));
        let text = |key: &str| answer[key].as_str().unwrap_or_else(|| panic!("{answer}")).to_string();
        Account { id: text("user_id"), token: text("access_token"), server: self.address() }
    }
}

impl Drop for Synapse {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Account {
    /// A call of the client-server API; what was answered.
    pub fn asks(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let credentials = match self.token.as_str() {
            "" => Credentials::None,
            token => Credentials::Header(format!("Bearer {token}")),
        };
        let wire = Agent::new(&self.server, credentials);
        let request = Request { method, path: format!("/_matrix/client/v3/{path}"), body };
        let answer = wire.send(&request).unwrap();
        serde_json::from_slice(&answer.body).unwrap()
    }

    /// Makes a room, with these others in it; its id.
    pub fn makes_room(&self, others: &[&Account]) -> String {
        let invited: Vec<&str> = others.iter().map(|a| a.id.as_str()).collect();
        let wanted = json!({"preset": "private_chat", "invite": invited});
        let made = self.asks(Method::Post, "createRoom", Some(wanted));
        let room = made["room_id"].as_str().unwrap_or_else(|| panic!("{made}")).to_string();
        for other in others {
            other.asks(Method::Post, &format!("rooms/{}/join", quoted(&room)), Some(json!({})));
        }
        room
    }
}
