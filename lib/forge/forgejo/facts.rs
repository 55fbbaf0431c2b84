//! What changes seldom: who we are, who may write, which labels there are, what the branch protection demands. Asked
//! once an hour and kept in `forge/facts.json`; used a day longer while the server cannot be asked.

use super::Forgejo;
use super::wire::{Label, User, Version};
use crate::domain::time::{DAY, HOUR, Timestamp};
use crate::http::{Fault, Kind, quoted};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A fact, and when it was asked for, by our clock.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Kept<T> {
    at: Timestamp,
    value: T,
}

/// `forge/facts.json`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Facts {
    #[serde(default)]
    version: u32,
    /// Whose facts these are: a fingerprint of server, repository and token.
    #[serde(default)]
    of: String,
    #[serde(default)]
    me: Option<Kept<String>>,
    #[serde(default)]
    server: Option<Kept<String>>,
    #[serde(default)]
    writers: Option<Kept<Vec<String>>>,
    #[serde(default)]
    required: Option<Kept<Vec<String>>>,
    #[serde(default)]
    labels: Option<Kept<BTreeMap<String, u64>>>,
}

/// What a branch demands, as whoever may write sees it.
#[derive(Deserialize)]
struct BranchRow {
    #[serde(default)]
    enable_status_check: bool,
    #[serde(default)]
    status_check_contexts: Option<Vec<String>>,
}

impl Forgejo {
    /// Our own name.
    pub(super) fn my_name(&self) -> Result<String, Fault> {
        self.fact(|f| &mut f.me, || self.client.must::<User>("/api/v1/user").map(|u| u.login))
    }

    /// The server's version, such as `11.0.1+gitea-1.22.0` or `1.22.0`.
    pub(super) fn server_version(&self) -> Result<String, Fault> {
        self.fact(|f| &mut f.server, || self.client.must::<Version>("/api/v1/version").map(|v| v.version))
    }

    /// Whoever may write: those whom an issue can be assigned to.
    pub(super) fn who_may_write(&self) -> Result<Vec<String>, Fault> {
        let path = format!("{}/assignees", self.repo);
        let ask =
            || self.client.must::<Vec<User>>(&path).map(|all| all.into_iter().map(|u| u.login).collect());
        self.fact(|f| &mut f.writers, ask)
    }

    /// Contexts that the protection of the primary branch demands; patterns, on newer servers. The protection itself
    /// is for administrators only; the branch tells what we need to everybody.
    pub(super) fn demanded(&self) -> Result<Vec<String>, Fault> {
        let path = format!("{}/branches/{}", self.repo, quoted(&self.primary));
        self.fact(
            |f| &mut f.required,
            || {
                let row: BranchRow = self.client.must(&path)?;
                let contexts = row.status_check_contexts.unwrap_or_default();
                Ok(if row.enable_status_check { contexts } else { vec![] })
            },
        )
    }

    /// The ids of all labels by their names: the repository's, else its organisation's. Of two with one name the
    /// older.
    pub(super) fn label_ids(&self) -> Result<BTreeMap<String, u64>, Fault> {
        self.fact(|f| &mut f.labels, || self.ask_labels())
    }

    fn ask_labels(&self) -> Result<BTreeMap<String, u64>, Fault> {
        let id = |l: &Label| l.id.to_string();
        let own: Vec<Label> = self.client.list(&format!("{}/labels", self.repo), id)?;
        let path = format!("/api/v1/orgs/{}/labels", quoted(&self.owner));
        // A person's account has no labels, and an organisation's may be hidden from us.
        let shared: Vec<Label> = match self.client.list(&path, id) {
            Err(fault) if matches!(fault.kind, Kind::Missing | Kind::Forbidden) => vec![],
            other => other?,
        };
        let mut ids = BTreeMap::new();
        for label in own.into_iter().chain(shared) {
            ids.entry(label.name).or_insert(label.id);
        }
        Ok(ids)
    }

    /// Forgets the labels: one that we knew is gone, or a new one was made.
    pub(super) fn forget_labels(&self) {
        let mut facts = self.load();
        facts.labels = None;
        self.keep(&facts);
    }

    fn fact<T: Clone>(
        &self,
        pick: impl Fn(&mut Facts) -> &mut Option<Kept<T>>,
        ask: impl FnOnce() -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let now = self.clock.now();
        let known = pick(&mut self.load()).clone();
        // A time that has not come yet was told by a clock that was wrong.
        let age = known.as_ref().map(|k| if k.at > now { DAY } else { now.since(k.at) });
        if let (Some(kept), Some(true)) = (&known, age.map(|age| age < HOUR)) {
            return Ok(kept.value.clone());
        }
        match (ask(), known) {
            (Ok(value), _) => {
                // Whatever others have found out meanwhile stays.
                let mut facts = self.load();
                *pick(&mut facts) = Some(Kept { at: now, value: value.clone() });
                self.keep(&facts);
                Ok(value)
            }
            (Err(fault), Some(kept)) if fault.passes() && age.is_some_and(|age| age < DAY) => Ok(kept.value),
            (Err(fault), _) => Err(fault),
        }
    }

    /// Facts of another server, repository or token are none.
    fn load(&self) -> Facts {
        let facts: Option<Facts> =
            self.store.read_json(&self.store.paths.forge().join("facts.json")).ok().flatten();
        facts.filter(|f| f.of == self.fingerprint).unwrap_or_default()
    }

    /// A fact that cannot be kept is asked for again.
    fn keep(&self, facts: &Facts) {
        let facts = Facts { version: 1, of: self.fingerprint.clone(), ..facts.clone() };
        drop(self.store.write_json_soft(&self.store.paths.forge().join("facts.json"), &facts));
    }
}
