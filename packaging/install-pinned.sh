#!/usr/bin/env bash
# Installs exactly what a requirements file pins, and SMTPDesk itself, into an environment.
#
#   packaging/install-pinned.sh PYTHON REQUIREMENTS
#
# The pip that came with the Python (Debian 12: 23.0) only fetches the pinned pip; that one installs the rest, see
# pip-pinned.sh; and check_pins.py proves that nothing is missing and nothing else is there.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
python=$1
requirements=$2

# pip asks again when a request fails, but not when a download breaks off in the middle.
pinned() {
    for pause in 2 10; do
        if "$here/pip-pinned.sh" "$python" "$1"; then return; fi
        echo "That did not work; once more in $pause seconds." >&2
        sleep "$pause"
    done
    "$here/pip-pinned.sh" "$python" "$1"
}

echo "Installing the pinned packages with $("$python" --version) (the first time this fetches some hundred megabytes)"
pinned "$here/installer.txt"
# What others are built with comes before them.
builder=$(mktemp)
trap 'rm -f "$builder"' EXIT
awk '/^[^ #]/ { wanted = /^setuptools==/ } wanted' "$requirements" >"$builder"
if [ -s "$builder" ]; then pinned "$builder"; fi
pinned "$requirements"

# What an older list of pins or the Python itself left there goes: nothing may work because of it.
mapfile -t strays < <("$python" "$here/check_pins.py" --strays "$requirements")
if [ ${#strays[@]} -gt 0 ]; then "$python" -m pip uninstall --quiet --yes "${strays[@]}"; fi

# hatchling is among the pins: no environment is made to build in, and nothing is fetched.
"$python" -m pip install --quiet --disable-pip-version-check --no-index --no-deps --no-build-isolation --editable "$here/.."
"$python" "$here/check_pins.py" "$requirements"
# Says that this environment was made here, and from what.
cp "$requirements" "$("$python" -c 'import sys; print(sys.prefix)')/.pins"
