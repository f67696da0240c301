#!/usr/bin/env bash
# Writes packaging/installer.txt (the pip that installs), requirements.txt (what the program needs) and
# requirements-dev.txt (the program, the tests and the linters): every version pinned, with the hashes of all its files,
# for every Python and system that pyproject.toml allows.
#
#   packaging/pin.sh             after a change of pyproject.toml: keeps the versions that still fit
#   packaging/pin.sh --upgrade   takes the newest ones
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check "uv>=0.9"

# What this machine's settings say about where packages come from must not reach the files.
unset PIP_FIND_LINKS PIP_INDEX_URL PIP_EXTRA_INDEX_URL UV_FIND_LINKS UV_INDEX UV_INDEX_URL UV_DEFAULT_INDEX

compile() {
    local target=$1
    shift
    "$work/venv/bin/uv" pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes \
        --no-header --no-annotate --no-emit-index-url --no-emit-find-links --output-file "$target" "$@"
    # A line on top, and proof that no address got in.
    printf '# Made by packaging/pin.sh; change pyproject.toml or the *.in files, then run it.\n%s\n' "$(cat "$target")" >"$target.new"
    mv "$target.new" "$target"
    if grep -nE '://|--find-links|--index' "$target"; then echo "$target names an address" >&2; exit 1; fi
}

compile packaging/installer.txt "$@" packaging/installer.in
compile packaging/requirements.txt "$@" pyproject.toml packaging/build.in
compile packaging/requirements-dev.txt "$@" --extra dev --constraint packaging/requirements.txt pyproject.toml packaging/build.in packaging/build-dev.in
