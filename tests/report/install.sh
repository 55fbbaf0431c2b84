#!/bin/sh
# What the report is looked at with: Debian's Chromium and its driver, and the checker axe-core from npm, into $REPORT_CACHE.
set -eu
version=4.14.1
"$(dirname "$0")/../setup.sh" chromium:chromium chromedriver:chromium-driver npm:npm
cache=${REPORT_CACHE:-$HOME/.cache/drover-report}/axe-$version
[ -e "$cache/whole" ] && exit 0
mkdir -p "$cache"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$cache" "axe-core@$version" >/dev/null
touch "$cache/whole"
