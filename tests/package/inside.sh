#!/bin/sh
# On the clean Debian.
set -eu
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8
dpkg -i /drover.deb >/dev/null
adduser --quiet --disabled-password --gecos "" tester 2>/dev/null
as() { su -s /bin/sh tester -c "cd && $*"; }
fail() { echo "$1" >&2; exit 1; }

demo() {
    as drover demo >/tmp/demo.log 2>&1 || { tail -n 40 /tmp/demo.log >&2; fail "the demo failed"; }
    for page in drover drover-agent-start; do
        [ -e "/usr/share/man/man1/$page.1.gz" ] || [ -e /etc/dpkg/dpkg.cfg.d/docker ] || fail "$page has no manual page"
    done
    as drover --version
    dpkg -r drover >/dev/null
    left=$(find / -xdev -name '*drover*' -not -path '/home/*' -not -path '/proc/*' -not -path '/tmp/*' -not -path '/var/*' -not -name 'drover.deb')
    [ -z "$left" ] || fail "left behind: $left"
    echo "the package installs, plays its demo and leaves nothing behind"
}

project() {
    cat > /tmp/project.sh <<'PROJECT'
set -eu
mkdir -p drover/projects notes bin && cd notes
git init -q -b main && git config user.name maria && git config user.email maria@example.org
echo notes > README.md && git add -A && git commit -qm begin
cat > ~/bin/agent.sh <<'AGENT'
#!/bin/sh
echo "one more" >> notes.txt && git add -A && git commit -qm "Add a note"
echo "a note" > "$SUMMARY_FILE" && echo PHASE:awaiting_ci > "$PHASE_FILE"
AGENT
chmod +x ~/bin/agent.sh
cat > ~/drover/projects/notes.toml <<TOML
name = "notes"
forge = "local"
repo_root = "$HOME/notes"
primary_branch = "main"
[agent]
command = ["$HOME/bin/agent.sh"]
[verify]
test = "grep -q notes README.md"
[people]
maintainers = ["maria"]
reviewers = ["rob"]
[limits]
memory_mb = 0
disk_mb = 0
TOML
drover --root ~/drover on
drover --root ~/drover forge issue new "Add a note" --label backlog
PROJECT
    as sh /tmp/project.sh
}

# Until a line of `drover ps` holds a word, for three minutes.
until_says() {
    for _ in $(seq 180); do
        as drover --root /home/tester/drover ps --all 2>/dev/null | grep -q "$1" && return
        sleep 1
    done
    as drover --root /home/tester/drover ps --all >&2
    cat /var/mail/tester /home/tester/drover/state/notes/logs/*.log 2>/dev/null | tail -n 40 >&2
    fail "it never was $1"
}

crond() {
    project
    # As its own lines say: the paths are changed, and it is the user's.
    sed 's#/home/you#/home/tester#; s#^MAILTO=.*#MAILTO=""#' /usr/share/doc/drover/cron/crontab.example > /tmp/tab
    as crontab /tmp/tab
    as drover doctor --root /home/tester/drover --simulate-cron || fail "the doctor finds something"
    cron -f &
    until_says awaiting_review
    as drover --root /home/tester/drover forge --as rob pull approve 2 >/dev/null
    until_says done
    [ "$(as git -C notes show HEAD:notes.txt)" = "one more" ] || fail "nothing has landed"
    kill $!
    echo "Debian's crond took an issue to a landed pull"
}

case $1 in
demo) demo ;;
cron) crond ;;
esac
