//! Whether words can be said in the room, and whether who is to hear them is there.

use super::{HINTS, Room};
use crate::config::Channel;
use crate::http::{Fault, Kind};
use anyhow::{Result, bail};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Me {
    user_id: String,
}

#[derive(Deserialize)]
struct Members {
    joined: BTreeMap<String, Value>,
}

/// `m.room.power_levels`: who may do what.
#[derive(Deserialize)]
struct Levels {
    #[serde(default)]
    users: BTreeMap<String, i64>,
    #[serde(default)]
    users_default: i64,
    #[serde(default)]
    events: BTreeMap<String, i64>,
    #[serde(default)]
    events_default: i64,
}

impl Levels {
    fn may_write(&self, user: &str) -> bool {
        let has = self.users.get(user).copied().unwrap_or(self.users_default);
        has >= self.events.get("m.room.message").copied().unwrap_or(self.events_default)
    }
}

fn explained(fault: Fault) -> anyhow::Error {
    anyhow::anyhow!("{fault}; {}", HINTS.of(&fault))
}

impl Room {
    /// Our own user id.
    pub(super) fn account(&self) -> Result<String, Fault> {
        match &self.me {
            Some(me) => Ok(me.clone()),
            None => Ok(self.client.must::<Me>("/_matrix/client/v3/account/whoami")?.user_id),
        }
    }

    /// As whom we speak in which room, and who is rung for.
    pub(super) fn facts(&self) -> Result<String> {
        let me: Me = self.client.must("/_matrix/client/v3/account/whoami").map_err(explained)?;
        let me = me.user_id;
        if let Some(other) = self.me.as_ref().filter(|other| **other != me) {
            bail!("the token is that of {me}, not of {other} (matrix.bot_user)");
        }
        let members = match self.client.must::<Members>(&self.path("joined_members")) {
            Ok(members) => members.joined,
            Err(fault) if matches!(fault.kind, Kind::Forbidden | Kind::Missing) => {
                bail!("{me} is not in the room {}: invite it, and join with its account", self.room)
            }
            Err(fault) => return Err(explained(fault)),
        };
        let state = |what: &str| self.client.read::<Value>(&self.path(&format!("state/{what}")));
        if state("m.room.encryption").map_err(explained)?.is_some() {
            bail!(
                "the room {} is encrypted, which drover is not able to read or write: make a room without encryption",
                self.room
            );
        }
        let levels =
            self.client.read::<Levels>(&self.path("state/m.room.power_levels")).map_err(explained)?;
        if levels.is_some_and(|levels| !levels.may_write(&me)) {
            bail!("{me} may not write in the room {}: raise its power level", self.room);
        }
        let rung = self.rung();
        if let Some((user, key)) = rung.iter().find(|(user, _)| !members.contains_key(*user)) {
            bail!("{user} ({key}) is not in the room {}: invite them", self.room);
        }
        let names: Vec<&str> = rung.into_iter().map(|(user, _)| user).collect();
        Ok(match names.as_slice() {
            [] => format!("{me} in the room {}; nobody is rung for: set matrix.mention_user", self.room),
            [one] => format!("{me} in the room {}, {} members; {one} is rung for", self.room, members.len()),
            more => {
                let more = more.join(", then ");
                format!("{me} in the room {}, {} members; {more} are rung for", self.room, members.len())
            }
        })
    }

    /// Who may be rung for, and by which key: those of the ladder, else whoever is set.
    fn rung(&self) -> Vec<(&str, &'static str)> {
        let account = |name| Some((self.people.account(Channel::Matrix, name)?, "people.ladder"));
        let ladder: Vec<(&str, &'static str)> =
            self.people.ladder.iter().filter_map(|n| account(n)).collect();
        if ladder.is_empty() {
            return self.mention.iter().map(|user| (user.as_str(), "matrix.mention_user")).collect();
        }
        ladder
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_write_is_told_by_levels() {
        let levels = |text| serde_json::from_str::<Levels>(text).unwrap();
        assert!(levels("{}").may_write("@a:x"));
        assert!(!levels(r#"{"events_default":50}"#).may_write("@a:x"));
        assert!(levels(r#"{"events_default":50,"users":{"@a:x":50}}"#).may_write("@a:x"));
        assert!(!levels(r#"{"events":{"m.room.message":10},"users_default":9}"#).may_write("@a:x"));
    }
}
