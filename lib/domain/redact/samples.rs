//! Made-up tokens for tests. They are put together as a test runs, so that no scanner takes this source for a
//! leak.

const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const DIGITS: &str = "0123456789";

/// `n` characters of the alphabet, always the same for one seed.
fn pick(alphabet: &str, n: usize, seed: u64) -> String {
    let letters: Vec<char> = alphabet.chars().collect();
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize
    };
    (0..n).map(|_| letters[next() % letters.len()]).collect()
}

/// Letters and digits.
pub fn an(n: usize, seed: u64) -> String {
    pick(&format!("{LOWER}{UPPER}{DIGITS}"), n, seed)
}

/// Lower-case hex digits.
pub fn hex(n: usize, seed: u64) -> String {
    pick("0123456789abcdef", n, seed)
}

fn url(n: usize, seed: u64) -> String {
    pick(&format!("{LOWER}{UPPER}{DIGITS}_-"), n - 1, seed) + "a"
}

fn base32(n: usize, seed: u64) -> String {
    pick(&format!("{UPPER}234567"), n, seed)
}

fn digits(n: usize, seed: u64) -> String {
    pick("123456789", n, seed)
}

fn letters(n: usize, seed: u64) -> String {
    pick(&format!("{LOWER}{UPPER}"), n, seed)
}

/// A private key of `lines` full lines, with the words before `PRIVATE KEY` and behind it.
pub fn pem(before: &str, after: &str, lines: usize, seed: u64) -> String {
    let dashes = "-".repeat(5);
    let body: String = (0..lines as u64).map(|i| an(64, seed + i) + "\n").collect();
    format!(
        "{dashes}BEGIN {before}PRIVATE KEY{after}{dashes}\n{body}{dashes}END {before}PRIVATE KEY{after}{dashes}"
    )
}

type Make = fn(u64) -> String;

/// One family: its gate, how its tokens look, and what looks nearly like them.
pub struct Family {
    /// The id of the gate that refuses it.
    pub gate: &'static str,
    /// Makes a token from a seed.
    pub token: Make,
    /// Make what is none.
    pub near: [Make; 2],
}

const fn family(gate: &'static str, token: Make, near: [Make; 2]) -> Family {
    Family { gate, token, near }
}

/// Every family of tokens, most of them once for each form.
pub const FAMILIES: &[Family] = &[
    family(
        "secret.github",
        |s| format!("ghp_{}", an(36, s)),
        [|s| format!("ghp_{}", an(35, s)), |s| format!("ghx_{}", an(36, s))],
    ),
    family(
        "secret.github",
        |s| format!("ghs_{}", an(36, s)),
        [|s| format!("aghs_{}", an(36, s)), |s| format!("ghs-{}", an(36, s))],
    ),
    family(
        "secret.github",
        |s| format!("github_pat_{}_{}", an(22, s), an(59, s)),
        [|s| format!("github_pat_{}", an(30, s)), |s| format!("github_path_{}", an(82, s))],
    ),
    family(
        "secret.gitlab",
        |s| format!("glpat-{}", url(20, s)),
        [|s| format!("glpat-{}", an(19, s)), |s| format!("glxat-{}", an(20, s))],
    ),
    family(
        "secret.gitlab",
        |s| format!("GR1348941{}", an(20, s)),
        [|s| format!("GR1348941{}", an(19, s)), |s| format!("GR1348942{}", an(20, s))],
    ),
    family(
        "secret.forgejo",
        |s| format!("FORGEJO_TOKEN={}", hex(40, s)),
        [|s| format!("FORGEJO_SHA={}", hex(40, s)), |s| format!("forgejo_token: {}", hex(39, s))],
    ),
    family(
        "secret.forgejo",
        |s| format!("gitea-token: \"{}\"", hex(40, s)),
        [|s| format!("gitea {}", hex(40, s)), |s| format!("gitea_token={}", hex(64, s))],
    ),
    family(
        "secret.anthropic",
        |s| format!("sk-ant-api03-{}AA", url(93, s)),
        [
            |s| format!("sk-ant-api03-{}", an(9, s)),
            |s| format!("sk-ant-{}", LOWER.get(..s as usize % 20).unwrap_or("")),
        ],
    ),
    family(
        "secret.anthropic",
        |s| format!("sk-ant-oat01-{}", url(80, s)),
        [|s| format!("task-ant-oat01-{}", url(80, s)), |s| format!("sk-ants-{}", an(20, s))],
    ),
    family(
        "secret.openai",
        |s| format!("sk-proj-{}", url(74, s)),
        [|s| format!("sk-proj-{}", an(20, s)), |s| format!("task-proj-{}", an(74, s))],
    ),
    family(
        "secret.openai",
        |s| format!("sk-{}T3BlbkFJ{}", an(20, s), an(20, s + 1)),
        [|s| format!("sk-{}", an(31, s)), |_| "sk-spinner-fading-circle-wandering-cubes".into()],
    ),
    family(
        "secret.aws",
        |s| format!("AKIA{}", base32(16, s)),
        [|s| format!("AKIA{}", base32(15, s)), |s| format!("AKIA{}", base32(17, s))],
    ),
    family(
        "secret.aws",
        |s| format!("ASIA{}", base32(16, s)),
        [|s| format!("ASIA{}", digits(16, s)), |s| format!("XASIA{}", base32(16, s))],
    ),
    family(
        "secret.google",
        |s| format!("AIza{}", url(35, s)),
        [|s| format!("AIza{}", an(34, s)), |s| format!("aiza{}", an(35, s))],
    ),
    family(
        "secret.huggingface",
        |s| format!("hf_{}", an(34, s)),
        [|s| format!("hf_{}", an(33, s)), |s| format!("shf_{}", an(34, s))],
    ),
    family(
        "secret.perplexity",
        |s| format!("pplx-{}", an(48, s)),
        [|s| format!("pplx-{}", an(47, s)), |s| format!("pplx_{}", an(48, s))],
    ),
    family(
        "secret.azure",
        |s| format!("{}8Q~{}", an(3, s), an(34, s)),
        [|s| format!("{}xQ~{}", letters(3, s), an(34, s)), |s| format!("{}8Q~{}", an(3, s), an(30, s))],
    ),
    family(
        "secret.digitalocean",
        |s| format!("dop_v1_{}", hex(64, s)),
        [|s| format!("dop_v1_{}", hex(63, s)), |s| format!("dop_v2_{}", hex(64, s))],
    ),
    family(
        "secret.databricks",
        |s| format!("dapi{}", hex(32, s)),
        [|s| format!("dapi{}", hex(31, s)), |s| format!("adapi{}", hex(32, s))],
    ),
    family(
        "secret.fly",
        |s| format!("fo1_{}", url(43, s)),
        [|s| format!("fo1_{}", an(42, s)), |s| format!("fo2_{}", an(43, s))],
    ),
    family(
        "secret.vault",
        |s| format!("hvs.{}", url(95, s)),
        [|s| format!("hvs.{}", an(80, s)), |s| format!("hvx.{}", an(95, s))],
    ),
    family(
        "secret.doppler",
        |s| format!("dp.pt.{}", an(43, s)),
        [|s| format!("dp.pt.{}", an(39, s)), |s| format!("dp.xx.{}", an(43, s))],
    ),
    family(
        "secret.pulumi",
        |s| format!("pul-{}", hex(40, s)),
        [|s| format!("pul-{}", hex(39, s)), |s| format!("pull-{}", hex(40, s))],
    ),
    family(
        "secret.terraform",
        |s| format!("{}.atlasv1.{}", an(14, s), an(64, s)),
        [
            |s| format!("{}.atlasv1.{}", an(14, s), an(59, s)),
            |s| format!("{}.atlasv2.{}", an(14, s), an(64, s)),
        ],
    ),
    family(
        "secret.npm",
        |s| format!("npm_{}", an(36, s)),
        [|s| format!("npm_{}", an(35, s)), |_| "npm_config_registry_and_something_else_here".into()],
    ),
    family(
        "secret.pypi",
        |s| format!("pypi-AgEIcHlwaS5vcmc{}", url(60, s)),
        [|s| format!("pypi-AgEIcHlwaS5vcmc{}", an(49, s)), |s| format!("pypi-{}", an(60, s))],
    ),
    family(
        "secret.rubygems",
        |s| format!("rubygems_{}", hex(48, s)),
        [|s| format!("rubygems_{}", hex(47, s)), |s| format!("rubygem_{}", hex(48, s))],
    ),
    family(
        "secret.crates",
        |s| format!("cio{}", an(32, s)),
        [|s| format!("cio{}", an(31, s)), |s| format!("cio{}", an(33, s))],
    ),
    family(
        "secret.slack",
        |s| format!("xoxb-{}-{}-{}", digits(12, s), digits(12, s + 1), an(24, s)),
        [|s| format!("xoxb-{}", an(9, s)), |_| "xoxo-hugs-and-kisses-to-everybody".into()],
    ),
    family(
        "secret.slack",
        |s| format!("xapp-1-{}-{}-{}", base32(11, s), digits(13, s), hex(64, s)),
        [|s| format!("xapp-1-{}", base32(11, s)), |s| format!("zapp-1-{}", hex(64, s))],
    ),
    family(
        "secret.slack",
        |s| format!("https://hooks.slack.com/services/T{}/B{}/{}", base32(8, s), base32(10, s), an(24, s)),
        [|_| "https://hooks.slack.com/services/".into(), |_| "https://slack.com/services/T0/B0/x".into()],
    ),
    family(
        "secret.discord",
        |s| format!("https://discord.com/api/webhooks/{}/{}", digits(18, s), url(68, s)),
        [
            |s| format!("https://discord.com/api/webhooks/{}", digits(18, s)),
            |s| format!("https://other.org/api/webhooks/{}/{}", digits(18, s), an(68, s)),
        ],
    ),
    family(
        "secret.telegram",
        |s| format!("{}:AA{}", digits(10, s), url(33, s)),
        [|s| format!("{}:AA{}", digits(10, s), an(32, s)), |s| format!("{}:BB{}", digits(10, s), an(33, s))],
    ),
    family(
        "secret.matrix",
        |s| format!("syt_{}_{}_{}", an(8, s), letters(20, s), an(6, s)),
        [
            |s| format!("syt_{}_{}_{}", an(8, s), letters(19, s), an(6, s)),
            |s| format!("syx_{}_{}_{}", an(8, s), letters(20, s), an(6, s)),
        ],
    ),
    family(
        "secret.stripe",
        |s| format!("sk_live_{}", an(24, s)),
        [|s| format!("sk_live_{}", an(15, s)), |s| format!("pk_live_{}", an(24, s))],
    ),
    family(
        "secret.stripe",
        |s| format!("rk_test_{}", an(24, s)),
        [|s| format!("task_test_{}", an(24, s)), |s| format!("rk_demo_{}", an(24, s))],
    ),
    family(
        "secret.sendgrid",
        |s| format!("SG.{}.{}", url(22, s), url(43, s)),
        [|s| format!("SG.{}.{}", an(21, s), an(43, s)), |s| format!("SG.{}.{}", an(22, s), an(42, s))],
    ),
    family(
        "secret.twilio",
        |s| format!("SK{}", hex(32, s)),
        [|s| format!("SK{}", hex(31, s)), |s| format!("TASK{}", hex(32, s))],
    ),
    family(
        "secret.shopify",
        |s| format!("shpat_{}", hex(32, s)),
        [|s| format!("shpat_{}", hex(31, s)), |s| format!("shpxx_{}", hex(32, s))],
    ),
    family(
        "secret.grafana",
        |s| format!("glsa_{}_{}", an(32, s), hex(8, s)),
        [|s| format!("glsa_{}_{}", an(32, s), hex(7, s)), |s| format!("glsb_{}_{}", an(32, s), hex(8, s))],
    ),
    family(
        "secret.linear",
        |s| format!("lin_api_{}", an(40, s)),
        [|s| format!("lin_api_{}", an(39, s)), |s| format!("bin_api_{}", an(40, s))],
    ),
    family(
        "secret.notion",
        |s| format!("ntn_{}{}", digits(11, s), an(35, s)),
        [|s| format!("ntn_{}{}", digits(10, s), letters(35, s)), |s| format!("ntn_{}", letters(46, s))],
    ),
    family(
        "secret.sentry",
        |s| format!("sntryu_{}", hex(64, s)),
        [|s| format!("sntryu_{}", hex(63, s)), |s| format!("sentry_{}", hex(64, s))],
    ),
    family(
        "secret.age",
        |s| format!("AGE-SECRET-KEY-1{}", base32(58, s)),
        [|s| format!("AGE-SECRET-KEY-1{}", base32(57, s)), |s| format!("AGE-PUBLIC-KEY-1{}", base32(58, s))],
    ),
    family(
        "secret.jwt",
        |s| format!("eyJ{}.eyJ{}.{}", an(20, s), an(40, s + 1), url(43, s)),
        [
            |s| format!("eyJ{}.{}.{}", an(20, s), digits(40, s), an(43, s)),
            |s| format!("eyJ{}.eyJ{}", an(20, s), an(40, s)),
        ],
    ),
    family(
        "secret.private_key",
        |s| pem("", "", 4, s),
        [|s| pem("", "", 4, s).replace("PRIVATE", "PUBLIC"), |s| pem("", "", 0, s).replace("\n", "`, `")],
    ),
    family(
        "secret.private_key",
        |s| pem("RSA ", "", 20, s),
        [|s| an(200, s), |s| pem("", "", 0, s)[..27].to_string()],
    ),
    family(
        "secret.private_key",
        |s| pem("ENCRYPTED ", "", 3, s),
        [|_| "a private key".into(), |_| "BEGIN PRIVATE KEY".into()],
    ),
    family(
        "secret.private_key",
        |s| pem("PGP ", " BLOCK", 9, s),
        [|_| "PGP PRIVATE KEY BLOCK".into(), |s| pem("", "", 2, s).replace("-----", "---")],
    ),
    family(
        "secret.private_key",
        |s| pem("", "", 4, s).replace('\n', "\\n"),
        [|_| String::new(), |_| "\\n".into()],
    ),
    family(
        "secret.url_password",
        |s| format!("postgres://app:{}@db.acme.org:5432/x", an(16, s)),
        [|_| "https://forge.org:8080/a@b".into(), |_| "ssh://git@forge.org/x".into()],
    ),
    family(
        "secret.url_password",
        |s| format!("https://{}:{}@forge.org", an(5, s), an(12, s)),
        [|_| "mailto:a:b@c.org".into(), |_| "see https://forge.org: mail me@c.org".into()],
    ),
];
