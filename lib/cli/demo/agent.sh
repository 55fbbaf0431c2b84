#!/bin/sh
# The demo's scripted agent. It knows nothing of drover but what docs/agents.md promises: the names in its
# environment, its prompt in $PROMPT_FILE, messages as text, and one line in $PHASE_FILE to say where it stands.
set -u
style=$1
file="notes/issue-$ISSUE.txt"

commit() {
    git add -A && git commit -q -m "$1 (#$ISSUE)" && echo "committed: $1"
}

ready() {
    echo "issue $ISSUE: $1" > "$SUMMARY_FILE"
    echo "PHASE:awaiting_ci" > "$PHASE_FILE"
    echo "asked to go on"
}

first() {
    mkdir -p notes
    case "$1" in
    *"DEMO: break the check first"*)
        echo "BROKEN $ISSUE" > "$file"
        commit "a first try" && ready "a first try" ;;
    *"DEMO: ask a person"*)
        printf 'PHASE:escalate\nReason: which port should it listen on?\n' > "$PHASE_FILE" ;;
    *"DEMO: change the shared line"*)
        echo "shared = $ISSUE" > shared.txt
        commit "change the shared line" && ready "the shared line names this issue now" ;;
    *"DEMO: take very long"*)
        echo "half of $ISSUE" > "$file" && commit "half of it"
        echo "thinking about the other half"
        sleep 3600 ;;
    *"DEMO: done before"*)
        done_in=$(git log --format=%H -n 1 -- README.md)
        printf '{"status":"already_done","reason":"the README says hello already","commit":"%s"}\n' "$done_in" > "$SUMMARY_FILE"
        printf 'PHASE:failed\nReason: refused\n' > "$PHASE_FILE" ;;
    *)
        echo "work on $ISSUE" > "$file"
        commit "do what was asked" && ready "did what was asked" ;;
    esac
}

answer() {
    mkdir -p notes
    case "$1" in
    *"failed on"*)
        echo "mended $ISSUE" > "$file"
        commit "mend what the check found" && ready "mended" ;;
    *"asks for changes"*)
        echo "reworked $ISSUE" > "$file"
        commit "act on the review" && ready "did what the review asked for" ;;
    *"conflicts with it in"*)
        git fetch -q origin
        git merge -q "origin/$PRIMARY_BRANCH" || printf 'shared = both\n' > shared.txt
        commit "bring in $PRIMARY_BRANCH" && ready "settled the conflict" ;;
    *" says:"*)
        echo "answered $ISSUE" > "$file"
        commit "do it as the answer says" && ready "did it as the answer says" ;;
    *)
        echo "nothing to do for this message" ;;
    esac
}

take() {
    case "$1" in
    *"[drover message "*) answer "$1" ;;
    *"## What you need to know now"*) answer "${1##*## What you need to know now}" ;;
    *) first "$1" ;;
    esac
}

take "$(cat "$PROMPT_FILE")"
[ "$style" = interactive ] || exit 0
text=
while IFS= read -r line; do
    text="$text
$line"
    case "$line" in
    "[end of message "*)
        take "$text"
        text= ;;
    esac
done
