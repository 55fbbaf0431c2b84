#!/bin/sh
# Installs what the demo and the tests need and this machine lacks: tmux, git, a C compiler, and what else is named as
# program:package.
set -eu
missing=
for pair in tmux:tmux git:git cc:gcc bash:bash python3:python3 "$@"; do
    command -v "${pair%%:*}" >/dev/null 2>&1 || missing="$missing ${pair##*:}"
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "drover needs these programs; please install:$missing" >&2
    echo "  (Debian: sudo apt-get install$missing)" >&2
    exit 1
fi
echo "installing:$missing" >&2
apt-get -o DPkg::Lock::Timeout=300 update -qq >/dev/null
DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends $missing >/dev/null
