#!/usr/bin/env bash
# Makes the virtual environment and installs the pinned packages and SMTPDesk itself into it.
#
#   packaging/make-venv.sh VENV REQUIREMENTS
#
# PYTHON names the interpreter; without it the first that fits is taken.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
venv=$1
requirements=$2

fits() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }
complete() { "$1" -c 'import ensurepip, venv' 2>/dev/null; }

find_python() {
    for name in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
        if command -v "$name" >/dev/null && fits "$name"; then echo "$name"; return; fi
    done
    return 1
}

# An environment whose interpreter is gone (an upgraded system, a moved folder) is made again.
if [ -e "$venv" ] && ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then rm -rf "$venv"; fi

if [ ! -e "$venv" ]; then
    if ! python=$(find_python); then
        echo "SMTPDesk needs Python 3.11 or newer; here ${PYTHON:-python3} is $(${PYTHON:-python3} --version 2>/dev/null || echo 'not installed')." >&2
        echo "Install it (Debian 12, Ubuntu 24.04 and newer have it: sudo apt-get install python3 python3-venv), or name another:" >&2
        echo "    make PYTHON=/path/to/python3.12 ${MAKECMDGOALS:-run}" >&2
        exit 1
    fi
    # Debian parts Python from the module that makes environments.
    if ! complete "$python"; then
        "$here/install-system.sh" build || exit 1
        if ! complete "$python"; then
            version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
            echo "$python cannot make virtual environments. Install its venv package, then run make again:" >&2
            echo "    sudo apt-get install python$version-venv" >&2
            exit 1
        fi
    fi
    echo "Making $venv with $("$python" --version)"
    "$python" -m venv "$venv"
fi

"$here/install-pinned.sh" "$venv/bin/python" "$requirements"
