//! The forms of well-known tokens. Each is a prefix or a marker that hardly anything else has, and an
//! alphabet with a least length: tokens grow over the years, they don't shrink.

use regex::Regex;
use std::ops::Range;
use std::sync::{LazyLock, OnceLock};

/// One family of tokens.
pub struct Kind {
    /// Its stable id, the same as that of the gate that refuses it.
    pub id: &'static str,
    /// What to call it.
    pub name: &'static str,
    /// One of these stands in every text that holds such a token.
    keys: &'static [&'static str],
    /// What it looks like; a group, if there is one, is the secret itself.
    pattern: &'static str,
}

/// A token in a text.
pub struct Token {
    /// What it is.
    pub kind: &'static Kind,
    /// Where it is, in bytes.
    pub at: Range<usize>,
}

const fn kind(
    id: &'static str,
    name: &'static str,
    keys: &'static [&'static str],
    pattern: &'static str,
) -> Kind {
    Kind { id, name, keys, pattern }
}

/// All families. The classes are spelled out in ASCII, which keeps the compiled patterns small.
pub const KINDS: [Kind; 42] = [
    kind(
        "secret.github",
        "GitHub token",
        &["ghp_", "gho_", "ghu_", "ghs_", "ghr_"],
        r"\bgh[pousr]_[A-Za-z0-9]{36,}",
    ),
    kind("secret.github", "GitHub token", &["github_pat_"], r"\bgithub_pat_[A-Za-z0-9_]{60,}"),
    kind(
        "secret.gitlab",
        "GitLab token",
        &["gl"],
        r"\bgl(?:pat|dt|rt|rtr|ft|ffct|soat|imt|agent|oas|ptt|cbt)-[A-Za-z0-9_.-]{20,}",
    ),
    kind("secret.gitlab", "GitLab token", &["GR1348941"], r"\bGR1348941[A-Za-z0-9_-]{20,}"),
    kind(
        "secret.forgejo",
        "Forgejo or Gitea token",
        &["itea", "orgejo", "ITEA", "ORGEJO"],
        r#"(?i)(?:gitea|forgejo)[A-Z0-9_.-]*token["']?[ \t]*[:=][ \t]*["']?([0-9a-f]{40})\b"#,
    ),
    kind(
        "secret.anthropic",
        "Anthropic key",
        &["sk-ant-"],
        r"\bsk-ant-[a-z]{2,9}[0-9]{2}-[A-Za-z0-9_-]{20,}",
    ),
    kind(
        "secret.openai",
        "OpenAI key",
        &["sk-"],
        r"\bsk-(?:(?:proj|svcacct|admin|or-v1)-[A-Za-z0-9_-]{40,}|[A-Za-z0-9]{32,})",
    ),
    kind(
        "secret.aws",
        "AWS access key id",
        &["AKIA", "ASIA", "ABIA", "ACCA", "A3T"],
        r"\b(?:AKIA|ASIA|ABIA|ACCA|A3T[A-Z0-9])[A-Z2-7]{16}\b",
    ),
    kind("secret.aws", "AWS Bedrock key", &["ABSK"], r"\bABSK[A-Za-z0-9+/=]{109,}"),
    kind("secret.google", "Google API key", &["AIza"], r"\bAIza[A-Za-z0-9_-]{35}"),
    kind(
        "secret.huggingface",
        "Hugging Face token",
        &["hf_", "api_org_"],
        r"\b(?:hf_|api_org_)[A-Za-z0-9]{34,}",
    ),
    kind("secret.perplexity", "Perplexity key", &["pplx-"], r"\bpplx-[A-Za-z0-9]{48,}"),
    kind("secret.azure", "Azure client secret", &["Q~"], r"[A-Za-z0-9_~.]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34}"),
    kind("secret.digitalocean", "DigitalOcean token", &["_v1_"], r"\bdo[opr]_v1_[0-9a-f]{64}"),
    kind("secret.databricks", "Databricks token", &["dapi"], r"\bdapi[0-9a-f]{32}"),
    kind(
        "secret.fly",
        "Fly.io token",
        &["fo1_", "fm1", "fm2_"],
        r"\b(?:fo1_[A-Za-z0-9_-]{43}|fm(?:1[ar]|2)_[A-Za-z0-9+/=]{100,})",
    ),
    kind("secret.vault", "Vault token", &["hvs.", "hvb."], r"\bhv[sb]\.[A-Za-z0-9_-]{90,}"),
    kind(
        "secret.doppler",
        "Doppler token",
        &["dp."],
        r"\bdp\.(?:pt|st|ct|sa|scim|audit)\.(?:[a-z0-9_-]{2,35}\.)?[A-Za-z0-9]{40,}",
    ),
    kind("secret.pulumi", "Pulumi token", &["pul-"], r"\bpul-[0-9a-f]{40}"),
    kind(
        "secret.terraform",
        "Terraform Cloud token",
        &[".atlasv1."],
        r"\b[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,}",
    ),
    kind("secret.npm", "npm token", &["npm_"], r"\bnpm_[A-Za-z0-9]{36,}"),
    kind("secret.pypi", "PyPI token", &["pypi-AgEIcHlwaS5vcmc"], r"\bpypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{50,}"),
    kind("secret.rubygems", "RubyGems key", &["rubygems_"], r"\brubygems_[0-9a-f]{48}"),
    kind("secret.crates", "crates.io token", &["cio"], r"\bcio[A-Za-z0-9]{32}\b"),
    kind(
        "secret.slack",
        "Slack token",
        &["xox", "xapp-"],
        r"\b(?:xox[abceoprs]-[0-9A-Za-z.]*[0-9]-?[A-Za-z0-9-]{12,}|xapp-[0-9]-[A-Z0-9]+-[0-9]+-[a-z0-9]{32,})",
    ),
    kind(
        "secret.slack",
        "Slack webhook",
        &["hooks.slack.com"],
        r"hooks\.slack\.com/(?:services|workflows|triggers)/([A-Za-z0-9+/]{40,})",
    ),
    kind(
        "secret.discord",
        "Discord webhook",
        &["/api/webhooks/"],
        r"discord(?:app)?\.com/api/webhooks/[0-9]{17,20}/([A-Za-z0-9_-]{60,})",
    ),
    kind("secret.telegram", "Telegram bot token", &[":AA"], r"\b[0-9]{8,16}:AA[A-Za-z0-9_-]{33}"),
    kind(
        "secret.matrix",
        "Matrix access token",
        &["syt_"],
        r"\bsyt_[A-Za-z0-9+/=_-]+_[A-Za-z]{20}_[A-Za-z0-9]{6}",
    ),
    kind(
        "secret.stripe",
        "Stripe key",
        &["k_test_", "k_live_", "k_prod_", "whsec_"],
        r"\b(?:[sr]k_(?:test|live|prod)|whsec)_[A-Za-z0-9]{16,}",
    ),
    kind("secret.sendgrid", "SendGrid key", &["SG."], r"\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}"),
    kind("secret.twilio", "Twilio key", &["SK"], r"\bSK[0-9a-f]{32}\b"),
    kind("secret.shopify", "Shopify token", &["shp"], r"\bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}"),
    kind(
        "secret.grafana",
        "Grafana token",
        &["glsa_", "glc_"],
        r"\b(?:glsa_[A-Za-z0-9]{32}_[0-9a-fA-F]{8}|glc_[A-Za-z0-9+/]{32,})",
    ),
    kind("secret.linear", "Linear key", &["lin_api_"], r"\blin_api_[A-Za-z0-9]{40}"),
    kind("secret.notion", "Notion token", &["ntn_"], r"\bntn_[0-9]{11}[A-Za-z0-9]{35}"),
    kind("secret.sentry", "Sentry token", &["sntry"], r"\bsntry[us]_[A-Za-z0-9=/+_]{64,}"),
    kind("secret.age", "age key", &["AGE-SECRET-KEY-1"], r"\bAGE-SECRET-KEY-1[0-9A-Z]{58}"),
    kind(
        "secret.jwt",
        "JSON web token",
        &["eyJ"],
        r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}",
    ),
    kind(
        "secret.private_key",
        "private key",
        &["PRIVATE KEY"],
        r#"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----[A-Za-z0-9+/=\s\\:,.()"'|>-]*?-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----"#,
    ),
    // Where a log was cut: the header and at least most of a line.
    kind(
        "secret.private_key",
        "private key",
        &["PRIVATE KEY"],
        r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----[A-Za-z0-9+/=\s\\]{40,}",
    ),
    kind(
        "secret.url_password",
        "password in a URL",
        &["://"],
        r#"\b[A-Za-z][A-Za-z0-9+.-]*://[^\s/:@"'<>]*:([^\s/"'<>]+)@[A-Za-z0-9.\[-]"#,
    ),
];

static COMPILED: [OnceLock<Regex>; KINDS.len()] = [const { OnceLock::new() }; KINDS.len()];

static ANY_KEY: LazyLock<Regex> = LazyLock::new(|| {
    let keys: Vec<String> = KINDS.iter().flat_map(|k| k.keys).map(|key| regex::escape(key)).collect();
    literal(&keys.join("|"))
});

/// Compiles a pattern of ours. `\b` is meant for ASCII: a token may well follow a letter of another alphabet.
pub fn literal(pattern: &str) -> Regex {
    Regex::new(&pattern.replace(r"\b", r"(?-u:\b)")).expect("literal pattern")
}

/// Everything in the text that has the form of a token, family by family.
pub fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    if !ANY_KEY.is_match(text) {
        return found;
    }
    for (kind, compiled) in
        KINDS.iter().zip(&COMPILED).filter(|(k, _)| k.keys.iter().any(|key| text.contains(key)))
    {
        let pattern = compiled.get_or_init(|| literal(kind.pattern));
        for groups in pattern.captures_iter(text) {
            let secret = groups.get(1).or_else(|| groups.get(0));
            found.extend(secret.map(|s| Token { kind, at: s.range() }));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::redact::samples::{FAMILIES, an, hex};
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn found(text: &str) -> BTreeSet<&'static str> {
        tokens(text).iter().map(|t| t.kind.id).collect()
    }

    #[test]
    fn tokens_of_every_family_are_found_in_every_setting() {
        for family in FAMILIES {
            for seed in 1..20 {
                let token = (family.token)(seed);
                for text in [
                    token.clone(),
                    format!("x = '{token}'"),
                    format!("{{\"k\":\"{token}\"}}"),
                    format!("é{token}"),
                    format!("a\n{token}\nb"),
                    format!("<{token}>"),
                    format!("`{token}`,"),
                    format!("--k={token} --next"),
                    format!("({token})"),
                    format!("export K={token};"),
                ] {
                    assert!(found(&text).contains(family.gate), "{} {text}", family.gate);
                }
            }
        }
    }

    #[test]
    fn near_misses_are_not_taken_for_tokens() {
        for family in FAMILIES {
            for (seed, near) in (1..20).flat_map(|seed| family.near.iter().map(move |n| (seed, n(seed)))) {
                assert!(!found(&near).contains(family.gate), "{} {seed} {near}", family.gate);
            }
        }
    }

    #[test]
    fn every_family_has_samples_and_every_key_stands_in_its_pattern() {
        let sampled: BTreeSet<&str> = FAMILIES.iter().map(|f| f.gate).collect();
        assert_eq!(KINDS.iter().map(|k| k.id).collect::<BTreeSet<_>>(), sampled);
        assert!(KINDS.iter().all(|k| !k.keys.is_empty() && !k.name.is_empty()));
    }

    #[test]
    fn all_tokens_of_a_text_are_found_where_they_are() {
        let (a, b) = (format!("ghp_{}", an(36, 1)), format!("npm_{}", an(36, 2)));
        let text = format!("{a} {b} {a}");
        let at: Vec<_> = tokens(&text).into_iter().map(|t| t.at).collect();
        assert_eq!(at, [0..40, 82..122, 41..81]);
    }

    #[test]
    fn ids_of_commits_and_digests_have_no_form_of_a_token() {
        for seed in 1..200 {
            for text in [
                hex(40, seed),
                hex(64, seed),
                format!("commit {}", hex(40, seed)),
                format!("sha256:{}", hex(64, seed)),
                format!("index {}..{}", hex(40, seed), hex(40, seed + 1)),
            ] {
                assert!(found(&text).is_empty(), "{text}");
            }
        }
    }

    #[test]
    fn a_text_made_to_be_slow_is_not() {
        let header = format!("{}BEGIN PRIVATE KEY{}\n{}\n", "-".repeat(5), "-".repeat(5), "A".repeat(60));
        for part in [
            header.as_str(),
            "ghp_",
            "syt_a_",
            "eyJaaaaaaaaaaaa.",
            "https://a:",
            "xoxb-1",
            "SK",
            "gitea_token",
        ] {
            tokens(&part.repeat(200_000 / part.len()));
        }
    }

    proptest! {
        #[test]
        fn any_text_has_an_answer_within_its_bounds(text in "(?s).{0,120}|([a-z0-9]{36}|ghp_|sk-|://|:|@|é|-----BEGIN |PRIVATE KEY-----){0,12}") {
            for token in tokens(&text) {
                prop_assert!(text.get(token.at).is_some_and(|t| !t.is_empty()));
            }
        }
    }
}
