//! What a message holds: the text as it is, and as HTML in which nothing of it is markup. Client-server API, "Instant
//! messaging", "Threading" and "User and room mentions" of the Matrix specification v1.11.

use crate::domain::ids::IssueNo;
use crate::domain::notice::NoticeKind;
use crate::http::quoted;
use crate::world::Tidings;
use serde_json::{Value, json};

/// The message that the words about an issue are answers to.
pub fn root(project: &str, issue: IssueNo, title: &str) -> Value {
    let text = format!("{project} #{issue} {title}");
    let html = format!("<b>{} #{issue}</b> {}", escaped(project), escaped(title));
    message(text.trim_end(), html.trim_end(), &[])
}

/// A word to the room, or in the thread that begins with this event; who is named is rung for.
pub fn word(text: &str, mention: Option<&str>, thread: Option<&str>) -> Value {
    let users: Vec<&str> = mention.into_iter().collect();
    let (mut plain, mut html) = (text.to_string(), escaped(text));
    if let Some(user) = mention {
        plain = format!("{user}: {plain}");
        let link = format!("https://matrix.to/#/{}", quoted(user));
        html = format!("<a href=\"{link}\">{}</a>: {html}", escaped(user));
    }
    let mut message = message(&plain, &html, &users);
    if let Some(root) = thread {
        message["m.relates_to"] = json!({
            "rel_type": "m.thread",
            "event_id": root,
            "is_falling_back": true,
            "m.in_reply_to": {"event_id": root},
        });
    }
    message
}

/// A notice to the room, or in the thread of what it is about, with what it takes to answer it.
pub fn notice(project: &str, word: &Tidings, mention: Option<&str>, thread: Option<&str>) -> Value {
    let answerable = matches!(word.kind, NoticeKind::Escalation | NoticeKind::Question);
    let how = match (word.kind, thread) {
        (NoticeKind::Escalation | NoticeKind::Question, Some(_)) => {
            Some("Answer in this thread, or with \u{2705} or \u{274c} on this message.")
        }
        (NoticeKind::Reminder, Some(_)) => Some("Answer in this thread."),
        _ => None,
    };
    let links =
        if word.kind.is_urgent() || word.kind == NoticeKind::Pull { word.links.as_slice() } else { &[] };
    let lines: Vec<&str> = links.iter().map(String::as_str).chain(how).collect();
    let text = [&[word.text.as_str()], lines.as_slice()].concat().join("\n");
    let mut message = self::word(&text, mention, thread);
    if let Some((issue, _)) = word.about.as_ref().filter(|_| answerable) {
        message[ASKED] = json!({"project": project, "issue": issue.0, "key": word.key});
    }
    message
}

/// Where a message of ours says what a yes or no to it is about.
const ASKED: &str = "drover.asked";

/// What a yes or no to this message of ours is about; in a room that projects share it may be another's.
pub fn asked(project: &str, content: &Value) -> Option<(IssueNo, String)> {
    let asked = Some(&content[ASKED]).filter(|asked| asked["project"] == project)?;
    Some((IssueNo(asked["issue"].as_u64()?), asked["key"].as_str()?.to_string()))
}

/// What shows that somebody's words have been taken in.
pub fn reaction(event: &str) -> Value {
    json!({"m.relates_to": {"rel_type": "m.annotation", "event_id": event, "key": "\u{2705}"}})
}

fn message(plain: &str, html: &str, users: &[&str]) -> Value {
    // Without a name in it nobody is rung for, whatever words of theirs stand in the text.
    let mentions = if users.is_empty() { json!({}) } else { json!({"user_ids": users}) };
    json!({
        "msgtype": "m.text",
        "body": plain,
        "format": "org.matrix.custom.html",
        "formatted_body": html,
        "m.mentions": mentions,
    })
}

/// A text in HTML, all of it text.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' => out.push_str("<br>"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_said_is_markup_and_nobody_is_rung_for_by_accident() {
        let said = word("p #1 <img src=x onerror=\"x()\"> & @room\n'", None, None);
        assert_eq!(
            said["formatted_body"],
            "p #1 &lt;img src=x onerror=&quot;x()&quot;&gt; &amp; @room<br>&#39;"
        );
        assert_eq!(said["body"], "p #1 <img src=x onerror=\"x()\"> & @room\n'");
        assert_eq!(said["m.mentions"], json!({}));
        assert_eq!(said.get("m.relates_to"), None);
        let root = root("p", IssueNo(7), "</b><script>");
        assert_eq!(root["formatted_body"], "<b>p #7</b> &lt;/b&gt;&lt;script&gt;");
    }

    #[test]
    fn who_is_needed_is_named_and_the_word_stands_in_its_thread() {
        let said = word("needs you", Some("@maria:a.example"), Some("$root"));
        assert_eq!(said["body"], "@maria:a.example: needs you");
        assert_eq!(
            said["formatted_body"],
            "<a href=\"https://matrix.to/#/%40maria%3Aa.example\">@maria:a.example</a>: needs you"
        );
        assert_eq!(said["m.mentions"], json!({"user_ids": ["@maria:a.example"]}));
        let thread = &said["m.relates_to"];
        assert_eq!((&thread["rel_type"], &thread["event_id"]), (&json!("m.thread"), &json!("$root")));
        assert_eq!(thread["m.in_reply_to"]["event_id"], "$root");
    }
}
