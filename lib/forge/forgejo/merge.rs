//! Merging on the server, and what its answers mean. The status alone says little: 405 has a dozen meanings, and an
//! error may come after the merge was made. So success is only ever what reading the pull again says.

use crate::domain::ids::Sha;
use crate::domain::text::plain_line;
use crate::http::Answer;
use crate::world::Merge;

/// What an answer means when the pull, read again, is open as before.
///
/// The words are those of the handler of Gitea and Forgejo, `routers/api/v1/repo/pull.go`; what they are not known to
/// say is taken as "not now".
pub fn refusal(answer: &Answer) -> Merge {
    let said = answer.said.as_str();
    let says = |words: &str| said.to_ascii_lowercase().contains(words);
    let why = || {
        let words = if said.is_empty() { "no reason given" } else { said };
        format!("{} ({})", plain_line(words, 200), answer.status)
    };
    match answer.status {
        409 if says("head out of date") => Merge::HeadMoved,
        409 if says("pushrejected") || says("push rejected") => Merge::NotAllowed(why()),
        409 if says("push out of date") || says("already scheduled") => Merge::NotReady(why()),
        409 => Merge::Conflict,
        404 => Merge::Closed,
        403 | 413 | 423 => Merge::NotAllowed(why()),
        405 if says("not allowed to merge pr") || says("merge style") || says("sign") => {
            Merge::NotAllowed(why())
        }
        // A conflict, or the server is still finding out: our own try in git tells which.
        _ => Merge::NotReady(why()),
    }
}

/// The request: this head and no other, and nothing that would merge later or by force.
pub fn request(style: &str, head: &Sha) -> serde_json::Value {
    serde_json::json!({ "Do": style, "head_commit_id": head.as_str(), "delete_branch_after_merge": false })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meaning(status: u16, said: &str) -> Merge {
        refusal(&Answer { status, said: said.into(), body: vec![] })
    }

    #[test]
    fn each_refusal_means_what_its_words_say() {
        let reason = |text: &str| format!("not allowed to merge [reason: {text}]");
        let later: Vec<String> = vec![
            "Please try again later".into(),
            "Work in progress PRs cannot be merged".into(),
            reason("Not all required status checks successful"),
            reason("Does not have enough approvals"),
            reason("There are requested changes"),
            reason("The head branch is behind the base branch"),
            "".into(),
        ];
        for text in later {
            let Merge::NotReady(why) = meaning(405, &text) else { panic!("{text}") };
            assert!(why.ends_with("(405)") && why.len() > 5, "{why}");
        }
        for text in [
            "User not allowed to merge PR",
            "rebase is not allowed an allowed merge style for this repository",
            "Protected branch main requires signed commits but this merge would not be signed",
        ] {
            assert!(matches!(meaning(405, text), Merge::NotAllowed(_)), "{text}");
        }
        assert_eq!(meaning(409, "head out of date"), Merge::HeadMoved);
        assert!(matches!(meaning(409, "merge push out of date"), Merge::NotReady(_)));
        assert!(matches!(meaning(409, "PushRejected with remote message: no"), Merge::NotAllowed(_)));
        assert_eq!(meaning(409, ""), Merge::Conflict);
        assert_eq!(meaning(404, "The target couldn't be found."), Merge::Closed);
        for status in [403, 413, 423] {
            assert!(matches!(meaning(status, "x"), Merge::NotAllowed(_)));
        }
        assert!(matches!(meaning(418, "x"), Merge::NotReady(_)));
    }

    #[test]
    fn the_head_is_always_sent_and_nothing_is_forced() {
        let head: Sha = "a".repeat(40).parse().unwrap();
        let body = request("merge", &head);
        assert_eq!(body["head_commit_id"], head.as_str());
        assert_eq!(body["delete_branch_after_merge"], false);
        assert!(body.get("force_merge").is_none() && body.get("merge_when_checks_succeed").is_none());
    }
}
