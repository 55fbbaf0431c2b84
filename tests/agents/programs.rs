//! The programs: where they come from, and what each needs so that it talks to the model of the tests and to nobody else.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// One agent at the version that was tried, in one of its styles.
#[derive(Clone, Copy)]
pub struct Program {
    /// Its name in the configuration.
    pub name: &'static str,
    /// How it is talked to.
    pub style: &'static str,
    package: &'static str,
    version: &'static str,
    /// What it would fetch by itself into its HOME.
    needs: Option<&'static str>,
    /// Whom it calls whatever is set: it works as well without an answer. Each stands in docs/agents.md.
    pub calls: &'static [&'static str],
}

const CLAUDE: Program = Program {
    name: "claude",
    style: "interactive",
    package: "@anthropic-ai/claude-code",
    version: "2.1.329",
    needs: None,
    calls: &[],
};
const CODEX: Program = Program {
    name: "codex",
    style: "turns",
    package: "@openai/codex",
    version: "0.169.0",
    needs: None,
    calls: &[],
};
const OPENCODE: Program = Program {
    name: "opencode",
    style: "turns",
    package: "opencode-ai",
    version: "1.18.33",
    needs: Some("@opencode-ai/plugin"),
    calls: &[],
};

/// Each in the style that it has if nothing is said, and then in the other.
pub const AGENTS: &[Program] = &[
    CLAUDE,
    CODEX,
    OPENCODE,
    Program { style: "turns", ..CLAUDE },
    Program { style: "interactive", calls: &["raw.githubusercontent.com:443"], ..CODEX },
    Program { style: "interactive", ..OPENCODE },
];

impl Program {
    /// Whether this is its style if nothing is said.
    pub fn is_usual(&self) -> bool {
        (self.name == "claude") == (self.style == "interactive")
    }

    /// At which it was tried.
    pub fn version(&self) -> &'static str {
        self.version
    }

    fn folder(&self) -> PathBuf {
        cache().join(format!("{}-{}", self.name, self.version))
    }

    /// The program itself.
    pub fn path(&self) -> PathBuf {
        self.folder().join("node_modules/.bin").join(self.name)
    }

    /// Sets its HOME up for a model at this address, and gives the lines of `[agent.env]` that it needs.
    pub fn set_up(&self, home: &Path, model: &str) -> String {
        fs::create_dir_all(home).unwrap();
        match self.name {
            "claude" => format!(
                "ANTHROPIC_BASE_URL = \"{model}\"\nANTHROPIC_API_KEY = \"none\"\nCLAUDE_CODE_MAX_RETRIES = \"1\"\n"
            ),
            "codex" => {
                let config = format!(
                    "model = \"fake-1\"\nmodel_provider = \"fake\"\ncheck_for_update_on_startup = false\n\
                     [analytics]\nenabled = false\n[features]\nplugins = false\n[model_providers.fake]\nname = \"fake\"\nbase_url = \"{model}/v1\"\n\
                     wire_api = \"responses\"\nrequest_max_retries = 1\nstream_max_retries = 1\n"
                );
                fs::create_dir_all(home.join(".codex")).unwrap();
                fs::write(home.join(".codex/config.toml"), config).unwrap();
                String::new()
            }
            _ => {
                let config = format!(
                    r#"{{"autoupdate":false,"share":"disabled","model":"fake/fake-1","small_model":"fake/fake-1",
                    "provider":{{"fake":{{"npm":"@ai-sdk/openai-compatible","name":"fake","options":{{"baseURL":"{model}/v1","apiKey":"x"}},
                    "models":{{"fake-1":{{"name":"Fake 1","limit":{{"context":100000,"output":8000}}}}}}}}}}}}"#
                );
                fs::create_dir_all(home.join(".config/opencode")).unwrap();
                fs::write(home.join(".config/opencode/opencode.json"), config).unwrap();
                // What moves on six screens at once is paid for by what is tested.
                let still = home.join(".local/state/opencode/kv.json");
                fs::create_dir_all(still.parent().unwrap()).unwrap();
                fs::write(still, r#"{"animations_enabled":false}"#).unwrap();
                for name in ["node_modules", "package.json", "package-lock.json"] {
                    let there = self.folder().join(name);
                    std::os::unix::fs::symlink(there, home.join(".config/opencode").join(name)).unwrap();
                }
                "OPENCODE_DISABLE_MODELS_FETCH = \"1\"\n".into()
            }
        }
    }
}

impl Program {
    /// Makes it give up a request that is not answered within so many milliseconds.
    pub fn gives_up_after(&self, ms: u32, home: &Path, toml: &Path) {
        let (file, from, to) = match self.name {
            // The table of its environment is the last.
            "claude" => {
                (toml.to_path_buf(), "[agent.env]\n", format!("[agent.env]\nAPI_TIMEOUT_MS = \"{ms}\"\n"))
            }
            "codex" => {
                let retries = "stream_max_retries = 1\n";
                (
                    home.join(".codex/config.toml"),
                    retries,
                    format!("{retries}stream_idle_timeout_ms = {ms}\n"),
                )
            }
            _ => {
                let file = home.join(".config/opencode/opencode.json");
                (file, r#""apiKey":"x""#, format!(r#""apiKey":"x","timeout":{ms}"#))
            }
        };
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.contains(from), "{text}");
        fs::write(file, text.replace(from, &to)).unwrap();
    }
}

/// Where the programs lie, for all to read: `$AGENTS_CACHE`, else root's or the user's own cache.
fn cache() -> PathBuf {
    let own = || std::env::var_os("HOME").map(|home| Path::new(&home).join(".cache/drover-agents"));
    let given = std::env::var_os(CACHE).map(PathBuf::from);
    let of_user = own().filter(|_| !rustix::process::geteuid().is_root());
    given.or(of_user).unwrap_or_else(|| "/var/cache/drover-agents".into())
}

/// Names the cache.
pub const CACHE: &str = "AGENTS_CACHE";

/// Lets everybody read what lies there, whatever the umask.
fn readable(folder: &Path) -> bool {
    let all = [folder.parent().unwrap(), folder];
    Command::new("chmod").args(["-R", "a+rX"]).arg(all[1]).status().is_ok_and(|s| s.success())
        && Command::new("chmod").arg("a+rx").arg(all[0]).status().is_ok_and(|s| s.success())
}

/// Installs what is not there yet.
pub fn install() -> Result<PathBuf, String> {
    for program in AGENTS.iter().filter(|p| !p.path().exists()) {
        // Whole, or not at all.
        let folder = program.folder().with_extension("part");
        let packages = [Some(program.package), program.needs].into_iter().flatten();
        let wanted: Vec<String> = packages.map(|p| format!("{p}@{}", program.version)).collect();
        fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        println!("installing {}", wanted.join(", "));
        let done = Command::new("npm")
            .args(["install", "--no-audit", "--no-fund", "--loglevel=error", "--prefix"])
            .arg(&folder)
            .args(&wanted)
            .output()
            .map_err(|e| format!("npm: {e}"))?;
        let whole =
            done.status.success() && readable(&folder) && fs::rename(&folder, program.folder()).is_ok();
        if !whole || !program.path().exists() {
            return Err(format!("{}: {}", wanted.join(", "), String::from_utf8_lossy(&done.stderr)));
        }
    }
    Ok(cache())
}
