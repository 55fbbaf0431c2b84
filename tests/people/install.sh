#!/bin/sh
# Installs the Matrix server of the tests into $PEOPLE_CACHE, whole or not at all: from PyPI, some 250 MB.
set -eu
version=1.163.2
venv=${PEOPLE_CACHE:-$HOME/.cache/drover-people}/synapse-$version
[ -e "$venv/whole" ] && exit 0
"$(dirname "$0")/../setup.sh"
if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
    # A word that is no program is always installed.
    "$(dirname "$0")/../setup.sh" "no python3-venv:python3-venv"
fi
echo "installing matrix-synapse $version" >&2
mkdir -p "$venv"
python3 -m venv --clear "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check "matrix-synapse==$version"
touch "$venv/whole"
