#!/usr/bin/env bash
# pip install, so that nothing but what a requirements file pins can get in, on whatever day.
#
#   packaging/pip-pinned.sh PYTHON REQUIREMENTS [PIP'S OPTIONS...]
#
# Each line of the file is taken as it is, and pip looks for no dependencies (--no-deps); the hash of each file is checked;
# what is built is built with what is pinned as well, or not at all.
set -euo pipefail
python=$1
requirements=$2
shift 2

# What a person's own settings say about how to install; where packages come from stays theirs to say.
unset PIP_USER PIP_TARGET PIP_PREFIX PIP_ROOT PIP_PRE PIP_CONSTRAINT PIP_REQUIREMENT PIP_NO_BINARY PIP_ONLY_BINARY \
    PIP_REQUIRE_VIRTUALENV PYTHONPATH PYTHONHOME
# A slow or a broken connection is no reason to give up at once.
export PIP_DEFAULT_TIMEOUT=${PIP_DEFAULT_TIMEOUT:-60} PIP_RETRIES=${PIP_RETRIES:-8}
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1

quiet=()
if [ ! -t 1 ]; then quiet=(--quiet); fi
formats=(--only-binary :all:)
# Published as source only; built by the pinned setuptools.
if grep -q '^dkimpy==' "$requirements"; then formats+=(--no-binary dkimpy); fi
exec "$python" -m pip install "${quiet[@]}" --no-deps --require-hashes --no-build-isolation "${formats[@]}" \
    --requirement "$requirements" "$@"
